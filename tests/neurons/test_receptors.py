"""Two kinds of synapse in the learning loop: lanes, rest, alignment, what is learned; equations are tested in tests/events."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from pydantic import ValidationError

from neurosim import loop
from neurosim.chip import compile_chip
from neurosim.contract import align, inject, membrane, receive, rest, step
from neurosim.network import Network
from neurosim.neurons.imperfect import Mismatched
from neurosim.neurons.settings import Membrane
from neurosim.random import Key
from neurosim.recorders.activity import Recording
from neurosim.rules import ANP, SANPCV, RewardHebb, Trace
from neurosim.verbs import perturb
from neurosim.wiring import sizes_of, wire

TWO = {"synapse_s": 5e-3, "inhibitory_s": 10e-3, "reset": "value", "reset_to": -0.2, "refractory_s": 2e-3}
BOTH = [Membrane(**TWO), Membrane(**TWO, reversal_e=5.0, reversal_i=-1.0)]
KEY, N, LANES = Key(1, 2, 0), 5, 4


def advanced(neuron, lanes, steps, seed=1):
    rng, z = np.random.default_rng(seed), np.zeros((lanes, 64))
    found = []
    for _ in range(steps):
        current = np.zeros((2 * lanes, 64))
        current[:, :N] = np.abs(rng.normal(size=(2, 1, N)) * [[[4.0]], [[1.0]]]).repeat(lanes, axis=1).reshape(2 * lanes, N)
        current[lanes:] *= -1
        receive(neuron, current)
        step(neuron, KEY, current[:lanes], z)
        found.append(z[:, :N].copy())
    return np.array(found)


@pytest.mark.parametrize("settings", BOTH, ids=["currents", "conductances"])
def test_lanes_are_alike_and_rest_is_where_it_began(settings):
    neuron = settings.build(N, LANES, 1, np.float64)
    first = advanced(neuron, LANES, 40)
    assert first.sum() > 10 and (first == first[:, :1]).all()
    rest(neuron)
    assert (advanced(neuron, LANES, 40) == first).all()
    one = settings.build(N, 1, 1, np.float64)
    assert (advanced(one, 1, 40)[:, 0] == first[:, 0]).all()


@pytest.mark.parametrize("settings", BOTH, ids=["currents", "conductances"])
def test_later_passes_take_over_what_the_clean_one_remembers(settings):
    neuron = settings.build(N, LANES, 1, np.float64)
    advanced(neuron, LANES, 15)
    state = [neuron.e, neuron.i, neuron.inner.v]
    for array in state:
        array[2:] += 1.0
    align(neuron, 2)
    for array in state:
        assert (array[2:] == array[:2]).all()
    assert membrane(neuron, 1, 2) == state[2][1, 2]


@pytest.mark.parametrize(("change", "named"), [
    ({"synapse_s": None}, "inhibitory_s needs synapse_s"), ({"reversal_e": 3.0}, "reversal_e and reversal_i need each other"),
    ({"reversal_e": -3.0, "reversal_i": 1.0}, "reversal_i = 1 must be below reversal_e = -3"),
    ({"reversal_e": 3.0, "reversal_i": -1.0, "reset": "subtract"}, "go with reset"),
    ({"reversal_e": 3.0, "reversal_i": -1.0, "inhibitory_s": None}, "need synapse_s and inhibitory_s"),
    ({"threshold": 0.5, "resting": 0.5}, "threshold = 0.5 must not be resting"),
])
def test_settings_that_do_not_go_together_are_refused(change, named):
    with pytest.raises(ValidationError, match=named):
        Membrane(**{**TWO, **change})


# ---- in the learning loop ------------------------------------------------------------------------------------------------------------
STEPS, TRIALS, BATCH, SIZES = 12, 6, 2, {"inputs": 4, "hidden": 9, "outputs": 2}


def learned(membrane, rule, update="sequence", **settings):
    """(weights after some trials, weights before, hidden spikes) of float64 weights on an ideal chip."""
    wide = Network(**SIZES, neuron="spiking", membrane=membrane, input_scale=6.0, recurrent_scale=3.0, **settings)
    chip = compile_chip("ideal", wide, 2, "float64")
    parts = rule.build(sizes_of(chip, BATCH, update, STEPS, TRIALS))
    w, before = wire(chip, parts, BATCH, update, STEPS), chip.weights()
    rng = np.random.default_rng(5)
    x, y = (rng.random((TRIALS, STEPS, BATCH, 4)) < 0.3) * 1.0, rng.standard_normal((TRIALS, STEPS, BATCH, 2))
    kept = Recording(np.zeros((TRIALS, STEPS, BATCH, 2)), np.zeros((TRIALS, STEPS, BATCH, SIZES["hidden"])))
    loop.run(w.network, w.schedule, kept, w.activity, x, y, np.ones((TRIALS, STEPS)), np.ones(TRIALS, np.uint8), np.zeros((TRIALS, 2)),
             1, 0, 1)
    return chip.weights(), before, kept.hidden


@pytest.mark.parametrize("settings", [{}, {"connectivity": "sparse", "density": 0.5, "delay_steps": (0, 3)}], ids=["dense", "sparse, late"])
@pytest.mark.parametrize(("rule", "update"), [
    (Trace(learning_rate=0.1, sigma=0.2), "sequence"), (SANPCV(learning_rate=0.1, sigma=0.2), "sequence"),
    (ANP(learning_rate=0.1, sigma=0.2), "step"), (RewardHebb(learning_rate=0.1, sigma=0.2), "sequence")], ids=str)
def test_with_equal_time_constants_they_learn_what_one_synapse_learns(rule, update, settings):
    """Forward pass, perturbation, requests, slope and writes: to rounding, as sums are taken in another order."""
    one = Membrane(synapse_s=5e-3, threshold=0.4, refractory_s=2e-3)
    ends = [learned(membrane, rule, update, **settings) for membrane in (one, one.model_copy(update={"inhibitory_s": 5e-3}))]
    assert ends[0][2].sum() > 50 and (ends[0][2] == ends[1][2]).all()
    for name in ("inputs", "recurrent", "readout"):
        moved, others = (end[0][name] - end[1][name] for end in ends)
        assert np.abs(moved).max() > 1e-4 and np.allclose(moved, others, rtol=1e-7, atol=1e-11 * np.abs(moved).max())


def test_a_perturbation_of_conductances_is_one_of_the_potential():
    """Perturbed and clean pass differ by the perturbation where the membrane moves, whatever the conductances are."""
    neuron = Membrane(**{**TWO, "refractory_s": 0.0}, reversal_e=5.0, reversal_i=-1.0, threshold=50.0).build(N, 2, 1, np.float64)
    current, z = np.zeros((4, 64)), np.zeros((2, 64))
    current[:2, :N], current[2:, :N] = 0.7, -0.3
    receive(neuron, current)
    potential = current[:2]
    assert (potential[0] == potential[1]).all() and (potential[:, :N] > 0.1).all()
    perturb(Added(), KEY, 0, potential, np.zeros((1, 64)))
    step(neuron, KEY, potential, z)
    assert np.allclose(potential[1, :N] - potential[0, :N], 0.125, rtol=0, atol=1e-15) and (neuron.inner.v == potential).all()
    assert (neuron.e[0] == neuron.e[1]).all() and (neuron.i[0] == neuron.i[1]).all()


class Added(NamedTuple):
    """A source of the perturbation 0.125."""


@inject.fill(Added)
def _inject(source, key, t, out):
    out[:, :N] = 0.125


def test_mismatch_has_one_offset_and_a_gain_for_both_kinds():
    bare, around = (Membrane(**TWO).build(N, 2, 1, np.float64) for _ in range(2))
    mismatched = Mismatched(around, np.full(64, 1.5), np.full(64, 0.25))
    arriving = np.zeros((4, 64))
    arriving[:2, :N], arriving[2:, :N] = 0.7, -0.3
    same = np.concatenate([1.5 * arriving[:2] + 0.25, 1.5 * arriving[2:]])
    receive(mismatched, arriving)
    receive(bare, same)
    assert (arriving[:2] == same[:2]).all() and (around.e == bare.e).all() and (around.i == bare.i).all()
