"""What all tasks share."""
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from synthetic_images import write_images

from neurosim.errors import InputError
from neurosim.tasks import NARMA, TASKS, Adding, Copying, DelayedParity, Digits, MackeyGlass, NeuroBenchMackeyGlass, PsMNIST, Weather
from neurosim.tasks.task import Trials, check_size, error_scores, generator

SMALL = [
    MackeyGlass(steps=60, test_steps=40), MackeyGlass(kind="forecast", steps=60, test_steps=40),
    Copying(updates_per_epoch=3, test_sequences=9), Copying(kind="fixed"), Weather(), NARMA(steps=60, test_steps=40),
    NARMA(steps=60, test_steps=40, fresh=False), Digits(), Digits(ask_steps=3, permuted=False),
    PsMNIST(data="images.npz", pool=4, train_images=20, test_images=9), DelayedParity(updates_per_epoch=3, test_sequences=9, ask=2),
    Adding(updates_per_epoch=3, test_sequences=9), NeuroBenchMackeyGlass(train_lyapunov=1.0, test_lyapunov=1.0),
]
NEEDED = {  # settings that have no default
    "psmnist": {"data": "images.npz"}, "events": {"data": "spikes.csv", "lines": 3, "targets": "curves.csv", "columns": ["y"]}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the file that the image task reads."""
    path = tmp_path_factory.mktemp("tasks")
    write_images(path / "images.npz")
    return path


@pytest.fixture(autouse=True)
def _files_are_there(folder, monkeypatch):
    monkeypatch.chdir(folder)


@pytest.mark.parametrize("task", SMALL, ids=repr)
def test_arrays_have_the_shapes_and_types_of_the_interface(task):
    data = task.load(3, 4)
    for trials in (data.train(0), data.test):
        n_trials, n_steps = trials.active.shape
        assert trials.inputs.shape == (n_trials, n_steps, 4, data.n_inputs)
        assert trials.targets.shape == (n_trials, n_steps, 4, data.n_outputs)
        assert trials.starts.shape == (n_trials,) and trials.starts.dtype == bool
        for array in (trials.inputs, trials.targets, trials.active):
            assert array.dtype == np.float64 and array.flags.c_contiguous and np.isfinite(array).all()
    assert data.update in ("step", "sequence")
    assert data.train(0).starts.all()
    assert data.test.starts.all() != data.carries_state
    assert "\n" not in data.about


@pytest.mark.parametrize("task", SMALL, ids=repr)
def test_two_loads_with_one_seed_are_equal(task):
    one, two = task.load(5, 2), task.load(5, 2)
    for a, b in zip(one.train(2) + one.test, two.train(2) + two.test, strict=True):
        np.testing.assert_array_equal(a, b)
    assert one.predictors == two.predictors


@pytest.mark.parametrize("task", [t for t in SMALL if t.name != "weather"], ids=repr)
def test_another_seed_gives_other_trials(task):
    one, two = task.load(5, 2), task.load(6, 2)
    assert (one.train(0).targets != two.train(0).targets).any()
    assert (one.test.targets != two.test.targets).any()


@pytest.mark.parametrize("task", SMALL, ids=repr)
def test_loading_leaves_the_global_random_state_alone(task):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    task.load(1, 2).train(1)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("task", SMALL, ids=repr)
def test_perfect_outputs_score_zero_and_the_training_mean_scores_as_the_constant_predictor(task):
    data = task.load(5, 2)
    perfect = data.scores(data.test.targets)
    assert perfect["mse"] == perfect["nmse"] == 0.0
    train = data.train(0)
    mean = train.targets[train.active > 0.0].mean(axis=(0, 1))
    constant = data.scores(np.broadcast_to(mean, data.test.targets.shape))
    assert constant["mse"] == pytest.approx(data.predictors["constant"], rel=1e-12)


@pytest.mark.parametrize("task", SMALL, ids=repr)
@pytest.mark.parametrize(
    ("seed", "batch", "where"), [(-1, 1, "seed"), (2**64, 1, "seed"), (0, 0, "batch"), (0, -3, "batch")])
def test_impossible_seed_or_batch_is_refused(task, seed, batch, where):
    with pytest.raises(InputError, match="must be at least") as refused:
        task.load(seed, batch)
    assert refused.value.where == where


@pytest.mark.parametrize("task", SMALL, ids=repr)
def test_batch_that_cannot_be_held_or_filled_is_refused(task):
    with pytest.raises(InputError):
        task.load(0, 10**9)


@pytest.mark.parametrize("name", TASKS)
def test_unknown_keys_wrong_types_and_changes_are_refused(name):
    needed = NEEDED.get(name, {})
    task = TASKS[name](**needed)
    assert task.name == name and task.default_batch >= 1
    with pytest.raises(ValidationError):
        TASKS[name](surprise=1, **needed)
    with pytest.raises(ValidationError):
        TASKS[name](name="another", **needed)
    with pytest.raises(ValidationError):
        task.name = name


@pytest.mark.parametrize("name", TASKS)
def test_settings_survive_a_round_trip(name):
    task = TASKS[name](**NEEDED.get(name, {}))
    assert TASKS[name].model_validate(task.model_dump()) == task


def test_scores_count_active_steps_only():
    targets = np.arange(12.0).reshape(1, 3, 2, 2)
    active = np.array([[0.0, 1.0, 1.0]])
    test = Trials(targets, targets, active, np.array([True]))
    outputs = targets.copy()
    outputs[0, 0] = 1e6
    assert error_scores(test, outputs)["mse"] == 0.0
    outputs[0, 1, 0, 0] += 2.0
    scores = error_scores(test, outputs)
    assert scores["mse"] == pytest.approx(4.0 / 8.0)
    assert scores["nmse"] == pytest.approx(0.5 / 5.0)  # each output takes the values a, a+2, a+4, a+6: variance 5


def test_scores_refuse_outputs_of_another_shape():
    data = Copying(updates_per_epoch=1, test_sequences=2).load(0, 2)
    with pytest.raises(InputError, match="shape"):
        data.scores(data.test.targets[:, :-1])


def test_blocks_of_a_stream_and_streams_of_a_seed_differ():
    keys = (1, 2, 0), (1, 2, 1), (1, 3, 0), (2, 1, 0), (2**64 - 1, 2, 0)
    assert len({tuple(generator(*key).random(4)) for key in keys}) == len(keys)
    np.testing.assert_array_equal(generator(1, 2, 3).random(4), generator(1, 2, 3).random(4))


def test_size_limit_names_the_extents():
    with pytest.raises(InputError, match="steps x batch = 100000 x 100000 is 10000000000 numbers"):
        check_size("steps x batch", 100_000, 100_000)


def test_import_loads_neither_numba_nor_brian2():
    code = "import sys, neurosim.tasks; print([m for m in ('numba', 'brian2', 'pandas', 'sklearn') if m in sys.modules])"
    root = Path(__file__).parents[2]
    printed = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == "[]"


def test_a_relative_error_of_targets_that_never_change_is_not_a_number():
    still = Trials(np.zeros((1, 3, 2, 1)), np.ones((1, 3, 2, 1)), np.ones((1, 3)), np.ones(1, bool))
    scores = error_scores(still, np.full((1, 3, 2, 1), 0.5))
    assert scores["mse"] == 0.25 and np.isnan(scores["nmse"])
