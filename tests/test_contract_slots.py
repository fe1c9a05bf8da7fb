"""The contract itself: defaults of the slots, and which must be filled."""
from __future__ import annotations

import inspect
from typing import NamedTuple

import numpy as np
import pytest
from assemble import heard, local_of

from neurosim import contract, schedules
from neurosim.random import Key


class Bare(NamedTuple):
    """Fills no slot."""


SLOTS = {name: slot for name, slot in vars(contract).items() if hasattr(slot, "fillings")}
CONSTANTS = {
    "passes": 1, "draws": 0, "is_dense_in_time": False, "is_lateral": False, "is_plastic": True, "is_mergeable": True,
    "is_jittery": False, "is_silent": False, "is_antithetic": False, "listens": 0, "measures": False, "wants_slope": False,
    "is_deferred": False, "is_ageing": False}
MUST_BE_FILLED = ("inject", "program", "step")
KEY = Key(1, 2, 3)


def arrays(n=3):
    return [np.full((2, 64), 1.0 + k) for k in range(n)]


@pytest.mark.parametrize("name", SLOTS)
def test_every_slot_says_what_it_is_for(name):
    assert inspect.getdoc(SLOTS[name])


@pytest.mark.parametrize(("name", "otherwise"), CONSTANTS.items())
def test_constants_have_the_stated_default(name, otherwise):
    assert SLOTS[name](Bare()) is otherwise


@pytest.mark.parametrize("name", MUST_BE_FILLED)
def test_what_a_part_is_there_for_must_be_filled(name):
    arguments = len(inspect.signature(SLOTS[name]).parameters) - 1
    with pytest.raises(TypeError, match=rf"Bare does not fill the slot {name}\("):
        SLOTS[name](Bare(), *[None] * arguments)


def test_everything_else_has_a_default():
    for name in SLOTS.keys() - MUST_BE_FILLED - CONSTANTS.keys():
        arguments = len(inspect.signature(SLOTS[name]).parameters) - 1
        try:
            SLOTS[name](Bare(), *[np.zeros((1, 1))] * arguments)
        except TypeError as error:
            raise AssertionError(f"{name}: {error}") from error


def test_a_schedule_must_answer_all_three_questions():
    for name, arguments in (("due", 1), ("after_step", 2), ("after_trial", 3)):
        with pytest.raises(TypeError, match=rf"Bare does not fill the slot {name}\("):
            getattr(schedules, name)(Bare(), *[None] * arguments)


def test_a_weight_is_its_conductance_and_a_change_its_drive_unless_said_otherwise():
    assert contract.sense(Bare(), 1, 2, np.float32(0.3)) == np.float32(0.3)
    assert contract.change(Bare(), 1, 2, np.float32(9), np.float32(0.3), np.float32(7)) == np.float32(0.3)


def test_no_converter_no_read_noise_and_the_clean_pass_unless_said_otherwise():
    assert not contract.converts_input(Bare())
    assert not contract.converts_output(Bare())
    assert not contract.is_read_noisy(Bare())
    assert contract.presynaptic_pass(Bare()) == 0


def test_defaults_of_parts_that_do_nothing_change_nothing():
    a, b, c = arrays()
    losses, local = heard(a[:, 0], b[:, 0], c[:, :2]), local_of(a, b, c, c)
    contract.credit(Bare(), local, losses, b, a[:, 0])
    contract.gauge(Bare(), local, a[:, 0])
    contract.explain(Bare(), KEY, 0, local, c)
    contract.note(Bare(), 0, local, losses)
    contract.close(Bare(), 0, 1, a)
    contract.condition(Bare(), 0, b)
    contract.receive(Bare(), a)
    contract.stray(Bare(), None, a, b, 1)
    contract.forget(Bare())
    contract.transmit(Bare(), KEY, 0, losses)
    contract.record(Bare(), 0, 0, Bare(), a, b)
    contract.encode(Bare(), a, b)
    contract.disturb(Bare(), None, KEY, a, b)
    contract.decode(Bare(), a, b)
    contract.roll(Bare(), KEY, 0, None)
    contract.shake(Bare(), None, KEY, 0)
    contract.deliver(Bare(), a, b, c, 0, 2)
    contract.blank(Bare(), a)
    assert all((found == wanted).all() for found, wanted in zip((a, b, c), arrays(), strict=True))


def test_without_synapses_activity_is_copied():
    z, current, _ = arrays()
    contract.sweep(Bare(), None, 0, z, current, KEY)
    assert (current == z).all()
