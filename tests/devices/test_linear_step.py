"""Linear-step devices: soft bounds, additive and multiplicative noise."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.devices.linear_step import LinearStep, LinearStepAdditive
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
    return LinearStep(*made(**parts)[:-1])


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


def test_multiplicative_noise_is_never_merged():
    device = multiplicative(spread=0.3)
    assert is_clear(device, 0, 0, np.float64(0), np.float64(1)) and not is_clear(device, 0, 0, np.float64(0), np.float64(2))


def test_forgetting_of_a_linear_step_device_is_as_predicted():
    """1 / (fade up + fade down) up-down pairs per factor of e: EcRam of aihwkit, 701, within 3 %."""
    device, w, pairs = multiplicative(hidden=(0.002, 0.002, 1.1724, -0.8276)), 0.5, 0
    device = device._replace(fade_up=np.array([[0.1153 * 0.002 / 1.1724]]), fade_down=np.array([[0.5085 * 0.002 / 0.8276]]))
    while w > 0.5 / np.e:
        w, pairs = write(device, write(device, w, 1), -1), pairs + 1
    assert pairs == pytest.approx(1 / (device.fade_up[0, 0] + device.fade_down[0, 0]), rel=0.03)
    assert pairs == pytest.approx(701, rel=0.03)
