#!/usr/bin/env python
"""What pyproject.toml asks for, one requirement a line, for .ci/versions.

    python .ci/requirements.py oldest|newest   what is installed: everything that runs, the extras, and the tools of the suite
    python .ci/requirements.py show            the versions that are installed, in one line
"""
from __future__ import annotations

import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_HERE = ("ruff", "mypy", "playwright")  # judge the sources, or need a browser: of one version in the gate
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def requirements() -> dict[str, str]:
    """Requirement by name: what runs, and the extras that the suite uses."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["tables"], *extras["onnx"], *extras["dev"]]
    found = {name.group(): line.replace(" ", "") for line in lines if (name := NAME.match(line))}
    return {name: line for name, line in found.items() if name not in NOT_HERE}


def main(arguments: list[str]) -> int:
    """Print what is asked for."""
    if arguments == ["show"]:
        print(", ".join(f"{name} {importlib.metadata.version(name)}" for name in requirements()))
    elif arguments in (["oldest"], ["newest"]):
        print("\n".join(requirements().values()))
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
