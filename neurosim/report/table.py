"""The result as a table in the terminal."""
from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from .cost import cost_lines, trust_line

OURS = "this run"


def result_table(summary: Mapping[str, Any]) -> RenderableType:
    """Our test error beside every predictor and yardstick, best first, and the verdict.

    Parameters
    ----------
    summary : what `report.summary.summarise` returns, or the contents of ``run.json``
    """
    ours = summary["scores"]["test_mse"]
    rows = [(OURS, ours, ""), *((name, value, "predictor") for name, value in summary["predictors"].items())]
    rows += [(name, value, value.get("note", "")) for name, value in summary["yardsticks"].items()]
    rows.sort(key=lambda row: math.inf if row[1]["mean"] is None else row[1]["mean"])
    table = Table(title=escape(str(summary.get("task", ""))), title_justify="left", title_style="", box=SIMPLE_HEAD)
    table.add_column("")
    table.add_column("test MSE", justify="right", no_wrap=True)
    table.add_column("sd", justify="right", no_wrap=True)
    table.add_column("x ours", justify="right", no_wrap=True)
    table.add_column("how", style="dim")
    for name, value, how in rows:
        style = "bold green" if name == OURS else None
        seeds = len(ours["seeds"])
        note = f"{seeds} seed{'s' if seeds > 1 else ''}" if name == OURS else how
        table.add_row(escape(name), *cells(value, ours["mean"]), escape(note), style=style)
    others = [f"{name} {number(value)}" for name, value in summary["scores"].items() if name != "test_mse"]
    lines = [Text("also: " + ", ".join(others), style="dim")] if others else []
    wear = summary.get("wear")
    lines += [Text(line, style="dim") for line in (wear_line(wear), *store_lines(wear))] if wear else []
    lines += [Text(neurobench_line(summary["neurobench"]), style="dim")] if summary.get("neurobench") else []
    if "mapping" in summary:
        lines += [Text(mapping_line(summary["mapping"]), style="dim")]
    if "cost" in summary:
        lines += [Text(line, style="dim") for line in cost_lines(summary["cost"], f" to test MSE {number(ours)}")]
    if summary.get("unverified"):
        lines += [Text(trust_line(summary["unverified"]), style="dim")]
    return Group(table, *lines, Text("verdict: " + summary["verdict"], style="bold"))


def mapping_line(resources: Mapping[str, Mapping[str, Any]]) -> str:
    """What is used of what the chip has, in one line."""
    each = (f"{one['used']} of {'?' if one['available'] is None else one['available']} {name.replace('_', ' ')}"
            for name, one in resources.items())
    return "on the chip: " + ", ".join(each)


def wear_line(wear: Mapping[str, Any]) -> str:
    """Pulses of a chip in one line: sums in the mean over seeds, the most worn device and the most that are worn out of any seed."""
    seeds = list(wear.values())
    up, down = (sum(seed[key] for seed in seeds) / len(seeds) for key in ("pulses_up", "pulses_down"))
    most = max(seeds, key=lambda seed: seed["most_pulses"])
    ends = [seed["devices_worn_out"] for seed in seeds if "devices_worn_out" in seed]
    return (
        f"pulses: {up:.4g} up, {down:.4g} down{' per seed' if len(seeds) > 1 else ''}; most worn device {most['most_pulses']} pulses"
        f" ({most['most_pulses_in']})" + (f"; {max(ends)} devices worn out" if ends else ""))


def neurobench_line(found: Mapping[str, Any]) -> str:
    """What `neurobench.measure` found in one line, in the mean over seeds; what is unavailable is left out."""
    def said(text: str, *path: str) -> str:
        values: list[Any] = []
        for seed in found.values():
            for key in path:
                seed = seed[key]
            values.append(seed)
        return "" if any(isinstance(value, str) for value in values) else text.format(sum(values) / len(values))

    parts = (
        said("{:.0f} parameters", "parameters"), said("{:.0f} bytes", "footprint_bytes", "total"),
        said("connection sparsity {:.3g}", "connection_sparsity"), said("activation sparsity {:.3g}", "activation_sparsity"),
        said("per step {:.0f} dense", "synaptic_operations", "dense"),
        said("{:.6g} effective MACs", "synaptic_operations", "effective_macs"),
        said("{:.6g} effective ACs", "synaptic_operations", "effective_acs"), said("sMAPE {:.3g}", "correctness", "smape"))
    return "NeuroBench: " + ", ".join(filter(None, parts))


def store_lines(wear: Mapping[str, Any]) -> list[str]:
    """A line for every store between requests and weights, in the mean over seeds: what its devices or its digital numbers went through."""
    stores: list[Mapping[str, Any]] = [seed.get("stores", {}) for seed in wear.values()]
    each = " per seed" if len(stores) > 1 else ""

    def said(name: str, key: str, text: str) -> str:
        values = [one[name].get(key) for one in stores]
        return "" if None in values else f"{sum(values) / len(values):.4g} {text}"

    phrases = {
        "pulses_up": "pulses up", "pulses_down": "down", "most_pulses": "on the most worn device", "devices_worn_out": "devices worn out",
        "row_reads": "row reads", "adc_conversions": "conversions", "numbers_kept": "numbers kept", "accumulations": "accumulations"}
    return [
        f"{name}: {', '.join(filter(None, (said(name, key, text) for key, text in phrases.items())))}{each}"
        for name in stores[0] if all(name in one for one in stores)]


def cells(value: Mapping[str, Any], ours: float | None) -> tuple[str, str, str]:
    """Mean, standard deviation and ratio to ours as text."""
    if value["mean"] is None:
        return "diverged", "", ""
    sd = "" if value["sd"] is None else f"{value['sd']:.2g}"
    return f"{value['mean']:.4g}", sd, f"{value['mean'] / ours:.3g}" if ours else ""


def number(value: Mapping[str, Any]) -> str:
    """Mean and, if it is known, standard deviation."""
    if value["mean"] is None:
        return "diverged"
    return f"{value['mean']:.4g}" + ("" if value["sd"] is None else f" (sd {value['sd']:.2g})")
