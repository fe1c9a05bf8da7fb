"""One spiking network on six chips of different kinds, beside the ideal one: writes chips.md, chips.png and the table in the README.

Usage: python examples/chips.py [--quick] [--out FOLDER]        20 minutes; what `neurosim compare examples/chips.toml --chips ...` prints
"""
from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from paper_claim import into_readme
from speed import markdown

from neurosim.cli import shortened
from neurosim.compare import chips
from neurosim.experiment import load
from neurosim.session import perform

HERE = Path(__file__).parent
CHIPS = ("loihi1", "reckon", "spinnaker1", "brainscales2", "dynapse2", "hermes64")

INTRODUCTION = """# One network on six chips

Made by `python examples/chips.py` from [chips.toml](chips.toml): delayed match to sample with 48 spiking neurons, the trace rule,
readout in digital memory beside the chip; mean ± half of the 95 % confidence interval over the seeds. Rate and perturbation were chosen
on the ideal chip, on seeds 42 and 43, and are the same everywhere. `frozen` is the untrained network on the same chip with a fitted
readout. `learning` is the energy of the whole training, both passes of every sample one after the other, `inference` that of one trial
of the test, `step` the latency of one step, `writes` digital weights that changed, or pulses. "At least" leaves out what nobody
published (`unknown` counts the kinds of operation, the notes name them), "at most" is the power of the whole chip times the time. Chips
that keep real time pay their static power for every step of it; what learning itself adds stands in `ledger.json` of a run.

"""


def main():
    """Run the chips and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    experiment = load(HERE / "chips.toml")
    with tempfile.TemporaryDirectory() as folder:
        record = chips.compare(
            shortened(experiment) if options.quick else experiment, CHIPS[:1] if options.quick else CHIPS, Path(folder) / "chips", print)
    table = markdown([*chips.HEADER[:2], record["score"], *chips.HEADER[2:]], chips.rows_of(record))
    options.out.mkdir(parents=True, exist_ok=True)
    notes = "\n".join(f"* {note}" for note in chips.notes_of(record))
    (options.out / "chips.md").write_text(f"{INTRODUCTION}{table}\n{notes}\n")
    if options.out == HERE and not options.quick:
        into_readme("chips", [table])
        loihi = load(HERE / "chips.toml", ["chip.profile=loihi1", "train.seeds=[1]", "train.yardsticks=false"])
        with tempfile.TemporaryDirectory() as folder:
            perform(loihi, Path(folder) / "loihi")
            shutil.copy(Path(folder) / "loihi" / "chip.png", HERE / "chips.png")
    print(f"{options.out / 'chips.md'}: {len(record['chips'])} chips")


if __name__ == "__main__":
    main()
