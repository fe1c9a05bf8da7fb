"""Commands about hardware profiles."""
from __future__ import annotations

import sys
from typing import Annotated

import typer

from ..terminal import output, print_json, show
from .common import AsJson

profiles = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Hardware profiles: what a chip or device is.")


@profiles.command("list")
def profiles_list(as_json: AsJson = False) -> None:
    """The shipped profiles."""
    from .. import profile

    found = {name: profile.load(name) for name in profile.names()}
    if as_json:
        print_json([{"name": name, "chip": p.chip.name, "digest": p.digest} for name, p in found.items()])
        return
    show(["profile", "chip"], [(name, p.chip.name) for name, p in found.items()])


@profiles.command("show")
def profiles_show(name: str, as_json: AsJson = False) -> None:
    """Every number of a profile with its source; NAME is a shipped profile or a file."""
    from .. import profile

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
    from .. import profile

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
    from .. import profile
    from ..explanation import effects_of, unsure

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

    from ..calibration.command import calibrate, lines, model_rows

    report = calibrate(Path(pulses), model, Path(out) if out is not None else None, Path(plot) if plot is not None else None,
                       lambda label: None if as_json else print(f"fitting {label} ...", file=sys.stderr))
    if as_json:
        print_json(report)
        return
    show(["model", "AIC", "parameters", "error of held-out devices", "of expected"], model_rows(report))
    for line in lines(report):
        output().print(line, markup=False, highlight=False, soft_wrap=True)
