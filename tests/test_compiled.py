"""Compilation: once per combination and source, found again by every later process, the same bits with any number of threads."""
from __future__ import annotations

import importlib
import json
import os
import pathlib
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from numba.core.typing.templates import builtin_registry

from neurosim import loop, slots
from neurosim.compiled import compiled
from neurosim.slots import source_digest

PACKAGE = Path(loop.__file__).parent
KERNEL = ("arithmetic", "random", "slots", "contract", "schedules", "loop", "compiled")  # whole files of the hot path
MARKS = ("register_jitable", "@inlined", "@merged", ".fill(", ".set(", "@overload", "@intrinsic")  # what makes a line part of the hot path
TRAIN = """
import hashlib, json
import numpy as np
from neurosim.chip import compile_chip
from neurosim.compiled import compiled
from neurosim.network import Network
from neurosim.recorders.activity import Recording
from neurosim.rules import ANP
from neurosim.slots import source_digest
from neurosim.tasks import MackeyGlass
from neurosim.trials import Arrays
from neurosim.wiring import sizes_of, wire

chip = compile_chip("reram-sb", Network(inputs=1, hidden=5, outputs=1), 3)
block, = Arrays(MackeyGlass(steps=200, test_steps=20).load(3, 1).train(0), chip).blocks(1)
wired = wire(chip, ANP(learning_rate=0.05).build(sizes_of(chip, 1, "step")), 1, "step")
kept = Recording(np.zeros((1, 200, 1, 1), np.float32), np.zeros((1, 200, 1, 5), np.float32))
before = chip.weights()["recurrent"]
steps = compiled()(wired.network, wired.schedule, kept, wired.activity, *block, np.zeros((1, 2), np.float32), 3, 0, 1)
weights = b"".join(chip.state()[name].tobytes() for name in sorted(chip.state()))
stats = compiled().stats
print(json.dumps({
    "weights": hashlib.sha256(weights).hexdigest(), "outputs": hashlib.sha256(kept.outputs.tobytes()).hexdigest(),
    "steps": steps, "changed": int((chip.weights()["recurrent"] != before).sum()),
    "digest": source_digest(), "hits": sum(stats.cache_hits.values()), "misses": sum(stats.cache_misses.values())}))
"""


def trained_in_a_new_process(cache, threads):
    """Digests and cache statistics of a small noisy training run."""
    environment = {key: value for key, value in os.environ.items() if key != "NEUROSIM_PYTHON"}
    environment |= {"NUMBA_CACHE_DIR": str(cache), "NUMBA_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(
        [sys.executable, "-c", TRAIN], capture_output=True, text=True, timeout=600, env=environment, cwd=PACKAGE.parent)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    """The same training in two processes that share a cache: the first with one thread, the second with two."""
    if os.environ.get("NEUROSIM_PYTHON") == "1":
        pytest.skip("both processes compile, whatever the switch says here")
    cache = tmp_path_factory.mktemp("numba_cache")
    return SimpleNamespace(cold=trained_in_a_new_process(cache, 1), warm=trained_in_a_new_process(cache, 2), cache=cache)


def test_the_first_process_compiles(processes):
    assert (processes.cold["hits"], processes.cold["misses"]) == (0, 1)


def test_a_second_process_compiles_nothing(processes):
    assert (processes.warm["hits"], processes.warm["misses"]) == (1, 0)


def test_the_number_of_threads_changes_no_bit(processes):
    assert processes.cold["steps"] == processes.warm["steps"] == 200
    assert processes.cold["changed"] > 0  # the devices did learn
    assert processes.cold["weights"] == processes.warm["weights"]
    assert processes.cold["outputs"] == processes.warm["outputs"]


def test_the_cache_files_carry_the_digest_of_the_sources(processes):
    names = [path.name for path in processes.cache.rglob("*.nbc")]
    assert len(names) == 1 and f"run_{processes.cold['digest']}" in names[0]


def test_the_switch_gives_the_plain_loop(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    assert compiled() is loop.run


@pytest.mark.parametrize("value", [None, "", "0"])
def test_any_other_value_of_the_switch_gives_the_compiled_loop(monkeypatch, value):
    monkeypatch.delenv("NEUROSIM_PYTHON", raising=False)
    if value is not None:
        monkeypatch.setenv("NEUROSIM_PYTHON", value)
    assert compiled().py_func.__code__ is loop.run.__code__


def test_the_loop_is_wrapped_once_per_digest_and_named_after_it(monkeypatch):
    monkeypatch.delenv("NEUROSIM_PYTHON", raising=False)
    first = compiled()
    assert first is compiled()
    assert first.py_func.__name__ == f"run_{source_digest()}"
    monkeypatch.setattr("neurosim.compiled.source_digest", lambda: "another")
    assert compiled() is not first and compiled().py_func.__name__ == "run_another"


def test_the_loop_is_compiled_without_fastmath_and_with_the_error_model_of_numpy(monkeypatch):
    monkeypatch.delenv("NEUROSIM_PYTHON", raising=False)
    options = compiled().targetoptions
    assert options["error_model"] == "numpy" and options["nogil"] is True and not options.get("fastmath", False)


def test_the_digest_follows_the_text_of_every_source_that_is_imported(monkeypatch, tmp_path):
    for name in ("_sources", "_names", "_digest"):
        monkeypatch.setattr(slots, name, getattr(slots, name).copy())
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "a_source_of_its_own.py"
    text = "from neurosim.slots import inlined\n\n\n@inlined\ndef one(x):\n    return {}\n"
    without = source_digest()
    file.write_text(text.format("x"))
    module = importlib.import_module(file.stem)
    before = source_digest()
    assert before != without and len(before) == 12
    file.write_text(text.format("2 * x"))
    assert source_digest() == before  # what was imported runs on
    importlib.invalidate_caches()
    importlib.reload(module)
    assert source_digest() not in (before, without)


def test_the_sources_are_not_read_at_every_call_of_the_loop(monkeypatch):
    source_digest()
    monkeypatch.setattr(pathlib.Path, "read_bytes", None)
    source_digest()


def test_the_name_of_the_loop_does_not_depend_on_what_else_a_program_imports():
    """So that the command line, scripts and this suite find what any of them has compiled."""
    code = "import importlib, sys, neurosim.session, neurosim.trainer\nfrom neurosim.slots import source_digest\n" \
        "before = source_digest()\nfor name in sys.argv[1:]:\n    importlib.import_module(name)\nassert source_digest() == before"
    paths = [path.relative_to(PACKAGE.parent).with_suffix("") for path in PACKAGE.rglob("*.py")
             if not path.stem.startswith("__") and path.parent.name != "clients"]  # programs of other interpreters
    subprocess.run([sys.executable, "-c", code, *(".".join(path.parts) for path in paths)], check=True, cwd=PACKAGE.parent, timeout=120)


def hot_files():
    """Files whose text ends up in the compiled loop: its own, and all that mark it; ``.set(`` of figures, Dask and NEST is another."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent.name not in ("report", "compare", "export", "formats", "selftest")
            and path.stem != "stopping" and (path.stem in KERNEL or any(mark in path.read_text() for mark in MARKS))]


@pytest.mark.parametrize("path", hot_files(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_change_of_any_file_of_the_hot_path_makes_a_new_cache_entry(path):
    importlib.import_module(f"neurosim.{'.'.join(path.relative_to(PACKAGE).with_suffix('').parts)}")
    assert path in slots._sources


def test_no_helper_is_inlined_by_numba_itself():
    """`register_jitable(inline="always")` reaches the first function that it decorates only, whichever is imported first; and the
    inliner of Numba 0.68 makes wrong code of the loop if it reaches all of them (sequence updates of weight perturbation)."""
    importlib.import_module("neurosim.trainer")
    ours = [
        template for template in builtin_registry.functions
        if str(getattr(getattr(template, "key", None), "__module__", None)).startswith("neurosim") and hasattr(template, "_inline")]
    assert len(ours) > 50
    assert [template.key.__qualname__ for template in ours if not template._inline.is_never_inline] == []
