"""The same network in two programs; no time is asserted."""
from __future__ import annotations

import pytest

from neurosim.bench import command, peers, spiking
from neurosim.bench.peers import Unavailable, brian2


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def test_a_small_cuba_network_is_that_of_brian2():
    """400 neurons, a tenth of a second, four realisations each: rates within the spread.  Its code for NumPy needs no compiler."""
    lines, same = spiking.compare("cuba", 4, 400, 0.1, ("numpy",))
    assert [line.peer for line in lines] == ["Brian2 numpy"] and lines[0].ratio > 0
    rate = next(line for line in same if line.quantity == "rate_Hz")
    assert rate.runs == 4 and rate.ours[0] > 1 and abs(rate.ours[0] - rate.peer[0]) < 0.35 * rate.peer[0]


def test_a_peer_that_does_not_run_is_unavailable():
    with pytest.raises(Unavailable, match="no_such_mode|Unknown|KeyError|ValueError|target"):
        brian2("cuba", "no_such_mode", 100, 0.01)
    lines, same = spiking.compare("cuba", 1, 100, 0.01, ("no_such_mode",))
    assert lines[0].note.startswith("unavailable: ") and same == []
    assert command.tables(lines)[0][1][0][-1].startswith("unavailable")


def test_nest_is_unavailable_without_an_interpreter_that_has_it(monkeypatch):
    monkeypatch.setattr(peers.importlib.util, "find_spec", lambda package: None)
    monkeypatch.setenv("NEUROSIM_CLIENTS", "/no/such/folder")
    peers.interpreter.cache_clear()
    lines, same = spiking.compare("cuba", 1, 100, 0.01, (spiking.NEST,))
    peers.interpreter.cache_clear()
    assert lines[0].peer == "NEST" and lines[0].note == "unavailable: no interpreter has nest" and same == []
