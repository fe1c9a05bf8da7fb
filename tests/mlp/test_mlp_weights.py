"""What holds the weights of a layer."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.mlp.devices import PUBLISHED
from neurosim.mlp.weights import Digital, placed, whole_pulses
from neurosim.tiles import pulses

EPIRAM = PUBLISHED["EpiRAM"]


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """A few pulses are faster than a compiler."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def test_requests_are_rounded_to_whole_pulses_of_their_direction():
    """A pulse up is 2 / 100, one down 2 / 50."""
    wanted = np.array([[0.009, 0.01, 0.031, 0.0], [-0.019, -0.021, -0.2, 2.0]])
    assert whole_pulses(wanted, (100, 50)).tolist() == [[0, 1, 2, 0], [0, -1, -5, 100]]


def test_numbers_of_six_bits_are_read_rounded_down_and_kept_as_they_are():
    weights = Digital(np.array([[-1.0, 1.0, 0.0]]), 6)
    np.testing.assert_allclose(weights.read(), [[-1, 1, 2 * 31 / 63 - 1]])
    for _ in range(3):
        weights.change(np.array([[0.0, 0.5, 0.012]]))
    np.testing.assert_allclose(weights.matrix, [[-1, 1, 0.036]])
    np.testing.assert_allclose(weights.read(), [[-1, 1, 2 * 32 / 63 - 1]])
    np.testing.assert_allclose(weights.sums(np.array([[0.0, 1.0, 1.0]])), [[(1 + 2 * 32 / 63 - 1) / 2]])


def test_devices_hold_the_weights_that_were_written_and_count_their_pulses():
    matrix = np.array([[1.0, -1 / 3, 0.0], [-1.0, 2 / 3, 1 / 3]])
    device = placed("EpiRAM", EPIRAM, matrix, 1, 1)
    np.testing.assert_allclose(device.read(), matrix, atol=1e-12)
    device.change(np.array([[0.0, 5 / 32, 0.0], [0.4 / 32, 0.0, -2 / 32]]))
    up, down = pulses(device.array)
    assert up.tolist() == [[0, 5, 0], [0, 0, 0]] and down.tolist() == [[0, 0, 0], [0, 0, 2]]
    moved = device.read() - matrix
    assert (moved != 0).tolist() == [[False, True, False], [False, False, True]]


def test_the_converter_rounds_both_sums_down():
    """10 lines, 3 of them on: the reference is 1.5 of 10, 38.25 of 255; conductances 0.5 (1 + w) sum to 1.5 + 0.5 (0.9)."""
    matrix = np.zeros((1, 10))
    matrix[0, :3] = 0.5, 0.5, -0.1
    device = placed("EpiRAM", EPIRAM, matrix, 1, 1)
    lines = np.array([[1.0] * 3 + [0.0] * 7, [0.0] * 10])
    np.testing.assert_allclose(device.sums(lines), [[(np.floor(1.95 * 25.5) - np.floor(38.25)) / 25.5], [0]])
