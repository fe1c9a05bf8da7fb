"""Two kinds of synapse in the slots of the learning loop: lanes, rest, alignment; equations are tested in tests/events."""
from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.contract import align, membrane, receive, rest, step
from neurosim.network import Network
from neurosim.neurons.settings import Membrane
from neurosim.random import Key

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
        step(neuron, KEY, current, z)
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
    state = [neuron.e, neuron.i, neuron.v if hasattr(neuron, "v") else neuron.inner.v]
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


def test_the_learning_loop_refuses_them_in_one_sentence():
    with pytest.raises(ValidationError, match="membrane.inhibitory_s is for neurosim.events so far"):
        Network(inputs=1, hidden=2, outputs=1, neuron="spiking", membrane=BOTH[0])
