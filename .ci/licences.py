#!/usr/bin/env python
"""LICENCES.md: the licence of every package that neurosim needs, as its own metadata states it.

    python .ci/licences.py     write LICENCES.md from what is installed
"""
from __future__ import annotations

import importlib.metadata
import sys
import tomllib
from pathlib import Path

from lock import BUILD, normal
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "LICENCES.md"
LONG = 60  # characters; a longer "License" field is the text of one, not its name
COPYLEFT = ("GPL", "CeCILL", "MPL", "EUPL", "OSL")
HEAD = """# Licences of dependencies

neurosim itself: Apache-2.0. Made by `python .ci/licences.py` from the metadata of the installed packages, in their own words; no package
is part of this repository or of its wheel. What the wheel of a package contains beside its own code (OpenBLAS and libgfortran in those of
NumPy and SciPy, LLVM in llvmlite's, HDF5 in h5py's, plotly.js in plotly's) is under licences that lie in that wheel.

**Copyleft.** {copyleft}
neurosim calls them and copies nothing of them. Brian2 is needed by `--backend brian2`, `neurosim doctor` and tests, and is imported
nowhere else. Its licence, CeCILL-2.1, is compatible with the GPL: whoever passes on a program that *contains* Brian2 has to do so under
CeCILL or the GPL; to install the two beside each other asks for nothing.

| package | licence | needed for |
|---|---|---|
"""


def closure(requirements: list[str]) -> dict[str, str]:
    """Distributions by normal name that these requirements bring, as far as they are installed; the value is the name as it is written."""
    found: dict[str, str] = {}
    waiting = [(Requirement(text), "") for text in requirements]
    seen = set()
    while waiting:
        wanted, extra = waiting.pop()
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": extra}):
            continue
        if (wanted.name.lower(), frozenset(wanted.extras)) in seen:
            continue
        seen.add((wanted.name.lower(), frozenset(wanted.extras)))
        metadata = importlib.metadata.metadata(wanted.name)
        found[normal(wanted.name)] = metadata["Name"]
        for text in importlib.metadata.requires(wanted.name) or []:
            waiting += [(Requirement(text), one) for one in ("", *wanted.extras)]
    return found


def licence(name: str) -> str:
    """The licence in the words of the package; a question mark if it states none."""
    metadata = importlib.metadata.metadata(name)
    stated = metadata.get("License-Expression")
    if stated:
        return stated
    kinds = [text.rpartition("::")[2].strip() for text in metadata.get_all("Classifier") or [] if text.startswith("License ::")]
    kinds = [kind for kind in kinds if kind != "OSI Approved"]
    field = (metadata.get("License") or "").strip()
    named = field if field and len(field) <= LONG and "\n" not in field and field != "UNKNOWN" else ""
    return named or "; ".join(kinds) or "?"


def rows() -> list[tuple[str, str, str]]:
    """Package, licence, what for; sorted."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    running = closure(project["dependencies"])
    tables, developing = closure([*extras["tables"], *extras["onnx"]]), closure(extras["dev"])
    found = {}
    building = closure(list(BUILD))
    for names, what in ((building, "building"), (developing, "developing"), (tables, "the extras tables and onnx"), (running, "running")):
        found.update({name: (written, licence(written), what) for name, written in names.items()})
    return [found[name] for name in sorted(found)]


def is_copyleft(text: str) -> bool:
    """Whether a licence asks something of programs that contain what is under it."""
    return any(word.lower() in text.lower() for word in COPYLEFT)


def text() -> str:
    """The file."""
    lines = rows()
    strict = [f"{name} ({stated})" for name, stated, _ in lines if is_copyleft(stated)]
    copyleft = f"Under a licence that asks something in return: {', '.join(strict)}." if strict else "None."
    return HEAD.format(copyleft=copyleft) + "".join(f"| {name} | {stated} | {what} |\n" for name, stated, what in lines)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    sys.exit(0)
