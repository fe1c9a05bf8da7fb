"""A read path from plain numbers: every wrapper that they ask for, nested in the one order that aihwkit has.

On the way in: noise management, bound management, polarity, DAC (rounded, then clipped), input noise, input asymmetry.  At the outputs:
drop along the wires, series resistance, noise of the devices, nonlinearity, output asymmetry, output noise, ADC (rounded, then clipped)
(aihwkit 1.2, `AnalogMVType.ONE_PASS`, Rasch et al. 2021, arXiv:2104.02184).  Nothing asked for is nothing built.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..storage import padded, zeros
from .asymmetry import InputAsymmetry, OutputAsymmetry
from .bound_management import MOST, BoundManaged
from .calibrated_converter import CalibratedOutputConverter
from .clipping import InputClip, OutputClip
from .converters import InputConverter, OutputConverter
from .input_noise import InputNoise
from .ir_drop import IRDropPolynomial
from .noise_management import AbsMax, AbsMaxNPSum, Constant, NoiseManaged, RunningMean
from .nonlinearity import OutputNonlinearity
from .output_noise import OutputNoise
from .polarity import DigitalSum, PositiveNegative
from .quiet import Quiet
from .read_noise import AdditiveNoise, ReadNoise
from .series_resistance import SeriesResistance
from .stochastic_converters import StochasticInputConverter, StochasticOutputConverter
from .weight_noise import PCMReadNoise

OUTPUTS = 1009  # stream of what differs from output to output; each array of a chip adds 16 times its number


class ReadPath(NamedTuple):
    """Numbers in normalised units; 0, or None, switches an effect off.  hardware_profiles/README.md explains them, under [io].

    dac_top and adc_top are the range over the step; without them a range only clips.
    """

    dac_range: float | None = None
    dac_top: float | None = None
    dac_rounding: str = "nearest"
    adc_range: float | None = None
    adc_top: float | None = None
    adc_rounding: str = "nearest"
    adc_rule: str = "fixed"
    adc_percentile: float = 100.0
    adc_calibration_reads: int = 1
    noise_management: str | None = None
    nm_threshold: float | None = None
    nm_rate: float = 1.0
    nm_assumed_w_max: float = 0.6
    bound_management: str | None = None
    bm_max_factor: float = 1000.0
    bm_max_res: float = 0.25
    polarity: str | None = None
    inp_noise: float = 0.0
    inp_asymmetry: float = 0.0
    ir_drop: float = 0.0
    ir_drop_g_ratio: float = 1.0
    r_series: float = 0.0
    v_offset_dtod: float = 0.0
    v_offset_w_min: float = -1.0
    w_noise: float = 0.0
    w_noise_model: str = "additive"
    read_noise_rel: float = 0.0
    read_noise_abs: float = 0.0
    out_nonlinearity: float = 0.0
    out_nonlinearity_dtod: float = 0.0
    out_slope_calibration: float = 0.0
    out_asymmetry: float = 0.0
    out_noise: float = 0.0
    out_noise_dtod: float = 0.0


class Site(NamedTuple):
    """Where a read path is built: sizes, precision, and the weight of one normalised unit."""

    n_pre: int
    n_post: int
    lanes: int
    cells: tuple[int, int]  # shape of the conductance
    scale: float
    dtype: Any
    tiles: int = 1          # arrays of which the partial sums are added; each brings its own output noise

    def real(self, value: float) -> Any:
        """A scalar of the precision."""
        return np.dtype(self.dtype).type(value)

    def lines(self) -> np.ndarray:
        """(lanes, width_pre)."""
        return zeros((self.lanes, padded(self.n_pre)), self.dtype)

    def sums(self) -> np.ndarray:
        """(lanes, width_post)."""
        return zeros((self.lanes, padded(self.n_post)), self.dtype)

    def row(self, values: Any) -> np.ndarray:
        """(width_post,), padding zero."""
        row = zeros(padded(self.n_post), self.dtype)
        row[:self.n_post] = values
        return row


def build(path: ReadPath, site: Site, rng: np.random.Generator) -> Any:
    """The circuit of a read path; `rng` draws what differs from output to output."""
    offset, curve, noise = rng.standard_normal((3, site.n_post))  # always all three: one effect does not move the draws of another
    circuit = _with_outputs(path, site, _devices(path, site, offset), curve, noise)
    circuit = _with_adc(path, site, circuit)
    if path.inp_asymmetry:
        circuit = InputAsymmetry(circuit, site.real(1 - path.inp_asymmetry))
    if path.inp_noise:
        circuit = InputNoise(circuit, site.real(path.inp_noise), site.n_pre, site.lines().ravel())
    circuit = _with_dac(path, site, circuit)
    if path.polarity == "separate":
        circuit = PositiveNegative(circuit, zeros(1, site.dtype), site.sums())
    elif path.polarity == "separate_digital_sum":
        circuit = DigitalSum(circuit, zeros(1, site.dtype), site.sums(), site.sums(), np.zeros(site.lanes, np.int64))
    if path.bound_management == "iterative":
        circuit = BoundManaged(
            circuit, site.real(min(path.bm_max_factor, most_halvings(path), MOST)), zeros(site.lanes, site.dtype),
            np.zeros(site.lanes, np.int64), site.sums())
    rule = _rule(path, site)
    return circuit if rule is None else NoiseManaged(circuit, rule, zeros(site.lanes, site.dtype), site.sums())


def most_halvings(path: ReadPath) -> float:
    """By how much the input may shrink before its steps are coarser than bm_max_res of full scale; unlimited without a DAC."""
    return np.inf if path.dac_top is None or path.dac_range is None else path.bm_max_res * path.dac_top / path.dac_range


def _splits(path: ReadPath) -> bool:
    """Whether something stands between the noise of the devices and that of the output stage."""
    return bool(path.out_nonlinearity or path.out_asymmetry or path.out_noise_dtod or (path.r_series and path.out_slope_calibration))


def _devices(path: ReadPath, site: Site, offset: np.ndarray) -> Any:
    """The array up to its outputs."""
    scale, circuit = site.scale, Quiet()  # type: float, Any
    is_pcm = path.w_noise_model == "pcm"
    additive = 0.0 if _splits(path) else path.out_noise * scale * site.tiles**0.5
    absolute = path.read_noise_abs * scale
    if path.w_noise and not is_pcm:
        absolute = float(np.hypot(absolute, path.w_noise * scale))
    if path.w_noise and is_pcm:
        circuit = PCMReadNoise(
            site.real(path.read_noise_rel), site.real(absolute), site.real(path.w_noise**2 * scale), site.real(additive), site.n_post,
            site.sums().ravel())
    elif path.read_noise_rel or absolute or additive:
        kind = ReadNoise if path.read_noise_rel or absolute else AdditiveNoise
        circuit = kind(
            site.real(path.read_noise_rel), site.real(absolute), site.real(additive), site.n_post, site.sums().ravel())
    if path.r_series or path.v_offset_dtod:
        circuit = SeriesResistance(
            circuit, site.real(path.r_series / scale), site.real(-path.v_offset_w_min * scale), site.row(path.v_offset_dtod * offset))
    if path.ir_drop:
        place = zeros(padded(site.n_pre), site.dtype)
        place[:site.n_pre] = 1 - (1 - np.arange(site.n_pre) / site.n_pre) ** 2
        circuit = IRDropPolynomial(
            circuit, site.real(path.ir_drop), site.real(site.n_pre / path.ir_drop_g_ratio / scale), place,
            zeros(site.cells, site.dtype), site.lines(), site.sums(), site.sums())
    return circuit


def _with_outputs(path: ReadPath, site: Site, circuit: Any, curve: np.ndarray, noise: np.ndarray) -> Any:
    """What the output stage does before the ADC."""
    if path.out_nonlinearity or (path.r_series and path.out_slope_calibration):
        limit = 1.0 if path.adc_range is None else path.adc_range
        curvature = np.abs(path.out_nonlinearity / limit * (1 + path.out_nonlinearity_dtod * curve))
        gain = (1 + (float(curvature.mean()) + path.r_series) * path.out_slope_calibration * limit) ** 2
        circuit = OutputNonlinearity(circuit, site.real(gain), site.row(curvature / site.scale))
    if path.out_asymmetry:
        circuit = OutputAsymmetry(circuit, site.real(1 - path.out_asymmetry))
    if path.out_noise and _splits(path):
        sd = np.abs(path.out_noise * (1 + path.out_noise_dtod * noise)) * site.scale * site.tiles**0.5
        circuit = OutputNoise(circuit, site.row(sd), site.sums().ravel())
    return circuit


def _with_adc(path: ReadPath, site: Site, circuit: Any) -> Any:
    if path.adc_rule != "fixed" and path.adc_top is not None:
        share = 1 - path.adc_percentile / 100 if path.adc_rule == "percentile" else 0.0
        rank = int(path.adc_calibration_reads * site.lanes * site.n_post * share + 1e-9) + 1
        return CalibratedOutputConverter(
            circuit, site.real(path.adc_top), path.adc_calibration_reads, site.n_post, zeros(1, site.dtype), np.zeros(1, np.int64),
            zeros(rank, site.dtype))
    if path.adc_range is None:
        return circuit
    if path.adc_top is None:
        return OutputClip(circuit, site.real(path.adc_range * site.scale))
    lsb, top = site.real(path.adc_range / path.adc_top * site.scale), site.real(path.adc_top)
    if path.adc_rounding == "stochastic":
        return StochasticOutputConverter(circuit, lsb, top, padded(site.n_post), site.sums().ravel())
    return OutputConverter(circuit, lsb, top)


def _with_dac(path: ReadPath, site: Site, circuit: Any) -> Any:
    if path.dac_range is None:
        return circuit
    if path.dac_top is None:
        return InputClip(circuit, site.real(path.dac_range))
    lsb, top = site.real(path.dac_range / path.dac_top), site.real(path.dac_top)
    if path.dac_rounding == "stochastic":
        return StochasticInputConverter(circuit, lsb, top, padded(site.n_pre), site.lines().ravel())
    return InputConverter(circuit, lsb, top)


def _rule(path: ReadPath, site: Site) -> Any:
    """The noise management, if there is one."""
    peak, kind = zeros(64, site.dtype), path.noise_management
    largest = float(np.finfo(site.dtype).max)
    if kind == "abs_max":
        return AbsMax(site.real(largest if path.nm_threshold is None else path.nm_threshold), peak)
    if kind == "constant":
        return Constant(site.real(1.0 if path.nm_threshold is None else path.nm_threshold))
    if kind == "abs_max_np_sum":
        share = path.nm_assumed_w_max / (1.0 if path.adc_range is None else path.adc_range)
        most = min(most_halvings(path), 1e6)  # without a DAC: as good as no limit
        return AbsMaxNPSum(site.real(share), site.real(most), peak, zeros(64, site.dtype), zeros(64, site.dtype))
    if kind == "running_mean":
        return RunningMean(site.real(path.nm_rate), zeros(site.lanes, site.dtype), peak)
    return None
