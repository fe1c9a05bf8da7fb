"""The filter against an exact Gaussian likelihood and against simulation."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from calibration.synthetic import Truth, measured

from neurosim.calibration.curves import CURVES, NODES, complete
from neurosim.calibration.kalman import innovations, pulse
from neurosim.calibration.traces import Traces

BY_LABEL = {curve.label: curve for curve in CURVES}
GOLDEN = Path(__file__).parents[1] / "golden" / "devices" / "aihwkit_pulse_response"


def values(**given):
    base = {"step": 0.01, "half_difference": 0.0, "upper": 100.0, "lower": -100.0, "sigma": 0.5, "write_std": 0.03}
    return {key: np.full((1, 1), value) for key, value in {**base, **given}.items()}


def test_far_from_bounds_it_is_the_exact_likelihood_of_a_noisy_random_walk():
    """w_t = w_{t-1} +- s (1 + sigma xi): the covariance of the readings is known in closed form."""
    rng = np.random.Generator(np.random.Philox(3))
    polarity = np.array([1, 1, 1, -1, -1, 1, -1, -1], np.int8)[:, None]
    n_read = np.array([1, 1, 0, 2, 1, 1, 3, 0, 1], float)[:, None]
    z = rng.standard_normal((9, 1)) * 0.05
    traces = Traces(("a",), polarity, z, n_read, np.zeros(1), 0.0, 1.0)
    v = values()
    found = sum(-0.5 * (np.log(2 * np.pi * s) + gap**2 / s) for gap, s in innovations(BY_LABEL["constant_step"], v, traces, 0.02))
    at = np.flatnonzero(n_read[:, 0])
    mean = np.concatenate([[0], np.cumsum(0.01 * polarity[:, 0])])[at]
    cov = (0.005**2) * np.minimum.outer(at, at) + np.diag(0.03**2 + 0.02**2 / n_read[at, 0]) + 1e8  # the start is not known
    away = z[at, 0] - mean
    _, log_det = np.linalg.slogdet(cov)
    exact = -0.5 * (log_det + away @ np.linalg.solve(cov, away) + len(at) * np.log(2 * np.pi)) + 0.5 * np.log(2 * np.pi * 1e8)
    assert found.item() == pytest.approx(exact, abs=1e-3)


@pytest.mark.parametrize("mean, std", [(0.9, 0.05), (0.985, 0.001), (0.7, 0.1), (0.97, 0.02)])
def test_a_pulse_towards_a_bound_has_the_mean_and_variance_of_many_simulated_ones(mean, std):
    """200 000 states, started where the bound has not clipped them much; 2 % of the spread: the normal approximation, not sampling."""
    rng = np.random.Generator(np.random.Philox(4))
    v = values(step=0.02, sigma=1.0, upper=1.0, lower=-1.0)
    start = np.minimum(mean + std * rng.standard_normal(200_000), 1.0)
    after = np.minimum(start + 0.02 * (1 + rng.standard_normal(200_000)), 1.0)
    m, p = pulse(BY_LABEL["constant_step"], v, v["upper"], True, np.full((1, 1), start.mean()), np.full((1, 1), start.var()))
    assert m.item() == pytest.approx(after.mean(), abs=0.12 * after.std())
    assert np.sqrt(p.item()) == pytest.approx(after.std(), rel=0.2)


def test_a_state_that_is_pushed_against_a_bound_ends_up_surely_there():
    v = values(step=0.02, upper=1.0, lower=-1.0)
    mean, variance = np.full((1, 1), 0.9), np.full((1, 1), 1e-4)
    for _ in range(60):
        mean, variance = pulse(BY_LABEL["constant_step"], v, v["upper"], True, mean, variance)
    assert mean.item() == pytest.approx(1.0, abs=1e-3) and variance.item() < 1e-5


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.label)
@pytest.mark.parametrize("is_up", [True, False])
def test_the_slope_of_every_curve_is_its_derivative(curve, is_up):
    names = {"slope_up": 0.4, "slope_down": 0.6, "exponent": 1.5, "tilt": 0.1, "c_up": 0.3, "c_down": -0.2,
             "gamma_up": 3.0, "gamma_down": 2.0}
    names |= {f"{side}_{k}": 0.5 + 0.1 * k for side in ("up", "down") for k in range(NODES) if k != NODES // 2}
    v = complete(curve, values(upper=1.1, lower=-0.9, half_difference=0.001, **names))
    for w in (-0.55, 0.02, 0.61):
        below, above = (curve.share(v, is_up, np.full((1, 1), w + h))[0].item() for h in (-1e-6, 1e-6))
        share, slope = curve.share(v, is_up, np.full((1, 1), w))
        assert slope.item() == pytest.approx((above - below) / 2e-6, abs=1e-6) and share.item() > 0


def golden_values(params, name):
    """Parameters of the noise-free mean device of the recording."""
    hidden = json.loads(GOLDEN.with_suffix(".json").read_text())["devices"][name]["det_hidden"]
    up, down = hidden["dwmin_up"][0], hidden["dwmin_down"][0]
    v = values(step=(up + down) / 2, half_difference=(up - down) / 2, upper=hidden["max_bound"][0], lower=hidden["min_bound"][0], sigma=0.0)
    if "A_up" in params:
        A_up = params["A_up"] * np.exp(params["gamma_up"] * params["b"])
        A_down = params["A_down"] * np.exp(-params["gamma_down"] * params["b"])
        up, down = up * (1 - A_up), down * (1 - A_down)
        more = {"c_up": -A_up / (1 - A_up), "c_down": -A_down / (1 - A_down), "step": (up + down) / 2, "half_difference": (up - down) / 2,
                "gamma_up": params["gamma_up"], "gamma_down": params["gamma_down"]}
        v |= {key: np.full((1, 1), value) for key, value in more.items()}
    elif "slope_up" in hidden:
        v |= {"slope_up": np.full((1, 1), -hidden["slope_up"][0] / up), "slope_down": np.full((1, 1), hidden["slope_down"][0] / down)}
    elif "gamma_up" in hidden:
        up, down = hidden["gamma_up"][0], hidden["gamma_down"][0]
        v |= {"exponent": np.full((1, 1), (up + down) / 2), "tilt": np.full((1, 1), (up - down) / 2)}
    return v


@pytest.mark.parametrize("name, label", [
    ("ReRamESPresetDevice", "exp_step"), ("ReRamSBPresetDevice", "soft_bounds"), ("EcRamPresetDevice", "linear_step"),
    ("ConstantStepDevice", "constant_step"), ("LinearStepDevice_g0.2", "linear_step"), ("PowStepDevice_g1.5", "pow_step"),
    ("SoftBoundsDevice", "soft_bounds")])
def test_mean_step_curves_follow_the_recorded_mean_devices(name, label):
    """1000 noise-free up pulses, 1000 down, recorded in float32: 2e-5 after 2000 steps."""
    with np.load(GOLDEN.with_suffix(".npz")) as recorded:
        expected = recorded[f"{name}__det"]
    params = json.loads(GOLDEN.with_suffix(".json").read_text())["devices"][name]["params"]
    v = golden_values(params, name)
    v, w, worst = complete(BY_LABEL[label], v), np.zeros((1, 1)), 0.0
    for t in range(1, len(expected)):
        w, _ = pulse(BY_LABEL[label], v, v["upper"], t <= 1000, w, np.full((1, 1), 1e-18))
        worst = max(worst, abs(w.item() - expected[t]))
    assert worst < 2e-5


def test_innovations_are_white_and_of_the_expected_size_at_the_true_parameters():
    """30 devices x 300 readings: mean square within 5 sigma of 1, correlation of neighbours within 5 sigma of 0."""
    truth = Truth("constant_step", dw_min=0.01, bound_dtod=0.0, w_max=50.0, w_min=-50.0, dw_min_std=2.0, write_noise_std=1.0)
    sample = measured(truth, 30, 300)
    each = {"step": (sample.step_up + sample.step_down) / 2, "half_difference": (sample.step_up - sample.step_down) / 2,
            "upper": sample.upper, "lower": sample.lower, "sigma": np.full(30, 2.0), "write_std": np.full(30, 0.01)}
    white = np.array([(gap / np.sqrt(s))[0] for gap, s in innovations(
        BY_LABEL["constant_step"], {key: value[None] for key, value in each.items()}, sample.traces, truth.read_noise_abs)])
    assert np.mean(white**2) == pytest.approx(1.0, abs=5 * np.sqrt(2 / white.size))
    assert np.mean(white[1:] * white[:-1]) == pytest.approx(0.0, abs=5 / np.sqrt(white.size))
