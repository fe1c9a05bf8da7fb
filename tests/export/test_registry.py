"""The list of formats."""
from __future__ import annotations

import importlib.util

import pytest

from neurosim.errors import InputError
from neurosim.export import registry
from neurosim.export.registry import FORMATS, Format, exporter_of


def test_an_unknown_format_is_refused_with_those_that_there_are():
    with pytest.raises(InputError, match="--to = 'floppy'; must be one of npz, .*crossbar"):
        exporter_of("floppy")


def test_a_missing_package_is_refused_with_its_extra(monkeypatch):
    monkeypatch.setitem(FORMATS, "made-up", Format("npz", "made up", (("numpy", "numbers"), ("no_such_package", "made-up"))))
    with pytest.raises(InputError, match=r"--to = 'made-up'; needs the package no_such_package: pip install 'neurosim-chip\[made-up\]'"):
        exporter_of("made-up")


def test_a_format_may_name_its_function(monkeypatch):
    monkeypatch.setitem(FORMATS, "made-up", Format("npz", "made up", function="outputs_of"))
    assert exporter_of("made-up").__name__ == "outputs_of"


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_there_and_says_what_it_is(name):
    found = FORMATS[name]
    assert found.about and not found.about.endswith(".")
    module = importlib.util.find_spec(f"neurosim.export.formats.{found.module}")
    assert module is not None
    if all(importlib.util.find_spec(package) for package, _ in found.needs):
        assert callable(exporter_of(name))


def test_every_extra_is_one_of_pip():
    import tomllib
    from pathlib import Path

    project = Path(registry.__file__).parents[2] / "pyproject.toml"
    extras = tomllib.loads(project.read_text())["project"]["optional-dependencies"]
    for name, found in FORMATS.items():
        for package, extra in found.needs:
            assert any(line.startswith(package) for line in extras.get(extra, ())), name
