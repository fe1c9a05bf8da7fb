"""Every kind of file that the package writes, by what writes it, in an old and in a new version."""
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import checkpoint, keeping, writing
from ..compare import cases, store, study
from ..epochs import Place
from ..report.page import write_report
from ..report.plots import save_figure
from ..run_folder import write_folder
from ..standing import Standing
from .small_grid import FILE, one_run, plain, tiny
from .snapshots import Snapshot

OLD, NEW = 1, 2


def _nothing(path: Path) -> None:
    """Bytes are all that there is to it."""


def _all(found: Snapshot) -> Snapshot:
    """As they are."""
    return found


class Writer(NamedTuple):
    """A writer of files.

    Attributes
    ----------
    name : what it writes
    write : (folder, version); the folder is there
    replaces : whether it writes over an old version; otherwise there is nothing before, and it refuses what is there
    whole : the folder inside that is there with all its files or not at all, if there is one
    prepare : makes in a folder what the writer needs there
    load : reads a folder that holds a version, and raises if it is none
    seen : what of the files in a folder is a version, if it is not all of them as they are
    changing : names of files that tell the time
    is_light : whether it is fast enough for the short size
    """

    name: str
    write: Callable[[Path, int], Any]
    replaces: bool = True
    whole: str = ""
    prepare: Callable[[Path], Any] = _nothing
    load: Callable[[Path], Any] = _nothing
    seen: Callable[[Snapshot], Snapshot] = _all
    changing: tuple[str, ...] = ()
    is_light: bool = True


def _arrays(version: int) -> dict[str, np.ndarray]:
    return {"recurrent/conductance": np.arange(2000.0 * version), "mask": np.array([True, False]), "nan": np.full(3, np.nan)}


def _checkpoint(folder: Path, version: int) -> None:
    checkpoint.save(folder / "checkpoint.h5", _arrays(version), {"epoch": version})


def _checkpoint_loads(folder: Path) -> None:
    arrays, facts = checkpoint.load(folder / "checkpoint.h5")
    wanted = _arrays(int(facts["epoch"]))
    if {name: array.tobytes() for name, array in arrays.items()} != {name: array.tobytes() for name, array in wanted.items()}:
        raise ValueError("the checkpoint holds other numbers than were saved")


def _text(folder: Path, version: int) -> None:
    writing.write_text(folder / "run.json", json.dumps({"version": version, "curve": list(range(700 * version))}))


def _where(version: int) -> Standing:
    arrays = _arrays(version)
    return Standing(
        2, Place(1, 0, 3, np.full((2, 3), float(version))), 40 * version, 7, [(0.5, 1.0)], [{"epoch": 1}], arrays, arrays, version)


def _bytes(standing: Standing) -> list[Any]:
    arrays = [{name: array.tobytes() for name, array in held.items()} for held in (standing.arrays, standing.kept)]
    return [repr(standing._replace(arrays={}, kept={})), *arrays]


def _standing(folder: Path, version: int) -> None:
    keeping.save(folder / "seed-1", _where(version), 1.5)


def _standing_loads(folder: Path) -> None:
    found, _ = keeping.standing_of(folder / "seed-1", float)
    wanted = None if found is None else _where(found.before)
    if found is None or wanted is None or _bytes(found) != _bytes(wanted):
        raise ValueError("what is kept is not where the run stood")


def _that_counts(found: Snapshot) -> Snapshot:
    """The state, and the folder that it names under one name: a new version is written beside the old one."""
    name = f"seed-1/{keeping.STATE}"
    if name not in found:
        return {}
    try:
        state = json.loads(found[name])
        place = f"seed-1/{state.pop('arrays')}/"
    except (KeyError, TypeError, ValueError):
        return {name: found[name]}
    held = {f"seed-1/arrays/{path.removeprefix(place)}": content for path, content in found.items() if path.startswith(place)}
    return {name: json.dumps(state).encode(), **held}


def _figure(folder: Path, version: int) -> None:
    rows = [{"seed": 1, "epoch": epoch, "test_mse": version / (epoch + 1)} for epoch in range(3)]
    shown = np.sin(np.arange(40.0)).reshape(1, 40, 1, 1)
    save_figure(folder / "curves.png", f"version {version}", rows, {"predictors": {}, "yardsticks": {}}, shown, shown * version)


def _profile(folder: Path, version: int) -> None:
    writing.write_new(folder / "ours.toml", "# a profile\n" * 400 * version)


def _export(folder: Path, version: int) -> None:
    write_folder(folder / "deep" / "export", {"manifest.json": "{}", "weights.npz": b"\0" * 9000, "in/side.txt": "x" * 700})


def _run_of_a_comparison(folder: Path, version: int) -> None:
    store.keep(folder, "abc", {
        "run.json": json.dumps({"run": "abc", "status": "complete", "scores": {}}), "curves.csv": "epoch\n" * 900})


def _case(folder: Path, version: int) -> None:
    cases.begin(folder / "out")
    scores = {f"score {k}": float(k) for k in range(200)}
    cases.kept(one_run(), folder / "out" / cases.CASES, lambda case: cases.Found(scores, {}))


def _compared(folder: Path) -> None:
    """A comparison that is finished."""
    with plain():
        study.compare(tiny(), FILE, folder / "out")


def _comparison(folder: Path, version: int) -> None:
    """Its summary, of runs that are there."""
    if version == NEW:
        _compared(folder)
        return
    for name in (store.PLAN, store.RESULTS, store.SUMMARY, store.RECIPE):
        writing.write_text(folder / "out" / name, "old = 1\n")


def _page(folder: Path, version: int) -> None:
    """The report of the comparison beside it."""
    if version == NEW:
        write_report(folder / "out", folder / "report.html")
    else:
        writing.write_text(folder / "report.html", "old\n")


CHANGING = (store.PROGRESS, store.TIMES, store.LOCK)
WRITERS = (
    Writer("checkpoint", _checkpoint, load=_checkpoint_loads),
    Writer("text of a run", _text),
    Writer("where a run stands", _standing, load=_standing_loads, seen=_that_counts),
    Writer("figure", _figure, is_light=False),
    Writer("fitted profile", _profile, replaces=False),
    Writer("export or import", _export, replaces=False, whole="deep/export"),
    Writer("run of a comparison", _run_of_a_comparison, replaces=False, whole="runs/abc"),
    Writer("case of an ablation", _case, replaces=False),
    Writer("comparison", _comparison, prepare=_compared, changing=CHANGING, is_light=False),
    Writer("report page", _page, prepare=_compared, changing=CHANGING, is_light=False))
