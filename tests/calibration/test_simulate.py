"""Simulated devices: moments of a noisy walk, bounds, and the mean device."""
from __future__ import annotations

import numpy as np
import pytest
from calibration.test_write import fitted

from neurosim.calibration.simulate import mean_trace, run, simulated, started
from neurosim.calibration.traces import Traces
from neurosim.generators import generator

N, PULSES = 20_000, 30


def walking(label="constant_step", first=(-0.2, 0.2), **given):
    """A fit of devices that were pulsed 20 times up and 10 times down, with the spreads of `test_write.fitted`."""
    found = fitted(label)
    polarity = np.repeat(np.r_[np.ones(20), -np.ones(10)].astype(np.int8)[:, None], len(first), axis=1)
    mean = np.zeros((PULSES + 1, len(first)))
    mean[0] = first
    traces = Traces(tuple(map(str, range(len(first)))), polarity, mean, np.ones_like(mean), np.full(len(first), 3e-4), 1e-6, 5e-6)
    return found._replace(problem=found.problem._replace(traces=traces), state=found.state._replace(**given))


def test_far_from_bounds_mean_and_variance_are_those_of_a_noisy_walk():
    """After t up pulses: var = var start + t^2 var(step_up) + t sigma^2 E[step_up^2] + write^2 + read^2; 20 000 devices, 5 sigma."""
    found = walking()
    found.state.mean[2:] = 50.0, -50.0
    step, var = 0.010, 0.002**2 + 0.0005**2
    w = simulated(found, N, generator(1, 1))
    for t in (0, 5, 20):
        expected = 0.04 + t**2 * var + t * 0.3**2 * (step**2 + var) + 0.02**2 + 0.01**2
        assert w[t].mean() == pytest.approx(t * step, abs=5 * np.sqrt(expected / N))
        assert w[t].var() == pytest.approx(expected, rel=5 * np.sqrt(2 / N))
    down, spread = 0.2 - 10 * 0.008, np.sqrt(w[30].var() / N)
    assert w[30].mean() == pytest.approx(down, abs=5 * spread)


def test_the_mean_device_walks_without_noise_and_stops_at_its_bound():
    found = walking(first=(0.05, 0.05))
    found.state.mean[2:4] = 0.15, -0.05
    expected = np.r_[np.minimum(0.05 + 0.010 * np.arange(21), 0.15), 0.15 - 0.008 * np.arange(1, 11)]
    np.testing.assert_allclose(mean_trace(found), expected, rtol=1e-12)


def test_states_stay_within_the_bounds_of_their_device():
    found = walking(shared=np.array([np.log(20.0), np.log(1e-9)]))
    quiet = found._replace(problem=found.problem._replace(read_std=0.0))
    values = {"step": np.full(50, 0.01), "half_difference": np.zeros(50), "upper": np.linspace(0.05, 0.1, 50), "sigma": 20.0,
              "lower": np.full(50, -0.03), "write_std": np.zeros(50)}
    w = run(quiet, values, np.zeros(50), generator(2, 1))
    assert (w <= values["upper"]).all() and (w >= -0.03).all()
    assert (w.max(axis=0) == values["upper"]).all() and (w.min(axis=0) == -0.03).all()  # so large a noise meets both


def test_cycle_noise_is_of_the_step_taken_or_of_the_full_step():
    """At w = 0.5 of a slope of 1.0 the step is half the full one, and so is multiplicative noise."""
    spreads = {}
    for label in ("linear_step", "linear_step_additive"):
        found = walking(label)
        quiet = found._replace(problem=found.problem._replace(read_std=0.0))
        values = {"step": np.full(N, 0.01), "half_difference": np.zeros(N), "upper": np.full(N, 50.0), "lower": np.full(N, -50.0),
                  "slope_up": np.full(N, 1.0), "slope_down": np.zeros(N), "sigma": 0.3, "write_std": np.zeros(N)}
        spreads[label] = run(quiet, values, np.full(N, 0.5), generator(3, 1))[1].std()
    assert spreads["linear_step"] == pytest.approx(0.3 * 0.005, rel=5 / np.sqrt(2 * N))
    assert spreads["linear_step_additive"] == pytest.approx(0.3 * 0.01, rel=5 / np.sqrt(2 * N))


def test_devices_start_where_a_measured_one_did():
    found = walking(first=(-0.4, 0.1))
    found.problem.traces.n_read[0, 1], found.problem.traces.mean[1, 1] = 0, 0.3
    np.testing.assert_array_equal(started(found.problem.traces), [-0.4, 0.3])
    w = simulated(found, 500, generator(4, 1))
    noise = 6 * np.hypot(0.02, 0.01)
    assert (np.minimum(np.abs(w[0] + 0.4), np.abs(w[0] - 0.3)) < noise).all() and {*np.sign(w[0])} == {-1.0, 1.0}


def test_the_same_generator_gives_the_same_devices():
    np.testing.assert_array_equal(simulated(walking(), 10, generator(5, 1)), simulated(walking(), 10, generator(5, 1)))
    assert (simulated(walking(), 10, generator(5, 1)) != simulated(walking(), 10, generator(6, 1))).any()
