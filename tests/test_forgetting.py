"""Forgetting constants of the shipped profiles against theory and against the numbers of the facts."""
from __future__ import annotations

import math

import pytest

from neurosim import profile
from neurosim.forgetting import forgetting, sentence
from neurosim.quantity import number

# pairs from w = 0.5, measured with aihwkit's equations
RECORDED = {"reram-sb": 235, "ecram": 698, "reram-om": 6, "capacitor": 2000, "ecram-mo": 2860}


def theory(device):
    """1 / (fade up + fade down) to first order in the step; soft bounds are a fade of step / bound."""
    gamma = (1.0, 1.0) if device.update_model == "soft_bounds" else (number(device.gamma_up), number(device.gamma_down))
    dw_min, up_down = number(device.dw_min), number(device.up_down)
    steps = dw_min * (1 + min(up_down, 0)), dw_min * (1 - max(up_down, 0))
    return 1 / (gamma[0] * steps[0] / device.w_max.v + gamma[1] * steps[1] / -device.w_min.v)


@pytest.mark.parametrize("name", ["reram-sb", "capacitor", "ecram", "ecram-mo", "epiram"])
def test_soft_bounds_and_linear_steps_forget_as_theory_says(name):
    device = profile.load(name).device
    assert forgetting(device).pairs == pytest.approx(theory(device), rel=0.03)


@pytest.mark.parametrize(("name", "pairs"), RECORDED.items())
def test_constants_are_the_recorded_ones(name, pairs):
    assert forgetting(profile.load(name).device).pairs == pytest.approx(pairs, rel=0.03)


def test_an_exponential_device_forgets_towards_its_own_symmetry_point():
    found = forgetting(profile.load("reram-es").device)
    assert found.symmetry_point == pytest.approx(-0.22, abs=0.005)
    assert 300 < found.pairs < 400  # 332 were measured from w = 0.5 to 1/e of that, which is not quite the distance to -0.22


@pytest.mark.parametrize("name", ["idealized", "gokmen-vlasov"])
def test_constant_steps_forget_nothing(name):
    assert math.isinf(forgetting(profile.load(name).device).pairs)
    assert "forget nothing" in sentence(profile.load(name).device)


def test_a_one_sided_pair_has_no_constant():
    assert forgetting(profile.load("pcm").device) is None and "never cancel" in sentence(profile.load("pcm").device)


def test_asymmetric_constant_steps_drift_to_a_bound():
    device = profile.load("idealized").device
    skewed = device.model_copy(update={"up_down": device.dw_min.model_copy(update={"v": 0.2})})
    found = forgetting(skewed)
    assert math.isinf(found.pairs) and found.symmetry_point == 1.0


def test_every_profile_has_a_sentence_or_no_device():
    for name in profile.names():
        device = profile.load(name).device
        assert bool(sentence(device)) == (device is not None)
