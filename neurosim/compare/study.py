"""A comparison of a grid from its file to its folder; every step can be killed and gone on with.

::

    comparison.toml   the experiment with its [compare] table: what `resume` goes on with
    plan.json         every run that is wanted, in order
    runs/<digest>/    a finished run: experiment.toml (neurosim run repeats it), run.json, curves.csv
    results.csv       long form: one row per run and score
    comparison.json   what it says; the same runs give the same bytes, whoever did them
    progress.json, times.csv   what is going on, and what took how long: the only files that hold times
"""
from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import inspections
from ..errors import InputError
from ..experiment import TABLES, override
from ..report.text import curves_text, json_text
from ..toml import read_toml, toml_text
from ..writing import write_text
from . import store
from .crew import crew_of
from .driver import Progress, Watch, drive
from .grid import COMPARE, Grid, grid_of
from .plan import LEARN, Plan, kinds_first, plan_of
from .reach import took
from .summary import is_number, summarise
from .tuning import Search


def read(path: Path, overrides: list[str] | tuple[str, ...] = ()) -> dict[str, Any]:
    """The tables of an experiment file, with what the command line changes in them."""
    tables = read_toml(path, (*TABLES, COMPARE))
    for text in overrides:
        override(tables, text)
    return tables


def is_grid(path: Path) -> bool:
    """Whether a file asks for a grid."""
    return COMPARE in read_toml(path, (*TABLES, COMPARE))


def recipe(tables: Mapping[str, Any], path: Path) -> str:
    """The comparison as TOML; relative paths in it start where they did."""
    compare = {"folder": os.path.abspath(path.parent), "title": path.stem, **tables[COMPARE]}
    return toml_text({**tables, COMPARE: compare})


def check(grid: Grid) -> None:
    """Refuse options that no run of the grid could follow, before anything is run."""
    options, where = grid.options, f"{grid.path.name}: {COMPARE}"
    inspections.check(options.diagnostics, f"{where}.diagnostics")

    if options.threshold is not None:
        axis = next((axis for axis in grid.axes if axis.name == options.threshold.axis), None)
        values = [] if axis is None else [change.get(axis.key) for change in axis.changes]
        if axis is None or len(values) < 2 or not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
            numeric = [axis.name for axis in grid.axes if isinstance(axis.changes[0].get(axis.key), int | float)]
            raise InputError(f"{where}.threshold.axis", (
                f"= {options.threshold.axis}; must be an axis of two or more numbers: {', '.join(numeric) or 'this grid has none'}"))
    if options.transfer is not None:
        from ..profile import load

        for profile in options.transfer.profiles:
            load(profile)


def compare(
    tables: Mapping[str, Any], path: Path, folder: Path, workers: int = 1, scheduler: str | None = None, watch: Watch | None = None,
) -> dict[str, Any]:
    """Run what is not finished, and say what came out.

    Parameters
    ----------
    tables : `read`
    path : of the file, for messages and relative paths
    folder : new, or of a comparison, whose finished runs are not run again
    workers : processes on this machine; 1: this one
    scheduler : address of a Dask scheduler whose workers do the runs instead
    watch : called about twice a second with what ``progress.json`` holds

    Returns
    -------
    What ``comparison.json`` holds.

    Raises
    ------
    InputError
        Before anything is run.
    KeyboardInterrupt
        Finished runs are kept, and the summary says that it is interrupted.
    """
    grid = grid_of(tables, path)
    check(grid)
    search = Search(grid) if grid.options.tune is not None else None
    plan = plan_of(grid)  # what can be refused is refused before anything is written
    with store.locked(folder):
        write_text(folder / store.RECIPE, recipe(tables, grid.path))
        failed: dict[str, str] = {}
        tuning = None
        progress = Progress(folder, watch, workers)
        try:
            with crew_of(workers, scheduler) as crew:
                progress.workers = crew.workers
                if search is not None:
                    drive(folder, search.start(), crew, progress, search.more)
                    plan, tuning = plan_of(grid, search.tuned()), search.report()
                write_plan(folder, plan)
                failed = drive(folder, kinds_first(plan.jobs.values()), crew, progress)
        except BaseException as error:
            stopped = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            progress.tell([], stopped)
            write_plan(folder, plan)
            conclude(folder, grid, plan, failed, tuning, stopped)
            raise
        record = conclude(folder, grid, plan, failed, tuning, "incomplete" if failed else "complete")
        progress.tell([], "complete")
    return record


def write_plan(folder: Path, plan: Plan) -> None:
    """Every run that is wanted."""
    runs = [{"run": job.run, "kind": job.kind, "point": job.labels, "seed": job.seed} for job in plan.jobs.values()]
    write_text(folder / store.PLAN, json_text({"runs": runs}))


def conclude(
    folder: Path, grid: Grid, plan: Plan, failed: Mapping[str, str], tuning: Mapping[str, Any] | None, status: str
) -> dict[str, Any]:
    """Write ``results.csv`` and ``comparison.json`` from the runs that are there."""
    there = store.finished(folder)
    records = {run: store.record_of(folder, run) for run in plan.jobs if run in there}
    write_text(folder / store.RESULTS, curves_text(rows_of(grid, plan, records)))
    record = summarise(grid, plan, records, failed, tuning, status)
    took(record["groups"], grid.options.reach, folder)
    write_text(folder / store.SUMMARY, json_text(record))
    return record


def rows_of(grid: Grid, plan: Plan, records: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Long form: one row per run and score; a yardstick has the labels of every combination that it stands beside."""
    rows: list[dict[str, Any]] = []
    for point in plan.points:
        for kind, runs in plan.runs.get(tuple(point.labels.values()), {}).items():
            for seed, run in runs.items():
                record = records.get(run)
                if record is None:
                    continue
                about = {"run": run, "kind": kind, **point.labels, "seed": seed, "status": record["status"]}
                spent = {f"cost {name}": value for name, value in record.get("cost", {}).items() if is_number(value)}
                trivial = {f"predictor {name}": value for name, value in record["predictors"].items() if kind == LEARN}
                rows += [{**about, "score": name, "value": value} for name, value in {**record["scores"], **trivial, **spent}.items()]
                rows += [{**about, "score": "", "value": None}] if not record["scores"] else []
    return rows


def resume(folder: Path, workers: int = 1, scheduler: str | None = None, watch: Watch | None = None) -> dict[str, Any]:
    """Go on with the comparison in a folder.

    Raises
    ------
    InputError
        If there is none in it.
    """
    if not store.is_comparison(folder):
        raise InputError(str(folder), "holds neither a run nor a comparison that could go on")
    path = folder / store.RECIPE
    return compare(read(path), path, folder, workers, scheduler, watch)
