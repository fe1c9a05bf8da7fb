"""What a run cost, in the few numbers that a table has room for."""
from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}

Costs = Mapping[str, Mapping[str, Any]]


def brief(costs: Costs) -> dict[str, Any]:
    """Of every seed the energy and time of learning, its writes, energy and time of an inference, latency of a step, and what has no price.

    Parameters
    ----------
    costs : by seed, what `ledger.cost` returns
    """
    return {seed: {
        "learning_J": one["learning"]["energy_J"], "learning_s": one["learning"]["seconds"], "writes": one["learning"]["writes"],
        "inference_J": one["inference"]["energy_per_inference_J"], "inference_s": one["inference"]["seconds_per_inference"],
        "latency_s": one["inference"]["latency_s"], "is_bound": one["learning"]["is_bound"],
        "unavailable": one["learning"]["unavailable"]} for seed, one in costs.items()}


def mean_of(briefs: Costs, key: str) -> float | None:
    """Mean over seeds of a number; None if it is unavailable."""
    values = [one[key] for one in briefs.values()]
    return None if not values or any(isinstance(value, str) for value in values) else sum(values) / len(values)


def shown(value: float | None, unit: str = "") -> str:
    """``3.2 mJ``; "unavailable" for None."""
    if value is None:
        return "unavailable"
    if value == 0 or not unit:
        return f"{value:.3g} {unit}".strip()
    power = min(max(3 * math.floor(math.log10(abs(value)) / 3), min(PREFIXES)), max(PREFIXES))
    return f"{value / 10.0**power:.3g} {PREFIXES[power]}{unit}"


def cost_text(briefs: Costs, key: str) -> str:
    """An energy in the mean over seeds, and how far to trust it: a sum without some of its parts is at least what is shown."""
    value, first = mean_of(briefs, key), next(iter(briefs.values()), None)
    if value is None or first is None:
        return shown(None)
    if first["is_bound"]:
        return f"at most {shown(value, 'J')}"
    return f"at least {shown(value, 'J')}" if first["unavailable"] else shown(value, "J")


def cost_lines(briefs: Costs, reached: str = "") -> Iterable[str]:
    """Lines for the terminal: what learning took to reach a score, what an inference takes, and what nobody knows."""
    learning, inference = (
        f"energy {cost_text(briefs, f'{what}_J')}, time {shown(mean_of(briefs, f'{what}_s'), 's')}" for what in ("learning", "inference"))
    each = " per seed" if len(briefs) > 1 else ""
    yield f"learning{reached}: {learning}, writes {shown(mean_of(briefs, 'writes'))}{each}"
    yield f"inference: {inference}, latency of a step {shown(mean_of(briefs, 'latency_s'), 's')}"
    missing = next(iter(briefs.values()))["unavailable"]
    if missing:
        yield f"no energy is known of {', '.join(missing)}"


BILL = ["operation", "each", "learning", "energy", "inference", "energy"]


def bill_rows(cost: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The bills of learning and of one inference as rows of a table, see `BILL`; counts and seconds, energies, totals at the end.

    Parameters
    ----------
    cost : what `ledger.cost` returns
    """
    learning, inference = cost["learning"], cost["inference"]
    asked = {one["operation"]: one for one in inference["lines"]}
    done = {one["operation"]: one for one in learning["lines"]}
    rows = []
    for name in dict.fromkeys((*done, *asked)):
        one = done.get(name, asked.get(name))
        if one is None:
            continue
        joules = "W" if one.get("unit") == "s" else "J"
        rows.append((
            name, amount(one["each"], joules), *part_of(done.get(name), 1), *part_of(asked.get(name), inference["inferences"])))
    totals = (amount(learning["energy_J"], "J"), amount(inference["energy_per_inference_J"], "J"))
    return [*rows, ("sum of what is known", "", "", totals[0], "", totals[1])]


def part_of(one: Mapping[str, Any] | None, share: int) -> tuple[str, str]:
    """How often, or how long, and the energy of that; of so many inferences."""
    if one is None:
        return "-", "-"
    return tuple(amount(one[key] if isinstance(one[key], str) else one[key] / share, unit)  # type: ignore[return-value]
                 for key, unit in (("count", one.get("unit", "")), ("energy_J", "J")))


def amount(value: Any, unit: str) -> str:
    """A number with its unit; a word as it is."""
    return value if isinstance(value, str) else shown(value, unit)


def trust_line(unsure: list[Mapping[str, Any]]) -> str:
    """The numbers of the profile that are unverified or assumed, by status."""
    kinds = {status: [one["number"] for one in unsure if one["status"] == status] for status in ("unverified", "assumed")}
    return "rests on numbers that are " + "; ".join(f"{status}: {', '.join(names)}" for status, names in kinds.items() if names)
