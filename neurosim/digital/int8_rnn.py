"""Rate network in 8-bit integers: every number is a whole number times a power of two, every step is exact.

``acc = (W_in x) aligned + (W_rec h) aligned + b``;  ``z = acc``, rounded half to even to the fraction of the table, clipped to 8 bits;
``h = table[z + 128]``;  ``y = W_out h``.

Qn is a number of n fractional bits, q / 2^n.  The accumulator has ``q_weight + max(q_in, q_state)`` of them, and the product that has
fewer is shifted left to match.  With the default positions acc = (W_in x << 2) + W_rec h + b is Q13, and z = acc / 2^8 is Q5.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from .integers import half_even
from .specification import Trace, frozen, number, whole

LOW, HIGH = -128, 127
MOST_BITS = 31  # of the magnitude of an accumulator


def tanh_table(q_table: int = 5, q_state: int = 7) -> np.ndarray:
    """(256,) int64: tanh of every z in Q`q_table`, in Q`q_state`, symmetric: -127 ... 127."""
    value = np.rint(np.tanh(np.arange(LOW, HIGH + 1) / 2**q_table) * 2**q_state)
    return np.clip(value, -HIGH, HIGH).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Int8RNN:
    """A network.

    Parameters
    ----------
    weights_in : (n, inputs), 8 bits, Q`q_weight`
    weights_rec : (n, n), likewise
    weights_out : (outputs, n), 8 bits, Q`q_readout`
    bias : (n,) or one for all, 32 bits, Q of the accumulator
    table : (256,), 8 bits: the activation of z = -128 ... 127
    q_in, q_weight, q_state, q_table : fractional bits of the inputs, the weights, the activity and z, 0 ... 15
    q_readout : of the readout weights; those of the others if absent

    Raises
    ------
    InputError
        If a field leaves its range, an accumulator can overflow 32 bits, or z would have more fractional bits than the accumulator.
    """

    weights_in: np.ndarray
    weights_rec: np.ndarray
    weights_out: np.ndarray
    bias: np.ndarray
    table: np.ndarray
    q_in: int = 5
    q_weight: int = 6
    q_state: int = 7
    q_table: int = 5
    q_readout: int | None = None

    def __post_init__(self) -> None:
        weights_in = whole("int8_rnn: weights_in", self.weights_in, (None, None), LOW, HIGH)
        n, positions = len(weights_in), ("q_in", "q_weight", "q_state", "q_table", *(() if self.q_readout is None else ("q_readout",)))
        frozen(
            self, weights_in=weights_in, weights_rec=whole("int8_rnn: weights_rec", self.weights_rec, (n, n), LOW, HIGH),
            weights_out=whole("int8_rnn: weights_out", self.weights_out, (None, n), LOW, HIGH),
            bias=whole("int8_rnn: bias", self.bias, (n,), -2**31, 2**31 - 1),
            table=whole("int8_rnn: table", self.table, (HIGH - LOW + 1,), LOW, HIGH),
            **{name: number(f"int8_rnn: {name}", getattr(self, name), 0, 15) for name in positions})
        if self.q_table >= self.q_accumulator:
            raise InputError("int8_rnn: q_table", f"= {self.q_table}; must be below {self.q_accumulator}, that of the accumulator")
        if self.largest_sum >= 2**MOST_BITS:
            raise InputError(
                "int8_rnn: weights_in", f"can add up to {self.largest_sum} with weights_rec and bias; must stay below 2^{MOST_BITS}")

    @property
    def q_accumulator(self) -> int:
        """Fractional bits of the accumulator."""
        return self.q_weight + max(self.q_in, self.q_state)

    @property
    def q_output(self) -> int:
        """Fractional bits of the outputs."""
        return self.q_state + (self.q_weight if self.q_readout is None else self.q_readout)

    @property
    def shifts(self) -> tuple[int, int]:
        """Left shifts of W_in x and of W_rec h."""
        return max(self.q_state - self.q_in, 0), max(self.q_in - self.q_state, 0)

    @property
    def largest_sum(self) -> int:
        """What no partial sum of an accumulator can exceed; below 2^24 float32 holds every one of them exactly."""
        sums = (abs(weights).sum(1) * -LOW << shift for weights, shift in zip((self.weights_in, self.weights_rec), self.shifts))
        return int((sum(sums) + abs(self.bias)).max(initial=0))


def run(spec: Int8RNN, inputs: Any) -> Trace:
    """Run the network from h = 0 on inputs (steps, inputs), 8 bits; `spikes` of the result is h, `v` the accumulator."""
    x, n = whole("int8_rnn: inputs", inputs, (None, spec.weights_in.shape[1]), LOW, HIGH), len(spec.weights_in)
    hs, accumulators, h = np.zeros((len(x), n), np.int64), np.zeros((len(x), n), np.int64), np.zeros(n, np.int64)
    shift_in, shift_rec = spec.shifts
    for t in range(len(x)):
        accumulators[t] = (spec.weights_in @ x[t] << shift_in) + (spec.weights_rec @ h << shift_rec) + spec.bias
        h = spec.table[np.clip(half_even(accumulators[t], spec.q_accumulator - spec.q_table), LOW, HIGH) - LOW]
        hs[t] = h
    return Trace(hs, None, accumulators, hs @ spec.weights_out.T)
