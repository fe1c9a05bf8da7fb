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


def test_a_test_that_reached_for_the_network_fails(tmp_path, monkeypatch, request):
    (conftest,) = (one for one in request.config.pluginmanager.get_plugins() if getattr(one, "__file__", "") == str(HERE / "conftest.py"))
    monkeypatch.setattr(conftest, "attempts", tmp_path / "attempts")
    conftest.pytest_runtest_teardown()
    (tmp_path / "attempts").write_text("1 x: socket.connect ('192.0.2.1', 80)\n")
    with pytest.raises(pytest.fail.Exception, match="reached for the network:\n1 x: socket.connect"):
        conftest.pytest_runtest_teardown()
    conftest.pytest_runtest_teardown()
