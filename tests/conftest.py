"""Shared set-up of the suite."""
from __future__ import annotations

import os
import pathlib
import sys
import tempfile

import pytest
from numba.core import event

from neurosim import compiled, slots
from neurosim.selftest import no_network
from neurosim.selftest.no_network import sitecustomize

sys.path.insert(0, str(pathlib.Path(__file__).parent))  # components.py, assemble.py, covering.py and switched.py are imported by name

from required import program  # noqa: E402
from switched import FIRST, HERE, SWITCHED, UNCACHED  # noqa: E402

running = [""]  # the module of the test that runs

sitecustomize.install()  # nothing leaves the machine, neither from here nor from what tests start
attempts = pathlib.Path(tempfile.mkdtemp(prefix="neurosim-network-")) / "attempts"
os.environ[sitecustomize.LOG] = str(attempts)
os.environ["PYTHONPATH"] = os.pathsep.join([*no_network.__path__, *filter(None, [os.environ.get("PYTHONPATH")])])


def pytest_collection_modifyitems(items):
    """Mark what the gate has to run both ways; longest first."""
    for item in items:
        if item.path.relative_to(HERE).as_posix() in SWITCHED:
            item.add_marker(pytest.mark.switched)
    items.sort(key=lambda item: item.path.name != FIRST)


def pytest_collection_finish():
    """Let the suite, the command line and the examples call the compiled loop by one name, so that they share what the cache has."""
    own = slots._sources & {HERE / name for name in UNCACHED}
    if own:
        slots._sources -= own
        slots._digest.clear()


def pytest_runtest_teardown():
    """A test may fill a slot itself."""
    pytest_collection_finish()
    if attempts.exists():
        found = attempts.read_text()
        attempts.unlink()
        pytest.fail(f"reached for the network:\n{found}")


def pytest_sessionfinish():
    """Leave nothing behind."""
    attempts.unlink(missing_ok=True)
    if attempts.parent.exists():
        attempts.parent.rmdir()


def pytest_runtest_setup(item):
    running[0] = item.path.relative_to(HERE).as_posix()
    if item.get_closest_marker("spice"):
        program("ngspice")


def refuse_the_unlisted():
    """Fail a test that asks for compiled code in a module that the gate runs once."""
    assert running[0] in ("", *SWITCHED), f"tests/{running[0]} compiles: list it under SWITCHED in tests/switched.py"


class Compiling(event.Listener):
    """Hears of whatever Numba compiles."""

    def on_start(self, event):
        refuse_the_unlisted()

    def on_end(self, event):
        pass


event.register("numba:compile", Compiling())
_compile = compiled._compile


def _compile_if_listed(plain, digest):
    refuse_the_unlisted()
    return _compile(plain, digest)


compiled._compile = _compile_if_listed  # asked for even where the cache has the answer
