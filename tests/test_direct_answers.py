"""Fillings that are nothing, a constant or an argument are told from those that have to be compiled."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from numba import njit, types

from neurosim import defaults, slots
from neurosim.direct import KINDS, Direct, direct
from neurosim.linking import OPTIONS
from neurosim.slots import constant, slot

GLOBAL = 5


def nothing(part, x):
    """Says why."""


def bare(part, x):
    pass


def yes(part, x):
    return True


def number(part, x):
    return 7


def given(part, x):
    return x


def whole(part, x):
    """With words."""
    return part


@pytest.mark.parametrize("filling, answer", [
    (nothing, Direct(None)), (bare, Direct(None)), (yes, Direct(True)), (number, Direct(7)), (given, Direct(argument=1)),
    (whole, Direct(argument=0)), (defaults.same, Direct(argument=3)), (defaults.no, Direct(False)), (defaults.no_credit, Direct(None))])
def test_what_a_filling_comes_to(filling, answer):
    assert direct(filling) == answer


@pytest.mark.parametrize("filling", [
    lambda part, x: x + 1, lambda part, x: -x, lambda part, x: part.x, lambda part, x: 1.5, lambda part, x: (), lambda part, x: "a",
    lambda part, x: GLOBAL, lambda part, x: x[0], lambda part, x: nothing(part, x), lambda part, x: x if part else 0,
    lambda part, x: not x, defaults.square])
def test_what_has_to_be_compiled(filling):
    assert direct(filling) is None


def test_an_argument_that_was_changed_first_has_to_be_compiled():
    def changed(part, x):
        x = x + 1
        return x

    def other(part, x):
        y = x
        return y

    assert direct(changed) is None and direct(other) is None


def test_a_variable_of_the_function_around_has_to_be_compiled():
    outside = 3
    assert direct(lambda part, x: outside) is None


class Loud(NamedTuple):
    """Fills `answer` with an argument."""

    x: float


class Silent(NamedTuple):
    """Fills it with nothing."""

    x: float


class Busy(NamedTuple):
    """Fills it with work."""

    x: float


@slot(default=lambda part, k, x: x)
def answer(part, k, x):
    """What comes of x; changes the first element of k."""


@slot
def deed(part, k):
    """Does something to k."""


depth = constant("depth", 2, "How deep.")
depth.set(9, Loud)


def ask(part, k, x):
    deed(part, k)
    found = answer(part, k, x)
    if depth(part) == 9:
        found += 100
    return found


@pytest.fixture(autouse=True, scope="module")
def _filled():
    before = set(slots._sources)

    @answer.fill(Busy)
    def _work(part, k, x):
        return x * part.x

    @deed.fill(Loud, Silent)
    def _idle(part, k):
        pass

    @deed.fill(Busy)
    def _do(part, k):
        k[0] += 1

    slots._sources.intersection_update(before)
    slots._digest.clear()


@pytest.mark.parametrize("part, x, expected", [
    (Loud(2.0), 3.0, 103.0), (Silent(2.0), 3.0, 3.0), (Busy(2.0), 3.0, 6.0), (Silent(2.0), 3, 3), (Loud(2.0), np.float32(3), 103.0)])
@pytest.mark.parametrize("options", [OPTIONS, {}])
def test_compiled_as_in_plain_python(part, x, expected, options):
    k, plain = np.zeros(1), np.zeros(1)
    assert njit(**options)(ask)(part, k, x) == ask(part, plain, x) == expected and k[0] == plain[0]


def test_a_literal_and_an_array_come_back_as_they_are():
    def literal(part, k):
        return answer(part, k, 4)

    def array(part, k):
        return answer(part, 0, k)

    k = np.arange(3.0)
    assert njit(**OPTIONS)(literal)(Silent(1.0), k) == 4
    assert np.array_equal(njit(array)(Silent(1.0), k), k)


@pytest.mark.parametrize("value", [True, 3, None])
def test_a_constant_has_the_type_that_numba_gives_it(value):
    function = njit(lambda: value)
    function()
    assert types.unliteral(function.nopython_signatures[0].return_type) == KINDS[type(value)]
