"""Updates beside the gradient: a rule that is the gradient has cosine 1, and looking changes nothing."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim import reference
from neurosim.chip import compile_chip
from neurosim.contract import record
from neurosim.diagnostics import diagnose, weights_of
from neurosim.errors import DivergenceError, InputError
from neurosim.network import Network
from neurosim.neurons.tanh import Tanh
from neurosim.profile import Profile
from neurosim.recorders.activity import Recording
from neurosim.rules import ANP, NP, OUA, RFLO, SANPCV, WP, Decorrelation, Readout, Trace, WPTrial
from neurosim.tasks import Copying, MackeyGlass
from neurosim.tasks.task import Dataset, Trials
from neurosim.trials import Regime

HIDDEN, STEPS, BATCH, LINES = 4, 3, 2, 2
TRACE = Trace(learning_rate=0.1, sigma=1e-4)


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Tiny networks run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def task(n_trials=1, steps=STEPS, batch=BATCH, update="sequence", starts=True, active=None, scale=1.0):
    rng = np.random.Generator(np.random.Philox(key=3))
    x, y = (scale * rng.standard_normal((n_trials, steps, batch, LINES)) for _ in range(2))
    trials = Trials(x, y, np.ones((n_trials, steps)) if active is None else np.array(active, float), np.full(n_trials, starts))
    return Dataset(LINES, LINES, update, lambda epoch: trials, trials, not starts, {}, lambda outputs: {}, "random numbers")


def chip_of(profile="ideal", precision="float64", **settings):
    return compile_chip(profile, Network(**{"inputs": LINES, "hidden": HIDDEN, "outputs": LINES, **settings}), 1, precision)


def imperfect(noise):
    """Exact weights, and neurons that are not."""
    return Profile(
        chip={"id": "test", "name": "Test", "kind": "ideal"}, weights={"format": "float"}, noise=noise, sources={"noise": "a test"})


class OneStep(RFLO):
    """The gradient through one step: its feedback weights are those of the readout, times the gain of the neuron."""

    readout: tuple

    def build(self, sizes):
        parts = super().build(sizes)
        parts.hidden.feedback[:, :sizes.hidden] = self.readout
        return parts


def one_step(chip):
    gain = 1 if chip.gain is None else chip.gain[:HIDDEN]
    rows = tuple(tuple(float(w) for w in row) for row in gain * chip.weights()["readout"])
    return OneStep(learning_rate=0.1, readout=rows)


# ---- against a rule that is the gradient ---------------------------------------------------------------------------
@pytest.mark.parametrize("settings", [
    {}, {"bias": True}, {"connectivity": "sparse", "density": 0.5}, {"start": "orthogonal"},
    {"decorrelation": Decorrelation(rate=0.1, inputs=True)},
], ids=["dense", "bias", "sparse", "orthogonal", "decorrelated"])
def test_a_rule_that_is_the_gradient_through_one_step_has_cosine_and_scale_1(settings):
    chip = chip_of(**settings)
    found = diagnose(chip, task(2, active=[[1, 0, 1], [1, 1, 1]]), one_step(chip), trials=3, horizon=1)
    for measured in (found.cosine, found.mean_cosine, found.scale):
        np.testing.assert_allclose(measured, 1, atol=1e-12)
    assert found.cosine.shape == found.mean_cosine.shape == (3, 3) and found.scale.shape == (3,)


def test_the_gradient_is_that_of_the_chip_whose_devices_clipped_its_weights():
    chip = chip_of("fixed8", precision="float32")
    np.testing.assert_allclose(diagnose(chip, task(), one_step(chip), trials=1, horizon=1).cosine, 1, atol=1e-5)


def test_a_window_starts_where_the_last_one_ended():
    chip = chip_of()
    found = diagnose(chip, task(2, steps=6, starts=False, update="step"), one_step(chip), trials=4, horizon=1, regime=Regime(window=3))
    np.testing.assert_allclose(found.cosine, 1, atol=1e-12)


def test_copies_of_a_sample_have_the_gradient_of_the_sample():
    chip = chip_of()
    found = diagnose(chip, task(), one_step(chip), trials=1, horizon=1, regime=Regime(copies=3))
    np.testing.assert_allclose([found.cosine[0], found.scale], 1, atol=1e-12)


def test_mismatch_of_the_neurons_is_in_the_gradient():
    chip = chip_of(imperfect({"gain_cv": 0.3, "offset_std": 0.2}))
    assert chip.gain is not None and chip.offset is not None
    found = diagnose(chip, task(), one_step(chip), trials=1, horizon=1)
    np.testing.assert_allclose([found.cosine[0], found.scale], 1, atol=1e-12)


def test_leaky_neurons_are_in_the_reference():
    data, chip = task(), chip_of(tau_steps=2.0, neuron="leaky")
    trials, weights = data.train(0), weights_of(chip)
    trace = reference.forward(weights, np.pad(trials.inputs[0], ((0, 0), (0, 0), (0, 1)), constant_values=1.0))
    loss, _ = reference.backward(weights, trace, trials.targets[0])
    assert diagnose(chip, data, one_step(chip), trials=1).loss == pytest.approx([loss], rel=1e-12)


def test_outputs_that_integrate_go_on_from_window_to_window():
    """Without recurrent weights feedback through the readout and its leak is all of the gradient."""
    chip = chip_of(readout_tau_steps=2.0, recurrent_scale=0.0)
    found = diagnose(chip, task(2, steps=6, starts=False, update="step"), one_step(chip), trials=4, regime=Regime(window=3))
    np.testing.assert_allclose(found.cosine, 1, atol=1e-12)
    np.testing.assert_allclose(found.scale, 1, atol=1e-12)


# ---- estimates -----------------------------------------------------------------------------------------------------
def test_the_mean_of_an_unbiased_estimate_turns_to_the_gradient():
    found = diagnose(chip_of(), task(), TRACE, trials=40, regime=Regime(copies=8))
    assert found.mean_cosine[-1].min() > 0.95 > found.cosine[:, 2].mean()
    assert found.scale == pytest.approx([1, 1, 1], abs=0.3)


def test_the_first_update_is_the_mean_of_one():
    found = diagnose(chip_of(), task(), TRACE, trials=2)
    assert (found.cosine[0] == found.mean_cosine[0]).all()


def test_sensitivities_go_on_learning():
    rule = SANPCV(learning_rate=0.1, sigma=1e-4, beta=0.5)
    found = diagnose(chip_of(), task(), rule, trials=12, regime=Regime(copies=8))
    assert found.unexplained[0] == pytest.approx(1)
    assert found.unexplained[-1] < 0.1


def test_a_rule_that_learns_no_sensitivities_explains_nothing():
    assert np.isnan(diagnose(chip_of(), task(), TRACE, trials=2).unexplained).all()


# ---- perturbations -------------------------------------------------------------------------------------------------
def test_the_activity_difference_of_the_first_step_is_the_injected_noise_times_the_slope():
    found = diagnose(chip_of(input_scale=1e-3), task(), TRACE, trials=4)
    assert found.noise == pytest.approx(1e-4, rel=1e-6)
    assert found.difference.shape == (STEPS,)
    assert found.difference[0] == pytest.approx(1e-4, rel=1e-3)


@pytest.mark.parametrize("rule", [
    WP(learning_rate=0.1, sigma=0.01), WPTrial(learning_rate=0.1, sigma=0.01), OUA(learning_rate=0.1, sigma=0.01, theta=1.0),
], ids=["wp", "wp per trial", "oua"])
def test_noise_of_weights_is_the_noise_of_rules_that_shake_them(rule):
    found = diagnose(chip_of(), task(), rule, trials=20)
    assert found.noise == pytest.approx(0.01, rel=0.2)


def test_what_a_rule_measures_is_its_noise_and_nothing_need_be_injected():
    rule = Trace(learning_rate=0.1, noise="none", perturbation="measured")
    found = diagnose(chip_of(imperfect({"intrinsic_std": 0.01})), task(), rule, trials=20)
    assert found.noise == pytest.approx(0.01 * np.sqrt(2), rel=0.2)


def test_a_single_pass_has_no_differences():
    found = diagnose(chip_of(), task(), Trace(learning_rate=0.1, third_factor="baseline"), trials=3)
    assert np.isnan(found.difference).all() and np.isnan([found.correlation, found.share]).all()
    assert np.isnan(found.cosine[0]).sum() == 0 and found.noise == pytest.approx(1e-3, rel=1e-6)


@pytest.mark.parametrize(("sigma", "lowest", "highest"), [(1e-5, 1 - 1e-3, 1 + 1e-3), (3.0, -1.0, 0.95)])
def test_the_loss_difference_is_of_first_order_while_the_noise_is_small(sigma, lowest, highest):
    found = diagnose(chip_of(), task(), Trace(learning_rate=0.1, sigma=sigma), trials=10)
    assert lowest < found.correlation < highest and lowest < found.share < highest


# ---- what it leaves alone, and what it refuses ---------------------------------------------------------------------
@pytest.mark.parametrize("profile", ["ideal", "fixed8", "reram-sb", "reram-es"])
@pytest.mark.parametrize("rule", [TRACE, NP(learning_rate=0.1), ANP(learning_rate=0.1), WP(learning_rate=0.1)], ids=lambda rule: rule.name)
def test_the_chip_is_left_as_it_is(profile, rule):
    chip = chip_of(profile, precision="float32", decorrelation=Decorrelation(rate=0.1, inputs=True))
    before = {name: array.tobytes() for name, array in chip.state().items()}
    diagnose(chip, task(), rule, trials=2)
    assert {name: array.tobytes() for name, array in chip.state().items()} == before


def test_the_same_seed_gives_the_same_numbers_and_another_one_others():
    first, again, other = (diagnose(chip_of(), task(), TRACE, trials=2, seed=seed) for seed in (1, 1, 2))
    assert (first.cosine == again.cosine).all() and (first.cosine != other.cosine).any()


def test_a_task_brings_its_own_batch_and_fresh_trials_in_every_epoch():
    chip = compile_chip("ideal", Network(inputs=4, hidden=HIDDEN, outputs=4), 1)
    found = diagnose(chip, Copying(symbols=2, length=2, delay=0, updates_per_epoch=2), TRACE, trials=5)
    assert len(found.cosine) == 5 and len(set(found.loss.tolist())) == 5


def test_an_update_at_every_step_is_refused():
    with pytest.raises(InputError, match="train.update = 'step'; a diagnosis compares whole trials"):
        diagnose(chip_of(), task(update="step"), TRACE, trials=1)


@pytest.mark.parametrize(("changes", "message"), [
    ({"rule": Readout(learning_rate=0.1)}, "rule.name = 'readout'; it does not change the recurrence"),
    ({"trials": 0}, "trials = 0; must be at least 1"),
    ({"dataset": MackeyGlass(steps=100, test_steps=20)}, "network.inputs = 2; the task has 1"),
])
def test_what_cannot_be_compared_is_refused(changes, message):
    given = {"dataset": task(), "rule": TRACE, "trials": 1, **changes}
    with pytest.raises(InputError, match=message):
        diagnose(chip_of(), **given)


def test_a_loss_that_is_not_finite_ends_it():
    message = "loss is not finite; last good state: the weights"
    with np.errstate(over="ignore", invalid="ignore"), pytest.raises(DivergenceError, match=message):
        diagnose(chip_of(precision="float32"), task(scale=1e29), TRACE, trials=1)


def test_a_summary_has_one_line_for_every_measure():
    lines = diagnose(chip_of(), task(), TRACE, trials=2).describe().splitlines()
    assert len(lines) == 8 and lines[1].startswith("cosine of the mean of 2") and len(lines[0].split()) == 7


def test_a_recording_with_room_for_all_lanes_keeps_all_of_them():
    """The clean lanes come first: that is how both passes are kept."""
    rng = np.random.Generator(np.random.Philox(key=1))
    kept, sent, y = Recording(np.zeros((1, 1, 4, 3)), np.zeros((1, 1, 4, 5))), rng.random((4, 64)), rng.random((4, 64))
    record(kept, 0, 0, Tanh(), sent, y)
    assert (kept.hidden[0, 0] == sent[:, :5]).all() and (kept.outputs[0, 0] == y[:, :3]).all()
