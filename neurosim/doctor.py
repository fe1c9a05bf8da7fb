"""A look at the installation: versions, compiler cache, threads, optional parts, shipped profiles."""
from __future__ import annotations

import importlib.util
import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from .errors import NeurosimError
from .report.provenance import PACKAGES, cpu, version

OPTIONAL = {
    "brian2": "the oracle and the bridge", "nir": "export", "plotly": "interactive reports", "dask": "comparisons on many machines"}


class Check(NamedTuple):
    """One line: status is "ok", "missing" (an optional part) or "failed"."""

    name: str
    status: str
    detail: str


def examine() -> list[Check]:
    """Every check, in the order in which they are shown."""
    return [*versions(), *guarded("compiler cache", cache), *guarded("threads", threads), *optional(),
            *guarded("profiles", profiles)]


def guarded(name: str, check: Callable[[], list[Check]]) -> list[Check]:
    """What `check` finds, or that it failed itself."""
    try:
        return check()
    except (ImportError, OSError, RuntimeError, ValueError, AttributeError, NeurosimError) as error:
        return [Check(name, "failed", f"{type(error).__name__}: {error}")]


def versions() -> list[Check]:
    """neurosim, Python and what is needed."""
    from . import __version__

    needed = [Check(name, "ok" if version(name) else "failed", version(name) or "not installed") for name in PACKAGES]
    return [Check("neurosim", "ok", __version__), Check("python", "ok", platform.python_version()),
            Check("platform", "ok", f"{platform.platform()}, {cpu()}"), *needed]


def cache() -> list[Check]:
    """Where numba keeps what it compiled, and whether it can: without, every process compiles for seconds."""
    try:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        return [Check("compiler cache", "failed", f"cannot be written ({why}); set NUMBA_CACHE_DIR to a folder that can")]
    return [Check("compiler cache", "ok", str(folder))]


def warmed(experiment: str | None) -> list[Check]:
    """The cache, and what was compiled into it: what the experiment of a file needs, or the plain ones.

    Raises
    ------
    InputError
        If the experiment cannot be run.
    """
    from .warming import warm

    where = guarded("compiler cache", cache)
    if any(check.status == "failed" for check in where):
        return where
    return [*where, *(Check(f"compiled: {found.name}", "ok", f"{found.cpu_s:.1f} s of CPU time, {found.wall_s:.1f} s") for found in
                      warm(experiment))]


def cache_folder() -> Path:
    """The folder that numba chose for the loop."""
    import numba

    from . import loop

    return Path(str(numba.njit(cache=True)(loop.run).stats.cache_path))


def threads() -> list[Check]:
    """Processors and the threads that the libraries may use."""
    import numba

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    limits = [f"{name}={os.environ[name]}" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
              if name in os.environ]
    return [Check("threads", "ok", ", ".join(
        [f"{usable} of {os.cpu_count()} processors", f"numba {numba.get_num_threads()}", *limits]))]


def optional() -> list[Check]:
    """Parts that are used where they are installed."""
    return [
        Check(name, "ok", f"{version(name) or 'installed'} ({use})") if importlib.util.find_spec(name)
        else Check(name, "missing", f"optional: {use}")
        for name, use in OPTIONAL.items()]


def profiles() -> list[Check]:
    """Whether every shipped profile loads."""
    from . import profile

    names = profile.names()
    if not names:
        return [Check("profiles", "failed", "none found; the installation is incomplete")]
    failed = []
    for name in names:
        try:
            profile.load(name)
        except NeurosimError as error:
            failed.append(Check(f"profile {name}", "failed", str(error)))
    return failed or [Check("profiles", "ok", ", ".join(names))]
