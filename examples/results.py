"""Regenerate the tables of the README: every number in them comes from here.

Usage: python examples/results.py [--out runs/results]       about 10 minutes on one core; a finished experiment is not run again
Writes examples/results.md and puts it between the markers of README.md.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import platform
import subprocess

from paper_claim import into_readme

from neurosim import __version__, experiment, session

HERE = pathlib.Path(__file__).parent
COLUMNS = ("persistence", "linear (24 lags)", "frozen recurrence, least-squares readout", "true BPTT",
           "one-step backpropagation", "frozen recurrence, same readout rule")
SEEDS = "train.seeds=[1, 2, 3]"


def run(file: str, out: pathlib.Path, name: str, overrides: list[str]) -> dict:
    """The record of an experiment; read back if it is there."""
    folder = out / name
    if not (folder / "run.json").exists():
        print(f"{name} ...", flush=True)
        session.perform(experiment.load(HERE / file, [*overrides, SEEDS]), folder, file, "examples/results.py")
    return json.loads((folder / "run.json").read_text())


def cell(entry: dict | None) -> str:
    """Mean and standard deviation over seeds."""
    if entry is None or entry["mean"] is None:
        return "-"
    return f"{entry['mean']:.4f}" + (f" ± {entry['sd']:.4f}" if entry["sd"] else "")


def row(label: str, record: dict, score: str = "test_mse", columns: tuple[str, ...] = COLUMNS) -> str:
    """One line of a table: ours, then what it is compared with."""
    beside = {**record["predictors"], **record["yardsticks"]}
    if score != "test_mse":
        beside = {name: entry["scores"].get(score) for name, entry in record["yardsticks"].items()}
    return f"| {label} | **{cell(record['scores'][score])}** | " + " | ".join(cell(beside.get(name)) for name in columns) + " |"


def table(head: str, columns: tuple[str, ...], rows: list[str]) -> list[str]:
    """A Markdown table."""
    return [f"| {head} | this run | " + " | ".join(columns) + " |", "|---" * (len(columns) + 2) + "|", *rows, ""]


def main() -> None:
    """Run what is missing and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="runs/results", type=pathlib.Path)
    out = parser.parse_args().out
    commit = subprocess.run(["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    lines = [
        f"neurosim {__version__} at commit {commit}, Python {platform.python_version()}; mean ± standard deviation over seeds "
        "1, 2, 3; test mean squared error unless said; `python examples/results.py` makes this section.", ""]
    lines += ["**Weather at JFK 2013, learned online on `reram-sb` (readout digital), by horizon** (ANP, H = 100, leaky, 60 epochs)", ""]
    lines += table("horizon", COLUMNS, [
        row(f"{h} h", run("weather_reram.toml", out, f"weather-{h}h", [f"task.horizon_h={h}"])) for h in (1, 12, 24, 48)])
    lines += ["**The same at 12 h on other chips**", ""]
    chips = [("ideal", "digital"), ("fixed8", "chip"), ("reram-es", "digital"), ("reram-sb", "digital"), ("reram-sb", "chip")]
    lines += table("chip (readout)", COLUMNS[2:], [
        row(f"`{name}` ({readout})", run(
            "weather_reram.toml", out, f"chip-{name}-{readout}", [f"chip.profile={name}", f"chip.readout={readout}"]), columns=COLUMNS[2:])
        for name, readout in chips])
    lines += ["**Mackey-Glass recall as the paper's authors set it** (ideal chip, H = 100, B = 10, 6 epochs)", ""]
    lines += table("rule", ("constant", *COLUMNS[2:]), [
        row(f"{rule}, rate {rate}", run(
            "mackey_glass.toml", out, f"mackey-glass-{rule}", [f"rule.name={rule}", f"rule.learning_rate={rate}"]),
            columns=("constant", *COLUMNS[2:]))
        for rule, rate in (("anp", 0.05), ("readout", 0.05))])
    text = "\n".join(lines)
    (HERE / "results.md").write_text(text)
    into_readme("results", [text])
    print(text)


if __name__ == "__main__":
    main()
