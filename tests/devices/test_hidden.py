"""Device-to-device spread."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.devices.hidden import Spread, draw_hidden

SHAPE = (200, 200)
N = SHAPE[0] * SHAPE[1]
SPREAD = Spread(
    dw_min=0.002, dw_min_dtod=0.1, up_down=0.0, up_down_dtod=0.05,
    w_max=1.25, w_max_dtod=0.1, w_min=-0.75, w_min_dtod=0.15)


def drawn(spread=SPREAD, seed=1, shape=SHAPE):
    return draw_hidden(spread, shape, np.random.default_rng(seed))


def no_spread(**changes):
    return SPREAD._replace(dw_min_dtod=0.0, up_down_dtod=0.0, w_max_dtod=0.0, w_min_dtod=0.0, **changes)


def test_without_spread_every_device_is_the_mean_device():
    hidden = drawn(no_spread(), shape=(3, 4))
    for array, value in zip(hidden, (0.002, 0.002, 1.25, -0.75, False), strict=True):
        assert (array == value).all() and array.shape == (3, 4)


@pytest.mark.parametrize(
    ("name", "mean", "sd"), [
        ("upper", 1.25, 0.125), ("lower", -0.75, 0.1125),
        ("step_up", 0.002, 0.002 * np.hypot(0.1, 0.05)), ("step_down", 0.002, 0.002 * np.hypot(0.1, 0.05))])
def test_mean_and_standard_deviation_are_as_stated(name, mean, sd):
    """40 000 devices."""
    values = getattr(drawn(), name)
    assert abs(values.mean() - mean) < 5 * sd / np.sqrt(N)
    assert abs(values.std() - sd) < 5 * sd / np.sqrt(2 * N)


def test_up_and_down_steps_share_the_size_and_oppose_in_the_asymmetry():
    """Correlation (s_dw^2 - s_ud^2) / (s_dw^2 + s_ud^2) over 40 000 devices; bounds are independent of the steps."""
    hidden = drawn()
    wanted = (0.1**2 - 0.05**2) / (0.1**2 + 0.05**2)
    correlation = np.corrcoef([array.ravel() for array in hidden[:4]])
    assert abs(correlation[0, 1] - wanted) < 5 * (1 - wanted**2) / np.sqrt(N)
    assert np.abs(correlation[[0, 0, 1, 1, 2], [2, 3, 2, 3, 3]]).max() < 5 / np.sqrt(N)


@pytest.mark.parametrize(("up_down", "up", "down"), [(0.25, 0.002, 0.0015), (-0.25, 0.0015, 0.002)])
def test_positive_asymmetry_weakens_the_down_step(up_down, up, down):
    hidden = drawn(no_spread(up_down=up_down), shape=(2, 2))
    assert np.allclose(hidden.step_up, up, rtol=1e-14) and np.allclose(hidden.step_down, down, rtol=1e-14)


def test_bounds_enclose_zero_and_steps_are_not_negative_however_wide_the_spread():
    hidden = drawn(SPREAD._replace(dw_min_dtod=2.0, up_down_dtod=1.0, w_max_dtod=2.0, w_min_dtod=2.0))
    assert (hidden.upper >= 0).all() and (hidden.lower <= 0).all()
    assert (hidden.step_up >= 0).all() and (hidden.step_down >= 0).all()


def test_stuck_devices_are_as_many_as_stated_and_cannot_move():
    """40 000 devices, 10 % stuck in +-0.3."""
    hidden = drawn(SPREAD._replace(stuck_prob=0.1, stuck_range=0.3))
    stuck = hidden.is_stuck
    assert abs(stuck.mean() - 0.1) < 5 * np.sqrt(0.1 * 0.9 / N)
    assert (hidden.step_up[stuck] == 0).all() and (hidden.step_down[stuck] == 0).all()
    assert (hidden.upper[stuck] == hidden.lower[stuck]).all()
    place = hidden.upper[stuck]
    assert (np.abs(place) <= 0.3).all()
    assert abs(place.mean()) < 5 * 0.3 / np.sqrt(3 * stuck.sum())  # uniform


def test_stuck_value_is_within_what_the_device_could_hold():
    hidden = drawn(no_spread(stuck_prob=1.0, stuck_range=10.0))
    assert hidden.is_stuck.all()
    assert (hidden.upper <= 1.25).all() and (hidden.upper >= -0.75).all()


def test_switching_one_effect_on_changes_no_other_draw():
    plain, with_stuck = drawn(), drawn(SPREAD._replace(stuck_prob=0.1, stuck_range=0.3))
    other_bounds = drawn(SPREAD._replace(w_max_dtod=0.0))
    alive = ~with_stuck.is_stuck
    assert all((a[alive] == b[alive]).all() for a, b in zip(plain[:4], with_stuck[:4], strict=True))
    assert all((getattr(plain, n) == getattr(other_bounds, n)).all() for n in ("step_up", "step_down", "lower"))


def test_same_seed_same_devices():
    assert all((a == b).all() for a, b in zip(drawn(), drawn(), strict=True))
    assert (drawn().step_up != drawn(seed=2).step_up).any()
