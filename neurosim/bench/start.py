"""Start-up: CPU seconds of processes of their own, with everything that they import and compile."""
from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from .peers import ONE_THREAD, Unavailable
from .timing import Ratio, Spread, interleaved

TINY = """
task = { name = "mackey-glass", kind = "recall", steps = 200, test_steps = 100 }
network = { hidden = 20 }
chip = { profile = "ideal" }
rule = { name = "anp", learning_rate = 0.05 }
train = { epochs = 1 }
"""
NUMBA = "import numba\n@numba.njit(cache=True)\ndef double(x):\n    return x + x\ndouble(1.0)\n"
LEAST, FIRST, BLOCK, WHOLE = "import neurosim", "neurosim run to the first loop", "neurosim run to the first block", "neurosim run, whole"
BARE, OWN = "python alone", "numba, one line"


def children_s() -> float:
    """CPU time of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def process(arguments: Sequence[str], cache: Path | None) -> tuple[float, str]:
    """CPU seconds of a Python process, and what it printed.

    Parameters
    ----------
    cache : folder of bytecode of a warm process, as an installed package has it; its kernels are where the user's are.  A cold process has
        neither: a new, empty cache of kernels, if absent
    """
    with tempfile.TemporaryDirectory() as empty:
        environment = {**os.environ, **ONE_THREAD}
        if cache is None:
            environment["NUMBA_CACHE_DIR"] = empty
        else:
            environment["PYTHONPYCACHEPREFIX"] = str(cache)
            environment.pop("PYTHONDONTWRITEBYTECODE", None)
        before = children_s()
        done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True)
        used = children_s() - before
    if done.returncode:
        raise Unavailable((done.stderr.strip().splitlines() or ["ended without a word"])[-1])
    return used, done.stdout


def used_by(arguments: Sequence[str], cache: Path | None) -> float:
    """CPU seconds of a Python process."""
    return process(arguments, cache)[0]


def beginnings(file: Path) -> dict[str, Callable[..., float]]:
    """Measures of the first loop and of the first block; one process tells both, the second measure takes what the first has kept."""
    said: dict[str, float] = {}

    def first(cache: Path | None) -> float:
        said.update(json.loads(process(["-m", "neurosim.bench.first", str(file)], cache)[1]))
        return said["test_s"]
    return {FIRST: first, BLOCK: lambda cache: said["block_s"]}


def run_whole(file: Path, cache: Path | None) -> float:
    """CPU seconds of the command, yardsticks and figures with it."""
    with tempfile.TemporaryDirectory() as folder:
        return used_by(["-m", "neurosim", "run", str(file), "--out", str(Path(folder) / "run"), "--json"], cache)


def start(repeats: int, cold: int) -> list[Ratio]:
    """Seconds of CPU time to get going, beside the least that Python, or anything that numba compiled, needs.

    Parameters
    ----------
    cold : rounds with nothing compiled before, each as long as everything takes to compile; none if 0
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "tiny.toml").write_text(TINY)
        (folder / "one.py").write_text(NUMBA)
        file, cache = folder / "tiny.toml", folder / "bytecode"
        own: dict[str, Callable[..., float]] = {OWN: partial(used_by, [str(folder / "one.py")]), **beginnings(file)}
        warm = in_turn({
            BARE: partial(used_by, ["-c", "pass"]), LEAST: partial(used_by, ["-c", "import neurosim"]), **own,
            WHOLE: partial(run_whole, file)}, cache, repeats, "warm")
        lines = [line_of(warm, LEAST, BARE, 0.1), *(line_of(warm, what, OWN, most) for what, most in (
            (FIRST, 0.45), (BLOCK, None), (WHOLE, None)))]
        if cold:
            found = in_turn(own, None, cold, "cold")
            lines += [line_of(found, FIRST, OWN, 4.0, "cold"), line_of(found, BLOCK, OWN, None, "cold")]
    return lines


def in_turn(names: dict[str, Callable[..., float]], cache: Path | None, repeats: int, kind: str) -> dict[str, Spread]:
    """Every process once per round; of warm ones the round that is thrown away fills what they find."""
    return {f"{name}, {kind}": spread for name, spread in interleaved(
        {name: partial(call, cache=cache) for name, call in names.items()}, repeats).items()}


def line_of(found: dict[str, Spread], what: str, peer: str, most: float | None, kind: str = "warm") -> Ratio:
    """Ours beside the least; what is wanted is seconds."""
    ours, least = found[f"{what}, {kind}"], found[f"{peer}, {kind}"]
    return Ratio("start", f"{what}, {kind}", f"{peer}, {kind}", "CPU s", ours, least, None,
                 "" if most is None else f"at most {most:g} s")
