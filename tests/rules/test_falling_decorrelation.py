"""A decorrelation whose rate falls with that of learning."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim import reference
from neurosim.chip import compile_chip
from neurosim.errors import InputError
from neurosim.network import Network
from neurosim.rules import Decorrelation, Readout
from neurosim.tasks.task import Dataset, Trials
from neurosim.trainer import train
from neurosim.trials import Regime
from neurosim.updaters.optimizer import Optimizer, schedule
from neurosim.yardsticks import ideal_weights

RATE, TRIALS, STEPS, BATCH, N = 0.2, 3, 4, 2, 5


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Tiny networks run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def dataset():
    rng = np.random.default_rng(1)
    trials = Trials(*(rng.standard_normal((TRIALS, STEPS, BATCH, n)) for n in (2, 1)), np.ones((TRIALS, STEPS)), np.ones(TRIALS, bool))
    return Dataset(2, 1, "sequence", lambda epoch: trials, trials, False, {}, lambda outputs: {"mse": 0.0}, "random numbers")


def trained(form="published", decay="cosine", falls=True):
    network = Network(inputs=2, hidden=N, outputs=1, decorrelation=Decorrelation(rate=RATE, form=form, falls=falls))
    chip = compile_chip("ideal", network, 3, "float64")
    train(chip, dataset(), Readout(learning_rate=1e-30), epochs=2, update="sequence", regime=Regime(Optimizer(decay=decay)))
    return chip


@pytest.mark.parametrize("form", ["published", "head"])
@pytest.mark.parametrize("falls", [True, False])
def test_every_turn_has_the_rate_of_the_schedule(form, falls):
    """The recurrence is frozen: D after every trial by its equation."""
    chip = trained(form, falls=falls)
    weights, shown = ideal_weights(chip.network, 3), dataset().test.inputs
    for turn, factor in enumerate(schedule("cosine", 2 * TRIALS)):
        hidden = reference.forward(weights, shown[turn % TRIALS], None).hidden
        weights = weights._replace(d_hidden=reference.decorrelate(weights.d_hidden, hidden, RATE * (factor if falls else 1), form))
    assert np.abs(chip.weights()["lateral"] - weights.d_hidden).max() < 1e-12
    assert np.abs(weights.d_hidden - np.eye(N)).max() > 0.01


def test_the_reference_falls_alike():
    start = ideal_weights(Network(inputs=2, hidden=N, outputs=1), 3)
    curve = reference.train(
        start, dataset(), 1e-300, 2, decorrelation_rate=RATE, form="published", decay="cosine", decorrelation_falls=True)
    assert np.abs(curve.weights.d_hidden - trained().weights()["lateral"]).max() < 1e-12


def test_falling_needs_a_schedule():
    with pytest.raises(InputError, match="network.decorrelation.falls = true; it falls as train.optimizer.decay does, which is 'none'"):
        trained(decay="none")
