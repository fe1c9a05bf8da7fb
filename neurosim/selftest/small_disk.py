"""Writers on a small disk of their own that is full, or read-only; started by `writers.confined` where mounting hurts nobody."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from ..generators import generator
from .all_writers import WRITERS
from .faults import nothing
from .writers import Bench, bench_of, judged

STREAM = 7102  # of the generator
SIZE_MB = 48
BLOCK = 4096
FILLER = "filler"


def main(request: str) -> None:
    """Mount, try, and print what was wrong as JSON."""
    wanted = json.loads(request)
    disk = Path(wanted["disk"])
    mount("-t", "tmpfs", "-o", f"size={SIZE_MB}m", "none", str(disk))
    failures: list[str] = []
    cases = 0
    for number, writer in enumerate(writer for writer in WRITERS if writer.name in wanted["names"]):
        place = disk / str(number)
        place.mkdir()
        bench, draws = bench_of(writer, place / "here"), generator(wanted["seed"], STREAM, number)
        for case in range(wanted["cases"]):
            room = int(draws.integers(bench.largest + BLOCK))
            if case % 4 == 1:
                what = "a read-only disk"
                problem = judged(
                    bench, nothing, lambda: mount("-o", "remount,ro", str(disk)), lambda: mount("-o", "remount,rw", str(disk)))
            else:
                what, problem = f"a disk with {room} bytes left", full(bench, disk / FILLER, room)
            failures += [f"{writer.name}, {what}: {problem}"] if problem else []
            cases += 1
    print(json.dumps({"cases": cases, "failures": failures}))


def mount(*arguments: str) -> None:
    """Change what is mounted in this process's own view of the file system."""
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"mount: {done.stderr.strip()}")


def full(bench: Bench, filler: Path, room: int) -> str:
    """One write with so much room left."""
    def fill() -> None:
        with open(filler, "wb") as stream:
            there = os.statvfs(filler.parent)
            os.posix_fallocate(stream.fileno(), 0, max(there.f_bavail * there.f_frsize - room, 1))

    return judged(bench, nothing, fill, filler.unlink)


if __name__ == "__main__":
    main(sys.argv[1])
