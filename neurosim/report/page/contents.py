"""What comes in the report, and in which order."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from .blocks import Block, Bullets, Figure, Fold, Heading, Paragraph, Table, Tiles
from .breaking import diagnostics_figure, threshold_figure, tuning_figure
from .drawing import spread_of
from .folder import Found
from .learning import learning_figure
from .maps import heat_figure, transfer_figure
from .prose import findings
from .reaching import reach_table
from .scores import cost_figure, score_figure
from .tables import failure_table, main_table, pairs_table, run_table, tuning_table, unverified_table, yardstick_table
from .words import counted, finite, interval, label, score_name, value_text, whole

FIGURES = (score_figure, learning_figure, heat_figure, cost_figure, threshold_figure, transfer_figure, tuning_figure, diagnostics_figure)
BUDGETS = {"forward_passes": "forward passes", "writes": "writes of devices", "energy_J": "joules of learning", "epochs": "epochs"}


def title_of(found: Found) -> str:
    """Title of the report."""
    return str(found.record["title"] or found.folder.resolve().name)


def contents(found: Found, page: Path) -> list[Block]:
    """Every block of the report.

    Parameters
    ----------
    page : where the report will be, so that links lead from there to the runs
    """
    blocks: list[Block] = []
    if found.record["note"]:
        blocks.append(Paragraph(str(found.record["note"])))
    blocks += [Tiles(tiles(found)), Heading("Summary", "summary"), *findings(found)]
    blocks += [Heading("Results", "results"), main_table(found)]
    yardsticks = yardstick_table(found)
    if yardsticks is not None:
        title = f"{counted(len(yardsticks.rows), 'yardstick')} that the results are held against"
        blocks.append(Fold(title, [yardsticks], "yardsticks-fold"))
    reach = reach_table(found)
    blocks += [reach] if reach is not None else []
    figures = [figure for figure in (make(found) for make in FIGURES) if isinstance(figure, Figure)]
    if figures:
        blocks.append(Heading("Figures", "figures"))
        blocks += figures
    return [*blocks, *reasons(found, page)]


def reasons(found: Found, page: Path) -> list[Block]:
    """What the results rest on: failures, caveats, numbers nobody has verified, declarations, origin, every run."""
    record = found.record
    blocks: list[Block] = []
    failed = failure_table(found, page)
    if failed is not None:
        blocks += [Heading("Failures", "failures"), failed]
    warnings = list(dict.fromkeys(
        f"{label(group['point'])}: {warning}" for group in found.groups for warning in group.get("warnings") or []))
    if record["caveats"] or warnings:
        blocks.append(Heading("Caveats and warnings", "caveats"))
        blocks.append(Bullets([*map(str, record["caveats"]), *warnings]))
    unverified = unverified_table(found)
    if unverified is not None:
        blocks += [Heading("Numbers that nobody has verified", "unverified-numbers"),
                   Fold(f"{counted(len(unverified.rows), 'number')}, with what is known of their source", [unverified])]
    blocks += [Heading("How it was compared", "declarations"), Bullets(declarations(found))]
    tuned: Table | None = tuning_table(record["tuning"])
    blocks += [tuned] if tuned is not None else []
    runs = run_table(found, page)
    blocks += [Heading("Every run", "every-run"),
               Fold(f"{counted(len(runs.rows), 'run')}, with links to their folders", [runs], "every-run-fold")]
    if record["provenance"]:
        blocks += [Heading("Where it comes from", "provenance"),
                   pairs_table("origin", "Versions, machine, digest of the experiment.", record["provenance"])]
    return blocks


def declarations(found: Found) -> list[str]:
    """Axes, budget, pairing and tuning."""
    record = found.record
    items = [f"{axis}: {', '.join(value_text(value) for value in found.values(axis))}." for axis in found.axes]
    if record["budget"].get("of"):
        what = BUDGETS.get(str(record["budget"]["of"]), str(record["budget"]["of"]))
        items.append(f"Budget: every run may use {whole(record['budget'].get('amount'))} {what}, no more.")
    else:
        items.append("Budget: none is declared beside the number of epochs.")
    seeds, tuning = ", ".join(map(value_text, record["seeds"])), record["tuning"]
    items.append(f"Seeds: {seeds or 'none declared'}. Differences are taken seed by seed: the same seed draws the same data, the same "
                 "initial weights and the same chip in everything that is compared.")
    if not tuning:
        return [*items, "Tuning: none; every setting is that of the experiment file."]
    per, own = " and ".join(map(str, tuning.get("per") or ["comparison"])), ", ".join(map(value_text, tuning.get("seeds") or ["?"]))
    keys, trials = ", ".join(map(str, tuning.get("keys") or [])), value_text(tuning.get("trials", "?"))
    return [*items, f"Tuning: {keys} in {trials} trials per {per}, by "
                    f"{score_name(tuning.get('score', '?'))}, on seed{'s' if ',' in own else ''} {own}."]


def tiles(found: Found) -> list[tuple[str, str]]:
    """The comparison at a glance."""
    groups: list[Any] = [group for group in found.groups if group.get("kind", "learn") == "learn"]
    runs = sum(len(group["seeds"]) for group in [*found.groups, *found.record["yardsticks"]])
    items = [(str(len(groups)), "combination" if len(groups) == 1 else "combinations"),
             (str(len(found.record["seeds"])), "seed each" if len(found.record["seeds"]) == 1 else "seeds each"),
             (str(runs), "run" if runs == 1 else "runs"), (str(len(found.record["failures"])), "failed")]
    known = [group for group in groups if finite(group.get("mean")) is not None]
    if known:
        best = (max if known[0].get("is_higher_better") else min)(known, key=lambda group: group["mean"])
        name = f"{score_name(best.get('score'))}: {label(best['point'])}"
        items.append((interval(*spread_of(best)), f"best {name}" if len(known) > 1 else name))
    return items
