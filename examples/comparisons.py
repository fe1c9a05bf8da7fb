"""The three example comparisons: runs them, writes their reports as Markdown and their tables into the README.

Usage: python examples/comparisons.py [FILE.toml ...] [--workers 2] [--quick] [--out runs]
What is finished is not run again.  --quick runs nothing: does every combination still fit its chip?
"""
from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from paper_claim import into_readme
from speed import markdown as table

from neurosim.compare import study
from neurosim.compare.grid import grid_of, points
from neurosim.compare.plan import plan_of
from neurosim.report.comparison_table import amount, difference, known, number
from neurosim.report.page import markdown

HERE = Path(__file__).parent
FILES = ("compare_rules_under_noise.toml", "compare_noise_threshold.toml", "compare_transfer.toml")
FROZEN = ("frozen, same readout rule", "frozen, least-squares readout")


def rows_of(record: dict[str, Any]) -> list[tuple[str, ...]]:
    """A row per combination."""
    rows = []
    for one in record["groups"]:
        interval = f" ({number(one['lo'])} to {number(one['hi'])})" if known(one["lo"]) else ""
        others = [difference(one["against"].get(name)) for name in (*FROZEN, "true BPTT")]
        rows.append((*one["point"].values(), one["score"], f"**{number(one['mean'])}**{interval}", *others, amount(one["cost"], "writes")))
    return rows


def section(name: str, record: dict[str, Any]) -> list[str]:
    """What the README says of a comparison."""
    axes = [axis["name"] for axis in record["axes"]]
    header = [*axes, "score", "mean (95 % interval)", "minus frozen, same rule", "minus frozen, least squares", "minus BPTT", "writes"]
    lines = [f"**{record['title']}** (`neurosim compare examples/{name}.toml`; [report](examples/{name}.md))", "", record["note"], "",
             table(header, rows_of(record))]
    said = [(one["point"], one["says"]) for one in record["thresholds"]]
    said += [({**one["point"], "to": f"to {one['to']}"}, one["says"]) for one in record["transfer"]]
    return [*lines, *(f"* {', '.join(point.values())}: {text}" for point, text in said), *([""] if said else [])]


def main() -> None:
    """Run what is missing and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", default=FILES)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("runs"))
    options = parser.parse_args()
    for file in options.files:
        path, name = HERE / Path(file).name, Path(file).stem
        if options.quick:
            grid = grid_of(study.read(path), path)
            study.check(grid)
            print(f"{name}: {len(plan_of(grid).jobs)} runs of {len(points(grid))} combinations")
            continue
        record = study.compare(study.read(path), path, options.out / name, options.workers)
        print(f"{name}: {len(record['groups'])} combinations, {record['status']}, {len(record['failures'])} runs that did not end well")
        (HERE / f"{name}.md").write_text(markdown(options.out / name))
        into_readme(name, section(name, record))


if __name__ == "__main__":
    main()
