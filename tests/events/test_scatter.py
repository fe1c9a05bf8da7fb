"""Rows, delays and cores deliver what the matrix says, when it says so."""
from __future__ import annotations

import numpy as np
import pytest
from event_parts import DELAYS, N, connections

from neurosim.events import Connections
from neurosim.events.connections import arrange
from neurosim.events.contract import scatter


def delivered(synapses, depth, spikes, now, ports=1):
    ring = np.zeros((depth, ports, 64))
    reached = scatter(synapses, np.array(spikes, np.int32), len(spikes), now, ring)
    return ring, reached


@pytest.mark.parametrize("ports", [1, 2])
@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("form", ["rows", "core"])
def test_a_spike_reaches_its_targets_after_their_delays(delay, form, ports):
    listed = connections(delay)
    if form == "core" and delay in ("axons", "synapses"):
        pytest.skip("a core has one delay")
    synapses, depth = arrange(listed, N, N, ports, np.float64, form)
    spikes, now = [0, 3, 4, 17, 18, 39], 123
    expected = np.zeros((depth, ports, 64))
    for k, j in enumerate(listed.pre):
        if j in spikes:
            lag = np.broadcast_to(listed.delay_steps, listed.pre.shape)[k]
            expected[(now + lag) % depth, int(ports == 2 and listed.weight[k] < 0), listed.post[k]] += listed.weight[k]
    ring, reached = delivered(synapses, depth, spikes, now, ports)
    assert np.array_equal(ring, expected)  # weights are multiples of 1/8: sums are exact in any order
    assert reached == (np.isin(listed.pre, spikes).sum() if form == "rows" else len(spikes) * N)


@pytest.mark.parametrize("n", [0, 1, 3, 4, 255, 256, 257, 600])
def test_integer_sums_do_not_overflow(n):
    """The largest weights from every neuron, more of them than fit into 16 bits."""
    pre = np.arange(600)
    listed = Connections(pre, np.zeros(600, int), np.full(600, 127.0), 2, 1.0)
    synapses, depth = arrange(listed, 600, 40, 1, np.float64, "core")
    ring, reached = delivered(synapses, depth, list(range(n)), 5)
    assert ring[5 % 2 - 1 + 0, 0, 0] + ring[:, 0, 0].sum() - ring[5 % 2 - 1 + 0, 0, 0] == 127.0 * n
    assert ring[(5 + 2) % 2, 0, 0] == 127.0 * n and reached == 40 * n
    assert (synapses.sums == 0).all()


def test_the_silent_row_is_never_a_neuron():
    synapses, _ = arrange(connections(), N, N, 1, np.float32, "core")
    assert synapses.rows.shape[0] == N + 1 and not synapses.rows[N].any()
