"""Rules and tasks of a user's own: found beside the experiment file or on the import path, or refused in one sentence."""
from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from own_files import RULE, TASK, changed, forgotten, write  # noqa: F401

from neurosim import slots
from neurosim.contract import Broadcast, Local, close, note
from neurosim.errors import InputError
from neurosim.experiment import digest, load, resolved
from neurosim.plugins import PREFIX, is_own
from neurosim.rules.rule import Rule, Sizes
from neurosim.tasks.task import Task

pytestmark = pytest.mark.usefixtures("forgotten")
EXAMPLES = Path(__file__).parent.parent / "examples"
FORMS = "must be module:Class or path/to/file.py:Class"


def refusal(file, *overrides) -> str:
    with pytest.raises(InputError) as caught:
        load(file, overrides)
    text = str(caught.value)
    assert "\n" not in text and caught.value.exit_code == 2
    return text


# what is found

def test_a_rule_and_a_task_are_found_beside_the_experiment_file(tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    experiment = load(write(tmp_path))
    assert isinstance(experiment.rule, Rule) and type(experiment.rule).__name__ == "MyRule" and experiment.rule.sigma == 1e-3
    assert isinstance(experiment.task, Task) and experiment.task.load(1, 3).test.inputs.shape == (1, 6, 3, 1)


@pytest.mark.parametrize("name", ["sub/my_rule.py:MyRule", "{folder}/sub/my_rule.py:MyRule"])
def test_a_path_may_be_named(tmp_path, name):
    file = write(tmp_path, name=name.format(folder=tmp_path))
    (tmp_path / "sub").mkdir()
    (tmp_path / "my_rule.py").rename(tmp_path / "sub" / "my_rule.py")
    assert load(file).rule.name == f"{tmp_path}/sub/my_rule.py:MyRule"


def test_the_neighbour_comes_before_the_import_path(tmp_path, monkeypatch):
    (tmp_path / "installed").mkdir()
    (tmp_path / "installed" / "my_rule.py").write_text(RULE.replace("1e-3", "7.0"))
    monkeypatch.syspath_prepend(tmp_path / "installed")
    file = write(tmp_path)
    assert load(file).rule.sigma == 1e-3
    (tmp_path / "my_rule.py").unlink()
    assert load(file).rule.sigma == 7.0 and load(file).rule.name == f"{tmp_path}/installed/my_rule.py:MyRule"


def test_a_module_of_a_package_keeps_its_own_name(tmp_path, monkeypatch):
    package = tmp_path / "installed" / "some_own_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "scale.py").write_text("SCALE = 5.0\n")
    (package / "rules.py").write_text("from .scale import SCALE\n" + RULE.replace("1e-3", "SCALE"))
    monkeypatch.syspath_prepend(tmp_path / "installed")
    file = write(tmp_path, name="some_own_package.rules:MyRule")
    try:
        experiment = load(file)
        assert experiment.rule.sigma == 5.0 and experiment.rule.name == "some_own_package.rules:MyRule"
        base = digest(experiment)
        assert digest(load(file)) == base
    finally:
        for name in [name for name in sys.modules if name.startswith("some_own_package")]:
            del sys.modules[name]


def test_the_command_line_may_name_a_rule(tmp_path):
    file = write(tmp_path, name="readout")
    assert load(file, ["rule.name=my_rule:MyRule"]).rule.name == f"{tmp_path}/my_rule.py:MyRule"
    assert refusal(file, "rule.name=my_rul:MyRule").startswith('--set rule.name = "my_rul:MyRule"; there is no my_rul.py beside')


def test_only_a_name_with_a_colon_is_of_the_users_own():
    assert is_own("a:B") and not is_own("anp") and not is_own(3)


@pytest.mark.parametrize("field", ['name: Literal["mine"] = "mine"', 'name: ClassVar[str] = "mine"', "name: str", ""])
def test_a_class_may_have_a_name_of_its_own_or_none(tmp_path, field):
    rule = changed("    learning_rate: float\n", f"    learning_rate: float\n    {field}\n").replace(
        "import NamedTuple", "import ClassVar, Literal, NamedTuple")
    experiment = load(write(tmp_path, rule))
    assert experiment.rule.name == f"{tmp_path}/my_rule.py:MyRule" and f'name = "{tmp_path}/my_rule.py:MyRule"' in resolved(experiment)


# what it leaves behind

def test_importing_leaves_nothing_but_a_module_with_a_name_of_its_own(tmp_path):
    file, path = write(tmp_path), list(sys.path)
    before = set(sys.modules)
    load(file)
    assert sys.path == path and sorted(os.listdir(tmp_path)) == ["my_rule.py", "my_task.py", "small.toml"]
    assert all(name.startswith(PREFIX) for name in set(sys.modules) - before) and "my_rule" not in sys.modules


def test_a_module_that_fails_leaves_no_module(tmp_path):
    before = set(sys.modules)
    refusal(write(tmp_path, RULE + "1 / 0\n", task="mackey-glass"))
    assert set(sys.modules) - before == set()


def test_the_same_file_is_imported_once_and_a_changed_one_again(tmp_path):
    file = write(tmp_path, RULE + "import sys\nsys.counted_imports = getattr(sys, 'counted_imports', 0) + 1\n")
    try:
        first, again = load(file), load(file)
        assert first == again and type(first.rule) is type(again.rule) and sys.counted_imports == 1
        write(tmp_path, RULE.replace("1e-3", "2e-3") + "sys = __import__('sys')\nsys.counted_imports += 1\n")
        assert load(file).rule.sigma == 2e-3 and first.rule.sigma == 1e-3 and sys.counted_imports == 2
    finally:
        del sys.counted_imports


def test_a_change_within_the_same_second_is_seen(tmp_path):
    """Python's own bytecode cache would not see it."""
    for sigma in ("1e-3", "2e-3", "3e-3"):
        file = write(tmp_path, RULE.replace("1e-3", sigma))
        os.utime(tmp_path / "my_rule.py", (1e9, 1e9))
        assert load(file).rule.sigma == float(sigma)


def test_the_file_and_its_module_count_in_the_name_of_the_compiled_loop(tmp_path):
    """Numba's cache on disk names classes by their module: another name must never meet the same cache entry."""
    before = slots.source_digest()
    load(write(tmp_path))
    joined = slots.source_digest()
    assert joined != before
    slots._names[tmp_path / "my_rule.py"] = {"imported_in_another_way"}
    slots._digest.clear()  # as `count_in` does
    assert slots.source_digest() not in (before, joined)


# resolved and digest

def test_the_resolved_text_gives_the_same_experiment_from_anywhere(tmp_path):
    experiment = load(write(tmp_path))
    (tmp_path / "run").mkdir()
    again = tmp_path / "run" / "experiment.toml"
    again.write_text(resolved(experiment), encoding="utf-8")
    assert load(again) == experiment and resolved(load(again)) == resolved(experiment)
    assert digest(load(again)) == digest(experiment)


def test_the_digest_counts_the_bytes_and_the_class_and_not_the_place(tmp_path):
    digests = []
    for folder, text, name in (("a", RULE, "MyRule"), ("b", RULE, "MyRule"), ("c", RULE + "#", "MyRule"), ("d", RULE, "Other")):
        (tmp_path / folder).mkdir()
        text = text.replace("class MyRule", f"class {name}") if folder == "d" else text
        digests.append(digest(load(write(tmp_path / folder, text, f"my_rule:{name}"))))
    assert digests[0] == digests[1] and len(set(digests)) == 3


# what is refused

@pytest.mark.parametrize(("name", "problem"), [
    ("my_rul:MyRule", "there is no my_rul.py beside the experiment file and no module my_rul on the import path"),
    ("no_such_package.rule:MyRule", "there is no module no_such_package.rule on the import path"),
    ("json.no_such:MyRule", "there is no module json.no_such on the import path"),
    ("../:MyRule", FORMS), ("my rule:MyRule", FORMS), ("my_rule:", FORMS), (":MyRule", FORMS), ("a/b:MyRule", FORMS), ("a..b:C", FORMS),
    ("my_rule:MyRule.build", FORMS), ("my_rule:MyRule()", FORMS),
    ("my_rule:MyRul", "my_rule.py has no class MyRul; the rules in it are MyRule"),
    ("json:MyRule", "json has no class MyRule; there is no subclass of neurosim.rules.rule.Rule in it"),
    ("my_rule:np", "np in my_rule.py is no subclass of neurosim.rules.rule.Rule; the rules in it are MyRule"),
    ("my_rule:Sign", "Sign in my_rule.py is no subclass of neurosim.rules.rule.Rule; the rules in it are MyRule"),
    ("my_rule:Rule", "Rule in my_rule.py is no subclass of neurosim.rules.rule.Rule; the rules in it are MyRule"),
    ("my_task:Echo", "Echo in my_task.py is no subclass of neurosim.rules.rule.Rule; there is no subclass"),
])
def test_a_class_that_cannot_be_had_is_refused_with_what_there_is(tmp_path, name, problem):
    assert refusal(write(tmp_path, name=name)).startswith(f'small.toml: rule.name = "{name}"; {problem}')


@pytest.mark.parametrize(("old", "new", "problem"), [
    ("passes.set(2, Sign)", "passes.set(2, Sign", "my_rule.py, line 7: is not Python ('(' was never closed)"),
    ("import numpy", "\0", "my_rule.py: is not Python (source code string cannot contain null bytes)"),
    ("passes.set(2, Sign)", "1 / 0", "my_rule.py, line 7: ZeroDivisionError: division by zero"),
    ("passes.set(2, Sign)", "raise SystemExit(3)", "my_rule.py, line 7: SystemExit: 3"),
    ("passes.set(2, Sign)", "raise ValueError('a\\n\\nb' + 300 * 'x')", "my_rule.py, line 7: ValueError: a b" + 194 * "x" + "..."),
    ("import numpy", "import no_such_module, numpy", "my_rule.py, line 2: ModuleNotFoundError: No module named 'no_such_module'"),
    ("import numpy", "import my_task, numpy", "my_rule.py, line 2: ModuleNotFoundError: No module named 'my_task'; its folder is not on "
     "the import path: put everything into one file, or install a package"),
    ("broadcast, post, signal):", "broadcast, post):", "my_rule.py, line 8: TypeError: _credit(rule, local, broadcast, post) does not fit "
     "slot credit(rule, local, broadcast, post, signal)"),
    ("def build", "def bild", "MyRule in my_rule.py has no build(self, sizes), which every rule needs"),
    ("sigma: float", "sigma: np.ndarray", "my_rule.py, line 14: PydanticSchemaGenerationError: Unable to generate"),
])
def test_a_file_that_cannot_be_imported_is_refused_with_the_line(tmp_path, old, new, problem):
    assert refusal(write(tmp_path, changed(old, new))).startswith(f'small.toml: rule.name = "my_rule:MyRule"; {problem}')


@pytest.mark.parametrize(("old", "new", "problem"), [
    ("def load", "def lod", "Echo in my_task.py has no load(self, seed, batch), which every task needs"),
    ("default_batch", "batch", "Echo in my_task.py has no default_batch, a class variable that every task needs, a whole number"),
])
def test_a_task_that_lacks_something_is_refused(tmp_path, old, new, problem):
    file = write(tmp_path)
    (tmp_path / "my_task.py").write_text(changed(old, new, TASK))
    assert refusal(file) == f'small.toml: task.name = "my_task:Echo"; {problem}'


def test_a_path_that_leads_nowhere_is_shown_whole(tmp_path):
    assert refusal(write(tmp_path, name="sub/rule.py:MyRule")) == (
        f'small.toml: rule.name = "sub/rule.py:MyRule"; there is no file {tmp_path}/sub/rule.py')


@pytest.mark.parametrize(("text", "problem"), [
    ("\n1 / 0", "rules.py, line 2: ZeroDivisionError: division by zero"), ("1 +", "rules.py, line 1: is not Python (invalid syntax)"),
    ("import no_such_module", "rules.py, line 1: ModuleNotFoundError: No module named 'no_such_module'")])
def test_a_module_of_a_package_that_cannot_be_imported_is_refused_with_the_line(tmp_path, monkeypatch, text, problem):
    package = tmp_path / "installed" / "another_own_package"
    package.mkdir(parents=True)
    (package / "rules.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path / "installed")
    name = "another_own_package.rules"
    assert refusal(write(tmp_path, name=f"{name}:MyRule")) == (
        f'small.toml: rule.name = "{name}:MyRule"; importing {name} failed ({problem})')


def test_a_folder_a_device_and_a_huge_file_are_no_modules(tmp_path):
    file = write(tmp_path)
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "null.py").symlink_to("/dev/zero")
    (tmp_path / "huge.py").write_bytes(b"#" * 2**21)
    assert refusal(file, "rule.name=folder:A").endswith("; folder.py is no file")
    assert refusal(file, "rule.name=null:A").endswith("; null.py is no file")
    assert refusal(file, "rule.name=huge:A").endswith("; huge.py is larger than 1 MiB; must be a Python file")


def test_ctrl_c_while_importing_is_no_fault_of_the_file(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        load(write(tmp_path, "raise KeyboardInterrupt"))


@pytest.mark.parametrize(("settings", "sentence"), [
    ("", "rule.learning_rate: is missing; must be a number"),
    ("learning_rat = 1.0", "rule.learning_rat = 1.0; there is no such key; did you mean learning_rate?"),
    ('learning_rate = "a"', 'rule.learning_rate = "a"; must be a number'),
])
def test_settings_of_the_users_rule_are_checked_like_any(tmp_path, settings, sentence):
    assert refusal(write(tmp_path, settings=settings)) == f"small.toml: {sentence}"


def test_a_name_that_is_unknown_says_that_one_may_bring_ones_own(tmp_path):
    assert refusal(write(tmp_path, name="backprop")).endswith(" or module:Class, a rule of your own")


# the example

def test_the_example_learns_from_what_its_docstring_says():
    rule = load(EXAMPLES / "my_rule.toml").rule
    steps, batch, n = 5, 3, 4
    part = rule.build(Sizes(1, n, 1, batch, "sequence", np.float64, steps)).hidden
    rng = np.random.Generator(np.random.Philox(key=np.array([1, 2], np.uint64)))
    width = part.sign.shape[2]
    noise, clean, perturbed = np.zeros((steps, batch, width)), rng.uniform(size=(steps, batch)), rng.uniform(size=(steps, batch))
    noise[..., :n] = rng.normal(size=(steps, batch, n))
    nothing = np.zeros((batch, width))
    for t in range(steps):
        heard = Broadcast(clean[t], perturbed[t], nothing, nothing, nothing, nothing, nothing)
        note(part, t, Local(nothing, nothing, noise[t], nothing, nothing, nothing), heard)
    post = np.empty((steps * batch, width))
    close(part, 0, steps, post)
    to_go = np.cumsum((perturbed - clean)[::-1], axis=0)[::-1]
    wanted = -rule.learning_rate * np.sqrt(np.pi / 2) / rule.sigma / batch * to_go[..., None] * np.sign(noise)
    np.testing.assert_allclose(post.reshape(steps, batch, width), wanted, rtol=1e-12)


def test_the_example_is_short():
    assert len((EXAMPLES / "my_rule.py").read_text().splitlines()) < 50
