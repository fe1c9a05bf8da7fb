"""What a slot does for a class that does not fill it."""
from __future__ import annotations

import inspect
from typing import NamedTuple

import numpy as np
import pytest

from neurosim import contract, defaults


class Bare(NamedTuple):
    """Fills nothing."""


BARE = Bare()


def arrays(n=3):
    return [np.random.default_rng(k).standard_normal((2, 4)) for k in range(n)]


@pytest.mark.parametrize(("slot", "arguments", "wanted"), [
    (contract.sense, (1, 2, 0.25), 0.25), (contract.spread, (0.5,), 0.25), (contract.change, (1, 2, 0.5, 0.125, 9.0), 0.125),
    (contract.presynaptic_pass, (), 0), (contract.converts_input, (), False), (contract.converts_output, (), False),
    (contract.is_read_noisy, (), False)])
def test_a_bare_part_answers_as_an_exact_one(slot, arguments, wanted):
    assert slot(BARE, *arguments) == wanted


@pytest.mark.parametrize(("slot", "n", "before", "after"), [
    (contract.receive, 1, (), ()), (contract.gauge, 2, (), ()), (contract.credit, 4, (), ()), (contract.explain, 2, (None, 3), ()),
    (contract.note, 2, (3,), ()), (contract.close, 1, (0, 5), ()), (contract.condition, 1, (0,), ()),
    (contract.age, 1, (), (None, 0.0)),
    (contract.transmit, 1, (None, 0), ()), (contract.record, 2, (0, 0, None), ()), (contract.encode, 2, (), ()),
    (contract.disturb, 2, (None, None), ()), (contract.decode, 2, (), ()), (contract.roll, 1, (None, 0), ()),
    (contract.shake, 1, (None, 0), ()), (contract.stray, 3, (), (2,)), (contract.forget, 0, (), ()),
    (contract.deliver, 3, (), (0, 2)), (contract.correlate, 1, (), ()), (contract.commit, 1, (), (None,)), (contract.blank, 1, (), ()),
    (contract.rest, 0, (), ()), (contract.align, 0, (2,), ()), (contract.launch, 1, (), ()), (contract.hush, 0, (), ()),
    (contract.pair, 0, (2,), ())])
def test_what_is_not_filled_touches_nothing(slot, n, before, after):
    given = arrays(n)
    kept = [array.copy() for array in given]
    slot(BARE, *before, *given, *after)
    assert all(np.array_equal(a, b) for a, b in zip(given, kept, strict=True))


def test_a_neuron_without_a_slope_has_slope_one():
    current, z, out = arrays()
    contract.slope(BARE, current, z, out)
    assert (out == 1).all() and np.array_equal(z, arrays()[1])


def test_what_is_sent_arrives_at_once_and_rate_neurons_have_no_membrane():
    z, = arrays(1)
    assert contract.arriving(BARE, z) is z
    assert np.isnan(contract.membrane(BARE, 0, 1))


def test_synapses_without_a_sweep_pass_activity_on():
    z, current, _ = arrays()
    contract.sweep(BARE, None, 0, z, current, None)
    assert np.array_equal(current, z) and np.array_equal(z, arrays()[0])


def test_every_default_serves_a_slot():
    slots = [slot for slot in vars(contract).values() if hasattr(slot, "fillings")]
    used = {inspect.getclosurevars(slot).nonlocals["default"] for slot in slots}
    assert {function for _, function in inspect.getmembers(defaults, inspect.isfunction)} <= used
