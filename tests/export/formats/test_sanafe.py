"""The network for SANA-FE: what it holds, what it refuses, and that its model of Loihi computes the same spikes and potentials."""
from __future__ import annotations

import re
import shutil

import numpy as np
import pytest
from export.clients import client, needed
from export.integer_chips import agrees, busiest, exported, is_active, limited, resized, trained, unbiased

from neurosim.errors import InputError
from neurosim.export import Options
from neurosim.export.registry import exporter_of

NAME = "network.yaml"


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return exported(trained("sanafe"), "sanafe", tmp_path_factory.mktemp("sanafe"))


@pytest.fixture
def python():
    return needed("sanafe", "sanafe")


KINDS = {
    "even": lambda: trained("sanafe"), "every level": lambda: limited(trained("sanafe"), -128, 127),
    "no bias": lambda: unbiased(trained("sanafe", threshold=0.5))}


@pytest.mark.parametrize("kind", KINDS)
def test_sanafe_computes_the_same_spikes_and_potentials(python, tmp_path, kind):
    _, expected, folder = exported(KINDS[kind](), "sanafe", tmp_path)
    assert is_active(expected["spikes"]) and len(np.unique(expected["v"] % 1)) > 20
    assert agrees(python, "sanafe", folder / NAME)


def test_sanafe_tells_energy_and_time(python, tmp_path):
    _, _, folder = exported(trained("sanafe"), "sanafe", tmp_path)
    said = client(python, "run_sanafe.py", folder / NAME, folder / "expected.npz").stdout
    energy, time = (float(found) for found in re.search(r"energy (\S+) J, time (\S+) s", said).groups())
    assert 1e-9 < energy < 1e-5 and 1e-6 < time < 1e-3


def test_neurons_may_differ(python, tmp_path):
    network = trained("sanafe", spread={"tau_s": 0.3, "threshold": 0.1})
    _, expected, folder = exported(network, "sanafe", tmp_path)
    assert 0.02 < expected["spikes"].mean() < 0.6 and agrees(python, "sanafe", folder / NAME)


def test_the_file_without_vectors_has_no_inputs_and_with_them_those(tmp_path):
    parcel = exporter_of("sanafe")(trained("sanafe"), Options())
    assert "- 0: [soma: {spikes: []}]" in parcel.files[NAME]
    _, expected, folder = exported(trained("sanafe"), "sanafe", tmp_path)
    lines = re.findall(r"- (\d+): \[soma: {spikes: \[(.*?)\]}\]", (folder / NAME).read_text())
    trains = np.array([[int(one) for one in train.split(", ")] for _, train in lines])
    assert np.array_equal(trains.T, expected["inputs"]) and (trains[-1] == 1)[:-7].any()


def test_synaptic_currents_and_more_than_a_core_are_refused():
    with pytest.raises(InputError, match="network.membrane.synapse_s is set: the neurons of SANA-FE round no current as Loihi does"):
        exporter_of("sanafe")(trained("sanafe", synapse_s=5e-3, threshold=0.1), Options())
    with pytest.raises(InputError, match="1020 neurons and 7 inputs: this format uses one core, which has room for 1024"):
        exporter_of("sanafe")(resized(trained("sanafe"), 1020, 6, 5), Options())


def change_weight(text, source, heard, expected):
    """One weight changed by one, that of a neuron which is not reset in a step in which the source is heard."""
    targets = np.flatnonzero((heard[:, None] & (expected["spikes"] == 0)).any(axis=0))
    i = next(i for i in targets if f"{source} -> rec.{i}:" in text)
    return re.sub(rf"({source} -> rec\.{i}: \[weight: )(-?\d+)", lambda found: found[1] + str(int(found[2]) + 1), text, count=1)


def sent_by_the_busiest(expected):
    """The neuron that fires most, and when it is heard."""
    i = busiest(expected["spikes"])
    return f"rec.{i}", np.append(False, expected["spikes"][:-1, i] > 0)


DAMAGES = {
    "input weight": lambda text, expected: change_weight(text, "in.0", expected["inputs"][:, 0] > 0, expected),
    "recurrent weight": lambda text, expected: change_weight(text, *sent_by_the_busiest(expected), expected),
    "transposed": lambda text, _: re.sub(r"rec\.(\d+) -> rec\.(\d+)", r"rec.\2 -> rec.\1", text),
    "bias": lambda text, _: re.sub(r"    - in\.6 -> .*\n", "", text),
    "reset": lambda text, _: text.replace("reset_mode: hard", "reset_mode: soft"),
    "threshold": lambda text, _: re.sub(r"threshold: (\d+)", lambda found: f"threshold: {int(found[1]) * 21 // 20}", text),
    "leak": lambda text, _: re.sub(r"leak_decay: ([\d.]+)", lambda found: f"leak_decay: {float(found[1]) - 1 / 4096}", text),
    "inputs": lambda text, _: text.replace("spikes: [1, ", "spikes: [0, ", 1)}


@pytest.mark.parametrize("damage", DAMAGES)
def test_sanafe_notices_a_damaged_export(python, original, tmp_path, damage):
    _, expected, folder = original
    folder = shutil.copytree(folder, tmp_path / "damaged")
    before = (folder / NAME).read_text()
    after = DAMAGES[damage](before, expected)
    assert after != before
    (folder / NAME).write_text(after)
    assert not agrees(python, "sanafe", folder / NAME)
