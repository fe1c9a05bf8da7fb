"""A trained tanh network in 8-bit integers, calibrated after training: what the integer formats (C, Verilog, ONNX) have in common.

Numbers are Qn, whole numbers of 2^-n, with the largest n with which nothing that was seen leaves 8 bits:

* inputs, from the training data of the task;
* weights of inputs and recurrence together, since they add up in one accumulator; those of the readout by themselves;
* z, what arrives at a neuron, and the activity, from a run of the float network on that data.  z needs no more than +-4, where tanh is 1 to
  half a step, nor the activity more than +-127/128: 5 and 7 bits are the fewest.

Biases are 32 bits and finer than the rest.  `digital.int8_rnn` has the arithmetic.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..digital.int8_rnn import HIGH, LOW, Int8RNN, run, tanh_table
from ..errors import InputError
from .int8_edges import edges
from .parcel import Arrays, Options, Parcel
from .quantiser import Tensor, account, activity_step, check_finite, quantise, step_for
from .semantics import check_rate, run_float
from .trained import TrainedNetwork

MOST_STEPS = 4096  # of training data that calibrate; assumed to be enough
MOST_POSITION, LEAST_STATE, LEAST_TABLE = 15, 7, 5
BIAS_BITS = 32


class Seen(NamedTuple):
    """Largest magnitudes while the float network was shown `steps` steps of training data."""

    steps: int
    inputs: float
    arriving: float
    activity: float


@dataclass(frozen=True)
class Int8Network:
    """A quantised network.

    Attributes
    ----------
    spec : the integers
    tensors : the account of every array
    seen : what it was calibrated with
    """

    spec: Int8RNN
    tensors: tuple[Tensor, ...]
    seen: Seen

    def encode(self, inputs: np.ndarray) -> np.ndarray:
        """Inputs of the task -> int8, rounded half to even; saturates, as a converter does."""
        return np.clip(np.rint(np.asarray(inputs, np.float64) * 2**self.spec.q_in), LOW, HIGH).astype(np.int8)

    def run(self, inputs: np.ndarray) -> Arrays:
        """What every client computes, from rest: "h" (steps, hidden) int8, "outputs" (steps, outputs) int32."""
        trace = run(self.spec, inputs)
        return {"h": trace.spikes.astype(np.int8), "outputs": trace.outputs.astype(np.int32)}

    def decode(self, arrays: Arrays) -> np.ndarray:
        """Outputs in units of the task."""
        return arrays["outputs"] / 2.0**self.spec.q_output

    @property
    def about(self) -> dict[str, Any]:
        """Conventions for the manifest."""
        spec = self.spec
        fractions = {"inputs": spec.q_in, "weights": spec.q_weight, "readout": spec.q_readout, "bias": spec.q_accumulator,
                     "z": spec.q_table, "activity": spec.q_state, "outputs": spec.q_output}
        return {
            "fractional_bits": fractions, "rounding": "half to even", "largest_accumulator": spec.largest_sum,
            "order": "acc = (inputs x << s_in) + (recurrent h << s_rec) + bias; z = acc rounded to its fraction, kept to -128 ... 127;"
                     " h = table[z + 128]; y = readout h",
            "shifts": {"inputs": spec.shifts[0], "recurrent": spec.shifts[1], "z": spec.q_accumulator - spec.q_table},
            "calibration": self.seen._asdict()}


def quantised(trained: TrainedNetwork, name: str, options: Options) -> Int8Network:
    """Quantise a network for the format `name`.

    Raises
    ------
    InputError
        For anything but tanh neurons and outputs without a memory, without a task to calibrate with, and for what 8 bits, or 32 of an
        accumulator, cannot hold.
    """
    check_tanh(trained, name)
    seen = calibrate(trained, name)
    both = np.concatenate([trained.inputs, trained.recurrent], 1)
    q_in = position("inputs of the task", activity_step(np.array(seen.inputs), HIGH), options)
    q_weight, q_readout = (
        position(where, float(step_for(array, HIGH, power_of_two=True)), options)
        for where, array in (("inputs and recurrent", both), ("readout", trained.readout)))
    q_state = max(position("activity", activity_step(np.array(seen.activity), HIGH), options), LEAST_STATE)
    q_accumulator = q_weight + max(q_in, q_state)
    q_table = max(position("arriving", activity_step(np.array(seen.arriving), HIGH), Options(clip=True)), LEAST_TABLE)
    q_table = min(q_table, q_accumulator - 1)
    levels, tensors = {}, []
    for where, array, q in (("inputs", trained.inputs, q_weight), ("recurrent", trained.recurrent, q_weight),
                            ("readout", trained.readout, q_readout)):
        levels[where], tensor = quantise(where, array, 2.0**-q, -HIGH, HIGH, 8, options.clip)[::2]
        tensors.append(tensor)
    bias = np.zeros(trained.network.hidden) if trained.bias is None else trained.bias
    levels["bias"], tensor = quantise("bias", bias, 2.0**-q_accumulator, -2**31, 2**31 - 1, BIAS_BITS, options.clip)[::2]
    table = tanh_table(q_table, q_state)
    spec = Int8RNN(
        levels["inputs"], levels["recurrent"], levels["readout"], levels["bias"], table, q_in, q_weight, q_state, q_table, q_readout)
    return Int8Network(spec, (*tensors, tensor, table_account(table, q_table, q_state)), seen)


def check_tanh(trained: TrainedNetwork, name: str) -> None:
    """Refuse what the integers have no arithmetic for.

    Raises
    ------
    InputError
        See `quantised`.
    """
    check_rate(trained, name)
    for field in ("tau_steps", "readout_tau_steps"):
        tau = getattr(trained.network, field)
        if tau is not None:
            what = "leaky neurons" if field == "tau_steps" else "outputs with a memory"
            raise InputError("--to", f"= '{name}'; network.{field} = {tau:g}: the 8-bit network has no {what}; --to onnx has")


def calibrate(trained: TrainedNetwork, name: str) -> Seen:
    """Show training data to the float network, every sample from rest, and keep the largest magnitudes.

    Raises
    ------
    InputError
        If there is no task, or what it shows or the network makes of it is not finite.
    """
    if trained.dataset is None:
        raise InputError("--to", f"= '{name}'; needs data of the task to calibrate the 8 bits with: export_chip(..., dataset=...)")
    for where in ("inputs", "recurrent", "readout", "bias"):
        if getattr(trained, where) is not None:
            check_finite(where, getattr(trained, where))
    trials = trained.dataset.train(0).inputs.swapaxes(1, 2)  # (trials, samples, steps, inputs)
    samples = trials.reshape(-1, *trials.shape[2:])[:, :MOST_STEPS]
    samples = samples[:max(1, MOST_STEPS // samples.shape[1])]
    bias, arriving, activity = 0.0 if trained.bias is None else trained.bias, [], []
    for x in samples:
        h = run_float(trained, x)["h"]
        before = np.concatenate([np.zeros((1, h.shape[1])), h[:-1]])
        arriving.append(np.abs(x @ trained.inputs.T + before @ trained.recurrent.T + bias).max(initial=0.0))
        activity.append(np.abs(h).max(initial=0.0))
    check_finite("inputs of the task", samples)
    largest = float(np.abs(samples).max(initial=0.0))
    return Seen(samples.shape[0] * samples.shape[1], largest, float(np.max(arriving)), float(np.max(activity)))


def position(where: str, step: float, options: Options) -> int:
    """Fractional bits of numbers in steps of a power of two, as many as there are.

    Raises
    ------
    InputError
        If whole numbers are too small for them already and nothing may be clipped.
    """
    if step > 1 and not options.clip:
        raise InputError(where, f"reach beyond {HIGH * step / 2:g}; 8 bits hold {HIGH} at most; --clip moves what is beyond to the end")
    return int(np.clip(-np.log2(step), 0, MOST_POSITION))


def table_account(table: np.ndarray, q_table: int, q_state: int) -> Tensor:
    """What the table costs at its own entries; those that would be 128 are clipped."""
    exact = np.tanh(np.arange(LOW, HIGH + 1) / 2.0**q_table)
    clipped = int((np.abs(np.rint(exact * 2**q_state)) > HIGH).sum())
    return account("table", exact, table / 2.0**q_state, 8, 2.0**-q_state, clipped)


def check_accumulator(network: Int8Network, name: str, bits: int) -> None:
    """Refuse sums that a format cannot hold exactly.

    Raises
    ------
    InputError
        With the largest that can occur.
    """
    largest = network.spec.largest_sum
    if largest >= 2**bits:
        raise InputError("--to", f"= '{name}'; an accumulator can reach {largest}, and must stay below 2^{bits}; --to c holds 2^31")


def int8_parcel(network: Int8Network, client: str, files: Mapping[str, str | bytes], **more: Any) -> Parcel:
    """The parcel of an integer format: vectors, account and semantics are the same for all, every bit counts.

    Parameters
    ----------
    more : further fields of `Parcel`
    """
    reach = -LOW / 2.0**network.spec.q_in
    lost = (f"inputs beyond {-reach:g} ... {HIGH / 2.0**network.spec.q_in:g}: they saturate",)
    return Parcel(
        "1", client, files, network.tensors, network.run, network.encode, network.decode,
        edges=lambda inputs: edges(network.spec, inputs), lost=lost, about=network.about, **more)
