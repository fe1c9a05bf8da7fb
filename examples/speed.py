"""Speed against the machine and the peers that are installed, in the same run: writes speed.md.

Usage: python examples/speed.py [--quick] [--out FOLDER]        20 minutes, a C++ compiler for Brian2; what `neurosim bench` prints
"""
from __future__ import annotations

import argparse
import platform
from pathlib import Path

from paper_claim import into_readme

from neurosim.bench import command

HERE = Path(__file__).parent

INTRODUCTION = """# Speed

Made by `python examples/speed.py`: what `neurosim bench` measures, here on {machine}, one thread, CPU time, interleaved, median
(min - max). A peer "limit: ..." is what the machine does at most: an update in place of as many bytes as the matrices of a step
have (read and write), or NumPy's sgemm. Steps and sequences: ANP on the ideal chip, one input and one output; BPTT: PyTorch's
`nn.RNN`, forward, backward and update, per step of sequences of 100. Reads: two lanes unless said. Networks: CUBA (4,000 neurons, 2
%) and Brunel's (10,000 neurons, 10 %, one float32 weight per synapse; NEST has one weight per population), one biological second,
spikes recorded in all programs. Of Brian2's standalone program a run of one step (building the network) is subtracted; compiling is
left out but for `start`. `event_rate`: rows of a dense 1000 x 1000 matrix that send against all rows, two lanes. `core`: one spike
through an int8 crossbar core against rows of synapses with one float32 weight each, 1000 neurons.

"""


def markdown(header, rows):
    """A table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def processor():
    """Its name, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def main():
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    tables = command.tables(command.measure(["core"] if options.quick else None, options.quick))
    text = "\n".join(markdown(header, rows) for header, rows in tables)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "speed.md").write_text(INTRODUCTION.format(machine=processor()) + text)
    if options.out == HERE and not options.quick:
        into_readme("speed", [text])
    print(f"{options.out / 'speed.md'}: {sum(len(rows) for _, rows in tables)} lines")


if __name__ == "__main__":
    main()
