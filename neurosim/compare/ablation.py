"""Which effect of a chip costs how much: each one left out of the full chip, and each one alone on an ideal chip.

Every variant runs with the same seeds: the same data, initial weights and, as far as an effect is on, the same mismatch.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..effects import ALL, all_but, closed, company, named, switches
from ..errors import InputError
from ..experiment import Experiment
from ..profile import Profile, load
from ..report.text import curves_text, json_text
from ..scores import main_score, sign_of
from ..sentences import hint, shown
from ..session import profile_of
from ..writing import write_text
from .cases import CASES, Found, Scores, begin, kept, outcome, single
from .statistics import paired

GROUPS = {"device": ("weights", "device"), "io": ("topology", "io"), "noise": ("noise", "plasticity"), "time": ("time",)}
MARK = "ablation.json"


class Variant(NamedTuple):
    """A chip of the comparison: what it is called, and what is off in it."""

    name: str
    without: tuple[str, ...]


def selected(profile: Profile, group: str, before: tuple[str, ...] = ()) -> list[str]:
    """The effects of a group that are on, those left out that `before` switches off.

    Raises
    ------
    InputError
        If there is no such group, or nothing in it is on.
    """
    if group not in (*GROUPS, ALL):
        raise InputError("--ablate", f"= {shown(group)}; must be one of {', '.join((*GROUPS, ALL))}{hint(group, (*GROUPS, ALL))}")
    off = closed(switches(profile), named(profile, before, "chip.without"))
    found = [name for name in switches(profile) if name not in off and (group == ALL or name.partition(".")[0] in GROUPS[group])]
    if not found:
        raise InputError("--ablate", f"= {shown(group)}; {profile.file} has no such effect that is on")
    return found


def variants(profile: Profile, names: list[str], before: tuple[str, ...]) -> dict[str, tuple[Variant, Variant, Variant]]:
    """For every effect: the chip without it; nothing but it and its company; nothing but its company.

    `before` is what the experiment has switched off anyway.
    """
    result = {}
    for name in names:
        beside = company(profile, name)
        result[name] = (
            Variant(f"without {name}", (*before, name)), Variant(f"only {name}", (*before, *all_but(profile, [name, *beside]))),
            Variant(f"before {name}", (*before, *all_but(profile, beside))))
    return result


def ablate(
    experiment: Experiment, group: str, folder: Path, watch: Callable[[str], None] | None = None,
    run: Callable[[Experiment], Found] = outcome,
) -> dict[str, Any]:
    """Run every case that is not finished, and write ``ablation.json`` and ``ablation.csv``.

    Parameters
    ----------
    folder : new, or of an earlier ablation, whose finished cases are not run again
    watch : called with what is being done
    run : an experiment of one seed -> its scores

    Returns
    -------
    What ``ablation.json`` holds.

    Raises
    ------
    InputError
        Before anything is run.
    """
    profile, before = load(experiment.chip.profile), tuple(experiment.chip.without or ())
    names = selected(profile, group, before)
    if folder.exists() and not (folder / CASES).is_dir():
        raise InputError(str(folder), "already exists and holds no ablation; name another folder with --out")
    plan = variants(profile, names, before)
    full, ideal = Variant("full", before), Variant("ideal", (*before, *switches(profile)))
    wanted = [full, ideal, *(variant for three in plan.values() for variant in three)]
    cases = {(variant.without, seed): single(experiment, seed, variant.without) for variant in wanted for seed in experiment.train.seeds}
    for case in cases.values():
        profile_of(case)  # what can be refused is refused before the first case runs
    begin(folder)
    found: dict[tuple[tuple[str, ...], int], Scores] = {}
    for place, ((off, seed), case) in enumerate(cases.items()):
        if watch:
            watch(f"case {place + 1} of {len(cases)}: seed {seed}, {next(v.name for v in wanted if v.without == off)}")
        found[off, seed] = kept(case, folder / CASES, run)[0].scores
    record = summary(experiment, group, {v.name: [found[v.without, seed] for seed in experiment.train.seeds] for v in wanted}, plan)
    write_text(folder / "ablation.csv", curves_text(record["effects"]))
    write_text(folder / MARK, json_text(record))
    return record


def summary(
    experiment: Experiment, group: str, found: Mapping[str, list[Scores]], plan: Mapping[str, tuple[Variant, Variant, Variant]]
) -> dict[str, Any]:
    """The effects, dearest first, from the scores of every variant by seed.

    A cost is a paired difference of the main score, positive where the effect makes it worse: of the full chip against the chip
    without the effect (``cost``), and of an ideal chip with the effect against one without (``cost_alone``).
    """
    score = main_score(found["ideal"][0])
    sign = sign_of(score)

    def values(name: str, of: str = score) -> list[float]:
        return [scores.get(of, math.nan) for scores in found[name]]

    def about(name: str) -> dict[str, Any]:
        frozen = mean(values(name, f"frozen_{score}"))
        return {"score": mean(values(name)), "frozen_score": frozen, "n_diverged": sum(not math.isfinite(v) for v in values(name))}

    texts, rows = switches(load(experiment.chip.profile)), []
    for name, (left_out, alone, beside) in plan.items():
        cost, cost_alone = paired(values("full"), values(left_out.name)), paired(values(alone.name), values(beside.name))
        rows.append({
            "effect": name, "cost": sign * cost.mean, "cost_half_width": cost.half_width, "n": cost.n,
            "cost_alone": sign * cost_alone.mean, "cost_alone_half_width": cost_alone.half_width, "n_alone": cost_alone.n,
            **{f"{key}_without": value for key, value in about(left_out.name).items()},
            **{f"{key}_alone": value for key, value in about(alone.name).items()}, "what": texts[name].text})
    rows.sort(key=lambda row: -row["cost"] if math.isfinite(row["cost"]) else math.inf)
    gap = paired(values("full"), values("ideal"))
    return {"schema": 1, "group": group, "score": score, "is_higher_better": sign < 0, "seeds": list(experiment.train.seeds),
            "full": about("full"), "ideal": about("ideal"), "cost_of_all": sign * gap.mean, "cost_of_all_half_width": gap.half_width,
            "effects": rows, "scores": {name: values(name) for name in found}}


def mean(values: list[float]) -> float:
    """Mean of what is finite; NaN of nothing."""
    finite = [value for value in values if math.isfinite(value)]
    return sum(finite) / len(finite) if finite else math.nan


def rows_of(record: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The effects as rows of a table, dearest first, between the full and the ideal chip."""
    def number(value: float | None) -> str:
        return "diverged" if value is None or not math.isfinite(value) else f"{value:.4g}"

    def cost(value: float, half: float) -> str:
        if not math.isfinite(value):
            return "-"
        return f"{value + 0.0:+.3g}" + (f" ± {half:.2g}" if math.isfinite(half) else "")  # + 0.0: zero has no sign

    rows: list[tuple[str, ...]] = [("full chip", number(record["full"]["score"]), number(record["full"]["frozen_score"]), "", "")]
    rows += [(f"without {row['effect']}", number(row["score_without"]), number(row["frozen_score_without"]),
              cost(row["cost"], row["cost_half_width"]), cost(row["cost_alone"], row["cost_alone_half_width"]))
             for row in record["effects"]]
    ideal = record["ideal"]
    return rows + [("ideal chip", number(ideal["score"]), number(ideal["frozen_score"]),
                    cost(record["cost_of_all"], record["cost_of_all_half_width"]), "")]
