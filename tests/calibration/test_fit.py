"""Fits to traces of known devices: parameters come back, AIC finds the model, noise kinds are told apart."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from calibration.synthetic import Truth, measured

from neurosim.calibration.curves import CURVES
from neurosim.calibration.fit import AUTO, Candidate, HeldOut, fit, fit_curve, held_out, models, ranked
from neurosim.calibration.traces import Traces
from neurosim.calibration.write import below_detection, device_fields, smaller_than
from neurosim.errors import InputError

N_DEVICES, N_PULSES = 40, 300
TRUTHS = {
    "constant_step": Truth("constant_step"),
    "linear_step": Truth("linear_step"),
    "linear_step_additive": Truth("linear_step", "additive"),
    "soft_bounds": Truth("soft_bounds", "additive"),
    "exp_step": Truth("exp_step", dw_min=0.03),
    "pow_step": Truth("pow_step", dw_min=0.1),
    "piecewise_step": Truth("piecewise_step"),
}


def fitted(label, truth, n_devices=N_DEVICES, n_pulses=N_PULSES, **how):
    sample = measured(truth, n_devices, n_pulses, **how)
    return sample, fit_curve(next(curve for curve in CURVES if curve.label == label), sample.traces)


def realised(sample, truth):
    """Mean and spread of the very devices that were measured, in the terms of a profile, with their sampling errors left out."""
    up, down = sample.step_up.mean(), sample.step_down.mean()
    dw_min = max(up, down)
    spread = {"dw_min_dtod": np.std(sample.step_up + sample.step_down) / 2 / dw_min,
              "up_down_dtod": np.std(sample.step_up - sample.step_down) / 2 / dw_min,
              "w_max_dtod": np.std(sample.upper) / sample.upper.mean(), "w_min_dtod": -np.std(sample.lower) / sample.lower.mean()}
    if truth.model == "linear_step":
        spread |= {"gamma_up_dtod": np.std(sample.slope_up), "gamma_down_dtod": np.std(sample.slope_down)}
    if truth.model == "pow_step":
        spread |= {"pow_gamma_dtod": np.std(sample.exponent) / truth.pow_gamma,
                   "pow_up_down_dtod": np.std(sample.tilt) / truth.pow_gamma}
    return dw_min, spread


def step_at_zero(fields):
    """dw_min; of exp_step the up step at w = 0, which the traces determine better than dw_min and A apart."""
    return fields["dw_min"] * (1 - fields.get("exp_A_up", 0.0))


@pytest.mark.parametrize("label", TRUTHS)
def test_known_parameters_come_back_within_five_sigma(label):
    truth = TRUTHS[label]
    sample, found = fitted(label, truth, half_cycle=75)
    assert found.has_converged
    fields = device_fields(found)
    dw_min, spread = realised(sample, truth)
    # what noise leaves unknown of the mean step: the posterior without its prior
    alone = np.linalg.inv(np.linalg.inv(found.posterior) - np.linalg.inv(found.state.cov))[:, 0, 0]
    allowed = 5 * np.sqrt(np.mean(alone) / N_DEVICES) / found.state.mean[0]
    assert allowed < 0.1 and step_at_zero(fields) == pytest.approx(dw_min * (1 - truth.A[0] if label == "exp_step" else 1), rel=allowed)
    for key, value in spread.items():
        assert fields[key] == pytest.approx(value, abs=5 * value / np.sqrt(2 * N_DEVICES)), key
    sigma, write = np.sqrt(np.diag(found.shared_cov)[:2])
    assert abs(np.log(fields["dw_min_std"] / truth.dw_min_std)) < 5 * sigma
    assert abs(np.log(fields["write_noise_std"] * fields["dw_min"] / (truth.write_noise_std * truth.dw_min))) < 5 * write
    assert fields["read_noise_abs"] == pytest.approx(truth.read_noise_abs, rel=5 / np.sqrt(2 * N_DEVICES * N_PULSES))


def test_the_best_aic_is_that_of_the_model_that_made_the_traces():
    sample = measured(TRUTHS["linear_step_additive"], 10, 120, half_cycle=40)
    candidates = fit(sample.traces)
    assert [candidate.label for candidate in candidates][0] == "linear_step_additive"
    assert len(candidates) == len(CURVES) and candidates[1].fitted.aic > candidates[0].fitted.aic + 10
    assert candidates[0].held_out.log_likelihood > max(c.held_out.log_likelihood for c in candidates if c.label == "constant_step")


def candidate(label, log_likelihood):
    """A fit of one model with no more than what a ranking looks at."""
    _, found = CACHED.setdefault(label, fitted(label, TRUTHS["constant_step"], 8, 40, half_cycle=20))
    return Candidate(found._replace(log_likelihood=log_likelihood), HeldOut(0, 0.0, 0.0, 0.0))


CACHED: dict = {}


def test_of_models_within_2_of_the_best_aic_the_smallest_is_taken():
    """constant_step has 16 parameters, exp_step 20: the log-likelihood that makes up for them is 4."""
    close = ranked([candidate("exp_step", 104.9), candidate("constant_step", 100.0)])
    clear = ranked([candidate("exp_step", 105.1), candidate("constant_step", 100.0)])
    assert close[0].label == "constant_step" and close[1].label == "exp_step" and smaller_than(close) == "exp_step"
    assert clear[0].label == "exp_step" and smaller_than(clear) is None


def test_devices_that_never_met_a_bound_do_not_narrow_it():
    """24 devices of which a few reach the lower bound, spread 3 %: a bound where a trace turned would make 13 % of it."""
    truth = Truth("constant_step", dw_min_dtod=0.05, bound_dtod=0.03, up_down_dtod=0.02, dw_min_std=0.1)
    sample, found = fitted("constant_step", truth, 24, 160, half_cycle=40, reads=1)
    assert np.sum(sample.traces.mean.min(axis=0) < sample.lower + 0.02) < 8
    assert np.sqrt(found.state.cov[3, 3]) < 0.06 and found.state.mean[3] == pytest.approx(-1.0, abs=0.05)


def test_write_noise_and_cycle_noise_are_told_apart():
    truth = Truth("constant_step", dw_min=0.02, dw_min_std=1.0, write_noise_std=5.0, read_noise_abs=0.05)
    _, found = fitted("constant_step", truth, 24, 300, reads=3)
    fields, errors = device_fields(found), np.sqrt(np.diag(found.shared_cov))
    assert abs(np.log(fields["dw_min_std"])) < 5 * errors[0]
    assert abs(np.log(fields["write_noise_std"] * fields["dw_min"] / 0.1)) < 5 * errors[1]
    assert fields["read_noise_abs"] == pytest.approx(0.05, rel=5 / np.sqrt(2 * 2 * 24 * 300))


def test_without_repeated_reads_read_noise_is_absent_and_part_of_write_noise():
    truth = Truth("constant_step", dw_min=0.02, write_noise_std=0.0, read_noise_abs=0.05)
    _, found = fitted("constant_step", truth, 16, 200, reads=1)
    fields = device_fields(found)
    assert "read_noise_abs" not in fields
    assert abs(np.log(fields["write_noise_std"] * fields["dw_min"] / 0.05)) < 5 * np.sqrt(found.shared_cov[1, 1])


def test_devices_left_out_are_predicted_as_well_as_the_model_expects():
    sample, found = fitted("soft_bounds", TRUTHS["soft_bounds"], 20, 200)
    test = held_out(found)
    n = 4 * 200
    assert test.n_devices == 4 and test.rms_ratio == pytest.approx(1.0, abs=5 / np.sqrt(2 * n) + 0.05)


def test_an_unknown_model_is_refused():
    assert models()[0] == AUTO and "pow_step" in models()
    with pytest.raises(InputError, match="--model = 'cubic'; must be one of auto, constant_step"):
        fit(measured(Truth("constant_step"), 8, 40).traces, "cubic")


@pytest.mark.slow
@pytest.mark.parametrize("label", TRUTHS)
def test_step_within_2_and_spreads_within_5_percent(label):
    """400 devices, 1200 pulses in half cycles of 60 (of 200 for pow_step, whose last steps to a bound are small), 2 reads.

    Held against the parameters that these very devices have: their spread differs from that of the population by 1 / sqrt(2 x 400) =
    3.5 %, which no fit can know of.  What is left is what noise makes of the estimate, about 2.5 % (one sigma) for the spread of a slope.
    """
    truth = TRUTHS[label]
    sample, found = fitted(label, truth, 400, 1200, half_cycle=200 if label == "pow_step" else 60)
    off = errors(sample, truth, found)
    assert {key: error for key, error in off.items() if abs(error) > LIMITS.get(key, 0.05)} == {}, off


LIMITS = {"step": 0.02}  # everything else 5 %


def errors(sample, truth, found):
    """Relative errors: step, spreads and bounds of the devices that were measured, noises of the truth; of bounds, of the mean bound."""
    fields = device_fields(found)
    dw_min, spread = realised(sample, truth)
    off = {"step": step_at_zero(fields) / (dw_min * (1 - truth.A[0] if truth.model == "exp_step" else 1)) - 1}
    off |= {key: fields[key] / value - 1 for key, value in spread.items()}
    off |= {"w_max": fields["w_max"] / sample.upper.mean() - 1, "w_min": fields["w_min"] / sample.lower.mean() - 1,
            "dw_min_std": fields["dw_min_std"] / truth.dw_min_std - 1,
            "write_noise": fields["write_noise_std"] * fields["dw_min"] / (truth.write_noise_std * truth.dw_min) - 1}
    off = {key: float(error) for key, error in off.items()}
    print(found.problem.curve.label, {key: f"{100 * error:+.2f} %" for key, error in off.items()})
    return off


@pytest.mark.slow
@pytest.mark.parametrize("label", TRUTHS)
def test_aic_picks_every_generating_model(label):
    """16 devices, 240 pulses; 32 and 300 for pow_step, which a piecewise curve follows so closely that fewer do not tell them apart."""
    n_devices, n_pulses = (32, 300) if label == "pow_step" else (16, 240)
    assert fit(measured(TRUTHS[label], n_devices, n_pulses, half_cycle=n_pulses // 4).traces)[0].label == label


GOLDEN = Path(__file__).parents[1] / "golden" / "devices" / "aihwkit_pulse_response.npz"
RECORDED = {
    "ReRamSBPresetDevice": ("soft_bounds", 0.005), "EcRamPresetDevice": ("linear_step", 0.005), "ReRamESPresetDevice": ("exp_step", 0.005)}


@pytest.mark.slow
@pytest.mark.parametrize("name", RECORDED)
def test_recorded_devices_give_their_hidden_parameters_back(name):
    """64 devices of aihwkit without noise, read after every tenth of 1000 up and 1000 down pulses."""
    label, limit = RECORDED[name]
    with np.load(GOLDEN) as recorded:
        w = recorded[f"{name}__d2d_W"].astype(float)
        up, down = (recorded[f"{name}__d2d_hp_dwmin_{side}"].astype(float) for side in ("up", "down"))
    every, n_pulses, n_devices = 10, 10 * (len(w) - 1), w.shape[1]
    mean, n_read = np.zeros((2, n_pulses + 1, n_devices))
    mean[::every], n_read[::every] = w, 1.0
    polarity = np.where(np.arange(n_pulses) < n_pulses // 2, 1, -1).astype(np.int8)[:, None].repeat(n_devices, axis=1)
    traces = Traces(tuple(map(str, range(n_devices))), polarity, mean, n_read, np.zeros(n_devices), 0.0, 1.0)
    fields = device_fields(fit_curve(next(curve for curve in CURVES if curve.label == label), traces))
    dw_min = max(up.mean(), down.mean())
    assert fields["dw_min"] == pytest.approx(dw_min, rel=limit)
    assert fields["dw_min_dtod"] == pytest.approx(np.std(up + down) / 2 / dw_min, rel=0.05)
    assert fields["up_down_dtod"] == pytest.approx(np.std(up - down) / 2 / dw_min, rel=0.05)


RERAM = Truth("soft_bounds", "additive", dw_min=0.002, dw_min_dtod=0.3, dw_min_std=3.75, up_down=0.0, up_down_dtod=0.2, w_max=1.25,
              w_min=-0.75, bound_dtod=0.24, write_noise_std=56.0, read_noise_abs=0.0)
"""ReRamSBPresetDevice of aihwkit; but up_down_dtod is 0.01 there, which cycle noise of 3.75 steps hides (0.08 per device)."""


@pytest.mark.slow
def test_a_reram_like_device_comes_back_within_2_and_5_percent():
    """256 devices, 2 x (1000 pulses up, 1000 down), one reading each; write noise of 56 steps over cycle noise of 3.75.

    One cycle of 2000 pulses is not enough: of two seeds, one missed 5 % in up_down_dtod (+7.2), the other in w_max_dtod (-10.0).
    """
    sample, found = fitted("soft_bounds", RERAM, 256, 4000, reads=1, half_cycle=1000)
    off = errors(sample, RERAM, found)
    assert {key: error for key, error in off.items() if abs(error) > LIMITS.get(key, 0.05)} == {}, off


@pytest.mark.slow
def test_an_asymmetry_that_cycle_noise_hides_is_no_number_of_the_profile():
    """64 devices, 1000 pulses up, 1000 down."""
    _, found = fitted("soft_bounds", RERAM._replace(up_down_dtod=0.01), 64, 2000, reads=1, half_cycle=1000)
    assert "up_down_dtod" not in device_fields(found) and below_detection(found)["up_down_dtod"] > 0.01
