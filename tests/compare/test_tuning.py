"""The search before a comparison: fair, repeatable, blind to the test."""
from __future__ import annotations

import math
import pathlib

import pytest
from compare.small_grid import tables

from neurosim.compare.grid import grid_of
from neurosim.compare.tuning import Search
from neurosim.errors import InputError

FILE = pathlib.Path("grid.toml")
SPAN = {"rule.learning_rate": {"log": [1e-4, 1e-1]}, "rule.decay": [0.5, 0.9]}


def search(**options):
    return Search(grid_of(tables(tune={"search": SPAN, "trials": 6, **options}), FILE))


def ended(found, loss, backwards=False):
    """Run a search in which jobs end in another order than they began."""
    jobs = found.start()
    asked = []
    while jobs:
        job = jobs.pop(-1 if backwards else 0)
        asked.append(job)
        jobs += found.more(job, {"status": "complete", "train_loss": loss(job.experiment)})
    return asked


def bowl(experiment):
    """The best rate is 0.01."""
    return (math.log10(experiment.rule.learning_rate) + 2) ** 2


def test_every_rule_gets_the_same_trials_on_seeds_of_their_own():
    found = search(seeds=[7, 8])
    asked = ended(found, bowl)
    by_rule = {name: [job for job in asked if job.experiment.rule.name == name] for name in ("readout", "trace")}
    assert len(by_rule["readout"]) == len(by_rule["trace"]) == 6 * 2
    assert {job.seed for job in asked} == {7, 8} and {job.labels["chip"] for job in asked} == {"ideal"}
    report = found.report()
    assert report["at"] == {"chip": "ideal"} and [len(one["tried"]) for one in report["found"]] == [6, 6]


def test_a_setting_that_a_rule_does_not_have_is_left_out_for_it():
    found = search()
    ended(found, bowl)
    chosen = {one["point"]["rule"]: set(one["chosen"]) for one in found.report()["found"]}
    assert chosen == {"frozen": {"rule.learning_rate"}, "trace": {"rule.learning_rate", "rule.decay"}}


def test_what_is_chosen_is_the_lowest_loss_and_every_chip_gets_it():
    found = search()
    ended(found, bowl)
    for one in found.report()["found"]:
        assert one["value"] == min(tried["value"] for tried in one["tried"])
    tuned = found.tuned()
    assert tuned["ideal", "trace"].rule == tuned["fixed8", "trace"].rule and tuned["fixed8", "trace"].chip.profile == "fixed8"
    best = min((one["settings"]["rule.learning_rate"] for one in found.told["trace",]), key=lambda rate: abs(math.log10(rate) + 2))
    assert tuned["ideal", "trace"].rule.learning_rate == best


@pytest.mark.parametrize("seed", range(1, 9))
def test_the_first_settings_fill_the_space(seed):
    found = search(trials=8, seed=seed)
    ended(found, bowl)
    for one in found.report()["found"]:
        rates = sorted(math.log10(tried["settings"]["rule.learning_rate"]) for tried in one["tried"])
        gaps = [b - a for a, b in zip([-4.0, *rates], [*rates, -1.0])]
        assert max(gaps) < 0.75  # of 3 decades; eight random ones leave 0.94 on average, 3 (1 + 1/2 + ... + 1/9) / 9
    assert {tried["settings"]["rule.decay"] for tried in found.report()["found"][1]["tried"]} == {0.5, 0.9}


def test_the_spread_of_one_seed_is_always_the_same():
    assert ended(search(), bowl)[0].experiment == ended(search(), bowl)[0].experiment != ended(search(seed=2), bowl)[0].experiment


def test_the_order_in_which_jobs_end_changes_nothing():
    first, second = search(seeds=[7, 8]), search(seeds=[7, 8])
    ended(first, bowl)
    ended(second, bowl, backwards=True)
    assert first.report() == second.report()
    assert search(seed=2).start()[0].experiment != search(seed=1).start()[0].experiment


def test_what_diverges_is_never_chosen_and_the_file_stands_if_all_does():
    found = search()
    ended(found, lambda experiment: math.nan if experiment.rule.name == "trace" else bowl(experiment))
    chosen = {one["point"]["rule"]: one["chosen"] for one in found.report()["found"]}
    assert chosen["trace"] == {} and chosen["frozen"]
    assert found.tuned()["ideal", "trace"].rule.learning_rate == 1e-2


def test_settings_with_which_nothing_happens_are_never_chosen():
    found = search()
    jobs = found.start()
    while jobs:
        job = jobs.pop(0)
        is_idle = job.experiment.rule.learning_rate < 0.01  # and yet the loss is lowest there
        jobs += found.more(job, {"status": "nothing happened" if is_idle else "complete", "train_loss": job.experiment.rule.learning_rate})
    assert all(one["chosen"]["rule.learning_rate"] >= 0.01 for one in found.report()["found"] if one["chosen"])
    assert any(one["chosen"] for one in found.report()["found"])


def test_the_search_is_made_where_the_file_wants_it():
    found = search(at={"chip": "fixed8"})
    assert {job.labels["chip"] for job in ended(found, bowl)} == {"fixed8"} and found.report()["at"] == {"chip": "fixed8"}


@pytest.mark.parametrize(("options", "said"), [
    ({"at": {"chip": "pcm"}}, "compare.tune.at.chip = pcm; must be one of ideal, fixed8"),
    ({"at": {"rule": "trace"}}, "compare.tune.at.rule = trace; must be of an axis that is not in per: chip"),
    ({"per": ["rules"]}, "compare.tune.per = .'rules'.; the axes are chip, rule"), ({"seeds": [1]}, "seed 1 is one of the comparison"),
    ({"search": {"rule.learning_rate": {"log": [0.0, 1.0]}}}, "above 0 if it is logarithmic"),
    ({"search": {"rule.learning_rate": []}}, "must have a value to choose"),
    ({"search": {"rule.learning_rate": {"linear": [-1.0, 1.0]}}}, r"learning_rate = -1.0; must be .*in \[compare.tune\]")])
def test_a_search_that_is_unfair_or_impossible_is_refused(options, said):
    with pytest.raises(InputError, match=said):
        search(**options)
