"""Train, export, and let programs of others run what came out: writes exports.md and the table in the README.

Usage: python examples/exports.py [--quick] [--out FOLDER]
Programs that are not installed are skipped, and the table says so; NEUROSIM_CLIENTS names a folder of environments that have them
(tests/export/clients.py), each with what it needs.
"""
from __future__ import annotations

import argparse
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from paper_claim import into_readme
from speed import markdown as table

from neurosim import experiment as experiments
from neurosim.errors import IdleError, NeurosimError
from neurosim.export import export_network, of_run
from neurosim.session import perform

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))  # how clients are found and what they are asked is one thing for tests and examples
from export.clients import client, interpreter  # noqa: E402

STEPS = 100
QUICK = ("task.updates_per_epoch=2", "train.epochs=1", "train.batch=2", "network.hidden=12")
SPIKES = "export_spikes.toml"
COARSE = "rule.learning_rate=1e-2"  # chips that round every change to the nearest of few levels
XYLO = (COARSE, "network.membrane.reset=subtract", "network.membrane.synapse_s=5e-3", "network.membrane.threshold=0.4")


class Case(NamedTuple):
    """A network, a format, and the program that runs it: a package of Python in its environment, or a program of the system."""

    experiment: str
    changes: tuple[str, ...]
    to: str
    file: str
    name: str
    script: tuple[str, ...]
    package: str | None = None
    environment: str = ""
    expected: str = "expected.npz"


CASES = (
    Case("export_rate.toml", (), "onnx", "network.onnx", "ONNX Runtime", ("run_onnx.py",), "onnxruntime", "ort"),
    Case("export_rate.toml", (), "onnx-int8", "network.onnx", "ONNX Runtime", ("run_onnx.py",), "onnxruntime", "ort"),
    Case("export_rate.toml", (), "c", "neurosim_net.h", "gcc", ("run_c.py",)),
    Case("export_rate.toml", (), "verilog", ".", "Icarus Verilog", ("run_verilog.py",)),
    Case("export_rate.toml", ("chip.profile=hermes64",), "crossbar", "tile0.cir", "ngspice", ("run_spice.py",), expected="tile0.npz"),
    Case("export_rate.toml", ("chip.profile=hermes64",), "crossbar", "crossbar.csv", "badcrossbar", ("run_badcrossbar.py",),
         "badcrossbar", "xbar", "tile0.npz"),
    Case(SPIKES, (), "nir", "network.nir", "SpikingJelly", ("run_nir.py", "spikingjelly"), "spikingjelly", "nir"),
    Case(SPIKES, (), "nir", "network.nir", "Norse", ("run_nir.py", "norse"), "norse", "nir"),
    Case(SPIKES, (), "brian2", "network_brian2.py", "Brian 2", ("run_script.py",), "brian2", "brian"),
    Case(SPIKES, (), "nest", "network_nest.py", "NEST", ("run_script.py",), "nest", "nest"),
    Case(SPIKES, ("chip.profile=loihi1",), "loihi", "network.net", "Lava", ("run_loihi.py",), "lava", "lava"),
    Case(SPIKES, ("chip.profile=loihi1",), "sanafe", "network.yaml", "SANA-FE", ("run_sanafe.py",), "sanafe", "sanafe"),
    Case(SPIKES, ("chip.profile=xylo-audio", *XYLO), "xylo", "xylo.json", "xylosim", ("run_xylo.py",), "xylosim", "xylo"),
    Case(SPIKES, ("chip.profile=reckon", COARSE), "reckon", "reckon.spi", "ReckOn's semantics in NumPy", ("run_reckon.py",)),
)


def run_of(case: Case, out: Path, quick: bool) -> Path:
    """The folder of the trained network; trained if it is not there."""
    profile = next((text.rpartition("=")[2] for text in case.changes if text.startswith("chip.profile")), "")
    folder = out / f"{Path(case.experiment).stem}{'-' if profile else ''}{profile}"
    if not (folder / "run.json").is_file():
        try:
            perform(experiments.load(HERE / case.experiment, (*case.changes, *(QUICK if quick else ()))), folder, case.experiment)
        except IdleError:  # two updates move nothing on a coarse chip; what it holds is exported all the same
            if not quick:
                raise
    return folder


def row_of(case: Case, out: Path, quick: bool) -> tuple[tuple[str, ...], bool]:
    """A line of the table, and whether the program found what was expected."""
    run = run_of(case, out, quick)
    folder = out / f"export-{run.name}-{case.to}"
    shutil.rmtree(folder, ignore_errors=True)
    record = export_network(of_run(run), case.to, folder, STEPS)
    scores = record["fidelity"]
    reached = [f"{scores[name]['accuracy']:.3f}" if "accuracy" in scores.get(name, {}) else "-" for name in ("before", "after")]
    start = (f"`{case.to}`", case.name, *reached)
    python = sys.executable if case.package is None else interpreter(case.package, case.environment)
    if python is None:
        return (*start, "not installed here"), True
    expected = folder / case.expected
    given = [*case.script[1:], expected, folder / case.file] if case.script[0] == "run_nir.py" else [folder / case.file, expected]
    done = client(python, case.script[0], *given)
    told = said(done.stdout) if done.returncode == 0 else f"DIFFERS: {(done.stdout + done.stderr)[-200:]}"
    return (*start, told), done.returncode == 0


def said(printed: str) -> str:
    """What a client compared: how many values, how many of them differ, and the largest error."""
    found = re.findall(r"^(.*): shape \(([\d, ]+)\), largest error (\S+) of \S+, (\d+) differ", printed, re.M)
    values = [math.prod(int(size) for size in shape.split(",") if size.strip()) for _, shape, _, _ in found]
    differ, worst = sum(int(count) for *_, count in found), max((float(error) for _, _, error, _ in found), default=math.nan)
    return f"{differ} of {sum(values)} values differ, largest error {worst:.2g} ({', '.join(name for name, *_ in found)})"


def main() -> None:
    """Run and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two updates of twelve neurons in plain Python; nothing is written")
    parser.add_argument("--out", type=Path, default=Path("runs/exports"))
    options = parser.parse_args()
    if options.quick:
        os.environ["NEUROSIM_PYTHON"] = "1"  # faster than compiling
    rows, agree = [], True
    for case in CASES:
        try:
            row, same = row_of(case, options.out, options.quick)
        except (NeurosimError, subprocess.TimeoutExpired) as error:
            row, same = (f"`{case.to}`", case.name, "-", "-", str(error)), False
        print(" | ".join(row), flush=True)
        rows.append(row)
        agree = agree and same
    if not options.quick:
        text = table(["format", "run by", "accuracy on the chip", "exported", "what the program computed, against the simulator"], rows)
        (HERE / "exports.md").write_text(f"# Exports\n\nMade by `python examples/exports.py`.\n\n{text}")
        into_readme("exports", [text])
    sys.exit(0 if agree else 1)


if __name__ == "__main__":
    main()
