"""Compare learning rules as a TOML file says: every rule, every seed, the yardsticks beside them, with confidence intervals.

Usage: python examples/paper_claim.py [FILE.toml ...] [--workers 2] [--quick] [--out runs/paper_claim]
Writes FILE.md beside every file (and FILE.png if it asks for one); that of paper_claim.toml goes into the README as well.  A case
that is finished is read back, so that a stopped comparison goes on where it was.

A file holds tables; a table holds an experiment (task, network, chip, train) and rows, each a rule with its optimizer and whatever
else differs.  A row with `yardstick` = "bptt", "one_step" or "least_squares" is no rule but what the rules are compared with.
`search` in a row lists values of fields: all combinations run on `search_seeds`, the lowest training loss decides, and the table
says what was chosen.  `rates_of` takes the choices of another table instead.  `summary` names the score of a last table: rules down
and tables across, or the other way round with `by_table`.
"""
from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import pathlib
import platform
import subprocess
import time
import tomllib
from collections.abc import Callable
from typing import Any

import claim_pages
from claim_cases import case_of, kinds_first, merged, perform, rows_of, settings_of

HERE = pathlib.Path(__file__).parent
Performer = Callable[[list[dict[str, Any]], str], list[dict[str, Any]]]


def searched(plan: dict[str, Any], tables: list[dict[str, Any]], perform_all: Performer) -> None:
    """Replace every row that has a `search` by its best setting, in place; a table with `rates_of` takes those of another, row by row."""
    seeds = plan.get("search_seeds", [])
    own = [table for table in tables if "rates_of" not in table]
    tried = [(table, k, setting) for table in own for k, row in enumerate(table["rows"]) for setting in settings_of(row)]
    cases = [case_of(table, merged(table["rows"][k], setting), seed, False) for table, k, setting in tried for seed in seeds]
    found = perform_all(cases, "search")
    best: dict[tuple[int, int], tuple[float, dict[str, Any]]] = {}
    for index, (table, k, setting) in enumerate(tried):
        losses = [scores.get("train_loss", math.inf) for scores in found[index * len(seeds):(index + 1) * len(seeds)]]
        total = sum(loss if math.isfinite(loss) else math.inf for loss in losses)
        if (id(table), k) not in best or total < best[id(table), k][0]:
            best[id(table), k] = total, setting
    settings = {(table["title"], table["rows"][k]["label"]): best[id(table), k][1] for table, k, _ in tried}
    for table in tables:
        for k, row in enumerate(table["rows"]):
            setting = settings.get((table.get("rates_of", table["title"]), row["label"]))
            if setting:
                table["rows"][k] = {**merged(row, setting), "chosen": ", ".join(dict.fromkeys(claim_pages.change_of(setting)))}


def write(file: pathlib.Path, plan: dict[str, Any], tables: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
    """The page of a file, its picture, and its part of the README."""
    seeds = plan["seeds"]
    commit = subprocess.run(["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    lines = [f"<!-- made by python examples/paper_claim.py {file.name} at commit {commit}, Python {platform.python_version()} -->",
             f"## {plan['title']}", "", plan["note"], "",
             f"Mean ± half of the 95 % confidence interval (Student's t) over seeds {seeds[0]} to {seeds[-1]} ({len(seeds)} seeds); "
             f"{sum(scores['cpu_s'] for scores in found) / 60:.0f} minutes of CPU time in all, searches apart.", ""]
    parts = []
    for table in tables:
        rows, each = table["rows"], len(table["seeds"])
        part, found = found[:len(rows) * each], found[len(rows) * each:]
        results = [part[k:k + each] for k in range(0, len(part), each)]
        lines += claim_pages.text_of(table, rows, [row.get("chosen", "") for row in rows], results)
        parts.append((table, rows, results))
    if plan.get("by_table"):
        short = claim_pages.by_table(plan["summary"], parts)
        lines += short
        into_readme(file.stem, short[2:])
    elif "summary" in plan:
        lines += claim_pages.summary(plan["summary"], parts)
    if "picture" in plan:
        claim_pages.picture(file.with_suffix(".png"), parts, plan["picture"])
        lines += [f"![Loss against forward passes]({file.with_suffix('.png').name})", ""]
    file.with_suffix(".md").write_text("\n".join(lines))
    if file.name == "paper_claim.toml":
        text = "\n".join(lines[1:]).replace("\n## ", "\n### ").replace("](paper_claim.png)", "](examples/paper_claim.png)")
        into_readme("claim", text.split("\n"))


def into_readme(name: str, lines: list[str]) -> None:
    """Put lines between the marks of that name in the README; nothing if it has none."""
    readme = HERE.parent / "README.md"
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    before, _, rest = readme.read_text().partition(begin)
    if end in rest:
        text = "\n".join(lines)
        readme.write_text(f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}")


def main() -> None:
    """Run what is missing and write the pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path, default=[HERE / "paper_claim.toml"])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true", help="every eighth row, one epoch, one seed, no search, nothing written")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/paper_claim"))
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    options.out.mkdir(parents=True, exist_ok=True)
    with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
        for file in options.files:
            plan, began = tomllib.loads(file.read_text()), time.perf_counter()

            def perform_all(cases: list[dict[str, Any]], what: str, name: str = file.name, began: float = began) -> list[dict[str, Any]]:
                order, found = kinds_first(cases), {}
                for k, scores in zip(order, pool.imap(perform, [(cases[k], str(options.out)) for k in order]), strict=True):
                    found[k] = scores
                    print(f"\r{name}: {what} {len(found)} of {len(cases)}, {time.perf_counter() - began:.0f} s ", end="", flush=True)
                return [found[k] for k in range(len(cases))]

            step, n_seeds = (8, 1) if options.quick else (1, None)
            tables = [{**table, "rows": rows_of(plan, table)[::step], "seeds": table.get("seeds", plan["seeds"])[:n_seeds]}
                      for table in plan["table"]]
            if options.quick:
                tables = [{**table, "rows": [merged(row, (settings_of(row) or [{}])[0]) for row in table["rows"]]} for table in tables]
            else:
                searched(plan, tables, perform_all)
            cases = [case_of(table, row, seed, options.quick) for table in tables for row in table["rows"] for seed in table["seeds"]]
            found = perform_all(cases, "case")
            print()
            if not options.quick:
                write(file, plan, tables, found)


if __name__ == "__main__":
    main()
