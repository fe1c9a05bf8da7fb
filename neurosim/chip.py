"""The chip: a profile and a network compiled to flat, padded, aligned arrays with every mismatch drawn."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from . import profile as profiles
from .cores import Cores
from .digital_neurons import report
from .errors import InputError
from .finite import check_profile
from .generators import generator
from .mapping import cores_of, fit
from .network import Network, draw_weights
from .placement import Array, absent, digital, place
from .profile import Profile
from .quantity import number
from .storage import aligned, padded, zeros
from .tiles import pulses

MISMATCH = 2001  # stream of the chip's seed
NAMES = ("inputs", "recurrent", "readout", "lateral", "input_lateral")


@dataclass(frozen=True)
class Chip:
    """A network on a chip instance.

    Attributes
    ----------
    arrays : dict of Array, by projection name
    gain, offset : (width,) neuron mismatch, or None where the profile has none
    mapping : what was used of what the chip has
    clock_s : (1,) float64, seconds since the devices were programmed; None if the profile does not say how long a step takes
    instance : serial number of the devices, if it is not `seed`, from which connectivity, delays and initial weights follow
    """

    profile: Profile
    network: Network
    seed: int
    dtype: Any
    arrays: dict[str, Array]
    gain: np.ndarray | None
    offset: np.ndarray | None
    mapping: dict[str, Any]
    clock_s: np.ndarray | None = None
    instance: int | None = None

    @property
    def device_seed(self) -> int:
        """What the mismatch of devices, neurons and read paths is drawn from."""
        return self.seed if self.instance is None else self.instance

    @cached_property
    def cores(self) -> Cores | None:
        """The hidden neurons on the cores of the chip; see `mapping.cores_of`."""
        return cores_of(self.profile, self.network, self.seed)

    def weights(self) -> dict[str, np.ndarray]:
        """Effective weight matrices (post, pre) of every projection that exists."""
        return {name: array.weights() for name, array in self.arrays.items()}

    def state(self) -> dict[str, np.ndarray]:
        """Every array that learning changes, by "projection/array", and the clock."""
        clock = {} if self.clock_s is None else {"clock/now_s": self.clock_s}
        return {
            **clock, **{
                f"{name}/{key}": value
                for name, array in self.arrays.items() if name in self.mapping["projections"]
                for key, value in array.state().items()}}

    def wear(self) -> dict[str, np.ndarray]:
        """Pulses that every synapse has been sent since the chip was made, up and down together, by projection: (post, pre) int64.

        Projections without pulsed devices are left out; a pair counts the pulses of both of its devices.
        """
        found = {name: pulses(self.arrays[name]) for name in self.mapping["projections"]}
        return {name: up_down[0] + up_down[1] for name, up_down in found.items() if up_down is not None}

    def settle(self) -> None:
        """Let what the wires take follow the weights of now; training does so 20 times per epoch and before every test."""
        for array in self.arrays.values():
            array.refresh()

    def export(self, to: str, out: str | Path, **options: Any) -> dict[str, Any]:
        """Write the network that the chip holds now in a device's format; see `neurosim.export.export_chip`.

        Parameters
        ----------
        to : format, for instance "nir"
        out : folder to make
        """
        import neurosim

        return neurosim.export_chip(self, to, out, **options)

    def restore(self, state: dict[str, np.ndarray]) -> None:
        """Write back what `state` returned.

        Raises
        ------
        InputError
            If an array is missing or has another shape.
        """
        for name, array in self.state().items():
            if name not in state or state[name].shape != array.shape:
                raise InputError("checkpoint", f"{name} is missing or does not have the shape {array.shape} of this chip")
        for name, array in self.state().items():
            array[...] = state[name]


class Trained(NamedTuple):
    """Weights to be programmed onto a chip instead of those that are drawn.

    Attributes
    ----------
    matrices : (post, pre) by projection, of every projection that the network has
    scales : weight per unit of normalised conductance, by projection; follows from the largest weight where it is absent
    """

    matrices: Mapping[str, np.ndarray]
    scales: Mapping[str, float] = {}


def compile_chip(
    profile: Profile | str, network: Network, seed: int = 1, precision: str = "float32", readout: str = "chip",
    trained: Trained | None = None, instance: int | None = None,
) -> Chip:
    """Place a network on a chip.

    Parameters
    ----------
    profile : Profile, or the name or path of one
    seed : the chip's serial number: initial weights, connectivity and every device's mismatch follow from it
    precision : "float32" or "float64"
    readout : "chip" or "digital", what holds the readout weights
    trained : weights instead of the drawn ones; connectivity and delays are still those of `seed`
    instance : serial number of the devices, if the network is to be one of `seed` on another chip

    Raises
    ------
    MappingError
        If the network needs more than the chip has.
    """
    for field, value, known in (("precision", precision, ("float32", "float64")), ("readout", readout, ("chip", "digital"))):
        if value not in known:
            raise InputError(f"chip.{field}", f"= {value!r}; must be {known[0]!r} or {known[1]!r}")
    for field, serial in (("seed", seed), ("instance", 0 if instance is None else instance)):
        if not 0 <= serial < 2**64:
            raise InputError(field, f"= {serial}; must be at least 0 and below 2**64")
    profile = profiles.load(profile) if isinstance(profile, str) else profile
    check_profile(profile)
    dtype = np.dtype(precision).type
    mapping, own = fit(profile, network, readout, seed), report(profile, network, seed)
    if own is not None:
        mapping["neuron"] = own
    matrices = draw_weights(network, seed)
    wanted: dict[str, tuple[np.ndarray, np.ndarray | None]] = {
        "inputs": (matrices.inputs, None), "recurrent": (matrices.recurrent, matrices.mask), "readout": (matrices.readout, None)}
    decorrelation = network.decorrelation
    if decorrelation is not None:
        wanted["lateral"] = (np.eye(network.hidden), None)
        if decorrelation.inputs:
            wanted["input_lateral"] = (np.eye(network.lines), None)
    if trained is not None:
        wanted = {name: (given(trained, name, matrix), mask) for name, (matrix, mask) in wanted.items()}
    devices, scales = seed if instance is None else instance, {} if trained is None else trained.scales
    arrays, clock_s = {}, None if profile.time.step_s is None else zeros(1, np.float64)
    for index, name in enumerate(NAMES):
        if name not in wanted:
            arrays[name] = absent(name, network.hidden if name == "lateral" else network.lines, dtype)
        elif name == "readout" and readout == "digital":
            arrays[name] = digital(name, *wanted[name], dtype)
        else:
            arrays[name] = place(name, index, *wanted[name], profile, devices, dtype, clock_s, scales.get(name))
    for name, used in mapping["projections"].items():
        used.update(clipped=arrays[name].clipped, stuck=arrays[name].stuck, weight_per_unit=arrays[name].scale)
    gain, offset = mismatch(profile, network.hidden, devices, dtype)
    return Chip(profile, network, seed, dtype, arrays, gain, offset, mapping, clock_s, instance)


def given(trained: Trained, name: str, drawn: np.ndarray) -> np.ndarray:
    """The weights to program in place of `drawn`.

    Raises
    ------
    InputError
        If they are missing, or have another shape.
    """
    found = trained.matrices.get(name)
    if found is None or found.shape != drawn.shape:
        problem = "is missing" if found is None else f"has the shape {found.shape}"
        raise InputError(f"matrices.{name}", f"{problem}; must be {drawn.shape[0]} x {drawn.shape[1]} (post x pre)")
    return found.astype(np.float64)


def anew(chip: Chip) -> Chip:
    """The chip as it was made: initial weights, no wear, its clock at 0; the same seed draws the same devices."""
    readout = "chip" if chip.arrays["readout"].on_chip else "digital"
    return compile_chip(chip.profile, chip.network, chip.seed, np.dtype(chip.dtype).name, readout, instance=chip.instance)


def mismatch(profile: Profile, n: int, seed: int, dtype: Any) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Frozen gain and offset of every neuron; (None, None) if the profile has neither."""
    gain_cv, offset_std = number(profile.noise.gain_cv), number(profile.noise.offset_std)
    if gain_cv == 0 and offset_std == 0:
        return None, None
    rng = generator(seed, MISMATCH)
    gain, offset = np.zeros(padded(n)), np.zeros(padded(n))
    gain[:n] = 1 + gain_cv * rng.standard_normal(n)
    offset[:n] = offset_std * rng.standard_normal(n)
    return aligned(gain, dtype), aligned(offset, dtype)
