"""Networks of others: they compute on the chip what they computed before."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from export.networks import awkward, rate, spiking
from export.refusing import refusal

from neurosim.errors import InputError
from neurosim.export import Options, export_network, of_chip
from neurosim.export.formats.nir import export as nir
from neurosim.export.formats.npz import export as npz
from neurosim.export.importing import read_network, start
from neurosim.export.semantics import run_float

GOLDEN = Path(__file__).parents[1] / "golden" / "export"
SYNAPSES = {"LIF": {}, "CubaLIF": {"synapse_s": 5e-3}}


def changed(trained, **topology):
    membrane = topology.pop("membrane", {})
    if membrane:
        topology["membrane"] = trained.network.membrane.model_copy(update=membrane)
    return replace(trained, network=trained.network.model_copy(update=topology))


@pytest.fixture
def nir_file(tmp_path):
    export_network(awkward(spiking()), "nir", tmp_path / "out")
    return tmp_path / "out" / "network.nir"


@pytest.mark.parametrize("kind", ["lif", "cubalif"])
def test_a_network_written_by_nir_computes_what_spikingjelly_computed(kind):
    chip = start(GOLDEN / f"{kind}.nir", "ideal", step_s=1e-3, precision="float64")
    with np.load(GOLDEN / f"{kind}.npz", allow_pickle=False) as expected:
        found = run_float(of_chip(chip), expected["inputs"])
        assert np.abs(found["outputs"] - expected["outputs"]).max() < 1e-12
    assert 0.05 < found["spikes"].mean() < 0.6 and found["outputs"].std() > 0.1
    assert chip.network.membrane.tau_s == pytest.approx(-1e-3 / np.log(1 - 1 / 20), rel=1e-6)


@pytest.mark.parametrize("kind", SYNAPSES)
@pytest.mark.parametrize("loop_identity", [False, True])
def test_what_was_exported_to_nir_fires_the_same_on_the_ideal_chip(kind, loop_identity, tmp_path):
    trained = awkward(spiking(**SYNAPSES[kind]))
    made = nir(trained, Options(loop_identity=loop_identity))
    (tmp_path / "n.nir").write_bytes(made.files["network.nir"])
    back = of_chip(start(tmp_path / "n.nir", "ideal", precision="float64"))
    found, expected = (run_float(one, trained.shown(60)) for one in (back, trained))
    assert (found["spikes"] == expected["spikes"]).all() and expected["spikes"].any()
    assert np.abs(found["outputs"] - expected["outputs"]).max() < 1e-6
    step = 1e-4 if loop_identity else 1e-3
    assert back.step_s == step and back.network.membrane.tau_s == pytest.approx(20 * step, rel=1e-6)


@pytest.mark.parametrize(("make", "topology"), [
    (lambda: awkward(spiking()), {}), (lambda: awkward(spiking(synapse_s=5e-3)), {"readout_tau_steps": 3.0}),
    (lambda: awkward(spiking()), {"membrane": {"reset": "subtract", "resting": -0.1, "reset_to": -0.2}}),
    (lambda: awkward(rate("ideal")), {}), (lambda: awkward(rate("ideal")), {"neuron": "leaky", "tau_steps": 2.0})])
def test_what_was_exported_to_npz_comes_back_as_it_was(make, topology, tmp_path):
    trained = changed(make(), **topology)
    (tmp_path / "n.npz").write_bytes(npz(trained, Options()).files["network.npz"])
    found = read_network(tmp_path / "n.npz")
    assert (found.trained.matrices["recurrent"] == trained.recurrent).all() and (found.trained.matrices["readout"] == trained.readout).all()
    assert (found.trained.matrices["inputs"] == np.hstack([trained.inputs, trained.bias[:, None]])).all()
    back = of_chip(start(tmp_path / "n.npz", "ideal", precision="float64"))
    one, two = (run_float(network, trained.shown(30)) for network in (back, trained))
    assert all(np.allclose(one[name], two[name], atol=1e-12) for name in two)


def test_equal_delays_come_back(tmp_path):
    trained = replace(changed(awkward(spiking()), delay_steps=(2, 2)), delays=np.full(20, 2))
    (tmp_path / "n.npz").write_bytes(npz(trained, Options()).files["network.npz"])
    assert read_network(tmp_path / "n.npz").network.delay_steps == (2, 2)


def test_a_chip_starts_with_the_network_and_can_be_a_real_one(nir_file):
    chip = start(nir_file, "fixed8", seed=3)
    assert chip.seed == 3 and chip.network.bias and chip.profile.file.startswith("fixed8")
    assert np.corrcoef(chip.weights()["recurrent"].ravel(), read_network(nir_file).trained.matrices["recurrent"].ravel())[0, 1] > 0.99


def test_the_duration_of_a_step_is_told_or_given():
    assert "tells no duration of a step; give step_s" in refusal(GOLDEN / "lif.nir")
    assert "must be above the step of 0.05 s" in refusal(GOLDEN / "lif.nir", step_s=0.05)
    with pytest.raises(InputError, match="step_s"):
        read_network(GOLDEN / "lif.nir", step_s=float("nan"))
