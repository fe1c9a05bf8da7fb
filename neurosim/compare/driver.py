"""Drives the jobs of a comparison to the end: what is finished is not run again, what fails is told and does not stop the rest."""
from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ..report.text import curves_text, json_text
from ..scores import main_score, sign_of
from ..writing import write_text
from . import store
from .crew import Crew
from .plan import LEARN, SEARCHED, Job
from .working import FAILED, Outcome

POLL_S = 0.5
BUNDLE_S = 1.0     # jobs shorter than that travel together
MOST_BUNDLED = 16

Watch = Callable[[dict[str, Any]], None]
More = Callable[[Job, dict[str, Any] | None], Iterable[Job]]
"""(job, its record or None if it failed) -> jobs that follow from it."""


class Progress:
    """What is done, running and failed, and what is best so far; written to ``progress.json`` about once a second.

    Attributes
    ----------
    state : what the file holds
    """

    def __init__(self, folder: Path, watch: Watch | None, workers: int) -> None:
        self.folder, self.watch, self.workers = folder, watch, workers
        self.began, self.written, self.told, self.cached = time.time(), 0.0, 0.0, 0
        self.since: dict[str, float] = {}
        self.jobs: dict[str, Job] = {}
        self.open: set[str] = set()
        self.failures: list[dict[str, Any]] = []
        self.best: dict[str, dict[str, Any]] = {}
        self.times: list[dict[str, Any]] = []
        self.state: dict[str, Any] = {}

    def add(self, job: Job) -> None:
        """One more job is to be done."""
        self.jobs[job.run] = job
        self.open.add(job.run)

    def done(self, job: Job, record: dict[str, Any] | None, outcome: Outcome | None) -> None:
        """A job is finished: now, or (no outcome) before."""
        self.open.discard(job.run)
        self.since.pop(job.run, None)
        if outcome is None:
            self.cached += 1
        else:
            self.times.append({
                "run": job.run, "kind": job.kind, **job.labels, "seed": job.seed, **{
                    name: outcome[name] for name in ("status", "cpu_s", "wall_s", "worker")}})
        if outcome is not None and outcome["status"] == FAILED:
            self.failures.append({"run": job.run, "kind": job.kind, "point": job.labels, "seed": job.seed, "message": outcome["message"]})
        if record is not None and job.kind == LEARN and SEARCHED not in job.labels and record["status"] == "complete":
            name = main_score(record["scores"])
            value, sign = record["scores"][name], sign_of(name)
            before = self.best.get(name)
            if value is not None and (before is None or sign * value < sign * before["value"]):
                self.best[name] = {"point": job.labels, "seed": job.seed, "run": job.run, "score": name, "value": value}

    @property
    def took(self) -> list[float]:
        """Seconds of every job that was done."""
        return [one["wall_s"] for one in self.times]

    @property
    def is_due(self) -> bool:
        """Whether it is time to tell again: short runs end faster than anybody reads."""
        return time.time() - self.told >= POLL_S

    def tell(self, running: Sequence[str], state: str = "running") -> None:
        """Bring the file and the watcher up to date."""
        now = self.told = time.time()
        self.since = {run: self.since.get(run, now) for run in running if run in self.open}
        done = len(self.jobs) - len(self.open)
        left = statistics.fmean(self.took) * len(self.open) / self.workers if self.took else None
        self.state = {
            "total": len(self.jobs), "done": done, "cached": self.cached, "failed": len(self.failures), "failures": self.failures[-20:],
            "running": [{"run": run, "kind": self.jobs[run].kind, "point": self.jobs[run].labels, "seed": self.jobs[run].seed,
                         "since_s": now - since} for run, since in self.since.items()],
            "eta_s": left if self.open else 0.0, "best": list(self.best.values()), "elapsed_s": now - self.began,
            "workers": self.workers, "state": state, "updated": now}
        if now - self.written > 1 or state != "running":
            write_text(self.folder / store.PROGRESS, json_text(self.state))
            self.written = now
        if self.watch:
            self.watch(self.state)


def drive(folder: Path, jobs: Iterable[Job], crew: Crew, progress: Progress, more: More | None = None) -> dict[str, str]:
    """Do every job that is not finished, and those that follow from them.

    Parameters
    ----------
    more : called after every job, in the order in which they end

    Returns
    -------
    Of every job that failed, why.
    """
    waiting: deque[Job] = deque()
    failed: dict[str, str] = {}
    there, handed = store.finished(folder), set()

    def take(fresh: Iterable[Job]) -> None:
        queue = deque(fresh)
        while queue:
            job = queue.popleft()
            progress.add(job)
            if job.run in there:
                record = store.record_of(folder, job.run)
                progress.done(job, record, None)
                queue.extend(more(job, record) if more else ())
            elif job.run not in handed:
                handed.add(job.run)
                waiting.append(job)

    take(jobs)
    running = 0
    while waiting or running:
        while waiting and crew.room > 0:
            bundle = [waiting.popleft() for _ in range(min(bundled(progress.took, len(waiting), crew.workers), len(waiting)))]
            crew.submit(bundle)
            running += len(bundle)
        if progress.is_due:
            progress.tell(crew.running())
        for job, outcome in crew.wait(POLL_S):
            running -= 1
            record = None
            if outcome["files"]:
                store.keep(folder, job.run, outcome["files"])
                record = store.record_of(folder, job.run)
                there.add(job.run)
            if outcome["status"] == FAILED:
                failed[job.run] = outcome["message"]
            progress.done(job, record, outcome)
            take(more(job, record) if more else ())
    if progress.times:
        write_text(folder / store.TIMES, curves_text(progress.times))
    return failed


def bundled(took_s: Sequence[float], waiting: int, workers: int) -> int:
    """How many jobs to hand out together: so many that they take about `BUNDLE_S`, and that every worker gets some to the end."""
    if not took_s:
        return 1
    usual = statistics.median(took_s[-50:])
    share = max(1, waiting // (4 * workers))
    return max(1, min(MOST_BUNDLED, int(BUNDLE_S / max(usual, 1e-3)), share))
