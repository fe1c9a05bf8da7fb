"""`neurosim bench`: what is measured under which name, and how it is shown."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import InputError
from . import against, counters, frozen, growth, kernels, learning, limits, pulses, reads, spiking, start, threads
from .against import Comparison
from .growth import Growth
from .limits import Limit
from .machine import describe
from .spiking import Agreement
from .timing import Ratio, known

Line = Limit | Ratio | Growth | Agreement
REPEATS, QUICK = 7, 5  # rounds that are kept


def _limits(is_quick: bool) -> list[Line]:
    return [*limits.measure(QUICK if is_quick else REPEATS)]


def _step(is_quick: bool) -> list[Line]:
    return [*(learning.step(QUICK, (100, 500), ("",)) if is_quick else learning.step(3 * REPEATS))]


def _sequence(is_quick: bool) -> list[Line]:
    return [*(learning.sequence(QUICK, (10,)) if is_quick else learning.sequence(REPEATS))]


def _read(is_quick: bool) -> list[Line]:
    return [*(reads.read(QUICK, (500,), tuple(reads.PATHS)[:2], (20,)) if is_quick else reads.read(3 * REPEATS))]


def _threads(is_quick: bool) -> list[Line]:
    return [*(threads.threads(QUICK, steps=100) if is_quick else threads.threads(3 * REPEATS))]


def _growth(is_quick: bool) -> list[Line]:
    return [*growth.growth(QUICK if is_quick else REPEATS)]


def _start(is_quick: bool) -> list[Line]:
    return [*(start.start(1, 0) if is_quick else start.start(REPEATS, 2))]


def _event_rate(is_quick: bool) -> list[Line]:
    return [*kernels.event_rate(QUICK if is_quick else 3 * REPEATS)]


def _core(is_quick: bool) -> list[Line]:
    return [*kernels.core(QUICK if is_quick else 3 * REPEATS)]


def _frozen(is_quick: bool) -> list[Line]:
    return [*(frozen.frozen(QUICK, (500,), (2,)) if is_quick else frozen.frozen(REPEATS))]


def _pulses(is_quick: bool) -> list[Line]:
    return [*(pulses.pulsed_updates(QUICK, 128, pulses.REQUESTS[1:2], pulses.NOISES[:1]) if is_quick else pulses.pulsed_updates(REPEATS))]


def _counters(is_quick: bool) -> list[Line]:
    return [*counters.counters(QUICK if is_quick else 3 * REPEATS)]


def _network(model: str, is_quick: bool) -> list[Line]:
    speed, same = spiking.compare(model, QUICK, 1000, 0.1, ("numpy",)) if is_quick else spiking.compare(model, REPEATS)
    return [*speed, *same]


BENCHMARKS: dict[str, Callable[[bool], list[Line]]] = {
    "limits": _limits, "step": _step, "sequence": _sequence, "read": _read, "threads": _threads, "growth": _growth,
    "start": _start, "event_rate": _event_rate, "core": _core, "frozen": _frozen, "pulses": _pulses,
    "counters": _counters, "cuba": lambda is_quick: _network("cuba", is_quick), "brunel": lambda is_quick: _network("brunel", is_quick)}


def measure(names: list[str] | None, is_quick: bool, watch: Callable[[str], None] | None = None) -> list[Line]:
    """Run the benchmarks of these names, all if there are none; the limits of the machine come first.

    Parameters
    ----------
    watch : told the name of every benchmark as it begins

    Raises
    ------
    InputError
        If there is no such benchmark.
    """
    for name in names or ():
        if name not in BENCHMARKS:
            raise InputError("NAME", f"= '{name}'; must be one of {', '.join(BENCHMARKS)}")
    lines: list[Line] = []
    for name in BENCHMARKS if not names else dict.fromkeys(("limits", *names)):
        if watch:
            watch(name)
        lines += BENCHMARKS[name](is_quick)
    return lines


def compared(path: str, names: list[str] | None, is_quick: bool, watch: Callable[[str], None] | None = None) -> tuple[
        list[Line], Comparison]:
    """Measure, and compare with what was recorded in a file, which is read first."""
    record = against.read(path)
    lines = measure(names, is_quick, watch)
    return lines, against.compare(record, path, lines)


def as_json(lines: list[Line], comparison: Comparison | None = None) -> dict[str, Any]:
    """Everything, with the machine, the ratios and what has become slower."""
    return {
        "schema": 1, "machine": describe(),
        "limits": [limits.as_json(line) for line in lines if isinstance(line, Limit)],
        "speed": [line.as_json() for line in lines if isinstance(line, Ratio)],
        "growth": [line.as_json() for line in lines if isinstance(line, Growth)],
        "agreement": [{**line._asdict(), "is_within": line.is_within} for line in lines if isinstance(line, Agreement)],
        **({"against": against.as_json(comparison)} if comparison else {})}


def tables(lines: list[Line]) -> list[tuple[list[str], list[tuple[str, ...]]]]:
    """(header, rows) to print, a table for each kind of line."""
    found: list[tuple[list[str], list[tuple[str, ...]]]] = [
        (["limit", "where", "median (min - max)", "unit"],
         [(line.what, line.where, str(line.rate), line.unit) for line in lines if isinstance(line, Limit)]),
        (["benchmark", "ours", "peer", "time (min - max)", "of peer", "unit", "ratio", "wanted", "note"],
         [row_of(line) for line in lines if isinstance(line, Ratio)]),
        (["benchmark", "what", "grows with", "from - to", "cost", "unit", "exponent", "wanted"],
         [(line.benchmark, line.what, line.variable, f"{line.values[0]} - {line.values[-1]}",
           f"{line.costs[0].median:.4g} - {line.costs[-1].median:.4g}", line.unit, f"{line.exponent:.2f}", f"at most {line.wanted:.2f}")
          for line in lines if isinstance(line, Growth)]),
        (["benchmark", "quantity", "neurosim", "Brian2", "runs", "within 2 sd"],
         [(line.benchmark, line.quantity, *(f"{mean:.4g} +- {spread:.2g}" for mean, spread in (line.ours, line.peer)), str(line.runs),
           "yes" if line.is_within else "NO") for line in lines if isinstance(line, Agreement)])]
    return [(header, rows) for header, rows in found if rows]


def row_of(line: Ratio) -> tuple[str, ...]:
    """A ratio as text."""
    times = [str(time) if known(time) else "" for time in (line.ours_time, line.peer_time)]
    ratio = f"{line.ratio:.2f}" if all(times) else ""
    wanted = "" if line.wanted is None else f"at least {line.wanted:.2f}"
    return line.benchmark, line.ours, line.peer, *times, line.unit, ratio, wanted, line.note


def sentences(comparison: Comparison) -> list[str]:
    """What has become slower, and how much was compared."""
    return [*map(str, comparison.slower), f"{comparison.compared} ratios and exponents compared with {comparison.file}, "
            f"recorded on {comparison.processor or 'an unknown processor'}; {len(comparison.slower)} of them slower"]
