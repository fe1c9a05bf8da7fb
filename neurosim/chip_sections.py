"""Sections of a profile about a whole chip, one model each; hardware_profiles/README.md explains them field by field."""
from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .quantity import Bits, Count, Factor, Name, Positive, Quantity, Real, Section, Share, SignedBits, Spread, Steps, Text, Whole, effect

Width = Quantity[Annotated[int, Field(ge=1, le=64)]]
Signed = Quantity[Annotated[int, Field(ge=-64, le=64)]]


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
    wire_row_Ohm: Spread | None = effect(
        "voltages drop along the input lines of an array", "wire_col_Ohm", "driver_Ohm", "sense_Ohm")
    wire_col_Ohm: Spread | None = effect("voltages drop along the output lines of an array")
    driver_Ohm: Spread | None = effect("the voltage that drives an input line drops with the current that the line takes")
    sense_Ohm: Spread | None = effect("the amplifier of an output line is not quite a ground")
    recurrent: bool | None = None
    max_fan_out: Count | None = effect("a network whose neurons reach more others is refused")
    max_in_axons_per_core: Count | None = None
    max_out_axons_per_core: Count | None = None
    synapse_mem_bits_per_core: Count | None = None
    neuron_mem_bits_per_core: Count | None = None
    noc: Literal["mesh", "tree", "bus", "none"] | None = None
    mesh_shape: Annotated[list[Whole], Field(min_length=1, max_length=3)] | None = None
    cores_per_tile: Count | None = None


class WeightsSection(Section):
    """[weights]: how a weight is held."""

    format: Literal["float", "fixed_point", "conductance"]
    bits: SignedBits | None = effect(
        "weights are whole numbers of few bits in a limited range (rounding: {p.writes})", "range")
    range: Positive | None = None
    rounding: Literal["nearest", "stochastic"] | None = None
    signed: bool | None = None
    levels: Count | None = None
    shared_exponent_min: Signed | None = None
    shared_exponent_max: Signed | None = None
    scale_group: Literal["chip", "core", "layer", "matrix", "synapse_group"] | None = None
    encoding: Literal["int", "differential_pair", "offset", "base_current_mask"] | None = None
    base_values: Annotated[list[Real], Field(min_length=1, max_length=64)] | None = None
    headroom: Factor | None = effect(
        "the largest initial weight takes up 1/{p.weights.headroom.v:g} of the nominal range")


class NeuronSection(Section):
    """[neuron]: the neurons that the chip has, and their arithmetic."""

    models: Annotated[list[Text], Field(min_length=1)] | None = None
    arithmetic: Literal["loihi", "xylo", "reckon", "truenorth"] | None = effect(
        "spiking neurons are the chip's own, in its integers ({p.neuron.arithmetic})")
    state_bits: dict[Name, Width] = {}
    state_overflow: dict[Name, Literal["wrap", "saturate"]] = {}
    decay: Literal["mult", "shift", "linear", "analog"] | None = None
    decay_bits: Width | None = None
    threshold_bits: Width | None = None
    threshold_shift: Steps | None = None
    bias_bits: Width | None = None
    reset: Literal["zero", "subtract", "value"] | None = None
    max_spikes_per_step: Count | None = None
    noise_source: Literal["none", "lfsr_u", "lfsr_v", "intrinsic", "software"] | None = None
    noise_bits: Width | None = None
    rounding: Literal["trunc0", "floor", "nearest", "stochastic"] | None = None


class SynapseSection(Section):
    """[synapse]: what lies between a spike and a neuron."""

    kind: Literal["current", "conductance"] | None = None
    n_states: Count | None = None
    accumulator_bits: Width | None = None
    tau_min_s: Spread | None = None
    tau_max_s: Spread | None = None
    sign: Literal["mixed", "per_pre", "per_post", "per_synapse_type", "row_pair"] | None = None


class NoiseSection(Section):
    """[noise]: the neurons."""

    gain_cv: Spread | None = effect("the gain differs from neuron to neuron")
    offset_std: Spread | None = effect("the offset differs from neuron to neuron")
    intrinsic_std: Spread | None = effect("every neuron is noisy at every step")
    mismatch_cv: dict[Name, Spread] = {}
    mismatch_distribution: Literal["normal", "lognormal"] | None = None
    mismatch_scope: Literal["neuron", "synapse", "core"] | None = None
    temporal_cv: Spread | None = None
    readout_noise_lsb: Spread | None = None
    calibration_residual: Spread | None = None


class PlasticitySection(Section):
    """[plasticity]: what learning on the chip can use."""

    third_factor_bits: Bits | None = effect("the broadcast error is rounded and clipped", "third_factor_range")
    third_factor_range: Positive | None = None
    third_factor_delay_steps: Steps | None = effect("the broadcast error arrives late")
    third_factor_noise: Spread | None = effect("the broadcast error is noisy")
    rules: list[Text] | None = None
    update_form: Literal["sum_of_products", "sdsp", "eprop", "software", "pulsed_outer", "none"] | None = None
    trace_bits: dict[Name, Width] = {}
    trace_count: dict[Name, Count] = {}
    tag_bits: Width | None = None
    weight_learn_bits: Width | None = None
    accumulator_bits: Width | None = None
    epoch_steps: Count | None = None
    third_factor_scope: Literal["none", "global", "per_neuron"] | None = None
    update_rounding: Literal["nearest", "stochastic", "plusminus1"] | None = None
    activity_readout: Literal["spikes", "v_adc", "graded"] | None = None
    perturbation_source: Literal["none", "intrinsic", "lfsr_neuron", "microcode", "software"] | None = None


Operation = Literal[
    "synaptic_events", "neuron_updates", "spikes", "messages", "hops", "mvms", "conversions", "synaptic_updates", "weight_writes", "pulses",
    "broadcasts", "perturbations"]


class EnergySet(Section):
    """Power is p_static_W + p_idle_W_per_Hz f + p_core_active_W x cores + sum of count x energy; `covered` names the operations that have
    no energy of their own because other numbers of the set hold it.  p_chip_W is the whole chip at work: instead of all the others."""

    covered: list[Operation] = []
    p_chip_W: Spread | None = None
    p_static_W: Spread | None = None
    p_idle_W_per_Hz: Spread | None = None
    p_core_active_W: Spread | None = None
    e_synop_J: Spread | None = None
    e_neuron_active_J: Spread | None = None
    e_neuron_idle_J: Spread | None = None
    e_spike_out_J: Spread | None = None
    e_message_J: Spread | None = None
    e_hop_J: Spread | None = None
    e_hop_vertical_J: Spread | None = None
    e_plastic_update_J: Spread | None = None
    e_weight_write_J: Spread | None = None
    e_pulse_J: Spread | None = None
    e_perturbation_J: Spread | None = None
    e_mvm_J: Spread | None = None
    e_adc_J: Spread | None = None
    e_mem_bit_J: Spread | None = None


class EnergySection(EnergySet):
    """[energy]: one set of numbers, and others by name in [energy.sets.NAME]; sets of different origin are never mixed."""

    origin: Name | None = None
    sets: dict[Name, EnergySet] = {}


class LatencySection(Section):
    """[latency]: how long one operation takes."""

    t_synop_s: Spread | None = None
    t_neuron_s: Spread | None = None
    t_hop_s: Spread | None = None
    t_sync_s: Spread | None = None
    t_mvm_s: Spread | None = None
    t_adc_s: Spread | None = None
    t_plastic_update_s: Spread | None = None
    t_write_pulse_s: Spread | None = None


class ValiditySection(Section):
    """[validity]: what the numbers of [energy] and [latency] hold for."""

    supply_V: Positive | None = None
    basis: Literal["silicon", "pre_silicon", "model"] | None = None
    energy_error: Share | None = None
    latency_error: Share | None = None
