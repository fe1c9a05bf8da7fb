"""The pages of paper_claim.py: tables as Markdown with confidence intervals, and loss against forward passes as a picture."""
from __future__ import annotations

import math
import pathlib
import statistics
from typing import Any

Part = tuple[dict[str, Any], list[dict[str, Any]], list[list[dict[str, Any]]]]  # a table, its rows, the scores of each by seed
# Student's t, 0.975, by degrees of freedom
T975 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 14: 2.145,
        19: 2.093}


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


def exploded(scores: dict[str, Any], limit: float) -> dict[str, Any]:
    """Scores without what is worse than `limit` (`diverged_above` of a table): finite, and still no result."""
    return {"diverged": f"test error {scores['mse']:g}", "cpu_s": scores["cpu_s"]} if scores.get("mse", 0.0) > limit else scores


def change_of(setting: dict[str, Any]) -> list[str]:
    """``field = value`` of every leaf of a setting."""
    leaves = []
    for key, value in setting.items():
        leaves += change_of(value) if isinstance(value, dict) else [f"{key} {value:g}" if isinstance(value, float) else f"{key} {value}"]
    return leaves


def text_of(table: dict[str, Any], rows: list[dict[str, Any]], chosen: list[str], results: list[list[dict[str, Any]]]) -> list[str]:
    """One table as Markdown; the column of differences is paired by seed with the row named in `against`."""
    score, against = table.get("score", "accuracy"), table.get("against")
    results = [[exploded(scores, table.get("diverged_above", math.inf)) for scores in found] for found in results]
    columns = [[scores.get(score) for scores in found] for found in results]
    lines = [f"### {table['title']}", "", *([table["note"], ""] if table.get("note") else [])]
    names = ["rule", score, *(["loss"] if score != "mse" else []), *([f"minus {against}"] if against else []), "broadcast per step",
             "passes", *(["chosen"] if any(chosen) else []), "CPU s"]
    lines += ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    base = columns[[row["label"] for row in rows].index(against)] if against else []
    for row, choice, found, values in zip(rows, chosen, results, columns, strict=True):
        first = next((scores for scores in found if "mse" in scores), {})
        parts = [row["label"], cell(values, 4 if score == "mse" else 3)]
        if score != "mse":
            parts.append(cell([scores.get("mse") for scores in found], 4))
        if against:
            pairs = [a - b for a, b in zip(values, base, strict=True) if a is not None and b is not None]
            mean, half = interval(pairs)
            width = 4 if score == "mse" else 3
            parts.append("-" if row["label"] == against or not pairs else f"{mean:+.{width}f} ± {half:.{width}f}")
        parts += [f"{first['broadcasts']:g}" if "broadcasts" in first else "-", str(first.get("passes", "-")),
                  *([choice or "-"] if any(chosen) else []), f"{statistics.fmean(scores['cpu_s'] for scores in found):.1f}"]
        lines.append("| " + " | ".join(parts) + " |")
    return [*lines, ""]


def summary(score: str, parts: list[Part]) -> list[str]:
    """One row per rule, one column per table: its score, and from the second on what it loses against the first, paired by seed."""
    titles = [table["title"] for table, _, _ in parts]
    lines = ["### What each loses", "", "| rule | " + " | ".join(titles) + " |", "|---" * (len(titles) + 1) + "|"]
    for row, found in zip(parts[0][1], parts[0][2], strict=True):
        texts, base = [row["label"]], [scores.get(score) for scores in found]
        for _, rows, results in parts:
            values = [s.get(score) for other, each in zip(rows, results, strict=True) if other["label"] == row["label"] for s in each]
            pairs = [b - a for a, b in zip(base, values, strict=False) if a is not None and b is not None]
            mean, half = interval(pairs)
            texts.append(cell(values) + (f" ({mean:+.3f} ± {half:.3f})" if pairs and values is not base and values != base else ""))
        lines.append("| " + " | ".join(texts) + " |")
    return [*lines, ""]


def by_table(score: str, parts: list[Part]) -> list[str]:
    """One row per table, one column per rule: its score."""
    labels = [row["label"] for row in parts[0][1]]
    lines = ["### All together", "", "| | " + " | ".join(labels) + " |", "|---" * (len(labels) + 1) + "|"]
    for table, _, results in parts:
        lines.append(f"| {table['title']} | " + " | ".join(cell([scores.get(score) for scores in found]) for found in results) + " |")
    return [*lines, ""]


def picture(file: pathlib.Path, parts: list[Part], wanted: list[str]) -> None:
    """Training loss and test error of the `wanted` rows against what was computed, mean over the seeds, one row of panels per table."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(len(parts), 2, figsize=(9, 3.4 * len(parts)), squeeze=False, sharex=True, layout="constrained")
    colours = pyplot.rcParams["axes.prop_cycle"].by_key()["color"]
    for (table, rows, results), line in zip(parts, axes, strict=True):
        for row, found in zip(rows, results, strict=True):
            curves = [scores["curve"] for scores in found if "curve" in scores]
            if row["label"] in wanted and curves:
                colour = colours[wanted.index(row["label"]) % len(colours)]
                for axis, column in zip(line, (1, 2), strict=True):
                    mean = [statistics.fmean(curve[k][column] for curve in curves) for k in range(len(curves[0]))]
                    axis.plot([point[0] for point in curves[0]], mean, label=row["label"], color=colour,
                              linestyle="--" if "yardstick" in row else "-")
        frozen = [found for row, found in zip(rows, results, strict=True) if row.get("yardstick") == "least_squares"]
        level = [scores["mse"] for found in frozen for scores in found]
        for axis, what in zip(line, ("training loss", "test error, sequences never seen"), strict=True):
            axis.set(title=table["title"] if axis is line[0] else "", yscale="log", ylabel=what)
            axis.title.set_size(9)
            if level and axis is line[1]:
                axis.axhline(statistics.fmean(level), color="grey", linestyle=":", label="frozen, least squares")
    for axis in axes[-1]:
        axis.set_xlabel("network steps per sample, every forward pass counted")
    handles, labels = axes[0][1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8)
    figure.savefig(file, dpi=110, metadata={"Software": None})
    pyplot.close(figure)
