"""Going on from where another run stands."""
from __future__ import annotations

import numpy as np

from neurosim.adoption import adopt, memories
from neurosim.chip import compile_chip
from neurosim.network import Network
from neurosim.neurons.settings import Membrane
from neurosim.rules import ANP
from neurosim.rules.rule import OBSERVER
from neurosim.wiring import sizes_of, wire


def test_a_test_goes_on_from_what_neurons_and_axons_remember():
    """Membranes, silences and spikes on their way, of the clean lanes."""
    membrane = Membrane(synapse_s=5e-3, adaptation_s=0.1, jump=0.1, refractory_s=2e-3)
    chip = compile_chip("ideal", Network(inputs=2, hidden=5, outputs=1, neuron="spiking", membrane=membrane, delay_steps=(0, 3)), 1)
    trained = wire(chip, ANP(learning_rate=0.1).build(sizes_of(chip, 2, "step")), 2, "step")
    tested = wire(chip, OBSERVER, 2, "step")
    rng = np.random.default_rng(1)
    for array in (trained.activity.x, trained.activity.x_hat, trained.activity.y, *memories(trained.network)):
        array[...] = rng.integers(0, 3, array.shape)
    adopt(tested, trained, 2)
    neuron, source = tested.network.hidden.inner, trained.network.hidden.inner
    for mine, theirs in ((neuron.s, source.s), (neuron.inner.a, source.inner.a), (neuron.inner.base.v, source.inner.base.v),
                         (neuron.inner.base.wait, source.inner.base.wait), (tested.activity.x_hat, trained.activity.x_hat),
                         (tested.activity.y, trained.activity.y)):
        assert mine.shape[0] == 2 and (mine == theirs[:2]).all() and mine.any()
    delay, other = tested.network.recurrent.delay, trained.network.recurrent.delay
    assert (delay.ring == other.ring[:, :2]).all() and delay.head == other.head
