"""The command line: run, compare, profiles, doctor, bench.

Exit codes: 0 done, 2 wrong input (one sentence on stderr), 1 anything else, 130 on Ctrl-C.  Nothing heavy is imported before a
command needs it.
"""
from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from .errors import NeurosimError
from .terminal import output, print_json, show, show_bill, tell

if TYPE_CHECKING:
    from .experiment import Experiment


class Commands(TyperGroup):
    """Ends with one sentence and the exit code of the error, not with a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except NeurosimError as error:
            tell(str(error))
            raise typer.Exit(error.exit_code) from error
        except MemoryError as error:
            tell("not enough memory; use a smaller network, batch or task")
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            tell("; ".join(["interrupted", *map(str, error.args)]))
            raise typer.Exit(130) from error


app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Simulates neuromorphic hardware that learns on the chip.")
profiles = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Hardware profiles: what a chip or device is.")
app.add_typer(profiles, name="profiles")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else.")]


@app.command()
def run(
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT.toml", help="The experiment file.")],
    settings: Annotated[list[str] | None, typer.Option(
        "--set", metavar="TABLE.KEY=VALUE", help="Change a setting, for instance rule.learning_rate=1e-3.")] = None,
    out: Annotated[str | None, typer.Option(
        metavar="DIR", help="Folder to make for the results; by default runs/<experiment>-<digest>.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One epoch, the first seed only: does it run?")] = False,
    backend: Annotated[str | None, typer.Option(
        metavar="brian2", help="Do not learn: run the first test trial of a spiking network here and in Brian2, and compare.")] = None,
    as_json: AsJson = False,
) -> None:
    """Learn once: live progress, then the result beside what it has to beat."""
    from pathlib import Path

    from rich.console import Console

    from . import experiment as experiments
    from .report.progress import live
    from .report.provenance import command_line
    from .report.table import result_table
    from .run_folder import default_folder
    from .session import perform

    wanted = experiments.load(experiment, settings or ())
    wanted = shortened(wanted) if quick else wanted
    folder, file = Path(out) if out is not None else default_folder(wanted, experiment), Path(experiment).name
    if backend is not None:
        from .interop import forward

        with experiments.blamed(settings or (), file), experiments.named(file):
            record = forward.run(backend, wanted, folder)
        show_record({"folder": str(folder), **record}, as_json)
        return
    with experiments.blamed(settings or (), file), live(Console(stderr=True)) as watch:
        record = perform(wanted, folder, file, command_line(), watch)
    if as_json:
        print_json({"folder": str(folder), **record})
        return
    console = output()
    console.print(result_table(record))
    show_bill(folder)
    place = str(folder).encode("utf-8", "backslashreplace").decode()
    console.print(f"results in {place}", markup=False, highlight=False, soft_wrap=True)


def show_record(record: dict[str, Any], as_json: bool) -> None:
    """Names and numbers."""
    if as_json:
        print_json(record)
    else:
        show(["", ""], [(name, f"{value:.3g}" if isinstance(value, float) else str(value)) for name, value in record.items()])


@app.command()
def compare(
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT.toml", help="The experiment file.")],
    chips: Annotated[str | None, typer.Option(metavar="NAME,NAME", help="The same network on these chips: scores and costs.")] = None,
    ablate: Annotated[str | None, typer.Option(
        metavar="GROUP", help="What each effect of the chip costs: device, io, noise, time or all.")] = None,
    settings: Annotated[list[str] | None, typer.Option(
        "--set", metavar="TABLE.KEY=VALUE", help="Change a setting, for instance train.epochs=5.")] = None,
    out: Annotated[str | None, typer.Option(
        metavar="DIR", help="Folder for the results; by default in runs/. Finished cases in it are kept.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One epoch, the first seed only: does it run?")] = False,
    as_json: AsJson = False,
) -> None:
    """The same network on several chips, or on one chip without each of its effects, and each alone on an ideal chip."""
    from pathlib import Path

    from . import experiment as experiments
    from .compare import command
    from .run_folder import default_folder

    kind, choice = command.chosen(chips, ablate)
    wanted, file = experiments.load(experiment, settings or ()), Path(experiment).name
    wanted = shortened(wanted) if quick else wanted
    default = default_folder(wanted, experiment)
    folder = Path(out) if out is not None else default.with_name(f"{kind}-{default.name}")
    try:
        with experiments.blamed(settings or (), file), experiments.named(file):
            record, header, rows, notes = command.compared(wanted, kind, choice, folder, lambda doing: print(doing, file=sys.stderr))
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(f"finished cases are in {folder}, the same command goes on") from error
    if as_json:
        print_json({"folder": str(folder), **record})
        return
    show(header, rows)
    for note in (*notes, f"results in {folder}"):
        output().print(note, markup=False, highlight=False, soft_wrap=True)


def shortened(experiment: Experiment) -> Experiment:
    """One epoch of the first seed."""
    train = experiment.train.model_copy(update={"epochs": 1, "seeds": experiment.train.seeds[:1], "bptt_epochs": 1})
    return experiment.model_copy(update={"train": train})


@profiles.command("list")
def profiles_list(as_json: AsJson = False) -> None:
    """The shipped profiles."""
    from . import profile

    found = {name: profile.load(name) for name in profile.names()}
    if as_json:
        print_json([{"name": name, "chip": p.chip.name, "digest": p.digest} for name, p in found.items()])
        return
    show(["profile", "chip"], [(name, p.chip.name) for name, p in found.items()])


@profiles.command("show")
def profiles_show(name: str, as_json: AsJson = False) -> None:
    """Every number of a profile with its source; NAME is a shipped profile or a file."""
    from . import profile

    found = profile.load(name)
    rows = [(field, quantity, source) for field, quantity, source in found.quantities()]
    if as_json:
        print_json({"file": found.file, "digest": found.digest, "chip": found.chip.name, "quantities": {
            field: {**quantity.model_dump(exclude_none=True), "source": source} for field, quantity, source in rows}})
        return
    output().print(f"{found.chip.name} ({found.file})", markup=False, highlight=False)
    show(["field", "value", "status", "source"],
         [(field, f"{quantity.v:g}", quantity.status or "", source) for field, quantity, source in rows])


@profiles.command("check")
def profiles_check(file: str, as_json: AsJson = False) -> None:
    """Whether a profile is valid, and which of its numbers are not certain."""
    from . import profile

    found = profile.load(file)
    unsure = [{"field": field, "value": quantity.v, "status": quantity.status} for field, quantity, _ in found.unverified()]
    if as_json:
        print_json({"file": found.file, "valid": True, "digest": found.digest, "unverified": unsure})
        return
    output().print(f"{found.file} is valid", markup=False, highlight=False)
    for row in unsure:
        output().print(f"  {row['status']}: {row['field']} = {row['value']:g}", markup=False, highlight=False)


@profiles.command("explain")
def profiles_explain(name: str, as_json: AsJson = False) -> None:
    """What a profile does to a network, in plain words, and which of its numbers nobody has looked up."""
    from . import profile
    from .explanation import effects_of, unsure

    found = profile.load(name)
    effects, doubts = effects_of(found), unsure(found)
    if as_json:
        print_json({"unverified": doubts, "effects": [
            {"effect": effect.text, "numbers": effect.numbers, "source": effect.source} for effect in effects]})
        return
    if effects:
        show(["effect", "numbers", "source"], [(effect.text, effect.numbers, effect.source) for effect in effects])
    else:
        output().print("nothing: this chip is ideal")
    if doubts:
        output().print("\nnumbers that a result may rest on and that are no fact:", markup=False, highlight=False)
        show(["status", "number", "value", "source"], [(d["status"], d["number"], f"{d['v']:g}", d["source"]) for d in doubts])


@profiles.command("fit")
def profiles_fit(
    pulses: Annotated[str, typer.Argument(
        metavar="PULSES.csv", help="Measured traces: columns device, pulse, polarity, conductance_S.")],
    out: Annotated[str | None, typer.Option(metavar="NAME.toml", help="Profile to write; must not exist yet.")] = None,
    model: Annotated[str, typer.Option(help="Update model, or auto: all of them, the smallest AIC wins.")] = "auto",
    plot: Annotated[str | None, typer.Option(
        metavar="FILE.png", help="Measured traces, fitted mean and the band of fitted devices.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fit a device to measured pulse traces: step curve, noise, and the spread from device to device."""
    from pathlib import Path

    from .calibration.command import calibrate, lines, model_rows

    report = calibrate(Path(pulses), model, Path(out) if out is not None else None, Path(plot) if plot is not None else None,
                       lambda label: None if as_json else print(f"fitting {label} ...", file=sys.stderr))
    if as_json:
        print_json(report)
        return
    show(["model", "AIC", "parameters", "error of held-out devices", "of expected"], model_rows(report))
    for line in lines(report):
        output().print(line, markup=False, highlight=False, soft_wrap=True)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at the installation; exit code 1 if something that is needed fails."""
    from .doctor import examine

    checks = examine()
    if as_json:
        print_json([check._asdict() for check in checks])
    else:
        show(["", "", ""], [(check.status, check.name, check.detail) for check in checks])
    if any(check.status == "failed" for check in checks):
        raise typer.Exit(1)


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME ...]", help="cuba, brunel, event_rate, core; all if absent.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small networks and few repeats: does it run?")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure speed against the peers that are installed, in the same run: CPU time, one thread, medians."""
    from .bench import command

    lines, same = command.measure(names, quick)
    if as_json:
        print_json(command.as_json(lines, same))
        return
    for header, rows in command.tables(lines, same):
        show(header, rows)


def main() -> None:
    """Entry point of the program ``neurosim``."""
    app(prog_name="neurosim")


if __name__ == "__main__":
    main()
