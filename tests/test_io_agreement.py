"""Which fields of [io] need which others."""
from __future__ import annotations

import pytest
from pydantic import ValidationError

from neurosim.errors import InputError
from neurosim.profile import SECTIONS, Profile, explain


def profile(**io):
    return Profile(
        chip={"id": "test", "name": "Test", "kind": "ideal"}, weights={"format": "float"}, io=io, sources=dict.fromkeys(SECTIONS, "a test"))


ADC = {"adc_bits": 8, "adc_range": 4.0}
DAC = {"dac_bits": 8, "dac_range": 1.0}
WHOLE = [
    {**DAC, **ADC, "dac_rounding": "stochastic", "adc_rounding": "nearest"},
    {"adc_bits": 8, "adc_rule": "calibrated", "adc_calibration_reads": 3},
    {"adc_bits": 8, "adc_rule": "percentile", "adc_percentile": 99.5, "adc_calibration_reads": 3},
    {**ADC, "adc_rule": "fixed"},
    {"noise_management": "abs_max"}, {"noise_management": "abs_max", "nm_threshold": 2.0},
    {"noise_management": "constant", "nm_threshold": 2.0}, {"noise_management": "running_mean", "nm_rate": 0.1},
    {**DAC, **ADC, "noise_management": "abs_max_np_sum", "nm_assumed_w_max": 0.6, "bm_max_res": 0.25},
    {**DAC, **ADC, "bound_management": "iterative", "bm_max_factor": 1000.0, "bm_max_res": 0.25},
    {"ir_drop": 1.0, "ir_drop_g_ratio": 571428.0}, {"w_noise": 0.02, "w_noise_model": "pcm"}, {"polarity": "separate"},
    {"r_series": 0.02, "v_offset_w_min": -1.0, "out_slope_calibration": 0.5}, {"v_offset_dtod": 0.1, "v_offset_w_min": -1.0},
    {"out_nonlinearity": 0.5, "out_nonlinearity_dtod": 0.1, "out_slope_calibration": 0.5}, {"out_noise": 0.1, "out_noise_dtod": 0.2},
    {"inp_noise": 0.1, "inp_asymmetry": 0.1, "out_asymmetry": 0.1}]


@pytest.mark.parametrize("io", WHOLE)
def test_what_belongs_together_is_accepted_and_told(io):
    assert explain(profile(**io))


@pytest.mark.parametrize(("io", "said"), [
    ({"dac_rounding": "stochastic"}, "io.dac_rounding: has no use with a profile without io.dac_bits"),
    ({"adc_rounding": "nearest"}, "io.adc_rounding: has no use with a profile without io.adc_bits"),
    ({"adc_bits": 8}, "io.adc_range: is missing; io.adc_bits needs it"),
    ({**ADC, "adc_rule": "calibrated", "adc_calibration_reads": 3}, "io.adc_range: has no use with io.adc_rule = 'calibrated'"),
    ({"adc_rule": "calibrated", "adc_calibration_reads": 3}, "io.adc_bits: is missing; io.adc_rule needs it"),
    ({"adc_bits": 8, "adc_rule": "calibrated"}, "io.adc_calibration_reads: is missing; io.adc_rule = 'calibrated' needs it"),
    ({"adc_bits": 8, "adc_rule": "percentile", "adc_calibration_reads": 3}, "io.adc_percentile: is missing"),
    ({"adc_bits": 8, "adc_rule": "calibrated", "adc_calibration_reads": 3, "adc_rounding": "stochastic"}, "io.adc_rounding: has no use"),
    ({**ADC, "adc_calibration_reads": 3}, "io.adc_calibration_reads: has no use with io.adc_rule = 'fixed'"),
    ({"noise_management": "constant"}, "io.nm_threshold: is missing; io.noise_management = 'constant' needs it"),
    ({"noise_management": "running_mean"}, "io.nm_rate: is missing"),
    ({"noise_management": "abs_max", "nm_rate": 0.1}, "io.nm_rate: has no use with io.noise_management = 'abs_max'"),
    ({"noise_management": "abs_max_np_sum", "nm_assumed_w_max": 0.6}, "io.adc_bits: is missing"),
    ({"nm_threshold": 1.0}, "io.nm_threshold: has no use with a profile without io.noise_management"),
    ({"bound_management": "iterative", "bm_max_factor": 4.0}, "io.adc_bits: is missing; io.bound_management needs it"),
    ({**ADC, "bound_management": "iterative"}, "io.bm_max_factor: is missing"),
    ({**ADC, "bound_management": "iterative", "bm_max_factor": 4.0, "bm_max_res": 0.25}, "io.bm_max_res: has no use"),
    ({"w_noise": 0.1}, "io.w_noise_model: is missing; io.w_noise needs it"),
    ({"w_noise_model": "pcm"}, "io.w_noise_model: has no use"),
    ({"out_noise_dtod": 0.1}, "io.out_noise_dtod: has no use"), ({"out_nonlinearity_dtod": 0.1}, "io.out_nonlinearity_dtod: has no use"),
    ({"out_slope_calibration": 0.1}, "io.out_slope_calibration: has no use"), ({"r_series": 0.1}, "io.v_offset_w_min: is missing"),
    ({"v_offset_w_min": -1.0}, "io.v_offset_w_min: has no use"), ({"ir_drop": 1.0}, "io.ir_drop_g_ratio: is missing")])
def test_what_does_not_is_refused_with_the_field_and_why(io, said):
    with pytest.raises(InputError) as caught:
        profile(**io)
    assert said in str(caught.value)


@pytest.mark.parametrize("io", [
    {**ADC, "bound_management": "iterative", "bm_max_factor": 1e5}, {"noise_management": "median"}, {"adc_rule": "mean"},
    {"polarity": "both"}, {"adc_bits": 8, "adc_rule": "percentile", "adc_percentile": 101.0, "adc_calibration_reads": 3}])
def test_values_out_of_range_are_refused(io):
    with pytest.raises(ValidationError, match=list(io)[-1 if "adc_bits" not in io or "bm_max_factor" in io else 2]):
        profile(**io)


def test_a_choice_is_told_by_its_name_and_source():
    effect, = explain(profile(noise_management="abs_max"))
    assert (effect.numbers, effect.source) == ("io.noise_management = abs_max", "a test")


def test_a_model_of_noise_is_named():
    effect, = explain(profile(w_noise=0.1, w_noise_model="pcm"))
    assert "pcm" in effect.text
