"""Pulse counts around a pulsed device: exact, whatever the pulses do, and without any influence on them."""
from __future__ import annotations

import numpy as np
import pytest
from components import DEVICES, constant_step, exp_step, one_sided_pair, soft_bounds, write_noise
from worn_devices import worn

from neurosim.circuits.wires import Geometry
from neurosim.contract import draws
from neurosim.devices.firing import fire_row
from neurosim.devices.pulses import fire, granule, longest
from neurosim.devices.wired import wired
from neurosim.devices.worn import MOST, Worn, counted, of_sign
from neurosim.devices.writing import write_row, write_span
from neurosim.random import Key
from neurosim.storage import zeros
from neurosim.workspace import workspace

CELLS = 64


def scratch_of(dtype=np.float64):
    return workspace(0, CELLS, dtype)


def read_through_wires(device):
    """The device behind wires that take nothing away."""
    labels = 1 + np.arange(CELLS).reshape(1, CELLS)
    return wired(device, labels, 1, Geometry(1, CELLS, 1.0, 1.0, 1.0, 1.0), 1e-5, 1.0, np.float64)


def cells(value=0.0, dtype=np.float64):
    g = zeros((1, CELLS), dtype)
    g[...] = value
    return g


def fired(device, g, pulses, now=1):
    """Fire signed pulses, (CELLS,), through the row kernel."""
    scratch = scratch_of(g.dtype)
    scratch.uniform[...] = pulses
    fire_row(device, g, 0, scratch, Key(3, 16, now))


@pytest.mark.parametrize("inner", [constant_step, soft_bounds, exp_step, write_noise(exp_step)])
def test_every_pulse_counts_once_however_trains_are_merged(inner):
    g = cells()
    device, wanted = worn(inner)(g), np.random.Generator(np.random.Philox(3)).integers(-31, 32, (5, CELLS))
    for now, pulses in enumerate(wanted):
        fired(device, g, pulses, now)
    assert (device.up[0] == np.maximum(wanted, 0).sum(axis=0)).all() and (device.down[0] == np.maximum(-wanted, 0).sum(axis=0)).all()


@pytest.mark.parametrize("inner", [constant_step, exp_step])
def test_a_pulse_counts_where_nothing_can_move(inner):
    """Stuck devices, and devices at their bound."""
    g = cells(0.7)
    device = worn(inner)(g)
    for now in range(5):
        fired(device, g, np.full(CELLS, 31.0), now)
    assert (device.up == 155).all() and (device.down == 0).all()


def test_counting_changes_no_conductance():
    bare, g = cells(0.1, np.float32), cells(0.1, np.float32)
    device = worn(soft_bounds)(g)
    for now in range(5):
        for part, held in ((device.inner, bare), (device, g)):
            scratch = scratch_of(np.float32)
            scratch.drive[0] = np.linspace(-0.2, 0.2, CELLS)
            write_row(part, held, 0, scratch.drive, 0, scratch, Key(5, 16, now))
    assert bare.tobytes() == g.tobytes() and (device.up.sum() > 100) and device.down.sum() > 100


def test_an_array_without_requests_counts_nothing():
    g = cells(0.1)
    device = worn(constant_step)(g)
    fired(device, g, np.zeros(CELLS))
    assert not device.up.any() and not device.down.any()


def test_a_pair_counts_the_pulses_of_both_devices():
    g = cells()
    device = worn(one_sided_pair)(g)
    fired(device, g, np.full(CELLS, 7.0))
    fired(device, g, np.full(CELLS, -4.0))
    assert (device.up == 7).all() and (device.down == 4).all()
    can_move = device.inner.plus.step_up[0] > 0
    assert (device.inner.g_plus[0, can_move] > 0).all() and (device.inner.g_minus[0, can_move] > 0).all()


@pytest.mark.parametrize("beyond", [0.0, 1e-6, 3.2, 1e30])
@pytest.mark.parametrize("around", [lambda device: device, read_through_wires])
def test_what_the_longest_train_leaves_over_is_counted(beyond, around):
    g, scratch = cells(), scratch_of()
    device = worn(constant_step)(g)
    scratch.drive[0, :4] = np.array([1, -1, 0.5, 0]) * longest(device) * granule(device)
    scratch.drive[0, :2] += np.array([1, -1]) * beyond * granule(device)
    write_row(around(device), g, 0, scratch.drive, 0, scratch, Key(5, 16, 0))
    assert device.lost.tolist() == [2 * (beyond > 0), 2 * min(round(beyond), int(MOST))]
    assert (device.up[0, 0], device.down[0, 1]) == (longest(device), longest(device))


def test_cells_of_a_span_leave_over_what_is_theirs():
    """The cells before the span hold what earlier spans asked for."""
    g, scratch = cells(), scratch_of()
    device = worn(constant_step)(g)
    scratch.drive[0] = 2 * longest(device) * granule(device)
    write_span(device, g, 5, 8, scratch.drive, scratch, Key(5, 16, 0))
    assert device.lost.tolist() == [3, 3 * int(longest(device))] and device.up.sum() == 3 * int(longest(device))


def test_a_request_without_a_count_leaves_nothing_over():
    g, scratch = cells(), scratch_of()
    device = worn(constant_step)(g)
    scratch.drive[0, 0] = np.nan
    write_row(device, g, 0, scratch.drive, 0, scratch, Key(5, 16, 0))
    assert device.lost.tolist() == [0, 0]


@pytest.mark.parametrize(("count", "more", "total"), [(0, 0, 0), (5, 3, 8), (int(MOST), 1, MOST), (int(MOST) - 2, 1023, MOST)])
def test_a_count_stops_at_the_largest_number_that_it_can_hold(count, more, total):
    found = counted(np.int32(count), np.int32(more))
    assert found == total and found.dtype == np.int32


def test_a_request_that_is_not_a_number_counts_nothing():
    g = cells()
    device = worn(constant_step)(g)
    fire(device, 0, 0, *map(np.float64, (0.0, np.nan, 0.0, 0.0)))
    assert device.up[0, 0] == device.down[0, 0] == 0


@pytest.mark.parametrize("real", [np.float32, np.float64])
def test_a_signed_number_of_pulses_is_either_up_or_down(real):
    assert [tuple(map(int, of_sign(real(n)))) for n in (31, 1, 0, -1, -1023)] == [(31, 0), (1, 0), (0, 0), (0, 1), (0, 1023)]
    assert {part.dtype for n in (-2, 0, 2) for part in of_sign(real(n))} == {np.dtype(np.int32)}


def test_a_wrapper_draws_what_the_device_inside_draws():
    assert draws(worn(constant_step)(cells())) == 2 and draws(worn(write_noise(exp_step))(cells())) == 3
    assert isinstance(DEVICES["worn, mortal"](cells()), Worn)
