"""Which runs a grid needs."""
from __future__ import annotations

import json
import pathlib

import pytest
from compare.small_grid import tables

from neurosim.compare.grid import grid_of
from neurosim.compare.plan import LEARN, kinds_first, plan_of
from neurosim.errors import InputError

FILE = pathlib.Path("grid.toml")


def plan(**compare):
    return plan_of(grid_of(tables(**compare), FILE))


def test_what_a_yardstick_does_not_depend_on_does_not_make_it_run_twice():
    found = plan()
    kinds = [job.kind for job in found.jobs.values()]
    assert kinds.count(LEARN) == 8  # chips x rules x seeds
    assert kinds.count("frozen_least_squares") == 4  # chips x seeds
    assert kinds.count("true_bptt") == 2  # seeds
    assert "frozen_same_rule" not in kinds  # a row of the grid is that
    assert found.runs["ideal", "trace"]["true_bptt"] == found.runs["fixed8", "frozen"]["true_bptt"]


def test_without_a_frozen_row_the_same_rule_is_run_on_the_readout_alone():
    found = plan(rule=[{"name": "trace", "learning_rate": 1e-2}])
    assert [job.kind for job in found.jobs.values()].count("frozen_same_rule") == 4


def test_the_name_of_a_run_follows_from_what_decides_it_and_from_nothing_else():
    first, again = plan(), plan(title="another title", threshold={"axis": "hidden"})
    assert list(first.jobs) == list(again.jobs)
    other = tables()
    other["train"]["epochs"] = 3
    changed = plan_of(grid_of(other, FILE))
    assert not {run for run, job in changed.jobs.items() if job.kind != "frozen_least_squares"} & set(first.jobs)
    assert {job.run for job in changed.jobs.values() if job.kind == "frozen_least_squares"} < set(first.jobs)
    assert set(plan(budget={"writes": 1e6}).runs["ideal", "trace"][LEARN].values()).isdisjoint(first.jobs)
    assert set(plan(**{"chip.noise_scale": [1.0], "chip.profile": ["pcm"]}).jobs) == set(plan(**{"chip.profile": ["pcm"]}).jobs)


def test_a_job_travels_as_text():
    job = next(iter(plan(budget={"writes": 1e6}).jobs.values()))
    read = json.loads(job.text())
    assert read["run"] == job.run and read["budget"] == {"writes": 1e6} and read["tables"]["train"]["seeds"] == [job.seed]


def test_one_of_every_kind_goes_first():
    jobs = kinds_first(plan().jobs.values())
    kinds = [(job.kind, job.experiment.chip.profile, job.experiment.rule.name) for job in jobs]
    n = len(set(kinds))
    assert len(set(kinds[:n])) == n and len(jobs) == len(plan().jobs)


def test_a_chip_that_cannot_take_the_network_is_left_out_with_the_reason():
    big = tables(**{"chip.profile": ["ideal", "texel"]})
    big["network"]["hidden"] = 70
    found = plan_of(grid_of(big, FILE))
    assert set(found.refused) == {("texel", "frozen"), ("texel", "trace")} and "58" in found.refused["texel", "trace"]
    assert all(job.experiment.chip.profile != "texel" for job in found.jobs.values())
    big["compare"]["chip.profile"] = ["texel"]
    with pytest.raises(InputError, match="no chip of the grid can take its network: .*58"):
        plan_of(grid_of(big, FILE))
