"""Training on the chip: rows, bytes, blocks, tests that change nothing, and the last good state."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim import epochs, reference, trainer
from neurosim import trials as shown
from neurosim.chip import compile_chip
from neurosim.errors import DivergenceError, InputError
from neurosim.network import Network
from neurosim.neurons.settings import Membrane
from neurosim.rules import ANP, WP, Decorrelation, Readout
from neurosim.rules.rule import OBSERVER, with_frozen_recurrence
from neurosim.tasks import MackeyGlass
from neurosim.tasks.task import Dataset, Trials
from neurosim.trainer import train
from neurosim.trials import Arrays, Regime, kernel_seed
from neurosim.updaters.gathering import Gathering
from neurosim.updaters.optimizer import Optimizer
from neurosim.wiring import wire
from neurosim.yardsticks import ideal_weights

STEPS, BATCH = 9, 2
RULE = ANP(learning_rate=0.05, sigma=0.01)
STILL = ANP(learning_rate=1e-30, sigma=0.01)  # perturbs, and learns nothing that float64 could hold


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Tiny networks run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def trials(n_trials=1, steps=STEPS, batch=BATCH, seed=1, starts=True, active=None, n_in=1, n_out=1):
    rng = np.random.Generator(np.random.Philox(key=np.array([seed, 3], np.uint64)))
    x, y = (0.5 * rng.standard_normal((n_trials, steps, batch, n)) for n in (n_in, n_out))
    active = np.ones((n_trials, steps)) if active is None else np.asarray(active, float)
    return Trials(x, y, active, np.full(n_trials, starts))


def task(training=None, test=None, update="step", carries_state=False, scores=None):
    """A dataset of random numbers; `training` is trials or a function of the epoch."""
    training = trials() if training is None else training
    test = trials(seed=2, starts=not carries_state) if test is None else test

    def judge(outputs):
        return {"mse": float(np.mean(np.square(outputs - test.targets)[test.active > 0])), "largest": float(np.abs(outputs).max())}

    return Dataset(
        test.inputs.shape[3], test.targets.shape[3], update, training if callable(training) else lambda epoch: training, test,
        carries_state, {}, scores or judge, "random numbers")


def chip_of(profile="ideal", seed=1, precision="float32", **settings):
    return compile_chip(profile, Network(**{"inputs": 1, "hidden": 3, "outputs": 1, **settings}), seed, precision)


def state_of(chip):
    """Bytes of everything that learning changes."""
    return {name: array.tobytes() for name, array in chip.state().items()}


def trained(profile="ideal", dataset=None, rule=RULE, epochs=1, chip=None, **options):
    chip = chip_of(profile) if chip is None else chip
    run = train(chip, task() if dataset is None else dataset, rule, epochs=epochs, **options)
    return state_of(run.chip), run.outputs.tobytes(), run


# ---- rows and scores ----------------------------------------------------------------------------------------------------------
def test_there_is_one_row_per_epoch_and_one_before_any_training():
    _, _, run = trained(epochs=3)
    assert [row["epoch"] for row in run.curves] == [0, 1, 2, 3]
    assert all(list(row) == ["epoch", "forward_passes", "train_loss", "test_mse", "largest"] for row in run.curves)
    assert np.isnan(run.curves[0]["train_loss"]) and all(np.isfinite(row["train_loss"]) for row in run.curves[1:])


@pytest.mark.parametrize(("rule", "passes"), [(RULE, 2), (Readout(learning_rate=0.1), 1)], ids=["anp", "readout"])
def test_forward_passes_count_every_pass_of_every_sample_of_every_step(rule, passes):
    run = trained(epochs=2, rule=rule)[2]
    assert [row["forward_passes"] for row in run.curves] == [0, passes * BATCH * STEPS, 2 * passes * BATCH * STEPS]
    assert run.step == 2 * STEPS


def test_scores_are_those_of_the_last_epoch_and_of_the_outputs():
    data = task()
    run = trained(dataset=data, epochs=2)[2]
    judged = data.scores(run.outputs)
    assert run.scores == {"test_mse": judged["mse"], "largest": judged["largest"]}
    assert {key: run.curves[-1][key] for key in run.scores} == run.scores
    assert run.outputs.dtype == np.float64 and run.outputs.shape == run.targets.shape and run.targets is data.test.targets


def test_epoch_0_is_the_untrained_chip():
    data, chip = task(test=trials(3, seed=2)), chip_of(precision="float64")
    outputs, _ = reference.respond(ideal_weights(chip.network, 1), data.test)
    run = train(chip, data, RULE, epochs=0)
    np.testing.assert_allclose(run.outputs, outputs, rtol=1e-12)
    assert len(run.curves) == 1 and run.curves[0]["forward_passes"] == run.step == 0
    assert run.scores == {"test_mse": pytest.approx(data.scores(outputs)["mse"]), "largest": pytest.approx(np.abs(outputs).max())}


def test_the_test_shows_the_trained_weights():
    data, chip = task(), chip_of(precision="float64")
    run = train(chip, data, RULE, epochs=2)
    weights = reference.Weights(*(chip.weights()[name] for name in ("inputs", "recurrent", "readout")), np.eye(1), np.eye(3), 1.0)
    np.testing.assert_allclose(run.outputs, reference.respond(weights, data.test)[0], rtol=1e-12)
    assert run.curves[-1]["test_mse"] != run.curves[0]["test_mse"]


@pytest.mark.parametrize("n_trials", [1, 3])
def test_the_training_loss_is_the_mean_over_the_steps_that_count_of_the_clean_pass(n_trials):
    active = np.arange(n_trials * STEPS).reshape(n_trials, STEPS) % 3 != 1
    data, chip = task(trials(n_trials, active=active)), chip_of(precision="float64")
    outputs, _ = reference.respond(ideal_weights(chip.network, 1), data.train(0))
    run = train(chip, data, STILL, epochs=1)
    assert run.curves[1]["train_loss"] == pytest.approx(np.mean(np.square(outputs - data.train(0).targets)[active]), rel=1e-12)


@pytest.mark.parametrize("carries_state", [True, False])
def test_the_test_goes_on_from_the_clean_state_of_the_training_or_from_rest(carries_state):
    data, chip = task(carries_state=carries_state), chip_of(precision="float64")
    weights = ideal_weights(chip.network, 1)
    state = reference.forward(weights, data.train(0).inputs[0]).state if carries_state else None
    run = train(chip, data, STILL, epochs=2)
    np.testing.assert_allclose(run.outputs, reference.respond(weights, data.test, state)[0], rtol=1e-12)
    at_rest = np.mean(np.square(reference.respond(weights, data.test)[0] - data.test.targets))
    assert run.curves[0]["test_mse"] == pytest.approx(at_rest, rel=1e-12)
    assert (run.curves[1]["test_mse"] == pytest.approx(at_rest, rel=1e-9)) == (not carries_state)


def test_fresh_data_are_asked_for_epoch_by_epoch():
    asked = []

    def fresh(epoch):
        asked.append(epoch)
        return trials(seed=10 + epoch)

    trained(dataset=task(fresh), epochs=3)
    assert asked == [0, 1, 2]


def test_a_task_is_loaded_with_the_seed_and_its_own_batch():
    small = MackeyGlass(steps=16, test_steps=16)
    first = trained(dataset=small, seed=4)
    assert first[2].counts["samples"] == 10 == small.default_batch
    assert trained(dataset=small.load(4, 10), seed=4)[:2] == first[:2]


# ---- watching -----------------------------------------------------------------------------------------------------------------
def test_progress_is_told_after_every_block_and_rows_after_every_epoch():
    seen, rows = [], []
    run = trained(epochs=2, progress=seen.append, on_epoch=rows.append)[2]
    assert [state.step for state in seen] == list(range(1, 2 * STEPS + 1))
    assert {(state.epochs, state.steps) for state in seen} == {(2, 2 * STEPS)} and [state.epoch for state in seen] == [1] * 9 + [2] * 9
    assert rows == run.curves and all(a.seconds <= b.seconds for a, b in zip(seen[:-1], seen[1:], strict=True))
    assert np.mean([state.loss for state in seen[:STEPS]]) == pytest.approx(run.curves[1]["train_loss"])


def test_the_chip_is_in_a_consistent_state_when_an_epoch_is_told():
    chip, states = chip_of(), []
    train(chip, task(), RULE, epochs=2, on_epoch=lambda row: states.append(state_of(chip)))
    assert states[0] == state_of(chip_of()) and states[-1] == state_of(chip)
    assert state_of(train(chip_of(), task(), RULE, epochs=1).chip) == states[1]


# ---- bytes --------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("profile", ["ideal", "reram-sb", "reram-es", "fixed8"])
def test_the_same_command_gives_the_same_bytes(profile):
    first, again = trained(profile), trained(profile)
    assert first[:2] == again[:2] and first[0] != state_of(chip_of(profile))


@pytest.mark.parametrize(("profile", "n_trials", "update"), [
    *(("ideal", n_trials, update) for n_trials in (1, 3) for update in ("step", "sequence")), ("reram-sb", 1, "step"),
    ("reram-sb", 3, "sequence"), *(pytest.param("reram-sb", *case, marks=pytest.mark.slow) for case in ((1, "sequence"), (3, "step")))])
def test_blocks_change_no_byte(monkeypatch, update, n_trials, profile):
    data, results = task(trials(n_trials, steps=8 if n_trials == 1 else 3), trials(steps=3, seed=2), update), []
    for blocks in (1, 3, 7):
        monkeypatch.setattr(trainer, "BLOCKS", blocks)
        results.append(trained(profile, data)[:2])
    assert results[0] == results[1] == results[2]


def test_the_seed_of_a_run_is_that_of_its_noise_and_not_of_the_chip():
    first, again, other = (trained("fixed8", seed=seed) for seed in (5, 5, 6))  # rounds at random
    assert first[:2] == again[:2]
    assert first[0] != other[0] and first[1] != other[1]
    assert trained("fixed8", seed=1)[:2] == trained("fixed8")[:2]  # the chip's own


def test_seeds_make_keys_that_differ_by_seed_and_purpose_and_fit_63_bits():
    keys = {kernel_seed(seed, purpose) for seed in range(100) for purpose in ("train", "test", "features")}
    assert len(keys) == 300 and all(0 <= key < 2**63 for key in keys)


# ---- the test changes nothing ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("profile", ["ideal", "reram-sb"])
def test_testing_never_changes_a_weight(profile):
    chip = chip_of(profile, decorrelation=Decorrelation(rate=0.1, inputs=True))
    before = state_of(chip)
    tester = shown.Tester(chip, task(), BATCH, 1)
    outputs = [tester.test(epoch, None)[1] for epoch in (0, 0, 1)]
    assert state_of(chip) == before
    assert (outputs[0] == outputs[1]).all()
    assert (outputs[0] == outputs[2]).all() == (profile == "ideal")  # read noise is drawn afresh for every epoch


def test_testing_does_not_disturb_the_training():
    often_tested, hardly_tested = (trained("reram-sb", task(test=trials(steps=steps, seed=8)), epochs=2)[0] for steps in (4, 1))
    assert often_tested == hardly_tested


# ---- inputs ---------------------------------------------------------------------------------------------------------------------
def test_the_bias_is_a_line_that_is_always_one():
    arrays = Arrays(trials(2, n_in=3), chip_of(inputs=3, bias=True))
    assert arrays.inputs.shape == (2, STEPS, BATCH, 4) and (arrays.inputs[..., 3] == 1).all()
    assert (arrays.inputs[..., :3] == trials(2, n_in=3).inputs.astype(np.float32)).all()


def test_data_come_in_the_precision_of_the_chip():
    for precision in ("float32", "float64"):
        arrays = Arrays(trials(), chip_of(precision=precision))
        assert arrays.inputs.dtype == arrays.targets.dtype == arrays.weight.dtype == precision and arrays.starts.dtype == np.uint8


@pytest.mark.parametrize(("n_trials", "wanted", "sizes"), [
    (1, 3, [3, 3, 3]), (1, 100, [1] * 9), (5, 3, [1, 2, 2]), (5, 100, [1] * 5), (5, 1, [5])])
def test_blocks_are_about_as_many_as_wanted_and_hold_everything_in_order(n_trials, wanted, sizes):
    arrays = Arrays(trials(n_trials), chip_of())
    blocks = arrays.blocks(wanted)
    axis = 1 if n_trials == 1 else 0
    assert [block[0].shape[axis] for block in blocks] == sizes
    for k, whole in enumerate((arrays.inputs, arrays.targets, arrays.weight)):
        assert (np.concatenate([block[k] for block in blocks], axis=axis) == whole).all()
        assert all(block[k].flags.c_contiguous for block in blocks)
    assert [int(block[3].sum()) for block in blocks] == ([1] + [0] * (len(sizes) - 1) if n_trials == 1 else sizes)


@pytest.mark.parametrize(("settings", "options"), [
    ({"inputs": 2}, {}), ({"outputs": 2}, {}), ({}, {"batch": 3}), ({}, {"batch": 1}), ({}, {"update": "Step"})], ids=str)
def test_a_network_or_a_setting_that_does_not_fit_the_data_is_refused(settings, options):
    with pytest.raises(InputError):
        train(chip_of(**settings), task(), RULE, epochs=1, **options)


# ---- divergence -----------------------------------------------------------------------------------------------------------------
def broken_in(epoch, step, value=1e25):
    """Training data with a target whose square is not finite, in one step of one epoch (counted from 1)."""
    def training(k):
        data = trials(seed=10 + k)
        if k == epoch - 1:
            data.targets[0, step, 0, 0] = value
        return data
    return training


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize(("profile", "blocks", "step"), [
    *(("ideal", blocks, step) for blocks in (1, 3, 20) for step in (0, 4, STEPS - 1)), ("reram-sb", 3, 4)])
def test_a_divergence_is_noticed_at_any_step_and_leaves_the_last_good_state(monkeypatch, profile, blocks, step):
    monkeypatch.setattr(trainer, "BLOCKS", blocks)
    good = trained(profile, task(lambda k: trials(seed=10 + k)), epochs=1)[0]
    chip = chip_of(profile)
    with pytest.raises(DivergenceError) as caught:
        train(chip, task(broken_in(2, step)), RULE, epochs=3)
    assert state_of(chip) == good
    assert (caught.value.quantity, caught.value.last_good) == ("training loss", "end of epoch 1")


@pytest.mark.parametrize("blocks", [1, 3])
def test_the_step_of_a_divergence_is_counted_from_0(monkeypatch, blocks):
    monkeypatch.setattr(trainer, "BLOCKS", blocks)
    with pytest.raises(DivergenceError) as caught:
        train(chip_of(), task(broken_in(2, 4)), RULE, epochs=2)
    assert caught.value.step == STEPS + 4


@pytest.mark.filterwarnings("ignore:invalid value")
def test_a_divergence_in_the_first_epoch_leaves_the_chip_as_it_was():
    chip = chip_of("reram-sb")
    with pytest.raises(DivergenceError, match=r"training loss \(squared target units\) is not finite; last good state: start of training"):
        train(chip, task(broken_in(1, 3)), RULE, epochs=1)
    assert state_of(chip) == state_of(chip_of("reram-sb"))


@pytest.mark.filterwarnings("ignore:overflow|invalid value")
def test_a_weight_that_is_not_finite_is_a_divergence():
    chip, data = chip_of(), trials(steps=1)
    data.targets[...] = 3000  # the only loss is finite, what is asked for after it is not
    with pytest.raises(DivergenceError, match=r"step \d+: weight inputs/conductance \(weight units\) is not finite; .* start of training"):
        train(chip, task(data), ANP(learning_rate=1e38, sigma=1e-2), epochs=1)
    assert state_of(chip) == state_of(chip_of())


def test_a_test_error_that_is_not_finite_is_a_divergence():
    calls = []

    def scores(outputs):
        calls.append(outputs)
        return {"mse": 0.1 if len(calls) < 3 else float("inf")}

    chip = chip_of()
    with pytest.raises(DivergenceError, match=r"step \d+: test error \(squared target units\) is not finite; .*: end of epoch 1"):
        train(chip, task(scores=scores), RULE, epochs=2)
    assert state_of(chip) == trained(epochs=1)[0]


def test_a_test_that_stops_before_its_end_is_not_scored():
    """What is not finite in a step that does not count stops the loop too; the outputs after it were never computed."""
    test = trials(seed=2, active=np.arange(STEPS)[None] != 3)
    test.targets[0, 3] = 1e25
    with pytest.raises(DivergenceError):
        train(chip_of(), task(test=test), RULE, epochs=1)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", ["inputs", "targets"])
def test_a_number_of_the_data_that_is_none_is_named_with_trial_step_and_line(name, precision, value):
    data = trials(2, n_in=2, n_out=2)
    getattr(data, name)[1, 3, 1, 0] = value
    chip = chip_of(inputs=2, outputs=2, precision=precision)
    with pytest.raises(InputError, match=f"^task: {name[:-1]} in trial 1, step 3, line 0 of sample 1 = (nan|inf|1e\\+300) "):
        train(chip, task(data, trials(n_in=2, n_out=2)), RULE, epochs=1)
    good = trials(2, n_in=2, n_out=2)
    with pytest.raises(DivergenceError, match=f"step {3 * STEPS + 3}: {name[:-1]} in trial 1, .* last good state: end of epoch 1"):
        train(chip, task(lambda epoch: data if epoch == 1 else good, trials(n_in=2, n_out=2)), RULE, epochs=2)


@pytest.mark.parametrize("blocks", [1, 4])
def test_what_neurons_remember_is_looked_at_after_every_block(monkeypatch, blocks):
    """A readout rule hears nothing of a hidden neuron that has no number any more, since it never fires again."""
    monkeypatch.setattr(trainer, "BLOCKS", blocks)
    membrane = Membrane(threshold=0.1, reset="zero")
    chip, told = chip_of(neuron="spiking", membrane=membrane), []
    wired = trainer.wire

    def spoilt(*given):
        told.append(wired(*given))
        told[0].network.hidden.inner.v[0, 1] = np.nan
        return told[0]

    monkeypatch.setattr(trainer, "check_wired", lambda *given: None)
    monkeypatch.setattr(trainer, "wire", spoilt)
    data = trials(starts=False)
    with pytest.raises(DivergenceError, match=rf"step {STEPS // blocks}: membrane potential .* \(threshold units\)"):
        train(chip, task(data), Readout(learning_rate=0.1), epochs=1)


# ---- stopping and going on ----------------------------------------------------------------------------------------------------
GOING_ON = {
    "online, delays, spikes": ({"neuron": "spiking", "membrane": Membrane(threshold=0.1, synapse_s=5e-3), "delay_steps": (0, 3)},
                               "ideal", RULE, {"update": "step"}),
    "noisy devices, read noise": ({}, "reram-sb", RULE, {"update": "step"}),
    "Adam, drift": ({}, "pcm", RULE, {"update": "sequence", "regime": Regime(Optimizer(hidden="adam", readout="momentum"))}),
    "Tiki-Taka": ({}, "reram-es", RULE, {"update": "sequence", "regime": Regime(updater=Gathering(kind="tiki_taka"))}),
    "integers": ({}, "fixed8", WP(learning_rate=0.05), {"update": "sequence"}),
}


@pytest.mark.parametrize("name", GOING_ON)
def test_a_training_goes_on_from_wherever_it_stood_to_the_same_bytes(name):
    settings, profile, rule, options = GOING_ON[name]
    carries_state = "step" in options.values()
    data = task(
        lambda epoch: trials(2, 3, 1, seed=10 + epoch), trials(2, 2, 1, seed=2, starts=not carries_state), carries_state=carries_state)
    stands = []

    def result(**more):
        chip = chip_of(profile, **settings)
        run = train(chip, data, rule, epochs=2, **options, **more)
        return state_of(chip), repr(run.curves), run.outputs.tobytes(), run.counts, run.inference, run.step

    whole = result(keep=lambda take, is_end: stands.append((take(), is_end)))
    assert whole == result() and [is_end for _, is_end in stands] == [False] * (len(stands) - 1) + [True]
    assert [stand.done for stand, _ in stands] == sorted({stand.done for stand, _ in stands}) and stands[-1][0].done == 12
    for stand, _ in [*stands[::3], stands[0], stands[-1]]:  # the first one twice: nothing of it is used up
        assert result(start=stand) == whole


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e31])
@pytest.mark.parametrize("field", ["inputs/conductance", "learned/network/inputs/request/signal"])
def test_a_state_with_a_number_that_nothing_is_computed_with_is_no_start(field, value):
    stands = []
    data = task(lambda epoch: trials(2, 3, 1, seed=10 + epoch), trials(2, 2, 1, seed=2, starts=False), carries_state=True)
    train(chip_of("reram-sb"), data, RULE, epochs=1, update="step", keep=lambda take, is_end: stands.append(take()))
    middle = stands[len(stands) // 2]
    array = middle.arrays[field].copy()
    array.flat[0] = value  # devices clip a weight and pulses round a request: two steps later nothing would show it
    with pytest.raises(InputError, match=rf"checkpoint: of step {middle.done} holds .*{field.rpartition('network/')[2]} \(.* units\)"):
        train(chip_of("reram-sb"), data, RULE, epochs=1, update="step", start=middle._replace(arrays={**middle.arrays, field: array}))


@pytest.mark.parametrize("update", ["step", "sequence"])
def test_where_pieces_end_changes_no_byte(monkeypatch, update):
    data = task(trials(3, 4, 1), trials(1, 2, 1, seed=2), update)
    results = []
    for lengths in ([10**6], [1], [5, 2, 1, 7]):
        paces = iter(lengths * 200)
        monkeypatch.setattr(epochs, "paced", lambda steps, seconds, paces=paces: next(paces))
        monkeypatch.setattr(trainer, "BLOCKS", 2)
        state, outputs, run = trained("reram-sb", data)
        results.append((state, outputs, repr(run.curves)))
    assert results[0] == results[1] == results[2]


def test_a_state_that_is_not_finite_is_no_place_to_go_on_from():
    chip, taken = chip_of(), []

    def keep(take, is_end):
        chip.arrays["recurrent"].conductance[0, 0] = np.inf
        taken.append(take())

    with pytest.raises(DivergenceError):
        train(chip, task(trials(3)), RULE, epochs=1, keep=keep)
    assert taken and taken == [None] * len(taken)


@pytest.mark.parametrize(("steps", "seconds", "wanted"), [(8, 0.01, 16), (8, 0.3, 8), (8, 0.6, 4), (1, 30.0, 1)])
def test_pieces_follow_the_time_that_they_take(steps, seconds, wanted):
    assert epochs.paced(steps, seconds) == wanted


# ---- what learns ------------------------------------------------------------------------------------------------------------------
def test_every_matrix_learns():
    before, (after, _, _) = state_of(chip_of()), trained()
    assert len(before) == 3 and all(before[name] != after[name] for name in before)


@pytest.mark.parametrize("profile", ["ideal", "reram-sb"])
def test_a_frozen_recurrence_is_bit_for_bit_what_it_was(profile):
    before, (after, _, _) = state_of(chip_of(profile)), trained(profile, adapt=with_frozen_recurrence, epochs=2)
    changed = {name.partition("/")[0] for name in before if before[name] != after[name]}
    assert changed == {"readout"}


@pytest.mark.parametrize(("inputs", "learning"), [(False, {"lateral"}), (True, {"lateral", "input_lateral"})])
@pytest.mark.parametrize("form", ["head", "published"])
def test_a_decorrelating_network_learns_its_lateral_matrices(inputs, learning, form):
    settings = {"inputs": 2, "decorrelation": Decorrelation(rate=0.1, inputs=inputs, form=form)}
    chip = chip_of(**settings)
    data = task(trials(n_in=2), trials(n_in=2, seed=2))
    moved = {name: array.copy() for name, array in train(chip, data, RULE, epochs=1).chip.weights().items()}
    for name, n in (("lateral", 3), ("input_lateral", 2)):
        assert (moved[name] != np.eye(n)).any() == (name in learning)
    assert not (moved["lateral"].diagonal() == 1).all() or form == "published"  # "published" leaves the diagonal alone


def test_decorrelation_follows_the_reference(monkeypatch):
    """One whole-sequence update of both matrices from the clean pass of a rule that learns nothing."""
    monkeypatch.setattr(trainer, "BLOCKS", 1)
    settings = {"inputs": 2, "decorrelation": Decorrelation(rate=0.1, inputs=True, form="head")}
    chip, data = chip_of(precision="float64", **settings), task(trials(n_in=2), trials(n_in=2, seed=2), "sequence")
    weights = ideal_weights(chip.network, 1)
    trace = reference.forward(weights, data.train(0).inputs[0])
    train(chip, data, STILL, epochs=1)
    for name, n, x_hat in (("lateral", 3, trace.hidden), ("input_lateral", 2, trace.inputs)):
        expected = reference.decorrelate(np.eye(n), x_hat, 0.1)
        np.testing.assert_allclose(chip.weights()[name], expected, rtol=1e-11, atol=1e-13)


def test_the_update_can_be_chosen_against_the_task():
    by_step, by_sequence = trained(dataset=task()), trained(dataset=task(), update="sequence")
    assert by_step[0] != by_sequence[0]
    assert by_sequence[:2] == trained(dataset=task(update="sequence"))[:2]


# ---- counts -------------------------------------------------------------------------------------------------------------------------
def test_counts_follow_from_the_sizes():
    data = task(trials(n_in=2, n_out=4), trials(n_in=2, n_out=4, seed=2))
    run = trained(dataset=data, epochs=2, chip=chip_of(inputs=2, outputs=4, bias=True))[2]
    steps, lanes = 2 * STEPS, 2 * BATCH
    assert run.counts == {
        "steps": steps, "samples": BATCH, "passes": 2,
        "broadcast_values": 2 * steps * BATCH, "perturbations_drawn": steps * BATCH * (3 + 4),
        "inputs_products": steps * lanes, "inputs_multiply_accumulates": steps * lanes * 3 * 3,
        "recurrent_products": steps * lanes, "recurrent_multiply_accumulates": steps * lanes * 3 * 3,
        "readout_products": steps * lanes, "readout_multiply_accumulates": steps * lanes * 4 * 3,
        "hidden_neuron_updates": steps * lanes * 3, "input_events": steps * lanes * 3,
        "synaptic_events": steps * lanes * 3 * (3 + 3 + 4)}
    assert run.inference == {
        "inferences": BATCH, "steps": STEPS, "samples": BATCH, "passes": 1, "broadcast_values": 0,
        **{f"{name}_products": STEPS * BATCH for name in ("inputs", "recurrent", "readout")},
        "inputs_multiply_accumulates": STEPS * BATCH * 9, "recurrent_multiply_accumulates": STEPS * BATCH * 9,
        "readout_multiply_accumulates": STEPS * BATCH * 12, "hidden_neuron_updates": STEPS * BATCH * 3,
        "input_events": STEPS * BATCH * 3, "synaptic_events": STEPS * BATCH * 30}


def test_one_pass_draws_and_broadcasts_nothing():
    counts = trained(rule=Readout(learning_rate=0.1))[2].counts
    assert counts["passes"] == 1 and counts["broadcast_values"] == 0 and "perturbations_drawn" not in counts


def test_weight_perturbation_draws_one_number_per_synapse():
    counts = trained(rule=WP(learning_rate=0.1))[2].counts
    assert counts["perturbations_drawn"] == STEPS * (3 * 1 + 3 * 3 + 1 * 3)  # one for all samples


def test_a_network_normalised_rule_broadcasts_a_second_value():
    assert trained(rule=ANP(learning_rate=0.1, norm="network"))[2].counts["broadcast_values"] == 2 * STEPS * BATCH


def test_synapses_that_do_not_exist_multiply_nothing():
    counts = trained(chip=chip_of(hidden=4, connectivity="cores", cores=2))[2].counts
    assert counts["recurrent_multiply_accumulates"] == STEPS * 2 * BATCH * 8


def test_an_observer_of_the_chip_sees_its_hidden_activity():
    chip, data = chip_of(precision="float64"), task()
    arrays = Arrays(data.test, chip)
    outputs, hidden = shown.observe(wire(chip, OBSERVER, BATCH, "step"), arrays, chip, 1, 0, True)
    trace = reference.forward(ideal_weights(chip.network, 1), data.test.inputs[0])
    np.testing.assert_allclose(hidden[0], trace.hidden, rtol=1e-12)
    np.testing.assert_allclose(outputs[0], trace.outputs, rtol=1e-12)
