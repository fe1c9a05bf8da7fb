"""What the gate runs once compiles nothing, so that nothing of it would be different as plain Python."""
from __future__ import annotations

import numba
import pytest
from switched import FIRST, HERE, SWITCHED, UNCACHED

from neurosim import slots
from neurosim.compiled import compiled


@pytest.mark.parametrize("name", [*SWITCHED, *UNCACHED, FIRST])
def test_every_listed_module_is_there(name):
    assert (HERE / name).is_file()


def test_a_module_that_is_not_listed_may_not_ask_for_the_compiled_loop(monkeypatch):
    monkeypatch.delenv("NEUROSIM_PYTHON", raising=False)
    with pytest.raises(AssertionError, match="tests/test_conftest.py compiles: list it under SWITCHED"):
        compiled()


def test_nor_compile_anything_itself():
    with pytest.raises(AssertionError, match="tests/test_conftest.py compiles: list it under SWITCHED"):
        numba.njit(lambda x: x)(1)


def test_marks_are_those_of_the_list(request):
    marked = {item.path.relative_to(HERE).as_posix() for item in request.session.items if item.get_closest_marker("switched")}
    assert marked <= set(SWITCHED) and "test_conftest.py" not in marked


def test_no_file_of_the_tests_is_part_of_the_name_of_the_compiled_loop():
    assert [path for path in slots._sources if HERE in path.parents] == []
