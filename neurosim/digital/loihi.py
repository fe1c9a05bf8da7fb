"""Intel Loihi: 24-bit current and membrane, multiplicative decays of 12 bits, step by step.

``u <- toward_zero(u (4096 - decay_u), 12) + (a << 6 + exponent)``, a the sum of the weights of what fired, wrapped at 24 bits;
``v <- toward_zero(v (4096 - decay_v), 12) + u + (bias << bias_exponent)``, limited to +-(2^23 - 1);
a spike if ``v > threshold << 6``, which sets v to 0.  Input spikes act in their own step, spikes of the network in the next one.

The order and the registers are those of Intel's model of the chip (lava-nc, PyLifModelBitAcc); as there, the wrapped current lies in
(-2^23, 2^23], so that the one number without a magnitude of 23 bits is positive.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..slots import inlined
from .integers import limit, toward_zero, wrapped_up
from .specification import Trace, frozen, number, whole

STATE_BITS = 24
TOP = 2**(STATE_BITS - 1) - 1
UNITY_BITS = 12
UNITY = 2**UNITY_BITS
ALIGNMENT = 6  # left shift of weights and thresholds
SIGNS = {"mixed": (-256, 254), "excitatory": (0, 255), "inhibitory": (-255, 0)}


@dataclass(frozen=True, eq=False)
class Loihi:
    """A network on the chip.

    Parameters
    ----------
    weights_in : (n, inputs), in the range of their `signs`; "mixed" weights are even, their lowest bit holds the sign
    weights_rec : (n, n)
    decay_u : (n,) or one for all, 1 ... 4096; the current keeps 1 - decay_u / 4096
    decay_v : (n,) or one for all, 0 ... 4095
    threshold : (n,) or one for all, mantissa of 17 bits above 0
    bias : (n,) or one for all, mantissa of 13 bits
    bias_exponent : 0 ... 7
    exponent : of all weights, 0 ... 7, or -1 where signs are mixed, which drops the bit that holds the sign: weights of -128 ... 127
        (a lower one drops bits of the weights: give those that are left)
    signs : "mixed", "excitatory" or "inhibitory"
    weights_out : (outputs, n), any whole numbers, with which the host reads the spikes; the spikes themselves if absent

    Raises
    ------
    InputError
        If a field leaves the range of the chip.
    """

    weights_in: np.ndarray
    weights_rec: np.ndarray
    decay_u: np.ndarray
    decay_v: np.ndarray
    threshold: np.ndarray
    bias: np.ndarray
    bias_exponent: int = ALIGNMENT
    exponent: int = 0
    signs: str = "mixed"
    weights_out: np.ndarray | None = None

    def __post_init__(self) -> None:
        if self.signs not in SIGNS:
            raise InputError("loihi: signs", f"= {self.signs!r}; must be one of {', '.join(SIGNS)}")
        low, high = SIGNS[self.signs]
        weights_in = whole("loihi: weights_in", self.weights_in, (None, None), low, high)
        n = len(weights_in)
        weights_rec = whole("loihi: weights_rec", self.weights_rec, (n, n), low, high)
        for field, weights in (("weights_in", weights_in), ("weights_rec", weights_rec)):
            if self.signs == "mixed" and (weights & 1).any():
                raise InputError(f"loihi: {field}", f"= {weights[weights & 1 == 1].flat[0]}; must be even where signs are mixed")
        out = self.weights_out
        frozen(
            self, weights_in=weights_in, weights_rec=weights_rec,
            decay_u=whole("loihi: decay_u", self.decay_u, (n,), 1, UNITY),
            decay_v=whole("loihi: decay_v", self.decay_v, (n,), 0, UNITY - 1),
            threshold=whole("loihi: threshold", self.threshold, (n,), 1, 2**17 - 1),
            bias=whole("loihi: bias", self.bias, (n,), -2**12, 2**12 - 1),
            bias_exponent=number("loihi: bias_exponent", self.bias_exponent, 0, 7),
            exponent=number("loihi: exponent", self.exponent, -1 if self.signs == "mixed" else 0, 7),
            weights_out=None if out is None else whole("loihi: weights_out", out, (None, n), -2**31, 2**31 - 1))


def run(spec: Loihi, inputs: Any) -> Trace:
    """Run the network from rest on input spikes (steps, inputs), 0 or 1."""
    x, n = whole("loihi: inputs", inputs, (None, spec.weights_in.shape[1]), 0, 1), len(spec.weights_in)
    spikes, us, vs = (np.zeros((len(x), n), np.int64) for _ in range(3))
    u, v, fired = (np.zeros(n, np.int64) for _ in range(3))
    bias = spec.bias << spec.bias_exponent
    for t in range(len(x)):
        arriving = spec.weights_in @ x[t] + spec.weights_rec @ fired
        u = driven(u, arriving << (ALIGNMENT + spec.exponent), spec.decay_u)
        v = integrated(v, u + bias, spec.decay_v)
        fired = (v > spec.threshold << ALIGNMENT).astype(np.int64)
        v = v * (1 - fired)
        spikes[t], us[t], vs[t] = fired, u, v
    outputs = spikes if spec.weights_out is None else spikes @ spec.weights_out.T
    return Trace(spikes, us, vs, outputs)


@inlined
def driven(u: Any, arriving: Any, decay: Any) -> Any:
    """The current after a step; `arriving` is aligned."""
    return wrapped_up(toward_zero(u * (UNITY - decay), UNITY_BITS) + arriving, STATE_BITS)


@inlined
def integrated(v: Any, current: Any, decay: Any) -> Any:
    """The membrane after a step, before the threshold; `current` with the bias."""
    return limit(toward_zero(v * (UNITY - decay), UNITY_BITS) + current, TOP)
