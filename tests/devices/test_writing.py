"""Rows of requests as pulses: counts, rounds and program-and-verify."""
from __future__ import annotations

import numpy as np
import pytest
from components import DEVICES, PULSED

from neurosim.devices.constant_step import ConstantStep
from neurosim.devices.firing import fire_row
from neurosim.devices.writing import pulse_span, verify_row, write_row
from neurosim.random import Key
from neurosim.storage import zeros
from neurosim.workspace import workspace

KEY, N = Key(3, 17, 5), 128


def scratch_of(n=N, dtype=np.float64):
    return workspace(0, n, dtype)


def constant(step=0.01, sigma=0.3, upper=1.0, n=N):
    cells = [np.full((1, n), value) for value in (step, step, upper, -1.0)]
    return ConstantStep(np.float64(0.01), np.float64(31), *cells, np.float64(sigma), np.float64(5 * sigma))


def test_a_train_that_may_meet_a_bound_is_fired_pulse_by_pulse():
    """8 pulses from 0.92 with a bound at 1: what would be lost at the bound is lost, the noise of every pulse its own; 5 sigma."""
    g, scratch = np.full((1, N), 0.92), scratch_of()
    device = constant(sigma=1.0)
    scratch.uniform[...] = 8
    fire_row(device, g, 0, scratch, KEY)
    assert (scratch.uniform == 0).all() and g.max() <= 1
    rng = np.random.default_rng(1)
    w = np.full(20_000, 0.92)
    for _ in range(8):
        w = np.minimum(w + 0.01 * (1 + rng.standard_normal(w.size)), 1)
    assert abs(g.mean() - w.mean()) < 5 * w.std() / np.sqrt(N)
    assert abs(g.std() / w.std() - 1) < 0.5


def test_rounds_draw_anew():
    """Two pulses that cannot be merged have different noise: the second is not the first again."""
    g, scratch, device = np.full((1, N), 0.98), scratch_of(), constant(upper=10.0)._replace(margin=np.float64(1e6))
    scratch.uniform[...] = 2
    fire_row(device, g, 0, scratch, KEY)
    noise = (g[0] - 1.0) / 0.003
    assert abs(noise.std() - np.sqrt(2)) < 5 * np.sqrt(2) / np.sqrt(2 * N)  # 2 if the same normal were used twice


@pytest.mark.parametrize("name", PULSED)
def test_a_span_is_fired_like_a_row(name):
    """The cells of a single row, asked for as a row and as a span from the first cell on."""
    ends = []
    for write in (lambda d, g, s: write_row(d, g, 0, s.drive, 0, s, KEY), lambda d, g, s: pulse_span(d, g, 0, N, s.drive, s, KEY)):
        cells = zeros((1, N), np.float32)
        cells[...] = 0.1
        device, scratch = DEVICES[name](cells), scratch_of(N, np.float32)
        scratch.drive[...] = 0.043
        write(device, cells, scratch)
        ends.append(cells.tobytes())
    assert ends[0] == ends[1]


def test_what_is_not_finite_does_not_run_for_ever():
    g, scratch, device = np.zeros((1, N)), scratch_of(), constant()
    scratch.drive[0, 3] = np.nan
    write_row(device, g, 0, scratch.drive, 0, scratch, KEY)
    assert np.isfinite(g).all()


def test_program_and_verify_reaches_its_targets():
    g, scratch, device = np.zeros((1, N)), scratch_of(), constant()
    scratch.target[...] = np.linspace(-0.3, 0.3, N)
    assert verify_row(device, g, 0, 0.01, 60, scratch, KEY) == 0
    assert np.abs(g[0] - scratch.target).max() <= 0.01


def test_program_and_verify_says_what_it_cannot_reach():
    g, scratch, device = np.zeros((1, N)), scratch_of(), constant(upper=0.2)
    scratch.target[...] = 0.1
    scratch.target[:5] = 0.5  # beyond the bound
    assert verify_row(device, g, 0, 0.006, 40, scratch, KEY) == 5
    assert np.allclose(g[0, :5], 0.2)


def test_cells_that_are_there_get_no_pulse():
    g, scratch, device = np.full((1, N), 0.1), scratch_of(), constant()
    scratch.target[...] = 0.104
    assert verify_row(device, g, 0, 0.005, 40, scratch, KEY) == 0 and (g == 0.1).all()
