"""The same network, task and rule on several chips: what it reaches on each of them, and what learning and answering cost there."""
from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError, MappingError
from ..experiment import Experiment
from ..profile import load
from ..report.cost import cost_text, mean_of, shown
from ..report.text import json_text
from ..scores import main_score, sign_of
from ..session import prepare, profile_of
from ..writing import write_text
from .cases import CASES, Found, begin, kept, outcome, single
from .statistics import paired

MARK = "chips.json"
REFERENCE = "ideal"


def compare(
    experiment: Experiment, chips: Sequence[str], folder: Path, watch: Callable[[str], None] | None = None,
    run: Callable[[Experiment], Found] = outcome,
) -> dict[str, Any]:
    """Run every chip with every seed as far as that is not done, and write ``chips.json``.

    Parameters
    ----------
    chips : names or paths of profiles; `ideal` stands beside them
    folder : new, or of an earlier comparison, whose finished cases are not run again
    watch : called with what is being done
    run : an experiment of one seed -> what it gave

    Returns
    -------
    What ``chips.json`` holds: of every chip its scores, its cost, what has no price and the numbers that nobody has looked up; a chip
    that cannot take the network has the reason instead.

    Raises
    ------
    InputError
        Before anything is run: an unknown profile, one named twice, or none that can take the network.
    """
    if folder.exists() and not (folder / CASES).is_dir():
        raise InputError(str(folder), "already exists and holds no comparison of chips; name another folder with --out")
    names = list(chips) if REFERENCE in chips else [*chips, REFERENCE]
    twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        raise InputError("--chips", f"names '{twice}' twice")
    refused: dict[str, str] = {}
    cases: dict[tuple[str, int], Experiment] = {}
    for name in names:
        bits = experiment.chip.weight_bits if load(name).weights.bits is not None else None
        placed = experiment.model_copy(update={
            "chip": experiment.chip.model_copy(update={"profile": name, "without": None, "weight_bits": bits})})
        try:
            prepare(placed, profile_of(placed), experiment.train.seeds[0])  # what can be refused is refused before the first case runs
        except (MappingError, InputError) as error:  # too large for it, or neurons that it does not have
            refused[name] = str(error)
            continue
        cases.update({(name, seed): single(placed, seed, ()) for seed in experiment.train.seeds})
    if set(names) - {REFERENCE} <= set(refused):
        raise InputError("--chips", f"none of them can take the network: {next(iter(refused.values()))}")
    begin(folder)
    found: dict[tuple[str, int], Found] = {}
    for place, ((name, seed), case) in enumerate(cases.items()):
        if watch:
            watch(f"case {place + 1} of {len(cases)}: {name}, seed {seed}")
        found[name, seed], _ = kept(case, folder / CASES, run)
    record = summary(experiment, names, found, refused)
    write_text(folder / MARK, json_text(record))
    return record


def summary(
    experiment: Experiment, names: Sequence[str], found: Mapping[tuple[str, int], Found], refused: Mapping[str, str]
) -> dict[str, Any]:
    """The chips, best first, those that were refused last."""
    seeds = experiment.train.seeds
    score = main_score(found[REFERENCE, seeds[0]].scores)

    def values(name: str, of: str) -> list[float]:
        return [found[name, seed].scores.get(of, math.nan) for seed in seeds]

    rows: list[dict[str, Any]] = []
    for name in names:
        profile = load(name)
        row: dict[str, Any] = {"chip": name, "name": profile.chip.name, "kind": profile.chip.kind}
        if name in refused:
            rows.append({**row, "refused": refused[name]})
            continue
        nothing = [0.0] * len(seeds)
        own, gap = paired(values(name, score), nothing), paired(values(name, score), values(REFERENCE, score))
        rows.append({
            **row, "score": own.mean, "half_width": own.half_width, "frozen_score": paired(values(name, f"frozen_{score}"), nothing).mean,
            "minus_ideal": gap.mean, "minus_ideal_half_width": gap.half_width,
            "cost": {str(seed): found[name, seed].cost for seed in seeds if found[name, seed].cost},
            "unverified": [field for field, quantity, _ in profile.unverified() if quantity.status == "unverified"]})
    sign = sign_of(score)
    rows.sort(key=lambda row: sign * row["score"] if math.isfinite(row.get("score", math.nan)) else math.inf)
    return {"schema": 1, "score": score, "is_higher_better": sign < 0, "seeds": list(seeds), "chips": rows}


HEADER = ("chip", "kind", "frozen", "learning", "inference", "step", "writes", "unknown")


def rows_of(record: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The chips as rows of a table, as in `HEADER` with the score after the kind: energies, latency of a step, and how many kinds of
    operation have no energy (`notes_of` names them)."""
    rows = []
    for row in record["chips"]:
        if "refused" in row:
            rows.append((row["chip"], row["kind"], "refused", *["-"] * 6))
            continue
        costs = row["cost"]
        half = f" ± {row['half_width']:.2g}" if math.isfinite(row["half_width"]) else ""
        frozen = f"{row['frozen_score']:.4g}" if math.isfinite(row["frozen_score"]) else "-"
        score = f"{row['score']:.4g}{half}" if math.isfinite(row["score"]) else "diverged"
        missing = next(iter(costs.values()))["unavailable"] if costs else []
        rows.append((
            row["chip"], row["kind"], score, frozen, cost_text(costs, "learning_J"), cost_text(costs, "inference_J"),
            shown(mean_of(costs, "latency_s"), "s"), shown(mean_of(costs, "writes")), str(len(missing)) if costs else "-"))
    return rows


def notes_of(record: Mapping[str, Any]) -> list[str]:
    """What has no price on which chip, why a chip was refused, and which numbers behind a row nobody has looked up."""
    notes = []
    for row in record["chips"]:
        if "refused" in row:
            notes.append(f"{row['chip']}: {row['refused']}")
            continue
        missing: list[str] = next((one["unavailable"] for one in row["cost"].values()), [])
        notes += [f"{row['chip']}: no energy is known of {', '.join(missing)}"] if missing else []
        notes += [f"{row['chip']}: unverified are {', '.join(row['unverified'])}"] if row["unverified"] else []
    return notes
