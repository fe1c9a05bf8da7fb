"""SynSense Xylo (SYNS61201, Xylo Audio 2): 16-bit spiking network with one or two synaptic currents per neuron, step by step.

A step delivers input spikes, then the spikes of the hidden neurons of the step before, then the same spikes on their way to the outputs.
Every spike adds one weight, shifted left, and every such sum saturates at once.  Then

``i <- i - decay(i)``;  ``v <- v + ((i + i_2 - decay(v)) + bias)``, every sum in brackets and the last one saturating;
as long as ``v >= threshold``: ``v <- v - threshold``, one spike more,

with ``decay(x) = x >> dash``, or the sign of x where that is 0.  The order of the saturating sums, also with two currents, is that of
SynSense's model of the chip (xylosim 0.1.3, core v2), with which 300 random networks agreed in every bit, most of them in saturation; there
-decay(v) has 16 bits, so that -(-2^15) is -2^15.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..slots import inlined
from .integers import saturate, wrap
from .specification import Trace, at_most, frozen, shifts_of, whole

BITS = 16
LOW, HIGH = -2**15, 2**15 - 1
MOST_IN = 15       # spikes of an input channel in a step
MOST_HIDDEN = 31   # spikes of a hidden neuron in a step
MOST_OUT = 1
INPUTS, HIDDEN, OUTPUTS = 16, 1000, 8


@dataclass(frozen=True, eq=False)
class Xylo:
    """A network on the chip.  Neurons that share their spikes (aliases) are not part of it.

    Parameters
    ----------
    weights_in : (hidden, inputs), or (2, hidden, inputs) for the first and the second synaptic current, 8 bits
    weights_rec : (hidden, hidden), or (2, hidden, hidden)
    weights_out : (outputs, hidden)
    dash_syn : (hidden,), or (2, hidden): shift of the decay of a current, 0 ... 15
    dash_mem, threshold, bias : (hidden,) or one for all; 0 ... 15, 1 ... 32767, 16 bits
    dash_syn_out, dash_mem_out, threshold_out, bias_out : (outputs,) or one for all
    shift_in, shift_rec, shift_out : left shift of the weights, 0 ... 7

    Raises
    ------
    InputError
        If a field leaves the range of the chip, or the network its size.
    """

    weights_in: np.ndarray
    weights_rec: np.ndarray
    weights_out: np.ndarray
    dash_syn: np.ndarray
    dash_mem: np.ndarray
    threshold: np.ndarray
    bias: np.ndarray
    dash_syn_out: np.ndarray
    dash_mem_out: np.ndarray
    threshold_out: np.ndarray
    bias_out: np.ndarray
    shift_in: int = 0
    shift_rec: int = 0
    shift_out: int = 0

    def __post_init__(self) -> None:
        kinds = (2,) if np.ndim(self.weights_in) == 3 else ()
        weights_in = whole("xylo: weights_in", self.weights_in, (*kinds, None, None), -128, 127)
        weights_out = whole("xylo: weights_out", self.weights_out, (None, None), -128, 127)
        (n, n_in), n_out = weights_in.shape[-2:], len(weights_out)
        for where, found, most in (("weights_in: inputs", n_in, INPUTS), ("weights_in: neurons", n, HIDDEN),
                                   ("weights_out: outputs", n_out, OUTPUTS)):
            at_most(f"xylo: {where}", found, most)
        dash_syn = np.asarray(self.dash_syn)
        fields = {
            "weights_in": weights_in, "weights_out": whole("xylo: weights_out", weights_out, (n_out, n), -128, 127),
            "weights_rec": whole("xylo: weights_rec", self.weights_rec, (*kinds, n, n), -128, 127),
            "dash_syn": whole("xylo: dash_syn", dash_syn, (*kinds, n), 0, 15)}
        for end, size in (("", n), ("_out", n_out)):
            fields |= {f"{name}{end}": whole(f"xylo: {name}{end}", getattr(self, name + end), (size,), low, high)
                       for name, low, high in (("dash_mem", 0, 15), ("threshold", 1, HIGH), ("bias", LOW, HIGH))}
        fields["dash_syn_out"] = whole("xylo: dash_syn_out", self.dash_syn_out, (n_out,), 0, 15)
        frozen(self, **fields, **shifts_of("xylo", self))


def run(spec: Xylo, inputs: Any) -> Trace:
    """Run the network from rest on input spikes (steps, inputs), 0 to 15 of a channel in a step.

    With two synaptic currents ``u`` of the result is (2, steps, hidden).
    """
    x = whole("xylo: inputs", inputs, (None, spec.weights_in.shape[-1]), 0, MOST_IN)
    n, n_out, kinds = spec.threshold.size, spec.threshold_out.size, spec.weights_in.shape[:-2]
    w_in, w_rec, w_out = spec.weights_in << spec.shift_in, spec.weights_rec << spec.shift_rec, spec.weights_out << spec.shift_out
    spikes, v_all, outputs = (np.zeros((len(x), size), np.int64) for size in (n, n, n_out))
    u_all = np.zeros((*kinds, len(x), n), np.int64)
    i, v, fired = np.zeros((*kinds, n), np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    i_out, v_out = np.zeros(n_out, np.int64), np.zeros(n_out, np.int64)
    for t in range(len(x)):
        i = delivered(delivered(i, w_in, x[t]), w_rec, fired)
        i_out = delivered(i_out, w_out, fired)
        i = i - decay(i, spec.dash_syn)
        v, fired = integrated(v, i.sum(0) if kinds else i, spec.dash_mem, spec.bias, spec.threshold, MOST_HIDDEN)
        i_out = i_out - decay(i_out, spec.dash_syn_out)
        v_out, outputs[t] = integrated(v_out, i_out, spec.dash_mem_out, spec.bias_out, spec.threshold_out, MOST_OUT)
        spikes[t], u_all[..., t, :], v_all[t] = fired, i, v
    return Trace(spikes, u_all, v_all, outputs)


def delivered(i: np.ndarray, weights: np.ndarray, spikes: np.ndarray) -> np.ndarray:
    """The currents after every spike, one after the other in the order of the neurons that sent them."""
    for j in np.flatnonzero(spikes):
        for _ in range(spikes[j]):
            i = saturate(i + weights[..., j], BITS)
    return i


@inlined
def decay(x: Any, dash: Any) -> Any:
    """What x loses in a step: x >> dash, or 1 towards 0 where the shift leaves nothing."""
    step = x >> dash
    return step + (step == 0) * ((x > 0) * 1 - (x < 0) * 1)


@inlined
def integrated(v: Any, current: Any, dash: Any, bias: Any, threshold: Any, most: int) -> tuple[Any, Any]:
    """The membrane after a step and its spikes; `current` is the sum of all currents, in more than 16 bits."""
    v = saturate(v + saturate(saturate(current + wrap(-decay(v, dash), BITS), BITS) + bias, BITS), BITS)
    fired = np.minimum(np.maximum(v, 0) // threshold, most)
    return v - fired * threshold, fired
