"""Exponential-step device."""
from __future__ import annotations

import pathlib

import numpy as np
import pytest

from neurosim.contract import program
from neurosim.devices.exp_step import ExpStep

GOLDEN = np.load(pathlib.Path(__file__).parents[1] / "golden" / "devices" / "pulse_response.npz")
SHAPE = (-1.18445, -0.081404, 5.0, 5.0, -0.5, -0.5)  # ReRamES of aihwkit: A up, A down, gamma up, gamma down, a, b
UP, DOWN = 0.00135, 0.00135 * (1 - 0.259359)
SEQUENCES = 4_000


def made(spread=0.0, hidden=(UP, DOWN, 1.0, -1.0), shape=SHAPE):
    """Devices whose nominal step is one unit of request; `hidden`: step up, step down, upper, lower."""
    return ExpStep(
        np.float64(1), np.float64(np.inf), *(np.atleast_2d(np.asarray(row, np.float64)) for row in hidden),
        np.float64(spread), *map(np.float64, shape))


def write(device, w, pulses, normal=0.0, c=0):
    return program(device, 0, c, np.float64(w), np.float64(pulses), np.float64(0), np.float64(normal), np.float64(0))


def mean_step(w, sign):
    """The law, literally, for bounds +-1."""
    a_up, a_down, gamma_up, gamma_down, a, b = SHAPE
    z = 2 * a * w / (1.0 - -1.0) + b
    if sign > 0:
        return UP * max(1 - a_up * np.exp(gamma_up * z), 0)
    return -DOWN * max(1 - a_down * np.exp(-gamma_down * z), 0)


@pytest.mark.parametrize("name", ["rram_exp_step", "exp_step"])
def test_noise_free_response_equals_aihwkit(name):
    """Their float32 against our float64: 1e-6 after 2000 pulses."""
    device, wanted = made(0.0, GOLDEN[f"{name}_hidden"], GOLDEN[f"{name}_shape"]), GOLDEN[f"{name}_response"]
    for c in range(wanted.shape[1]):
        response = [np.float64(0)]
        for n in range(2000):
            response.append(write(device, response[-1], 1 if n < 1000 else -1, c=c))
        assert np.abs(np.array(response)[::10] - wanted[:, c]).max() < 1e-6


@pytest.mark.parametrize("w", [-0.9, 0.0, 0.6])
@pytest.mark.parametrize("sign", [1, -1])
def test_step_depends_exponentially_on_the_state(w, sign):
    assert write(made(), w, sign) - w == pytest.approx(mean_step(w, sign), rel=1e-10)


@pytest.mark.parametrize("sign", [1, -1])
def test_merged_mean_is_that_of_single_pulses(sign):
    device, w = made(), 0.3
    for _ in range(31):
        w = write(device, w, sign)
    assert write(device, 0.3, 31 * sign) == w


@pytest.mark.parametrize(("w", "sign"), [(0.2, 1), (0.2, -1), (0.9999, 1), (-0.9999, -1)])
@pytest.mark.parametrize("normal", [1.0, -1.0, -0.3])
def test_one_noisy_pulse_is_exact_also_at_the_bound(w, sign, normal):
    """clip(w +- s y (1 + sigma xi)), one clip at the end; the sign of xi is free for down pulses."""
    step = mean_step(w, sign)
    wanted = np.clip(w + step + 5.0 * abs(step) * normal, -1, 1)
    assert write(made(spread=5.0), w, sign, normal) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_noise_of_a_train_has_the_variance_of_its_pulses(sign):
    """Five pulses: standard deviation over 4000 sequences of single pulses."""
    device, rng = made(spread=0.3), np.random.default_rng(5)
    ends = []
    for noise in rng.standard_normal((SEQUENCES, 5)):
        w = np.float64(0.1)
        for normal in noise:
            w = write(device, w, sign, normal)
        ends.append(w)
    mean = write(device, 0.1, 5 * sign)
    sd = write(device, 0.1, 5 * sign, 1.0) - mean
    assert abs(np.mean(ends) - mean) < 5 * sd / np.sqrt(SEQUENCES)
    assert abs(np.std(ends) - sd) < 5 * sd / np.sqrt(2 * SEQUENCES)


def test_a_step_never_turns_round():
    """Where 1 - A exp(gamma z) is negative, a pulse does nothing."""
    device = made(shape=(2.0, 0.5, 5.0, 5.0, 0.0, 0.0))
    assert write(device, 0.3, 7) == 0.3
    assert write(device, 0.3, -1) == 0.3 - DOWN * 0.5


def test_a_stuck_device_never_moves():
    device = made(spread=5.0, hidden=(0.0, 0.0, 0.3, 0.3))
    for pulses in (1, -1, 50, -50):
        assert write(device, 0.3, pulses, normal=3.0) == 0.3
