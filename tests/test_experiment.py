"""Experiment files: what is valid comes back the same, what is not is refused in one sentence."""
from __future__ import annotations

import pytest

from neurosim.errors import InputError, MappingError
from neurosim.experiment import blamed, digest, load, named, resolved
from neurosim.rules import RULES

GOOD = """
[task]
name = "mackey-glass"
[network]
hidden = 20
[chip]
profile = "ideal"
[rule]
name = "anp"
learning_rate = 1e-3
[train]
epochs = 2
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "weather.toml"
    path.write_text(GOOD)
    return path


def refusal(path, *overrides) -> str:
    with pytest.raises(InputError) as caught:
        load(path, overrides)
    text = str(caught.value)
    assert "\n" not in text and caught.value.exit_code == 2
    return text


def changed(file, old, new):
    file.write_text(GOOD.replace(old, new))
    assert new in file.read_text()
    return file


# what is valid

def test_a_file_becomes_an_experiment_with_defaults(file):
    experiment = load(file)
    assert experiment.task.name == "mackey-glass" and experiment.network.hidden == 20
    assert experiment.rule.learning_rate == 1e-3 and experiment.rule.sigma == 1e-3
    assert experiment.train.batch == type(experiment.task).default_batch
    assert experiment.train.seeds == (1,) and experiment.train.yardsticks is True
    assert experiment.chip.precision == "float32" and experiment.chip.readout == "chip"


def test_an_experiment_never_changes(file):
    with pytest.raises(ValueError, match="frozen"):
        load(file).train.epochs = 3


def test_a_byte_order_mark_is_ignored(file):
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load(file).train.epochs == 2


def test_overrides_change_settings(file):
    experiment = load(file, [
        "rule.learning_rate=2e-3", "train.seeds=[3, 4]", "network.neuron=leaky", "network.tau_steps=2.0",
        "network.decorrelation.rate=1e-5", "chip.precision='float64'", "train.yardsticks=false"])
    assert experiment.rule.learning_rate == 2e-3 and experiment.train.seeds == (3, 4)
    assert experiment.network.neuron == "leaky" and experiment.network.decorrelation.rate == 1e-5
    assert experiment.chip.precision == "float64" and experiment.train.yardsticks is False


def test_relative_paths_start_at_the_folder_of_the_file(file, monkeypatch, tmp_path):
    changed(file, 'name = "mackey-glass"', 'name = "weather"\ndata = "sub/table.csv"')
    monkeypatch.chdir("/")
    experiment = load(file, ["chip.profile=mine.toml"])
    assert experiment.task.data == str(tmp_path / "sub" / "table.csv")
    assert experiment.chip.profile == str(tmp_path / "mine.toml")


def test_names_of_shipped_data_and_profiles_are_no_paths(file):
    changed(file, 'name = "mackey-glass"', 'name = "weather"\ndata = "jfk-2013"')
    assert load(file).task.data == "jfk-2013" and load(file).chip.profile == "ideal"


# resolved and digest

@pytest.mark.parametrize("overrides", [
    [], ["network.decorrelation.rate=1e-5", "train.seeds=[1,2,3]"], ["rule.name=wp", "train.batch=7", "train.update=sequence"],
    ["rule.name=readout", "train.bptt_learning_rate=1e-4", "network.connectivity=sparse", "network.density=0.1"],
    ["task.name=weather", "task.data=a \"b\" ü.csv", "task.inputs=['a','b']"], ["task.name=copying", "task.length=3"],
])
def test_the_resolved_text_gives_the_same_experiment(file, tmp_path, overrides):
    experiment = load(file, overrides)
    (tmp_path / "sub").mkdir()
    again = tmp_path / "sub" / "again.toml"
    again.write_text(resolved(experiment), encoding="utf-8")
    assert load(again) == experiment
    assert digest(load(again)) == digest(experiment)
    assert resolved(load(again)) == resolved(experiment)


def test_the_digest_changes_with_every_setting_and_not_with_the_writing(file):
    base = digest(load(file))
    assert digest(load(file, ["rule.learning_rate=0.001", "train.seeds=[1]"])) == base
    for override in ("rule.learning_rate=0.002", "train.seeds=[2]", "chip.profile=fixed8", "network.hidden=21"):
        assert digest(load(file, [override])) != base


def test_a_data_file_counts_with_its_bytes_and_not_with_its_place(file, tmp_path):
    for name, text in (("a.csv", "x\n1\n"), ("b.csv", "x\n1\n"), ("c.csv", "x\n2\n")):
        (tmp_path / name).write_text(text)
    a, b, c = (digest(load(file, ["task.name=weather", f"task.data={name}.csv"])) for name in "abc")
    assert a == b != c


def test_every_file_of_a_task_counts_with_its_bytes_and_lies_beside_the_experiment(file, tmp_path):
    """`targets` of a recording as well as its events."""
    digests, settings = [], ["task.name=events", "task.data=spikes.csv", "task.lines=2", "task.targets=curve.csv", "task.columns=['y']"]
    for events, curve in (("0.0,1", "1"), ("0.0,1", "1"), ("0.0,0", "1"), ("0.0,1", "2")):
        (tmp_path / "spikes.csv").write_text(f"t_s,address\n{events}\n")
        (tmp_path / "curve.csv").write_text(f"y\n{curve}\n")
        experiment = load(file, settings)
        digests.append(digest(experiment))
    assert experiment.task.targets == str(tmp_path / "curve.csv")
    assert digests[0] == digests[1] and len(set(digests)) == 3


# settings that are wrong

@pytest.mark.parametrize(("old", "new", "sentence"), [
    ("learning_rate = 1e-3", "learning_rate = -1.0", "rule.learning_rate = -1.0; must be greater than 0"),
    ("learning_rate = 1e-3", "learning_rate = 0", "rule.learning_rate = 0; must be greater than 0"),
    ("learning_rate = 1e-3", "learning_rate = nan", "rule.learning_rate = nan; must be a finite number"),
    ("learning_rate = 1e-3", "learning_rate = inf", "rule.learning_rate = inf; must be a finite number"),
    ("learning_rate = 1e-3", 'learning_rate = "1"', 'rule.learning_rate = "1"; must be a number, greater than 0'),
    ("learning_rate = 1e-3", "learning_rate = true", "rule.learning_rate = true; must be a number, greater than 0"),
    ("learning_rate = 1e-3", "learning_rat = 1e-3", "rule.learning_rat = 0.001; there is no such key; did you mean learning_rate?"),
    ("learning_rate = 1e-3", "", "rule.learning_rate: is missing; must be a number, greater than 0"),
    ('name = "anp"', 'name = "np "', "rule.name = \"np \"; must be one of " + ", ".join(RULES) + "; did you mean np?"),
    ('name = "anp"', 'name = "backprop"', 'rule.name = "backprop"; must be one of ' + ", ".join(RULES)),
    ('name = "anp"', "name = 3", "rule.name = 3; must be one of " + ", ".join(RULES)),
    ('name = "anp"', "", "rule.name: is missing; must be one of " + ", ".join(RULES)),
    ("hidden = 20", "hidden = 0", "network.hidden = 0; must be from 1 to 65535"),
    ("hidden = 20", "hidden = 20.0", "network.hidden = 20.0; must be a whole number, from 1 to 65535"),
    ("hidden = 20", "hidden = true", "network.hidden = true; must be a whole number, from 1 to 65535"),
    ("epochs = 2", "epochs = 0", "train.epochs = 0; must be from 1 to 1000000"),
    ("epochs = 2", "epochs = 2\nseeds = []", "train.seeds = []; must be a list of at least 1"),
    ("epochs = 2", "epochs = 2\nseeds = [1, 1]", "train.seeds = [1, 1]; seeds must differ from each other"),
    ("epochs = 2", "epochs = 2\nseeds = [1, -2]", "train.seeds[1] = -2; must be at least 0"),
    ("epochs = 2", "epochs = 2\nbatch = 0", "train.batch = 0; must be from 1 to 1000000"),
    ("epochs = 2", "epochs = 1979-05-27", "train.epochs = 1979-05-27; dates and times have no use here"),
    ("epochs = 2", "epochs = 0x1" + 5000 * "0", "train.epochs = 0x1"),
    ('profile = "ideal"', 'profile = ""', 'chip.profile = ""; must be text in quotes, not empty'),
    ('profile = "ideal"', 'profile = "ideal"\nprecision = "float16"', 'chip.precision = "float16"; must be one of "float32", "float64"'),
    ('name = "mackey-glass"', 'name = "mackey"', 'task.name = "mackey"; must be one of mackey-glass, copying, weather'),
    ("[train]", "[trian]", "trian: there is no such table; did you mean train?"),
    ("[task]", "speed = 3\n[task]", "speed = 3; there is no such table; known are task, network, chip, rule, train"),
    ("[chip]\nprofile = \"ideal\"", "", "chip.profile: is missing; must be text in quotes"),
])
def test_a_wrong_setting_is_refused_with_file_field_value_and_what_is_allowed(file, old, new, sentence):
    assert refusal(changed(file, old, new)).startswith(f"weather.toml: {sentence}")


def test_a_table_must_be_a_table(file):
    file.write_text("rule = 3\n" + GOOD.replace('[rule]\nname = "anp"\nlearning_rate = 1e-3\n', ""))
    assert refusal(file) == "weather.toml: rule = 3; must be a table, [rule]"


# files that are wrong

@pytest.mark.parametrize(("content", "problem"), [
    (b"", "weather.toml: is empty; needs the tables [task], [network], [chip], [rule], [train]"),
    (b" \n\t\n", "weather.toml: is empty"),
    (b"[task]\nname = \"\xff\"", "weather.toml: is not UTF-8 text (byte 15: invalid start byte)"),
    (b"\x00\x01\x02", "weather.toml: is not TOML"),
    (b"[task", "weather.toml: is not TOML"),
    (b"a = 1\na = 2", "weather.toml: is not TOML"),
    (b"a = " + b"9" * 5000, "weather.toml: is not TOML"),
    (b"a = " + b"[" * 100_000, "weather.toml: is not TOML that can be read (nested too deeply)"),
    (b"# " + b"x" * 2**18, "weather.toml: is larger than 256 KiB"),
    (b"[" + b"a." * 2000 + b"a]", "weather.toml: is not TOML that can be read (a key of more than 32 parts)"),
    (b"[no]\nx = " + b"[" * 60 + b"]" * 60, "weather.toml: no.x[0]: is nested more than 32 deep"),
    (b"[no]\nx = " + b"{a=" * 60 + b"1" + b"}" * 60, "weather.toml: no.x.a: is nested more than 32 deep"),
    ("\ufeff".encode("utf-16"), "weather.toml: is not UTF-8 text"),
])
def test_a_file_that_is_no_experiment_is_refused(file, content, problem):
    file.write_bytes(content)
    assert refusal(file).startswith(problem)


def test_a_file_that_does_not_exist_is_refused(tmp_path):
    assert refusal(tmp_path / "none.toml") == f"{tmp_path / 'none.toml'}: no such file"


def test_a_directory_is_refused(tmp_path):
    assert refusal(tmp_path) == f"{tmp_path}: is a directory; must be a TOML file"


def test_a_device_is_refused():
    assert refusal("/dev/zero").endswith("is not a regular file; must be a TOML file")


def test_a_name_with_a_null_byte_is_refused():
    assert refusal("a\0b.toml")


# overrides that are wrong

@pytest.mark.parametrize(("override", "sentence"), [
    ("rule.learning_rate=-1.0", "--set rule.learning_rate = -1.0; must be greater than 0"),
    ("rule.learning_rate=", '--set rule.learning_rate = ""; must be a number, greater than 0'),
    ("rule.learning_rate=fast", '--set rule.learning_rate = "fast"; must be a number, greater than 0'),
    ("rule" + ".a" * 40 + "=1", "--set \"rule" + ".a" * 26 + "...: has a key of 41 parts; at most 32 are read"),
    ("rule.learning_rate=" + "[" * 5000, "--set \"rule.learning_rate=" + "[" * 37 + "...: has a value that cannot be read (nested too"),
    ("rule.learning_rate=" + "[" * 60 + "]" * 60, "--set rule.learning_rate[0]: is nested more than 32 deep"),
    ("rule.learning_rate=nan", "--set rule.learning_rate = nan; must be a finite number"),
    ("rule.learning_rat=1", "--set rule.learning_rat = 1; there is no such key; did you mean learning_rate?"),
    ("rul.learning_rate=1", '--set "rul.learning_rate=1": there is no table "rul"; did you mean rule?'),
    ("train.epochs.deep=1", "--set train.epochs.deep: cannot be set; train.epochs is not a table"),
    ("train.seeds=[1,-1]", "--set train.seeds[1] = -1; must be at least 0"),
    ("rule", '--set "rule": must have the form table.key=value'),
    ("rule=3", '--set "rule=3": must have the form table.key=value'),
    ("rule.=3", '--set "rule.=3": must have the form table.key=value'),
    ("=3", '--set "=3": must have the form table.key=value'),
    ("rule.learning_rate=1\nx = 2", "--set \"rule.learning_rate=1\\nx = 2\": must be one line of UTF-8 text"),
    ("task.kind=\udcff", "--set \"task.kind="),
])
def test_a_wrong_override_is_blamed_on_the_command_line(file, override, sentence):
    assert refusal(file, override).startswith(sentence)


def test_what_the_file_has_wrong_is_not_blamed_on_the_command_line(file):
    changed(file, "hidden = 20", "hidden = 0")
    assert refusal(file, "rule.learning_rate=1e-4").startswith("weather.toml: network.hidden")


# errors of the chip and the task

@pytest.mark.parametrize(("where", "shown"), [
    ("network.hidden", "weather.toml: network.hidden = 9; too large"), ("profile", "weather.toml: chip.profile = 9; too large"),
    ("task.data", "weather.toml: task.data = 9; too large"), ("table.csv: line 3", "table.csv: line 3 = 9; too large"),
])
def test_a_field_that_is_refused_later_is_named_with_its_file(where, shown):
    with pytest.raises(MappingError) as caught, named("weather.toml"):
        raise MappingError(where, "= 9; too large")
    assert str(caught.value) == shown


def test_a_field_from_the_command_line_that_is_refused_later_is_blamed_on_it():
    with pytest.raises(MappingError) as caught, blamed(["network.hidden=9"], "a.toml"), named("a.toml"):
        raise MappingError("network.hidden", "= 9; too large")
    assert str(caught.value) == "--set network.hidden = 9; too large"
