"""Compare learning rules as a TOML file says: every rule, every seed, the yardsticks beside them, with confidence intervals.

Usage: python examples/paper_claim.py [FILE.toml ...] [--workers 2] [--quick] [--out runs/paper_claim]
Writes FILE.md beside every file; that of paper_claim.toml goes into the README as well.  A case that is finished is read back, so
that a stopped comparison goes on where it was.

A file holds tables; a table holds an experiment (task, network, chip, train) and rows, each a rule with its optimizer and whatever
else differs.  A row with `yardstick` = "bptt", "one_step" or "least_squares" is no rule but what the rules are compared with.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import math
import multiprocessing
import os
import pathlib
import platform
import statistics
import subprocess
import time
import tomllib
from typing import Any

HERE = pathlib.Path(__file__).parent
# Student's t, 0.975, by degrees of freedom
T975 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 14: 2.145,
        19: 2.093}


def merged(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """`base` with the tables of `change` merged into it."""
    result = dict(base)
    for key, value in change.items():
        result[key] = merged(result[key], value) if isinstance(value, dict) and isinstance(result.get(key), dict) else value
    return result


def case_of(table: dict[str, Any], row: dict[str, Any], seed: int, quick: bool) -> dict[str, Any]:
    """Everything that decides one number."""
    experiment = {name: table[name] for name in ("task", "network", "chip", "train") if name in table}
    experiment = merged(experiment, {name: row[name] for name in ("task", "network", "chip", "train", "rule") if name in row})
    experiment.setdefault("rule", {"name": "readout", "learning_rate": 1e-3})
    experiment["train"] = {**experiment["train"], "seeds": [seed]}
    if quick:
        experiment["train"]["epochs"] = 1
        experiment["task"] = {**experiment["task"], **table.get("quick", {})}
    return {"experiment": experiment, "yardstick": row.get("yardstick"), "rates": row.get("rates", {})}


def perform(work: tuple[dict[str, Any], str]) -> dict[str, Any]:
    """Scores of one case; read back from `folder` if they are there."""
    case, folder = work
    key = hashlib.sha256(json.dumps(case, sort_keys=True).encode()).hexdigest()[:20]
    file = pathlib.Path(folder) / f"{key}.json"
    if file.exists():
        return json.loads(file.read_text())
    from neurosim import experiment, profile, session, trainer, yardsticks
    from neurosim.errors import DivergenceError

    settings = experiment.experiment_of(case["experiment"], HERE / "paper_claim.toml")
    began = time.process_time()
    prepared, chip = session.prepare(settings, profile.load(settings.chip.profile), settings.train.seeds[0])
    try:
        if case["yardstick"] is None:
            run = trainer.train(
                chip, prepared.dataset, prepared.rule, epochs=prepared.epochs, batch=prepared.batch, seed=prepared.seed,
                update=prepared.update, regime=prepared.regime)
            scores = {**run.scores, "mse": run.scores["test_mse"], "passes": run.counts["passes"], "steps": run.counts["steps"],
                      "broadcasts": run.counts["broadcast_values"] / max(run.counts["steps"] * run.counts["samples"], 1)}
            every = max(1, len(run.curves) // 10)
            scores["curve"] = [
                [row["forward_passes"], row.get("accuracy", row.get("nrmse", row["test_mse"]))] for row in run.curves[::every]]
        elif case["yardstick"] == "least_squares":
            scores = dict(yardsticks.frozen_least_squares(prepared)[0])
        else:
            scores = gradient(prepared, case["yardstick"], case["rates"])
        if "nmse" in scores:
            scores.setdefault("nrmse", math.sqrt(scores["nmse"]))
    except DivergenceError as error:
        scores = {"diverged": str(error)}
    scores["cpu_s"] = time.process_time() - began
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(scores))
    unfinished.replace(file)
    return scores


def gradient(case: Any, kind: str, rates: dict[str, float]) -> dict[str, float]:
    """Backpropagation on ideal weights, through all steps of a window or through one."""
    from neurosim import reference, yardsticks

    data = yardsticks.WithBias(case.dataset, case.network.lines, "step" if case.regime.window else case.update)
    rate = reference.Gradients(rates["hidden"], rates["hidden"], rates["readout"])
    decorrelation = case.network.decorrelation
    window = case.regime.window or (1 if kind == "one_step" else yardsticks.WINDOW)  # the authors' BP writes after every step
    curve = reference.train(
        yardsticks.ideal_weights(case.network, case.seed), data, rate, case.epochs, horizon=None if kind == "bptt" else 1,
        window=window, decay=case.regime.optimizer.decay,
        **({} if decorrelation is None else {"decorrelation_rate": decorrelation.rate, "form": decorrelation.form}))
    return dict(curve.scores)


def interval(values: list[float]) -> tuple[float, float]:
    """Mean and half width of its 95 % confidence interval."""
    if len(values) < 2:
        return values[0] if values else math.nan, math.nan
    n = len(values)
    return statistics.fmean(values), T975.get(n - 1, 1.96) * statistics.stdev(values) / math.sqrt(n)


def cell(values: list[float | None], digits: int = 3) -> str:
    """``mean ± half width``, and how many diverged."""
    kept = [v for v in values if v is not None]
    if not kept:
        return "diverged"
    mean, half = interval(kept)
    lost = f" ({len(values) - len(kept)} of {len(values)} diverged)" if len(kept) < len(values) else ""
    return f"{mean:.{digits}f}" + (f" ± {half:.{digits}f}" if math.isfinite(half) else "") + lost


def text_of(table: dict[str, Any], results: list[list[dict[str, Any]]], seeds: list[int]) -> list[str]:
    """One table as Markdown; the column of differences is paired by seed with the row named in `against`."""
    score, against = table.get("score", "accuracy"), table.get("against")
    rows, columns = table["rows"], [[scores.get(score) for scores in found] for found in results]
    lines = [f"### {table['title']}", "", *([table["note"], ""] if "note" in table else [])]
    versus = [f" minus {against} |"] if against else []
    lines += [f"| rule | {score} | loss |" + "".join(versus) + " broadcast per step | passes | CPU s |",
              "|---" * (6 + bool(against)) + "|"]
    base = columns[[row["label"] for row in rows].index(against)] if against else []
    for row, found, values in zip(rows, results, columns, strict=True):
        first = next((scores for scores in found if "mse" in scores), {})
        parts = [row["label"], cell(values), cell([scores.get("mse") for scores in found], 4)]
        if against:
            pairs = [a - b for a, b in zip(values, base, strict=True) if a is not None and b is not None]
            mean, half = interval(pairs)
            parts.append("-" if row["label"] == against or not pairs else f"{mean:+.3f} ± {half:.3f}")
        parts += [f"{first['broadcasts']:g}" if "broadcasts" in first else "-", str(first.get("passes", "-")),
                  f"{statistics.fmean(scores['cpu_s'] for scores in found):.1f}"]
        lines.append("| " + " | ".join(parts) + " |")
    return [*lines, ""]


def main() -> None:
    """Run what is missing and write the pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path, default=[HERE / "paper_claim.toml"])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true", help="every fourth row, one epoch, one seed, nothing written")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/paper_claim"))
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    options.out.mkdir(parents=True, exist_ok=True)
    for file in options.files:
        plan, began = tomllib.loads(file.read_text()), time.perf_counter()
        seeds = plan["seeds"][:1] if options.quick else plan["seeds"]
        tables = [{**table, "rows": table["rows"][::4] if options.quick else table["rows"]} for table in plan["table"]]
        work = [(case_of(table, row, seed, options.quick), str(options.out)) for table in tables for row in table["rows"] for seed in seeds]
        with multiprocessing.get_context("spawn").Pool(options.workers) as pool:
            found = []
            for scores in pool.imap(perform, work):
                found.append(scores)
                print(f"\r{file.name}: {len(found)} of {len(work)}, {time.perf_counter() - began:.0f} s", end="", flush=True)
        print()
        if options.quick:
            continue
        commit = subprocess.run(["git", "-C", str(HERE), "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
        lines = [f"<!-- made by python examples/paper_claim.py {file.name} at commit {commit}, Python {platform.python_version()} -->",
                 f"## {plan['title']}", "", plan["note"], "",
                 f"Mean ± half of the 95 % confidence interval (Student's t) over seeds {seeds[0]} to {seeds[-1]} ({len(seeds)} seeds); "
                 f"{sum(scores['cpu_s'] for scores in found) / 60:.0f} minutes of CPU time in all.", ""]
        for table in tables:
            size = len(table["rows"]) * len(seeds)
            part, found = found[:size], found[size:]
            lines += text_of(table, [part[k:k + len(seeds)] for k in range(0, size, len(seeds))], seeds)
        file.with_suffix(".md").write_text("\n".join(lines))
        if file.name == "paper_claim.toml":
            readme = HERE.parent / "README.md"
            before, _, rest = readme.read_text().partition("<!-- claim -->")
            readme.write_text(f"{before}<!-- claim -->\n" + "\n".join(lines[1:]).replace("\n## ", "\n### ") + "\n<!-- end of claim -->"
                              + rest.partition("<!-- end of claim -->")[2])


if __name__ == "__main__":
    main()
