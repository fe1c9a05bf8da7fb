"""Permuted sequential MNIST, from files of users."""
import zipfile

import numpy as np
import pytest
from pydantic import ValidationError
from synthetic_images import images, write_images

from neurosim.errors import InputError
from neurosim.experiment import digest, load, resolved
from neurosim.tasks import PsMNIST
from neurosim.tasks.answers import sequences
from neurosim.tasks.psmnist import read_images

SMALL = {"train_images": 20, "test_images": 10}
EXPERIMENT = """
[task]
name = "psmnist"
data = "sub/mine.npz"
pool = 4
[network]
hidden = 20
[chip]
profile = "ideal"
[rule]
name = "anp"
learning_rate = 1e-3
[train]
epochs = 2
"""


def refusal(path, batch=2, **settings):
    with pytest.raises(InputError) as refused:
        PsMNIST(data=path, **(SMALL | settings)).load(0, batch)
    text = str(refused.value)
    assert "\n" not in text and len(text) < 300
    return text


@pytest.mark.parametrize(("pool", "n_steps"), [(1, 784), (2, 196), (4, 49)])
def test_pixels_are_averaged_in_blocks_and_scaled(tmp_path, pool, n_steps):
    path = write_images(tmp_path / "mine.npz")
    data = PsMNIST(data=path, pool=pool, permuted=False, **SMALL).load(1, 5)
    assert data.train(0).inputs.shape == (4, n_steps, 5, 1) and data.test.inputs.shape == (2, n_steps, 5, 1)
    side = 28 // pool
    x, y = images()
    by_hand = {}
    for image, label in zip(x, y, strict=True):
        blocks = [[image[r * pool:(r + 1) * pool, c * pool:(c + 1) * pool].mean() / 255 for c in range(side)] for r in range(side)]
        by_hand[np.round(np.ravel(blocks), 9).tobytes()] = label
    shown, wanted = sequences(data.test)
    assert [by_hand[np.round(row, 9).tobytes()] for row in shown] == wanted.argmax(axis=1).tolist()
    assert (data.n_inputs, data.n_outputs, data.update) == (1, 10, "sequence")


def test_an_archive_as_keras_packs_it_is_joined(tmp_path):
    x, y = images()
    one = PsMNIST(data=write_images(tmp_path / "a.npz"), pool=4, **SMALL).load(3, 5)
    np.savez(tmp_path / "b.npz", x_train=x[:30], y_train=y[:30].astype(np.uint8), x_test=x[30:], y_test=y[30:].astype(np.uint8))
    two = PsMNIST(data=tmp_path / "b.npz", pool=4, **SMALL).load(3, 5)
    assert np.array_equal(one.train(1).inputs, two.train(1).inputs) and np.array_equal(one.test.targets, two.test.targets)
    np.savez(tmp_path / "c.npz", x_train=x[:30], y_train=y[:29], x_test=x[30:], y_test=y[30:])
    assert refusal(tmp_path / "c.npz") == "c.npz: y_train: has type int64 and shape (29,); must be whole numbers, (30,)"


def test_flat_images_and_other_whole_numbers_give_the_same(tmp_path):
    x, y = images()
    square = PsMNIST(data=write_images(tmp_path / "a.npz"), pool=4, **SMALL).load(3, 5)
    flat = write_images(tmp_path / "b.npz", x=x.reshape(40, 784), y=y.astype(np.uint8))
    other = PsMNIST(data=str(flat), pool=4, **SMALL).load(3, 5)
    np.testing.assert_array_equal(square.test.inputs, other.test.inputs)
    np.testing.assert_array_equal(square.train(2).targets, other.train(2).targets)


def test_the_order_of_pixels_is_fixed_and_the_split_is_drawn(tmp_path):
    path = write_images(tmp_path / "mine.npz")
    plain, shown = (PsMNIST(data=path, pool=4, permuted=p, **SMALL).load(1, 5).test.inputs for p in (False, True))
    assert (plain != shown).any()
    np.testing.assert_array_equal(np.sort(plain, axis=1), np.sort(shown, axis=1))
    assert (PsMNIST(data=path, pool=4, **SMALL).load(2, 5).test.inputs != shown).any()


def test_counts_of_images_are_kept_and_rounded_as_said(tmp_path):
    path = write_images(tmp_path / "mine.npz")
    data = PsMNIST(data=path, pool=4, train_images=21, test_images=9).load(0, 4)
    assert data.train(0).inputs.shape == (5, 49, 4, 1) and data.test.inputs.shape == (3, 49, 4, 1)
    tested, trained = (set(map(bytes, sequences(t)[0])) for t in (data.test, data.train(1)))
    assert not tested & trained
    assert data.about.startswith("mine.npz, 28 x 28 averaged over 4 x 4") and "21 images train and 12 test" in data.about


def test_missing_files_and_files_of_another_kind_are_refused_in_one_sentence(tmp_path):
    assert refusal(str(tmp_path / "no.npz")) == f"task.data = '{tmp_path}/no.npz'; no such file"
    assert refusal(tmp_path).endswith("not a file")
    (tmp_path / "text.npz").write_text("x,y\n1,2\n")
    assert refusal(tmp_path / "text.npz").startswith("text.npz: is not a complete .npz file")
    np.save(tmp_path / "one.npy", np.zeros(3))
    assert refusal(tmp_path / "one.npy").startswith("one.npy: is not a complete .npz file")
    np.savez(tmp_path / "half.npz", x=images()[0])
    assert refusal(tmp_path / "half.npz") == "half.npz: has no array y; needs x and y, has x"
    np.savez(tmp_path / "none.npz")
    assert refusal(tmp_path / "none.npz") == "none.npz: has no array x; needs x and y, has none that is read"


def test_a_truncated_or_damaged_archive_is_refused(tmp_path):
    path = write_images(tmp_path / "mine.npz")
    whole = path.read_bytes()
    path.write_bytes(whole[:len(whole) // 2])
    assert refusal(path).startswith("mine.npz: is not a complete .npz file")
    path.write_bytes(whole[:2000] + bytes([whole[2000] ^ 255]) + whole[2001:])
    assert refusal(path).startswith("mine.npz: is not a complete .npz file (BadZipFile: Bad CRC-32")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", b"no array")
        archive.writestr("y.npy", b"no array")
    assert refusal(path).startswith("mine.npz: is not a complete .npz file (")


@pytest.mark.parametrize("shape", ["(40, 28, 28", "(40, 28, True)", f"({10**30},)", "('a',)"])
def test_an_array_with_a_damaged_header_is_refused(tmp_path, shape):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".encode()
    with zipfile.ZipFile(tmp_path / "mine.npz", "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
        archive.writestr("y.npy", b"no array")
    assert refusal(tmp_path / "mine.npz").startswith(("mine.npz: is not a complete .npz file (", "mine.npz: x: has "))


def test_other_members_are_not_looked_at(tmp_path):
    path = write_images(tmp_path / "mine.npz")
    before = read_images(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a\nb\x1b.npy", bytes(100))
    assert all(np.array_equal(one, other) for one, other in zip(before, read_images(path)))


def test_pickled_objects_are_never_loaded(tmp_path):
    path = write_images(tmp_path / "mine.npz", y=np.array([{"a": 1}] * 40, dtype=object))
    assert refusal(path).startswith("mine.npz: y: has type object")


@pytest.mark.parametrize(("arrays", "sentence"), [
    ({"x": images()[0] / 255}, "x: has type float64 and shape (40, 28, 28); must be uint8, (n, 28, 28) or (n, 784)"),
    ({"x": images()[0][:, :27]}, "x: has type uint8 and shape (40, 27, 28); must be uint8, (n, 28, 28) or (n, 784)"),
    ({"x": images()[0][0, 0, 0]}, "x: has type uint8 and shape (); must be uint8, (n, 28, 28) or (n, 784)"),
    ({"y": images()[1][:39]}, "y: has type int64 and shape (39,); must be whole numbers, (40,)"),
    ({"y": images()[1][:, None]}, "y: has type int64 and shape (40, 1); must be whole numbers, (40,)"),
    ({"y": images()[1] / 1}, "y: has type float64 and shape (40,); must be whole numbers, (40,)"),
    ({"y": images()[1] + 1}, "y: runs from 1 to 10; must be from 0 to 9"),
    ({"y": images()[1] - 1}, "y: runs from -1 to 8; must be from 0 to 9"),
    ({"x": images()[0][:0], "y": images()[1][:0]}, "x: holds no images; must be 1 to 125000"),
], ids=str)
def test_arrays_of_another_type_shape_or_range_are_refused(tmp_path, arrays, sentence):
    assert refusal(write_images(tmp_path / "mine.npz", **arrays)) == f"mine.npz: {sentence}"


def test_arrays_that_are_too_large_are_refused_before_they_are_read(tmp_path, monkeypatch):
    path = write_images(tmp_path / "mine.npz")
    monkeypatch.setattr("neurosim.tasks.psmnist.MOST_IMAGES", 39)
    assert refusal(path) == "mine.npz: x: holds 40 images; must be 1 to 39"
    monkeypatch.setattr("neurosim.untrusted.MAX_BYTES", 1000)
    assert "at most 1000 are read" in refusal(path)


def test_too_few_images_or_steps_are_refused(tmp_path):
    path = write_images(tmp_path / "mine.npz")
    assert refusal(path, train_images=31) == (
        "task: has 40 images; 10 for the test in whole batches and 31 for the training with batch = 2 are more")
    assert refusal(path, batch=30).startswith("task: has 40 images; 30 for the test")
    assert refusal(path, pool=4, ask_steps=50) == "task.ask_steps = 50; an image has 49 steps"


def test_a_relative_path_starts_at_the_folder_of_the_experiment(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    write_images(tmp_path / "sub" / "mine.npz")
    write_images(tmp_path / "same.npz")
    write_images(tmp_path / "other.npz", x=255 - images()[0])
    file = tmp_path / "run.toml"
    file.write_text(EXPERIMENT)
    monkeypatch.chdir("/")
    experiment = load(file, ["task.train_images=20", "task.test_images=10"])
    assert experiment.task.data == str(tmp_path / "sub" / "mine.npz")
    assert experiment.train.batch == 20 and experiment.task.load(1, 5).test.inputs.shape == (2, 49, 5, 1)
    again = tmp_path / "sub" / "again.toml"
    again.write_text(resolved(experiment))
    assert load(again) == experiment
    same, other = (load(file, ["task.train_images=20", "task.test_images=10", f"task.data={name}.npz"]) for name in ("same", "other"))
    assert digest(same) == digest(experiment) != digest(other)


def test_the_file_must_be_named(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text(EXPERIMENT.replace('data = "sub/mine.npz"\n', ""))
    with pytest.raises(InputError, match=r"^run.toml: task.data: is missing"):
        load(file)


@pytest.mark.parametrize("settings", [
    {"pool": 3}, {"pool": "1"}, {"train_images": 0}, {"test_images": 0}, {"ask_steps": 785}, {"permuted": "yes"}, {"data": 3},
])
def test_settings_outside_their_range_are_refused(settings):
    with pytest.raises(ValidationError):
        PsMNIST(**({"data": "mine.npz"} | settings))
