"""Nothing is executed: the promise, and that whatever is executed is found."""
from __future__ import annotations

import importlib
import marshal
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neurosim.experiment import load
from neurosim.export import untrusted_hdf5, untrusted_nir
from neurosim.selftest import executed
from neurosim.selftest.hostile import DAMAGES
from neurosim.selftest.readers import Reader, nir_files, readers

GOOD = b"GOOD" * 8


def test_no_reader_executes_anything(tmp_path):
    outcome = executed.check("short", 1, tmp_path)
    assert outcome.is_kept, outcome.failures
    assert outcome.checked > 12 * 12 and outcome.figure == f"0 hits in {outcome.checked} files"


def hits(tmp_path, act, name="case.toml"):
    def read(path):
        return {} if path.read_bytes() == GOOD else act(path)
    return executed.watched(Reader("fake", name, [GOOD], read, lambda path, payload: "", DAMAGES), 4, 1, 9, tmp_path)[1]


def forgotten(module):
    """The name of a module that is imported again."""
    sys.modules.pop(module, None)
    return module


def test_a_reader_that_executes_nothing_has_no_hits(tmp_path):
    assert hits(tmp_path, lambda path: {"size": path.stat().st_size}) == []


@pytest.mark.parametrize("act, event", [
    (lambda path: eval("1"), "compile"), (lambda path: exec(path.read_bytes()[:0]), "exec"), (lambda path: os.system("true"), "os.system"),
    (lambda path: subprocess.run(["true"]), "subprocess.Popen"), (lambda path: pickle.loads(pickle.dumps(Path)), "pickle.find_class"),
    (lambda path: marshal.loads(marshal.dumps(1)), "marshal.loads"), (lambda path: __import__(forgotten("this")), "import"),
    (lambda path: importlib.import_module(forgotten("this")), "exec"),
    (lambda path: importlib.import_module(forgotten(executed.TRAP)), "exec"),
    (lambda path: (path.parent / executed.MARK).touch(), "was made"), (lambda path: os.kill(os.getpid(), 9), "the process fell")])
def test_what_a_reader_executes_is_found(tmp_path, capfd, act, event):
    assert any(event in line for line in hits(tmp_path, act))


def test_the_traps_of_own_code_work_where_they_are_allowed(tmp_path, monkeypatch):
    """An experiment file is such a trap, and a command with the permission would run it."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f"{executed.TRAP}.py").write_text(executed.TRAP_CODE)
    reader = next(reader for reader in readers(tmp_path) if reader.name == "experiment")
    for case in executed.traps(reader)[:4]:
        (tmp_path / "case.toml").write_bytes(case.content)
        with pytest.raises(Exception, match="no subclass|needs"):
            load(tmp_path / "case.toml")
    assert (tmp_path / executed.MARK).exists()


def test_reading_a_nir_file_starts_one_program_that_was_named_in_full(tmp_path, monkeypatch):
    seen, run = [], subprocess.run
    monkeypatch.setattr(untrusted_nir.subprocess, "run", lambda command, **options: seen.append((command, options)) or run(command,
        **options))
    path = tmp_path / "a.nir"
    path.write_bytes(nir_files({"inputs": np.ones((4, 3)), "recurrent": np.ones((4, 4)), "readout": np.ones((2, 4))})[0])
    assert "edges" in untrusted_nir.nir_arrays(path)
    (command, options), = seen
    assert command == [sys.executable, "-P", untrusted_hdf5.__file__, str(path)] and "shell" not in options
