"""Yardsticks: all of them beside every run, each what it says it is."""
from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from neurosim import profile, reference, yardsticks
from neurosim.chip import compile_chip
from neurosim.errors import DivergenceError
from neurosim.network import Network
from neurosim.neurons.adex_settings import AdExMembrane
from neurosim.neurons.settings import Membrane
from neurosim.rules import ANP, NP, WP, Readout
from neurosim.rules.rule import with_frozen_recurrence
from neurosim.tasks import MackeyGlass
from neurosim.tasks.task import Dataset, Trials
from neurosim.trainer import train
from neurosim.yardsticks import Case, WithBias, Yardstick, ideal_weights, measure

NAMES = [
    "frozen recurrence, same readout rule", "frozen recurrence, least-squares readout", "one-step backpropagation", "true BPTT"]
STEPS, BATCH = 12, 2


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Tiny networks run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def trials(n_trials=1, seed=1, starts=True, active=None):
    rng = np.random.Generator(np.random.Philox(key=np.array([seed, 4], np.uint64)))
    x = rng.standard_normal((n_trials, STEPS, BATCH, 1))
    y = 0.3 * x + 0.3 * np.roll(x, 1, axis=1) + 0.1 * rng.standard_normal(x.shape)
    return Trials(x, y, np.ones((n_trials, STEPS)) if active is None else active, np.full(n_trials, starts))


def task(n_trials=1, update="step", carries_state=False, active=None):
    training, test = trials(n_trials, active=active), trials(seed=2, starts=not carries_state)

    def scores(outputs):
        return {"mse": float(np.mean(np.square(outputs - test.targets))), "largest": float(np.abs(outputs).max())}

    return Dataset(1, 1, update, lambda epoch: training, test, carries_state, {}, scores, "noisy echo")


def case(rule=None, dataset=None, chip="ideal", precision="float64", epochs=2, **options):
    network = Network(**{"inputs": 1, "hidden": 3, "outputs": 1, **options.pop("network", {})})
    rule = ANP(learning_rate=0.05, sigma=0.01) if rule is None else rule
    dataset = task() if dataset is None else dataset
    return Case(profile.load(chip), network, dataset, rule, 1, epochs, BATCH, precision=precision, **options)


# ---- all of them --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("rule", [ANP(learning_rate=0.05), NP(learning_rate=0.05), WP(learning_rate=0.05)], ids=lambda rule: rule.name)
@pytest.mark.parametrize("update", ["step", "sequence"])
def test_every_yardstick_is_measured_and_says_how(rule, update):
    found = measure(case(rule, task(update=update), epochs=1))
    assert [y.name for y in found] == NAMES
    for y in found:
        assert isinstance(y, Yardstick) and math.isfinite(y.mse) and list(y.scores) == ["largest"] and y.note and "\n" not in y.note


TWO = {"synapse_s": 5e-3, "inhibitory_s": 9e-3, "reset": "zero", "threshold": 0.2}


@pytest.mark.parametrize(("membrane", "names"), [
    (Membrane(**TWO), NAMES), (Membrane(**TWO, reversal_e=5.0, reversal_i=-1.0), NAMES[:2]), (AdExMembrane(), NAMES[:2])],
    ids=["currents", "conductances", "adex"])
def test_backpropagation_stands_where_a_surrogate_gradient_is_known(membrane, names):
    spiking = {"neuron": "spiking", "membrane": membrane, "input_scale": 8.0}
    shown = task(update="sequence")
    training = shown.train(0)
    positive = dataclasses.replace(
        shown, train=lambda epoch: training._replace(inputs=abs(training.inputs)),
        test=shown.test._replace(inputs=abs(shown.test.inputs)))
    found = measure(case(dataset=positive, epochs=1, network=spiking))
    assert [y.name for y in found] == names and all(math.isfinite(y.mse) for y in found)


def test_the_readout_rule_is_its_own_yardstick():
    assert [y.name for y in measure(case(Readout(learning_rate=0.05), epochs=1))] == NAMES[1:]


def test_the_names_are_told_while_they_are_measured():
    told = []
    measure(case(epochs=1), progress=told.append)
    assert told == NAMES


@pytest.mark.filterwarnings("ignore:overflow|invalid value")
def test_a_yardstick_that_diverges_is_reported_and_stops_nothing():
    found = measure(case(ANP(learning_rate=1e30), precision="float32"))
    assert math.isnan(found[0].mse) and found[0].scores == {}
    assert found[0].note.startswith("diverged at step ")
    assert [y.name for y in found] == NAMES and all(math.isfinite(y.mse) for y in found[1:])


def test_a_yardstick_that_fails_in_another_way_is_not_hidden(monkeypatch):
    def broken(case):
        raise ZeroDivisionError

    monkeypatch.setattr(yardsticks, "frozen_least_squares", broken)
    with pytest.raises(ZeroDivisionError):
        measure(case(epochs=1))


# ---- frozen recurrence ----------------------------------------------------------------------------------------------------------
def test_the_same_rule_learns_on_the_readout_of_the_same_chip_alone():
    c = case(chip="reram-sb", precision="float32")
    found = measure(c)[0]
    run = train(c.chip(), c.dataset, c.rule, epochs=2, batch=BATCH, seed=1, adapt=with_frozen_recurrence)
    assert found.mse == run.scores["test_mse"] and found.scores == {"largest": run.scores["largest"]}
    assert found.note == "same chip, rule, rate and 2 epochs; input and recurrent weights fixed"


@pytest.mark.parametrize("readout_tau_steps", [None, 3.0])
@pytest.mark.parametrize("carries_state", [False, True])
@pytest.mark.parametrize("n_trials", [1, 3])
def test_the_least_squares_readout_is_that_of_the_untrained_network(n_trials, carries_state, readout_tau_steps):
    active = np.arange(n_trials * STEPS).reshape(n_trials, STEPS) % 4 != 0
    c = case(dataset=task(n_trials, carries_state=carries_state, active=active * 1.0), network={"readout_tau_steps": readout_tau_steps})
    weights = ideal_weights(c.network, 1)
    features, targets, state = reference.features(weights, c.dataset.train(0))
    fitted = weights._replace(w_out=reference.least_squares_readout(features, targets)[0])
    outputs, _ = reference.respond(fitted, c.dataset.test, state if carries_state else None)
    found = measure(c)[1]
    assert found.mse == pytest.approx(np.mean(np.square(outputs - c.dataset.test.targets)), rel=1e-7)
    assert found.note.startswith(f"fitted off-chip in float64 on {active.sum() * BATCH} samples, ridge ")


def test_long_recordings_are_thinned_evenly(monkeypatch):
    monkeypatch.setattr(yardsticks, "MOST_ROWS", 10)
    assert "on 10 samples" in measure(case())[1].note


def test_the_least_squares_readout_sees_the_noise_of_the_chip():
    quiet, noisy = measure(case()), measure(case(chip="reram-sb", precision="float32"))
    assert noisy[1].mse > quiet[1].mse


# ---- gradients ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("options", "epochs", "rate"), [({}, 2, 1e-3), ({"bptt_epochs": 5, "bptt_learning_rate": 0.02}, 5, 0.02)])
@pytest.mark.parametrize("update", ["step", "sequence"])
def test_true_bptt_is_the_reference_on_the_initial_weights_of_the_chip(update, options, epochs, rate):
    c = case(dataset=task(3, update), **options)
    curve = reference.train(ideal_weights(c.network, 1), c.dataset, rate, epochs, window=yardsticks.WINDOW)
    found = measure(c)[3]
    assert found.mse == curve.scores["mse"] and found.scores == {"largest": curve.scores["largest"]}
    assert found.note == f"ideal float64 weights, Adam {rate:g}, {epochs} epochs" + (", windows of 50 steps" if update == "step" else "")


@pytest.mark.parametrize(("update", "rate"), [("step", 1e-4), ("sequence", 1e-3)])
def test_one_step_backpropagation_never_crosses_a_step(update, rate):
    c = case(dataset=task(3, update))
    curve = reference.train(ideal_weights(c.network, 1), c.dataset, rate, 2, horizon=1, window=1)
    assert measure(c)[2].mse == curve.scores["mse"]


def test_gradients_do_not_see_the_chip():
    ideal, noisy = measure(case()), measure(case(chip="reram-sb", precision="float32"))
    assert [y.mse for y in ideal[2:]] == [y.mse for y in noisy[2:]]


def test_a_network_that_is_not_all_to_all_is_compared_with_one_that_is_and_the_note_says_so():
    found = measure(case(network={"hidden": 4, "connectivity": "cores", "cores": 2}, epochs=1))
    assert all(", all-to-all recurrence, " in y.note for y in found[2:])


# ---- what they start from --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("settings", [{}, {"bias": True}, {"connectivity": "sparse", "density": 0.5}, {"start": "orthogonal"}], ids=str)
def test_ideal_weights_are_those_of_an_ideal_chip(settings):
    network = Network(inputs=2, hidden=6, outputs=2, **settings)
    weights, chip = ideal_weights(network, 7), compile_chip("ideal", network, 7, "float64").weights()
    for matrix, name in ((weights.w_in, "inputs"), (weights.w_rec, "recurrent"), (weights.w_out, "readout")):
        assert (matrix == chip[name]).all()
    assert (weights.d_in == np.eye(network.lines)).all() and (weights.d_hidden == np.eye(6)).all() and weights.share == 1


def test_ideal_weights_leak_as_the_neurons_do():
    assert ideal_weights(Network(inputs=1, hidden=2, outputs=1, neuron="leaky", tau_steps=4.0), 1).share == 1 - math.exp(-1 / 4)


def test_the_bias_is_one_more_input_of_every_trial():
    data = task(3)
    wide = WithBias(data, 2)
    for shown, given in ((wide.train(0), data.train(0)), (wide.test, data.test)):
        assert shown.inputs.shape == (*given.inputs.shape[:3], 2)
        assert (shown.inputs[..., :1] == given.inputs).all() and (shown.inputs[..., 1] == 1).all()
        assert shown.targets is given.targets
    assert wide.update == "step" and wide.scores is data.scores and wide.carries_state is False


def test_without_a_bias_the_data_are_as_they_were():
    data = task()
    assert (WithBias(data, 1).test.inputs == data.test.inputs).all()


def test_a_case_makes_the_chip_before_any_training():
    c = case(chip="reram-sb", precision="float32")
    first = c.chip()
    train(first, c.dataset, c.rule, epochs=1, batch=BATCH)
    fresh = compile_chip("reram-sb", c.network, 1)
    assert all((array == fresh.state()[name]).all() for name, array in c.chip().state().items())


def test_a_task_that_carries_its_state_is_measured_too():
    data = MackeyGlass(steps=20, test_steps=20).load(1, BATCH)
    found = measure(case(dataset=data, epochs=1))
    assert [y.name for y in found] == NAMES and all(set(y.scores) == {"nmse"} for y in found)


def test_an_error_of_the_reference_is_a_divergence_like_any_other(monkeypatch):
    def diverges(*args, **kwargs):
        raise DivergenceError(3, "training loss", "none kept")

    monkeypatch.setattr(reference, "train", diverges)
    found = measure(case(epochs=1))
    assert [math.isnan(y.mse) for y in found] == [False, False, True, True]
    assert found[3].note == "diverged at step 3: training loss is not finite; last good state: none kept"
