"""The same network in two programs; no time is asserted."""
from __future__ import annotations

import pytest

from neurosim.bench import command, spiking
from neurosim.bench.peers import Brian2, Unavailable


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def test_a_small_cuba_network_is_that_of_brian2():
    """400 neurons, a tenth of a second, four realisations each: rates within the spread.  Its code for NumPy needs no compiler."""
    lines, same = spiking.compare("cuba", 4, 400, 0.1, ("numpy",))
    assert [line.peer for line in lines] == ["Brian2 numpy"] and lines[0].ours_time > 0 and lines[0].peer_time > 0
    rate = next(line for line in same if line.quantity == "rate_Hz")
    assert rate.runs == 4 and rate.ours[0] > 1 and abs(rate.ours[0] - rate.peer[0]) < 0.35 * rate.peer[0]


def test_a_peer_that_does_not_run_is_unavailable():
    with pytest.raises(Unavailable, match="no_such_mode|Unknown|KeyError|ValueError|target"):
        Brian2("cuba", "no_such_mode", 100, 0.01)
    lines, same = spiking.compare("cuba", 1, 100, 0.01, ("no_such_mode",))
    assert lines[0].note.startswith("unavailable: ") and same == []
    assert command.tables(lines, same)[0][1][0][-1].startswith("unavailable")
