"""PyNEST scripts: what they hold, what they refuse, and that NEST computes the same."""
from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from export import scripts
from export.clients import needed
from export.networks import rate
from export.scripts import altered, bump, lower_reset, times, transpose, verdicts_on

from neurosim.errors import InputError
from neurosim.export import Options, export_network
from neurosim.export.registry import exporter_of

STEPS = 40
KINDS = {
    "delta": {}, "resets to a value": {"reset": "value", "reset_to": -0.3, "resting": -0.1},
    "different neurons": {"spread": {"tau_s": 0.2, "threshold": 0.1}}, "other steps": {"step_s": 0.25e-3}}
CASES = {**{kind: (kind, {}) for kind in KINDS}, "delays": ("delta", {"delays": (0, 3)}), "no bias": ("delta", {"bias": False}),
         "leaky outputs": ("delta", {"readout_tau_steps": 3.0})}


def network(kind="delta", delays=None, **topology):
    """A trained network whose neurons are of the kind."""
    return scripts.network(KINDS[kind], delays, **topology)


def parcel(trained):
    return exporter_of("nest")(trained, Options())


DAMAGES = {
    "weight": bump, "transposed": transpose, "bias lost": times("bias", 0), "threshold": times("threshold", 1.1),
    "reset": lower_reset, "tau": times("tau_s", 1.001), "dt": times("step_s", 2),
    "delays lost": times("delays", 0), "readout": times("readout", 1 + 1e-6)}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """What NEST says of every export."""
    python, folder = needed("nest", "nest"), tmp_path_factory.mktemp("nest")
    cases = {name: network(kind, **options) for name, (kind, options) in CASES.items()}
    return verdicts_on(python, "nest", folder, cases, {name: (network(delays=(0, 3)), harm) for name, harm in DAMAGES.items()})


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
