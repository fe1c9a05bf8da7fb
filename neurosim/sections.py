"""The sections of a profile, one model each; hardware_profiles/README.md explains them field by field."""
from __future__ import annotations

from typing import Literal

from .quantity import (
    Asymmetry,
    Bits,
    Count,
    Exponent,
    Factor,
    Name,
    Negative,
    Positive,
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


class ChipSection(Section):
    """[chip]: what it is."""

    id: Name
    name: Text
    kind: Literal["digital", "software", "mixed_subthreshold", "mixed_accelerated", "analog_imc", "ideal"]
    vendor: Text | None = None
    technology: Text | None = None
    year: Count | None = None
    node_nm: Positive | None = None
    area_m2: Positive | None = None
    supply_V: Positive | None = None
    temperature_C: Real | None = None


class TopologySection(Section):
    """[topology]: how much there is."""

    n_cores: Count | None = effect("a network that needs more cores, or tiles, is refused")
    neurons_per_core: Count | None = effect("a network that needs more neurons is refused")
    max_fan_in: Count | None = effect("a network that needs more inputs per neuron is refused")
    array_rows: Count | None = effect(
        "a larger weight matrix is cut into tiles, and each partial sum brings its own noise", "array_cols")
    array_cols: Count | None = None
    recurrent: bool | None = None


class WeightsSection(Section):
    """[weights]: how a weight is held."""

    format: Literal["float", "fixed_point", "conductance"]
    bits: SignedBits | None = effect(
        "weights are whole numbers of few bits in a limited range (rounding: {p.weights.rounding})", "range")
    range: Positive | None = None
    rounding: Literal["nearest", "stochastic"] | None = None
    headroom: Factor | None = effect(
        "the largest initial weight takes up 1/{p.weights.headroom.v:g} of the nominal range")


class DeviceSection(Section):
    """[device]: the pulsed device that holds a conductance, in normalised units (range about -1 to 1)."""

    technology: Text | None = None
    fit: Literal["published fit", "loose fit", "guess"] | None = None
    update_model: Literal["constant_step", "soft_bounds", "exp_step"]
    dw_min: Positive = effect("weights change by pulses; {moves}", "w_min", "w_max", default=...)
    dw_min_dtod: Spread | None = effect("the step differs from device to device")
    dw_min_std: Spread | None = effect("the step differs from pulse to pulse")
    up_down: Asymmetry | None = effect("up and down steps differ on average")
    up_down_dtod: Spread | None = effect("the difference of up and down steps varies from device to device")
    w_max: Positive
    w_max_dtod: Spread | None = effect("the upper bound differs from device to device")
    w_min: Negative
    w_min_dtod: Spread | None = effect("the lower bound differs from device to device")
    write_noise_std: Spread | None = effect("what is read is not quite what was written; drawn afresh by every pulse")
    stuck_prob: Share | None = effect("some devices are stuck at a value for ever", "stuck_range")
    stuck_range: Spread | None = None
    max_pulses: Count | None = effect("one request is at most this many pulses; what is beyond is lost")
    exp_A_up: Real | None = None
    exp_A_down: Real | None = None
    exp_gamma_up: Exponent | None = None
    exp_gamma_down: Exponent | None = None
    exp_a: Shift | None = effect(
        "the step depends on the weight, and differently for up and down",
        "exp_b", "exp_A_up", "exp_A_down", "exp_gamma_up", "exp_gamma_down")
    exp_b: Shift | None = None
    read_noise_rel: Spread | None = effect("every read of a device has an error in proportion to its weight")
    read_noise_abs: Spread | None = effect("every read of a device has an error that does not depend on its weight")
    g_min_S: Real | None = None
    g_max_S: Real | None = None


class IoSection(Section):
    """[io]: the converters around an array, in normalised units."""

    dac_bits: SignedBits | None = effect("activity is rounded and clipped on its way into an array", "dac_range")
    dac_range: Positive | None = None
    adc_bits: SignedBits | None = effect("the sum that an array returns is rounded and clipped", "adc_range")
    adc_range: Positive | None = None
    out_noise: Spread | None = effect("the sum that an array returns is noisy")


class NoiseSection(Section):
    """[noise]: the neurons."""

    gain_cv: Spread | None = effect("the gain differs from neuron to neuron")
    offset_std: Spread | None = effect("the offset differs from neuron to neuron")
    intrinsic_std: Spread | None = effect("every neuron is noisy at every step")


class PlasticitySection(Section):
    """[plasticity]: what learning on the chip can use."""

    third_factor_bits: Bits | None = effect("the broadcast error is rounded and clipped", "third_factor_range")
    third_factor_range: Positive | None = None
    third_factor_delay_steps: Steps | None = effect("the broadcast error arrives late")
    third_factor_noise: Spread | None = effect("the broadcast error is noisy")
    perturbation_source: Literal["none", "intrinsic", "lfsr_neuron", "microcode", "software"] | None = None


class EnergySection(Section):
    """[energy]: power is p_static_W + p_idle_W_per_Hz f + sum of count x energy."""

    p_static_W: Spread | None = None
    p_idle_W_per_Hz: Spread | None = None
    p_core_active_W: Spread | None = None
    e_synop_J: Spread | None = None
    e_neuron_active_J: Spread | None = None
    e_neuron_idle_J: Spread | None = None
    e_spike_out_J: Spread | None = None
    e_message_J: Spread | None = None
    e_hop_J: Spread | None = None
    e_plastic_update_J: Spread | None = None
    e_weight_write_J: Spread | None = None
    e_mvm_J: Spread | None = None
    e_adc_J: Spread | None = None
    e_mem_bit_J: Spread | None = None
