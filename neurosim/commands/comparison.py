"""Commands about comparisons: run one, go on with it, report it, watch it."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .. import permission, stopping
from ..errors import InputError
from ..terminal import output, print_json, show
from .common import AsJson, OwnCode, permit, shortened, show_run

if TYPE_CHECKING:
    from collections.abc import Callable

Workers = Annotated[int | None, typer.Option(
    "--workers", min=1, max=1024, help="Processes on this machine; by default one per core.")]
Scheduler = Annotated[str | None, typer.Option(
    "--scheduler", metavar="tcp://HOST:PORT", help="Let the workers of this Dask scheduler do the runs.")]


def compare(
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT.toml", help="The experiment file, with a [compare] table for a grid.")],
    chips: Annotated[str | None, typer.Option(metavar="NAME,NAME", help="The same network on these chips: scores and costs.")] = None,
    ablate: Annotated[str | None, typer.Option(
        metavar="GROUP", help="What each effect of the chip costs: device, io, noise, time or all.")] = None,
    settings: Annotated[list[str] | None, typer.Option(
        "--set", metavar="TABLE.KEY=VALUE", help="Change a setting, for instance train.epochs=5.")] = None,
    out: Annotated[str | None, typer.Option(
        metavar="DIR", help="Folder for the results; by default in runs/. Finished runs in it are kept.")] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    quick: Annotated[bool, typer.Option("--quick", help="One epoch, the first seed only: does it run?")] = False,
    own_code: OwnCode = False,
    as_json: AsJson = False,
) -> None:
    """Rules, chips, noise: the grid of the file's [compare] table; or the same network on several chips; or one chip, effect by effect."""
    from ..compare import command, study

    permit(own_code)
    path = Path(experiment)
    if chips is None and ablate is None and study.is_grid(path):
        tables = study.read(path, settings or ())
        tables = command.quick_tables(tables) if quick else tables
        folder = Path(out) if out is not None else command.default_folder(tables, path)
        carry_out(lambda watch: study.compare(tables, path, folder, command.workers_of(workers), scheduler, watch), folder, as_json)
        return
    for name, value in (("--workers", workers), ("--scheduler", scheduler)):
        if value is not None:
            raise InputError(name, f"= {value}; is for the grid of a [compare] table, which was not asked for")
    simple(path, chips, ablate, settings or [], out, quick, as_json)


def simple(path: Path, chips: str | None, ablate: str | None, settings: list[str], out: str | None, quick: bool, as_json: bool) -> None:
    """Chips beside each other, or one chip without each of its effects."""
    from .. import experiment as experiments
    from ..compare import command
    from ..run_folder import default_folder

    kind, choice = command.chosen(chips, ablate, path.name)
    wanted = experiments.load(path, settings)
    wanted = shortened(wanted) if quick else wanted
    default = default_folder(wanted, str(path))
    folder = Path(out) if out is not None else default.with_name(f"{kind}-{default.name}")
    try:
        with experiments.blamed(settings, path.name), experiments.named(path.name):
            record, header, rows, notes = command.compared(wanted, kind, choice, folder, lambda doing: print(doing, file=sys.stderr))
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(f"finished cases are in {folder}, the same command goes on") from error
    if as_json:
        print_json({"folder": str(folder), **record})
        return
    show(header, rows)
    for note in (*notes, f"results in {folder}"):
        output().print(note, markup=False, highlight=False, soft_wrap=True)


def carry_out(work: Callable[[Any], dict[str, Any]], folder: Path, as_json: bool) -> None:
    """Run a comparison with its live table, and print what came out."""
    from rich.console import Console

    from ..report.comparison_table import header_of, notes_of, rows_of
    from ..report.live_table import live

    again = f"finished runs are in {folder}, neurosim resume {folder}{permission.option()} goes on"
    stopping.note(again)
    try:
        with live(Console(stderr=True)) as watch:
            record = work(watch)
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(again) from error
    if as_json:
        print_json({"folder": str(folder), **record})
    else:
        show(header_of(record), rows_of(record))
        for note in (*notes_of(record), f"results in {folder}; neurosim report {folder} makes a page of them"):
            output().print(note, markup=False, highlight=False, soft_wrap=True)
    if record["status"] == "incomplete":
        raise typer.Exit(1)


def resume(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The folder of a run or of a comparison that was stopped.")],
    workers: Workers = None,
    scheduler: Scheduler = None,
    own_code: OwnCode = False,
    as_json: AsJson = False,
) -> None:
    """Go on with a run, from where it stood, or with a comparison, of which finished runs are kept; to the same bytes."""
    from ..compare import command, store, study

    permit(own_code)
    place = Path(folder)
    if store.is_comparison(place) or not (place / "experiment.toml").is_file():
        carry_out(lambda watch: study.resume(place, command.workers_of(workers), scheduler, watch), place, as_json)
        return
    for name, value in (("--workers", workers), ("--scheduler", scheduler)):
        if value is not None:
            raise InputError(name, f"= {value}; is for comparisons, and {folder} holds a run")
    from rich.console import Console

    from .. import session
    from ..report.progress import live
    from ..report.provenance import command_line

    with live(Console(stderr=True)) as watch:
        record = session.resume(place, command_line(), watch)
    show_run(place, record, as_json)


def report(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The folder of a comparison or of a run.")],
    form: Annotated[str, typer.Option(
        "--format", metavar="html|md", help="A page for a browser, or Markdown for a terminal or a paper.")] = "html",
    out: Annotated[str | None, typer.Option(
        metavar="FILE", help="Where to write it; by default report.html in DIR, Markdown on stdout.")] = None,
) -> None:
    """Make one page of everything in a folder: summary, tables, figures, caveats; it needs no network."""
    from ..report.page import markdown, write_report
    from ..writing import write_text

    if form not in ("html", "md"):
        raise InputError("--format", f"= {form}; must be html or md")
    if form == "html":
        place = write_report(Path(folder), Path(out) if out is not None else None)
        output().print(f"report in {place}", markup=False, highlight=False, soft_wrap=True)
    elif out is None:
        print(markdown(Path(folder)), end="")
    else:
        write_text(Path(out), markdown(Path(folder)))


def watch(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The folder of a comparison or of a run.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the page on 127.0.0.1; 0: one that is free.")] = 0,
) -> None:
    """Serve a live page of what is going on in a folder, on this machine only, from its files: it cannot harm what it shows."""
    from ..report.watch.server import follow

    follow(Path(folder), port)
