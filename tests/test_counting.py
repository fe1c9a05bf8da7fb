"""Operations of a training run against counts made by hand."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.chip import compile_chip
from neurosim.counting import count, events_of
from neurosim.network import Network
from neurosim.neurons.settings import Membrane
from neurosim.neurons.tanh import Tanh
from neurosim.rules import NP, WP, Readout
from neurosim.wiring import sizes_of, wire

STEPS, BATCH, IN, N, OUT = 7, 3, 2, 40, 2


def counted(rule, **settings):
    chip = compile_chip("ideal", Network(inputs=IN, hidden=N, outputs=OUT, **settings), 1)
    parts = rule.build(sizes_of(chip, BATCH, "step"))
    wired = wire(chip, parts, BATCH, "step")
    return count(chip, wired, parts, STEPS, BATCH), wired


@pytest.mark.parametrize(("rule", "passes", "drawn"), [
    (Readout(learning_rate=0.1), 1, None), (NP(learning_rate=0.1), 2, STEPS * BATCH * (N + OUT)),
    (WP(learning_rate=0.1), 2, STEPS * (IN * N + N * N + N * OUT))])
def test_operations_follow_from_the_sizes(rule, passes, drawn):
    counts, _ = counted(rule)
    assert (counts["steps"], counts["samples"], counts["passes"]) == (STEPS, BATCH, passes)
    assert counts.get("perturbations_drawn") == drawn
    assert counts["recurrent_products"] == STEPS * passes * BATCH
    assert counts["recurrent_multiply_accumulates"] == STEPS * passes * BATCH * N * N
    assert counts["inputs_multiply_accumulates"] == STEPS * passes * BATCH * IN * N
    assert counts["hidden_neuron_updates"] == STEPS * passes * BATCH * N


@pytest.mark.parametrize("settings", [{"neuron": "spiking", "membrane": Membrane()}, {"send_threshold": 0.1}], ids=["spikes", "changes"])
def test_events_are_those_that_the_neurons_counted(settings):
    counts, wired = counted(Readout(learning_rate=0.1), **settings)
    assert counts["hidden_events"] == 0
    wired.network.hidden.events[:2] = 11, 4
    assert events_of(wired.network.hidden).sum() == 15


def test_who_sends_numbers_sends_no_events():
    counts, _ = counted(Readout(learning_rate=0.1))
    assert "hidden_events" not in counts and events_of(Tanh()) is None and np.isscalar(counts["steps"])
