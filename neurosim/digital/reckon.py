"""ReckOn: a recurrent network of 16-bit LIF neurons with leaky outputs, tick by tick, while it does not learn.

At a tick: ``z = u >= threshold``;  ``u <- u alpha / 2^15`` (floor), minus the threshold, or 0, where z;  ``o <- o kappa / 2^7``.
Then input p and neuron p together, for p = 0, 1, ...: if either fired, ``u <- u + (w_in << shift_in) x_p + (w_rec << shift_rec) z_p``, and
``o <- o + (w_out << shift_out)`` if z_p.  The sum of the two weights, and every sum after it, saturate at 16 bits; leak and reset wrap.
The first tick only integrates.  Without stochastic rounding and noise, which the chip can switch off.

`stochastic_update` is how the chip writes a weight when it learns.

Order and registers are those of the published Verilog (ChFrenkel/ReckOn, srnn.v).
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..slots import inlined
from .integers import saturate, wrap
from .specification import Trace, at_most, frozen, number, shifts_of, whole

BITS = 16
LEAK_BITS, OUTPUT_LEAK_BITS = 15, 7
ALPHA = (7 << 12, (9 << 12) - 1)  # the four high bits are 7 or 8
NEURONS, OUTPUTS = 256, 16
RESETS = ("subtract", "zero")


@dataclass(frozen=True, eq=False)
class ReckOn:
    """A network on the chip.

    Parameters
    ----------
    weights_in : (n, inputs), 8 bits
    weights_rec : (n, n)
    weights_out : (outputs, n)
    alpha : (n,) or one for all, 28672 ... 36863: the membrane keeps alpha / 2^15
    threshold : (n,) or one for all, 1 ... 32767; as alpha, one for each pair of neurons (0, 1), (2, 3), ...
    kappa : 0 ... 255: the outputs keep kappa / 2^7
    shift_in, shift_rec, shift_out : left shift of the weights, 0 ... 7
    reset : "subtract" or "zero"

    Raises
    ------
    InputError
        If a field leaves the range of the chip, or the network its size.
    """

    weights_in: np.ndarray
    weights_rec: np.ndarray
    weights_out: np.ndarray
    alpha: np.ndarray
    threshold: np.ndarray
    kappa: int
    shift_in: int = 0
    shift_rec: int = 0
    shift_out: int = 0
    reset: str = "subtract"

    def __post_init__(self) -> None:
        if self.reset not in RESETS:
            raise InputError("reckon: reset", f"= {self.reset!r}; must be one of {', '.join(RESETS)}")
        weights_in = whole("reckon: weights_in", self.weights_in, (None, None), -128, 127)
        n, n_in = weights_in.shape
        weights_out = whole("reckon: weights_out", self.weights_out, (None, n), -128, 127)
        for where, found, most in (("weights_in: inputs", n_in, NEURONS), ("weights_in: neurons", n, NEURONS),
                                   ("weights_out: outputs", len(weights_out), OUTPUTS)):
            at_most(f"reckon: {where}", found, most)
        of_pairs = {"alpha": whole("reckon: alpha", self.alpha, (n,), *ALPHA),
                    "threshold": whole("reckon: threshold", self.threshold, (n,), 1, 2**15 - 1)}
        for field, values in of_pairs.items():
            even, odd = values[:n // 2 * 2:2], values[1::2]
            if (even != odd).any():
                k = int(np.flatnonzero(even != odd)[0])
                raise InputError(f"reckon: {field}", f"= {even[k]} and {odd[k]} of neurons {2 * k} and {2 * k + 1}; a pair shares one")
        shifts = shifts_of("reckon", self)
        frozen(
            self, weights_in=weights_in, weights_rec=whole("reckon: weights_rec", self.weights_rec, (n, n), -128, 127),
            weights_out=weights_out, kappa=number("reckon: kappa", self.kappa, 0, 255), **of_pairs, **shifts)


def run(spec: ReckOn, inputs: Any) -> Trace:
    """Run the network from rest on input spikes (ticks, inputs), 0 or 1.

    The spikes of a tick are those that membranes had reached at its start, so that row 0 is silent; v and outputs are those at its end.
    """
    n, n_in = spec.weights_in.shape
    x = whole("reckon: inputs", inputs, (None, n_in), 0, 1)
    w_in, w_rec, w_out = spec.weights_in << spec.shift_in, spec.weights_rec << spec.shift_rec, spec.weights_out << spec.shift_out
    spikes, vs, outputs = (np.zeros((len(x), size), np.int64) for size in (n, n, len(w_out)))
    u, o = np.zeros(n, np.int64), np.zeros(len(w_out), np.int64)
    subtracts = int(spec.reset == "subtract")
    for t in range(len(x)):
        fired = (u >= spec.threshold).astype(np.int64)
        u = leaked(u, fired, spec.alpha, spec.threshold, subtracts)
        o = wrap(o * spec.kappa >> OUTPUT_LEAK_BITS, BITS)
        for p in range(max(n, n_in)):
            hears, sends = p < n_in and x[t, p] == 1, p < n and fired[p] == 1
            if hears or sends:
                u = saturate(u + saturate((w_in[:, p] if hears else 0) + (w_rec[:, p] if sends else 0), BITS), BITS)
            if sends:
                o = saturate(o + w_out[:, p], BITS)
        spikes[t], vs[t], outputs[t] = fired, u, o
    return Trace(spikes, None, vs, outputs)


@inlined
def leaked(u: Any, fired: Any, alpha: Any, threshold: Any, subtracts: Any) -> Any:
    """The membrane after leak and reset; `fired` and `subtracts` (or back to 0) are 0 or 1."""
    left = wrap(u * alpha >> LEAK_BITS, BITS)
    return wrap(left - threshold * fired, BITS) if subtracts == 1 else left * (1 - fired)


@inlined
def stochastic_update(weight: Any, request: Any, lr_p: Any, lr_r: Any, word: Any) -> Any:
    """A weight after a request: one up or down, if ``min(|request| << lr_p, 2^32 - 1) >> lr_r >= word``; as it was at the end of its range.

    `request` has 32 bits, `word` is random, of 32 bits; a request of 0 changes nothing, one of -2^31 always does (srnn.v, stoch_update).
    """
    chance = min(abs(request) << lr_p, 2**32 - 1) >> lr_r
    moved = weight + (1 if request > 0 else -1)
    moves = request != 0 and (chance >= word or request == -2**31) and -128 <= moved <= 127
    return moved if moves else weight
