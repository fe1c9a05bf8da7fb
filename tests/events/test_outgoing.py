"""Rows of synapses deliver what the list says, when it says so, for every kind of delay."""
from __future__ import annotations

import numpy as np
import pytest
from event_parts import DELAYS, N, alike, connections, delivered, expected

from neurosim.events.connections import arrange
from neurosim.events.outgoing import Alike

SPIKES, NOW = [0, 3, 4, 17, 18, 39], 123


@pytest.mark.parametrize("ports", [1, 2])
@pytest.mark.parametrize("delay", DELAYS)
def test_a_spike_reaches_its_targets_after_their_delays(delay, ports):
    listed = connections(delay)
    synapses, depth = arrange(listed, N, N, ports, np.float64, "rows")
    ring, reached = delivered(synapses, depth, SPIKES, NOW, ports)
    assert np.array_equal(ring, expected(listed, SPIKES, NOW, depth, ports))  # weights are multiples of 1/8: sums are exact in any order
    assert ring.any() and reached == np.isin(listed.pre, SPIKES).sum()


@pytest.mark.parametrize("ports", [1, 2])
@pytest.mark.parametrize("delay", [delay for delay in DELAYS if delay != "synapses"])
def test_one_weight_for_all_synapses_of_a_neuron_delivers_the_same_bits(delay, ports):
    listed = alike(delay)
    listed = listed._replace(weight=listed.weight / 3)
    found = []
    for form in ("rows", "auto"):
        synapses, depth = arrange(listed, N, N, ports, np.float64, form)
        assert isinstance(synapses, Alike) == (form == "auto")
        ring, reached = delivered(synapses, depth, SPIKES, NOW, ports)
        found.append((ring.tobytes(), reached))
    assert found[0] == found[1] and ring.any() and (ring < 0).any()
