"""PyNEST scripts: what they hold, what they refuse, and that NEST computes the same."""
from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from export.clients import client, interpreter
from export.networks import awkward, rate, spiking

from neurosim.errors import InputError
from neurosim.export import Options, export_network
from neurosim.export.deterministic import npz_bytes
from neurosim.export.registry import exporter_of
from neurosim.network import draw_delays

STEPS = 40
KINDS = {
    "delta": {}, "resets to a value": {"reset": "value", "reset_to": -0.3, "resting": -0.1},
    "different neurons": {"spread": {"tau_s": 0.2, "threshold": 0.1}}, "other steps": {"step_s": 0.25e-3}}
CASES = {**{kind: (kind, {}) for kind in KINDS}, "delays": ("delta", {"delays": (0, 3)}), "no bias": ("delta", {"bias": False}),
         "leaky outputs": ("delta", {"readout_tau_steps": 3.0})}


def network(kind="delta", delays=None, **topology):
    """A trained network, made awkward; what its neurons are is changed afterwards."""
    trained = altered(awkward(spiking()), **KINDS[kind])
    changed = trained.network.model_copy(update={"delay_steps": delays, **topology})
    return replace(trained, network=changed, delays=draw_delays(changed, 1), bias=trained.bias if changed.bias else None)


def altered(trained, **membrane):
    changed = trained.network.model_copy(update={"membrane": trained.network.membrane.model_copy(update=membrane)})
    return replace(trained, network=changed)


def parcel(trained):
    return exporter_of("nest")(trained, Options())


def bump(arrays):
    arrays["inputs"][0, 0] += 1e-6


def transpose(arrays):
    arrays["recurrent"] = arrays["recurrent"].T.copy()


def times(name, factor):
    def damage(arrays):
        arrays[name] = arrays[name] * factor
    return damage


DAMAGES = {
    "weight": bump, "transposed": transpose, "bias lost": times("bias", 0), "threshold": times("threshold", 1.1),
    "reset": lambda arrays: arrays.update(reset=arrays["reset"] - 0.01), "tau": times("tau_s", 1.001), "dt": times("step_s", 2),
    "delays lost": times("delays", 0), "readout": times("readout", 1 + 1e-6)}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """What NEST, started once, says of every export: "equal" or "different"."""
    python, folder = interpreter("nest", "nest"), tmp_path_factory.mktemp("nest")
    if python is None:
        pytest.skip("nest is not installed, here or under $NEUROSIM_CLIENTS")
    for name, (kind, options) in CASES.items():
        export_network(network(kind, **options), "nest", folder / name, STEPS)
        with np.load(folder / name / "expected.npz", allow_pickle=False) as expected:
            assert 0.02 < expected["spikes"].mean() < 0.6 and expected["outputs"].any()
    for name, damage in DAMAGES.items():
        export_network(network(delays=(0, 3)), "nest", folder / name, STEPS)
        with np.load(folder / name / "network.npz", allow_pickle=False) as file:
            arrays = dict(file)
        damage(arrays)
        (folder / name / "network.npz").write_bytes(npz_bytes(arrays))
    names = [*CASES, *DAMAGES]
    found = client(python, "run_script.py", *(folder / name / file for name in names for file in ("network_nest.py", "expected.npz")))
    said = [line for line in found.stdout.splitlines() if line in ("equal", "different")]
    assert len(said) == len(names), found.stdout + found.stderr
    return dict(zip(names, said))


@pytest.mark.clients
@pytest.mark.parametrize("case", CASES)
def test_nest_computes_the_same(case, verdicts):
    assert verdicts[case] == "equal"


@pytest.mark.clients
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_export_is_caught(damage, verdicts):
    assert verdicts[damage] == "different"


def test_the_script_stands_alone_and_its_data_are_the_matrices():
    trained = network(delays=(1, 3))
    made = parcel(trained)
    assert "import neurosim" not in made.files["network_nest.py"] and "from neurosim" not in made.files["network_nest.py"]
    with np.load(io.BytesIO(made.files["network.npz"]), allow_pickle=False) as arrays:
        assert (arrays["recurrent"] == trained.recurrent).all() and (arrays["bias"] == trained.bias).all()
        assert (arrays["threshold"] == 1).all() and arrays["subtracts"] == 0 and "synapse_s" not in arrays
    assert parcel(trained).files == made.files


@pytest.mark.parametrize(("trained", "said"), [
    (lambda: rate("ideal"), "--to = 'nest'; network.neuron = 'tanh': the format has spiking neurons only"),
    (lambda: altered(network(), reset="subtract"), "network.membrane.reset = 'subtract': iaf_psc_delta is set to V_reset"),
    (lambda: altered(network(), synapse_s=5e-3), "network.membrane.synapse_s = 0.005: recurrent spikes come a step late"),
    (lambda: altered(network(), step_s=1.5e-6), "network.membrane.step_s = 1.5e-06: NEST counts time in whole microseconds"),
    (lambda: altered(network(), refractory_s=1e-3), "network.membrane.refractory_s = 0.001"),
    (lambda: replace(network(), bias=np.full(20, np.nan)), "bias[0] = nan; must be a finite number")])
def test_what_the_format_cannot_hold_is_refused(trained, said, tmp_path):
    with pytest.raises(InputError) as caught:
        export_network(trained(), "nest", tmp_path / "out")
    assert said in str(caught.value) and not (tmp_path / "out").exists()
