"""Digits, shipped, and how the file is made."""
import gzip
import hashlib

import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.errors import InputError
from neurosim.tasks import Digits
from neurosim.tasks.answers import sequences
from neurosim.tasks.data.prepare_digits import prepare
from neurosim.tasks.digits import COLUMNS, DIGITS_PATH, read_digits
from neurosim.tasks.predictors import fit_linear
from neurosim.tasks.task import generator


@pytest.fixture(scope="module")
def shipped():
    return read_digits()


@pytest.fixture(scope="module")
def data():
    return Digits().load(42, 20)


def rows(pixels):
    """Images as things that can be counted."""
    return [row.tobytes() for row in np.asarray(pixels)]


def test_shipped_file_is_the_one_that_its_readme_describes():
    content = gzip.decompress(DIGITS_PATH.read_bytes())
    assert hashlib.sha256(content).hexdigest() in (DIGITS_PATH.parent / "README.md").read_text()
    assert content.decode().splitlines()[0] == ",".join(COLUMNS)


def test_shipped_images_are_the_test_set_of_optdigits(shipped):
    assert shipped.pixels.shape == (1797, 64) and shipped.labels.shape == (1797,)
    assert np.bincount(shipped.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # UCI, optdigits.names
    assert set(np.unique(shipped.pixels * 16)) == set(range(17))
    first = shipped.pixels[0].reshape(8, 8) * 16  # a zero: ink around an empty middle
    assert shipped.labels[0] == 0 and first[4, 1:7].tolist() == [5, 8, 0, 0, 9, 8]


def test_the_file_is_its_source_under_a_header(tmp_path):
    row = ",".join(["0"] * 63 + ["16", "7"])
    source = tmp_path / "source.csv.gz"
    source.write_bytes(gzip.compress(f"{row}\n{row}\n".encode()))
    assert prepare(source).splitlines() == [",".join(COLUMNS), row, row]
    source.write_bytes(gzip.compress(row.replace("16", "17").encode()))
    with pytest.raises(ValueError, match="row 0"):
        prepare(source)


def test_default_split_trains_on_1437_images_and_tests_on_360(data):
    assert data.train(0).inputs.shape == (71, 64, 20, 1) and data.test.inputs.shape == (18, 64, 20, 1)
    assert (data.n_inputs, data.n_outputs, data.update, data.carries_state) == (1, 10, "sequence", False)
    assert data.test.starts.all() and "CC BY 4.0" in data.about and "1437 images train and 360 test" in data.about


def test_every_image_is_used_once_and_none_for_both_parts(shipped):
    # batch 3 divides 1437 and 360, so an epoch holds every training image
    data = Digits(permuted=False).load(1, 3)
    tested, trained = sequences(data.test), sequences(data.train(4))
    assert len(tested[0]) + len(trained[0]) == 1797
    assert sorted(rows(tested[0]) + rows(trained[0])) == sorted(rows(shipped.pixels))


def test_labels_stay_with_their_images(shipped):
    label = dict(zip(rows(shipped.pixels), shipped.labels.tolist(), strict=True))
    data = Digits(permuted=False).load(5, 20)
    for trials in (data.train(0), data.train(2), data.test):
        shown, wanted = sequences(trials)
        assert set(np.unique(wanted)) == {0.0, 1.0} and (wanted.sum(axis=1) == 1.0).all()
        assert [label[row] for row in rows(shown)] == wanted.argmax(axis=1).tolist()


def test_pixels_are_permuted_alike_for_every_image_and_seed(data):
    for seed, permuted in ((42, data), (7, Digits().load(7, 20))):
        plain = Digits(permuted=False).load(seed, 20)
        order = [np.flatnonzero((plain.test.inputs == permuted.test.inputs[:, [t]]).all(axis=(0, 2, 3)))
                 for t in range(64)]
        assert all(len(found) >= 1 for found in order)
        unique = [int(found[0]) for found in order if len(found) == 1]
        assert len(unique) > 50 and unique != sorted(unique)
        np.testing.assert_array_equal(np.sort(permuted.test.inputs, axis=1), np.sort(plain.test.inputs, axis=1))
        if seed == 42:
            first = order
        else:
            assert all(set(a) & set(b) for a, b in zip(first, order, strict=True))


def test_epochs_shuffle_and_depend_on_their_number_alone(data):
    again = Digits().load(42, 20)
    np.testing.assert_array_equal(again.train(3).inputs, data.train(3).inputs)
    assert (data.train(0).inputs != data.train(1).inputs).any()
    left_out = [set(rows(sequences(Digits().load(42, 1).train(0))[0])) - set(rows(sequences(data.train(k))[0])) for k in (0, 1)]
    assert len(left_out[0]) == len(left_out[1]) == 17 and left_out[0] != left_out[1]


@pytest.mark.parametrize("ask_steps", [1, 5, 64])
def test_only_the_last_steps_count(ask_steps):
    data = Digits(ask_steps=ask_steps).load(0, 20)
    asked = [0.0] * (64 - ask_steps) + [1.0] * ask_steps
    np.testing.assert_array_equal(data.test.active, np.tile(asked, (18, 1)))
    assert (data.test.targets.sum(axis=-1) == data.test.active[:, :, None]).all()
    outputs = data.test.targets.copy()
    outputs[:, :64 - ask_steps] = 1e9
    assert data.scores(outputs)["mse"] == 0.0 and data.scores(outputs)["accuracy"] == 1.0


def test_accuracy_is_of_the_mean_over_the_steps_that_count():
    data = Digits(ask_steps=4).load(0, 20)
    outputs = data.test.targets.copy()
    outputs[:, -1] = 2.5 * np.roll(outputs[:, -1], 1, axis=-1)  # three steps are right, one is louder and wrong
    assert data.scores(outputs)["accuracy"] == 1.0
    outputs[:9, -1] *= 2.0
    assert data.scores(outputs)["accuracy"] == 0.5


def test_guessing_is_right_by_chance(data):
    guesses = generator(1, 2).normal(size=data.test.targets.shape)
    assert abs(data.scores(guesses)["accuracy"] - 0.1) < 5 * np.sqrt(0.09 / 360)


def test_linear_predictor_is_the_least_squares_map_of_all_pixels(data):
    assert list(data.predictors) == ["constant", "linear (all pixels)"]
    (shown, wanted), (judged, right) = sequences(data.train(0)), sequences(data.test)
    padded = np.column_stack([judged, np.ones(len(judged))])
    said = padded @ np.linalg.lstsq(np.column_stack([shown, np.ones(len(shown))]), wanted, rcond=None)[0]
    assert data.predictors["linear (all pixels)"] == pytest.approx(np.mean((said - right) ** 2), rel=1e-9)
    assert 0.9 < np.mean(said.argmax(axis=1) == right.argmax(axis=1)) < 0.97
    assert data.predictors["constant"] == pytest.approx(0.09, rel=0.01)
    np.testing.assert_allclose(padded @ fit_linear([(shown, wanted)]), said, atol=1e-9)


def test_the_test_is_rounded_up_to_whole_batches_and_training_takes_the_rest():
    data = Digits(test_images=100).load(0, 32)
    assert data.test.inputs.shape == (4, 64, 32, 1) and data.train(0).inputs.shape == (52, 64, 32, 1)
    assert "1669 images train and 128 test" in data.about


@pytest.mark.parametrize(("task", "batch"), [(Digits(test_images=1790), 20), (Digits(test_images=900), 900), (Digits(), 1700)])
def test_too_few_images_for_the_batch_are_refused(task, batch):
    with pytest.raises(InputError, match=f"has 1797 images; .* batch = {batch} are more"):
        task.load(0, batch)


@pytest.mark.parametrize("settings", [
    {"ask_steps": 0}, {"ask_steps": 65}, {"permuted": 1}, {"test_images": 0}, {"test_images": 1797}, {"data": "x"},
])
def test_settings_outside_their_range_are_refused(settings):
    with pytest.raises(ValidationError):
        Digits(**settings)
