"""The command line with a trainer that only pretends: what is printed, what is left, and with which exit code."""
from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from stub_run import GOOD, measure, pretend
from typer.testing import CliRunner

from neurosim import cli, doctor, trainer, yardsticks


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with ``small.toml`` in it."""
    (tmp_path / "small.toml").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(trainer, "train", pretend())
    monkeypatch.setattr(yardsticks, "measure", measure)
    monkeypatch.setattr(sys, "argv", ["neurosim", "run", "small.toml"])
    return tmp_path


def call(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments], prog_name="neurosim")


def refused(result) -> str:
    """The one sentence of an exit code 2; nothing on stdout, no traceback."""
    assert result.exit_code == 2, result.output
    assert result.stdout == "" and "Traceback" not in result.stderr
    assert result.stderr.startswith("neurosim: ") and result.stderr.count("\n") == 1
    return result.stderr.removeprefix("neurosim: ").strip()


# run

def test_run_prints_the_result_and_where_it_is(folder):
    result = call("run", "small.toml", "--out", "out")
    assert result.exit_code == 0, result.output
    assert "this run" in result.stdout and "verdict: " in result.stdout and "persistence" in result.stdout
    assert result.stdout.rstrip().endswith("results in out") and (folder / "out" / "run.json").is_file()


def test_without_a_terminal_progress_prints_nothing(folder):
    assert call("run", "small.toml", "--out", "out").stderr == ""


def test_the_default_folder_is_under_runs(folder):
    result = call("run", "small.toml")
    (made,) = os.listdir(folder / "runs")
    assert made.startswith("small-") and f"results in {os.path.join('runs', made)}" in result.stdout


def test_the_same_run_again_is_refused_and_leaves_the_first_alone(folder):
    call("run", "small.toml")
    before = {name: (folder / "runs" / name / "run.json").read_bytes() for name in os.listdir(folder / "runs")}
    assert "already exists; name another folder with --out" in refused(call("run", "small.toml"))
    assert before == {name: (folder / "runs" / name / "run.json").read_bytes() for name in os.listdir(folder / "runs")}


def test_json_is_all_there_is_on_stdout(folder):
    result = call("run", "small.toml", "--out", "out", "--json")
    record = json.loads(result.stdout)
    assert record.pop("folder") == "out" and record == json.loads((folder / "out" / "run.json").read_text())
    assert record["provenance"]["command"] == "neurosim run small.toml"


def test_set_changes_settings_and_they_are_kept(folder):
    call("run", "small.toml", "--out", "out", "--set", "rule.sigma=0.5", "--set", "train.seeds=[9]")
    text = (folder / "out" / "experiment.toml").read_text()
    assert "sigma = 0.5" in text and "seeds = [9]" in text


def test_quick_is_one_epoch_of_the_first_seed(folder):
    record = json.loads(call("run", "small.toml", "--quick", "--json").stdout)
    assert list(record["scores"]["test_mse"]["seeds"]) == ["1"]
    assert "epochs = 1\n" in (folder / record["folder"] / "experiment.toml").read_text()


@pytest.mark.parametrize(("setting", "sentence"), [
    ("chip.profile=ideel", '--set chip.profile = "ideel"; must be one of '),
    ("chip.profile=mine.toml", "no such file"),
    ("rule.name=amp", '--set rule.name = "amp"; must be one of anp, '),
    ("rule.learning_rat=1e-3", "--set rule.learning_rat = 0.001; there is no such key; did you mean learning_rate?"),
    ("rule.learning_rate=-1", "--set rule.learning_rate = -1; must be greater than 0"),
    ("network.hidden=0", "--set network.hidden = 0; must be from 1 to 65535"),
    ("network.hidden=65536", "--set network.hidden = 65536; must be from 1 to 65535"),
    ("nonsense", '--set "nonsense": must have the form table.key=value'),
])
def test_a_wrong_setting_ends_with_one_sentence_and_no_folder(folder, setting, sentence):
    assert sentence in refused(call("run", "small.toml", "--set", setting))
    assert os.listdir(folder) == ["small.toml"]


@pytest.mark.parametrize(("content", "sentence"), [
    (b"", "small.toml: is empty"), (b"\xff\xfe", "small.toml: is not UTF-8 text"), (b"[task", "small.toml: is not TOML"),
    (GOOD.replace("1e-3", "nan").encode(), "small.toml: rule.learning_rate = nan; must be a finite number"),
    (GOOD.replace("hidden", "hiden").encode(), "small.toml: network.hiden = 6; there is no such key; did you mean hidden?"),
])
def test_a_wrong_file_ends_with_one_sentence_and_no_folder(folder, content, sentence):
    (folder / "small.toml").write_bytes(content)
    assert refused(call("run", "small.toml")).startswith(sentence)
    assert os.listdir(folder) == ["small.toml"]


def test_a_directory_and_a_missing_file_end_with_one_sentence(folder):
    assert refused(call("run", folder)).endswith("is a directory; must be a TOML file")
    assert refused(call("run", "none.toml")) == "none.toml: no such file"


def table(rows=300, column=lambda k: f"{(k * 37 % 101) / 7}"):
    return "a,b\n" + "".join(f"{k % 13},{column(k)}\n" for k in range(rows))


@pytest.mark.parametrize(("content", "sentence"), [
    (table(column=lambda k: "nan" if k == 5 else f"{k % 7}"), "data.csv: column 'b': line 7 holds 'nan'; must be a finite number"),
    (table().replace("a,b", "a,c"), "data.csv: column 'b': does not exist"),
    ("", "data.csv: is empty"), ("a,b\n", "data.csv: has a header and no rows"), (None, "data.csv'; no such file"),
    (b"a,b\n1,\xff\n", "data.csv: is not UTF-8 text"),
])
def test_wrong_data_end_with_one_sentence_and_no_folder(folder, content, sentence):
    if isinstance(content, bytes):
        (folder / "data.csv").write_bytes(content)
    elif content is not None:
        (folder / "data.csv").write_text(content)
    (folder / "small.toml").write_text(GOOD.replace(
        'name = "mackey-glass"\nsteps = 600\ntest_steps = 40', 'name = "weather"\ndata = "data.csv"\ntarget = "b"\ninputs = ["a"]'))
    assert sentence in refused(call("run", "small.toml"))
    assert set(os.listdir(folder)) <= {"small.toml", "data.csv"}


def test_a_network_over_the_capacity_of_the_chip_ends_with_one_sentence(folder):
    profile = 'schema = 1\nchip = { id = "tiny", name = "Tiny", kind = "digital" }\nweights = { format = "float" }\n' \
        '[topology]\nn_cores = 1\nneurons_per_core = 5\n[sources]\ntopology = "made up"\n'
    (folder / "tiny.toml").write_text(profile)
    sentence = refused(call("run", "small.toml", "--set", "chip.profile=tiny.toml"))
    assert sentence.startswith("small.toml: network.hidden = 6; needs 6 neurons, and tiny.toml has 5")
    assert sorted(os.listdir(folder)) == ["small.toml", "tiny.toml"]


def test_divergence_ends_with_step_quantity_and_last_good_state(folder, monkeypatch):
    monkeypatch.setattr(trainer, "train", pretend("diverge", at=(1, 2)))
    result = call("run", "small.toml", "--out", "out")
    assert result.exit_code == 1 and result.stdout == ""
    assert result.stderr == (
        "neurosim: diverged at step 15: training loss is not finite; last good state: end of epoch 1, kept in "
        f"{os.path.join('out', 'seed-1', 'checkpoint.h5')}\n")
    assert (folder / "out" / "seed-1" / "checkpoint.h5").is_file()


def test_an_interrupt_ends_with_130_and_a_checkpoint(folder, monkeypatch):
    monkeypatch.setattr(trainer, "train", pretend(KeyboardInterrupt(), at=(1, 2)))
    result = call("run", "small.toml", "--out", "out")
    assert result.exit_code == 130 and result.stderr == (
        "neurosim: interrupted; what was reached is in out; neurosim resume out goes on\n")
    assert (folder / "out" / "seed-1" / "checkpoint.h5").is_file()


def test_an_interrupt_before_anything_is_kept_leaves_nothing(folder, monkeypatch):
    monkeypatch.setattr(trainer, "train", pretend(KeyboardInterrupt(), at=(1, 1)))
    result = call("run", "small.toml", "--out", "out")
    assert (result.exit_code, result.stderr) == (130, "neurosim: interrupted\n")
    assert os.listdir(folder) == ["small.toml"]


def test_too_little_memory_ends_with_one_sentence(folder, monkeypatch):
    monkeypatch.setattr(trainer, "train", pretend(MemoryError(), at=(1, 1)))
    result = call("run", "small.toml")
    assert result.exit_code == 1 and result.stderr.startswith("neurosim: not enough memory")


def test_a_name_with_control_characters_cannot_write_to_the_terminal(folder):
    assert "\x1b" not in refused(call("run", "a\x1b[31m.toml"))


@pytest.mark.parametrize("arguments", [
    ["run"], ["run", "small.toml", "--sett", "a.b=1"], ["walk"], ["run", "small.toml", "extra"], ["profiles", "shw"],
    ["profiles", "show"]])
def test_a_wrong_call_ends_with_2(folder, arguments):
    result = call(*arguments)
    assert result.exit_code == 2 and "Traceback" not in result.output and os.listdir(folder) == ["small.toml"]


# profiles

def test_profiles_list_names_what_is_shipped():
    assert "ideal" in call("profiles", "list").stdout
    found = json.loads(call("profiles", "list", "--json").stdout)
    assert {"ideal", "fixed8"} <= {row["name"] for row in found} and all(len(row["digest"]) == 64 for row in found)


def test_profiles_show_gives_every_number_with_its_source():
    assert "weights.bits" in call("profiles", "show", "fixed8").stdout
    found = json.loads(call("profiles", "show", "fixed8", "--json").stdout)
    assert found["quantities"]["weights.bits"]["v"] == 8 and found["quantities"]["weights.bits"]["source"]


def test_profiles_check_accepts_a_good_file_and_names_what_is_uncertain():
    from neurosim.profile import profiles_folder

    path = profiles_folder() / "fixed8.toml"
    text = call("profiles", "check", path).stdout
    assert "fixed8.toml is valid" in text and "assumed: topology.n_cores = 128" in text
    found = json.loads(call("profiles", "check", path, "--json").stdout)
    assert found["valid"] is True and found["unverified"]


def test_profiles_check_refuses_a_bad_file(tmp_path):
    (tmp_path / "bad.toml").write_text("schema = 2\n")
    assert refused(call("profiles", "check", tmp_path / "bad.toml")).startswith("bad.toml: schema = 2; must be 1")
    assert refused(call("profiles", "check", tmp_path, "--json"))


def test_profiles_explain_is_in_plain_words():
    assert "weights are whole numbers" in " ".join(call("profiles", "explain", "fixed8").stdout.split())
    explained = json.loads(call("profiles", "explain", "fixed8", "--json").stdout)
    assert explained["effects"][0].keys() == {"effect", "numbers", "source"}
    assert explained["unverified"][0].keys() == {"number", "v", "status", "source"}
    told = " ".join(call("profiles", "explain", "dynapse2").stdout.split())
    assert "numbers that a result may rest on and that are no fact" in told and "unverified" in told
    assert call("profiles", "explain", "ideal").stdout == "nothing: this chip is ideal\n"
    assert json.loads(call("profiles", "explain", "ideal", "--json").stdout) == {"effects": [], "unverified": []}


def test_an_unknown_profile_is_refused():
    assert "did you mean ideal?" in refused(call("profiles", "show", "idea"))


# doctor

def test_doctor_lists_the_installation():
    result = call("doctor")
    assert result.exit_code == 0 and "numba" in result.stdout and "compiler cache" in result.stdout
    assert {row["status"] for row in json.loads(call("doctor", "--json").stdout)} <= {"ok", "missing"}


def test_doctor_ends_with_1_if_something_fails(monkeypatch):
    monkeypatch.setattr(doctor, "examine", lambda: [doctor.Check("numba", "failed", "not installed")])
    assert call("doctor").exit_code == 1 and call("doctor", "--json").exit_code == 1


# the program

def test_importing_the_command_line_loads_nothing_heavy():
    code = "import sys, neurosim.cli; print([n for n in ('numba', 'numpy', 'pydantic', 'matplotlib', 'h5py') if n in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


def test_help_names_every_command():
    result = call("--help")
    assert result.exit_code == 0
    for command in ("run", "profiles", "doctor"):
        assert command in result.stdout


def test_the_program_ends_with_one_sentence_and_the_exit_code(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "neurosim", "run", str(tmp_path / "none.toml")], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"neurosim: {tmp_path / 'none.toml'}: no such file\n"
