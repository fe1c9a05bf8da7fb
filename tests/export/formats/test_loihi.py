"""The network file for Loihi: what it holds, what it refuses, and that Lava's bit-accurate model computes the same from it."""
from __future__ import annotations

import io
import shutil

import h5py
import numpy as np
import pytest
from export.clients import needed
from export.integer_chips import agrees, busiest, exported, is_active, level_of, limited, trained, unbiased

from neurosim.digital import loihi
from neurosim.errors import InputError
from neurosim.export import Options
from neurosim.export.integers import loihi_of
from neurosim.export.registry import exporter_of

NAME = "network.net"
KINDS = {
    "even": lambda: trained("loihi"), "every level": lambda: limited(trained("loihi"), -128, 127),
    "excitatory": lambda: limited(trained("loihi"), 0, 40),
    "currents": lambda: trained("loihi", synapse_s=5e-3, threshold=0.1), "no bias": lambda: unbiased(trained("loihi", threshold=0.5))}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return exported(trained("loihi"), "loihi", tmp_path_factory.mktemp("loihi"))


@pytest.fixture
def python():
    return needed("lava", "lava")


@pytest.mark.clients
@pytest.mark.parametrize("kind", KINDS)
def test_lava_computes_the_same_bits(python, tmp_path, kind):
    _, expected, folder = exported(KINDS[kind](), "loihi", tmp_path)
    assert is_active(expected["spikes"]) and (expected["u"] != 0).any()
    assert agrees(python, "loihi", folder / NAME)


def content(network, clip=False):
    """What is in the file, by path."""
    found = {}
    with h5py.File(io.BytesIO(exporter_of("loihi")(network, Options(clip=clip)).files[NAME])) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def test_the_file_has_the_layers_that_netx_reads():
    network = trained("loihi")
    found = content(network)
    assert found["layer/0/type"].tolist() == [b"input"] and found["layer/0/shape"].tolist() == [6]
    assert found["layer/1/type"].tolist() == [b"dense_rec"] and found["layer/1/shape"].tolist() == [12]
    assert found["layer/1/neuron/type"].tolist() == [b"LOIHI"]
    assert {name: int(found[f"layer/1/neuron/{name}"]) for name in ("iDecay", "vDecay", "vThMant")} == {
        "iDecay": 4096, "vDecay": 200, "vThMant": 268}  # test_digital_neurons.py has them by hand
    assert np.array_equal(found["layer/1/bias"], np.rint(network.bias * 255))


def test_weights_of_both_signs_are_even_and_the_loss_is_told():
    network = trained("loihi")
    found, parcel = content(network), exporter_of("loihi")(network, Options())
    for name, array in (("inputs", network.inputs), ("recurrent", network.recurrent)):
        stored, levels = found["layer/1/weight" if name == "inputs" else "layer/1/weight_rec"], np.rint(array * 255)
        assert np.array_equal(stored, np.minimum(2 * np.rint(levels / 2), 254)) and np.abs(stored - levels).max() == 1
        assert abs(np.abs(stored).sum() - np.abs(levels).sum()) < 2 * np.sqrt((levels % 2).sum())  # the network does not shrink
        assert f"{name}: one level of {int((levels % 2).sum())} of {array.size} weights, which were odd" in " ".join(parcel.lost)
    tensor = next(tensor for tensor in parcel.tensors if tensor.name == "inputs")
    assert tensor.bits == 8 and tensor.error == pytest.approx(1 / 255) and tensor.rounding == "half to even"


@pytest.mark.parametrize(("low", "high", "signs", "exponent"), [
    (-128, 127, "mixed", -1), (0, 127, "excitatory", 0), (-128, 129, "mixed", 0)])
def test_smaller_weights_and_those_of_one_sign_keep_every_level(low, high, signs, exponent):
    network = limited(trained("loihi"), low, high)
    chip, found = loihi_of(network, "loihi", False), content(network)
    assert (chip.spec.signs, chip.spec.exponent) == (signs, exponent)
    is_exact = np.array_equal(found["layer/1/weight"], np.rint(network.inputs * 255))
    assert is_exact == (chip.lost == ()) == (high != 129)


def test_the_bias_is_the_chips_own_where_it_means_the_same():
    """An input that always fires reaches the current; a bias reaches the membrane."""
    network = trained("loihi")
    own, line = loihi_of(network, "loihi", False), loihi_of(network, "loihi", False, own_bias=False)
    assert not own.has_line and line.has_line and (line.spec.bias == 0).all()
    leaks = loihi_of(trained("loihi", synapse_s=5e-3, threshold=0.1), "loihi", False)
    assert leaks.has_line and leaks.spec.weights_in.shape[1] == 7
    even = limited(network, -128, 127)
    shown = np.asarray(network.shown(30), np.int64)
    lined = np.column_stack([shown, np.ones(30, np.int64)])
    same = loihi.run(loihi_of(even, "loihi", False, own_bias=False).spec, lined), loihi.run(loihi_of(even, "loihi", False).spec, shown)
    assert np.array_equal(same[0].v, same[1].v) and not np.array_equal(same[0].u, same[1].u)


def test_a_bias_above_the_threshold_is_an_input():
    """The neuron would fire in the step before the first input arrives."""
    assert loihi_of(trained("loihi", threshold=0.2), "loihi", False).has_line


def test_the_host_reads_the_trained_outputs_of_the_spikes():
    network = trained("loihi")
    parcel = exporter_of("loihi")(network, Options())
    found = parcel.run(parcel.encode(network.shown(40)))
    assert np.allclose(found["outputs"], found["spikes"] @ network.readout.T, atol=1e-12)
    assert parcel.decode(found) is found["outputs"]


@pytest.mark.parametrize("spread", [{"tau_s": 0.3}, {"threshold": 0.3}])
def test_neurons_that_differ_are_refused(spread):
    with pytest.raises(InputError, match="network.membrane.spread: gives neurons of v.* the format has one for all"):
        exporter_of("loihi")(trained("loihi", spread=spread), Options())


def test_weights_that_are_all_zero_are_refused():
    with pytest.raises(InputError, match="inputs, recurrent: are all 0; lava-dl cannot load"):
        exporter_of("loihi")(limited(trained("loihi"), 0, 0), Options())


DAMAGES = {
    "input weight": ("layer/1/weight", lambda array, i: plus(array, (i, 0))),
    "recurrent weight": ("layer/1/weight_rec", lambda array, i: plus(array, ((i + 1) % len(array), i))),
    "transposed": ("layer/1/weight_rec", lambda array, i: array.T), "bias": ("layer/1/bias", lambda array, i: array * 0),
    "threshold": ("layer/1/neuron/vThMant", lambda array, i: array + array // 20),
    "leak": ("layer/1/neuron/vDecay", lambda array, i: array + 1), "current": ("layer/1/neuron/iDecay", lambda array, i: array - 1),
    "odd": ("layer/1/weight", lambda array, i: array + 1)}


def plus(weights, place):
    """One weight off by one, the smallest step that there is."""
    copy = weights.copy()
    copy[place] += 2 if copy[place] < 0 else -2
    return copy


@pytest.mark.clients
@pytest.mark.parametrize("damage", [*DAMAGES, "readout"])
def test_lava_notices_a_damaged_export(python, original, tmp_path, damage):
    _, expected, folder = original
    folder = shutil.copytree(folder, tmp_path / "damaged")
    if damage == "readout":
        with np.load(folder / "readout.npz", allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        arrays["weights"][0, busiest(expected["spikes"])] += 1
        np.savez(folder / "readout.npz", **arrays)
    else:
        place, change = DAMAGES[damage]
        with h5py.File(folder / NAME, "r+") as file:
            file[place][...] = change(file[place][()], busiest(expected["spikes"]))
    assert not agrees(python, "loihi", folder / NAME)


def test_levels_are_those_of_the_profile():
    assert level_of(trained("loihi")) == loihi_of(trained("loihi"), "loihi", False).level == 1 / 255
