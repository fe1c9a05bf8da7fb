"""Rows of pulses: whole, or cell by cell where few are pulsed."""
from __future__ import annotations

import numpy as np
import pytest
from components import DEVICES, PULSED

from neurosim.devices import firing
from neurosim.devices.constant_step import ConstantStep
from neurosim.devices.firing import fire_row
from neurosim.random import Key
from neurosim.storage import zeros
from neurosim.workspace import workspace

KEY, N = Key(3, 17, 5), 128


def arrays(part):
    """Every array of a part, those of what is inside it among them."""
    for item in part if isinstance(part, tuple) else ():
        if isinstance(item, np.ndarray):
            yield item
        yield from arrays(item)


def ends(name, pulses, row=1):
    """Conductance and all that a device remembers after one row of pulses."""
    cells = zeros((2, N), np.float32)
    cells[...] = np.linspace(-0.9, 0.9, N)
    device, scratch = DEVICES[name](cells), workspace(0, N, np.float32)
    scratch.uniform[...] = pulses
    fire_row(device, cells, row, scratch, KEY)
    assert not scratch.uniform.any()
    return [cells, *(array for array in arrays(device) if array.shape == cells.shape)]


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("name", PULSED)
def test_bits_do_not_depend_on_how_a_row_is_visited(name, share, monkeypatch):
    rng = np.random.default_rng(1)
    pulses = np.where(rng.random(N) < share, rng.integers(-5, 6, N), 0)
    pulses[7] = 3
    found = []
    for many, few in ((N + 1, N + 1), (1, N + 1), (1, 1)):  # all drawn for and visited, all visited, only those that are pulsed
        monkeypatch.setattr(firing, "MANY", many)
        monkeypatch.setattr(firing, "FEW", few)
        found.append(ends(name, pulses))
    for a, b, c in zip(*found, strict=True):
        assert a.tobytes() == b.tobytes() == c.tobytes()


@pytest.mark.parametrize("name", [name for name in PULSED if "pair" not in name])  # whose refresh looks at the whole row
def test_what_a_cell_gets_does_not_depend_on_the_others(name):
    """Pulses of three cells, alone and in a row of pulses; by the counts of the row they are fired one way and the other."""
    pulses, among, which = np.zeros(N), np.full(N, 2), [3, 64, 100]
    pulses[which] = among[which] = 4
    assert 3 * firing.FEW < N
    for alone, full in zip(ends(name, pulses), ends(name, among), strict=True):
        assert alone[1, which].tobytes() == full[1, which].tobytes()


def test_a_row_without_pulses_draws_nothing_and_stays():
    g, scratch = np.full((1, N), 0.1), workspace(0, N, np.float64)
    step = np.full((1, N), 0.01)
    device = ConstantStep(np.float64(0.01), np.float64(31), step, step, step + 1, -step - 1, np.float64(0.3), np.float64(1.5))
    fire_row(device, g, 0, scratch, KEY)
    assert (g == 0.1).all() and not scratch.normal.any()
