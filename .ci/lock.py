#!/usr/bin/env python
"""The lock file of the development environment: every package that `pip install -e '.[dev]'` brings, with version and SHA-256.

    python .ci/lock.py         resolve anew with pip, and write requirements-dev.lock
    python .ci/lock.py fits    exit code 0 if the lock is for this interpreter and machine, 1 with a sentence if not

A lock is for one kind of interpreter and machine, because wheels are; its second line says which.
"""
from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-dev.lock"
BUILD = ("hatchling>=1.26", "editables>=0.5")  # what `pip install -e . --no-build-isolation` needs
FOR = "# for "


def kind() -> str:
    """This interpreter and machine, as far as wheels depend on them."""
    libc = "manylinux" if platform.libc_ver()[0] == "glibc" else "another libc"
    return (f"{platform.python_implementation()} {sys.version_info[0]}.{sys.version_info[1]}, {platform.system()} {platform.machine()} "
            f"({libc})")


def resolved() -> dict:
    """What pip would install, as it reports it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--only-binary", ":all:",
             "--report", str(report), f"{ROOT}[dev]", *BUILD], check=True)
        return json.loads(report.read_text())


def text_of(report: dict, what: str) -> str:
    """The lock file of a report of pip."""
    lines = []
    for item in report["install"]:
        if "dir_info" in item["download_info"]:  # neurosim itself
            continue
        digest = item["download_info"]["archive_info"]["hashes"]["sha256"]
        lines.append(f"{normal(item['metadata']['name'])}=={item['metadata']['version']} --hash=sha256:{digest}\n")
    return "".join([
        "# Development environment of neurosim, made by `python .ci/lock.py`; pip install --require-hashes -r requirements-dev.lock\n",
        f"{FOR}{what}\n", *sorted(lines)])


def normal(name: str) -> str:
    """A name as package indices compare it."""
    return "-".join(part for part in name.lower().replace("_", "-").replace(".", "-").split("-") if part)


def locked(text: str) -> dict[str, str]:
    """Versions by name."""
    return dict(line.split()[0].split("==") for line in text.splitlines() if not line.startswith("#"))


def made_for(text: str) -> str:
    """The interpreter and machine of a lock."""
    return text.splitlines()[1].removeprefix(FOR)


def main(arguments: list[str]) -> int:
    """Write the lock, or say whether it fits."""
    if arguments == ["fits"]:
        wanted = made_for(LOCK.read_text())
        if wanted != kind():
            print(f"{LOCK.name} is for {wanted}, this is {kind()}: installing without it, the newest that pyproject.toml allows")
        return int(wanted != kind())
    LOCK.write_text(text_of(resolved(), kind()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
