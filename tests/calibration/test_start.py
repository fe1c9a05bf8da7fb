"""First guesses from smoothed traces."""
from __future__ import annotations

import numpy as np
import pytest
from calibration.synthetic import Truth, measured

from neurosim.calibration.curves import CURVES
from neurosim.calibration.score import shared_names
from neurosim.calibration.start import BLOCKS, MARGINS, beyond, rough, start

QUIET = Truth("linear_step", dw_min=0.02, dw_min_dtod=0.0, up_down=0.0, up_down_dtod=0.0, bound_dtod=0.0, w_max=50.0, w_min=-50.0,
              dw_min_std=0.0, write_noise_std=0.0, read_noise_abs=0.0)


def test_steps_and_slopes_of_quiet_devices_come_back():
    """Constant steps of 0.02 up and, a fifth weaker, 0.016 down."""
    r = rough(measured(QUIET._replace(model="constant_step", up_down=0.2), 4, 400, half_cycle=100).traces)
    assert r.step_up == pytest.approx(0.02, rel=1e-6) and r.step_down == pytest.approx(0.016, rel=1e-6)
    assert r.slope_up == r.slope_down == 0.02  # the least that is started with


def test_steps_that_fall_with_the_state_have_their_slope():
    """1 - 0.8 w up, 1 + 0.5 w down; a step is at least the upper quartile of the changes, here those from w = 0.3: 12 % more."""
    truth = QUIET._replace(dw_min=0.005, gamma=(0.8 * 50, 0.5 * 50))  # per |bound|
    r = rough(measured(truth, 10, 400, half_cycle=100).traces)
    assert r.step_up == pytest.approx(0.005, rel=0.05) and r.step_down == pytest.approx(0.005, rel=0.15)
    assert r.slope_up == pytest.approx(0.8, rel=0.1) and r.slope_down == pytest.approx(0.5, rel=0.15)


def test_the_jitter_is_the_noise_that_does_not_accumulate():
    """Second differences of white noise have variance 6 std^2; 20 devices x 400 readings, 5 sigma with 35 / 18 for their correlation."""
    truth = QUIET._replace(model="constant_step", write_noise_std=2.0)
    r = rough(measured(truth, 20, 400, half_cycle=400).traces)
    assert r.jitter == pytest.approx(0.04, rel=5 * np.sqrt(35 / 18 / 2 / 8000))


def test_the_range_is_that_of_the_smoothed_trace():
    """A spike of one reading in 10 counts a tenth."""
    traces = measured(QUIET._replace(model="constant_step"), 4, 400, half_cycle=200).traces
    before = rough(traces)
    traces.mean[15, 2] += 100.0
    assert 401 // BLOCKS == 10 and rough(traces).upper[2] == pytest.approx(traces.mean[10:20, 2].mean())
    np.testing.assert_array_equal(np.delete(rough(traces).upper, 2), np.delete(before.upper, 2))


def test_a_bound_that_no_trace_met_is_put_beyond_all_of_them():
    sample = measured(QUIET._replace(model="constant_step"), 4, 200, half_cycle=100)
    at = sample.traces.mean.max(axis=0)
    assert (beyond(sample.traces, at, 1, 0.0, 1e-6) > at + 0.1 * np.ptp(sample.traces.mean, axis=0)).all()


def test_a_bound_that_traces_lie_at_stays_where_it_is():
    sample = measured(QUIET._replace(model="constant_step", w_max=0.5, w_min=-0.5), 4, 200, half_cycle=100)
    at = sample.traces.mean.max(axis=0)
    np.testing.assert_array_equal(beyond(sample.traces, at, 1, 0.0, 1e-6), at)


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.label)
def test_every_model_begins_with_finite_numbers_for_all_its_parameters(curve):
    problem, state = start(curve, measured(Truth("linear_step"), 8, 80, half_cycle=20).traces)
    n = len(curve.per_device)
    assert state.devices.shape == (n, 8) and state.mean.shape == problem.scale.shape == (n,) and state.cov.shape == (n, n)
    assert state.shared.shape == (len(shared_names(curve)),)
    assert all(np.isfinite(part).all() for part in state) and (problem.scale > 0).all() and np.linalg.eigvalsh(state.cov).min() > 0
    np.testing.assert_allclose(state.mean, state.devices.mean(axis=1))


def test_bounds_that_are_only_crept_up_to_begin_outside_the_traces():
    traces = measured(Truth("soft_bounds", "additive"), 8, 200, half_cycle=50).traces
    r = rough(traces)
    reach = float(r.upper.mean() - r.lower.mean())
    _, state = start(next(curve for curve in CURVES if curve.label == "soft_bounds"), traces)
    np.testing.assert_allclose(state.devices[2], r.upper + MARGINS["soft_bounds"] * reach)
    np.testing.assert_allclose(state.devices[3], r.lower - MARGINS["soft_bounds"] * reach)
