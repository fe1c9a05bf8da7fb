"""`neurosim bench`."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import InputError
from . import kernels, spiking
from .timing import Ratio

REPEATS, QUICK = 7, 2


def _network(model: str, is_quick: bool) -> tuple[list[Ratio], list[spiking.Agreement]]:
    if is_quick:
        return spiking.compare(model, QUICK, 1000, 0.1, ("numpy",))
    return spiking.compare(model, REPEATS)


KERNELS: dict[str, Callable[[int], list[Ratio]]] = {"event_rate": kernels.event_rate, "core": kernels.core}
NAMES = (*spiking.MAKERS, *KERNELS)


def measure(names: list[str] | None, is_quick: bool) -> tuple[list[Ratio], list[spiking.Agreement]]:
    """Run the benchmarks of these names, all if there are none.

    Raises
    ------
    InputError
        If there is no such benchmark.
    """
    lines: list[Ratio] = []
    same: list[spiking.Agreement] = []
    for name in names or NAMES:
        if name not in NAMES:
            raise InputError("NAME", f"= '{name}'; must be one of {', '.join(NAMES)}")
        if name in KERNELS:
            lines += KERNELS[name](QUICK if is_quick else 3 * REPEATS)
        else:
            found, agreement = _network(name, is_quick)
            lines, same = lines + found, same + agreement
    return lines, same


def as_json(lines: list[Ratio], same: list[spiking.Agreement]) -> dict[str, Any]:
    """Everything, with the ratios."""
    return {"speed": [{**line._asdict(), "ratio": line.ratio} for line in lines],
            "agreement": [{**line._asdict(), "is_within": line.is_within} for line in same]}


def tables(lines: list[Ratio], same: list[spiking.Agreement]) -> list[tuple[list[str], list[tuple[str, ...]]]]:
    """(header, rows) to print."""
    speed = [
        (line.benchmark, line.ours, line.peer, f"{line.ours_time:.4g}", f"{line.peer_time:.4g}", line.unit, f"{line.ratio:.2f}",
         line.note or ("" if line.wanted is None else f"at least {line.wanted:.2f}")) for line in lines]
    tables: list[tuple[list[str], list[tuple[str, ...]]]] = []
    tables.append((["benchmark", "ours", "peer", "time", "of peer", "unit", "ratio", "wanted"], [*speed]))
    if same:
        agreement = [
            (line.benchmark, line.quantity, *(f"{mean:.4g} +- {spread:.2g}" for mean, spread in (line.ours, line.peer)), str(line.runs),
             "yes" if line.is_within else "NO") for line in same]
        tables.append((["benchmark", "quantity", "neurosim", "Brian2", "runs", "within 2 sd"], agreement))
    return tables
