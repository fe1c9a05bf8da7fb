"""The int8 core delivers what the list says, in integers that do not overflow."""
from __future__ import annotations

import numpy as np
import pytest
from event_parts import N, connections, delivered, expected

from neurosim.events import Connections
from neurosim.events.connections import arrange

SPIKES, NOW = [0, 3, 4, 17, 18, 39], 123


@pytest.mark.parametrize("ports", [1, 2])
@pytest.mark.parametrize("delay", ["next step", "one delay"])
def test_a_spike_reaches_its_targets_after_the_delay(delay, ports):
    listed = connections(delay)
    synapses, depth = arrange(listed, N, N, ports, np.float64, "core")
    ring, reached = delivered(synapses, depth, SPIKES, NOW, ports)
    assert np.array_equal(ring, expected(listed, SPIKES, NOW, depth, ports)) and ring.any()
    assert reached == len(SPIKES) * N


@pytest.mark.parametrize("n", [0, 1, 3, 4, 255, 256, 257, 600])
def test_integer_sums_do_not_overflow(n):
    """The largest weights from every neuron, more of them than fit into 16 bits."""
    listed = Connections(np.arange(600), np.zeros(600, int), np.full(600, 127.0), 2, 1.0)
    synapses, depth = arrange(listed, 600, 40, 1, np.float64, "core")
    ring, reached = delivered(synapses, depth, list(range(n)), 5)
    assert ring.sum() == ring[(5 + 2) % 2, 0, 0] == 127.0 * n and reached == 40 * n
    assert (synapses.sums == 0).all()


def test_the_silent_row_is_never_a_neuron():
    synapses, _ = arrange(connections(), N, N, 1, np.float32, "core")
    assert synapses.rows.shape[0] == N + 1 and not synapses.rows[N].any()
