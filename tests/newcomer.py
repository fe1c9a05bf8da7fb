"""What a newcomer gets wrong, and what is said about it: `python tests/newcomer.py` prints the table as Markdown."""
from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from typer.testing import CliRunner

from neurosim import cli

GOOD = """[task]
name = "mackey-glass"
steps = 60
test_steps = 20
[network]
hidden = 6
[chip]
profile = "ideal"
[rule]
name = "anp"
learning_rate = 1e-3
[train]
epochs = 1
yardsticks = false
"""
PROFILE = """schema = 1
[chip]
id = "tiny"
name = "Tiny"
kind = "analog_imc"
[weights]
format = "conductance"
[device]
update_model = "soft_bounds"
dw_min = 0.002
w_max = 1.0
w_min = -1.0
[sources]
device = "made up"
"""
STREAM = 'name = "mackey-glass"\nsteps = 60\ntest_steps = 20'
WEATHER = GOOD.replace(STREAM, 'name = "weather"\ndata = "my.csv"\ntarget = "temp"\ninputs = ["wind"]')
GRID = GOOD + '[compare]\naxes = { rule = ["anp", "trace"] }\n'
MEMBRANE = 'hidden = 6\nneuron = "spiking"\n[network.membrane]\ntau_s = 0.02\n'
ROWS = "".join(f"{k % 13},{k * 37 % 101 / 7}\n" for k in range(300))


class Wrong(NamedTuple):
    """A mistake: the command, the files that lie there, and words that the sentence has to have."""

    what: str
    command: str
    files: dict[str, str | bytes]
    words: tuple[str, ...]


def edited(what: str, old: str, new: str, *words: str) -> Wrong:
    """A good experiment with something exchanged."""
    if old not in GOOD:
        raise ValueError(f"{old!r} is not in the good experiment")
    return Wrong(what, "run my.toml", {"my.toml": GOOD.replace(old, new)}, ("my.toml", *words))


def profiled(what: str, old: str, new: str, *words: str) -> Wrong:
    """A good experiment on a chip of one's own, with something exchanged in its profile."""
    if old not in PROFILE:
        raise ValueError(f"{old!r} is not in the profile")
    files = {"my.toml": GOOD.replace('"ideal"', '"chip.toml"'), "chip.toml": PROFILE.replace(old, new)}
    return Wrong(what, "run my.toml", files, ("chip.toml", *words))


def tabled(what: str, text: str | bytes, *words: str) -> Wrong:
    """A good experiment on a table of one's own."""
    return Wrong(what, "run my.toml", {"my.toml": WEATHER, "my.csv": text}, words)


MISTAKES = (
    Wrong("a file that is not there", "run my.tml", {"my.toml": GOOD}, ("my.tml", "no such file")),
    Wrong("a folder in place of the file", "run .", {}, ("directory",)),
    Wrong("no file at all", "run", {}, ("EXPERIMENT.toml", "neurosim run --help")),
    Wrong("a command that does not exist", "train my.toml", {"my.toml": GOOD}, ("train", "neurosim --help", "known are compare, ")),
    Wrong("a command with a typing error", "rnu my.toml", {"my.toml": GOOD}, ("'rnu'", "neurosim --help", "did you mean run?")),
    Wrong("an option of a command before it", "--jsn doctor", {}, ("--jsn", "neurosim --help", "known are --help")),
    Wrong("a command of profiles with a typing error", "profiles shw", {}, ("'shw'", "neurosim profiles --help", "did you mean show?")),
    Wrong(
        "an option that does not exist", "run my.toml --epochs 3", {"my.toml": GOOD},
        ("--epochs", "neurosim run --help", "known are --set")),
    Wrong(
        "an option with a typing error", "run my.toml --quik", {"my.toml": GOOD},
        ("--quik", "neurosim run --help", "did you mean --quick?")),
    Wrong("an option without its value", "run my.toml --out", {"my.toml": GOOD}, ("--out", "neurosim run --help")),
    Wrong("a setting without its table", "run my.toml --set epochs=3", {"my.toml": GOOD}, ("epochs=3", "table.key=value")),
    Wrong("a setting with a colon", "run my.toml --set train.epochs:3", {"my.toml": GOOD}, ("table.key=value",)),
    Wrong("a setting of a table that is none", "run my.toml --set training.epochs=3", {"my.toml": GOOD}, ("training", "train")),
    Wrong("an empty file", "run my.toml", {"my.toml": ""}, ("my.toml", "empty")),
    Wrong("a Python script", "run my.toml", {"my.toml": "import neurosim\n"}, ("my.toml", "TOML")),
    Wrong("YAML", "run my.toml", {"my.toml": "task:\n  name: copying\n"}, ("my.toml", "TOML", "line 1")),
    Wrong("a file of a word processor", "run my.toml", {"my.toml": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}, ("my.toml", "UTF-8")),
    Wrong("a file of a later version", "run my.toml", {"my.toml": "schema = 2\n" + GOOD}, ("my.toml: schema = 2", "must be 1")),
    edited("a table with a typing error", "[network]", "[netwrok]", "netwrok", "network"),
    edited("a key with a typing error", "hidden", "hiden", "network.hiden", "hidden"),
    edited("a key in the wrong table", "epochs = 1", "epochs = 1\nlearning_rate = 1e-3", "train.learning_rate", "it belongs in [rule]"),
    edited("a key above all tables", "[task]", "epochs = 3\n[task]", "epochs = 3", "it belongs in [train]"),
    edited("no learning rule", '[rule]\nname = "anp"\nlearning_rate = 1e-3', "", "rule.name", "is missing"),
    edited("a rule that is none", '"anp"', '"backprop"', "rule.name", "backprop", "anp"),
    edited("a task that is none", '"mackey-glass"', '"mnist"', "task.name", "mnist"),
    edited("a chip that is none", '"ideal"', '"loihi"', "chip.profile", "neurosim profiles list", "loihi2"),
    edited("a number in quotes", "hidden = 6", 'hidden = "6"', "network.hidden", "whole number"),
    edited("a fraction of a neuron", "hidden = 6", "hidden = 6.5", "network.hidden", "whole number"),
    edited("no neuron", "hidden = 6", "hidden = 0", "network.hidden", "from 1 to"),
    edited("a negative rate", "1e-3", "-1e-3", "rule.learning_rate", "greater than 0"),
    edited("a rate that is no number", "1e-3", "nan", "rule.learning_rate", "finite"),
    edited("a rate without quotes that is a word", "1e-3", "fast", "TOML", "line 11", "quotes"),
    edited("one seed in place of a list", "epochs = 1", "epochs = 1\nseeds = 1", "train.seeds"),
    edited("the same seed twice", "epochs = 1", "epochs = 1\nseeds = [1, 1]", "train.seeds", "differ"),
    edited("no epochs", "epochs = 1\n", "", "train.epochs", "is missing"),
    edited("yes in place of true", "false", '"no"', "train.yardsticks", "true or false"),
    edited("an effect that the chip does not have", '"ideal"', '"reram-sb"\nwithout = ["noise"]', "chip.without", "noise"),
    edited("a spiking rule on neurons that do not spike", '"anp"', '"e_prop"', "rule"),
    edited(
        "more neurons than the chip has", '6\n[chip]\nprofile = "ideal"', '5000\n[chip]\nprofile = "xylo-audio"', "hidden = 5000", "1000",
        "chip.profile", "network.hidden of at most 63", "topology.max_fan_out: 64"),
    edited("a membrane without its model", "hidden = 6", MEMBRANE, "network.membrane.model: is missing", '"lif", "adex"'),
    edited(
        "a membrane of a model that is none", "hidden = 6", MEMBRANE + 'model = "iaf"',
        'network.membrane.model = "iaf"', '"lif", "adex"'),
    edited(
        "a key that its membrane does not have", "hidden = 6", MEMBRANE + 'model = "lif"\ntreshold = 1.0',
        "network.membrane.treshold", "did you mean threshold"),
    Wrong("a table that is not there", "run my.toml", {"my.toml": WEATHER}, ("my.csv", "no such file")),
    tabled("a column that is not there", "wind,tmp\n" + ROWS, "my.csv", "temp", "tmp"),
    tabled("a gap in the data", "wind,temp\n1,2\n3,\n" + ROWS, "my.csv", "line 3"),
    tabled("a comma in place of the point", "wind;temp\n1,5;2,5\n", "my.csv", "separated by commas"),
    tabled("a spreadsheet that is not CSV", b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0\xff\xff", "my.csv"),
    tabled("too few rows", "wind,temp\n1,2\n3,4\n", "my.csv"),
    profiled("a profile without a schema", "schema = 1\n", "", "schema", "is missing"),
    profiled("a profile of a later version", "schema = 1", "schema = 2", "schema = 2", "must be 1"),
    profiled("a number without a source", 'device = "made up"', "", "source"),
    profiled("a device model that is none", "soft_bounds", "soft_bound", "device.update_model", "soft_bounds"),
    profiled("a range the wrong way round", "w_min = -1.0", "w_min = 1.0", "device.w_min"),
    profiled("a key that no profile has", "dw_min = 0.002", "dwmin = 0.002", "device.dwmin", "dw_min"),
    Wrong("a grid where one run is meant", "run my.toml", {"my.toml": GRID}, ("my.toml: compare", "neurosim compare")),
    Wrong("a comparison of nothing", "compare my.toml", {"my.toml": GOOD}, ("my.toml", "[compare]")),
    Wrong("a report of an empty folder", "report .", {}, ("comparison.json", "run.json")),
    Wrong("an export without a format", "export runs/mine", {}, ("--to", "neurosim export --help")),
    Wrong("an export of what is no run", "export . --to npz", {}, (".",)),
    Wrong("an export to a format that is none", "export . --to pytorch", {}, ("--to",)),
    Wrong("a comparison to go on with that is none", "resume .", {}, (".",)),
    Wrong("a folder to watch that is not there", "watch runs/mine", {}, ("runs/mine", "no such folder")),
    Wrong("a profile that is none", "profiles explain loihi", {}, ("neurosim profiles list", "loihi2")),
    Wrong("a benchmark that is none", "bench speed", {}, ("speed",)),
    Wrong("a promise that is none", "selftest bytes", {}, ("bytes",)),
)


def said(mistake: Wrong, folder: Path) -> tuple[int, str]:
    """Exit code, and all that is printed, in a folder of its own."""
    for name, content in mistake.files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    before = os.getcwd()
    os.chdir(folder)
    try:
        result = CliRunner().invoke(
            cli.app, mistake.command.split(), prog_name="neurosim", env={"COLUMNS": "400", "NEUROSIM_PYTHON": "1"})
    finally:
        os.chdir(before)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return 1, f"{type(result.exception).__name__}: {result.exception}"
    return result.exit_code, result.stdout + result.stderr


def main() -> None:
    """Print the table."""
    print("| wrong input | command | what is said |\n|---|---|---|")
    for mistake in MISTAKES:
        with tempfile.TemporaryDirectory() as folder:
            code, text = said(mistake, Path(folder))
        text = re.sub(rf"{re.escape(folder)}/?", "", text.strip())
        print(f"| {mistake.what} | `neurosim {mistake.command}` | {'' if code == 2 else f'(exit {code}) '}{text} |".replace("\n", " ⏎ "))


if __name__ == "__main__":
    sys.exit(main())
