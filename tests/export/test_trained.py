"""What is exported: the matrices of a chip, and those of a run folder."""
from __future__ import annotations

import shutil

import numpy as np
import pytest
from export.networks import rate, spiking
from export.small_run import made

from neurosim import checkpoint
from neurosim.chip import compile_chip
from neurosim.errors import InputError
from neurosim.export import of_chip, of_run
from neurosim.network import Network, draw_delays
from neurosim.rules.decorrelation import Decorrelation
from neurosim.synapses.layout import arrange


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return made(tmp_path_factory.mktemp("trained"))


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


# ---- a chip ----------------------------------------------------------------------------------------------------------------
def test_the_matrices_are_those_of_the_chip_in_float64_with_the_bias_apart():
    chip = compile_chip("ideal", Network(inputs=3, hidden=8, outputs=2, bias=True), 1)
    found, weights = of_chip(chip), chip.weights()
    assert np.array_equal(np.column_stack([found.inputs, found.bias]), weights["inputs"]) and found.inputs.shape == (8, 3)
    assert np.array_equal(found.recurrent, weights["recurrent"]) and np.array_equal(found.readout, weights["readout"])
    assert {array.dtype for array in (found.inputs, found.bias, found.recurrent, found.readout)} == {np.dtype(np.float64)}
    assert found.chip is chip and found.delays is None and found.kept == 0.0 and found.step_s is None


def test_they_are_copies():
    chip = compile_chip("ideal", Network(inputs=3, hidden=8, outputs=2, bias=True), 1, "float64")
    found = of_chip(chip)
    for array in (found.inputs, found.bias, found.recurrent, found.readout):
        array[...] = 7
    assert not any((one == 7).any() for one in chip.weights().values())


def test_delays_and_leaks_are_those_of_the_chip():
    network = Network(inputs=3, hidden=8, outputs=2, delay_steps=(0, 4), readout_tau_steps=2.0)
    found = of_chip(compile_chip("ideal", network, 5))
    assert np.array_equal(found.delays, draw_delays(network, 5)) and found.bias is None and found.kept == pytest.approx(np.exp(-0.5))
    assert spiking("ideal", hidden=10, epochs=1).step_s == 1e-3


def test_decorrelation_is_folded_in_and_said_to_be():
    chip = compile_chip("ideal", Network(
        inputs=3, hidden=8, outputs=2, bias=True, decorrelation=Decorrelation(rate=1e-3, inputs=True)), 1, "float64")
    rng = np.random.Generator(np.random.Philox(2))
    for name, size in (("lateral", 8), ("input_lateral", 4)):
        chip.arrays[name].conductance[...] = arrange(chip.arrays[name].synapses, rng.standard_normal((size, size)), np.float64)
    found, held = of_chip(chip), chip.weights()
    assert np.allclose(np.column_stack([found.inputs, found.bias]), held["inputs"] @ held["input_lateral"], rtol=0, atol=1e-14)
    assert np.allclose(found.readout, held["readout"] @ held["lateral"], rtol=0, atol=1e-14) and "no longer learns" in found.lost[0]


def test_what_the_chip_does_to_its_weights_is_said_to_be_lost():
    found = of_chip(compile_chip("fixed8", Network(inputs=3, hidden=8, outputs=2), 1)).lost
    assert "weights.bits" in found[0] and "of fixed8.toml: effects of the chip" in found[0] and "does not learn" in found[1]
    assert len(of_chip(compile_chip("ideal", Network(inputs=3, hidden=8, outputs=2), 1)).lost) == 1


def test_a_digital_chip_gives_its_levels():
    trained = rate("fixed8", hidden=10, epochs=1)
    levels = trained.recurrent / trained.chip.arrays["recurrent"].scale
    assert np.allclose(levels, np.rint(levels), rtol=0, atol=1e-9) and np.abs(levels).max() <= 127


def test_inputs_of_the_task_are_joined_sample_by_sample():
    trained = rate("ideal", hidden=10, epochs=1)
    test = trained.dataset.test.inputs
    steps = test.shape[1]
    shown = trained.shown(2 * steps)
    assert np.array_equal(shown[:steps], test[0, :, 0]) and np.array_equal(shown[steps:], test[0, :, 1])
    assert len(trained.shown(10**6)) == test.shape[0] * test.shape[1] * test.shape[2]
    assert of_chip(trained.chip).shown(5).shape == (0, 6)


# ---- a run -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seed", [None, 3, 4])
def test_a_run_gives_the_weights_it_kept(folder, seed):
    found = of_run(folder, seed)
    kept, _ = checkpoint.load(folder / f"seed-{seed or 3}" / "weights.h5")
    assert np.array_equal(np.column_stack([found.inputs, found.bias]), kept["inputs"])
    assert np.array_equal(found.recurrent, kept["recurrent"]) and np.array_equal(found.readout, kept["readout"])
    assert found.origin["seed"] == found.seed == (seed or 3) and found.origin["epoch"] == 1 and found.dataset is not None
    assert found.chip is not None and "accuracy" in found.scores


def test_another_seed_is_refused_with_those_there_are(folder):
    with pytest.raises(InputError, match="--seed = 5; this run has 3, 4"):
        of_run(folder, 5)


def test_what_is_no_run_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="is no run folder"):
        of_run(tmp_path)


def test_the_checkpoint_of_another_seed_is_refused(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "run")
    shutil.copy(folder / "seed-4" / "checkpoint.h5", tmp_path / "run" / "seed-3" / "checkpoint.h5")
    with pytest.raises(InputError, match=r"seed-3/checkpoint.h5: seed = 4; must be 3, that of this run"):
        of_run(tmp_path / "run")


def test_the_checkpoint_of_another_experiment_is_refused(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "run")
    path = tmp_path / "run" / "experiment.toml"
    text = path.read_text()
    assert "learning_rate = 0.01" in text
    path.write_text(text.replace("learning_rate = 0.01", "learning_rate = 0.02"))
    with pytest.raises(InputError, match=r"seed-3/checkpoint.h5: experiment = '.*'; must be '.*', that of this run"):
        of_run(tmp_path / "run")


def test_a_run_without_its_checkpoint_or_curves_is_refused(folder, tmp_path):
    for k, name in enumerate(("seed-3/checkpoint.h5", "curves.csv")):
        shutil.copytree(folder, tmp_path / str(k))
        (tmp_path / str(k) / name).unlink()
        with pytest.raises(InputError, match=name.rpartition("/")[2]):
            of_run(tmp_path / str(k))
