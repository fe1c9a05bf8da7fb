"""Slots: static dispatch by the class of the first argument, and the digest of what fills them."""
from __future__ import annotations

import importlib
import importlib.util
import pathlib
import re
from typing import NamedTuple

import components  # noqa: F401 (imports every part, so that all files have joined)
import numpy as np
import pytest
from assemble import IS_PLAIN, maybe_compiled
from numba.core.errors import NumbaError

import neurosim
from neurosim import slots
from neurosim.contract import sense
from neurosim.slots import constant, slot, source_digest

PACKAGE = pathlib.Path(neurosim.__file__).parent
CODE_OF_THE_LOOP = re.compile(r"^@(register_jitable|merged|inlined|\w+\.fill\()|^\w+\.set\(", re.MULTILINE)
FILES = sorted(
    str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if CODE_OF_THE_LOOP.search(path.read_text()))


class Doubler(NamedTuple):
    """Fills `answer`."""

    factor: float


class Adder(NamedTuple):
    """Fills `answer` too."""

    term: float


class Bare(NamedTuple):
    """Fills nothing."""

    value: float


@slot
def answer(part, x):
    """What the part makes of x."""


@slot(default=lambda part, x: x)
def answer_or_not(part, x):
    """What the part makes of x; default: x."""


@answer.fill(Doubler)
def _double(part, x):
    return part.factor * x


@answer.fill(Adder)
def _add(part, x):
    return part.term + x


level = constant("level", 3, "How deep.")
level.set(123456789, Doubler)


@maybe_compiled
def ask(part, x):
    return answer(part, x)


@maybe_compiled
def ask_or_not(part, x):
    return answer_or_not(part, x)


@maybe_compiled
def branch(part):
    if level(part) == 3:
        return 7654321
    return 1234567


# ---- dispatch --------------------------------------------------------------------------------------------------------
def test_the_class_of_the_first_argument_chooses():
    assert ask(Doubler(2.0), 5.0) == 10.0
    assert ask(Adder(2.0), 5.0) == 7.0


def test_a_class_that_does_not_fill_a_slot_takes_its_default():
    assert ask_or_not(Bare(9.0), 5.0) == 5.0


def test_an_unfilled_slot_without_default_is_named():
    with pytest.raises(TypeError, match=r"Bare does not fill the slot answer\(part, x\)"):
        answer(Bare(1.0), 2.0)


def test_an_unfilled_slot_does_not_compile_and_is_named():
    with pytest.raises(TypeError if IS_PLAIN else NumbaError, match="answer"):
        ask(Bare(1.0), 2.0)


def test_a_filling_with_another_signature_is_refused_with_both_shown():
    with pytest.raises(TypeError, match=r"_wrong\(part, y\) does not fit slot answer\(part, x\)"):
        @answer.fill(Bare)
        def _wrong(part, y):
            return y
    assert Bare not in answer.fillings


@pytest.mark.parametrize("wrong", [lambda part: 0, lambda x, part: 0, lambda part, x, more: 0])
def test_too_few_too_many_or_swapped_arguments_are_refused(wrong):
    with pytest.raises(TypeError, match="does not fit slot answer"):
        answer.fill(Bare)(wrong)


def test_a_slot_keeps_the_name_and_the_words_of_its_stub():
    assert answer.__name__ == "answer" and answer.__doc__ == "What the part makes of x."
    assert level.__name__ == "level" and level.__doc__ == "How deep."


# ---- constants -------------------------------------------------------------------------------------------------------
def test_constants_are_answered_per_class():
    assert level(Doubler(1.0)) == 123456789
    assert level(Bare(1.0)) == level(Adder(1.0)) == 3


def test_a_branch_on_a_constant_costs_nothing():
    """The number of the other branch is not in the machine code."""
    assert branch(Bare(1.0)) == 7654321 and branch(Doubler(1.0)) == 1234567
    if IS_PLAIN:
        return
    for signature in branch.signatures:
        code = branch.inspect_llvm(signature)
        expected, other = ("1234567", "7654321") if "Doubler" in str(signature) else ("7654321", "1234567")
        assert re.search(rf"\b{expected}\b", code) and not re.search(rf"\b{other}\b", code)
        assert "123456789" not in code


# ---- digest ----------------------------------------------------------------------------------------------------------
PLUGIN = """
from typing import NamedTuple

from neurosim.contract import sense


class Halved(NamedTuple):
    pass


@sense.fill(Halved)
def _sense(device, r, c, conductance):
    return conductance / 2
"""


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """A file outside the package that fills a slot, imported; the digest of the session is left as it was."""
    for name in ("_sources", "_names", "_digest"):
        monkeypatch.setattr(slots, name, getattr(slots, name).copy())
    path = tmp_path / "plugin.py"
    path.write_text(PLUGIN)

    def load():
        specification = importlib.util.spec_from_file_location("plugin", path)
        module = importlib.util.module_from_spec(specification)
        specification.loader.exec_module(module)
        return module

    return path, load


def test_digest_is_short_and_stable():
    assert re.fullmatch("[0-9a-f]{12}", source_digest()) and source_digest() == source_digest()


def test_a_plugin_joins_when_it_is_imported_and_counts_when_it_changes(plugin):
    path, load = plugin
    before = source_digest()
    assert sense(load().Halved(), 0, 0, np.float64(3)) == 1.5
    joined = source_digest()
    assert joined != before
    path.write_text(PLUGIN.replace("/ 2", "/ 3"))
    assert source_digest() == joined  # what was imported runs on
    load()
    assert source_digest() not in (before, joined)
    path.write_text(PLUGIN)
    load()
    assert source_digest() == joined


@pytest.mark.parametrize("name", FILES)
def test_every_file_with_code_of_the_loop_counts(name, monkeypatch):
    """Whoever edits it must not be served machine code of before the edit; a part counts from its import on."""
    importlib.import_module("neurosim." + name.removesuffix(".py").replace("/", "."))
    monkeypatch.setattr(slots, "_digest", [])
    before, read = source_digest(), pathlib.Path.read_bytes

    def edited(path):
        return read(path) + (b"#" if path == PACKAGE / name else b"")

    monkeypatch.setattr(pathlib.Path, "read_bytes", edited)
    slots._digest.clear()  # as in a process that begins after the edit
    assert source_digest() != before
