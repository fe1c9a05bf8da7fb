"""Who does the jobs of a comparison: this process, workers of its own, or those of any Dask cluster.

What travels is text: jobs as JSON to the workers, files of finished runs back.  Nothing depends on who does a job or in which order.
"""
from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from ..errors import InputError
from .plan import Job
from .workers import Workers
from .working import FAILED, Outcome, perform, perform_all, versions

ATTEMPTS = 10     # of a job whose worker dies: somebody may be killing workers, and long runs are hit again and again
CONNECT_S = 15.0
FETCH_S = 5.0     # for the files of finished runs to come
JOIN_S = 60.0     # for the first worker of a cluster to appear
AHEAD = 2         # bundles per worker that are handed out: one that runs and one that waits


class Crew(Protocol):
    """What the driver of a comparison needs."""

    @property
    def workers(self) -> int:
        """How many there are now."""

    @property
    def room(self) -> int:
        """How many more bundles should be handed out now."""

    def submit(self, bundle: Sequence[Job]) -> None:
        """Hand out jobs, to be done one after the other."""

    def wait(self, timeout_s: float) -> list[tuple[Job, Outcome]]:
        """What has been done since; nothing if nothing was within this time."""

    def running(self) -> list[str]:
        """The runs that are being worked at."""


class Alone:
    """This process does the jobs itself, one after the other."""

    workers = 1

    def __init__(self) -> None:
        self.waiting: list[Job] = []

    @property
    def room(self) -> int:
        """One job at a time."""
        return 1 - len(self.waiting)

    def submit(self, bundle: Sequence[Job]) -> None:
        """See `Crew`."""
        self.waiting.extend(bundle)

    def wait(self, timeout_s: float) -> list[tuple[Job, Outcome]]:
        """Do the next job, however long it takes."""
        if not self.waiting:
            return []
        job = self.waiting.pop(0)
        return [(job, perform(job.text()))]

    def running(self) -> list[str]:
        """The next."""
        return [job.run for job in self.waiting[:1]]


class Cluster:
    """Workers of a Dask cluster; the jobs of one that dies are done again, and if it was ours, a new one takes its place."""

    def __init__(self, client: Any, own: Workers | None = None) -> None:
        self.client, self.own = client, own
        self.handed: dict[Any, tuple[list[Job], int]] = {}

    @property
    def workers(self) -> int:
        """How many threads the workers have together."""
        if self.own is not None:
            return len(self.own.workers)
        return max(1, sum(worker["nthreads"] for worker in self.client.scheduler_info(n_workers=-1)["workers"].values()))

    @property
    def room(self) -> int:
        """See `Crew`: back-pressure, so that a queue of thousands never lies at the scheduler."""
        return AHEAD * self.workers - len(self.handed)

    def submit(self, bundle: Sequence[Job]) -> None:
        """See `Crew`."""
        self._hand(list(bundle), 1)

    def _hand(self, bundle: list[Job], attempt: int) -> None:
        key = f"run-{bundle[0].run}-{len(bundle)}-{attempt}"
        self.handed[self.client.submit(perform_all, [job.text() for job in bundle], key=key, pure=False)] = bundle, attempt

    def wait(self, timeout_s: float) -> list[tuple[Job, Outcome]]:
        """See `Crew`."""
        from distributed import wait

        if self.own is not None:
            self.own.keep_up()
        if not self.handed:
            return []
        try:
            done = wait(list(self.handed), timeout=timeout_s, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            return []
        found: list[tuple[Job, Outcome]] = []
        for future in done:
            if future.status not in ("finished", "error"):
                continue  # what its worker had found died with it, and is found again
            try:
                outcomes, error = fetched(future)
            except TimeoutError:
                continue  # it dies just now
            bundle, attempt = self.handed.pop(future)
            if outcomes is not None:
                found += zip(bundle, outcomes, strict=True)
                if self.own is not None:
                    self.own.progressed()
            elif len(bundle) > 1 or attempt < ATTEMPTS:
                for job in bundle:  # one of them may be what kills workers
                    self._hand([job], attempt + (len(bundle) == 1))
            else:
                found.append((bundle[0], lost(bundle[0], error)))
            future.release()
        return found

    def running(self) -> list[str]:
        """See `Crew`."""
        busy = {str(key) for keys in self.client.processing().values() for key in keys}
        return [bundle[0].run for future, (bundle, _) in self.handed.items() if future.key in busy]


def fetched(future: Any) -> tuple[list[Outcome] | None, BaseException | None]:
    """What came of a bundle, or why nothing did."""
    if future.status == "error":
        return None, future.exception(timeout=FETCH_S)
    try:
        return future.result(timeout=FETCH_S), None
    except TimeoutError:
        raise
    except Exception as error:  # the worker died before it had told
        return None, error


def lost(job: Job, error: BaseException | None) -> Outcome:
    """The outcome of a job that no worker lived through."""
    return {"run": job.run, "status": FAILED, "files": {}, "cpu_s": 0.0, "wall_s": 0.0, "worker": 0,
            "message": f"its worker died, {ATTEMPTS} times over (killed, or out of memory?): {type(error).__name__}"}


@contextmanager
def crew_of(workers: int, scheduler: str | None) -> Iterator[Crew]:
    """The crew for ``--workers`` or ``--scheduler``.

    Raises
    ------
    InputError
        If there is no such cluster, it has no worker, or its workers have other versions of what decides the bytes of a run.
    """
    if scheduler is None and workers == 1:
        yield Alone()
        return
    import dask
    from distributed import Client, LocalCluster

    quiet = {
        "distributed.admin.tick.limit": "1h", "distributed.scheduler.worker-saturation": 1.0, "distributed.scheduler.allowed-failures": 0}
    for name in ("distributed", *(f"distributed.{part}" for part in ("nanny", "scheduler", "core", "batched")), "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # a worker that dies is replaced; what matters of it is in the report
    with dask.config.set(quiet):
        if scheduler is None:
            with LocalCluster(
                    n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL) as cluster, \
                    Client(cluster) as client, Workers(cluster.scheduler_address, workers) as own:
                yield Cluster(client, own)
            return
        with connected(scheduler, Client) as client:
            agree(client, scheduler)
            yield Cluster(client)


def connected(scheduler: str, kind: Any) -> Any:
    """A client of a cluster that has a worker."""
    try:
        client = kind(scheduler, timeout=CONNECT_S)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError("--scheduler", f"= {scheduler}; no Dask scheduler answers there ({type(error).__name__})") from error
    try:
        client.wait_for_workers(1, timeout=JOIN_S)
    except TimeoutError as error:
        client.close()
        raise InputError("--scheduler", f"= {scheduler}; it has no worker, start one with: dask worker {scheduler} --nthreads 1") from error
    return client


def agree(client: Any, scheduler: str) -> None:
    """Refuse workers with other versions."""
    own = versions()
    for worker, theirs in client.run(versions).items():
        for name, version in own.items():
            if theirs[name] != version:
                raise InputError("--scheduler", f"= {scheduler}; worker {worker} has {name} {theirs[name]}, here it is {version}")
