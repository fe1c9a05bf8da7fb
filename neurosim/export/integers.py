"""Trained networks as specifications of digital chips: the chip's own integers, in the units in which the network was trained.

One level is the weight ``range / (2^(bits - 1) - 1)`` of the profile; decays, thresholds and shifts are those of `digital_neurons`, with
which the network was trained.  An input that always fires carries the bias where the chip has none, or a bias of another meaning.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..digital import loihi, reckon, xylo
from ..digital_neurons import Numbers, numbers_of, room
from ..errors import InputError
from .quantiser import Quantised, Tensor, quantise
from .semantics import check_no_delays, lif_of
from .trained import TrainedNetwork

WEIGHT_BITS = 8
HOST_BITS = 32           # of a readout that the host computes
SPIKE_AT = 0.5           # Xylo: an output that is larger in one step is a spike; half of what tasks ask for (a choice)
PROFILES = {"loihi": "loihi1", "xylo": "xylo-audio", "reckon": "reckon"}


class OnChip(NamedTuple):
    """A network in the numbers of a chip.

    Attributes
    ----------
    spec : of digital/
    level : weight of one level
    unit : (n,) potential of one step of the membrane
    tensors : the account of every array
    has_line : the last input always fires; its weights are the bias
    lost : sentences
    """

    spec: Any
    level: float
    unit: np.ndarray
    tensors: tuple[Tensor, ...]
    has_line: bool
    lost: tuple[str, ...]

    def about(self, bias: str) -> dict[str, Any]:
        """For the manifest; `bias` says where the bias is if it is not an input."""
        if self.has_line:
            bias = f"input {self.spec.weights_in.shape[-1] - 1}, the last one, which fires in every step"
        units = [float(one) for one in (self.unit[:1] if (self.unit == self.unit[0]).all() else self.unit)]
        return {"weight_of_a_level": self.level, "potential_of_a_step": units[0] if len(units) == 1 else units, "bias": bias}


def loihi_of(trained: TrainedNetwork, to: str, clip: bool, own_bias: bool = True) -> OnChip:
    """The network on Loihi.

    Weights of both signs have even levels, -256 to 254; a network whose weights all lie within -128 to 127 keeps every level, by a weight
    exponent of -1.  Otherwise odd levels, half way between two even ones, are rounded half to even as everything is.

    Parameters
    ----------
    own_bias : use the chip's bias, which is added to the membrane, where weights act on the membrane at once (else they leak with the
        current) and no bias alone exceeds a threshold (the neuron would fire before the first input arrives)
    """
    numbers = neurons_of(trained, to, "loihi")
    level, whole = numbers.level, numbers.whole
    found = {name: quantise(name, array, level, -256, 255, 9, clip) for name, array in arrays(trained).items() if name != "readout"}
    found["readout"] = quantise("readout", trained.readout, level, -2**31, 2**31 - 1, HOST_BITS)
    bias, threshold = found.get("bias"), whole["threshold"] >> loihi.ALIGNMENT
    has_own = own_bias and bool((whole["decay_u"] == loihi.UNITY).all()) and (bias is None or bool((bias.levels[:, 0] <= threshold).all()))
    has_line = bias is not None and not has_own
    names = ("inputs", "recurrent", *(("bias",) if has_line else ()))
    signs, exponent, moved = loihi_format([found[name].levels for name in names])
    lost = []
    for name in names if moved else ():
        odd = int((found[name].levels & 1).sum())
        found[name] = quantise(name, arrays(trained)[name], level, *loihi.SIGNS["mixed"], WEIGHT_BITS, clip=True, even=True)
        lost.append(f"{name}: one level of {odd} of {found[name].levels.size} weights, which were odd (weights of both signs are even)")
    left = 1 if exponent < 0 else 0
    weights_in = lined(found, has_line) << left
    spec = loihi.Loihi(
        weights_in, found["recurrent"].levels << left, whole["decay_u"], whole["decay_v"], threshold,
        bias.levels[:, 0] if bias is not None and has_own else np.zeros(len(weights_in), np.int64), exponent=exponent, signs=signs,
        weights_out=found["readout"].levels)
    return OnChip(spec, level, numbers.unit, tensors_of(found), has_line, tuple(lost))


def loihi_format(matrices: list[np.ndarray]) -> tuple[str, int, bool]:
    """Signs and exponent of weights that share them, and whether odd levels must go."""
    low, high = min(int(levels.min(initial=0)) for levels in matrices), max(int(levels.max(initial=0)) for levels in matrices)
    if low == high == 0:
        raise InputError("inputs, recurrent", "are all 0; lava-dl cannot load such weights")
    if low >= 0:
        return "excitatory", 0, False
    return ("mixed", -1, False) if low >= -128 and high <= 127 else ("mixed", 0, True)


def effective(weights: np.ndarray, spec: loihi.Loihi) -> np.ndarray:
    """Weights times two to their exponent, whole numbers in any case."""
    return weights << loihi.ALIGNMENT + spec.exponent >> loihi.ALIGNMENT


def xylo_of(trained: TrainedNetwork, to: str, clip: bool) -> OnChip:
    """The network on Xylo.  The bias is an input: on the chip a bias is added to the membrane, here it leaks with the current.

    Outputs are spiking neurons there: with the shortest current (``dash`` 1), a membrane that keeps as long as a leaky readout (or ``dash``
    1), and a threshold that an output of `SPIKE_AT` reaches in one step.
    """
    numbers = neurons_of(trained, to, "xylo")
    found = bytes_of(trained, numbers, clip)
    tau, kept_first = trained.network.readout_tau_steps, 0.5
    worth = SPIKE_AT * kept_first / (trained.network.readout_share * numbers.level)
    shift_out = room(np.rint([worth]), xylo.HIGH)
    dash_out = 1 if tau is None else int(np.clip(np.rint(np.log2(tau)), 1, 15))
    threshold_out = int(np.clip(np.rint(worth * 2**shift_out), 1, xylo.HIGH))
    n, n_out = trained.network.hidden, trained.network.outputs
    spec = xylo.Xylo(
        lined(found, "bias" in found), found["recurrent"].levels, found["readout"].levels, numbers.whole["dash_syn"],
        numbers.whole["dash_mem"], numbers.whole["threshold"], np.zeros(n, np.int64), np.full(n_out, 1), np.full(n_out, dash_out),
        np.full(n_out, threshold_out), np.zeros(n_out, np.int64), numbers.shift, numbers.shift, shift_out)
    lost = (f"outputs: they are spikes, at most one a step, where the trained ones exceed about {SPIKE_AT:g}",)
    return OnChip(spec, numbers.level, numbers.unit, tensors_of(found), "bias" in found, lost)


def reckon_of(trained: TrainedNetwork, to: str, clip: bool) -> OnChip:
    """The network on ReckOn.  The bias is an input; the chip has none.  Outputs keep the multiple of 1 / 2^7 that is nearest."""
    numbers = neurons_of(trained, to, "reckon")
    found = bytes_of(trained, numbers, clip)
    kappa = int(np.rint(trained.kept * 2**reckon.OUTPUT_LEAK_BITS))
    largest = np.abs(found["readout"].levels).sum(1).max(initial=0) / max(1 - trained.kept, 2.0**-reckon.OUTPUT_LEAK_BITS)
    shift_out = max((shift for shift in range(8) if largest * 2**shift < 2**(reckon.BITS - 1)), default=0)  # if all fire, none saturates
    spec = reckon.ReckOn(
        lined(found, "bias" in found), found["recurrent"].levels, found["readout"].levels, numbers.whole["alpha"],
        numbers.whole["threshold"], kappa, numbers.shift, numbers.shift, shift_out, "subtract" if numbers.reset else "zero")
    kept = kappa / 2**reckon.OUTPUT_LEAK_BITS
    lost = () if kept == trained.kept else (f"outputs keep {kept:.7g} from tick to tick, the trained ones {trained.kept:.7g}",)
    return OnChip(spec, numbers.level, numbers.unit, tensors_of(found), "bias" in found, lost)


def neurons_of(trained: TrainedNetwork, to: str, kind: str) -> Numbers:
    """The hidden neurons as whole numbers of the chip; also refuses inputs of the task that are no spikes.

    Raises
    ------
    InputError
        If they are not spiking LIF neurons, were not trained as those of the chip, or the chip lacks what they have.
    """
    lif_of(trained, to)
    check_no_delays(trained, to)
    profile = trained.profile
    if profile.neuron.arithmetic != kind:
        has = f"neuron.arithmetic = {profile.neuron.arithmetic!r}" if profile.neuron.arithmetic else "no integer neurons"
        raise InputError("--to", f"= '{to}'; {profile.file} has {has}: train with the neurons of the chip, profile {PROFILES[kind]}")
    numbers = numbers_of(profile, trained.network, trained.seed)
    if numbers is None:
        raise TypeError("a profile with integer neurons and a spiking network give numbers")
    if trained.dataset is not None:
        spikes_of(trained.dataset.test.inputs, xylo.MOST_IN if kind == "xylo" else 1)
    return numbers


def arrays(trained: TrainedNetwork) -> dict[str, np.ndarray]:
    """The matrices by name; the bias as a column, if there is one."""
    found = {"inputs": trained.inputs, "recurrent": trained.recurrent, "readout": trained.readout}
    return found if trained.bias is None else {**found, "bias": trained.bias[:, None]}


def bytes_of(trained: TrainedNetwork, numbers: Numbers, clip: bool) -> dict[str, Quantised]:
    """Every matrix in levels of 8 bits."""
    high = 2**(WEIGHT_BITS - 1) - 1
    return {name: quantise(name, array, numbers.level, -high - 1, high, WEIGHT_BITS, clip) for name, array in arrays(trained).items()}


def lined(found: Mapping[str, Quantised], has_line: bool) -> np.ndarray:
    """(n, inputs) levels, the bias as the last input."""
    return np.concatenate([found["inputs"].levels, found["bias"].levels], axis=1) if has_line else found["inputs"].levels


def tensors_of(found: Mapping[str, Quantised]) -> tuple[Tensor, ...]:
    """The accounts."""
    return tuple(quantised.tensor for quantised in found.values())


def spikes_of(inputs: np.ndarray, most: int = 1, has_line: bool = False, silent: int = 0) -> np.ndarray:
    """(steps, inputs) int64 numbers of spikes, as the chip gets them.

    Parameters
    ----------
    most : spikes of an input in a step
    has_line : one input more, which always fires
    silent : steps without inputs at the end, in which the last outputs become known

    Raises
    ------
    InputError
        If the inputs are no such numbers.
    """
    given = np.asarray(inputs, np.float64)
    wrong = given[~((given >= 0) & (given <= most) & (given == np.rint(given)))]
    if wrong.size:
        allowed = "0 or 1, a spike" if most == 1 else f"whole numbers of spikes, 0 to {most}"
        raise InputError("inputs of the task", f"= {wrong.flat[0]:g}; must be {allowed}: encode them as events (network input, task)")
    spikes = given.astype(np.int64)
    if given.ndim != 2:
        return spikes
    spikes = np.concatenate([spikes, np.zeros((silent, spikes.shape[1]), np.int64)])
    return np.concatenate([spikes, np.ones((len(spikes), 1), np.int64)], axis=1) if has_line else spikes


def edges_of(n_inputs: int, most: int = 1) -> np.ndarray:
    """Inputs that drive a network to its limits: everything at once, nothing, every second input, one after the other."""
    everything, nothing = np.full((4, n_inputs), most), np.zeros((4, n_inputs), np.int64)
    second = np.tile(np.arange(n_inputs) % 2 * most, (4, 1))
    return np.concatenate([everything, nothing, second, nothing, np.eye(n_inputs, dtype=np.int64)]).astype(np.int64)


def host_outputs(trained: TrainedNetwork, chip: OnChip, spikes: np.ndarray) -> np.ndarray:
    """What the host reads of the spikes: ``y <- k y + (1 - k) level W s`` with W in levels, (steps, outputs)."""
    arriving = (1 - trained.kept) * (chip.level * (spikes @ chip.spec.weights_out.T))
    outputs, y = np.zeros(arriving.shape), np.zeros(arriving.shape[1])
    for t in range(len(arriving)):
        y = trained.kept * y + arriving[t]
        outputs[t] = y
    return outputs


def host_readout(trained: TrainedNetwork, chip: OnChip) -> dict[str, np.ndarray]:
    """What the host needs for `host_outputs`: "weights" (outputs, n) int64, "level" and "kept"."""
    return {"weights": chip.spec.weights_out, "level": np.float64(chip.level), "kept": np.float64(trained.kept)}
