"""Axonal delays."""
from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.arguments import Prompt
from neurosim.contract import arriving, hush, launch, pair
from neurosim.network import Network, draw_delays
from neurosim.synapses.delay import axonal_delay


def sent_and_arrived(delay, steps=12, lanes=2):
    sent = np.zeros((steps, lanes, 64))
    sent[:, :, :4] = np.random.default_rng(1).standard_normal((steps, lanes, 4))
    found = []
    for z in sent:
        launch(delay, z)
        found.append(arriving(delay, z).copy())
    return sent, np.array(found)


def test_each_neuron_arrives_after_its_own_delay():
    delays = np.array([0, 1, 3, 5])
    sent, arrived = sent_and_arrived(axonal_delay(delays, 2, np.float64))
    for j, d in enumerate(delays):
        assert (arrived[d:, :, j] == sent[:len(sent) - d, :, j]).all() and not arrived[:d, :, j].any()
    assert not arrived[:, :, 4:].any()


def test_without_a_delay_it_is_what_is_sent():
    z = np.ones((2, 64))
    launch(Prompt(), z)
    assert arriving(Prompt(), z) is z


def test_what_is_on_its_way_is_cleared_and_copied():
    delay = axonal_delay(np.array([0, 1, 3, 5]), 2, np.float64)
    sent_and_arrived(delay)
    pair(delay, 1)
    assert (delay.ring[:, 1] == delay.ring[:, 0]).all() and delay.ring.any()
    hush(delay)
    assert not delay.ring.any()


def test_delays_are_drawn_evenly_and_belong_to_the_seed():
    network = Network(inputs=1, hidden=30_000, outputs=1, delay_steps=(2, 5))
    drawn = draw_delays(network, 1)
    counts = np.bincount(drawn, minlength=6)
    assert counts[:2].sum() == 0 and np.abs(counts[2:] / 30_000 - 0.25).max() < 5 * np.sqrt(0.1875 / 30_000)
    assert (drawn == draw_delays(network, 1)).all() and (drawn != draw_delays(network, 2)).any()
    assert draw_delays(Network(inputs=1, hidden=3, outputs=1), 1) is None


@pytest.mark.parametrize("delays", [(3, 2), (-1, 2), (0, 10_001)])
def test_delays_that_make_no_sense_are_refused(delays):
    with pytest.raises(ValidationError, match="must be two numbers from 0 to 10000"):
        Network(inputs=1, hidden=3, outputs=1, delay_steps=delays)
