"""A network that hears its own outputs."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.chip import compile_chip
from neurosim.closed_loop import closed_loop
from neurosim.errors import InputError
from neurosim.network import Network
from neurosim.tasks import MackeyGlass, NeuroBenchMackeyGlass


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Small networks run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


@pytest.mark.parametrize("bias", [False, True])
def test_it_is_the_network_in_numpy_with_its_output_as_input(bias):
    """Shown the training series and the first input of the test, then nothing but its outputs."""
    data = NeuroBenchMackeyGlass(train_lyapunov=1.0, test_lyapunov=1.0).load(1, 2)
    chip = compile_chip("ideal", Network(inputs=1, hidden=6, outputs=1, bias=bias), 1, "float64")
    w = chip.weights()
    z, outputs = np.zeros((2, 6)), []
    shown = [*data.train(0).inputs[0], data.test.inputs[0, 0]]
    for t in range(75 + 75):
        u = shown[t] if t <= 75 else outputs[-1]
        z = np.tanh(np.append(u, np.ones((2, int(bias))), axis=1) @ w["inputs"].T + z @ w["recurrent"].T)
        outputs.append(z @ w["readout"].T)
    found = closed_loop(chip, data, 1)
    assert found.shape == data.test.targets.shape
    np.testing.assert_allclose(found[0], outputs[75:], atol=1e-12)
    assert data.scores(found)["smape"] > 0


def test_a_chip_with_noise_repeats_itself_for_a_seed_only():
    data = NeuroBenchMackeyGlass(train_lyapunov=1.0, test_lyapunov=1.0).load(1, 1)
    chip = compile_chip("reram-es", Network(inputs=1, hidden=6, outputs=1), 1)
    one, two, other = (closed_loop(chip, data, seed) for seed in (1, 1, 2))
    assert np.array_equal(one, two) and not np.array_equal(one, other)


def test_outputs_that_cannot_be_inputs_are_refused():
    chip = compile_chip("ideal", Network(inputs=1, hidden=6, outputs=1), 1)
    with pytest.raises(InputError, match="targets that are not the inputs of the next step"):
        closed_loop(chip, MackeyGlass(steps=60, test_steps=40).load(1, 2), 1)
