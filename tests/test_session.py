"""A run from beginning to end: what stays when it ends well, and what stays when it does not."""
from __future__ import annotations

import csv
import json
import os
import tomllib

import pytest
from stub_run import GOOD, measure, pretend

from neurosim import checkpoint, experiment, health, run_record, session, trainer, yardsticks
from neurosim.errors import DivergenceError, IdleError, InputError, MappingError, NeurosimError
from neurosim.network import Network, draw_weights
from neurosim.report import chip_figure, plots
from neurosim.writing import put_folder

FILES = ["chip.png", "curves.csv", "curves.png", "experiment.toml", "ledger.json", "mapping.json", "run.json", "seed-1", "seed-4"]


def performer(folder, patch):
    """What runs `GOOD`, with overrides, in the folder "out"."""
    file = folder / "small.toml"
    file.write_text(GOOD)
    patch.setattr(trainer, "train", pretend())
    patch.setattr(yardsticks, "measure", measure)

    def run(*overrides, folder=folder / "out", **options):
        return session.perform(experiment.load(file, overrides), folder, "small.toml", "neurosim run small.toml", **options)

    return run


@pytest.fixture
def perform(tmp_path, monkeypatch):
    return performer(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder of `GOOD` as it is, its record, and what a watcher heard; to be looked at only."""
    place, heard = tmp_path_factory.mktemp("done"), []
    with pytest.MonkeyPatch.context() as patch:
        record = performer(place, patch)(watch=lambda phase, state: heard.append((phase, state and state.step)))
    return place / "out", record, heard


def test_a_run_leaves_every_file(done):
    assert sorted(os.listdir(done[0])) == FILES
    assert sorted(os.listdir(done[0] / "seed-1")) == ["checkpoint.h5", "weights.h5"]


def test_the_ledger_counts_by_array_and_tile_and_the_record_sums_pulses(done, perform, tmp_path, monkeypatch):
    monkeypatch.setattr(health, "idle", lambda *run: health.Verdict([], []))
    record = perform("chip.profile=idealized")
    arrays = json.loads((tmp_path / "out" / "ledger.json").read_text())["arrays"]
    assert set(arrays) == {"1", "4"} and arrays["1"]["recurrent"]["row_activations"] == 30 * 2 * 6
    assert [tile["post"] for tile in arrays["1"]["recurrent"]["tiles"]] == [[0, 6]]
    assert record["wear"]["4"]["pulses_up"] == 0 and "wear" not in done[1]


def test_the_figure_of_the_chip_is_of_the_first_seed(perform, monkeypatch):
    """The pretended training moves the weights of neuron 0 to 3."""
    seen = []
    monkeypatch.setattr(chip_figure, "save_chip", lambda *given: seen.append(given))
    perform("network.connectivity=sparse", "network.density=0.5")
    (path, title, profile, mapping, cost, before, after, exists), = seen
    drawn = draw_weights(Network(inputs=1, hidden=6, outputs=1, connectivity="sparse", density=0.5), 1)
    assert path.name == "chip.png" and title.startswith("Ideal weights, seed 1: ") and profile.chip.id == "ideal"
    assert mapping["projections"]["recurrent"]["post"] == 6 and cost["learning"]["unavailable"]
    assert (before == drawn.recurrent.astype("float32")).all() and (exists == drawn.mask).all()
    assert (after == 3 * exists).all()


def test_the_neurobench_metrics_of_every_seed_are_kept(done):
    """40 steps of 10 samples; the pretended hidden neurons are silent, so that only the input weights are effective."""
    found = done[1]["neurobench"]
    assert set(found) == {"1", "4"} and found["1"]["executions"] == 400 and found["4"]["activation_sparsity"] == 1
    assert found["1"]["synaptic_operations"]["dense"] == 6 + 36 + 6 and found["1"]["synaptic_operations"]["effective_macs"] == 6


def test_run_json_is_what_is_returned(done):
    folder, record, _ = done
    assert json.loads((folder / "run.json").read_text()) == json.loads(json.dumps(record))
    assert record["status"] == "complete" and "message" not in record


def test_scores_have_mean_and_spread_over_seeds(done):
    scores = done[1]["scores"]["test_mse"]
    assert scores["seeds"] == {"1": pytest.approx(0.4 / 3), "4": pytest.approx(0.1 / 3)}
    assert scores["mean"] == pytest.approx(0.25 / 3) and scores["sd"] == pytest.approx(0.3 / 3 / 2**0.5)


def test_yardsticks_and_predictors_stand_beside_the_result(done):
    record = done[1]
    assert record["yardsticks"]["frozen recurrence, same readout rule"]["mean"] == pytest.approx(0.05)
    assert record["yardsticks"]["true BPTT"]["mean"] is None
    assert "persistence" in record["predictors"] and "true BPTT diverged" in record["verdict"]


def test_yardsticks_can_be_left_out(perform):
    assert perform("train.yardsticks=false")["yardsticks"] == {}


def test_provenance_names_what_the_result_depends_on(done):
    folder, record, _ = done
    origin, wanted = record["provenance"], experiment.load(folder.parent / "small.toml")
    assert origin["experiment_digest"] == experiment.digest(wanted) and origin["seeds"] == [1, 4]
    assert origin["command"] == "neurosim run small.toml" and origin["wall_s"] >= 0
    for key in ("neurosim", "numpy", "numba", "python", "platform", "cpu", "git_commit", "profile", "profile_digest"):
        assert key in origin


def test_the_resolved_experiment_gives_the_same_run(perform, tmp_path):
    perform("rule.sigma=2e-3")
    again = experiment.load(tmp_path / "out" / "experiment.toml")
    assert again == experiment.load(tmp_path / "small.toml", ["rule.sigma=2e-3"])
    assert tomllib.loads((tmp_path / "out" / "experiment.toml").read_text())["task"]["kind"] == "recall"


def test_curves_have_a_row_per_seed_and_epoch(done):
    with open(done[0] / "curves.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["seed"], row["epoch"]) for row in rows] == [(seed, str(epoch)) for seed in "14" for epoch in range(4)]
    assert rows[0]["train_loss"] == "" and float(rows[3]["test_mse"]) == 0.4 / 3


def test_only_run_json_differs_between_two_runs(done, perform, tmp_path):
    perform()
    files = [path.relative_to(done[0]) for path in done[0].rglob("*") if path.is_file()]
    assert len(files) == 11
    for file in files:
        assert (done[0] / file).read_bytes() == (tmp_path / "out" / file).read_bytes() or file.name == "run.json", file


def test_the_checkpoint_holds_the_trained_state(done):
    arrays, facts = checkpoint.load(done[0] / "seed-4" / "checkpoint.h5")
    assert arrays["recurrent/conductance"].ravel()[0] == 3 or arrays["recurrent/conductance"][0].max() == 3
    assert (facts["seed"], facts["epoch"], facts["step"]) == (4, 3, 30)
    assert facts["experiment"] == experiment.digest(experiment.load(done[0].parent / "small.toml"))


def test_the_weights_are_kept_as_matrices(done):
    arrays, _ = checkpoint.load(done[0] / "seed-1" / "weights.h5")
    assert arrays["recurrent"].shape == (6, 6) and arrays["inputs"].shape == (6, 1) and arrays["readout"].shape == (1, 6)


def test_the_watcher_hears_of_training_and_yardsticks(done):
    heard = done[2]
    assert ("seed 1, 1 of 2", 30) in heard and ("seed 4, 2 of 2: pretended", None) in heard


# what is refused leaves nothing

@pytest.mark.parametrize(("override", "error", "text"), [
    ("chip.profile=idea", InputError, "small.toml: chip.profile = \"idea\"; must be one of"),
    ("chip.profile=none.toml", InputError, "none.toml: no such file"),
    ("network.hidden=60000", InputError, "small.toml: network.hidden = 60000; makes a checkpoint of 14400000000 bytes"),
    ("train.batch=1000000", InputError, "small.toml: task"),
])
def test_wrong_input_leaves_no_folder(perform, tmp_path, override, error, text):
    with pytest.raises(error) as caught:
        perform(override)
    assert text in str(caught.value) and os.listdir(tmp_path) == ["small.toml"]


def test_a_network_over_the_capacity_of_the_chip_leaves_no_folder(perform, tmp_path):
    with pytest.raises(MappingError, match="^small.toml: network.hidden = 60000; needs .* fixed8.toml has"):
        perform("chip.profile=fixed8", "network.hidden=60000")
    assert os.listdir(tmp_path) == ["small.toml"]


def test_an_existing_folder_is_refused_before_any_work(perform, tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    monkeypatch.setattr(session, "prepare", None)
    with pytest.raises(InputError, match="out: already exists"):
        perform()
    assert not os.listdir(tmp_path / "out")


def test_the_folder_of_a_run_is_never_an_empty_one_that_others_would_take(perform, tmp_path, monkeypatch):
    train, seen = pretend(), []

    def look(*arguments, **named):
        seen.append(os.listdir(tmp_path / "out"))
        with pytest.raises(InputError, match="already exists"):
            put_folder(tmp_path / "out", {"manifest.json": "{}"})
        return train(*arguments, **named)
    monkeypatch.setattr(trainer, "train", look)
    perform("train.seeds=[1]")
    assert [sorted(names) for names in seen] == [["experiment.toml", "standing"]]


# what goes wrong on the way

@pytest.mark.parametrize("stop", [RuntimeError("broken"), KeyboardInterrupt(), MemoryError()])
def test_a_failure_before_the_first_epoch_ends_leaves_nothing(perform, tmp_path, monkeypatch, stop):
    monkeypatch.setattr(trainer, "train", pretend(stop, at=(1, 1)))
    with pytest.raises(type(stop)):
        perform(folder=tmp_path / "deep" / "out")
    assert os.listdir(tmp_path) == ["small.toml"]


def test_divergence_keeps_the_last_good_state_and_says_where(perform, tmp_path, monkeypatch):
    monkeypatch.setattr(trainer, "train", pretend("diverge", at=(4, 3)))
    with pytest.raises(DivergenceError) as caught:
        perform()
    kept = tmp_path / "out" / "seed-4" / "checkpoint.h5"
    assert str(caught.value) == (
        f"diverged at step 25: training loss is not finite; last good state: end of epoch 2, kept in {kept}")
    assert caught.value.exit_code == 1
    arrays, facts = checkpoint.load(kept)
    assert (facts["epoch"], facts["step"]) == (2, 20) and 2 in arrays["recurrent/conductance"]
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["status"] == "diverged" and record["message"] == str(caught.value)
    assert "nan" not in (tmp_path / "out" / "curves.csv").read_text()


def test_divergence_in_the_first_epoch_keeps_the_initial_state(perform, tmp_path, monkeypatch):
    monkeypatch.setattr(trainer, "train", pretend("diverge", at=(1, 1)))
    with pytest.raises(DivergenceError):
        perform()
    _, facts = checkpoint.load(tmp_path / "out" / "seed-1" / "checkpoint.h5")
    assert (facts["epoch"], facts["step"]) == (0, 0)
    assert not (tmp_path / "out" / "curves.png").exists() and not (tmp_path / "out" / "chip.png").exists()


def test_an_interrupt_keeps_the_end_of_the_last_epoch_and_says_where(perform, tmp_path, monkeypatch):
    monkeypatch.setattr(trainer, "train", pretend(KeyboardInterrupt(), at=(1, 3)))
    with pytest.raises(KeyboardInterrupt, match="what was reached is in .*out"):
        perform()
    _, facts = checkpoint.load(tmp_path / "out" / "seed-1" / "checkpoint.h5")
    assert (facts["epoch"], facts["step"]) == (2, 20)
    assert json.loads((tmp_path / "out" / "run.json").read_text())["status"] == "interrupted"


def test_an_interrupt_among_the_yardsticks_keeps_the_trained_result(perform, tmp_path, monkeypatch):
    def interrupted(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(yardsticks, "measure", interrupted)
    with pytest.raises(KeyboardInterrupt):
        perform()
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["status"] == "interrupted" and record["scores"]["test_mse"]["seeds"] == {"1": 0.4 / 3}
    assert checkpoint.load(tmp_path / "out" / "seed-1" / "checkpoint.h5")[1]["epoch"] == 3


def test_any_other_failure_after_an_epoch_keeps_what_was_reached(perform, tmp_path, monkeypatch):
    monkeypatch.setattr(trainer, "train", pretend(RuntimeError("broken"), at=(4, 2)))
    with pytest.raises(RuntimeError, match="^broken$"):
        perform()
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (record["status"], record["message"]) == ("failed", "broken")
    assert sorted(os.listdir(tmp_path / "out")) == [*FILES, "standing"]  # it can be gone on with


@pytest.mark.parametrize("module, name", [(plots, "save_figure"), (chip_figure, "save_chip")])
def test_a_figure_that_cannot_be_written_does_not_keep_the_record_from_being_there(perform, tmp_path, monkeypatch, module, name):
    def full(path, *arguments):
        raise NeurosimError(f"{path}: cannot be written (No space left on device)")
    monkeypatch.setattr(module, name, full)
    with pytest.raises(NeurosimError, match="png: cannot be written"):
        perform()
    assert json.loads((tmp_path / "out" / "run.json").read_text())["status"] == "complete"


def test_what_stopped_a_run_is_said_even_if_its_record_cannot_be_written(perform, monkeypatch):
    def full(path, *arguments):
        raise NeurosimError(f"{path}: cannot be written (No space left on device)")
    monkeypatch.setattr(trainer, "train", pretend("diverge", at=(4, 2)))
    monkeypatch.setattr(run_record, "write_text", full)
    with pytest.raises(DivergenceError):
        perform()


# what did nothing

def test_a_run_in_which_nothing_happened_is_an_error_and_its_folder_is_complete(perform, tmp_path, monkeypatch):
    def idle(case, chip, before, run):
        moved = before["recurrent/conductance"].max() < 3 == chip.state()["recurrent/conductance"].max()  # copies of before the training
        return health.Verdict(["weights sleep"] if moved and case.seed == 4 else [], ["noise sleeps"])

    monkeypatch.setattr(health, "idle", idle)
    with pytest.raises(IdleError, match="^nothing happened: seed 4: weights sleep \\(results in .*out\\)$") as caught:
        perform()
    assert caught.value.exit_code == 1 and sorted(os.listdir(tmp_path / "out")) == FILES
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["status"] == "nothing happened" and record["message"] == "seed 4: weights sleep"
    assert record["warnings"] == ["noise sleeps"] and set(record["scores"]["test_mse"]["seeds"]) == {"1", "4"}


def test_a_training_that_leaves_the_weights_alone_is_one_in_which_nothing_happened(perform, monkeypatch):
    pretended = pretend()

    def train(chip, *given, **options):
        kept = {name: array.copy() for name, array in chip.state().items()}
        run = pretended(chip, *given, **options)
        chip.restore(kept)
        return run

    monkeypatch.setattr(trainer, "train", train)
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    with pytest.raises(IdleError, match="the recurrent weights did not move at all: every change was lost in the rounding of float32"):
        perform("train.seeds=[1]", "task.steps=60")
