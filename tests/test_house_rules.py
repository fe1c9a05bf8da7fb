"""The rules of the house, where a machine can hold them: sizes, docstrings, what must never be called."""
from __future__ import annotations

import ast
import sys
import warnings
from pathlib import Path

import numba
import pytest

import neurosim
from neurosim.slots import slot

PACKAGE = Path(neurosim.__file__).parent
FILES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text()) for name, path in FILES.items()}
LINES = 300
FORBIDDEN = (
    "eval", "exec", "compile", "__import__", "yaml.load", "os.system", "os.popen", "marshal.loads", "pickle.load", "pickle.loads",
    "os.startfile", "subprocess.getoutput", "subprocess.getstatusoutput", "runpy.run_path", "runpy.run_module", "pty.spawn",
    "code.interact",
    "pd.read_pickle", "pandas.read_pickle", "joblib.load", "builtins.eval", "builtins.exec", "builtins.compile", "types.CodeType",
    "np.lib.format.read_array")
STARTS = ("os.exec", "os.spawn", "os.posix_spawn")  # and what follows
MODULES = (
    "pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "random", "marshal", "shelve", "ctypes", "cffi", "pty", "runpy",
    "code",
    "codeop", "imp", "yaml", "webbrowser", "ftplib", "smtplib", "telnetlib", "requests", "builtins")
FROM_OS = ("system", "popen", "startfile", "exec", "spawn", "posix_spawn", "fork")
IMPORTERS = {  # the files that import by a name, each from a list of its own, or what the user has allowed
    "__init__.py", "compare/frames.py", "doctor.py", "export/registry.py", "plugins.py", "selftest/command.py"}
FORKS = {"selftest/malformed.py", "selftest/readers.py", "selftest/faults.py"}
GENERATORS = ("Generator", "Philox")  # of np.random: types that carry their own state


def dotted(node):
    """``a.b.c`` of a call's function, as far as it is made of names."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def complaints(tree, file=""):
    """What a file does that no file may do."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            keywords = {keyword.arg: keyword.value for keyword in node.keywords}
            if name in FORBIDDEN or name.startswith(STARTS):
                yield f"calls {name}"
            if name == "os.fork" and file not in FORKS:
                yield "forks"
            if name.endswith("exec_module") and file != "plugins.py":
                yield "runs a module"
            if name.endswith("import_module") and file not in IMPORTERS and not (node.args and isinstance(node.args[0], ast.Constant)):
                yield "imports by a name that is made up"
            if name in ("np.load", "numpy.load") and "allow_pickle" not in keywords:
                yield "loads without saying that pickle is not allowed"
            if name in ("getattr", "vars") and node.args and dotted(node.args[0]) in ("os", "builtins", "__builtins__", "subprocess",
                "sys"):
                yield f"takes from {dotted(node.args[0])} by name"
            if "shell" in keywords and not (isinstance(keywords["shell"], ast.Constant) and keywords["shell"].value is False):
                yield "starts a shell"
            if "allow_pickle" in keywords and not (
                    isinstance(keywords["allow_pickle"], ast.Constant) and keywords["allow_pickle"].value is False):
                yield "allows pickle"
            if "fastmath" in keywords:
                yield "uses fastmath"
        elif isinstance(node, ast.Attribute) and dotted(node.value) in ("np.random", "numpy.random") and node.attr not in GENERATORS:
            yield f"uses np.random.{node.attr}"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            absolute = not getattr(node, "level", 0)
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for name in names:
                if absolute and (name.partition(".")[0] in MODULES or name in ("urllib", "urllib.request")):
                    yield f"imports {name}"
                if absolute and name == "os" and isinstance(node, ast.ImportFrom):
                    yield from (f"imports {alias.name} from os" for alias in node.names if alias.name.startswith(FROM_OS))
                if absolute and name == "numpy.random":
                    yield "imports from numpy.random"
        elif isinstance(node, ast.Assert):
            yield f"has a bare assert in line {node.lineno}"


def undocumented(tree, file):
    """Public modules, classes, functions and methods without a docstring; a file without a statement has nothing to say."""
    if tree.body and not ast.get_docstring(tree):
        yield file
    pending = [("", node) for node in tree.body]
    while pending:
        place, node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                yield f"{file}: {place}{node.name}"
            if isinstance(node, ast.ClassDef):
                pending += [(f"{place}{node.name}.", child) for child in node.body]


@pytest.mark.parametrize("file", FILES)
def test_no_file_is_longer_than_a_reader_can_hold(file):
    assert len(FILES[file].read_text().splitlines()) <= LINES


@pytest.mark.parametrize("file", FILES)
def test_everything_public_has_a_docstring(file):
    assert sorted(undocumented(TREES[file], file)) == []


@pytest.mark.parametrize("file", FILES)
def test_nothing_is_done_that_no_file_may_do(file):
    assert list(complaints(TREES[file], file)) == []


@pytest.mark.parametrize("source", [
    "import pickle", "from random import random", "import random", "eval('1')", "exec('1')", "yaml.load(f)", "os.system('ls')",
    "subprocess.run('ls', shell=True)", "subprocess.run('ls', shell=flag)", "np.random.seed(1)", "np.random.default_rng()",
    "np.load(f, allow_pickle=True)", "np.load(f)", "from os import system", "from os import execv", "os.execv('a', b)",
    "os.posix_spawn('a')", "os.spawnl(1)", "os.fork()", "subprocess.getoutput('ls')", "import ctypes", "from ctypes import CDLL",
    "import runpy",
    "import code", "import cloudpickle", "import joblib", "from urllib import request", "import builtins", "pd.read_pickle(f)",
    "loader.exec_module(m)", "importlib.import_module(name)", "getattr(os, name)", "getattr(__builtins__, 'ex' + 'ec')",
    "njit(fastmath=True)(f)", "assert x", "from numpy.random import rand",
])
def test_what_is_forbidden_is_found(source):
    assert len(list(complaints(ast.parse(source)))) == 1


@pytest.mark.parametrize("source", [
    "from .random import Key", "np.random.Generator(np.random.Philox(key=k))", "subprocess.run(['ls'], shell=False)",
    "np.load(f, allow_pickle=False)", "importlib.import_module('json')", "from os import path", "getattr(part, name)",
    "model.eval_count()", "'eval(x)'",
])
def test_what_is_allowed_is_let_through(source):
    assert list(complaints(ast.parse(source))) == []


def test_missing_docstrings_are_found_in_classes_too():
    tree = ast.parse('"""Said."""\nclass A:\n    """Said."""\n    def b(self): pass\n    def _c(self): pass\ndef d(): pass\ndef _e(): pass')
    assert sorted(undocumented(tree, "x.py")) == ["x.py: A.b", "x.py: d"]


def test_a_filling_that_does_not_fit_its_slot_is_refused():
    @slot
    def stub(part, x):
        """A slot."""

    with pytest.raises(TypeError, match="does not fit slot stub"):
        stub.fill(int)(lambda part, y: y)


def test_numba_still_takes_the_private_option_that_the_loop_is_compiled_with():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert numba.njit(_nrt=False, error_model="numpy", nogil=True)(lambda x: x + x)(2) == 4


def test_python_is_one_that_the_package_is_for():
    assert sys.version_info >= (3, 11)


def test_no_two_test_modules_share_a_name():
    """They are imported by their last name alone, so the second would be the first."""
    names = [path.name for path in Path(__file__).parent.rglob("test_*.py")]
    assert [name for name in names if names.count(name) > 1] == []
