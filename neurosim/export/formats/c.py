"""8-bit tanh networks for microcontrollers: ``neurosim_net.h``, a C99 header that needs no library, no memory but its own, and no floats.

    nsim_reset(h);                       /* nsim_state_t h[NSIM_NH]: rest */
    nsim_step(x, h, y);                  /* nsim_in_t x[NSIM_NI], nsim_out_t y[NSIM_NO]: one step */

Nothing in it is left to the implementation: no sum overflows 32 bits (checked before it is written), no negative number is shifted.
"""
from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..int8 import Int8Network, int8_parcel, quantised
from ..parcel import Options, Parcel
from ..trained import TrainedNetwork

NAME = "neurosim_net.h"
PER_LINE = 20

STEP = """
/* a / 2^NSIM_SHIFT_Z, rounded half to even */
static inline int32_t nsim_round(int32_t a)
{
    const int32_t unit = (int32_t)1 << NSIM_SHIFT_Z;
    int32_t whole = a / unit, rest = a % unit;
    if (rest < 0) {
        rest += unit;
        whole -= 1;
    }
    if (rest > unit / 2 || (rest == unit / 2 && whole % 2 != 0)) {
        whole += 1;
    }
    return whole;
}

/* Bring the state to rest. */
static inline void nsim_reset(nsim_state_t *h)
{
    for (int32_t i = 0; i < NSIM_NH; i++) {
        h[i] = 0;
    }
}

/* One step: from inputs x and state h to the next state h and outputs y. */
static inline void nsim_step(const nsim_in_t *x, nsim_state_t *h, nsim_out_t *y)
{
    nsim_state_t next[NSIM_NH];
    for (int32_t i = 0; i < NSIM_NH; i++) {
        int32_t from_x = 0, from_h = 0, z;
        for (int32_t j = 0; j < NSIM_NI; j++) {
            from_x += (int32_t)nsim_w_in[i][j] * x[j];
        }
        for (int32_t j = 0; j < NSIM_NH; j++) {
            from_h += (int32_t)nsim_w_rec[i][j] * h[j];
        }
        z = nsim_round(from_x * ((int32_t)1 << NSIM_SHIFT_IN) + from_h * ((int32_t)1 << NSIM_SHIFT_REC) + nsim_bias[i]);
        if (z < -128) {
            z = -128;
        }
        if (z > 127) {
            z = 127;
        }
        next[i] = nsim_table[z + 128];
    }
    for (int32_t i = 0; i < NSIM_NH; i++) {
        h[i] = next[i];
    }
    for (int32_t k = 0; k < NSIM_NO; k++) {
        int32_t sum = 0;
        for (int32_t j = 0; j < NSIM_NH; j++) {
            sum += (int32_t)nsim_w_out[k][j] * h[j];
        }
        y[k] = sum;
    }
}
"""


def export(trained: TrainedNetwork, options: Options) -> Parcel:
    """See `parcel.Parcel`.

    Raises
    ------
    InputError
        See `int8.quantised`.
    """
    network = quantised(trained, "c", options)
    return int8_parcel(network, "gcc -std=c99 -Wall -Wextra -Werror -pedantic, with and without sanitizers", files_of(network))


def files_of(network: Int8Network) -> dict[str, str | bytes]:
    """The header of a quantised network."""
    spec = network.spec
    (n_out, n), n_in, (shift_in, shift_rec) = spec.weights_out.shape, spec.weights_in.shape[1], spec.shifts
    numbers = {
        "NI": (n_in, "inputs"), "NH": (n, "state"), "NO": (n_out, "outputs"),
        "Q_IN": (spec.q_in, "an input is x / 2^NSIM_Q_IN"), "Q_STATE": (spec.q_state, "the state is h / 2^NSIM_Q_STATE"),
        "Q_OUT": (spec.q_output, "an output is y / 2^NSIM_Q_OUT"), "SHIFT_IN": (shift_in, "aligns the products of the inputs"),
        "SHIFT_REC": (shift_rec, "aligns those of the state"), "SHIFT_Z": (spec.q_accumulator - spec.q_table, "from the sum to z")}
    arrays = {"w_in": (spec.weights_in, "int8_t"), "w_rec": (spec.weights_rec, "int8_t"), "w_out": (spec.weights_out, "int8_t"),
              "bias": (spec.bias, "int32_t"), "table": (spec.table, "int8_t")}
    lines = [
        "/* An 8-bit tanh network, written by neurosim. */", "#ifndef NEUROSIM_NET_H", "#define NEUROSIM_NET_H", "",
        "#include <stdint.h>", "",
        *(f"#define NSIM_{name} {value} /* {about} */" for name, (value, about) in numbers.items()), "",
        "typedef int8_t nsim_in_t;", "typedef int8_t nsim_state_t;", "typedef int32_t nsim_out_t;", "",
        *(line for name, (array, kind) in arrays.items() for line in declared(name, array, kind))]
    return {NAME: "\n".join(lines) + "\n" + STEP + "\n#endif\n"}


def declared(name: str, array: np.ndarray, kind: str) -> Iterator[str]:
    """Lines that declare a constant array of one or two dimensions."""
    yield f"static const {kind} nsim_{name}{''.join(f'[{size}]' for size in array.shape)} = {{"
    for row in np.atleast_2d(array).tolist():
        pieces = [", ".join(map(literal, row[k:k + PER_LINE])) for k in range(0, len(row), PER_LINE)]
        body = ",\n    ".join(pieces)
        yield f"    {{{body}}}," if array.ndim == 2 else f"    {body}"
    yield "};"


def literal(number: int) -> str:
    """A whole number in C; -2147483648 is none there, but a minus and a number that does not fit."""
    return str(number) if number > -2**31 else f"({number + 1} - 1)"
