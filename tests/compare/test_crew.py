"""Workers: of this machine, of a cluster that was started by hand, and such as die."""
from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import threading
import time

import pytest
from compare.small_grid import tables

from neurosim.compare import store, study
from neurosim.compare.crew import ATTEMPTS, Alone, Cluster, crew_of, lost
from neurosim.compare.grid import grid_of
from neurosim.compare.plan import plan_of
from neurosim.errors import InputError

FILE = pathlib.Path("grid.toml")
DASK = (sys.executable, "-c", "import distributed.cli, dask.__main__; dask.__main__.main()")
NAMES = (store.RESULTS, store.SUMMARY, store.PLAN)


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")  # the workers have it too


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What one process finds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROSIM_PYTHON", "1")
        folder = tmp_path_factory.mktemp("alone") / "out"
        study.compare(tables(), FILE, folder)
    return folder


def same(folder, other):
    return all((folder / name).read_bytes() == (other / name).read_bytes() for name in NAMES)


def address_in(file):
    """What the scheduler wrote; its file is there before its text is."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return json.loads(file.read_text())["address"]
        except (FileNotFoundError, json.JSONDecodeError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_a_cluster_started_by_hand_serves_the_same_comparison(alone, tmp_path):
    address = tmp_path / "scheduler.json"
    local = ["--scheduler-file", str(address), "--host", "127.0.0.1", "--no-dashboard"]
    commands = [[*DASK, "scheduler", *local, "--port", "0"], *[[*DASK, "worker", *local, "--nthreads", "1", "--no-nanny"]] * 2]
    processes = []
    try:
        for command in commands:
            processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path))
        scheduler = address_in(address)
        assert scheduler.startswith("tcp://127.0.0.1:")
        study.compare(tables(), FILE, tmp_path / "out", scheduler=scheduler)
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()
    assert same(tmp_path / "out", alone)
    workers = {line.rpartition(",")[2] for line in (tmp_path / "out" / store.TIMES).read_text().splitlines()[1:]}
    assert workers <= {str(process.pid) for process in processes[1:]}


def test_no_scheduler_no_comparison(monkeypatch):
    monkeypatch.setattr("neurosim.compare.crew.CONNECT_S", 0.5)
    with pytest.raises(InputError, match="--scheduler = tcp://127.0.0.1:9; no Dask scheduler answers there"), crew_of(1, "tcp://127.0.0.1:9"):
        pass


class Future:
    """Of a cluster whose workers die at what is called "bad"."""

    status = "error"

    def __init__(self, texts, key):
        self.texts, self.key = texts, key
        self.status = "error" if any(json.loads(text)["run"] == Client.bad for text in texts) else "finished"

    def exception(self, timeout):
        return RuntimeError("killed")

    def result(self, timeout):
        return [{"run": json.loads(text)["run"], "status": "complete"} for text in self.texts]

    def release(self):
        pass


class Client:
    """Does everything at once."""

    bad = ""
    handed = 0

    def submit(self, function, texts, key, pure):
        self.handed += 1
        return Future(texts, key)


def test_what_kills_every_worker_fails_alone(monkeypatch):
    jobs = list(plan_of(grid_of(tables(), FILE)).jobs.values())[:3]
    Client.bad, client = jobs[1].run, Client()
    monkeypatch.setattr("distributed.wait", lambda futures, timeout, return_when: type("Done", (), {"done": set(futures)}))
    crew, found = Cluster(client), {}
    crew.submit(jobs)
    while crew.handed:
        found |= {job.run: outcome for job, outcome in crew.wait(1.0)}
    assert [found[job.run]["status"] for job in jobs] == ["complete", "failed", "complete"]
    assert client.handed == 1 + 3 + ATTEMPTS - 1  # together, each alone, and the bad one again
    assert found[jobs[1].run]["message"] == lost(jobs[1], RuntimeError())["message"]


class Slow(Future):
    """Of a worker that dies with what it had found: it is pending again, then it cannot be fetched, then it is there."""

    def __init__(self, texts, key):
        super().__init__(texts, key)
        self.looked, self.asked = 0, 0

    @property
    def status(self):
        self.looked += 1
        return "pending" if self.looked == 1 else "finished"

    @status.setter
    def status(self, value):
        pass

    def result(self, timeout):
        self.asked += 1
        if self.asked == 1:
            raise TimeoutError
        return super().result(timeout)


def test_results_that_die_with_their_worker_are_waited_for_again(monkeypatch):
    jobs = list(plan_of(grid_of(tables(), FILE)).jobs.values())[:1]
    monkeypatch.setattr("distributed.wait", lambda futures, timeout, return_when: type("Done", (), {"done": set(futures)}))
    monkeypatch.setattr(Client, "submit", lambda self, function, texts, key, pure: Slow(texts, key))
    crew = Cluster(Client())
    crew.submit(jobs)
    assert crew.wait(1.0) == [] and crew.wait(1.0) == []
    assert [outcome["status"] for _, outcome in crew.wait(1.0)] == ["complete"] and not crew.handed


def test_alone_there_is_one_job_at_a_time(monkeypatch):
    jobs = list(plan_of(grid_of(tables(), FILE)).jobs.values())[:2]
    monkeypatch.setattr("neurosim.compare.crew.perform", lambda text: {"run": json.loads(text)["run"]})
    crew = Alone()
    assert crew.room == 1
    crew.submit(jobs[:1])
    assert crew.room == 0 and crew.running() == [jobs[0].run]
    assert crew.wait(0.0) == [(jobs[0], {"run": jobs[0].run})] and crew.wait(0.0) == [] and threading.active_count() >= 1
