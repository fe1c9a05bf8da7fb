"""Check files of recorded device and circuit behaviour against this package; usage: python tests/golden/check_devices.py FOLDER

The forms are those of tests/golden/devices: FOLDER holds NAME.npz files with the same array names (and NAME.json, where the form has
one), for other devices, circuits and parameters if you like.  Prints the largest error of every case beside its limit; exit code 1
if one is above it, 2 if the folder holds nothing that can be checked.
"""
from __future__ import annotations

import importlib
import pathlib
import sys
from collections.abc import Callable, Iterator

Case = tuple[str, float, float]
"""Name, largest error, limit."""
Check = Callable[[pathlib.Path], Iterator[Case]]

MODULES = ("devices_pulses", "devices_updates", "devices_time", "devices_circuits", "devices_reads")
"""Beside this file; each has CHECKS, by the stem of the .npz file."""


def checks() -> dict[str, Check]:
    """Every check there is, by the stem of its file."""
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    try:
        found: dict[str, Check] = {}
        for name in MODULES:
            for stem, check in importlib.import_module(name).CHECKS.items():
                found[stem] = one_after_the_other(found[stem], check) if stem in found else check
        return found
    finally:
        sys.path.pop(0)


def one_after_the_other(first: Check, second: Check) -> Check:
    """A file that several modules check, each its own arrays."""
    def check(path: pathlib.Path) -> Iterator[Case]:
        yield from first(path)
        yield from second(path)
    return check


def main(folder: pathlib.Path) -> int:
    """Check every known file of a folder; the exit code."""
    known, failed, seen = checks(), 0, 0
    for path in sorted(folder.glob("*.npz")) + sorted(folder.glob("*.json")):
        check = known.get(path.stem)
        if check is None or (path.suffix == ".json" and path.with_suffix(".npz").exists()):
            continue
        for name, error, limit in check(path):
            is_bad = not error <= limit
            seen, failed = seen + 1, failed + is_bad
            print(f"{path.stem}: {name}: largest error {error:.3g}, limit {limit:.3g}{'  FAILED' if is_bad else ''}")
    print(f"{seen} cases, {failed} failed")
    return 2 if seen == 0 else int(failed > 0)


if __name__ == "__main__":
    if len(sys.argv) != 2 or not pathlib.Path(sys.argv[1]).is_dir():
        print(__doc__, file=sys.stderr)
        raise SystemExit(2)
    raise SystemExit(main(pathlib.Path(sys.argv[1])))
