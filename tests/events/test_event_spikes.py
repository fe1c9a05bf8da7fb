"""What is told of spikes, against closed forms and plain counting."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.events import Spikes
from neurosim.report.spikes import irregularity


def of(dense, step_s=1e-3):
    step, neuron = np.nonzero(dense)
    return Spikes(step, neuron, dense.shape[1], dense.shape[0], step_s, np.zeros((0, 0)))


RANDOM = (np.random.default_rng(1).random((2000, 60)) < 0.05).astype(np.uint8)


def test_rates_and_the_dense_form():
    spikes = of(RANDOM)
    assert spikes.duration_s == 2.0 and np.allclose(spikes.rates_Hz(), RANDOM.sum(axis=0) / 2.0)
    assert (spikes.dense() == RANDOM).all()


def test_irregularity_is_that_of_the_figures():
    assert np.allclose(of(RANDOM).irregularity(), irregularity(RANDOM, 1e-3))
    regular = np.zeros((100, 2), np.uint8)
    regular[::10, 0] = 1
    assert of(regular).irregularity().tolist() == [0.0]


def test_independent_neurons_do_not_correlate_and_copies_do():
    assert abs(of(RANDOM).correlation()) < 0.01
    assert of(np.repeat(RANDOM[:, :1], 5, axis=1)).correlation() == pytest.approx(1.0)
    mixed = RANDOM | (np.random.default_rng(2).random((2000, 1)) < 0.05)  # half of the spikes are common
    assert 0.4 < of(mixed.astype(np.uint8)).correlation() < 0.6


def test_correlation_is_the_mean_over_all_pairs():
    spikes, counts = of(RANDOM), RANDOM.reshape(400, 5, 60).sum(axis=1)
    matrix = np.corrcoef(counts.T)
    assert spikes.correlation() == pytest.approx(matrix[np.triu_indices(60, 1)].mean(), abs=1e-12)


def test_silence_has_no_correlation():
    assert np.isnan(of(np.zeros((100, 5), np.uint8)).correlation())
