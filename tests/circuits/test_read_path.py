"""What a read path does with each of its numbers, in the order that it states; mathematics in NumPy, float64."""
from __future__ import annotations

import os

import numpy as np
import pytest
from assemble import IS_PLAIN

from neurosim.circuits.read_path import ReadPath
from neurosim.compiled import compiled
from neurosim.mvm import circuit_for, read
from neurosim.random import Key
from neurosim.verbs import pass_on

WEIGHTS = np.random.default_rng(1).uniform(-1, 1, (9, 12))
INPUTS = np.random.default_rng(2).uniform(-1, 1, (3, 12))
SCALE = 0.5  # weight of one normalised unit
IDEAL = INPUTS @ WEIGHTS.T


def outputs(inputs=INPUTS, weights=WEIGHTS, step=0, run=pass_on, dtype=np.float64, **numbers):
    """Outputs, and the circuit that gave them."""
    circuit = circuit_for(ReadPath(**numbers), weights, len(inputs), dtype, SCALE, 3)
    return read(circuit, weights, inputs.astype(dtype), Key(1, 0, step), run), circuit


def many(reads=150, **numbers):
    """Errors of `reads` reads of the first input: (reads, 9)."""
    return outputs(np.repeat(INPUTS[:1], reads, axis=0), **numbers)[0] - IDEAL[0]


def found(part, name):
    """The array of that name, of whichever wrapper has it."""
    while not hasattr(part, name):
        part = part.inner
    return getattr(part, name)


def within(sample, sd):
    """Mean 0 and this spread, each within 5 sigma."""
    n = sample.size
    standard = (sample / sd).ravel()
    return abs(standard.mean()) < 5 / np.sqrt(n) and abs((standard**2).mean() - 1) < 5 * np.sqrt(2 / n)


def test_nothing_asked_for_is_the_product():
    assert np.allclose(outputs()[0], IDEAL, rtol=1e-13, atol=1e-13)


def test_ranges_without_steps_clip():
    lines = np.clip(INPUTS, -0.5, 0.5)
    assert np.allclose(outputs(dac_range=0.5, adc_range=2.0)[0], np.clip(lines @ WEIGHTS.T, -1, 1), atol=1e-13)


def test_input_noise_is_seen_through_the_weights():
    assert within(many(inp_noise=0.1), 0.1 * np.sqrt((WEIGHTS**2).sum(axis=1)))


def test_input_noise_comes_behind_the_dac_and_is_on_silent_lines():
    silent, _ = outputs(0 * INPUTS, inp_noise=0.1, dac_range=1.0, dac_top=1.0)
    assert (silent != 0).all()


def test_negative_inputs_are_weaker():
    v = np.where(INPUTS < 0, 0.9 * INPUTS, INPUTS)
    assert np.allclose(outputs(inp_asymmetry=0.1)[0], v @ WEIGHTS.T, rtol=1e-12, atol=1e-13)


def test_negative_outputs_are_weaker():
    assert np.allclose(outputs(out_asymmetry=0.1)[0], np.where(IDEAL < 0, 0.9 * IDEAL, IDEAL), rtol=1e-12, atol=1e-13)


def test_additive_weight_noise_grows_with_the_norm_of_the_input():
    assert within(many(w_noise=0.1), 0.1 * SCALE * np.linalg.norm(INPUTS[0]))


def test_weight_noise_of_phase_change_devices_grows_with_the_root_of_the_weight():
    sd = 0.1 * SCALE * np.sqrt(np.abs(WEIGHTS / SCALE) @ INPUTS[0] ** 2)
    assert within(many(w_noise=0.1, w_noise_model="pcm"), sd)


@pytest.mark.parametrize("model", ["additive", "pcm"])
def test_noise_of_the_devices_adds_up_in_variance(model):
    power = INPUTS[0] ** 2
    share = np.full((9, 12), SCALE**2) if model == "additive" else np.abs(WEIGHTS) * SCALE
    variance = (0.1**2 * share + 0.2**2 * WEIGHTS**2 + (0.05 * SCALE) ** 2) @ power + (0.3 * SCALE) ** 2
    sample = many(w_noise=0.1, w_noise_model=model, read_noise_rel=0.2, read_noise_abs=0.05, out_noise=0.3)
    assert within(sample, np.sqrt(variance))


def test_large_outputs_saturate_with_a_calibrated_slope():
    y, limit, n = IDEAL / SCALE, 4.0, 0.5
    gain = (1 + n / limit * 0.3 * limit) ** 2
    got, _ = outputs(adc_range=limit, out_nonlinearity=n, out_slope_calibration=0.3)
    assert np.allclose(got, SCALE * np.clip(gain * y / (1 + np.abs(n / limit * y)), -limit, limit), rtol=1e-12, atol=1e-13)


def test_saturation_differs_from_output_to_output_and_not_from_read_to_read():
    numbers = {"out_nonlinearity": 0.5, "out_nonlinearity_dtod": 0.3}
    got, circuit = outputs(**numbers)
    curvature = found(circuit, "curvature")[:9]
    assert len(np.unique(curvature)) == 9
    assert np.allclose(got, IDEAL / (1 + np.abs(curvature * IDEAL)), rtol=1e-12, atol=1e-13)
    assert (outputs(step=7, **numbers)[0] == got).all()


def test_series_resistance_bends_the_sum_and_its_reference_alike():
    y, yr, r = IDEAL / SCALE, 0.8 * INPUTS.sum(axis=1, keepdims=True), 0.05
    wanted = (y + yr) / (1 + r * np.abs(y + yr)) - yr / (1 + r * np.abs(yr))
    assert np.allclose(outputs(r_series=r, v_offset_w_min=-0.8)[0], SCALE * wanted, rtol=1e-12, atol=1e-13)


def test_an_offset_of_the_virtual_ground_pulls_output_and_reference_apart():
    got, circuit = outputs(v_offset_dtod=0.1)
    o, yr = found(circuit, "offset")[:9], INPUTS.sum(axis=1, keepdims=True)
    assert len(np.unique(o)) == 9
    assert np.allclose(got, SCALE * ((1 - o) * (IDEAL / SCALE + yr) - (1 + o) * yr), rtol=1e-12, atol=1e-13)


def test_the_wire_drop_is_the_polynomial():
    a = 12 / 300.0 * (np.abs(INPUTS) @ np.abs(WEIGHTS / SCALE).T)
    c = a * (a * (0.05 * a - 0.2) + 0.5)
    weighted = (INPUTS * (1 - (1 - np.arange(12) / 12) ** 2)) @ WEIGHTS.T
    got, _ = outputs(ir_drop=0.7, ir_drop_g_ratio=300.0)
    assert np.allclose(got, IDEAL - 0.7 * c * weighted, rtol=1e-12, atol=1e-13)
    assert np.abs(got - IDEAL).max() > 1e-3


def test_output_noise_comes_behind_the_nonlinearity_and_differs_from_output_to_output():
    """150 reads of each output: the spread of each within 5 sigma of its own."""
    sample, circuit = outputs(np.zeros((150, 12)), out_noise=0.2, out_noise_dtod=0.5, out_nonlinearity=5.0)
    sd = found(circuit, "sd")[:9]
    assert len(np.unique(sd)) == 9
    assert (np.abs((sample**2).mean(axis=0) / sd**2 - 1) < 5 * np.sqrt(2 / 150)).all()


@pytest.mark.parametrize("numbers", [{"dac_range": 2.0, "dac_top": 3.0, "dac_rounding": "stochastic"},
                                     {"adc_range": 20.0, "adc_top": 15.0, "adc_rounding": "stochastic"}])
def test_rounding_at_random_is_right_on_average(numbers):
    """Of 400 reads; their own spread says how far the mean may be off."""
    errors = many(400, **numbers)
    assert (np.abs(errors.mean(axis=0)) < 5 * errors.std(axis=0) / 20).all()
    assert (errors.std(axis=0) > 0.1 * SCALE).all()


def test_rounding_at_random_gives_neighbouring_levels_and_leaves_levels_and_silence_alone():
    numbers = {"adc_range": 20.0, "adc_top": 15.0, "adc_rounding": "stochastic"}
    level = outputs(**numbers)[0] / (20 / 15 * SCALE)
    exact = IDEAL / (20 / 15 * SCALE)
    assert np.allclose(level, np.rint(level), atol=1e-12) and (np.abs(level - exact) < 1).all()
    assert (outputs(0 * INPUTS, **numbers)[0] == 0).all()


def test_a_calibrated_range_is_the_largest_output_of_the_first_reads():
    circuit = circuit_for(ReadPath(adc_top=7.0, adc_rule="calibrated", adc_calibration_reads=2), WEIGHTS, 3, np.float64, SCALE)
    for step, gain in enumerate((1.0, 2.0, 8.0)):
        got = read(circuit, WEIGHTS, gain * INPUTS, Key(1, 0, step), pass_on)
        assert np.abs(got).max() == pytest.approx(min(gain, 2.0) * np.abs(IDEAL).max())
    assert circuit.lsb[0] == pytest.approx(2 * np.abs(IDEAL).max() / 7)


@pytest.mark.parametrize(("percentile", "above"), [(100.0, 0), (90.0, 8), (50.0, 40)])
def test_a_percentile_leaves_its_share_above_the_range(percentile, above):
    """3 reads of 3 lanes and 9 outputs: 81 magnitudes."""
    numbers = ReadPath(adc_top=7.0, adc_rule="percentile", adc_percentile=percentile, adc_calibration_reads=3)
    circuit, seen = circuit_for(numbers, WEIGHTS, 3, np.float64, SCALE), []
    for step in range(3):
        seen.append(np.abs(IDEAL * (1 + step)))
        read(circuit, WEIGHTS, (1 + step) * INPUTS, Key(1, 0, step), pass_on)
    limit = np.sort(np.ravel(seen))[::-1][above]
    assert circuit.lsb[0] * 7 == pytest.approx(limit)


@pytest.mark.parametrize("polarity", ["separate", "separate_digital_sum"])
def test_polarities_apart_change_nothing_where_all_is_linear(polarity):
    assert np.allclose(outputs(polarity=polarity)[0], IDEAL, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("polarity", ["separate", "separate_digital_sum"])
def test_each_polarity_goes_through_the_output_stage(polarity):
    def stage(v):
        y = v @ WEIGHTS.T
        return np.where(y < 0, 0.9 * y, y)

    def adc(y):
        lsb = 3.0 / 31 * SCALE
        return lsb * np.clip(np.rint(y / lsb), -31, 31)

    up, down = stage(np.maximum(INPUTS, 0)), stage(np.maximum(-INPUTS, 0))
    wanted = adc(up - down) if polarity == "separate" else adc(up) - adc(down)
    assert np.allclose(outputs(polarity=polarity, out_asymmetry=0.1, adc_range=3.0, adc_top=31.0)[0], wanted, rtol=1e-12, atol=1e-13)


def test_each_polarity_has_noise_of_its_own():
    assert within(many(polarity="separate", out_noise=0.1), np.sqrt(2) * 0.1 * SCALE)


def test_one_effect_does_not_move_the_draws_of_another():
    alone = found(outputs(out_nonlinearity=0.5, out_nonlinearity_dtod=0.3)[1], "curvature")
    beside = found(outputs(out_nonlinearity=0.5, out_nonlinearity_dtod=0.3, v_offset_dtod=0.1)[1], "curvature")
    assert (alone == beside).all()


EVERYTHING = {
    "inp_noise": 0.02, "inp_asymmetry": 0.02, "ir_drop": 1.0, "ir_drop_g_ratio": 5000.0, "r_series": 0.002, "v_offset_dtod": 0.01,
    "w_noise": 0.02, "w_noise_model": "pcm", "out_nonlinearity": 0.05, "out_asymmetry": 0.02, "out_noise": 0.02,
    "out_noise_dtod": 0.2, "noise_management": "abs_max_np_sum", "dac_range": 1.0, "dac_top": 63.0, "dac_rounding": "stochastic",
    "adc_range": 2.0, "adc_top": 127.0, "adc_rounding": "stochastic", "bound_management": "iterative"}
CALIBRATED = {
    "noise_management": "running_mean", "nm_rate": 0.1, "adc_top": 31.0, "adc_rule": "percentile", "adc_percentile": 80.0,
    "adc_calibration_reads": 1, "polarity": "separate_digital_sum", "dac_range": 1.0}


ANALOG = {name: EVERYTHING[name] for name in (
    "inp_asymmetry", "ir_drop", "ir_drop_g_ratio", "r_series", "v_offset_dtod", "w_noise", "w_noise_model", "out_nonlinearity",
    "out_asymmetry")}
MANAGED = {
    "noise_management": "abs_max", "dac_range": 1.0, "dac_top": 63.0, "out_noise": 0.02, "adc_range": 2.0, "adc_top": 127.0,
    "bound_management": "iterative"}
IS_SHORT = os.environ.get("NEUROSIM_COVER", "1") == "1"  # the nest of everything takes a minute to compile


@pytest.mark.skipif(IS_PLAIN, reason="compares with the compiled read")
@pytest.mark.parametrize("numbers", [
    pytest.param(EVERYTHING, id="everything", marks=pytest.mark.skipif(IS_SHORT, reason="slow to compile")),
    pytest.param(MANAGED, id="managed"), pytest.param(ANALOG, id="analog"), pytest.param(CALIBRATED, id="calibrated")])
def test_the_compiled_read_equals_plain_python_bit_for_bit(numbers):
    plain, circuit = outputs(dtype=np.float32, **numbers)
    fast, _ = outputs(dtype=np.float32, run=compiled(pass_on), **numbers)
    assert plain.tobytes() == fast.tobytes()
    assert "bound_management" not in numbers or circuit.inner.factor.max() > 1
