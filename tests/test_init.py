"""The public names: complete, resolved on first use, and free of charge until then."""
from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import neurosim


def in_fresh_process(code):
    """What a new interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_loads_neither_numba_nor_brian2_nor_anything_else_that_is_slow():
    code = "import sys, neurosim; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = set(in_fresh_process(code).split())
    assert "neurosim" in loaded
    assert not loaded & {"numba", "llvmlite", "brian2", "numpy", "pydantic", "matplotlib", "h5py"}


def test_looking_around_loads_nothing_either():
    assert in_fresh_process("import sys, neurosim; dir(neurosim); hasattr(neurosim, 'nothing'); print('numpy' in sys.modules)") == "False\n"


def test_every_public_name_resolves():
    for name in neurosim.__all__:
        assert getattr(neurosim, name) is not None


def test_all_is_sorted_within_its_kinds_complete_and_free_of_doubles():
    names = list(neurosim.__all__)
    assert len(set(names)) == len(names)
    assert set(names) == {*neurosim._WHERE, *neurosim._MODULES, "__version__"}
    assert dir(neurosim) == sorted(names)


def test_a_class_comes_from_the_module_that_the_table_names():
    for name, module in neurosim._WHERE.items():
        assert getattr(neurosim, name).__module__ == f"neurosim.{module}"


def test_a_module_is_the_module():
    assert neurosim.profile is sys.modules["neurosim.profile"]


def test_an_unknown_name_is_an_attribute_error_that_names_it():
    with pytest.raises(AttributeError, match="module 'neurosim' has no attribute 'Chipp'"):
        _ = neurosim.Chipp


def test_the_version_is_that_of_the_distribution():
    project = tomllib.loads((Path(neurosim.__file__).parent.parent / "pyproject.toml").read_text())["project"]
    assert neurosim.__version__ == project["version"] and re.fullmatch(r"\d+\.\d+\.\d+", neurosim.__version__)
