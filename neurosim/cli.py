"""The command line: run, bench and doctor, and what commands/ adds: compare, resume, report, watch, export, profiles,
selftest.

Exit codes: 0 done, 2 wrong input (one sentence on stderr), 1 anything else, 130 on SIGINT (Ctrl-C) and SIGTERM.  Nothing heavy is
imported before a command needs it.
"""
from __future__ import annotations

import os
import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from .commands import comparison, exports
from .commands.common import AsJson, OwnCode, permit, shortened, show_run
from .commands.profiles import profiles
from .commands.selftest import selftest
from .errors import InputError, NeurosimError
from .permission import within_a_command
from .stopping import CODE, stoppable
from .terminal import output, print_json, show, tell

UsageError: Any = typer.BadParameter.__mro__[1]  # of the click that typer has inside it, or of the one that it needs
NO_COMMAND, NO_OPTION = "No such command ", "No such option"  # how its sentences begin


class Commands(TyperGroup):
    """Ends with one sentence and the exit code of the error, not with a traceback."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the options that stand before a command."""
        try:
            return super().parse_args(ctx, args)
        except UsageError as error:
            refuse(error, ctx)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            with within_a_command(), stoppable():
                return super().invoke(ctx)
        except NeurosimError as error:
            tell(str(error))
            raise typer.Exit(error.exit_code) from error
        except UsageError as error:
            refuse(error, ctx)
        except MemoryError as error:
            tell("not enough memory; use a smaller network, batch or task")
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            tell("; ".join(["interrupted", *map(str, error.args)]))
            raise typer.Exit(CODE) from error


def refuse(error: Any, ctx: Any) -> NoReturn:
    """End with one sentence for a wrong call; a group without a command shows its help, as it is."""
    if type(error).__name__ == "NoArgsIsHelpError":
        raise error
    tell(usage(error, ctx))
    raise typer.Exit(2) from error


def usage(error: Any, ctx: Any) -> str:
    """What is wrong with a call, in one sentence, beginning small: where its help is, and the name that was meant or those there are."""
    from .sentences import hint

    said, place = " ".join(error.format_message().split()), f"{ctx.command_path} {ctx.invoked_subcommand or ''}".strip()
    for more in (". Did you mean ", " (Possible options: ", " Did you mean "):  # of typer and click, in their own words
        said = said.partition(more)[0]
    said, meant = said.rstrip("."), ""
    if error.ctx is not None:
        place, command = error.ctx.command_path, error.ctx.command
        if said.startswith(NO_COMMAND):
            meant = hint(said.removeprefix(NO_COMMAND).strip("'\" "), command.list_commands(error.ctx))
        elif said.startswith(NO_OPTION):
            options = [name for parameter in command.get_params(error.ctx) for name in parameter.opts if name.startswith("--")]
            meant = hint(error.option_name, options)
    return f"{said[:1].lower()}{said[1:]}; see {place} --help{meant}"


app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Simulates neuromorphic hardware that learns on the chip.")
app.add_typer(profiles, name="profiles")
for command in (comparison.compare, comparison.resume, comparison.report, comparison.watch, exports.export, selftest):
    app.command()(command)
app.command("import")(exports.import_network)


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
    own_code: OwnCode = False,
    as_json: AsJson = False,
) -> None:
    """Learn once: live progress, then the result beside what it has to beat."""
    from pathlib import Path

    from rich.console import Console

    from . import experiment as experiments
    from .report.progress import live
    from .report.provenance import command_line
    from .run_folder import default_folder
    from .session import perform

    permit(own_code)
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
    show_run(folder, record, as_json)


def show_record(record: dict[str, Any], as_json: bool) -> None:
    """Names and numbers."""
    if as_json:
        print_json(record)
    else:
        show(["", ""], [(name, f"{value:.3g}" if isinstance(value, float) else str(value)) for name, value in record.items()])


@app.command()
def doctor(
    experiment: Annotated[str | None, typer.Argument(
        metavar="[EXPERIMENT.toml]", help="With --warm: compile what this experiment needs.")] = None,
    warm: Annotated[bool, typer.Option(
        "--warm", help="Compile what a plain run needs, or a run of EXPERIMENT.toml, so that the first one need not wait.")] = False,
    own_code: OwnCode = False,
    as_json: AsJson = False,
) -> None:
    """Look at the installation; exit code 1 if something that is needed fails."""
    from .doctor import examine, warmed

    if experiment is not None and not warm:
        raise InputError("EXPERIMENT.toml", f"= '{experiment}'; is for --warm")
    permit(own_code)
    checks = warmed(experiment) if warm else examine()
    if as_json:
        print_json([check._asdict() for check in checks])
    else:
        show(["", "", ""], [(check.status, check.name, check.detail) for check in checks])
    if any(check.status == "failed" for check in checks):
        raise typer.Exit(1)


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(
        metavar="[NAME ...]",
        help="limits, step, sequence, read, threads, growth, start, event_rate, core, counters, cuba, brunel; all if absent.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Few sizes and few repeats: does it run?")] = False,
    against: Annotated[str | None, typer.Option(
        metavar="FILE", help="What --json printed before: name what has become slower since, by more than 20 %.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure speed against the machine and the peers that are installed, in the same run: CPU time, one thread, medians."""
    from .bench import command

    if against is None:
        lines, comparison = command.measure(names, quick, tell), None
    else:
        lines, comparison = command.compared(against, names, quick, tell)
    if as_json:
        print_json(command.as_json(lines, comparison))
        return
    for header, rows in command.tables(lines):
        show(header, rows)
        output().print()
    for sentence in () if comparison is None else command.sentences(comparison):
        output().print(sentence, markup=False, highlight=False, soft_wrap=True)


def main() -> None:
    """Entry point of the program ``neurosim``."""
    try:
        app(prog_name="neurosim")
    except SystemExit as error:
        if error.code == CODE:  # whoever asked it to stop does not wait for libraries to tidy up
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(CODE)
        raise


if __name__ == "__main__":
    main()
