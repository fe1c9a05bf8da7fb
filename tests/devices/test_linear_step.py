"""Linear-step devices: soft bounds, additive and multiplicative noise."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.devices.linear_step import LinearStep, LinearStepAdditive, doublings_for
from neurosim.devices.pulses import fire, is_clear

SEQUENCES = 4_000
RRAM = (0.002, 0.002, 1.25, -0.75)  # ReRamSB of aihwkit: step up, step down, upper, lower


def made(hidden=RRAM, spread=0.0, gamma=1.0, real=np.float64):
    """Devices whose nominal step is one unit of request; `hidden`: step up, step down, upper, lower."""
    up, down, upper, lower = (np.atleast_2d(np.asarray(row, real)) for row in hidden)
    fade_up, fade_down = ((gamma * step / np.abs(bound)).astype(real) for step, bound in ((up, upper), (down, lower)))
    return LinearStepAdditive(
        real(1), real(np.inf), up, down, fade_up, fade_down, upper, lower, real(spread), real(5 * spread))


def multiplicative(**parts):
    return LinearStep(*made(**parts)[:-2])


def write(device, w, pulses, normal=0.0, c=0):
    real = type(device.granule)
    return fire(device, 0, c, real(w), real(pulses), real(normal), real(0))


@pytest.mark.parametrize("w", [-0.7, 0.0, 0.5, 1.2])
@pytest.mark.parametrize("sign", [1, -1])
def test_one_pulse_shrinks_linearly_towards_the_bound(w, sign):
    wanted = w + sign * 0.002 * (1 - w / (1.25 if sign > 0 else -0.75) + 3.75 * 0.1 * sign)
    assert write(made(spread=3.75), w, sign, 0.1) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_merged_mean_is_that_of_single_pulses(sign):
    device, w = made(), 0.3
    for _ in range(31):
        w = write(device, w, sign)
    assert write(device, 0.3, 31 * sign) == pytest.approx(w, rel=1e-12)


@pytest.mark.parametrize("pulses", [1, 2, 17, 31])
@pytest.mark.parametrize("real", [np.float32, np.float64])
def test_fewer_doublings_give_the_same_bits(pulses, real):
    device = made(spread=0.3, real=real)
    short = device._replace(doublings=doublings_for(31))
    assert (len(short.doublings), len(device.doublings), len(doublings_for(32))) == (5, 10, 10)
    for sign in (1, -1):
        assert write(short, 0.2, sign * pulses, 0.7).tobytes() == write(device, 0.2, sign * pulses, 0.7).tobytes()


def test_more_pulses_than_the_doublings_reach_are_not_fired_at_once():
    device = made((1e-4, 1e-4, 1.0, -1.0))
    short = device._replace(doublings=doublings_for(31))
    for sign in (1, -1):
        assert is_clear(short, 0, 0, 0.0, sign * 31.0)
        assert is_clear(device, 0, 0, 0.0, sign * 32.0)
        assert not is_clear(short, 0, 0, 0.0, sign * 32.0)


@pytest.mark.parametrize("sign", [1, -1])
def test_merged_noise_is_that_of_single_pulses(sign):
    """Ten coarse pulses (q = 0.9), far from the bounds: standard deviation over 4000 sequences."""
    device, rng = made((0.1, 0.1, 1.0, -1.0), 0.05), np.random.default_rng(4)
    ends = []
    for noise in rng.standard_normal((SEQUENCES, 10)):
        w = np.float64(-0.2 * sign)
        for normal in noise:
            w = write(device, w, sign, normal)
        ends.append(w)
    mean = write(device, -0.2 * sign, 10 * sign)
    sd = write(device, -0.2 * sign, 10 * sign, 1.0) - mean
    assert sd == pytest.approx(0.1 * 0.05 * np.sqrt((1 - 0.9**20) / (1 - 0.9**2)), rel=1e-12)
    assert abs(np.mean(ends) - mean) < 5 * sd / np.sqrt(SEQUENCES)
    assert abs(np.std(ends) - sd) < 5 * sd / np.sqrt(2 * SEQUENCES)


def test_no_step_at_the_bound():
    assert write(made(), 1.25, 1) == 1.25
    assert write(made(), -0.75, -1) == -0.75


def test_cancelling_pulses_forget_at_the_predicted_rate():
    """1 / (s_up / upper + s_down / |lower|) up-down pairs per factor of e, within 3 %, from w = 0.5 towards 0."""
    device, w, pairs = made(), 0.5, 0
    while w > 0.5 / np.e:
        w, pairs = write(device, write(device, w, 1), -1), pairs + 1
    assert pairs == pytest.approx(1 / (0.002 / 1.25 + 0.002 / 0.75), rel=0.03)


def test_cancelling_pulses_end_at_the_symmetry_point():
    """Where both steps are equal: (s_up - s_down) / (s_up / upper - s_down / lower)."""
    device, w = made((0.003, 0.001, 1.0, -0.5)), 0.9
    for _ in range(5000):
        w = write(device, write(device, w, 1), -1)
    assert w == pytest.approx((0.003 - 0.001) / (0.003 / 1.0 + 0.001 / 0.5), abs=0.003)  # within one step


def test_a_stuck_device_never_moves():
    device = made((0.0, 0.0, 0.3, 0.3), 3.75)
    for pulses in (1, -1, 50, -50):
        assert write(device, 0.3, pulses, normal=3.0) == 0.3


@pytest.mark.parametrize("gamma", [0.0, 1e-6, 0.05, 1.0])
@pytest.mark.parametrize("pulses", [2, 31, 1023])
def test_a_merged_train_is_exact_in_single_precision_however_small_the_fade(gamma, pulses):
    """Relative to the distance travelled, against the sum in float64."""
    device = made((1e-4, 1e-4, 1.0, -1.0), gamma=gamma, real=np.float32)
    q = 1 - np.float64(device.fade_up[0, 0])
    wanted = 0.3 * q**pulses + np.float64(device.step_up[0, 0]) * sum(q**k for k in range(pulses))
    assert abs(write(device, 0.3, pulses) - wanted) < 1e-5 * abs(wanted - 0.3) + 3e-8


def test_a_step_beyond_the_bound_is_cut_off():
    """A device whose step exceeds its range (log-normal spread): q = 1 - s / b is negative."""
    device = made((1.5, 1.5, 1.0, -1.0))
    assert write(device, 0.0, 1) == 1.0
    assert not is_clear(device, 0, 0, np.float64(0), np.float64(2))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("normal", [-0.7, 0.0, 0.7])
def test_multiplicative_noise_scales_the_whole_step(sign, normal):
    bound = 1.25 if sign > 0 else -0.75
    wanted = 0.5 + sign * 0.002 * (1 - 0.5 / bound) * (1 + 0.3 * normal)
    assert write(multiplicative(spread=0.3), 0.5, sign, normal) == pytest.approx(wanted, rel=1e-12)


def moments(device, w, pulses):
    """Mean, variance and skewness of where so many pulses lead, over the one normal that they are given (Gauss-Hermite)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    ends, weights = np.array([write(device, w, pulses, node) for node in nodes]), weights / weights.sum()
    mean = weights @ ends
    variance = weights @ (ends - mean)**2
    return mean, variance, weights @ (ends - mean)**3 / variance**1.5


def product_moments(device, w, pulses):
    """The same of as many single pulses: the way left is multiplied by independent factors 1 - f (1 + sigma xi)."""
    fade, step = (device.fade_up, device.step_up) if pulses > 0 else (device.fade_down, device.step_down)
    f, n, noise = fade[0, 0], abs(pulses), (fade[0, 0] * device.spread_ctoc)**2
    q, first = 1 - f, np.sign(pulses) * step[0, 0] - f * w
    one, two, three = q**n, (q**2 + noise)**n, (q**3 + 3 * q * noise)**n
    variance = two - one**2
    return w + first / f * (1 - one), (first / f)**2 * variance, -np.sign(first) * (three - 3 * one * two + 2 * one**3) / variance**1.5


# fade 0.002 / bound; of the last, n (f sigma)^2 is as large as it may be
@pytest.mark.parametrize("pulses, hidden, spread", [
    (2, RRAM, 0.3), (31, RRAM, 0.3), (-31, RRAM, 0.3), (300, RRAM, 0.3), (4, (0.2, 0.2, 1.0, -1.0), 0.05),
    (2, (0.05, 0.05, 1.0, -1.0), 0.3), (-20, (0.02, 0.02, 1.0, -1.0), 0.24)])
def test_merged_multiplicative_pulses_have_the_moments_of_single_ones(pulses, hidden, spread):
    device = multiplicative(hidden=hidden, spread=spread)
    (mean, variance, skewness), wanted = moments(device, 0.1, pulses), product_moments(device, 0.1, pulses)
    assert mean == pytest.approx(wanted[0], rel=1e-10)
    assert variance == pytest.approx(wanted[1], rel=1e-6)
    fade = (device.fade_up if pulses > 0 else device.fade_down)[0, 0]
    extra = np.sign(pulses) * 3 * fade * spread / (1 - fade) / np.sqrt(abs(pulses))
    assert wanted[2] - skewness == pytest.approx(extra, rel=0.05, abs=2e-5) and abs(extra) < 0.05


@pytest.mark.parametrize("sign", [1, -1])
def test_merged_multiplicative_pulses_end_where_fired_ones_do(sign):
    """Mean and standard deviation of 4000 sequences of ten pulses, within 5 standard errors; ten coarse pulses (q = 0.97)."""
    device, rng = multiplicative(hidden=(0.03, 0.03, 1.0, -1.0), spread=0.2), np.random.default_rng(4)
    ends = []
    for noise in rng.standard_normal((SEQUENCES, 10)):
        w = np.float64(-0.2 * sign)
        for normal in noise:
            w = write(device, w, sign, normal)
        ends.append(w)
    assert is_clear(device, 0, 0, np.float64(-0.2 * sign), np.float64(10 * sign))
    mean, variance, _ = moments(device, -0.2 * sign, 10 * sign)
    assert abs(np.mean(ends) - mean) < 5 * np.sqrt(variance / SEQUENCES)
    assert abs(np.std(ends) - np.sqrt(variance)) < 5 * np.sqrt(variance / (2 * SEQUENCES))


@pytest.mark.parametrize("gamma", [0.0, 1e-6, 0.05, 1.0])
@pytest.mark.parametrize("pulses", [2, 31, 1023])
@pytest.mark.parametrize("make", [made, multiplicative])
def test_a_noisy_merged_train_is_the_same_in_single_precision(make, gamma, pulses):
    """Relative to the distance travelled, against float64, 2.5 standard deviations out."""
    ends = [write(make(hidden=(1e-4, 1e-4, 1.0, -1.0), spread=0.3, gamma=gamma, real=real), 0.3, pulses, 2.5)
            for real in (np.float32, np.float64)]
    assert abs(ends[0] - ends[1]) < 1e-5 * abs(ends[1] - 0.3) + 3e-8


@pytest.mark.parametrize("real", [np.float32, np.float64])
@pytest.mark.parametrize("pulses", [1, -1])
def test_a_single_multiplicative_pulse_is_the_formula_to_the_bit(pulses, real):
    device, rng = multiplicative(spread=0.3, real=real), np.random.default_rng(2)
    for w, normal in zip(rng.uniform(-0.7, 0.7, 50).astype(real), rng.standard_normal(50).astype(real), strict=True):
        step, fade = (device.step_up[0, 0], device.fade_up[0, 0]) if pulses > 0 else (-device.step_down[0, 0], device.fade_down[0, 0])
        assert write(device, w, pulses, normal) == w + (step - fade * w) * (real(1) + device.spread_ctoc * normal)


COARSE = (0.02, 0.02, 1.0, -1.0)  # fade 0.02


@pytest.mark.parametrize("parts, w, pulses, merges", [
    ({"spread": 0.3}, 0.0, 1, True),
    ({"spread": 0.3}, 0.0, 31, True),
    ({"spread": 0.3}, -0.7, 31, True),    # away from the bound that is near
    ({"spread": 0.3}, 1.24, 31, True),    # soft bounds: no way left, and no noise on it
    ({"spread": 3.0}, -0.74, 31, False),  # up, but noise could lead back to the lower bound
    ({"hidden": COARSE}, 0.0, 49, True),
    ({"hidden": COARSE}, 0.0, 51, False),                            # n f > 1
    ({"hidden": (0.3, 0.3, 1.0, -1.0)}, 0.0, 2, False),              # f > 1/4
    ({"hidden": COARSE, "spread": 0.3}, -0.3, 13, True),             # n (f sigma)^2 = 0.96 / 2048
    ({"hidden": COARSE, "spread": 0.3}, -0.3, 14, False),            # 1.03 / 2048
    ({"hidden": (0.001, 0.001, 1.0, -1.0), "gamma": -0.5}, 0.0, 2, False),  # steps that grow
    ({"hidden": (0.02, 0.02, 0.5, -0.5), "gamma": 0.0, "spread": 0.3}, 0.3, 5, True),  # 0.3 + 5 steps + 6 sd is 0.48
    ({"hidden": (0.02, 0.02, 0.5, -0.5), "gamma": 0.0, "spread": 0.3}, 0.3, 6, False)])  # 0.51
def test_multiplicative_pulses_merge_where_no_bound_is_met_and_little_is_lost(parts, w, pulses, merges):
    device = multiplicative(**parts)
    assert is_clear(device, 0, 0, np.float64(w), np.float64(pulses)) == merges


def test_forgetting_of_a_linear_step_device_is_as_predicted():
    """1 / (fade up + fade down) up-down pairs per factor of e: EcRam of aihwkit, 701, within 3 %."""
    device, w, pairs = multiplicative(hidden=(0.002, 0.002, 1.1724, -0.8276)), 0.5, 0
    device = device._replace(fade_up=np.array([[0.1153 * 0.002 / 1.1724]]), fade_down=np.array([[0.5085 * 0.002 / 0.8276]]))
    while w > 0.5 / np.e:
        w, pairs = write(device, write(device, w, 1), -1), pairs + 1
    assert pairs == pytest.approx(1 / (device.fade_up[0, 0] + device.fade_down[0, 0]), rel=0.03)
    assert pairs == pytest.approx(701, rel=0.03)
