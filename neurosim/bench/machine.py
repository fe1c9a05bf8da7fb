"""What machine this is: its processor and its caches."""
from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from ..report.provenance import cpu, version

CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
USUAL = {"L1": 32 * 2**10, "L2": 2**20, "L3": 16 * 2**20}  # bytes, assumed where the system does not tell
UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


class Caches(NamedTuple):
    """Bytes of the data caches by level, and whether the system told them or they are assumed."""

    sizes: dict[str, int]
    is_known: bool

    def level(self, size: int) -> str:
        """The smallest cache that holds so many bytes, or "memory"."""
        return next((name for name, room in self.sizes.items() if size <= room), "memory")


def caches(folder: Path = CACHES) -> Caches:
    """The data caches of the first processor; usual sizes if they cannot be read."""
    found: dict[str, int] = {}
    try:
        for place in sorted(folder.glob("index*")):
            kind, level, size = ((place / name).read_text().strip() for name in ("type", "level", "size"))
            if kind in ("Data", "Unified"):
                found[f"L{level}"] = int(size[:-1]) * UNITS[size[-1]] if size[-1] in UNITS else int(size)
    except (OSError, ValueError, IndexError, KeyError):
        found = {}
    return Caches(dict(sorted(found.items())), True) if found else Caches(dict(USUAL), False)


def describe() -> dict[str, Any]:
    """Processor, caches and versions, for the record of a benchmark."""
    known = caches()
    return {"processor": cpu(), "caches": known.sizes, "caches_are_assumed": not known.is_known,
            "versions": {name: version(name) for name in ("numpy", "numba", "llvmlite")}}
