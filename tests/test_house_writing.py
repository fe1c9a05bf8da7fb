"""The rule of the house about writing: `neurosim.writing` writes files, and nobody else does."""
from __future__ import annotations

import ast
from pathlib import Path

import pytest

import neurosim

PACKAGE = Path(neurosim.__file__).parent
TREES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}
OPENERS = ("open", "os.open", "io.open", "os.fdopen", "h5py.File", "zipfile.ZipFile", "gzip.open", "tarfile.open", "bz2.open", "lzma.open")
METHODS = ("open", "write_text", "write_bytes", "touch", "mkdir", "rename", "symlink_to", "hardlink_to", "savefig", "tofile", "to_csv")
CALLS = ("np.save", "np.savez", "np.savez_compressed", "np.savetxt", "np.memmap", "os.replace", "os.rename", "os.renames", "os.link",
         "os.symlink", "os.mkdir", "os.makedirs", "os.truncate", "os.write", "shutil.copy", "shutil.copyfile", "shutil.copytree",
         "shutil.move", "tempfile.mkstemp", "tempfile.mkdtemp", "tempfile.NamedTemporaryFile")
ALLOWED = {
    "writing.py": None,  # everything
    "run_folder.py": {"mkdir"},  # which nobody else has
    "checkpoint.py": {"h5py.File"}, "export/deterministic.py": {"h5py.File", "zipfile.ZipFile"},  # in memory
    "report/plots.py": {"savefig"}, "interop/forward.py": {"np.savez_compressed"}, "export/untrusted_hdf5.py": {"np.savez"},  # in memory
    "stopping.py": {"os.write"},  # to stderr
    "doctor.py": {"mkdir"},  # of Numba's cache, to see whether it can be used
    "bounded.py": {"os.open"},  # to read, from folder to folder
    "bench/start.py": {"write_text"}, "circuits/spice.py": {"write_text"},  # in a temporary folder
    "tasks/data/prepare_digits.py": {"write_bytes"}, "tasks/data/prepare_jfk_2013.py": {"write_bytes"}}  # run by hand, once
APART = "selftest/"  # makes hostile files and folders, each in a temporary folder of its own


def dotted(node):
    """``a.b.c`` of a call's function, as far as it is made of names."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def reads(call, name):
    """Whether a call that opens something says that it only reads."""
    place = 0 if name not in OPENERS else 1  # path.open(mode), but open(path, mode)
    modes = [word.value for word in call.keywords if word.arg == "mode"] or call.args[place:place + 1]
    if not modes:
        return name not in ("h5py.File", "os.open")  # whose default is another
    return isinstance(modes[0], ast.Constant) and isinstance(modes[0].value, str) and not set(modes[0].value) & set("wax+")


def writes(tree):
    """Calls that write files or make folders, by name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("os", "shutil", "io", "tempfile", "numpy") and not node.level:
            yield from (f"from {node.module} import {alias.name}" for alias in node.names
                        if f"{node.module}.{alias.name}".replace("numpy", "np") in (*CALLS, *OPENERS))
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in OPENERS or (method == "open" and name not in OPENERS and not (node.args and not isinstance(node.args[0], ast.Constant))):
            if not reads(node, name):
                yield name if name in OPENERS else method
        elif name in CALLS:
            yield name
        elif method in METHODS and method != "open" and not name.startswith("writing."):
            yield method


@pytest.mark.parametrize("file", TREES)
def test_only_one_module_writes_files(file):
    allowed = ALLOWED.get(file, set())
    assert allowed is None or file.startswith(APART) or [name for name in writes(TREES[file]) if name not in allowed] == []


def test_what_is_allowed_is_still_done():
    """Otherwise the list would let through what comes later."""
    assert {file: names for file, names in ALLOWED.items() if names is not None and names - set(writes(TREES[file]))} == {}
    assert set(writes(TREES["writing.py"])) >= {"open", "os.replace", "os.rename", "os.link", "mkdir"}


@pytest.mark.parametrize("source", [
    "open(p, 'w')", "open(p, mode='ab')", "open(p, how)", "p.open('w')", "p.open(mode='x')", "os.open(p, os.O_RDONLY)", "h5py.File(p)",
    "h5py.File(p, 'a')", "p.write_text('x')", "figure.savefig(p)", "np.savez(p, a=a)", "os.replace(a, b)", "from os import replace",
    "a.tofile(p)", "(a / b).mkdir()", "zipfile.ZipFile(p, 'w')", "shutil.move(a, b)", "open(p, 'r+b')", "from numpy import save"])
def test_writing_is_found(source):
    assert len(list(writes(ast.parse(source)))) == 1


@pytest.mark.parametrize("source", [
    "open(p)", "open(p, 'rb')", "p.open()", "p.open('rb')", "p.open(encoding='utf-8', newline='')",
    "h5py.File(p, 'r')", "write_text(p, 'x')", "writing.write_text(p, 'x')", "archive.open(entry)",
    "zipfile.ZipFile(p)", "text.replace('a', 'b')",
    "gzip.open(p, 'rt')", "from os import path"])
def test_reading_is_let_through(source):
    assert list(writes(ast.parse(source))) == []
