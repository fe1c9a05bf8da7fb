"""The specification for Xylo: what it holds, what it refuses, and that SynSense's xylosim computes the same bits from it."""
from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from export.clients import needed
from export.integer_chips import agrees, busiest, exported, is_active, level_of, resized, trained, unbiased, with_network

from neurosim.digital import xylo
from neurosim.errors import InputError
from neurosim.export import Options
from neurosim.export.integers import xylo_of
from neurosim.export.registry import exporter_of

NAME = "xylo.json"


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return exported(trained("xylo"), "xylo", tmp_path_factory.mktemp("xylo"))


@pytest.fixture
def python():
    return needed("xylosim", "xylo")


KINDS = {
    "alike": lambda: trained("xylo"), "no bias": lambda: unbiased(trained("xylo")),
    "different": lambda: trained("xylo", synapse_s=20e-3, spread={"tau_s": 0.6, "threshold": 0.2, "synapse_s": 0.6})}


@pytest.mark.parametrize("kind", KINDS)
def test_xylosim_computes_the_same_bits(python, tmp_path, kind):
    network = KINDS[kind]()
    record, expected, folder = exported(network, "xylo", tmp_path)
    assert is_active(expected["spikes"]) and expected["spikes"].max() > 1
    assert 0.02 < expected["outputs"].mean() < 0.6
    assert [tensor["error"] for tensor in record["tensors"]] == [0.0] * len(record["tensors"])
    assert agrees(python, "xylo", folder / NAME)


def test_the_vectors_saturate_the_chip(tmp_path):
    _, expected, _ = exported(trained("xylo"), "xylo", tmp_path)
    assert expected["v"].min() == xylo.LOW and expected["u"].min() == xylo.LOW * 3 // 4  # which has decayed once


def test_the_file_has_the_presynaptic_neuron_first_and_the_bias_as_an_input():
    network = trained("xylo")
    spec = json.loads(exporter_of("xylo")(network, Options()).files[NAME])["spec"]
    n, n_in, n_out = (network.network.hidden, network.network.inputs, network.network.outputs)
    for name, array in (("weights_in", np.column_stack([network.inputs, network.bias]).T[:, :, None]),
                        ("weights_rec", network.recurrent.T[:, :, None]), ("weights_out", network.readout.T)):
        assert np.array_equal(np.array(spec[name]), np.rint(array / level_of(network)))
    assert np.shape(spec["weights_in"]) == (n_in + 1, n, 1) and np.shape(spec["weights_out"]) == (n, n_out)
    assert spec["bias"] == [0] * n and spec["weight_shift_in"] == spec["weight_shift_rec"] and spec["dt"] == 1e-3


def test_an_output_above_one_half_in_one_step_is_a_spike():
    """Of a neuron alone: half of what arrives is left when the current acts."""
    spec = xylo_of(trained("xylo"), "xylo", False).spec
    half = 0.5 / level_of(trained("xylo")) * 2**spec.shift_out
    assert spec.threshold_out.tolist() == [int(np.rint(half / 2))] * len(spec.threshold_out)
    longer = xylo_of(with_network(trained("xylo"), readout_tau_steps=8.0), "xylo", False).spec
    assert longer.dash_mem_out[0] == 3 and longer.threshold_out[0] / 2**longer.shift_out > spec.threshold_out[0] / 2**spec.shift_out


def test_outputs_of_the_task_come_a_step_late():
    parcel = exporter_of("xylo")(trained("xylo"), Options())
    shown = trained("xylo").shown(20)
    found = parcel.run(parcel.encode(shown))
    assert parcel.decode(found).tolist() == found["outputs"][1:].tolist() and len(found["outputs"]) == 21


def test_several_spikes_of_an_input_are_allowed_and_others_are_not():
    parcel = exporter_of("xylo")(trained("xylo"), Options())
    assert parcel.encode(np.full((1, 6), 15.0)).tolist() == [[15] * 6 + [1], [0] * 6 + [1]]
    with pytest.raises(InputError, match="inputs of the task = 16; must be whole numbers of spikes, 0 to 15"):
        parcel.encode(np.full((1, 6), 16.0))


@pytest.mark.parametrize(("sizes", "said"), [
    ((12, 16, 5), "xylo: weights_in: inputs: has 17; this chip has room for 16"),
    ((12, 6, 9), "xylo: weights_out: outputs: has 9; this chip has room for 8"),
    ((1001, 6, 5), "xylo: weights_in: neurons: has 1001; this chip has room for 1000")])
def test_a_network_larger_than_the_chip_is_refused(sizes, said):
    with pytest.raises(InputError) as caught:
        exporter_of("xylo")(resized(trained("xylo"), *sizes), Options())
    assert str(caught.value) == said


def damaged(spec, expected, damage):
    """A specification with one thing wrong."""
    i = busiest(expected["spikes"])
    weights_in, weights_rec = np.array(spec["weights_in"]), np.array(spec["weights_rec"])
    if damage == "input weight":
        weights_in[0, i] += 1 if weights_in[0, i] < 127 else -1
    elif damage == "recurrent weight":
        weights_rec[i, (i + 1) % len(weights_rec)] += 1
    elif damage == "transposed":
        weights_rec = weights_rec.swapaxes(0, 1)
    elif damage == "bias":
        weights_in[-1] = 0
    elif damage == "sign":
        weights_in[-1] = -weights_in[-1]
    return {"weights_in": np.clip(weights_in, -128, 127).tolist(), "weights_rec": weights_rec.tolist(), **{
        "threshold": {"threshold": [value + 1 for value in spec["threshold"]]},
        "leak": {"dash_mem": [value + 1 for value in spec["dash_mem"]]}, "current": {"dash_syn": [value + 1 for value in spec["dash_syn"]]},
        "shift": {"weight_shift_in": spec["weight_shift_in"] - 1}, "readout": {"weights_out": spec["weights_out"][::-1]},
        "readout shift": {"weight_shift_out": spec["weight_shift_out"] - 1},
        "output threshold": {"threshold_out": [value * 2 for value in spec["threshold_out"]]}}.get(damage, {})}


@pytest.mark.parametrize("damage", [
    "input weight", "recurrent weight", "transposed", "bias", "sign", "threshold", "leak", "current", "shift", "readout", "readout shift",
    "output threshold"])
def test_xylosim_notices_a_damaged_export(python, original, tmp_path, damage):
    _, expected, folder = original
    folder = shutil.copytree(folder, tmp_path / "damaged")
    content = json.loads((folder / NAME).read_text())
    content["spec"] |= damaged(content["spec"], expected, damage)
    (folder / NAME).write_text(json.dumps(content))
    assert not agrees(python, "xylo", folder / NAME)
