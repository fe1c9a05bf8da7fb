"""What all formats of digital chips share: what they refuse, that nothing is lost, that bytes repeat, and what their vectors are."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from export.integer_chips import PROFILES, level_of, trained, with_membrane, with_network
from export.networks import rate, spiking

from neurosim.errors import InputError
from neurosim.export import Options, export_network
from neurosim.export.integers import edges_of, spikes_of
from neurosim.export.registry import exporter_of
from neurosim.neurons.adex_settings import AdExMembrane

FORMATS = list(PROFILES)


def refusal(network, to, **options):
    """What an exporter says."""
    with pytest.raises(InputError) as caught:
        exporter_of(to)(network, Options(**options))
    return str(caught.value)


@pytest.mark.parametrize("to", FORMATS)
def test_a_tanh_network_is_refused(to):
    said = refusal(rate(), to)
    assert said.startswith(f"--to = '{to}'; network.neuron = 'tanh'") and "spiking neurons only" in said


@pytest.mark.parametrize("to", FORMATS)
def test_a_network_that_was_trained_with_other_neurons_is_refused(to):
    assert refusal(spiking("ideal", 12, 1), to) == (
        f"--to = '{to}'; {spiking('ideal', 12, 1).profile.file} has no integer neurons: train with the neurons of the chip, profile "
        f"{PROFILES[to]}")
    other = "reckon" if to != "reckon" else "loihi"
    assert f"has neuron.arithmetic = '{other}': train with" in refusal(trained(other), to)


@pytest.mark.parametrize("to", FORMATS)
def test_inputs_that_are_no_spikes_are_refused(to):
    network = trained(to)
    test = network.dataset.test
    halved = replace(network, dataset=replace(network.dataset, test=test._replace(inputs=test.inputs / 2)))
    assert "inputs of the task = 0.5; must be " in refusal(halved, to)


@pytest.mark.parametrize("to", FORMATS)
def test_what_the_neurons_have_besides_is_refused(to):
    network = trained(to)
    assert "network.membrane.refractory_s = 0.002" in refusal(with_membrane(network, refractory_s=2e-3), to)
    assert "network.delay_steps = [1, 3]" in refusal(
        replace(with_network(network, delay_steps=(1, 3)), delays=np.full(network.network.hidden, 2)), to)
    assert "network.membrane.model = 'adex'" in refusal(with_network(network, membrane=AdExMembrane(model="adex")), to)


@pytest.mark.parametrize("to", FORMATS)
def test_weights_that_leave_the_range_are_refused_or_clipped(to):
    network = trained(to)
    inputs = network.inputs.copy()
    inputs.flat[inputs.argmax()] = 1.5
    wide = replace(network, inputs=inputs)
    assert "inputs: has 1 entries beyond" in refusal(wide, to) and "--clip" in refusal(wide, to)
    tensors = {tensor.name: tensor for tensor in exporter_of(to)(wide, Options(clip=True)).tensors}
    tops = int((np.rint(inputs / level_of(network)) == 255).sum()) if to in ("loihi", "sanafe") else 0  # 254 is the largest even level
    assert tensors["inputs"].clipped == 1 + tops and tensors["inputs"].error == pytest.approx(0.5, abs=2.1 * level_of(network))
    missing = replace(network, recurrent=np.where(network.recurrent == 0, np.nan, network.recurrent))
    assert "must be a finite number" in refusal(missing, to)


@pytest.mark.parametrize("to", FORMATS)
def test_the_same_network_gives_the_same_bytes(to, tmp_path):
    for name in ("one", "two"):
        export_network(trained(to), to, tmp_path / name, 20)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) >= 3
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)


@pytest.mark.parametrize("to", FORMATS)
def test_the_manifest_tells_what_the_numbers_are_worth_and_where_the_bias_is(to, tmp_path):
    record = export_network(trained(to), to, tmp_path / "export", 20)
    conventions = record["conventions"]
    assert conventions["weight_of_a_level"] == pytest.approx(level_of(trained(to))) and conventions["potential_of_a_step"] > 0
    assert ("of the neurons" if to == "loihi" else "input 6, the last one") in conventions["bias"]
    assert record["fidelity"]["after"]["mse"] > 0 and record["tolerance"] == 0


def test_spikes_get_their_line_and_silence():
    assert spikes_of(np.array([[0.0, 1.0]]), has_line=True, silent=1).tolist() == [[0, 1, 1], [0, 0, 1]]
    for wrong in (-1.0, 2.0, 0.5, np.nan):
        with pytest.raises(InputError, match="must be 0 or 1, a spike"):
            spikes_of(np.array([[wrong]]))


def test_edges_show_every_input_alone_and_all_at_once():
    edges = edges_of(3, 15)
    assert (edges == 15).all(axis=1).any() and (edges[-3:] == np.eye(3)).all() and edges.dtype == np.int64
