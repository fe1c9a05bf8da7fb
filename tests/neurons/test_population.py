"""Spreads from neuron to neuron, times in steps, padded rows."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.neurons.population import Rows, steps_of
from neurosim.neurons.settings import Membrane

MANY = 20_000


def test_spreads_have_their_mean_and_their_width_and_are_frozen():
    """20 000 neurons, log-normal with mean 1: 5 standard errors."""
    membrane = Membrane(resting=-1.0, spread={"tau_s": 0.3, "threshold": 0.2})
    tau, threshold = membrane.values("tau_s", MANY, 7), membrane.values("threshold", MANY, 7) + 1
    for values, mean, spread in ((tau, 0.02, 0.3), (threshold, 2.0, 0.2)):
        assert abs(values.mean() / mean - 1) < 5 * spread / np.sqrt(MANY) and abs(values.std() / values.mean() / spread - 1) < 0.05
        assert values.min() > 0
    assert abs(np.corrcoef(tau, threshold)[0, 1]) < 5 / np.sqrt(MANY)
    assert (membrane.values("tau_s", 10, 7) == membrane.values("tau_s", 10, 7)).all()
    assert (membrane.values("tau_s", 10, 7) != membrane.values("tau_s", 10, 8)).all()


def test_silence_is_rounded_to_steps():
    assert Membrane(step_s=1e-4, refractory_s=2e-3).build(1, 1, 1, np.float32).silence[0] == 20


@pytest.mark.parametrize(("refractory_s", "steps"), [(0.0, 0), (0.4e-3, 0), (0.6e-3, 1), (3e-3, 3), (2.9999999e-3, 3)])
def test_silence_is_whole_steps(refractory_s, steps):
    assert steps_of(refractory_s, 1e-3) == steps


def test_rows_are_padded_and_the_padding_never_fires():
    rows = Rows(5, 3, np.float32)
    assert rows.row(2.0, 1.0)[:7].tolist() == [2, 2, 2, 2, 2, 1, 1] and rows.row(1.0).shape == (64,) and not rows.row(1.0)[5:].any()
    assert (rows.never(0.5)[5:] == np.finfo(np.float32).max).all() and (rows.never(0.5)[:5] == 0.5).all()
    assert rows.state(np.int32).shape == (3, 64) and rows.state().dtype == np.float32 and rows.row(1, dtype=np.int32).dtype == np.int32
