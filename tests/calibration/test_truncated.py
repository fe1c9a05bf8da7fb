"""A normal belief cut off at a bound: its moments, its density, and the exact likelihood of a state that diffuses along a bound."""
from __future__ import annotations

import numpy as np
import pytest
from calibration.synthetic import Truth, measured
from calibration.test_kalman import log_density, values
from scipy.integrate import trapezoid
from scipy.special import ndtr
from scipy.stats import norm, truncnorm

from neurosim.calibration.curves import CURVES
from neurosim.calibration.kalman import NORMAL, innovations
from neurosim.calibration.kalman import pulse as normal_pulse
from neurosim.calibration.truncated import TRUNCATED, cut, pulse, pushed, seen, uncut

BY_LABEL = {curve.label: curve for curve in CURVES}
SOFT = BY_LABEL["soft_bounds"]


def square(number):
    return np.full((1, 1), float(number))


@pytest.mark.parametrize("alpha", [-6.0, -1.5, 0.0, 0.7, 3.0, 6.0])
def test_moments_and_density_are_scipys(alpha):
    rate, share = cut(np.array(alpha))
    exact = truncnorm(-alpha, np.inf, loc=alpha)
    assert alpha + rate == pytest.approx(exact.mean()) and share == pytest.approx(exact.var(), rel=1e-6)
    assert rate == pytest.approx(exact.pdf(0))


@pytest.mark.parametrize("m, v", [(0.3, 1.0), (-2.0, 1.5), (5.0, 2.0), (30.0, 4.0), (0.0, 1e-4)])
def test_a_belief_is_found_by_its_mean_and_variance(m, v):
    std = np.sqrt(v)
    rate, share = cut(np.array(min(m / std, 40.0)))
    found = uncut(square(m + std * rate), square(v * share))
    assert found[0].item() == pytest.approx(m, abs=2e-5 * std) and found[1].item() == pytest.approx(v, rel=2e-5)


def test_what_is_closer_to_a_bound_than_any_such_belief_keeps_its_mean():
    m, v = uncut(square(0.5), square(1.0))  # mean / std = 0.5; that of an exponential distribution is 1
    assert (m + np.sqrt(v) * cut(m / np.sqrt(v))[0]).item() == pytest.approx(0.5, rel=1e-9)


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("m, v, z", [(0.9, 0.04, 0.85), (1.1, 0.04, 1.2), (0.98, 0.0025, 0.7), (-0.2, 0.01, 0.0)])
def test_a_reading_has_the_density_and_moments_of_an_integral_over_the_state(side, m, v, z):
    """Belief N(m, v) cut off at 1 (or, mirrored, at -1), noise of variance 0.01: the sum over 200 001 states."""
    noise, grid = 0.01, np.linspace(-3, 1, 200_001)
    weight = norm.pdf(grid, m, np.sqrt(v))
    weight /= weight.sum()
    mean, density = weight @ grid, weight @ norm.pdf(z, grid, np.sqrt(noise))
    gain = v / (v + noise)
    before, after = (square(side * m), square(v)), (square(side * (m + gain * (z - m))), square((1 - gain) * v))
    gap, total, surplus = seen(values(upper=1.0, lower=-1.0), square(1.0), square(side * z), square(noise), before, after)
    assert side * gap.item() == pytest.approx(z - mean, abs=1e-4)
    assert total.item() == pytest.approx(weight @ (grid - mean) ** 2 + noise, rel=1e-3)
    assert log_density(gap, total, surplus).item() == pytest.approx(np.log(density), abs=1e-3)


@pytest.mark.parametrize("step, noise", [(0.0, 0.02), (0.01, 0.02), (-0.03, 0.02)])
def test_the_push_of_a_bound_is_twice_what_a_flat_density_puts_beyond_it(step, noise):
    """Twice the sum over states of p(0) E[(step + noise xi - x)+], as long as no more than a state at the bound itself can lose."""
    x = np.linspace(0, 0.5, 20_001)
    t = (step - x) / noise
    beyond = noise * (norm.pdf(t) + t * ndtr(t))
    assert pushed(square(step), square(noise), square(0.5)).item() == pytest.approx(trapezoid(beyond, x), rel=1e-4)
    assert pushed(square(step), square(noise), square(1e9)).item() == pytest.approx(beyond[0], rel=1e-9)


@pytest.mark.parametrize("is_up", [True, False])
def test_a_state_that_is_pulsed_towards_soft_bounds_becomes_half_normal(is_up):
    """Reflected Ornstein-Uhlenbeck process: distance sigma sqrt(2 / pi) from the bound on average, sigma^2 = q^2 / (2 k), k = s / b."""
    v = values(step=0.004, upper=1.0, lower=-1.0, sigma=2.0)
    mean, variance = square(0.5 if is_up else -0.5), square(1e-4)
    for _ in range(3000):
        mean, variance = pulse(SOFT, v, v["upper"], is_up, mean, variance)
    side = 1 if is_up else -1
    spread = 0.008 / np.sqrt(2 * 0.004)
    rate, share = cut(side * (side - mean) / np.sqrt(variance))
    distance = side * (side - mean) + np.sqrt(variance) * rate
    assert distance.item() == pytest.approx(spread * np.sqrt(2 / np.pi), rel=0.02)
    assert (share * variance).item() == pytest.approx(spread**2 * (1 - 2 / np.pi), rel=0.04)


def test_far_from_bounds_it_is_the_normal_belief():
    v = values(step=0.004, upper=50.0, lower=-50.0, sigma=2.0)
    for one, other in zip(pulse(SOFT, v, v["upper"], True, square(0.3), square(0.01)),
                          normal_pulse(SOFT, v, v["upper"], True, square(0.3), square(0.01))):
        assert one.item() == pytest.approx(other.item(), rel=1e-12)


def on_a_grid(truth, sample, d, n_nodes=300):
    """Log-likelihood of device `d`: its state on nodes between its bounds, what a pulse puts beyond them in the outermost."""
    upper, lower, traces = sample.upper[d], sample.lower[d], sample.traces
    nodes = np.linspace(lower, upper, n_nodes)
    edges = np.r_[-np.inf, (nodes[1:] + nodes[:-1]) / 2, np.inf]
    moves = {}
    for sign, full, bound in ((1, sample.step_up[d], upper), (-1, sample.step_down[d], lower)):
        centre = nodes + sign * full * (1 - nodes / bound)
        moves[sign] = np.diff(ndtr((edges - centre[:, None]) / (truth.dw_min_std * full)), axis=1)
    std = np.hypot(truth.write_noise_std * truth.dw_min, truth.read_noise_abs / np.sqrt(2))
    belief = norm.pdf(traces.mean[0, d], nodes, std)
    belief, total = belief / belief.sum(), 0.0
    for t in range(1, len(traces.mean)):
        belief = (belief @ moves[int(traces.polarity[t - 1, d])]) * norm.pdf(traces.mean[t, d], nodes, std)
        total += np.log(belief.sum())
        belief /= belief.sum()
    return total


def test_along_a_bound_it_has_the_likelihood_of_a_state_on_a_grid():
    """8 devices whose noise is twice their step, 300 pulses; bounds a tenth short of, at and a tenth beyond the true ones.

    Within 0.15 on average and within 1 everywhere; a normal belief is off by more than 1.5 times as much, and for bounds that are
    too short it is too kind by up to 1.7.
    """
    truth = Truth("soft_bounds", "additive", dw_min=0.004, dw_min_std=2.0, up_down=0.0, write_noise_std=25.0, w_max=0.3, w_min=-0.3)
    sample = measured(truth, 8, 300, half_cycle=150)
    off: dict = {NORMAL: [], TRUNCATED: []}
    for factor in (0.9, 1.0, 1.1):
        moved = sample._replace(upper=factor * sample.upper, lower=factor * sample.lower)
        exact = np.array([on_a_grid(truth, moved, d) for d in range(8)])
        each = {"step": (sample.step_up + sample.step_down) / 2, "half_difference": (sample.step_up - sample.step_down) / 2,
                "upper": moved.upper, "lower": moved.lower, "sigma": np.full(8, 2.0), "write_std": np.full(8, 0.1)}
        for belief, errors in off.items():
            found = sum(log_density(*innovation)[0] for innovation in innovations(
                SOFT, {key: value[None] for key, value in each.items()}, sample.traces, truth.read_noise_abs, belief))
            errors.append(found - exact)
    assert np.abs(off[TRUNCATED]).mean() < 0.15 and np.abs(off[TRUNCATED]).max() < 1.0
    assert np.abs(off[NORMAL]).mean() > 1.5 * np.abs(off[TRUNCATED]).mean() and np.max(off[NORMAL][0]) > 1.5
