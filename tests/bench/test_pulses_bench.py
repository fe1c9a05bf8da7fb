"""The updates that are compared ask for the same; no time is asserted."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.bench import pulses
from neurosim.bench.peers import Unavailable
from neurosim.storage import padded, zeros
from neurosim.workspace import workspace

F = np.float32
N = 40


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def test_the_updates_that_are_compared_move_the_weights_alike():
    """The largest request is 5 steps; sums over a row and a column of 40 cells, twice their spread of about 20 steps allowed for."""
    request, scratch = pulses.request_of(N, 5.0, 0.001), workspace(0, padded(N), F)
    exact, (device, trains), (other, counts) = zeros((N, padded(N)), F), pulses.device_of(N, "additive"), pulses.device_of(N, "additive")
    pulses.exactly(exact, request, 1)
    pulses.turn_round(request)
    pulses.by_trains(pulses.scheme_of(request), device, trains, request, scratch, 1)
    pulses.turn_round(request)
    pulses.by_counts(other, counts, request, scratch, 1)
    for moved in (trains, counts):
        assert np.corrcoef(moved[:, :N].ravel(), exact[:, :N].ravel())[0, 1] > 0.7
        assert 0.7 < (moved * exact).sum() / (exact * exact).sum() < 1.3
    assert device.up.sum() + device.down.sum() > N * N / 2


class Elsewhere:
    """Another program."""

    closed = 0

    def __init__(self, n, steps):
        pass

    def seconds(self):
        return 1.0

    def close(self):
        Elsewhere.closed += 1


def test_a_program_that_is_not_there_has_a_line_that_says_so():
    def nowhere(n, steps):
        raise Unavailable("not here")

    lines = pulses.pulsed_updates(1, N, (10.0,), ("additive",), 1, nowhere)
    assert [(line.peer, line.note) for line in lines][0] == ("aihwkit", "unavailable: not here") and len(lines) == 3


def test_there_is_a_line_for_every_request_and_peer_and_the_share_is_that_of_theory():
    lines = pulses.pulsed_updates(1, N, (10.0, 0.01), ("additive",), 1, Elsewhere)
    assert [line.peer for line in lines] == 2 * ["exact weights", "counts cell by cell", "aihwkit"] and Elsewhere.closed == 2
    assert lines[2].peer_time.median == 1e9 / N**2
    x, d = (np.abs(factor[0, :N]).astype(float) for factor in pulses.request_of(N, 10.0, 0.001)[:2])
    chance = np.outer(np.minimum(x / np.sqrt(0.031), 1), np.minimum(d / np.sqrt(0.031), 1))
    wanted = (1 - (1 - chance)**31).mean()
    assert float(lines[0].note.split()[0]) / 100 == pytest.approx(wanted, abs=0.08)
    assert float(lines[-1].note.split()[0]) < 2 and all(line.ours_time.median > 0 for line in lines)
