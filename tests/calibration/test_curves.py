"""Mean step curves: their derivatives, where they are 1 and 0, and the recorded mean devices of aihwkit."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from calibration.test_kalman import values

from neurosim.calibration.curves import CURVES, LEAST_RANGE, NODES, complete, extent, pick, steps
from neurosim.calibration.kalman import pulse

BY_LABEL = {curve.label: curve for curve in CURVES}
GOLDEN = Path(__file__).parents[1] / "golden" / "devices" / "aihwkit_pulse_response"
SHAPES = {"slope_up": 0.4, "slope_down": 0.6, "exponent": 1.5, "tilt": 0.1, "c_up": 0.3, "c_down": -0.2, "gamma_up": 3.0,
          "gamma_down": 2.0}
SHAPES |= {f"{side}_{k}": 0.5 + 0.1 * k for side in ("up", "down") for k in range(NODES) if k != NODES // 2}


def share(label, is_up, w, **given):
    """y of one curve at one state of a device with bounds 1.1 and -0.9."""
    curve = BY_LABEL[label]
    v = complete(curve, values(**{"upper": 1.1, "lower": -0.9, "half_difference": 0.001, **SHAPES, **given}))
    return curve.share(v, is_up, np.full((1, 1), float(w)))[0].item()


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.label)
@pytest.mark.parametrize("is_up", [True, False])
def test_the_slope_of_every_curve_is_its_derivative(curve, is_up):
    v = complete(curve, values(upper=1.1, lower=-0.9, half_difference=0.001, **SHAPES))
    for w in (-0.55, 0.02, 0.61):
        below, above = (curve.share(v, is_up, np.full((1, 1), w + h))[0].item() for h in (-1e-6, 1e-6))
        share, slope = curve.share(v, is_up, np.full((1, 1), w))
        assert slope.item() == pytest.approx((above - below) / 2e-6, abs=1e-6) and share.item() > 0


@pytest.mark.parametrize("label", ["constant_step", "linear_step", "linear_step_additive", "soft_bounds", "exp_step", "exp_step_late"])
@pytest.mark.parametrize("is_up", [True, False])
def test_the_full_step_is_that_in_the_middle(label, is_up):
    assert share(label, is_up, 0.0) == pytest.approx(1.0, abs=1e-15)


@pytest.mark.parametrize("label", ["soft_bounds", "pow_step"])
def test_steps_end_at_the_bound_that_they_lead_to(label):
    assert share(label, True, 1.1) == pytest.approx(0, abs=1e-12) and share(label, False, -0.9) == pytest.approx(0, abs=1e-12)
    assert share(label, True, -0.9) > 1e-3 and share(label, False, 1.1) > 1e-3


def test_a_power_law_takes_its_full_step_at_the_other_bound_and_has_the_exponent_of_its_direction():
    """Halfway between the bounds the share is 0.5 ^ (1.5 + 0.1) up and 0.5 ^ (1.5 - 0.1) down."""
    assert share("pow_step", True, -0.9) == share("pow_step", False, 1.1) == pytest.approx(1.0)
    assert share("pow_step", True, 0.1) == pytest.approx(0.5**1.6) and share("pow_step", False, 0.1) == pytest.approx(0.5**1.4)


def test_soft_bounds_are_linear_steps_with_slopes_of_one_over_the_bound():
    for is_up in (True, False):
        assert share("soft_bounds", is_up, 0.4) == pytest.approx(share("linear_step", is_up, 0.4, slope_up=1 / 1.1, slope_down=1 / 0.9))


@pytest.mark.parametrize("label, a", [("exp_step", -0.5), ("exp_step_late", 0.5)])
@pytest.mark.parametrize("is_up, c, gamma", [(True, 0.3, 3.0), (False, -0.2, -2.0)])
def test_an_exponential_share_is_aihwkits_in_units_of_the_step_at_zero(label, a, is_up, c, gamma):
    """1 - A exp(+-gamma z), z = 2 a w / (upper - lower), A = -c / (1 - c)."""
    A = -c / (1 - c)
    expected = (1 - A * np.exp(gamma * 2 * a * 0.25 / 2.0)) / (1 - A)
    assert share(label, is_up, 0.25) == pytest.approx(expected, rel=1e-12)


def test_an_exponential_share_is_never_negative():
    assert share("exp_step_late", True, 1.0, c_up=-0.2, gamma_up=30.0) == 0.0


def test_piecewise_shares_are_the_nodes_at_the_nodes():
    for k, w in enumerate(np.linspace(-0.9, 1.1, NODES)):
        assert share("piecewise_step", True, w) == pytest.approx(1.0 if k == NODES // 2 else SHAPES[f"up_{k}"], abs=1e-8)


def test_full_steps_are_the_mean_and_half_the_difference_and_never_negative():
    v = values(step=0.01, half_difference=0.002)
    assert steps(v, True).item() == pytest.approx(0.012) and steps(v, False).item() == pytest.approx(0.008)
    assert steps(values(step=0.001, half_difference=0.002), False).item() == pytest.approx(0.001)


def test_bounds_that_have_crossed_still_leave_a_range():
    assert extent(values(upper=-0.5, lower=0.5)).item() == LEAST_RANGE and extent(values(upper=1.1, lower=-0.9)).item() == 2.0


def test_a_direction_is_one_for_all_devices_or_one_for_each():
    assert pick(True, 1.0, -1.0) == 1.0 and pick(False, 1.0, -1.0) == -1.0
    np.testing.assert_array_equal(pick(np.array([True, False]), 1.0, -1.0), [1.0, -1.0])


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
