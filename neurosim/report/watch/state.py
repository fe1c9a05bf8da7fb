"""What a comparison, or a run, has come to so far, from whatever files are there; nothing that is missing or half written is an error."""
from __future__ import annotations

import stat
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ...bounded import read_json
from ...errors import InputError
from ...scores import main_score, sign_of
from ..page.curves import by_seed, columns_of, rows_of
from ..page.folder import CURVES, RUN, RUNS, SUMMARY
from ..page.html import PAGE
from ..page.words import finite, label

PROGRESS, PLAN = "progress.json", "plan.json"
LATEST = 6            # curves that are shown
MOST_LISTED = 200     # failures that are shown
SILENT_S = 15.0       # without news, a comparison may have been killed
BAD = ("failed", "diverged", "nothing happened")


class Reader:
    """Reads JSON files in a folder, each again only if it has changed; links in it are not followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[Path, tuple[tuple[int, int], dict[str, Any]]] = {}

    def table(self, path: Path) -> dict[str, Any]:
        """The table in a file; an empty one if there is none, or not a whole one yet."""
        try:
            found = path.lstat()
            mark = (found.st_mtime_ns, found.st_size)
            if path in self.known and self.known[path][0] == mark:
                return self.known[path][1]
            value = read_json(path, "a record", self.folder)
        except (OSError, ValueError, InputError):
            return {}
        self.known[path] = mark, value
        return value


def state_of(folder: Path, reader: Reader | None = None, now: Callable[[], float] = time.time) -> dict[str, Any]:
    """What the page shows.

    Parameters
    ----------
    reader : keeps what has been read from call to call
    now : seconds since 1970, as of ``progress.json``

    Returns
    -------
    "state" is "waiting" (no file says anything yet), "running", "silent" (running, but nothing was heard for `SILENT_S`), or what the
    files say: "complete", "interrupted" ...
    """
    reader = reader or Reader(folder)
    progress = reader.table(folder / PROGRESS)
    runs = finished(folder, reader)
    alone = reader.table(folder / RUN) if not runs and not progress else {}
    plan = reader.table(folder / PLAN).get("runs")
    failures = [failure(run) for run in runs if run.get("status") in BAD]
    total = counted(progress.get("total"), len(plan) if isinstance(plan, list) else None)
    return {
        "folder": str(folder), "title": str(reader.table(folder / SUMMARY).get("title") or folder.resolve().name),
        **progress_of(progress, alone, runs, now()), "total": total, "done": counted(progress.get("done"), len(runs) or None),
        "failed": counted(progress.get("failed"), sum(one["status"] in BAD[:2] for one in failures)), "failures": failures[-MOST_LISTED:],
        "best": best_of(progress, runs), "curves": latest(folder, runs) or seeds_of(folder), "has_report": is_regular(folder / PAGE)}


def is_regular(path: Path) -> bool:
    """Whether there is such a file, and it is neither a link nor a pipe."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def counted(value: Any, other: int | None) -> int | None:
    """A whole number, or the other one."""
    number = finite(value)
    return other if number is None else int(number)


def progress_of(progress: Mapping[str, Any], alone: Mapping[str, Any], runs: list[Any], now: float) -> dict[str, Any]:
    """State, times, and what is running."""
    said = str(progress.get("state") or alone.get("status") or ("running" if runs else "waiting"))
    updated = finite(progress.get("updated"))
    age = None if updated is None else max(0.0, now - updated)
    if said == "running" and age is not None and age > SILENT_S:
        said = "silent"
    running = progress.get("running")
    return {
        "state": said, "message": str(alone.get("message", "")), "age_s": age, "eta_s": finite(progress.get("eta_s")),
        "elapsed_s": finite(progress.get("elapsed_s")), "workers": counted(progress.get("workers"), None),
        "cached": counted(progress.get("cached"), 0),
        "running": [{"what": what(one), "since_s": finite(one.get("since_s"))}
                    for one in (running if isinstance(running, list) else []) if isinstance(one, Mapping)]}


def finished(folder: Path, reader: Reader) -> list[dict[str, Any]]:
    """Runs that are whole, in the order in which they ended."""
    found = []
    try:
        for place in (folder / RUNS).iterdir():
            run = reader.table(place / RUN)
            if run:
                found.append(((place / RUN).lstat().st_mtime_ns, place.name, run))
    except OSError:
        pass
    return [{**run, "run": name} for _, name, run in sorted(found, key=lambda one: one[:2])]


def what(run: Mapping[str, Any]) -> str:
    """A run in short: ``trace · reram-sb, seed 3``."""
    point, kind = run.get("point"), str(run.get("kind", "learn")).replace("_", " ")
    name = label(point) if isinstance(point, Mapping) and point else "all"
    return (name if kind == "learn" else f"{kind}, {name}") + (f", seed {run['seed']}" if "seed" in run else "")


def failure(run: Mapping[str, Any]) -> dict[str, str]:
    """A run that came to nothing, and what it said."""
    return {"what": what(run), "status": str(run["status"]), "message": str(run.get("message", "")), "run": str(run["run"])}


def best_of(progress: Mapping[str, Any], runs: list[Any]) -> list[dict[str, Any]]:
    """The best so far: what the comparison says, or the best finished run."""
    said = progress.get("best")
    found = [{"what": what(one), "score": str(one.get("score", "")), "value": finite(one.get("value"))}
             for one in (said if isinstance(said, list) else []) if isinstance(one, Mapping)]
    if found:
        return found
    scored = [(run, run["scores"]) for run in runs if run.get("kind", "learn") == "learn" and isinstance(run.get("scores"), Mapping)]
    score = main_score(name for _, scores in scored for name in scores)
    sign = sign_of(score)
    known = [(value, run) for run, scores in scored if (value := finite(scores.get(score))) is not None]
    if not known:
        return []
    value, run = min(known, key=lambda one: sign * one[0])
    return [{"what": what(run), "score": score, "value": value}]


def latest(folder: Path, runs: list[Any]) -> list[dict[str, Any]]:
    """Curves of the runs that ended last."""
    found = [{"what": what(run), "columns": columns_of(rows_of(folder / RUNS / run["run"] / CURVES, folder))} for run in runs[-LATEST:]]
    return [one for one in found if one["columns"]]


def seeds_of(folder: Path) -> list[dict[str, Any]]:
    """Curves of a run folder."""
    seeds = list(by_seed(rows_of(folder / CURVES, folder)).items())
    return [{"what": f"seed {seed}", "columns": columns_of(rows)} for seed, rows in seeds[-LATEST:]]

