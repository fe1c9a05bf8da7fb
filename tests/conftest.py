"""Shared set-up of the suite."""
from __future__ import annotations

import pathlib
import sys

import pytest
from numba.core import event

from neurosim import compiled, slots

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))  # components.py, assemble.py and covering.py are imported by name

SWITCHED = (  # modules that compile, or run plain Python instead if NEUROSIM_PYTHON=1; a module that is not listed may not compile
    "circuits/test_read_noise.py", "circuits/test_read_path.py", "circuits/test_wires.py", "devices/test_accumulator.py",
    "devices/test_wired.py", "events/test_event_loop.py", "golden/test_check.py", "golden/test_check_devices.py",
    "golden/test_devices_reads.py", "mlp/test_mlp_benchmark.py",
    "test_arithmetic.py", "test_bits.py", "test_cli_run.py", "test_compiled.py", "test_contract.py", "test_digital_learning_slow.py",
    "test_estimators_slow.py", "test_house_rules.py", "test_mvm.py", "test_own_code.py", "test_placement.py", "test_random.py",
    "test_slots.py", "test_statistics_slow.py", "test_values.py", "test_wear.py")
# fill slots for classes of their own, which they compile, if at all, without a cache
UNCACHED = ("neurons/test_integrators.py", "neurons/test_receptors.py", "test_slots.py")
FIRST = "test_bits.py"  # the longest tests, a minute each: last, one of them would leave a worker idle
running = [""]  # the module of the test that runs


def pytest_collection_modifyitems(items):
    """Mark what the gate has to run both ways; longest first."""
    for item in items:
        if item.path.relative_to(HERE).as_posix() in SWITCHED:
            item.add_marker(pytest.mark.switched)
    items.sort(key=lambda item: item.path.name != FIRST)


def pytest_collection_finish():
    """Let the suite, the command line and the examples call the compiled loop by one name, so that they share what the cache has."""
    slots._sources -= {HERE / name for name in UNCACHED}


def pytest_runtest_teardown():
    """A test may fill a slot itself."""
    slots._sources -= {HERE / name for name in UNCACHED}


def pytest_runtest_setup(item):
    running[0] = item.path.relative_to(HERE).as_posix()


def refuse_the_unlisted():
    """Fail a test that asks for compiled code in a module that the gate runs once."""
    assert running[0] in ("", *SWITCHED), f"tests/{running[0]} compiles: list it under SWITCHED in tests/conftest.py"


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
