"""Every pluggable part, listed once; whatever is listed here inherits the suite in test_contract.py and test_bits.py.

A maker gets a `Bench` (sizes and dtype) and returns the part as a projection or a population would hold it.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from ageing_devices import drift, flicker, leak
from worn_devices import closing, mortal, worn

from neurosim.channels.exact import Exact
from neurosim.channels.imperfect import Delayed, Quantised
from neurosim.channels.imperfect import Noisy as NoisyChannel
from neurosim.circuits.converters import InputConverter, OutputConverter
from neurosim.circuits.quiet import Quiet
from neurosim.circuits.read_noise import ReadNoise, SynapseNoise
from neurosim.circuits.read_path import ReadPath, Site, build
from neurosim.circuits.wires import Geometry
from neurosim.contract import is_ageing
from neurosim.devices.constant_step import ConstantStep
from neurosim.devices.exp_step import ExpStep
from neurosim.devices.fixed_point import FixedPoint, FixedPointNearest
from neurosim.devices.frozen import FrozenBfloat16, FrozenInt8
from neurosim.devices.ideal import Ideal
from neurosim.devices.linear_step import LinearStep, LinearStepAdditive
from neurosim.devices.one_sided_pair import OneSidedPair
from neurosim.devices.piecewise_step import PiecewiseStep
from neurosim.devices.plus_minus_one import plus_minus_one
from neurosim.devices.pow_step import PowStep
from neurosim.devices.pulses import is_pulsed
from neurosim.devices.referenced import Referenced
from neurosim.devices.wired import refresh
from neurosim.devices.wired import wired as on_wires
from neurosim.devices.write_noise import WriteNoise
from neurosim.devices.written import written
from neurosim.digital_neurons import spiking_neurons
from neurosim.eligibilities.filtered import Filtered, behind
from neurosim.eligibilities.lateral import Lateral, OffDiagonal
from neurosim.eligibilities.outer import Fixed, Outer
from neurosim.eligibilities.shaken import Shaken
from neurosim.eligibilities.trace import Trace as TraceOfCell
from neurosim.frozen import bfloat16
from neurosim.network import Network
from neurosim.neurons.adex_settings import AdExMembrane
from neurosim.neurons.imperfect import Mismatched, Noisy
from neurosim.neurons.int8_tanh import int8_tanh
from neurosim.neurons.leaky import Leaky, LeakyLinear
from neurosim.neurons.sending import SigmaDelta, counting
from neurosim.neurons.settings import Membrane
from neurosim.neurons.tanh import Linear, Tanh
from neurosim.profile import load
from neurosim.rules import ANP, NP, OUA, RFLO, SANP, SANPCV, WP, EProp, Readout, RewardHebb, RewardSTDP, Trace, WPTrial
from neurosim.rules.held_weight_perturbation import ShakenApart
from neurosim.rules.rule import still
from neurosim.sources.jitter import HeldNoise, OrnsteinUhlenbeck, WeightNoise
from neurosim.sources.noise import Antithetic, Gaussian, Signs, Silent, Subset
from neurosim.storage import padded, zeros
from neurosim.synapses.layout import arrange, choose
from neurosim.synapses.masks import block_mask, distance_mask, random_mask
from neurosim.updaters.bits import bits_of
from neurosim.updaters.gathering import Gathering
from neurosim.updaters.memory import Accumulated, Adam, Clipped, MatrixRMS, Momentum, Plain
from neurosim.updaters.trains import Counts, Deterministic, Trains


class Bench(NamedTuple):
    """Sizes that a part is made for."""

    n: int = 5
    lanes: int = 2
    batch: int = 1
    dtype: Any = np.float32

    @property
    def real(self):
        return np.dtype(self.dtype).type

    @property
    def rng(self):
        return np.random.Generator(np.random.Philox(key=np.array([7, 7], np.uint64)))

    def row(self, values):
        """A padded (width,) array."""
        row = zeros(padded(self.n), self.dtype)
        row[:self.n] = values
        return row

    def square(self, values):
        """A padded dense (rows, width) array from a (post, pre) matrix."""
        return arrange(choose(self.n, self.n, None, True), np.broadcast_to(values, (self.n, self.n)), self.dtype)


def spiking(bench, **settings):
    """A population that fires at a tenth of what usual neurons receive."""
    return Membrane(threshold=0.1, **settings).build(bench.n, bench.lanes, 3, bench.dtype)


# ---- populations -----------------------------------------------------------------------------------------------------
NEURONS = {
    "tanh": lambda b: Tanh(),
    "linear": lambda b: Linear(),
    "leaky linear": lambda b: LeakyLinear(b.real(0.3)),
    "leaky": lambda b: Leaky(b.row(1 - np.exp(-1 / np.linspace(2, 5, b.n)))),
    "mismatched": lambda b: Mismatched(Tanh(), b.row(1 + 0.2 * b.rng.standard_normal(b.n)), b.row(0.1)),
    "noisy": lambda b: Noisy(Tanh(), b.real(0.05), b.n, zeros(b.lanes * padded(b.n), b.dtype)),
    "noisy, mismatched, leaky": lambda b: Noisy(
        Mismatched(Leaky(b.row(0.3)), b.row(0.9), b.row(-0.1)), b.real(0.05), b.n, zeros(b.lanes * padded(b.n), b.dtype)),
}
NEURONS.update({
    "LIF, kicks, reset to a value, refractory": lambda b: spiking(b, reset="value", reset_to=-0.1, refractory_s=2e-3),
    "adaptive LIF, exponential synapses": lambda b: spiking(
        b, synapse_s=5e-3, adaptation_s=0.05, jump=0.2, spread={"tau_s": 0.2, "threshold": 0.1, "synapse_s": 0.1}),
    "graded LIF, kicks": lambda b: spiking(b, graded_bits=4, reset="zero", refractory_s=2e-3),
    "counted, graded, adaptive LIF, exponential synapses": lambda b: counting(spiking(
        b, graded_bits=8, graded_range=3.0, synapse_s=5e-3, adaptation_s=0.05, jump=0.2), padded(b.n)),
    "sigma-delta, leaky": lambda b: SigmaDelta(
        Leaky(b.row(0.4)), b.real(0.05), zeros((b.lanes, padded(b.n)), b.dtype), np.zeros(padded(b.n), np.int64)),
    "counted LIF": lambda b: counting(spiking(b), padded(b.n)),
    "AdEx, rk4, exponential synapses": lambda b: AdExMembrane(
        turn=0.1, cut=0.3, sharpness=0.05, couple=0.2, jump=0.1, synapse_s=5e-3).build(b.n, b.lanes, 3, b.dtype),
    "AdEx, euler, kicks": lambda b: AdExMembrane(
        turn=0.1, cut=0.3, sharpness=0.05, integrator="euler", refractory_s=2e-3).build(b.n, b.lanes, 3, b.dtype),
    "AdEx, midpoint": lambda b: AdExMembrane(turn=0.1, cut=0.3, sharpness=0.05, integrator="rk2").build(b.n, b.lanes, 3, b.dtype),
})
TWO = {"synapse_s": 5e-3, "inhibitory_s": 10e-3, "refractory_s": 2e-3}
NEURONS.update({
    "two receptors, adaptive LIF": lambda b: spiking(
        b, **TWO, adaptation_s=0.05, jump=0.2, spread={"tau_s": 0.2, "inhibitory_s": 0.2}),
    "conductance LIF": lambda b: spiking(b, **TWO, reset="value", reset_to=-0.05, reversal_e=1.0, reversal_i=-0.2),
    "noisy, mismatched, counted, two receptors": lambda b: Noisy(
        Mismatched(counting(spiking(b, **TWO), padded(b.n)), b.row(0.9), b.row(-0.1)), b.real(0.05), b.n,
        zeros(b.lanes * padded(b.n), b.dtype)),
})
DIGITAL = {  # integer neurons: profile and what is asked of it
    "integers of Loihi, synapses": ("loihi1", {"synapse_s": 5e-3, "reset": "zero", "spread": {"tau_s": 0.2, "threshold": 0.1}}),
    "integers of Xylo": ("xylo-audio", {"synapse_s": 5e-3}),
    "integers of ReckOn": ("reckon", {}),
    "integers of TrueNorth": ("truenorth", {"reset": "value", "reset_to": -0.05}),
}


def digital(bench, name):
    """A population in the integers of a chip."""
    profile, settings = DIGITAL[name]
    network = Network(
        inputs=1, hidden=bench.n, outputs=1, neuron="spiking", membrane=Membrane(threshold=0.3, tau_s=10e-3, **settings))
    return spiking_neurons(load(profile), network, 3, bench.lanes, bench.dtype)


NEURONS.update({name: lambda b, name=name: digital(b, name) for name in DIGITAL})
NEURONS["tanh in 8 bits"] = lambda b: int8_tanh(dtype=b.dtype)
RESTLESS = (  # move without input: that is what they model
    "mismatched", "noisy", "noisy, mismatched, leaky", "noisy, mismatched, counted, two receptors")

SOURCES = {
    "silent": lambda b: Silent(),
    "gaussian": lambda b: _gaussian(b),
    "signs": lambda b: Signs(b.real(0.1), b.n, zeros(b.batch * padded(b.n), b.dtype)),
    "subset": lambda b: Subset(_gaussian(b), b.real(0.5), b.n, zeros(b.batch * padded(b.n), b.dtype)),
    "antithetic": lambda b: Antithetic(_gaussian(b)),
}


def _gaussian(b):
    return Gaussian(b.real(0.1), b.n, zeros(b.batch * padded(b.n), b.dtype))


# made for (bench, values that travel)
CHANNELS = {
    "exact": lambda b, values: Exact(),
    "quantised": lambda b, values: Quantised(Exact(), b.real(2.0**-10), b.real(1023)),
    "delayed": lambda b, values: Delayed(Exact(), zeros((2, values), b.dtype)),
    "noisy": lambda b, values: NoisyChannel(Exact(), b.real(0.01), zeros(padded(values), b.dtype)),
    "noisy, quantised, delayed": lambda b, values: Delayed(
        Quantised(NoisyChannel(Exact(), b.real(0.01), zeros(padded(values), b.dtype)), b.real(2.0**-8), b.real(255)),
        zeros((3, values), b.dtype)),
}

# ---- synapses: name -> mask (post, pre) or None; the layout follows from it -------------------------------------------
SYNAPSES = {
    "dense": lambda n_post, n_pre: None,
    "sparse": lambda n_post, n_pre: random_mask(n_post, n_pre, 0.5, Bench().rng),
    "local": lambda n_post, n_pre: distance_mask(n_post, n_pre, 0.2),
    "cores": lambda n_post, n_pre: block_mask(n_post, n_pre, 2),
}

# ---- devices: made for the cells of a projection ----------------------------------------------------------------------
STEP = 0.01


def _steps(cells, spread=0.3):
    rng = Bench().rng
    step_up, step_down, upper, lower = (zeros(cells.shape, cells.dtype) for _ in range(4))
    step_up[...] = STEP * np.abs(1 + spread * rng.standard_normal(cells.shape))
    step_down[...] = STEP * np.abs(1 + spread * rng.standard_normal(cells.shape))
    upper[...] = 0.8 + 0.1 * rng.random(cells.shape)
    lower[...] = -0.8 - 0.1 * rng.random(cells.shape)
    stuck = rng.random(cells.shape) < 0.1
    step_up[stuck] = step_down[stuck] = 0
    upper[stuck] = lower[stuck] = 0.05
    return step_up, step_down, upper, lower


def _fades(step, bound):
    fade = zeros(step.shape, step.dtype)
    fade[...] = step / np.abs(bound)
    return fade


def constant_step(cells, spread_ctoc=0.3):
    real = cells.dtype.type
    return ConstantStep(real(STEP), real(31), *_steps(cells), real(spread_ctoc), real(5 * spread_ctoc))


def linear_step(cells, spread_ctoc=0.3):
    real = cells.dtype.type
    up, down, upper, lower = _steps(cells)
    return LinearStep(
        real(STEP), real(31), up, down, _fades(up, 2 * upper), _fades(down, 2 * lower), upper, lower, real(spread_ctoc))


def soft_bounds(cells, spread_ctoc=0.3):
    real = cells.dtype.type
    up, down, upper, lower = _steps(cells)
    return LinearStepAdditive(
        real(STEP), real(31), up, down, _fades(up, upper), _fades(down, lower), upper, lower, real(spread_ctoc),
        real(5 * spread_ctoc))


def exp_step(cells, spread_ctoc=0.3):
    real = cells.dtype.type
    return ExpStep(
        real(STEP), real(31), *_steps(cells), real(spread_ctoc), real(-1.18445), real(-0.081404), real(5), real(5), real(-0.5),
        real(-0.5), real(0.001), real(0.01))


def pow_step(cells, spread_ctoc=0.3):
    real = cells.dtype.type
    up, down, upper, lower = _steps(cells)
    gammas = (zeros(cells.shape, cells.dtype) + real(1.5) for _ in range(2))
    return PowStep(real(STEP * 0.5**1.5), real(31), up, down, *gammas, upper, lower, real(spread_ctoc))


def piecewise_step(cells, spread_ctoc=0.3):
    real = cells.dtype.type
    up, down, upper, lower = _steps(cells)
    nodes = (np.array(row, cells.dtype) for row in ([1.5, 1.0, 0.8, 0.5], [0.4, 0.9, 1.1, 1.4]))
    return PiecewiseStep(real(STEP), real(31), up, down, *nodes, real(3), upper, lower, real(spread_ctoc))


def referenced(inner):
    def make(cells):
        reference = zeros(cells.shape, cells.dtype)
        reference[...] = 0.05
        return Referenced(inner(cells), reference)
    return make


def one_sided_pair(cells):
    real = cells.dtype.type
    halves = [exp_step(cells)._replace(lower=zeros(cells.shape, cells.dtype)) for _ in range(2)]
    states = [zeros(cells.shape, cells.dtype) for _ in range(2)]
    states[0][...], states[1][...] = np.maximum(cells, 0), np.maximum(-cells, 0)
    resets = (zeros(cells.shape, cells.dtype) for _ in range(2))
    return OneSidedPair(*halves, *states, *resets, real(0.75), real(0.25))


def pair_of(wrapper):
    """The same, with each half inside a wrapper."""
    def make(cells):
        pair = one_sided_pair(cells)
        return pair._replace(plus=wrapper(lambda g: pair.plus)(cells), minus=wrapper(lambda g: pair.minus)(cells))
    return make


def write_noise(inner):
    def make(cells):
        persistent = zeros(cells.shape, cells.dtype)
        persistent[...] = cells
        return WriteNoise(inner(cells), persistent, cells.dtype.type(0.02))
    return make


def wired(inner, geometry=None):
    """Every cell on lines with resistance, a row of cells an input line, in arrays of 3 x 20 unless said."""
    def make(cells):
        labels = 1 + np.arange(cells.size).reshape(cells.shape[::-1]).T
        device = on_wires(
            inner(cells), labels, cells.shape[0], geometry or Geometry(3, 20, 10.0, 20.0, 50.0, 30.0), 1e-4, 0.4, cells.dtype)
        refresh(device, cells)
        return device
    return make


DEVICES = {
    "ideal": lambda cells: Ideal(),
    "fixed point": lambda cells: written(FixedPoint(cells.dtype.type(STEP), cells.dtype.type(127)), cells),
    "fixed point, nearest": lambda cells: written(FixedPointNearest(cells.dtype.type(STEP), cells.dtype.type(127)), cells),
    "constant step": constant_step,
    "linear step": linear_step,
    "soft bounds": soft_bounds,
    "exponential step": exp_step,
    "power step": pow_step,
    "piecewise step": piecewise_step,
    "referenced": referenced(soft_bounds),
    "one-sided pair": one_sided_pair,
    "write noise": write_noise(soft_bounds),
    "write noise, exponential": write_noise(exp_step),
    "write noise, referenced": write_noise(referenced(soft_bounds)),
    "drift": drift(soft_bounds),
    "leak": leak(constant_step),
    "flicker": flicker(soft_bounds),
    "wired": wired(soft_bounds),
    "wired, write noise": wired(write_noise(soft_bounds)),
    "write noise, flicker, leak, drift": write_noise(flicker(leak(drift(soft_bounds)))),
    "worn, mortal": worn(mortal(constant_step)),
    "worn, pair of mortals": worn(pair_of(mortal)),
    "worn, pair that drifts and leaks": worn(pair_of(lambda inner: leak(drift(inner)))),
    "wired, worn, mortal, drift, closing window": wired(worn(mortal(drift(closing(linear_step))))),
    "plus or minus one": lambda cells: written(plus_minus_one(4 * STEP, 8, cells.dtype.type), cells),
}
AGEING = tuple(name for name in DEVICES if is_ageing(DEVICES[name](zeros((4, 64), np.float32))))  # keep times, always in float64
UNBOUNDED = ("ideal", "one-sided pair", "worn, pair of mortals", "worn, pair that drifts and leaks")  # hold any conductance
PULSED = [name for name, make in DEVICES.items() if is_pulsed(make(np.zeros((1, 64), np.float32)))]
ON_GRID = ("fixed point", "fixed point, nearest", "plus or minus one")  # the stored number is a level
FROZEN = {  # are only read: what they are, and what the array holds where the cells hold whole numbers from -128 to 127
    "int8": lambda cells: (FrozenInt8(cells.dtype.type(STEP)), cells.astype(np.int8)),
    "bfloat16": lambda cells: (FrozenBfloat16(), bfloat16(cells)),
}

# ---- read paths: made for (bench, n_pre, n_post, rows x width of the conductance) -------------------------------------
CIRCUITS = {
    "quiet": lambda b, pre, post, cells: Quiet(),
    "read noise": lambda b, pre, post, cells: ReadNoise(
        b.real(0.05), b.real(0.01), b.real(0.02), post, zeros(b.lanes * padded(post), b.dtype)),
    "synapse noise": lambda b, pre, post, cells: SynapseNoise(
        b.real(0.05), b.real(0.01), b.real(0.02), post, zeros(cells.shape[1], b.dtype), zeros(cells.shape, b.dtype),
        zeros(padded(post), b.dtype)),
    "dac": lambda b, pre, post, cells: InputConverter(Quiet(), b.real(1 / 63), b.real(63)),
    "adc": lambda b, pre, post, cells: OutputConverter(Quiet(), b.real(4 / 255), b.real(255)),
    "dac, read noise, adc": lambda b, pre, post, cells: InputConverter(
        OutputConverter(
            ReadNoise(b.real(0.05), b.real(0.0), b.real(0.02), post, zeros(b.lanes * padded(post), b.dtype)),
            b.real(4 / 255), b.real(255)),
        b.real(1 / 63), b.real(63)),
}
NOISY_CIRCUITS = ("read noise", "synapse noise", "dac, read noise, adc")


def _path(**numbers):
    """A read path from plain numbers, as a profile would give them."""
    def make(b, pre, post, cells):
        return build(ReadPath(**numbers), Site(pre, post, b.lanes, cells.shape, 0.5, b.dtype), b.rng)
    return make


DAC, ADC = {"dac_range": 1.0, "dac_top": 511.0}, {"adc_range": 20.0, "adc_top": 2047.0}
NARROW = {"adc_range": 1.0, "adc_top": 255.0}  # clips, so that reads are repeated
CIRCUITS |= {
    "managed": _path(**DAC, **NARROW, noise_management="abs_max", bound_management="iterative", out_noise=0.02),
    "managed by sums, stochastic": _path(
        **DAC, **ADC, noise_management="abs_max_np_sum", dac_rounding="stochastic", adc_rounding="stochastic"),
    "running mean, clipped": _path(
        dac_range=1.0, adc_range=2.0, noise_management="running_mean", nm_rate=0.1, bound_management="iterative"),
    "constant, calibrated": _path(
        **DAC, adc_top=127.0, noise_management="constant", nm_threshold=2.0, adc_rule="percentile", adc_percentile=90.0,
        adc_calibration_reads=3),
    "analog faults": _path(
        inp_noise=0.02, inp_asymmetry=0.02, ir_drop=1.0, ir_drop_g_ratio=5000.0, r_series=0.002, v_offset_dtod=0.01, w_noise=0.02,
        w_noise_model="pcm", out_nonlinearity=0.005, out_nonlinearity_dtod=0.1, out_slope_calibration=0.5, out_asymmetry=0.02,
        out_noise=0.02, out_noise_dtod=0.2),
    "separate": _path(**DAC, **ADC, polarity="separate", out_asymmetry=0.02),
    "separate, digital sum": _path(
        **DAC, **NARROW, polarity="separate_digital_sum", out_noise=0.02, noise_management="abs_max", bound_management="iterative"),
}
SLOW_TO_COMPILE = (  # in a whole network; circuits/test_read_path.py compiles their wrappers in a single read
    "managed", "managed by sums, stochastic", "running mean, clipped", "constant, calibrated", "analog faults", "separate",
    "separate, digital sum")
NOISY_CIRCUITS += ("managed", "managed by sums, stochastic", "analog faults", "separate, digital sum")

# ---- rules -----------------------------------------------------------------------------------------------------------
RULES = {
    "anp": ANP(learning_rate=0.05, sigma=0.01),
    "anp, network norm, per sample, noisy pre": ANP(
        learning_rate=0.05, sigma=0.01, norm="network", scale="N", loss="sample", pre="noisy"),
    "anp, delta readout": ANP(learning_rate=0.05, sigma=0.01, readout="delta"),
    "np": NP(learning_rate=0.05, sigma=0.01),
    "np, unbiased, per sample": NP(learning_rate=0.05, sigma=0.01, scale="sigma2", loss="sample"),
    "wp": WP(learning_rate=0.05, sigma=0.01),
    "readout": Readout(learning_rate=0.05),
    "trace": Trace(learning_rate=0.05, sigma=0.01),
    "trace, losses, gaussian subset": Trace(
        learning_rate=0.05, sigma=0.01, decay=0.9, third_factor="loss", noise="gaussian", subset=0.5, antithetic=True),
    "trace, measured": Trace(learning_rate=0.05, sigma=0.01, perturbation="measured"),
    "trace, one pass": Trace(learning_rate=0.05, sigma=0.01, third_factor="baseline"),
    "trace, antithetic": Trace(learning_rate=0.05, sigma=0.01, antithetic=True),
    "trace, online": Trace(learning_rate=0.05, sigma=0.01, decay=0.9, form="online"),
    "sanp": SANP(learning_rate=0.05, sigma=0.01),
    "sanp_cv": SANPCV(learning_rate=0.05, sigma=0.01),
    "sanp_cv, one channel": SANPCV(learning_rate=0.05, sigma=0.01, channels="one", lags=2),
    "sanp_cv, measured": SANPCV(learning_rate=0.05, sigma=0.01, perturbation="measured"),
    "sanp_cv, chip noise alone": SANPCV(learning_rate=0.05, perturbation="measured", noise="none"),
    "wp_trial": WPTrial(learning_rate=0.05, sigma=0.01),
    "oua": OUA(learning_rate=0.05, sigma=0.01),
    "rflo": RFLO(learning_rate=0.05),
    "e_prop": EProp(learning_rate=0.05),
    "reward_stdp": RewardSTDP(learning_rate=0.05, tau_plus_steps=2.0, tau_minus_steps=3.0),
    "reward_hebb": RewardHebb(learning_rate=0.05),
    "reward_hebb, online, activity": RewardHebb(learning_rate=0.05, decay=0.9, form="online", second_factor="activity", noise="gaussian"),
}
NEEDS_SEQUENCE = tuple(
    name for name, rule in RULES.items()
    if isinstance(rule, Trace | SANP | WPTrial | RFLO | RewardSTDP | RewardHebb) and "online" not in name)
NEEDS_NOISE = ("sanp_cv, chip noise alone",)  # learn nothing on a chip without noise
SHAKING = ("wp", "wp_trial", "oua")  # weights, which has no sense where their signs are told apart
NO_RECURRENT = ("readout",)

# ---- what synapses remember: made for the cells of a projection --------------------------------------------------------
UPDATERS = {
    "plain": lambda cells: Plain(np.ones(1, cells.dtype)),
    "momentum": lambda cells: Momentum(np.ones(1, cells.dtype), cells.dtype.type(0.9), np.zeros_like(cells)),
    "adam": lambda cells: Adam(
        np.full(1, 0.01, cells.dtype), cells.dtype.type(0.9), cells.dtype.type(0.999), cells.dtype.type(1e-8),
        np.ones(2, cells.dtype), np.zeros_like(cells), np.zeros_like(cells)),
    "rms": lambda cells: MatrixRMS(
        np.full(1, 0.01, cells.dtype), cells.dtype.type(0.999), cells.dtype.type(1e-8), cells.dtype.type(cells.size),
        np.ones(1, cells.dtype), np.zeros(1, cells.dtype), np.zeros(cells.shape[1], cells.dtype)),
    "clipped": lambda cells: Clipped(UPDATERS["momentum"](cells), cells.dtype.type(0.005)),
    "accumulated": lambda cells: Accumulated(UPDATERS["adam"](cells), cells.dtype.type(0.02), np.zeros_like(cells)),
}

# how outer products become pulses: made for (bench, request)
def _managed(b, request, *more):
    return (1, 1, b.real(0), np.zeros_like(request.pre), np.zeros_like(request.post), *more, np.zeros(len(request.pre), np.int64))


def trains(b, request):
    return Trains(*_managed(b, request, *(bits_of(factor, 31) for factor in (request.pre, request.post))))


SCHEMES = {
    "counts": lambda b, request: Counts(),
    "trains": trains,
    "deterministic": lambda b, request: Deterministic(*_managed(b, request)),
}

# where requests gather: made for (what conditions a trial's request, the device, the cells of the weights)
def _gathering(kind, **settings):
    def make(inner, device, cells):
        fast = np.zeros_like(cells)
        spare = (device(fast), fast)
        return Gathering(kind=kind, **settings).build(inner, spare, cells, cells.shape[0], 0.01, 0.002, 127.0)
    return make


GATHERERS = {
    "direct": lambda inner, device, cells: inner,
    "mixed precision": _gathering("mixed_precision", every=2),
    "tiki-taka": _gathering("tiki_taka", gain=2.0, rate=0.5),
    "tiki-taka, buffered": _gathering("tiki_taka_v2", rate=0.5),
    "chopped": _gathering("chopped", rate=0.5, chop_chance=0.3),
    "agad": _gathering("agad", rate=0.5, chop_chance=0.3),
}

JITTERS = {
    "still": lambda cells: still("", cells),
    "weight noise": lambda cells: WeightNoise(cells.dtype.type(0.1), np.zeros_like(cells), np.zeros_like(cells[0])),
    "held": lambda cells: HeldNoise(cells.dtype.type(0.1), 4, np.zeros((1, *cells.shape), cells.dtype), np.zeros_like(cells[0])),
    "ornstein-uhlenbeck": lambda cells: OrnsteinUhlenbeck(
        cells.dtype.type(0.1), cells.dtype.type(0.9), np.zeros_like(cells), np.zeros_like(cells[0])),
}

ELIGIBILITIES = {
    "outer": lambda cells: Outer(),
    "filtered": lambda cells: Filtered(cells.dtype.type(0.3), np.zeros((1, cells.shape[1]), cells.dtype)),
    "filtered, in bits": lambda cells: behind(0.3, Outer(), cells.shape[1], 1, cells.dtype, 7, 5),
    "fixed": lambda cells: Fixed(),
    "trace": lambda cells: TraceOfCell(cells.dtype.type(0.9), np.zeros_like(cells)),
    "shaken": lambda cells: Shaken(np.zeros_like(cells)),
    "shaken apart": lambda cells: ShakenApart(np.ones((1, *cells.shape), cells.dtype), np.zeros(1, cells.dtype)),
    "lateral": lambda cells: Lateral(np.zeros_like(cells[0])),
    "off-diagonal": lambda cells: OffDiagonal(),
}
