"""A weight matrix placed on an array of devices: hidden parameters drawn, weights written, arrays frozen."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .ageing import changing, with_time
from .circuits.wires import Geometry
from .compiled import compiled
from .contract import sense
from .devices.fixed_point import FixedPoint, FixedPointNearest
from .devices.ideal import Ideal
from .devices.one_sided_pair import OneSidedPair
from .devices.plus_minus_one import plus_minus_one
from .devices.wired import Wired, refresh, wired
from .devices.write_noise import WriteNoise
from .devices.written import Written, written
from .generators import generator
from .profile import Profile
from .pulsed import build, hidden_of, reference_of, reset_of
from .quantity import number
from .storage import aligned
from .synapses.direct import Direct
from .synapses.layout import arrange, choose, matrix_of
from .synapses.sparse import Sparse
from .wear import closing, counting, mortal

WRITTEN = 1002  # stream of the chip's seed; each array adds 16 times its number
PAIRS = 1000    # arrays of a pair are numbered from here, two for each
LATERAL = ("lateral", "input_lateral")


class Array(NamedTuple):
    """A projection on its devices, before a rule is wired to it."""

    name: str
    synapses: Any
    device: Any
    conductance: np.ndarray
    n_post: int
    n_pre: int
    scale: float        # weight per unit of normalised conductance
    clipped: int        # initial weights beyond what the device can hold
    stuck: int
    on_chip: bool       # False: digital and exact

    @property
    def synapse_count(self) -> int:
        """Synapses that exist."""
        return self.synapses.post.size if isinstance(self.synapses, Sparse) else self.n_post * self.n_pre

    def weights(self) -> np.ndarray:
        """Effective weights (post, pre) as a noise-free read would give them."""
        return self._read(self.device)

    def stored(self) -> np.ndarray:
        """What the devices hold (post, pre), in units of the weight: `weights` without what the wires take from every read."""
        return self._read(self.device.inner if isinstance(self.device, Wired) else self.device)

    def _read(self, device: Any) -> np.ndarray:
        if isinstance(device, Written):  # levels that no read has rounded
            return matrix_of(self.synapses, self.conductance, self.n_post, self.n_pre) * self.scale
        everywhere = slice(None)
        seen = sense(device, everywhere, everywhere, self.conductance)
        return matrix_of(self.synapses, seen, self.n_post, self.n_pre)

    def refresh(self) -> None:
        """Let what the wires take from every read follow the weights of now; nothing on perfect wires."""
        if isinstance(self.device, Wired):
            compiled(refresh)(self.device, self.conductance)

    def state(self) -> dict[str, np.ndarray]:
        """Every array that changes while the chip learns."""
        return {"conductance": self.conductance, **changing(self.device)}


def digital(name: str, matrix: np.ndarray, mask: np.ndarray | None, dtype: Any) -> Array:
    """Exact digital weights."""
    n_post, n_pre = matrix.shape
    synapses = choose(n_post, n_pre, mask, name in LATERAL)
    return Array(name, synapses, Ideal(), arrange(synapses, matrix, dtype), n_post, n_pre, 1.0, 0, 0, False)


def absent(name: str, n: int, dtype: Any) -> Array:
    """No synapses: the population passes its activity straight on."""
    return Array(name, Direct(), Ideal(), arrange(Direct(), np.zeros((n, n)), dtype), n, n, 1.0, 0, 0, False)


def place(
    name: str, index: int, matrix: np.ndarray, mask: np.ndarray | None, profile: Profile, seed: int, dtype: Any,
    clock: np.ndarray | None = None, scale: float | None = None,
) -> Array:
    """Write `matrix` (post, pre) to the devices of a profile.

    Parameters
    ----------
    index : int
        Number of the array on the chip; part of the key of every draw.
    clock : (1,) float64
        Seconds since the chip was programmed, shared by whatever is on the chip; a clock of its own, at 0, if absent.
    scale : float
        Weight per unit of normalised conductance; follows from the largest weight if absent.
    """
    n_post, n_pre = matrix.shape
    synapses = choose(n_post, n_pre, mask, name in LATERAL)
    kind = profile.weights.format
    if kind == "float":
        return Array(name, synapses, Ideal(), arrange(synapses, matrix, dtype), n_post, n_pre, 1.0, 0, 0, True)
    if kind == "fixed_point":
        return _fixed_point(name, matrix, synapses, profile, dtype)
    clock = np.zeros(1) if clock is None else clock
    exists = True if mask is None else mask
    scale = scale_of(profile, matrix) if scale is None else scale
    return on_devices(name, index, matrix, exists, synapses, profile, scale, seed, dtype, clock)


def _fixed_point(name: str, matrix: np.ndarray, synapses: Any, profile: Profile, dtype: Any) -> Array:
    real = np.dtype(dtype).type
    top = 2 ** (int(number(profile.weights.bits)) - 1) - 1
    lsb = number(profile.weights.range) / top
    levels = np.rint(matrix / lsb)
    kind: Any = FixedPoint if profile.weights.rounding == "stochastic" else FixedPointNearest
    is_plus_minus_one = profile.plasticity.update_rounding == "plusminus1"
    device = plus_minus_one(lsb, int(number(profile.weights.bits)), real) if is_plus_minus_one else kind(real(lsb), real(top))
    cells = arrange(synapses, np.clip(levels, -top, top), dtype)
    clipped = int((np.abs(levels) > top).sum())
    n_post, n_pre = matrix.shape
    return Array(name, synapses, written(device, cells), cells, n_post, n_pre, lsb, clipped, 0, True)


def scale_of(profile: Profile, matrix: np.ndarray) -> float:
    """Weight per unit of normalised conductance: the largest weight takes up 1 / headroom of the nominal range."""
    section = profile.device
    if section is None:
        raise TypeError("a profile with conductances has a [device] section")  # the schema sees to it
    largest = float(np.abs(matrix).max())
    reach = number(section.w_max) if section.cell == "one_sided_pair" else min(number(section.w_max), -number(section.w_min))
    return largest * number(profile.weights.headroom, 1.0) / reach if largest > 0 else 1.0


def on_devices(
    name: str, index: int, matrix: np.ndarray, exists: np.ndarray | bool, synapses: Any, profile: Profile, scale: float, seed: int,
    dtype: Any, clock: np.ndarray
) -> Array:
    """Write `matrix` (post, pre) to pulsed devices of which one normalised unit is a weight of `scale`."""
    section, real = profile.device, np.dtype(dtype).type
    if section is None:
        raise TypeError("a profile with conductances has a [device] section")

    def cells(values: np.ndarray) -> np.ndarray:
        return arrange(synapses, values, dtype)

    if section.cell == "one_sided_pair":
        return _pair(name, index, matrix, exists, synapses, profile, scale, seed, dtype, clock)
    hidden = hidden_of(section, matrix.shape, seed, index)
    reference = reference_of(section, hidden, seed, index)
    shift = np.zeros(matrix.shape) if reference is None else reference
    written = np.clip(matrix, (hidden.lower - shift) * scale, (hidden.upper - shift) * scale)
    clipped = int(((matrix != written) & exists).sum())
    device = build(section, hidden, scale, cells, seed, index, dtype)
    device = closing(device, section, (hidden.lower - shift) * scale, (hidden.upper - shift) * scale, cells, seed, index)
    device = with_time(device, profile.time, hidden, scale, synapses, seed, index, dtype, clock)
    conductance = cells(written)
    sigma = number(section.write_noise_std) * number(section.dw_min) * scale
    if sigma > 0:
        device = WriteNoise(device, conductance, real(sigma))
        conductance = cells(written + sigma * generator(seed, WRITTEN + 16 * index).standard_normal(matrix.shape))
    device = mortal(device, section, matrix.shape, cells, seed, index)
    n_post, n_pre = matrix.shape
    stuck = int((hidden.is_stuck & exists).sum())
    array = Array(name, synapses, counting(device, conductance), conductance, n_post, n_pre, scale, clipped, stuck, True)
    return on_lines(array, profile, float(np.mean(exists)), dtype)


def geometry_of(profile: Profile, n_post: int, n_pre: int) -> Geometry:
    """The arrays that hold a weight matrix, no larger than what it uses, and their wires; perfect where the profile knows of none."""
    t = profile.topology
    rows, cols = (int(min(number(most, size), size)) for most, size in ((t.array_rows, n_pre), (t.array_cols, n_post)))
    return Geometry(rows, cols, *(number(ohm) for ohm in (t.wire_row_Ohm, t.wire_col_Ohm, t.driver_Ohm, t.sense_Ohm)))


def on_lines(array: Array, profile: Profile, density: float, dtype: Any) -> Array:
    """The array behind wires with resistance, if the profile has them."""
    geometry = geometry_of(profile, array.n_post, array.n_pre)
    if geometry.is_perfect:
        return array
    from .circuits.calibration import calibrate  # loads scipy, which chips with perfect wires do without

    section = profile.device
    if section is None or section.g_max_S is None:
        raise TypeError("a profile whose wires have resistance has device.g_max_S")  # the schema sees to it
    g_max = number(section.g_max_S)
    siemens = g_max / (max(number(section.w_max), -number(section.w_min)) * array.scale)
    labels = arrange(array.synapses, 1 + np.arange(array.n_post * array.n_pre).reshape(array.n_post, array.n_pre), np.int64)
    found = calibrate(geometry, g_max, density / 2)
    array = array._replace(device=wired(array.device, labels, array.n_pre, geometry, siemens, found.coupling, dtype))
    array.refresh()
    return array


def _pair(
    name: str, index: int, matrix: np.ndarray, exists: np.ndarray | bool, synapses: Any, profile: Profile, scale: float, seed: int,
    dtype: Any, clock: np.ndarray
) -> Array:
    """Positive weights in the plus devices, negative ones in the minus devices, on top of what a reset leaves behind."""
    section = profile.device
    if section is None:
        raise TypeError("a profile with conductances has a [device] section")

    def cells(values: np.ndarray) -> np.ndarray:
        return arrange(synapses, values, dtype)

    halves, states, resets, clipped, stuck = [], [], [], 0, 0
    for number_of, wanted in ((2 * index, np.maximum(matrix, 0)), (2 * index + 1, np.maximum(-matrix, 0))):
        hidden = hidden_of(section, matrix.shape, seed, PAIRS + number_of)
        bias = reset_of(section, hidden, seed, PAIRS + number_of)
        state = np.clip(np.where(exists, wanted + bias * scale, 0), hidden.lower * scale, hidden.upper * scale)
        clipped += int(((state < wanted) & exists).sum())
        stuck += int((hidden.is_stuck & exists).sum())
        half = build(section, hidden, scale, cells, seed, PAIRS + number_of, dtype)
        half = closing(half, section, hidden.lower * scale, hidden.upper * scale, cells, seed, PAIRS + number_of)
        half = with_time(half, profile.time, hidden, scale, synapses, seed, PAIRS + number_of, dtype, clock)
        halves.append(mortal(half, section, matrix.shape, cells, seed, PAIRS + number_of))
        states.append(cells(state))
        resets.append(cells(np.where(exists, bias * scale, 0)))
    n_post, n_pre = matrix.shape
    device = OneSidedPair(
        halves[0], halves[1], states[0], states[1], resets[0], resets[1], np.dtype(dtype).type(number(section.refresh_upper)),
        np.dtype(dtype).type(number(section.refresh_lower)))
    conductance = aligned(device.g_plus - device.g_minus, dtype)
    array = Array(name, synapses, counting(device, conductance), conductance, n_post, n_pre, scale, clipped, stuck, True)
    return on_lines(array, profile, float(np.mean(exists)), dtype)


def twin(array: Array) -> np.ndarray:
    """A frozen copy of the conductance."""
    return aligned(array.conductance, array.conductance.dtype)
