"""A weight matrix placed on an array of devices: hidden parameters drawn, weights written, arrays frozen."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .circuits.wires import Geometry
from .compiled import compiled
from .devices.constant_step import ConstantStep
from .devices.exp_step import ExpStep
from .devices.fixed_point import FixedPoint, FixedPointNearest
from .devices.hidden import Hidden, Spread, draw_hidden
from .devices.ideal import Ideal
from .devices.soft_bounds import SoftBounds
from .devices.wired import Wired, refresh, wired
from .devices.write_noise import WriteNoise
from .generators import generator
from .profile import Profile
from .storage import aligned
from .synapses.direct import Direct
from .synapses.layout import arrange, choose, matrix_of
from .synapses.sparse import Sparse

HIDDEN, WRITTEN = 1001, 1002  # streams of the chip's seed; each array adds 16 times its number
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
        lsb = self.device.lsb if isinstance(self.device, FixedPoint | FixedPointNearest) else 1
        cells = self.conductance * self.device.factor if isinstance(self.device, Wired) else self.conductance
        return matrix_of(self.synapses, cells, self.n_post, self.n_pre) * lsb

    def refresh(self) -> None:
        """Let what the wires take from every read follow the weights of now; nothing on perfect wires."""
        if isinstance(self.device, Wired):
            compiled(refresh)(self.device, self.conductance)

    def state(self) -> dict[str, np.ndarray]:
        """Every array that changes while the chip learns."""
        arrays = {"conductance": self.conductance}
        device = self.device
        if isinstance(device, Wired):
            arrays["factor"], device = device.factor, device.inner
        if isinstance(device, WriteNoise):
            arrays["persistent"] = device.persistent
        return arrays


def number(quantity: Any, otherwise: float = 0.0) -> float:
    """The value of a profile's number; `otherwise` where the profile says nothing."""
    return otherwise if quantity is None else float(quantity.v)


def digital(name: str, matrix: np.ndarray, mask: np.ndarray | None, dtype: Any) -> Array:
    """Exact digital weights."""
    n_post, n_pre = matrix.shape
    synapses = choose(n_post, n_pre, mask, name in LATERAL)
    return Array(name, synapses, Ideal(), arrange(synapses, matrix, dtype), n_post, n_pre, 1.0, 0, 0, False)


def absent(name: str, n: int, dtype: Any) -> Array:
    """No synapses: the population passes its activity straight on."""
    return Array(name, Direct(), Ideal(), arrange(Direct(), np.zeros((n, n)), dtype), n, n, 1.0, 0, 0, False)


def place(
    name: str, index: int, matrix: np.ndarray, mask: np.ndarray | None, profile: Profile, seed: int, dtype: Any
) -> Array:
    """Write `matrix` (post, pre) to the devices of a profile.

    Parameters
    ----------
    index : int
        Number of the array on the chip; part of the key of every draw.
    """
    n_post, n_pre = matrix.shape
    synapses = choose(n_post, n_pre, mask, name in LATERAL)
    kind = profile.weights.format
    if kind == "float":
        return Array(name, synapses, Ideal(), arrange(synapses, matrix, dtype), n_post, n_pre, 1.0, 0, 0, True)
    if kind == "fixed_point":
        return _fixed_point(name, matrix, synapses, profile, dtype)
    return _pulsed(name, index, matrix, True if mask is None else mask, synapses, profile, seed, dtype)


def _fixed_point(name: str, matrix: np.ndarray, synapses: Any, profile: Profile, dtype: Any) -> Array:
    real = np.dtype(dtype).type
    top = 2 ** (int(number(profile.weights.bits)) - 1) - 1
    lsb = number(profile.weights.range) / top
    levels = np.rint(matrix / lsb)
    device: Any = FixedPoint if profile.weights.rounding == "stochastic" else FixedPointNearest
    cells = arrange(synapses, np.clip(levels, -top, top), dtype)
    clipped = int((np.abs(levels) > top).sum())
    n_post, n_pre = matrix.shape
    return Array(name, synapses, device(real(lsb), real(top)), cells, n_post, n_pre, lsb, clipped, 0, True)


def _pulsed(
    name: str, index: int, matrix: np.ndarray, exists: np.ndarray | bool, synapses: Any, profile: Profile, seed: int, dtype: Any
) -> Array:
    section, real = profile.device, np.dtype(dtype).type
    if section is None:
        raise TypeError("a profile with conductances has a [device] section")  # the schema sees to it
    spread = Spread(
        number(section.dw_min), number(section.dw_min_dtod), number(section.up_down), number(section.up_down_dtod),
        number(section.w_max), number(section.w_max_dtod), number(section.w_min), number(section.w_min_dtod),
        number(section.stuck_prob), number(section.stuck_range))
    largest = float(np.abs(matrix).max())
    scale = largest * number(profile.weights.headroom, 1.0) / min(spread.w_max, -spread.w_min) if largest > 0 else 1.0
    hidden = draw_hidden(spread, matrix.shape, generator(seed, HIDDEN + 16 * index))
    written = np.clip(matrix, hidden.lower * scale, hidden.upper * scale)
    clipped = int(((matrix != written) & exists).sum())
    persistent = arrange(synapses, written, dtype)
    inner: Any = _inner(profile, hidden, scale, synapses, dtype)
    sigma = number(section.write_noise_std) * spread.dw_min * scale
    stuck = int((hidden.is_stuck & exists).sum())
    n_post, n_pre = matrix.shape
    device, cells = inner, persistent
    if sigma != 0:
        visible = written + sigma * generator(seed, WRITTEN + 16 * index).standard_normal(matrix.shape)
        device, cells = WriteNoise(inner, persistent, real(sigma)), arrange(synapses, visible, dtype)
    array = Array(name, synapses, device, cells, n_post, n_pre, scale, clipped, stuck, True)
    geometry = geometry_of(profile, n_post, n_pre)
    if not geometry.is_perfect:
        array = array._replace(device=_on_lines(array, profile, geometry, float(np.mean(exists)), dtype))
        array.refresh()
    return array


def geometry_of(profile: Profile, n_post: int, n_pre: int) -> Geometry:
    """The arrays that hold a weight matrix, no larger than what it uses, and their wires; perfect where the profile knows of none."""
    t = profile.topology
    rows, cols = (int(min(number(most, size), size)) for most, size in ((t.array_rows, n_pre), (t.array_cols, n_post)))
    return Geometry(rows, cols, *(number(ohm) for ohm in (t.wire_row_Ohm, t.wire_col_Ohm, t.driver_Ohm, t.sense_Ohm)))


def _on_lines(array: Array, profile: Profile, geometry: Geometry, density: float, dtype: Any) -> Any:
    """The device of an array, behind wires with resistance."""
    from .circuits.calibration import calibrate  # loads scipy, which chips with perfect wires do without

    section = profile.device
    if section is None or section.g_max_S is None:
        raise TypeError("a profile whose wires have resistance has device.g_max_S")  # the schema sees to it
    g_max = number(section.g_max_S)
    siemens = g_max / (max(number(section.w_max), -number(section.w_min)) * array.scale)
    labels = arrange(array.synapses, 1 + np.arange(array.n_post * array.n_pre).reshape(array.n_post, array.n_pre), np.int64)
    found = calibrate(geometry, g_max, density / 2)
    return wired(array.device, labels, array.n_pre, geometry, siemens, found.coupling, dtype)


def _inner(profile: Profile, hidden: Hidden, scale: float, synapses: Any, dtype: Any) -> Any:
    """The update model with its arrays in units of the weight."""
    section, real = profile.device, np.dtype(dtype).type
    if section is None:
        raise TypeError("a profile with conductances has a [device] section")

    def cells(matrix: np.ndarray) -> np.ndarray:
        return arrange(synapses, matrix, dtype)

    most = real(number(section.max_pulses, np.inf))
    spread_ctoc = real(number(section.dw_min_std))
    up, down, upper, lower = (cells(matrix * scale) for matrix in hidden[:4])
    if section.update_model == "constant_step":
        return ConstantStep(real(number(section.dw_min) * scale), most, up, down, upper, lower, spread_ctoc)
    if section.update_model == "soft_bounds":
        with np.errstate(divide="ignore", invalid="ignore"):
            share_up = np.where(hidden.upper > 0, hidden.step_up / hidden.upper, 1.0)
            share_down = np.where(hidden.lower < 0, hidden.step_down / -hidden.lower, 1.0)
        rate_up, rate_down = (cells(-np.log(np.maximum(1 - np.where(hidden.is_stuck, 0.0, share), 1e-30)))
                 for share in (share_up, share_down))
        return SoftBounds(
            real(number(section.dw_min) * scale), most, up, down, rate_up, rate_down, upper, lower, spread_ctoc)
    gamma_up, gamma_down = number(section.exp_gamma_up), number(section.exp_gamma_down)
    a_up, a_down, shift = number(section.exp_A_up), number(section.exp_A_down), number(section.exp_b)
    up_down, dw_min = number(section.up_down), number(section.dw_min)
    granule = dw_min * 0.5 * (
        (1 + min(up_down, 0.0)) * max(1 - a_up * np.exp(gamma_up * shift), 0.0)
        + (1 - max(up_down, 0.0)) * max(1 - a_down * np.exp(-gamma_down * shift), 0.0))
    return ExpStep(
        real(granule * scale), most, up, down, upper, lower, spread_ctoc, real(a_up), real(a_down), real(gamma_up), real(gamma_down),
        real(number(section.exp_a)), real(shift))


def twin(array: Array) -> np.ndarray:
    """A frozen copy of the conductance."""
    return aligned(array.conductance, array.conductance.dtype)
