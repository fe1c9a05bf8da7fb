"""Helpers are compiled once, with what calls them; what calls them in numba's own way still can."""
from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from numba.core.event import Listener, install_listener

from neurosim.linking import OPTIONS, Part, Whole, _called_by
from neurosim.slots import inlined, shared


@shared
def half(x):
    return x / 2


@inlined
def quarter(x):
    return half(half(x))


@shared
def at(array, k):
    if k >= array.size:
        raise ValueError("no such element")
    return quarter(array[k])


def total(array, n):
    found = 0.0
    for k in range(n):
        found += at(array, k) + half(array[k])
    return found


ARRAY = np.arange(5.0)


@pytest.mark.parametrize("options", [OPTIONS, {}, {"no_cpython_wrapper": False, "boundscheck": True}])
def test_helpers_of_helpers_reach_any_caller(options):
    assert njit(**options)(total)(ARRAY, 5) == total(ARRAY, 5) == 7.5


@pytest.mark.parametrize("options", [OPTIONS, {}])
def test_an_error_of_a_helper_reaches_python(options):
    with pytest.raises(ValueError, match="no such element"):
        njit(**options)(total)(ARRAY, 6)


def test_a_part_is_never_made_into_machine_code_and_a_whole_holds_nothing_but_what_python_calls(monkeypatch):
    finished = []
    for kind in (Part, Whole):
        monkeypatch.setattr(kind, "_finalize_specific", lambda self, done=kind._finalize_specific: (finished.append(self), done(self)))
    function = njit(**OPTIONS)(total)
    function(ARRAY, 2)
    assert [type(library) for library in finished] == [Whole]
    assert ["cpython" in function.name for function in finished[0].get_defined_functions() if "total" in function.name] == [True]


def test_a_helper_that_numba_compiled_itself_may_stand_between():
    @njit
    def middle(x):
        return quarter(x) + 1

    @shared
    def outer(x):
        return middle(x) + half(x)

    def run(x):
        return outer(x)

    assert njit(**OPTIONS)(run)(8.0) == 7.0


def test_each_helper_is_lowered_once_for_its_types():
    class Heard(Listener):
        names = []

        def on_start(self, event):
            self.names.append(event.data["dispatcher"].py_func.__name__)

        def on_end(self, event):
            pass

    @shared
    def alone(x):
        return x * 3

    def twice(x):
        return alone(x) + alone(x + 1)

    with install_listener("numba:compile", Heard()):
        assert njit(**OPTIONS)(twice)(1.0) == 9.0
    assert Heard.names.count("alone") == 1


def test_callers_are_linked_before_what_they_call():
    """The linker leaves out what nobody calls yet: here the whole names `inner` first, and only `outer` may still call it."""
    inner, outer, whole = (Part.__new__(Part) for _ in range(3))
    inner._linking_libraries, outer._linking_libraries, whole._linking_libraries = [], [inner], [inner, outer]
    assert _called_by(whole) == [outer, inner]


def test_what_is_not_linked_is_no_address_of_zero(monkeypatch):
    def doubled_half(x):
        return half(x) * 2
    monkeypatch.setattr("neurosim.linking._called_by", lambda library: [])
    with pytest.raises(RuntimeError, match="not linked: .*half"):
        njit(**OPTIONS)(doubled_half)(3.0)
