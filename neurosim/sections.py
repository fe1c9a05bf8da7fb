"""Sections of a profile about devices, arrays and time (the others: chip_sections.py); hardware_profiles/README.md explains every field."""
from __future__ import annotations

from typing import Literal

from .quantity import (
    Asymmetry,
    Bits,
    Count,
    Cycles,
    Exponent,
    HalvingLimit,
    LogSpread,
    Negative,
    Nodes,
    NotPositive,
    Percentile,
    Positive,
    Pulses,
    Real,
    Section,
    Share,
    Shift,
    SignedBits,
    Spread,
    Steps,
    Text,
    effect,
)


class DeviceSection(Section):
    """[device]: the pulsed device that holds a conductance, in normalised units (range about -1 to 1)."""

    technology: Text | None = None
    fit: Literal["published fit", "loose fit", "guess"] | None = None
    update_model: Literal["constant_step", "linear_step", "soft_bounds", "exp_step", "pow_step", "piecewise_step"]
    cell: Literal["single", "one_sided_pair"] | None = None
    noise: Literal["multiplicative", "additive"] | None = None
    dw_min: Positive = effect("weights change by pulses; {moves}", "w_min", "w_max", default=...)
    dw_min_dtod: Spread | None = effect("the step differs from device to device")
    dw_min_lognormal: bool | None = None
    dw_min_std: Spread | None = effect("the step differs from pulse to pulse")
    up_down: Asymmetry | None = effect("up and down steps differ on average")
    up_down_dtod: Spread | None = effect("the difference of up and down steps varies from device to device")
    w_max: Positive
    w_max_dtod: Spread | None = effect("the upper bound differs from device to device")
    w_min: NotPositive
    w_min_dtod: Spread | None = effect("the lower bound differs from device to device")
    g_max_S: Positive | None = None
    write_noise_std: Spread | None = effect("what is read is not quite what was written; drawn afresh by every pulse")
    stuck_prob: Share | None = effect("some devices are stuck at a value for ever", "stuck_range")
    stuck_range: Spread | None = None
    endurance_cycles: Cycles | None = effect("a device wears out after so many pulses (end: {p.device.endurance_mode})")
    endurance_spread: LogSpread | None = effect("how many pulses a device endures differs from device to device")
    endurance_mode: Literal["window", "stuck"] | None = None
    max_pulses: Pulses | None = effect("one request is at most this many pulses; what is beyond is lost")
    pulse_scheme: Literal["counts", "trains", "deterministic"] | None = None
    update_management: bool | None = None
    train_management: bool | None = None
    gamma_up: Real | None = effect("the step falls with the weight, and differently for up and down", "gamma_down")
    gamma_down: Real | None = None
    gamma_up_dtod: Spread | None = effect("how fast the up step falls with the weight differs from device to device")
    gamma_down_dtod: Spread | None = effect("how fast the down step falls with the weight differs from device to device")
    pow_gamma: Spread | None = effect("the step is a power of the distance to the bound")
    pow_gamma_dtod: Spread | None = effect("the power differs from device to device")
    pow_up_down: Asymmetry | None = effect("the powers of up and down steps differ on average")
    pow_up_down_dtod: Spread | None = effect("the difference of the powers varies from device to device")
    piecewise_up: Nodes | None = None
    piecewise_down: Nodes | None = None
    reference_mean: Real | None = effect("the weight is the conductance less that of a reference device")
    reference_std: Spread | None = effect("reference devices differ")
    zero_shifted: bool | None = None
    refresh_upper: Share | None = effect(
        "both devices of a pair are reset and written anew once both are nearly full", "refresh_lower")
    refresh_lower: Share | None = None
    reset: Spread | None = effect("a reset leaves a conductance behind")
    reset_dtod: Spread | None = effect("what a reset leaves behind differs from device to device")
    exp_A_up: Real | None = None
    exp_A_down: Real | None = None
    exp_gamma_up: Exponent | None = None
    exp_gamma_down: Exponent | None = None
    exp_a: Shift | None = effect(
        "the step depends on the weight, and differently for up and down",
        "exp_b", "exp_A_up", "exp_A_down", "exp_gamma_up", "exp_gamma_down")
    exp_b: Shift | None = None
    exp_noise_abs: Spread | None = effect("cycle noise has a part that does not depend on the step")
    exp_noise_slope: Spread | None = effect("cycle noise has a part that grows with the weight")
    read_noise_rel: Spread | None = effect("every read of a device has an error in proportion to its weight")
    read_noise_abs: Spread | None = effect("every read of a device has an error that does not depend on its weight")
    g_min_S: Real | None = None


class TimeSection(Section):
    """[time]: how time passes, and what devices do meanwhile."""

    mode: Literal["clocked", "event", "continuous"] | None = None
    clock_Hz: Positive | None = None
    speedup: Positive | None = None
    delay_bits: Bits | None = None
    max_delay_steps: Count | None = effect("a network with longer delays is refused")
    refractory_max_steps: Count | None = None
    step_s: Positive | None = None
    rest_s: Spread | None = None
    drift_nu: Spread | None = effect("a weight fades as a power of the time since it was last written", "drift_t0_s")
    drift_nu_dtod: Spread | None = effect("the exponent of that drift differs from device to device")
    drift_t0_s: Positive | None = None
    leak_lifetime_s: Positive | None = effect("a weight relaxes exponentially towards a reset value, from its last write on")
    leak_lifetime_dtod: Spread | None = effect("the lifetime of a weight differs from device to device")
    leak_reset: Real | None = effect("the value that weights relax to is not 0")
    diffusion_per_sqrt_s: Spread | None = effect("a weight wanders at random from its last write on")
    read_flicker_rel: Spread | None = effect(
        "every read of a device has a slow 1/f error in proportion to its weight, which later reads find again", "read_flicker_s")
    read_flicker_s: Positive | None = None


OF_DEVICES = ("drift_nu", "drift_nu_dtod", "drift_t0_s", "leak_lifetime_s", "leak_lifetime_dtod", "leak_reset", "diffusion_per_sqrt_s",
              "read_flicker_rel", "read_flicker_s")
"""Numbers of [time] that only conductances have."""

NEEDED_IN_TIME = {
    "rest_s": "step_s", "drift_nu": "step_s", "drift_nu_dtod": "drift_nu", "leak_lifetime_s": "step_s",
    "leak_lifetime_dtod": "leak_lifetime_s", "leak_reset": "leak_lifetime_s", "diffusion_per_sqrt_s": "step_s",
    "read_flicker_rel": "step_s"}
"""What a number of [time] is worth nothing without."""


class IoSection(Section):
    """[io]: what is around an array, in normalised units; the order of the effects is that of circuits/read_path.py."""

    spike_payload_bits: Steps | None = None
    adc_noise_lsb: Spread | None = None
    adc_share_cols: Count | None = None
    input_events_per_step_max: Count | None = None
    dac_bits: SignedBits | None = effect("activity is rounded and clipped on its way into an array", "dac_range")
    dac_range: Positive | None = None
    dac_rounding: Literal["nearest", "stochastic"] | None = None
    adc_bits: SignedBits | None = effect("the sum that an array returns is rounded and clipped", "adc_range")
    adc_range: Positive | None = None
    adc_rounding: Literal["nearest", "stochastic"] | None = None
    adc_rule: Literal["fixed", "calibrated", "percentile"] | None = None
    adc_percentile: Percentile | None = None
    adc_calibration_reads: Count | None = effect("the range of the ADC is found on the first reads of every array")
    noise_management: Literal["abs_max", "constant", "abs_max_np_sum", "running_mean"] | None = effect(
        "a digital unit scales every input vector to the range of the DAC, and the output back")
    nm_threshold: Positive | None = None
    nm_rate: Share | None = None
    nm_assumed_w_max: Positive | None = None
    bound_management: Literal["iterative"] | None = effect("a read whose output clips is repeated with smaller inputs")
    bm_max_factor: HalvingLimit | None = None
    bm_max_res: Positive | None = None
    polarity: Literal["separate", "separate_digital_sum"] | None = effect(
        "inputs of the two signs are applied one after the other, each with noise of its own")
    inp_noise: Spread | None = effect("every input line of an array is noisy")
    inp_asymmetry: Share | None = effect("negative inputs come through weaker than positive ones")
    ir_drop: Spread | None = effect(
        "the voltage drops along the wires (polynomial, for drops below about 3 %)", "ir_drop_g_ratio")
    ir_drop_g_ratio: Positive | None = None
    r_series: Spread | None = effect("a resistance in series with every output bends the sum")
    v_offset_dtod: Spread | None = effect("the virtual ground of every output is off by an amount of its own")
    v_offset_w_min: Negative | None = None
    w_noise: Spread | None = effect("every read of an array is noisy as its devices are (model: {p.io.w_noise_model})")
    w_noise_model: Literal["additive", "pcm"] | None = None
    out_nonlinearity: Spread | None = effect("large outputs of an array saturate gradually")
    out_nonlinearity_dtod: Spread | None = effect("how much they saturate differs from output to output")
    out_slope_calibration: Share | None = effect("the slope of the output stage is calibrated")
    out_asymmetry: Share | None = effect("negative outputs come through weaker than positive ones")
    out_noise: Spread | None = effect("the sum that an array returns is noisy")
    out_noise_dtod: Spread | None = effect("how noisy it is differs from output to output")
