"""Driving jobs to the end, with a crew that only pretends."""
from __future__ import annotations

import json
import pathlib

import pytest
from compare.small_grid import tables

from neurosim.compare import store
from neurosim.compare.driver import MOST_BUNDLED, Progress, bundled, drive
from neurosim.compare.grid import grid_of
from neurosim.compare.plan import plan_of
from neurosim.compare.working import FAILED


class Pretended:
    """Does bundles last in, first out, and fails what it is told to."""

    workers, size = 2, 3

    def __init__(self, failing=()):
        self.waiting, self.failing, self.done, self.most = [], failing, [], 0

    @property
    def room(self):
        return self.size - len(self.waiting)

    def submit(self, bundle):
        self.waiting.append(list(bundle))
        self.most = max(self.most, len(self.waiting))

    def wait(self, timeout_s):
        return [(job, self.outcome(job)) for job in self.waiting.pop()]

    def outcome(self, job):
        self.done.append(job.run)
        about = {"run": job.run, "cpu_s": 0.1, "wall_s": 0.1, "worker": 7}
        if job.run in self.failing:
            return {**about, "status": FAILED, "message": "as told", "files": {}}
        record = {"run": job.run, "status": "complete", "scores": {"test_mse": 0.1, "accuracy": job.seed / 10}}
        return {**about, "status": "complete", "message": "", "files": {"run.json": json.dumps(record)}}

    def running(self):
        return [bundle[0].run for bundle in self.waiting]


@pytest.fixture
def jobs():
    return list(plan_of(grid_of(tables(), pathlib.Path("grid.toml"))).jobs.values())


def test_everything_is_done_once_and_never_much_is_handed_out(jobs, tmp_path):
    crew = Pretended()
    assert drive(tmp_path, jobs, crew, Progress(tmp_path, None, 2)) == {}
    assert sorted(crew.done) == sorted(job.run for job in jobs) and crew.most == crew.size
    assert store.finished(tmp_path) == set(crew.done)


def test_what_is_finished_is_not_done_again(jobs, tmp_path):
    drive(tmp_path, jobs[:5], Pretended(), Progress(tmp_path, None, 2))
    crew, progress = Pretended(), Progress(tmp_path, None, 2)
    drive(tmp_path, jobs, crew, progress)
    assert sorted(crew.done) == sorted(job.run for job in jobs[5:]) and progress.cached == 5


def test_what_fails_is_told_and_stops_nothing_and_is_tried_again_later(jobs, tmp_path):
    bad, progress = jobs[2].run, Progress(tmp_path, None, 2)
    assert drive(tmp_path, jobs, Pretended([bad]), progress) == {bad: "as told"}
    progress.tell([], "complete")
    state = json.loads((tmp_path / store.PROGRESS).read_text())
    assert (state["done"], state["failed"], state["failures"][0]["message"]) == (len(jobs), 1, "as told")
    crew = Pretended()
    assert drive(tmp_path, jobs, crew, Progress(tmp_path, None, 2)) == {} and crew.done == [bad]


def test_jobs_that_follow_are_done_too_even_those_that_are_there(jobs, tmp_path):
    drive(tmp_path, jobs[1:2], Pretended(), Progress(tmp_path, None, 2))
    chain = dict(zip((job.run for job in jobs), [*jobs[1:], None], strict=True))

    def more(job, record):
        assert record["run"] == job.run
        return [chain[job.run]] if chain[job.run] else []
    crew = Pretended()
    drive(tmp_path, jobs[:1], crew, Progress(tmp_path, None, 2), more)
    assert crew.done == [job.run for job in jobs if job is not jobs[1]]


def test_the_state_says_what_is_best_and_how_long_it_takes(jobs, tmp_path, monkeypatch):
    monkeypatch.setattr("neurosim.compare.driver.POLL_S", 0.0)
    states = []
    drive(tmp_path, jobs, Pretended(), Progress(tmp_path, states.append, 2))
    last = states[-1]
    assert last["best"][0]["value"] == 0.2 and last["best"][0]["seed"] == 2  # seeds have accuracies of their own
    assert last["total"] == len(jobs) and last["running"] and last["eta_s"] > 0
    assert (tmp_path / store.TIMES).read_text().count("\n") == len(jobs) + 1


@pytest.mark.parametrize(("took_s", "waiting", "expected"), [
    ([], 100, 1), ([2.0], 100, 1), ([0.3], 100, 3), ([0.001], 10_000, MOST_BUNDLED), ([0.001], 16, 2), ([0.001], 3, 1)])
def test_short_jobs_travel_together_as_long_as_every_worker_gets_some(took_s, waiting, expected):
    assert bundled(took_s, waiting, 2) == expected
