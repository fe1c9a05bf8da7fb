"""Lists of synapses: random ones, rows by neuron and port, cores, and one sentence for what is none."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.errors import InputError
from neurosim.events.connections import CROSSOVER, Connections, arrange, at_random, between, check, is_for_a_core, rows
from neurosim.events.core import Core
from neurosim.events.outgoing import Alike, Delayed, Outgoing

FEW = Connections(np.array([1, 0, 1, 1]), np.array([2, 0, 0, 1]), np.array([-1.0, 2.0, 3.0, 4.0]))


@pytest.mark.parametrize("density", [0.003, 0.1, 0.9])
def test_random_synapses_are_as_many_as_they_should_be(density):
    """Each pair with the same probability, independently: in-degrees binomial (mean within 5 standard errors, variance within 15 %)."""
    pre, post = at_random(300, 500, density, np.random.default_rng(1))
    assert np.unique(pre * 500 + post).size == pre.size
    expected = 300 * 500 * density
    assert abs(pre.size - expected) < 5 * np.sqrt(expected * (1 - density))
    assert np.bincount(post, minlength=500).var() == pytest.approx(300 * density * (1 - density), rel=0.15 if density > 0.01 else 0.3)
    assert pre.max() < 300 and post.max() < 500 and (np.diff(pre * 500 + post) > 0).all()


def test_all_or_none():
    pre, post = at_random(7, 5, 1.0, np.random.default_rng(1))
    assert pre.size == 35 and at_random(7, 5, 0.0, np.random.default_rng(1))[0].size == 0
    with pytest.raises(InputError, match="density = 1.5; must be between 0 and 1"):
        at_random(7, 5, 1.5, np.random.default_rng(1))


def test_rows_are_sorted_by_neuron_port_and_target():
    bounds, post, weight, _ = rows(FEW, 3, 2, np.float32)
    assert bounds.tolist() == [[0, 1, 1], [1, 3, 4], [4, 4, 4]]
    assert post.tolist() == [0, 0, 1, 2] and weight.tolist() == [2, 3, 4, -1] and post.dtype == np.uint16
    bounds, post, weight, _ = rows(FEW, 3, 1, np.float64)
    assert bounds.tolist() == [[0, 1], [1, 4], [4, 4]] and weight.tolist() == [2, 3, 4, -1]


def test_the_form_follows_from_the_delays():
    for delays, kind, lag in (
            (5, Outgoing, 5), (np.array([2, 7, 2, 2]), Outgoing, [7, 2, 1]),
            (np.array([1, 7, 2, 1]), Delayed, [7, 2, 1, 1])):
        synapses, longest = arrange(FEW._replace(delay_steps=delays), 3, 3, 1, np.float32)
        assert isinstance(synapses, kind) and np.array_equal(synapses.lag, lag) and longest == np.max(delays)


def test_rows_of_one_weight_are_kept_as_one_number_where_nobody_asks_for_rows():
    one = Connections(np.array([2, 0, 0, 2]), np.array([1, 2, 0, 0]), np.array([-0.3, 0.5, 0.5, -0.3]))
    found, _ = arrange(one, 3, 3, 2, np.float32)
    assert isinstance(found, Alike) and np.array_equal(found.weight, np.array([[0.5, 0], [0, 0], [0, -0.3]], np.float32))
    assert isinstance(arrange(one, 3, 3, 2, np.float32, "rows")[0], Outgoing)
    assert isinstance(arrange(one._replace(weight=np.array([-0.3, 0.5, 0.25, -0.3])), 3, 3, 2, np.float32)[0], Outgoing)


def test_a_core_is_chosen_where_it_is_faster():
    rng = np.random.default_rng(1)
    for density, wanted in ((0.5 * CROSSOVER, False), (2 * CROSSOVER, True)):
        pre, post = at_random(100, 100, density, rng)
        floats = Connections(pre, post, rng.normal(size=pre.size))
        assert is_for_a_core(floats.on_grid(), 100, 100) is wanted and not is_for_a_core(floats, 100, 100)
        assert not is_for_a_core(floats.on_grid()._replace(delay_steps=rng.integers(1, 3, pre.size)), 100, 100)
        assert isinstance(arrange(floats.on_grid(), 100, 100, 1, np.float32)[0], Core if wanted else Outgoing)
    twice = Connections(np.zeros(50, int), np.zeros(50, int), np.ones(50)).on_grid()
    assert not is_for_a_core(twice, 3, 3)


def test_weights_on_the_grid_are_within_half_a_step():
    weight = np.random.default_rng(1).normal(size=1000)
    gridded = FEW._replace(weight=weight).on_grid()
    assert np.abs(gridded.weight - weight).max() <= gridded.grid / 2 * (1 + 1e-12) and gridded.grid == np.abs(weight).max() / 127
    assert FEW._replace(weight=np.zeros(3)).on_grid().grid == 1.0


def test_a_core_holds_the_matrix():
    whole = FEW._replace(weight=np.array([-127.0, 2.0, 3.0, 4.0]) / 4, grid=0.25)
    for ports in (1, 2):
        core, lag = arrange(whole._replace(delay_steps=3), 3, 3, ports, np.float32, "core")
        assert lag == 3 and core.rows.dtype == np.int8 and (core.rows[3] == 0).all()
        assert (core.scale * core.rows.sum(axis=1))[:3, :3].tolist() == [[0.5, 0, 0], [0.75, 1, -31.75], [0, 0, 0]]
    assert (core.rows[:, 0] >= 0).all() and (core.rows[:, 1] <= 0).all()


def test_a_matrix_becomes_its_synapses():
    found = between(np.array([[0.0, 2.0], [3.0, 0.0], [0.0, 4.0]]))
    assert found.pre.tolist() == [0, 1, 1] and found.post.tolist() == [1, 0, 2] and found.weight.tolist() == [3, 2, 4]


@pytest.mark.parametrize(("change", "named"), [
    ({"pre": np.array([0, 1])}, r"connections.post: has shape \(4,\); must be \(2,\)"),
    ({"pre": np.array([0, 1, 3, 0])}, "connections.pre: must be whole numbers from 0 to 2"),
    ({"post": np.array([0, 1, -1, 0])}, "connections.post: must be whole numbers from 0 to 2"),
    ({"post": np.array([0, 1, 0.5, 0])}, "connections.post: must be whole numbers"),
    ({"weight": np.array([0, 1, np.nan, 0])}, "connections.weight: must be finite"),
    ({"delay_steps": 0}, "connections.delay_steps: must be whole numbers from 1"),
    ({"delay_steps": np.array([1, 2])}, r"connections.delay_steps: has shape \(2,\)"),
    ({"delay_steps": 1.5}, "connections.delay_steps: must be whole numbers"),
])
def test_what_is_no_list_of_synapses_is_refused(change, named):
    with pytest.raises(InputError, match=named):
        check(FEW._replace(**change), 3, 3)


@pytest.mark.parametrize(("change", "named"), [
    ({"weight": np.array([0.1, 1, 1, 1]), "grid": 1.0}, "must be whole multiples of grid = 1"),
    ({"weight": np.array([200.0, 1, 1, 1]), "grid": 1.0}, "at most 127"),
    ({"grid": 1.0, "delay_steps": np.array([1, 2, 1, 1])}, "one number for all"),
    ({"grid": 1.0, "pre": np.zeros(4, int), "post": np.zeros(4, int)}, "two synapses between the same neurons"),
])
def test_what_fits_no_core_is_refused(change, named):
    with pytest.raises(InputError, match=named):
        arrange(FEW._replace(**change), 3, 3, 1, np.float32, "core")
