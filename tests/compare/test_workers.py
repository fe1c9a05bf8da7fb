"""Worker processes of this machine: their number is kept, and workers that cannot work are told of."""
from __future__ import annotations

import os
import signal
import time

import pytest
from distributed import Client, LocalCluster

from neurosim.compare import workers as module
from neurosim.compare.workers import Workers
from neurosim.errors import NeurosimError


@pytest.fixture(scope="module")
def client():
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster, Client(cluster) as client:
        yield client


def ended(workers, k=0):
    deadline = time.monotonic() + 30
    while workers.workers[k].process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)


def test_the_dead_are_replaced_even_those_that_had_not_started_yet(client):
    with Workers(client.scheduler.address, 2) as workers:
        for _ in range(3):
            os.kill(workers.workers[1].process.pid, signal.SIGKILL)  # long before it has joined
            ended(workers, 1)
            workers.keep_up()
            assert workers.workers[1].process.poll() is None
        assert workers.deaths == 3
        client.wait_for_workers(2, timeout=60)
        assert client.submit(os.getpid, pure=False).result() in [worker.process.pid for worker in workers.workers]
        workers.progressed()
        assert workers.deaths == 0
    assert all(worker.process.returncode is not None for worker in workers.workers)


def test_they_end_with_the_command(client):
    with Workers(client.scheduler.address, 1) as workers:
        pid = workers.workers[0].process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_workers_that_only_die_are_an_error_with_what_the_last_one_said(client, monkeypatch):
    monkeypatch.setattr(module, "OPTIONS", ("--no-such-option",))
    monkeypatch.setattr(module, "DEATHS", 2)
    with Workers(client.scheduler.address, 1) as workers, pytest.raises(NeurosimError, match="exit status 2.*--no-such-option"):
        for _ in range(4):
            ended(workers)
            workers.keep_up()
    assert workers.deaths == 3


def test_a_worker_whose_command_is_gone_ends(monkeypatch):
    monkeypatch.setattr(module, "ORPHANED_S", 1)
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster, Client(cluster) as client:
        workers = Workers(cluster.scheduler_address, 1)
        client.wait_for_workers(1, timeout=60)
    try:
        workers.workers[0].process.wait(60)
    finally:
        workers.__exit__(None, None, None)
