"""Twenty workers killed, twenty times the whole command killed, in the example with its search, compiled: the same bytes.

Half an hour on two cores.  The same of a hundred runs in plain Python: ``neurosim selftest kills --full``; a few kills are in the gate.
"""
from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from neurosim.compare import store
from neurosim.generators import generator
from neurosim.selftest.kills import NAMES, workers_of

KILLS = 20
EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "compare_rules_under_noise.toml"
COMMAND = [sys.executable, "-m", "neurosim"]


@pytest.fixture(scope="module")
def file():
    """The comparison, for which commands of this module are compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("NEUROSIM_PYTHON", raising=False)
        yield EXAMPLE


@pytest.fixture(scope="module")
def whole(file, tmp_path_factory):
    """What one process finds, undisturbed."""
    folder = tmp_path_factory.mktemp("whole") / "out"
    subprocess.run([*COMMAND, "compare", str(file), "--workers", "1", "--out", str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder


def same(folder, other):
    return all((folder / name).read_bytes() == (other / name).read_bytes() for name in NAMES)


@pytest.mark.slow
def test_twenty_workers_that_are_killed_change_nothing(file, whole, tmp_path):
    draws, killed = generator(1, 7001), []
    command = [*COMMAND, "compare", str(file), "--workers", "2", "--out", str(tmp_path / "out")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        time.sleep(0.2 + float(draws.random()))
        there, done = workers_of(process.pid), len(store.finished(tmp_path / "out"))
        if done >= 2 * (len(killed) + 1) and len(killed) < KILLS and there:  # faster, and no worker would ever come to a run
            killed.append(there[int(draws.integers(len(there)))])
            os.kill(killed[-1], signal.SIGKILL)
    assert process.returncode == 0 and len(killed) == KILLS and same(tmp_path / "out", whole)


@pytest.mark.slow
def test_a_command_that_is_killed_twenty_times_comes_to_the_same_end(file, whole, tmp_path):
    draws, folder, done = generator(2, 7001), tmp_path / "out", []
    for k in range(KILLS):
        command = ["compare", str(file), "--out", str(folder)] if k == 0 else ["resume", str(folder)]
        process = subprocess.Popen([*COMMAND, *command, "--workers", "2"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before, deadline = len(store.finished(folder)), time.monotonic() + 300
        while len(store.finished(folder)) == before and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.2 * float(draws.random()))
        process.kill()
        process.wait()
        done.append(len(store.finished(folder)))
    assert done == sorted(done) and done[-1] < len(store.finished(whole))  # it was always killed
    result = subprocess.run([*COMMAND, "resume", str(folder)], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert same(folder, whole)
    assert not [path for path in pathlib.Path(folder / store.RUNS).iterdir() if path.name.startswith(".")]
