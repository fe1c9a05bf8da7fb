"""Axes: what is taken, and what is refused before anything runs."""
from __future__ import annotations

import pathlib

import pytest
from compare.small_grid import tables

from neurosim.compare.grid import MOST_RUNS, grid_of, points
from neurosim.errors import InputError
from neurosim.profile import load

FILE = pathlib.Path("grid.toml")


def test_every_combination_is_an_experiment_of_its_own():
    found = points(grid_of(tables(), FILE))
    assert [tuple(point.labels.values()) for point in found] == [
        ("ideal", "frozen"), ("ideal", "trace"), ("fixed8", "frozen"), ("fixed8", "trace")]
    assert [point.experiment.chip.profile for point in found] == ["ideal", "ideal", "fixed8", "fixed8"]
    assert [point.experiment.rule.name for point in found] == ["readout", "trace"] * 2


def test_a_dotted_key_may_be_quoted_or_not():
    nested = tables(chip={"profile": ["pcm"]}, network={"hidden": [3, 4]})
    del nested["compare"]["chip.profile"]
    grid = grid_of(nested, FILE)
    assert [(axis.name, axis.key, axis.labels) for axis in grid.axes if axis.key != "rule"] == [
        ("chip", "chip.profile", ("pcm",)), ("hidden", "network.hidden", ("3", "4"))]


def test_axes_of_one_last_name_keep_their_whole_keys():
    grid = grid_of(tables(**{"network.start": ["xavier"], "task.start": ["a"]}), FILE)
    assert {"network.start", "task.start"} <= {axis.name for axis in grid.axes}


@pytest.mark.parametrize(("space", "values"), [
    ({"linspace": [0.0, 4.0, 5]}, [0.0, 1.0, 2.0, 3.0, 4.0]), ({"logspace": [1e-4, 1e-1, 4]}, [1e-4, 1e-3, 1e-2, 1e-1])])
def test_spaces_are_what_their_names_say(space, values):
    grid = grid_of(tables(**{"rule.learning_rate": space}), FILE)
    assert [change["rule.learning_rate"] for change in grid.axes[-1].changes] == values


@pytest.mark.parametrize("name", ["analog", "digital", "mixed", "software", "all"])
def test_a_named_set_is_every_profile_of_its_kind(name):
    axis = next(axis for axis in grid_of(tables(**{"chip.profile": {"set": name}}), FILE).axes if axis.key == "chip.profile")
    assert len(axis.labels) > 1 and ("reram-sb" in axis.labels) == (name in ("analog", "all"))
    if name == "analog":
        assert all(load(label).weights.format == "conductance" for label in axis.labels)


def test_a_table_of_an_axis_changes_other_tables_by_their_names():
    rule = [{"label": "slow", "name": "trace", "learning_rate": 1e-2, "train.epochs": 9, "train": {"batch": 4}}]
    experiment = points(grid_of(tables(rule=rule), FILE))[0].experiment
    assert experiment.train.epochs == 9 and experiment.train.batch == 4 and experiment.train.seeds == (1, 2)


@pytest.mark.parametrize(("change", "said"), [
    ({"chip.profile": []}, r"grid.toml: compare.chip.profile = \[\]; must have at least one value"),
    ({"network.hidden": [3, "4"]}, "compare.network.hidden: mixes numbers and texts"),
    ({"network.hidden": 3}, "compare.network.hidden = 3; must be a list"),
    ({"network.hidden": [3, 3]}, 'compare.network.hidden: has "3" twice'),
    ({"network.hiden": [3, 4]}, "network.hiden.*did you mean hidden"),
    ({"chip.profile": ["ideal", "pcn"], "rule": [{"name": "tracy"}]}, "must be one of .*trace"),
    ({"networks.hidden": [3]}, "compare.networks.hidden: is neither an option nor a key of a table; did you mean network"),
    ({"rule": ["trace"]}, "must be tables"), ({"chip.profile": [{"name": "x"}]}, "must be values, not tables"),
    ({"rule": [{"learning_rate": 1.0}]}, "needs a label, or a name"),
    ({"chip.profile": {"set": "analogue"}}, "set = .*did you mean analog"),
    ({"rule.learning_rate": {"linspace": [0.0, 1.0]}}, "must be .from, to, how many."),
    ({"rule.learning_rate": {"logspace": [0.0, 1.0, 3]}}, "both ends must be greater than 0"),
    ({"rule.learning_rate": {"linspace": [0.0, 1.0, 10**7]}}, "has 10000000 values"),
    ({"budget": {"writes": 1.0, "energy_J": 1.0}}, "must have one of forward_passes, writes, energy_J"),
    ({"budgets": {"writes": 1.0}}, "did you mean budget"),
])
def test_a_wrong_grid_is_refused_with_its_key(change, said):
    with pytest.raises(InputError, match=said):
        points(grid_of(tables(**change), FILE))


def test_too_many_combinations_are_refused_with_their_number_before_they_are_made():
    rates = {"rule.learning_rate": {"logspace": [1e-6, 1.0, 2500]}, "network.hidden": {"linspace": [1, 1000, 1000]}}
    with pytest.raises(InputError, match=f"has 2500 values, which makes 20000000 runs; at most {MOST_RUNS}"):
        grid_of(tables(**rates), FILE)


def test_a_combination_that_is_no_experiment_is_named():
    with pytest.raises(InputError, match=r"must be greater than 0.* \(in \[compare\], chip ideal, rule frozen, learning_rate -1\)"):
        points(grid_of(tables(**{"rule.learning_rate": [-1.0]}), FILE))


def test_no_table_no_grid():
    with pytest.raises(InputError, match="compare: is missing or empty"):
        grid_of({"train": {}}, FILE)
    with pytest.raises(InputError, match="has no axis"):
        grid_of({"compare": {"title": "t"}}, FILE)
