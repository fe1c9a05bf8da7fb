"""Files of weights: read whole, or refused in one sentence, whatever is in them."""
from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from neurosim.errors import InputError
from neurosim.network import Network, draw_weights
from neurosim.weights_file import read

GOOD = {"inputs": np.arange(6.0).reshape(3, 2), "recurrent": np.eye(3), "readout": np.ones((1, 3)), "bias": np.array([-1.0, 0, 1])}


def written(path, **changes):
    np.savez(path, **{name: array for name, array in {**GOOD, **changes}.items() if array is not None})
    return path


def packed(path, entries, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def npy(array, shape=None):
    """The bytes of an array, whose header tells of another shape."""
    stream = io.BytesIO()
    np.save(stream, array)
    content = stream.getvalue()
    return content if shape is None else content.replace(f"{array.shape}".encode(), f"{shape}".encode())


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, ">f8"])
def test_what_numpy_writes_is_read(tmp_path, dtype, compressed):
    arrays = {name: array.astype(dtype) for name, array in GOOD.items()}
    (np.savez_compressed if compressed else np.savez)(tmp_path / "a.npz", **arrays)
    found = read(tmp_path / "a.npz")
    assert found.keys() == arrays.keys()
    assert all(np.array_equal(found[name], arrays[name]) for name in arrays) and found["inputs"].dtype == np.float64


def test_arrays_in_fortran_order_are_what_they_were(tmp_path):
    written(tmp_path / "a.npz", inputs=np.asfortranarray(GOOD["inputs"]))
    assert np.array_equal(read(tmp_path / "a.npz")["inputs"], GOOD["inputs"])


@pytest.mark.parametrize("changes, words", [
    ({"recurrent": None}, "a.npz: recurrent is missing"), ({"inputs": None}, "a.npz: inputs is missing"),
    ({"recurrent": np.zeros((3, 4))}, "a.npz: recurrent has shape (3, 4); must be (3, 3)"),
    ({"readout": np.zeros((2, 4))}, "a.npz: readout has shape (2, 4); must be (2, 3)"),
    ({"bias": np.zeros(4)}, "a.npz: bias has shape (4,)"), ({"inputs": np.zeros(3)}, "a.npz: inputs: must be a matrix"),
    ({"inputs": np.full((3, 2), np.nan)}, "a.npz: inputs holds numbers that are not finite"),
    ({"recurrent": np.diag([1.0, -1e31, 0])}, "a.npz: recurrent holds 1e+31; at most 1e+30 is a weight"),
    ({"bias": np.array([0, 1, 1j])}, "a.npz: bias has type complex128"), ({"bias": np.array(["a", "b", "c"])}, "a.npz: bias has type <U1"),
    ({"secrets": np.zeros(3)}, "'secrets.npy' is unknown"), ({"inputs": np.zeros((3, 0))}, "a.npz: inputs has shape (3, 0)"),
    ({"recurrent": np.array([[None]])}, "a.npz: recurrent has type object")])
def test_what_does_not_fit_is_refused(tmp_path, changes, words):
    with pytest.raises(InputError) as error:
        read(written(tmp_path / "a.npz", **changes))
    assert words in str(error.value).replace(": has", " has").replace(": is", " is").replace(": holds", " holds")


def test_pickles_are_not_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return pytest.fail, ("it was unpickled",)
    np.savez(tmp_path / "a.npz", recurrent=np.array([[Trap()]], object), inputs=GOOD["inputs"])
    with pytest.raises(InputError, match="object"):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize("entries, words", [
    ([("inputs.npy", npy(GOOD["inputs"], (65535, 65535)))], "needs"), ([("inputs.npy", npy(GOOD["inputs"], (10**12, 2)))], "needs 16"),
    ([("inputs.npy", npy(GOOD["inputs"])[:-1])], "47 bytes"), ([("inputs.npy", b"\x93NUMPY\x03\x00" + b" " * 99)], "version"),
    ([("inputs.npy", b"")], "npz"), ([("inputs.npy", b"\x93NUMPY\x01\x00\xff\xff{" + b"[" * 65534)], "npz"),
    ([("../inputs.npy", npy(GOOD["inputs"]))], "unknown"), ([("inputs", npy(GOOD["inputs"]))], "unknown")])
def test_made_up_archives_are_refused(tmp_path, entries, words):
    with pytest.raises(InputError, match=words):
        read(packed(tmp_path / "a.npz", entries))


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("neurosim.untrusted.MAX_BYTES", 10**6)
    packed(tmp_path / "a.npz", [("inputs.npy", b"\x00" * (10**6 + 1))], compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(InputError, match="would hold"):
        read(tmp_path / "a.npz")


def test_no_file(tmp_path):
    for path, words in ((tmp_path / "a.npz", "no such file"), (tmp_path, "not a file")):
        with pytest.raises(InputError, match=words):
            read(path)


def test_every_truncation_and_many_flipped_bytes_are_refused_or_read_as_they_were(tmp_path):
    """Every length, and 600 flips of one byte: an error of ours, or the same arrays (bytes that nothing reads)."""
    whole, rng = written(tmp_path / "a.npz").read_bytes(), np.random.default_rng(5)
    before = read(tmp_path / "a.npz")
    cases = [whole[:length] for length in range(0, len(whole), 7)]
    for place in rng.integers(0, len(whole), 600):
        cases.append(whole[:place] + bytes([whole[place] ^ int(rng.integers(1, 256))]) + whole[place + 1:])
    for content in cases:
        (tmp_path / "b.npz").write_bytes(content)
        try:
            found = read(tmp_path / "b.npz")
        except InputError as error:
            assert "b.npz" in str(error)
        else:
            assert all(np.array_equal(found[name], before[name]) for name in found)


# ---- a network that starts from one ----------------------------------------------------------------------------------
def network(**settings):
    return Network(**{"inputs": 2, "hidden": 3, "outputs": 1, "bias": True, **settings})


def test_a_network_starts_from_a_file(tmp_path):
    path = str(written(tmp_path / "a.npz"))
    drawn = draw_weights(network(weights=path, recurrent_scale=0.5), 1)
    assert np.array_equal(drawn.inputs, np.column_stack([GOOD["inputs"], GOOD["bias"]])) and drawn.mask is None
    assert np.array_equal(drawn.recurrent, 0.5 * np.eye(3)) and np.array_equal(drawn.readout, np.ones((1, 3)))


def test_a_readout_that_is_not_there_is_drawn(tmp_path):
    path = str(written(tmp_path / "a.npz", readout=None))
    assert np.array_equal(draw_weights(network(weights=path), 1).readout, draw_weights(network(), 1).readout)


@pytest.mark.parametrize("settings, changes, words", [
    ({"bias": False}, {}, "has a bias; network.bias = false"), ({}, {"bias": None}, "has no bias; network.bias = true"),
    ({"hidden": 4}, {}, "has 3 x 3 where network.hidden and the inputs of the task make 4 x 3"),
    ({"outputs": 2}, {}, "has 1 x 3 where the outputs of the task and network.hidden make 2 x 3"),
    ({}, {"delays": np.zeros(3, int)}, "'delays.npy': is unknown")])
def test_a_file_of_another_network_is_refused(tmp_path, settings, changes, words):
    with pytest.raises(InputError, match=words):
        draw_weights(network(weights=str(written(tmp_path / "a.npz", **changes)), **settings), 1)


def test_settings_that_would_have_no_effect_are_refused():
    for settings in ({"start": "orthogonal"}, {"connectivity": "sparse", "density": 0.5}, {"delay_steps": (0, 1)}):
        with pytest.raises(ValueError, match="weights is for"):
            network(weights="a.npz", **settings)


def test_an_experiment_counts_the_bytes_of_the_file_not_its_place(tmp_path):
    from neurosim import experiment

    text = "task = { name = 'copying', symbols = 2 }\nnetwork = { hidden = 3, bias = true, weights = 'a.npz' }\n" \
        "rule = { name = 'trace', learning_rate = 0.1 }\ntrain = { epochs = 1 }\n"
    digests = []
    for place, value in (("x", 1.0), ("y", 1.0), ("z", 2.0)):
        (tmp_path / place).mkdir()
        written(tmp_path / place / "a.npz", readout=np.full((1, 3), value))
        (tmp_path / place / "e.toml").write_text(text + "chip = { profile = 'ideal' }\n")
        found = experiment.load(tmp_path / place / "e.toml")
        assert found.network.weights == str(tmp_path / place / "a.npz")
        digests.append(experiment.digest(found))
    assert digests[0] == digests[1] != digests[2]
