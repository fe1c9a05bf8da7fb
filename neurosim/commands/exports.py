"""Commands about other people's formats: write a trained network, start from one."""
from __future__ import annotations

from typing import Annotated, Any

import typer

from ..terminal import output, print_json, show
from .common import AsJson, OwnCode, permit


def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The folder that neurosim run made.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="What to write; 'list' lists the formats.")],
    out: Annotated[str | None, typer.Option(metavar="DIR", help="Folder to make; by default RUN/export-FORMAT.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Which of the seeds of the run; the first by default.")] = None,
    vectors: Annotated[int, typer.Option(
        min=0, max=1_000_000, metavar="STEPS", help="Test inputs with expected outputs, for the program that loads the files.")] = 0,
    clip: Annotated[bool, typer.Option("--clip", help="Move weights beyond the range of the format to its end, and count them.")] = False,
    loop_identity: Annotated[bool, typer.Option(
        "--loop-identity", help="nir: a third node in the recurrent loop, as snnTorch needs it.")] = False,
    own_code: OwnCode = False,
    as_json: AsJson = False,
) -> None:
    """Write a trained network in a device's format, and say what it lost on the way."""
    from pathlib import Path

    from ..export import Options, export_network, of_run
    from ..export.registry import FORMATS, exporter_of

    if to == "list":
        rows: list[tuple[str, ...]] = [(name, found.about) for name, found in FORMATS.items()]
        if as_json:
            print_json([dict(zip(("format", "about"), row)) for row in rows])
        else:
            show(["format", "what it is"], rows)
        return
    exporter_of(to)  # refused before a chip is made
    permit(own_code)
    folder = Path(out) if out is not None else Path(run) / f"export-{to}"
    record = export_network(of_run(run, seed), to, folder, vectors, Options(clip, loop_identity))
    if as_json:
        print_json({"folder": str(folder), **record})
        return
    report(record)
    output().print(f"{', '.join(record['files'])} in {folder}", markup=False, highlight=False, soft_wrap=True)


def import_network(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A NIR file, or an .npz of matrices.")],
    out: Annotated[str, typer.Option(metavar="DIR", help="Folder to make.")],
    step_s: Annotated[float | None, typer.Option(
        "--step-s", metavar="SECONDS", help="Duration of a step of spiking neurons, where the file does not tell it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Start from somebody else's model: makes a file of weights and the [network] table that goes with it."""
    from ..export.importing import begin

    found = begin(file, out, step_s)
    network = found.network
    sizes = {"inputs": network.inputs, "hidden": network.hidden, "outputs": network.outputs, "neuron": network.neuron, "bias": network.bias}
    if as_json:
        print_json({"folder": out, "file": found.file, **sizes})
        return
    show(["", ""], [(name, str(value)) for name, value in sizes.items()])
    told = f"network.npz and network.toml in {out}: the [network] table of an experiment that starts from {found.file}"
    output().print(told, markup=False, highlight=False, soft_wrap=True)


def report(record: dict[str, Any]) -> None:
    """The fidelity report: arrays, scores before and after, what was lost."""
    show(["array", "shape", "bits", "step", "clipped", "largest error", "SQNR"], [(
        tensor["name"], " x ".join(map(str, tensor["shape"])), known(tensor["bits"], "float"), step(tensor["step"]), str(tensor["clipped"]),
        f"{tensor['error']:.3g}", known(tensor["sqnr_dB"], "exact", "{:.1f} dB")) for tensor in record["tensors"]])
    found = record["fidelity"]
    names = [name for name in ("before", "exact", "after") if name in found]
    scores = list(dict.fromkeys(score for name in names for score in found[name]))
    if scores:
        labels = {"before": "on the chip", "exact": "its weights, exact", "after": "exported"}
        output().print()
        show(["test", *(labels[name] for name in names)], [(score, *(
            known(found[name].get(score), "", "{:.4g}") for name in names)) for score in scores])
        if found["trials"] < found["of"]:
            output().print(f"exported: the first {found['trials']} of {found['of']} test trials", markup=False, highlight=False)
    for sentence in found["lost"]:
        output().print(f"not in the files: {sentence}", markup=False, highlight=False, soft_wrap=True)


def known(value: Any, otherwise: str, form: str = "{}") -> str:
    """A value, or what is said if there is none."""
    return otherwise if value is None else form.format(value)


def step(value: Any) -> str:
    """What a level is worth; the range of it if every row has its own."""
    if isinstance(value, list):
        return f"{min(value):.3g} to {max(value):.3g}"
    return known(value, "", "{:.3g}")
