"""What a folder holds, as bytes."""
from __future__ import annotations

import shutil
from pathlib import Path

from ..writing import put_folder

Snapshot = dict[str, bytes]
"""Content by name; names of folders end in ``/``."""


def snapshot(folder: Path) -> tuple[Snapshot, list[str]]:
    """What is there, and names of what was left unfinished, which is not part of it."""
    found: Snapshot = {}
    left = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") and part.endswith(".part") for part in name.split("/")):
            left.append(name)
        elif path.is_dir():
            found[f"{name}/"] = b""
        else:
            found[name] = path.read_bytes()
    return found, left


def restore(folder: Path, wanted: Snapshot) -> None:
    """Let a folder hold that and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    put_folder(folder, wanted)


def difference(found: Snapshot, old: Snapshot, new: Snapshot, whole: str = "", changing: tuple[str, ...] = ()) -> str:
    """What is neither of an old nor of a new version; "" if nothing is.

    Parameters
    ----------
    whole : folder whose files belong together
    changing : last names of files that are not looked into
    """
    def base(name: str) -> str:
        return name.rstrip("/").rpartition("/")[2]

    for name in sorted({*found, *old}):
        if base(name) in changing:
            continue
        if name not in found:
            return f"{name} is gone"
        if found[name] not in [version[name] for version in (old, new) if name in version]:
            return f"{name} is neither old nor new"
    missing = [name for name in new if name.startswith(f"{whole}/") and name not in found] if whole else []
    if missing and any(name.startswith(f"{whole}/") for name in found):
        return f"{missing[0]} is missing in a folder that is there"
    return ""
