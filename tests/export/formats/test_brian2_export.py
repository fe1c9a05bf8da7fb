"""Brian 2 scripts: what they hold, what they refuse, and that Brian 2 computes the same."""
from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from export import scripts
from export.clients import needed
from export.networks import rate
from export.scripts import bump, lower_reset, times, transpose, verdicts_on

from neurosim.errors import InputError
from neurosim.export import Options, export_network
from neurosim.export.registry import exporter_of

STEPS = 40
SUBTRACTS = "a script that subtracts instead of resetting"
KINDS = {
    "delta": {}, "subtracts": {"reset": "subtract"}, "resets to a value": {"reset": "value", "reset_to": -0.3, "resting": -0.1},
    "synapses": {"synapse_s": 5e-3}, "synapses and subtraction": {"synapse_s": 5e-3, "reset": "subtract"},
    "equal time constants": {"synapse_s": 20e-3}, "different neurons": {"synapse_s": 5e-3, "spread": {"tau_s": 0.2, "threshold": 0.1}}}


def network(kind="delta", delays=None, **topology):
    """A trained network whose neurons are of the kind."""
    return scripts.network(KINDS[kind], delays, **topology)


def parcel(trained):
    return exporter_of("brian2")(trained, Options())


DAMAGES = {
    "input weight": bump, "readout weight": times("readout", 1 + 1e-6), "transposed": transpose, "bias": times("bias", 0),
    "reset": lower_reset, "threshold": times("threshold", 1.1), "tau": times("tau_s", 1.001), "synapse": times("synapse_s", 1.001),
    "dt": times("step_s", 1.1), "delays lost": times("delays", 0)}
CASES = {**{kind: (kind, {}) for kind in KINDS}, "delays": ("delta", {"delays": (0, 3)}),
         "leaky outputs": ("synapses", {"readout_tau_steps": 3.0})}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """What Brian 2 says of every export."""
    python, folder = needed("brian2", "brian"), tmp_path_factory.mktemp("brian2")
    export_network(network(), "brian2", folder / SUBTRACTS, 40)
    script = folder / SUBTRACTS / "network_brian2.py"
    script.write_text(script.read_text().replace('reset="v = low"', 'reset="v += low - threshold"'))
    cases = {name: network(kind, **options) for name, (kind, options) in CASES.items()}
    harmed = {name: (network("synapses", delays=(0, 3)), harm) for name, harm in DAMAGES.items()}
    return verdicts_on(python, "brian2", folder, cases, harmed, [SUBTRACTS])


@pytest.mark.parametrize("case", CASES)
def test_brian2_computes_the_same(case, verdicts):
    assert verdicts[case] == "equal"


@pytest.mark.parametrize("damage", [*DAMAGES, SUBTRACTS])
def test_a_damaged_export_is_caught(damage, verdicts):
    assert verdicts[damage] == "different"


def test_the_script_is_of_equations_and_its_data_of_matrices():
    trained = network("synapses", delays=(1, 3))
    made = parcel(trained)
    script = made.files["network_brian2.py"]
    assert "import neurosim" not in script and "from neurosim" not in script and "{" not in script
    assert "dv/dt = (resting - v + s) / tau : 1\nds/dt = -s / tau_syn : 1\n" in script and 'reset="v = low"' in script
    with np.load(io.BytesIO(made.files["network.npz"]), allow_pickle=False) as arrays:
        assert (arrays["recurrent"] == trained.recurrent).all() and (arrays["delays"] == trained.delays).all()
        assert (arrays["tau_s"] == 20e-3).all() and arrays["step_s"] == 1e-3 and (arrays["synapse_s"] == 5e-3).all()


def test_the_same_network_gives_the_same_bytes():
    assert parcel(network("synapses")).files == parcel(network("synapses")).files


@pytest.mark.parametrize(("trained", "said"), [
    (lambda: rate("ideal"), "--to = 'brian2'; network.neuron = 'tanh': the format has spiking neurons only"),
    (lambda: replace(network(), readout=np.inf * np.abs(network().readout)), "readout[0, 0] = inf; must be a finite number"),
    (lambda: altered(network(), refractory_s=1e-3), "network.membrane.refractory_s = 0.001"),
    (lambda: altered(network(), adaptation_s=0.1, jump=0.1), "network.membrane.adaptation_s = 0.1"),
    (lambda: altered(network(), synapse_s=20e-3 * (1 + 1e-8)), "differ by less than a millionth")])
def test_what_the_format_cannot_hold_is_refused(trained, said, tmp_path):
    with pytest.raises(InputError) as caught:
        export_network(trained(), "brian2", tmp_path / "out")
    assert said in str(caught.value) and not (tmp_path / "out").exists()


def altered(trained, **membrane):
    changed = trained.network.model_copy(update={"membrane": trained.network.membrane.model_copy(update=membrane)})
    return replace(trained, network=changed)
