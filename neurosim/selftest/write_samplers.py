"""Samples of the random effects of devices and digital weights, drawn by writing to chips, and where they lie in the laws that are stated.

All cells of an array are written once, by one pulse unless said otherwise.  A pulse goes outward, away from 0, up in one half of the cells
and down in the other; states are counted in its direction, so that both halves obey one law::

    x = clip(w + s y (1 + c) + noise, bounds),  s = dw_min,  c = min(up_down, 0) up, -max(up_down, 0) down

with y the share of the step that the curve of the device leaves at the state w.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..chip import Chip, Trained, compile_chip
from ..devices.endurance import Mortal
from ..devices.fading import LARGEST_FADE, LARGEST_LOSS
from ..devices.linear_step import LARGEST_NOISE
from ..devices.one_sided_pair import OneSidedPair
from ..devices.pulses import granule
from ..devices.writing import write_row
from ..network import Network
from ..profile import Profile
from ..quantity import number
from ..random import Key
from ..sections import DeviceSection
from ..synapses.layout import arrange
from ..tiles import inside, matrix, pulses
from ..verbs import WRITE
from ..workspace import workspace
from .laws import Sample, bound, counted, evenly, folded, lognormal, normal, places, uniform

SCALE = 0.5        # weight of a normalised unit
POSTS = 64         # neurons that an array writes to
BEYOND = 100.0     # a weight that no device can hold
INSIDE, NEAR = 0.3, 0.75  # states from which pulses are fired, as shares of the range
TRAIN = 5          # pulses
FRACTION = 0.3     # of a step, by which requests are larger than a whole number of them


class Case(NamedTuple):
    """A random effect by itself.

    Attributes
    ----------
    name : of the effect
    value : of its number
    profile : with that effect alone, beside what it acts through
    n : samples, at least
    seed : of the chip and of what is drawn while it is written
    """

    name: str
    value: float
    profile: Profile
    n: int
    seed: int

    @property
    def device(self) -> DeviceSection:
        """The [device] section."""
        if self.profile.device is None:
            raise TypeError(f"{self.name} is an effect of devices")  # `effects` sees to it
        return self.profile.device


def placed(case: Case, weights: np.ndarray) -> Chip:
    """A chip with normalised weights (post, pre) from its inputs."""
    n_post, n_pre = weights.shape
    network = Network(inputs=n_pre, hidden=n_post, outputs=1)
    wanted = {"inputs": weights * SCALE, "recurrent": np.zeros((n_post, n_post)), "readout": np.zeros((1, n_post))}
    return compile_chip(
        case.profile, network, case.seed, "float64", "digital", Trained(wanted, dict.fromkeys(wanted, SCALE)))


def directions(n: int) -> np.ndarray:
    """1 and -1 by turns, for at least n cells."""
    i, j = np.indices((POSTS, -(-n // POSTS)))
    return np.where((i + j) % 2 == 0, 1.0, -1.0)


def write(chip: Chip, requests: np.ndarray, seed: int) -> None:
    """Ask for changes of the weights (post, pre) from the inputs, in their own unit."""
    array = chip.arrays["inputs"]
    cells, (rows, width) = arrange(array.synapses, requests, chip.dtype), array.conductance.shape
    scratch = workspace(rows, width, chip.dtype)
    for r in range(array.n_pre):
        write_row(array.device, array.conductance, r, cells, r, scratch, Key(seed, WRITE, 0))


def pulse(chip: Chip, sign: np.ndarray, seed: int, times: int = 1) -> np.ndarray:
    """Normalised weights in the direction of one request of so many pulses, after it."""
    write(chip, times * sign * granule(chip.arrays["inputs"].device), seed)
    return sign * chip.arrays["inputs"].weights() / SCALE


class Way(NamedTuple):
    """What a pulse outward finds, cell by cell: state, nominal step, its share y, and the bounds."""

    start: float
    step: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def end(self) -> np.ndarray:
        """The state after it, without any noise."""
        return np.clip(self.start + self.step * self.share, self.low, self.high)


def is_pair(device: DeviceSection) -> bool:
    """Whether weights are held by pairs, of which either half is pulsed up."""
    return device.cell == "one_sided_pair"


def way(device: DeviceSection, sign: np.ndarray, reach: float) -> Way:
    """The way of a pulse outward from a state at `reach` of the range."""
    top, bottom, up_down = number(device.w_max), number(device.w_min), number(device.up_down)
    is_up = (sign > 0) | is_pair(device)
    start = reach * (top if is_pair(device) else min(top, -bottom))
    step = number(device.dw_min) * (1 + np.where(is_up, min(up_down, 0.0), -max(up_down, 0.0)))
    high = np.where(is_up, top, -bottom)
    low = np.zeros(sign.shape) if is_pair(device) else np.where(is_up, bottom, -top)
    return Way(start, step, np.where(is_up, share(device, True, start), share(device, False, -start)), low, high)


def share(device: DeviceSection, is_up: bool, w: float) -> float:
    """y at the state w, of the curve that the profile states."""
    top, bottom = number(device.w_max), number(device.w_min)
    room = (top - w if is_up else w - bottom) / (top - bottom)
    if device.update_model == "linear_step":
        return 1 - number(device.gamma_up) * w / top if is_up else 1 + number(device.gamma_down) * w / -bottom
    if device.update_model == "soft_bounds":
        return 1 - w / top if is_up else 1 + w / -bottom
    if device.update_model == "pow_step":
        tilt = number(device.pow_up_down)
        return float(room ** (number(device.pow_gamma) * (1 + (min(tilt, 0.0) if is_up else -max(tilt, 0.0)))))
    if device.update_model == "piecewise_step":
        nodes = (device.piecewise_up if is_up else device.piecewise_down) or []
        return float(np.interp((w - bottom) / (top - bottom), np.linspace(0, 1, len(nodes)), nodes))
    if device.update_model == "exp_step":
        z = 2 * number(device.exp_a) * w / (top - bottom) + number(device.exp_b)
        grown = np.exp(number(device.exp_gamma_up) * z) if is_up else np.exp(-number(device.exp_gamma_down) * z)
        return float(max(1 - number(device.exp_A_up if is_up else device.exp_A_down) * grown, 0.0))
    return 1.0


def of_step(case: Case) -> dict[str, Sample]:
    """dw_min_dtod and up_down_dtod: the step of one pulse from 0, ``|s (c + g)|``, g = 1 + v xi or exp(v xi); r is 0 or takes its place."""
    device, sign = case.device, directions(case.n)
    path = way(device, sign, 0.0)
    moves = path.share > 0
    unit = number(device.dw_min) * path.share[moves]
    shift = path.step[moves] / number(device.dw_min) - 1
    law = lognormal(shift, case.value) if device.dw_min_lognormal else folded(1 + shift, case.value)
    seen = pulse(placed(case, 0 * sign), sign, case.seed)[moves] / unit
    return {"step": places(law, seen, case.seed, high=path.high[moves] / unit)}


def of_slope(case: Case) -> dict[str, Sample]:
    """gamma_up_dtod and gamma_down_dtod: how much of the step is gone at 0.3 of the range, as a fade ``|gamma + v xi|``."""
    device, is_up = case.device, case.name.endswith("up_dtod")
    sign = np.abs(directions(case.n)) * (1 if is_up else -1)
    path, gamma = way(device, sign, INSIDE), number(device.gamma_up if is_up else device.gamma_down)
    x = pulse(placed(case, sign * path.start), sign, case.seed)
    slope = (1 - (x - path.start) / path.step) * path.high / path.start
    return {"slope": places(folded(gamma, case.value), -slope if gamma < 0 else slope, case.seed)}


def of_power(case: Case) -> dict[str, Sample]:
    """pow_gamma_dtod and pow_up_down_dtod: the power, ``max(gamma (1 + c + v xi), 0)``, from the step at 0."""
    device, sign = case.device, directions(case.n)
    path, gamma, tilt = way(device, sign, 0.0), number(device.pow_gamma), number(device.pow_up_down)
    mean = gamma * (1 + np.where(sign > 0, min(tilt, 0.0), -max(tilt, 0.0)))
    x = pulse(placed(case, 0 * sign), sign, case.seed)
    power = np.log(x / path.step) / np.log(path.high / (path.high - path.low))
    return {"power": places(normal(mean, gamma * case.value), power, case.seed, low=0.0)}


def of_pulses(case: Case) -> dict[str, Sample]:
    """dw_min_std, exp_noise_abs and exp_noise_slope: normal noise of one pulse, cut off at the bounds.

    Its standard deviation is sigma s y, where noise is additive sigma s, of exponential steps sigma (s y + n0 + n1 w).
    """
    device, sign = case.device, directions(case.n)
    path, sigma = way(device, sign, INSIDE if case.name == "device.dw_min_std" else NEAR), number(device.dw_min_std)
    sd = path.step * path.share
    if device.update_model in ("linear_step", "soft_bounds") and device.noise != "multiplicative":
        sd = path.step + 0 * sd
    sd = sigma * (sd + number(device.exp_noise_abs) + number(device.exp_noise_slope) * path.start)
    x = pulse(placed(case, sign * path.start), sign, case.seed)
    found: dict[str, Sample] = {"pulse": places(normal(path.start + path.step * path.share, sd), x, case.seed, path.low, path.high)}
    return {**found, **of_train(case)} if case.name == "device.dw_min_std" else found


def of_train(case: Case) -> dict[str, Sample]:
    """dw_min_std: a train of pulses fired at once, f the share of the state that one takes away, q = 1 - f, as linear_step.py has it.

    Additive: normal, ``q^n w + s sum q^k`` and ``sigma s sqrt(sum q^2k)``.  Multiplicative: the way left is log-normal, of mean q^n and
    variance ``(q^2 + (f sigma)^2)^n - q^2n``.  Nothing where the curve is another, a bound may be met, or pulses are fired one by one.
    """
    device, sign, n = case.device, directions(case.n), TRAIN
    if device.update_model not in ("constant_step", "linear_step", "soft_bounds"):
        return {}
    path, sigma, powers = way(device, sign, INSIDE), number(device.dw_min_std), np.arange(TRAIN)[:, None, None]
    f = path.step * (1 - path.share) / path.start
    q, room = 1 - f, 6 * sigma * path.step * n**0.5 * np.maximum(path.share, 1)
    mean, spread = q**n * path.start + path.step * (q**powers).sum(axis=0), np.sqrt((q ** (2 * powers)).sum(axis=0))
    is_multiplicative = device.update_model != "constant_step" and device.noise == "multiplicative"
    merges = (f >= 0) & (np.maximum(mean, path.start) + room < path.high) & (np.minimum(mean, path.start) - room > path.low)
    if is_multiplicative:
        merges &= (f > 0) & (f <= LARGEST_FADE) & (n * f <= LARGEST_LOSS) & (n * (f * sigma) ** 2 <= LARGEST_NOISE)
    if not merges.all():
        return {}
    x = pulse(placed(case, sign * path.start), sign, case.seed + 1, n)
    if not is_multiplicative:
        return {"train": places(normal(mean, sigma * path.step * spread), x, case.seed)}
    variance = n * np.log1p((f * sigma / q) ** 2)
    left = 1 - f * (x - path.start) / (path.step * path.share)
    return {"train": places(normal(variance / 2 - n * np.log(q), np.sqrt(variance)), -np.log(left), case.seed)}


def of_bounds(case: Case) -> dict[str, Sample]:
    """w_max_dtod and w_min_dtod: what is left of a weight beyond all bounds and one more pulse: ``|max(w (1 + v xi), other bound)|``."""
    device, is_upper = case.device, case.name == "device.w_max_dtod"
    sign = directions(case.n) if is_pair(device) else np.abs(directions(case.n)) * (1 if is_upper else -1)
    top, bottom = number(device.w_max), number(device.w_min)
    mean, other = (top, bottom) if is_upper else (-bottom, -top)
    x = pulse(placed(case, sign * BEYOND), sign, case.seed)
    return {"bound": places(bound(mean, mean * case.value, other), x, case.seed, low=0.0)}


def of_write_noise(case: Case) -> dict[str, Sample]:
    """write_noise_std: what is read less what was written, normal, as programmed and after a pulse."""
    device, sign = case.device, directions(case.n)
    path, sd = way(device, sign, INSIDE), case.value * number(device.dw_min)
    chip = placed(case, sign * path.start)
    first = sign * chip.arrays["inputs"].weights() / SCALE
    return {"as programmed": places(normal(path.start, sd), first, case.seed),
            "after a pulse": places(normal(path.end, sd), pulse(chip, sign, case.seed), case.seed)}


def of_references(case: Case) -> dict[str, Sample]:
    """reference_std: the reference, from the largest weight that a device shows, which is its bound less that."""
    device, sign = case.device, np.abs(directions(case.n))
    x = pulse(placed(case, sign * BEYOND), sign, case.seed)
    return {"reference": places(normal(number(device.reference_mean), case.value), number(device.w_max) - x, case.seed)}


def of_resets(case: Case) -> dict[str, Sample]:
    """reset_dtod: what both devices of a pair hold at a weight of 0, ``|reset + v xi|`` within their bounds."""
    array = placed(case, 0 * directions(case.n)).arrays["inputs"]
    pair, law = inside(array.device, OneSidedPair), folded(number(case.device.reset), case.value)
    left = np.concatenate([matrix(array, cells) / SCALE for cells in (pair.g_plus, pair.g_minus)])
    return {"left": places(law, left, case.seed, high=number(case.device.w_max))}


def of_endurance(case: Case) -> dict[str, Sample]:
    """endurance_spread: pulses to the end, ``max(rint(cycles exp(v xi)), 1)``, a whole number: its place in its own step is drawn."""
    array = placed(case, 0 * directions(case.n)).arrays["inputs"]
    seen, law = matrix(array, inside(array.device, Mortal).cycles), lognormal(0.0, case.value)
    mean = number(case.device.endurance_cycles)
    low, high = (law((seen + half) / mean) for half in (-0.5, 0.5))
    low = np.where(seen > 1, low, 0.0)
    return {"cycles": (low + evenly(seen.shape, case.seed) * (high - low)).ravel()}


def of_stuck(case: Case) -> dict[str, Sample]:
    """stuck_prob: how many devices are stuck, and where: evenly between the bounds, within stuck_range."""
    device = case.device
    array = placed(case, 0 * directions(case.n)).arrays["inputs"]
    pair, reach = inside(array.device, OneSidedPair), number(device.stuck_range)
    held = [array.weights()] if pair is None else [matrix(array, cells) for cells in (pair.g_plus, pair.g_minus)]
    x, low, high = np.concatenate(held) / SCALE, max(number(device.w_min), -reach), min(number(device.w_max), reach)
    found: dict[str, Sample] = {"share": counted(1 * (x != 0), {0: 1 - case.value, 1: case.value})}
    return found if reach == 0 else {**found, "value": places(uniform(low, high), x[x != 0], case.seed, low, high)}


def of_requests(case: Case) -> dict[str, Sample]:
    """dw_min: a request of 1.3 steps is one pulse or two, two with a probability of 0.3."""
    sign = directions(case.n)
    chip = placed(case, 0 * sign)
    array = chip.arrays["inputs"]
    write(chip, sign * granule(array.device) * (1 + FRACTION), case.seed)
    up, down = pulses(array) or (sign, sign)
    return {"pulses": counted(up + down, {1: 1 - FRACTION, 2: FRACTION})}


def of_levels(case: Case) -> dict[str, Sample]:
    """weights.bits: a request of 0.3 levels moves a weight by a level, with a probability of 0.3."""
    sign = directions(case.n)
    chip = placed(case, 0 * sign)
    array = chip.arrays["inputs"]
    write(chip, sign * array.scale * FRACTION, case.seed)
    return {"levels": counted(np.rint(sign * array.weights() / array.scale), {0: 1 - FRACTION, 1: FRACTION})}
