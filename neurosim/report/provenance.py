"""Where a result comes from: versions, machine, commit."""
from __future__ import annotations

import importlib.metadata
import os
import platform
import shlex
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
PACKAGES = ("numpy", "numba", "llvmlite", "pydantic", "h5py", "matplotlib", "scipy")


def provenance() -> dict[str, object]:
    """What the result may depend on beside the experiment and its data."""
    from .. import __version__

    return {
        "neurosim": __version__, "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
        "platform": platform.platform(), "cpu": cpu(), "cpus": os.cpu_count(),
        "git_commit": git_commit(PACKAGE),
    }


def version(name: str) -> str | None:
    """Version of an installed distribution."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def cpu() -> str:
    """Model of the processor."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def git_commit(folder: Path) -> str | None:
    """Commit of the sources, with ``+changes`` if files differ from it; None if they are not under version control."""
    if git(folder, "ls-files", "--error-unmatch", "errors.py") is None:
        return None  # an installed package inside somebody else's repository
    commit = git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    return commit + ("+changes" if git(folder, "status", "--porcelain", "--", ".") else "")


def git(folder: Path, *arguments: str) -> str | None:
    """Output of a read-only git command; None if it fails."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}  # set inside a hook
    try:
        result = subprocess.run(
            ["git", "-C", os.fspath(folder), *arguments], capture_output=True, text=True, timeout=10, check=False,
            stdin=subprocess.DEVNULL, env={**environment, "GIT_OPTIONAL_LOCKS": "0"})
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return result.stdout.strip() if result.returncode == 0 else None


def command_line() -> str:
    """The command that started this process."""
    return shlex.join(["neurosim", *sys.argv[1:]])
