"""Every kind of file that the package writes, by what writes it, in an old and in a new version."""
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import checkpoint, writing
from ..compare import cases, store, study
from ..report.page import write_report
from ..report.plots import save_figure
from ..run_folder import write_folder
from .small_grid import FILE, one_run, plain, tiny

OLD, NEW = 1, 2


def _nothing(path: Path) -> None:
    """Bytes are all that there is to it."""


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
    changing : names of files that tell the time
    is_light : whether it is fast enough for the short size
    """

    name: str
    write: Callable[[Path, int], Any]
    replaces: bool = True
    whole: str = ""
    prepare: Callable[[Path], Any] = _nothing
    load: Callable[[Path], Any] = _nothing
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
    Writer("figure", _figure, is_light=False),
    Writer("fitted profile", _profile, replaces=False),
    Writer("export or import", _export, replaces=False, whole="deep/export"),
    Writer("run of a comparison", _run_of_a_comparison, replaces=False, whole="runs/abc"),
    Writer("case of an ablation", _case, replaces=False),
    Writer("comparison", _comparison, prepare=_compared, changing=CHANGING, is_light=False),
    Writer("report page", _page, prepare=_compared, changing=CHANGING, is_light=False))
