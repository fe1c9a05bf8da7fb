"""The order of devices that a perceptron learns on: MLP+NeuroSim V3.0 against our kernels."""
from __future__ import annotations

import os

import numpy as np
import pytest
from scipy.stats import spearmanr

from neurosim.mlp.devices import PUBLISHED
from neurosim.mlp.digits import digits
from neurosim.mlp.learning import Perceptron, start, trained
from neurosim.mlp.weights import placed

compiled_only = pytest.mark.skipif(os.environ.get("NEUROSIM_PYTHON") == "1", reason="takes hours in plain Python")


def accuracy(name, seed, epochs, last):
    """Mean over the last epochs."""
    training, test = digits(seed)
    layers = (placed(name, PUBLISHED[name], matrix, seed, k) for k, matrix in enumerate(start(400, 100, 10, seed), 1))
    return float(np.mean(trained(Perceptron(*layers), training, test, epochs, seed)[-last:]))


@pytest.mark.parametrize("shape", [(40, 5), (10, 7)], ids=["dense", "fan-in"])
def test_compiled_writes_are_those_of_plain_python(monkeypatch, shape):
    """Three requests of up to 20 pulses, bit for bit."""
    rng = np.random.default_rng(1)
    matrix, wanted = rng.uniform(-1, 1, shape), rng.uniform(-0.4, 0.4, (3, *shape))
    found = []
    for is_plain in (False, True):
        if is_plain:
            monkeypatch.setenv("NEUROSIM_PYTHON", "1")
        device = placed("Ag:a-Si", PUBLISHED["Ag:a-Si"], matrix, 1, 1)
        for request in wanted:
            device.change(request)
        found.append(device.read())
    assert np.array_equal(*found) and not np.array_equal(found[0], matrix)


@compiled_only
def test_three_devices_that_are_far_apart_learn_in_their_order():
    """The mean of 2 epochs, 1437 digits each, 0.84, 0.74, 0.14 as recorded; published 0.89, 0.72, 0.33.

    Sums of other BLAS libraries differ in the last bit, and online learning goes another way from there: over seeds each varies by 0.05.
    """
    pcm, silver, pcmo = (accuracy(name, 1, 2, 2) for name in ("GST PCM", "Ag:a-Si", "PCMO"))
    assert pcm > 0.75 and pcm > silver + 0.03 and silver > pcmo + 0.3


@pytest.mark.slow
@compiled_only
def test_seven_devices_rank_as_published():
    """2 seeds, 12 epochs, the mean over the last 5: three groups in order, rank correlation, and how near the best are.

    The two worst are not told apart: PCMO before AlOx/HfO2 in V3.0, the other way round in V2.0 (0.10 and 0.41) and here.
    """
    found = {name: float(np.mean([accuracy(name, seed, 12, 5) for seed in (1, 2)])) for name in PUBLISHED}
    best, middle, worst = (
        np.mean([found[name] for name in names])
        for names in (("EpiRAM", "GST PCM", "HZO FeFET"), ("TaOx/HfOx", "Ag:a-Si"), ("PCMO", "AlOx/HfO2")))
    assert best > middle + 0.05 and middle > worst + 0.2
    assert spearmanr(list(found.values()), [labels.accuracy for labels in PUBLISHED.values()])[0] >= 0.8
    assert abs(found["EpiRAM"] - 0.92) < 0.05
    for name in ("EpiRAM", "GST PCM", "HZO FeFET", "TaOx/HfOx", "Ag:a-Si"):
        assert abs(found[name] - PUBLISHED[name].accuracy) < 0.12, name
