"""Locality: what a neuron is asked to change depends on its own state and on the broadcast, on nothing else; every listed rule."""
from __future__ import annotations

import inspect

import numpy as np
import pytest
from components import NEEDS_SEQUENCE, RULES

from neurosim import contract
from neurosim.contract import Local, close, credit, explain, gauge, is_deferred, listens, note
from neurosim.random import Key
from neurosim.rules.rule import Sizes
from neurosim.wiring import broadcast

N, OUTPUTS, BATCH, STEPS, TRIALS, OWN = 5, 2, 3, 4, 3, 2


def local(rng, own):
    """Random state of a population; column `OWN` comes from another generator."""
    arrays = []
    for _ in Local._fields:
        array = np.zeros((BATCH, 64))
        array[:, :N] = rng.standard_normal((BATCH, N))
        array[:, OWN] = own.standard_normal(BATCH)
        arrays.append(array)
    return Local(*arrays)


def listened(needs, rng):
    """Random broadcast."""
    found = broadcast(BATCH, OUTPUTS, needs, np.float64)
    for array in (found.reference, found.perturbed, found.square, found.slope, found.error, found.change):
        array[...] = rng.random(array.shape) + 0.1
    return found


def requests(name, others):
    """Second times third factor of every step and trial for all neurons, and what was explained, step by step."""
    update = "sequence" if name in NEEDS_SEQUENCE else "step"
    rule = RULES[name].build(Sizes(2, N, OUTPUTS, BATCH, update, np.float64, STEPS, TRIALS)).hidden
    rng, own, global_ = (np.random.default_rng(seed) for seed in (others, 1, 2))
    found, sums = [], []
    for trial in range(TRIALS):
        rows = np.zeros((STEPS * BATCH, 64))
        for t in range(STEPS):
            seen, heard, explained = local(rng, own), listened(listens(rule), global_), np.zeros((BATCH, OUTPUTS))
            explain(rule, Key(1, 5, trial * STEPS + t), t, seen, explained)
            gauge(rule, seen, heard.square[0].copy())
            note(rule, t, seen, heard)
            post, signal = np.zeros((BATCH, 64)), np.zeros(BATCH)
            credit(rule, seen, heard, post, signal)
            rows[t * BATCH:(t + 1) * BATCH] = post * signal[:, None]
            sums.append(explained)
        if is_deferred(rule):
            close(rule, trial, STEPS, rows)
        found.append(rows)
    return np.array(found), np.array(sums)


@pytest.mark.parametrize("name", [name for name in RULES if name != "readout"])
def test_a_request_depends_on_the_neurons_own_state_and_the_broadcast_alone(name):
    """The same broadcast and the same own state, among other neurons: the same bits."""
    first, second = requests(name, 11)[0], requests(name, 12)[0]
    assert first[..., OWN].tobytes() == second[..., OWN].tobytes()
    if name not in ("wp", "wp_trial", "oua"):  # their second factor is the perturbation of the synapse itself
        assert (first[..., OWN] != 0).any() and (first[..., 0] != second[..., 0]).any()


@pytest.mark.parametrize("name", [name for name in RULES if name.startswith("sanp")])
def test_what_the_neurons_explain_is_a_sum_of_what_each_explains(name):
    """Two populations that differ in the others explain amounts whose difference does not depend on the own neuron."""
    def explained(others, own_is_silent):
        rule = RULES[name].build(Sizes(2, N, OUTPUTS, BATCH, "sequence", np.float64, STEPS, TRIALS)).hidden
        rule.sensitivity[..., :N] = np.random.default_rng(4).standard_normal((*rule.sensitivity.shape[:2], N))
        rng, own, total = np.random.default_rng(others), np.random.default_rng(1), np.zeros((BATCH, OUTPUTS))
        for t in range(STEPS):
            seen = local(rng, own)
            if own_is_silent:
                seen.injected[:, OWN] = 0
            explain(rule, Key(1, 5, t), t, seen, total)
        return total

    own = [explained(others, False) - explained(others, True) for others in (11, 12)]
    assert np.allclose(own[0], own[1], rtol=1e-9, atol=1e-12) and (own[0] != 0).all()


def test_the_slots_of_a_rule_get_their_neurons_and_the_broadcast_and_nothing_else():
    allowed = {"rule", "key", "t", "local", "broadcast", "explained", "square", "post", "signal", "turn", "n_steps"}
    for name in ("explain", "gauge", "note", "credit", "close", "presynaptic_pass"):
        assert set(inspect.signature(getattr(contract, name)).parameters) <= allowed
    assert Local._fields == ("reference", "perturbed", "injected", "error", "slope", "activity")


@pytest.mark.parametrize(("name", "values"), [
    ("anp", 2), ("np", 1), ("wp", 1), ("readout", 0), ("trace", 1), ("sanp_cv", 2 * OUTPUTS + 1), ("sanp_cv, one channel", 3),
    ("wp_trial", 1), ("oua", 1), ("rflo", OUTPUTS), ("e_prop", OUTPUTS), ("reward_stdp", 1),
    ("reward_hebb", 1), ("reward_hebb, online, activity", 1)])
def test_what_is_broadcast_is_declared(name, values):
    parts = RULES[name].build(Sizes(2, N, OUTPUTS, BATCH, "sequence", np.float64, STEPS, TRIALS))
    assert parts.broadcasts == values
