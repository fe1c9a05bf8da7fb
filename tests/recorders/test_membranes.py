"""Spikes and membranes that are kept."""
from __future__ import annotations

import numpy as np

from neurosim.contract import record
from neurosim.neurons.settings import Membrane
from neurosim.neurons.tanh import Tanh
from neurosim.recorders.membranes import Traces


def test_the_clean_pass_is_kept_with_its_membranes():
    neuron = Membrane().build(5, 4, 1, np.float64)
    rng = np.random.default_rng(1)
    neuron.v[...] = rng.standard_normal(neuron.v.shape)
    kept, sent = Traces(*(np.full((2, 3, 2, 4), np.nan) for _ in range(2))), rng.standard_normal((4, 64))
    record(kept, 1, 2, neuron, sent, sent)
    assert (kept.sent[1, 2] == sent[:2, :4]).all() and (kept.membrane[1, 2] == neuron.v[:2, :4]).all()
    assert np.isfinite(kept.sent).sum() == np.isfinite(kept.membrane).sum() == 8


def test_rate_neurons_have_no_membrane():
    kept, sent = Traces(*(np.zeros((1, 1, 1, 4)) for _ in range(2))), np.ones((1, 64))
    record(kept, 0, 0, Tanh(), sent, sent)
    assert (kept.sent == 1).all() and np.isnan(kept.membrane).all()
