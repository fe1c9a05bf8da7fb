"""Outputs that integrate: forward and gradient of the references, and the chip beside them."""
from __future__ import annotations

import numpy as np
import pytest
from signs import orthogonal_signs

from neurosim import loop, reference
from neurosim.chip import compile_chip
from neurosim.network import Network
from neurosim.neurons.settings import Membrane
from neurosim.readout_leak import passed_back, smooth_trials, smoothed
from neurosim.recorders.activity import Forgetful, Recording
from neurosim.reference_spiking import SpikingWeights, cell_of
from neurosim.rules import NP, RFLO, EProp, Readout, Trace
from neurosim.rules.rule import OBSERVER
from neurosim.selftest import linear_network as linear
from neurosim.selftest.linear_network import estimate
from neurosim.sources.noise import Recorded
from neurosim.tasks.task import Trials
from neurosim.trials import Arrays, observe
from neurosim.wiring import sizes_of, wire
from neurosim.yardsticks import ideal_weights

STEPS, BATCH, N, INPUTS, OUTPUTS, RATE, TAU = 6, 3, 5, 2, 2, 1e-3, 3.0
SHARE = 1 - np.exp(-1 / TAU)


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Tiny networks run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def random(*shape, seed=1):
    return np.random.default_rng(seed).standard_normal(shape)


def network(**settings):
    return Network(**{"inputs": INPUTS, "hidden": N, "outputs": OUTPUTS, "readout_tau_steps": TAU, **settings})


SPIKING = {"neuron": "spiking", "membrane": Membrane(threshold=0.3), "input_scale": 1.0}


# ---- the filter ------------------------------------------------------------------------------------------------------
def test_what_is_smoothed_is_the_exponential_mean():
    x = random(STEPS, BATCH, N)
    for t, found in enumerate(smoothed(x, 0.4)):
        assert np.allclose(found, sum(0.4 * 0.6**k * x[t - k] for k in range(t + 1)), rtol=1e-13)


def test_without_a_leak_nothing_is_copied():
    x = random(STEPS, BATCH, N)
    assert smoothed(x, 1.0) is x and passed_back(x, 1.0) is x


def test_errors_are_passed_back_by_the_adjoint():
    x, e = random(STEPS, BATCH, N), random(STEPS, BATCH, N, seed=2)
    assert np.vdot(smoothed(x, 0.3), e) == pytest.approx(np.vdot(x, passed_back(e, 0.3)), rel=1e-13)


def test_two_pieces_that_hand_over_are_one():
    x = random(STEPS, BATCH, N)
    first = smoothed(x[:2], 0.3)
    assert np.allclose(np.concatenate([first, smoothed(x[2:], 0.3, first[-1])]), smoothed(x, 0.3), rtol=1e-14)


# ---- the references --------------------------------------------------------------------------------------------------
def weights_of(settings, seed=3):
    return ideal_weights(network(**settings), seed)


@pytest.mark.parametrize("settings", [{}, {"neuron": "leaky", "tau_steps": 2.0}, SPIKING], ids=["tanh", "leaky", "spiking"])
def test_the_loop_and_the_reference_give_the_same_outputs(settings):
    chip, x = compile_chip("ideal", network(**settings), 3, "float64"), random(2, STEPS, BATCH, INPUTS)
    wired = wire(chip, OBSERVER, BATCH, "step")
    kept = Recording(np.zeros((2, STEPS, BATCH, OUTPUTS)), np.zeros((2, STEPS, BATCH, N)))
    loop.run(wired.network, wired.schedule, kept, wired.activity, x, np.zeros((2, STEPS, BATCH, OUTPUTS)), np.ones((2, STEPS)),
             np.array([1, 0], np.uint8), np.zeros((2, 2)), 1, 0, 1)
    trace = reference.forward(weights_of(settings), np.concatenate(x))
    assert np.allclose(np.concatenate(kept.outputs), trace.outputs, rtol=1e-11, atol=1e-13) and np.abs(trace.outputs).max() > 0.1
    assert not np.allclose(trace.outputs, trace.hidden @ weights_of(settings).w_out.T, atol=1e-2)


@pytest.mark.parametrize("share", [1.0, 0.4])
@pytest.mark.parametrize("state", [None, 4])
def test_the_gradient_is_that_of_finite_differences(share, state):
    weights = weights_of({})._replace(share=share, d_hidden=np.eye(N) + 0.2 * random(N, N))
    x, y, active = random(STEPS, BATCH, INPUTS), random(STEPS, BATCH, OUTPUTS), np.array([0, 0, 1, 0, 1, 1.0])
    if state is not None:
        state = reference.State(*(random(BATCH, N, seed=state + k) for k in range(3)))
    _, found, _ = reference.gradient(weights, x, y, active, state)
    for name in reference.Gradients._fields:
        matrix, slope = getattr(weights, name), np.empty_like(getattr(weights, name))
        for index in np.ndindex(matrix.shape):
            ends = []
            for sign in (1, -1):
                moved = matrix.copy()
                moved[index] += sign * 1e-6
                ends.append(reference.gradient(weights._replace(**{name: moved}), x, y, active, state)[0])
            slope[index] = (ends[0] - ends[1]) / 2e-6
        assert np.allclose(getattr(found, name), slope, rtol=0, atol=1e-8)


def test_a_horizon_cuts_the_leak_of_the_outputs_too():
    """Credit of all horizons up to the window adds up to the whole; the first is the share of a step that is new."""
    weights, x, y = weights_of({}), random(STEPS, BATCH, INPUTS), random(STEPS, BATCH, OUTPUTS)
    trace, last = reference.forward(weights, x), np.eye(STEPS)[-1]
    whole, cut = (reference.backward(weights, trace, y, last, horizon)[1] for horizon in (None, STEPS - 1))
    error = 2 / (BATCH * OUTPUTS) * (trace.outputs[-1] - y[-1])
    one = reference.backward(weights, trace, y, last, 1)[1]
    delta = SHARE * (error @ weights.w_out) * (1 - trace.squashed[-1]**2)
    assert np.allclose(one.w_in, delta.T @ x[-1], rtol=1e-11)
    two = reference.backward(weights, trace, y, last, 2)[1]
    earlier = ((1 - SHARE) * SHARE * (error @ weights.w_out) + delta @ weights.w_rec) * (1 - trace.squashed[-2]**2)
    assert np.allclose(two.w_in - one.w_in, earlier.T @ x[-2], rtol=1e-10, atol=1e-15)
    first = reference.backward(weights, trace, y, last, STEPS)[1]
    assert (first.w_in == whole.w_in).all() and not np.allclose(cut.w_in, whole.w_in, rtol=1e-6)


def test_the_surrogate_gradient_is_that_of_finite_differences_where_spikes_are_smooth():
    """As in test_reference_spiking.py: without resets the surrogate leaves nothing out."""
    def fires(excess, reach):
        u = np.clip(excess / reach, -1, 1)
        return 0.8 * reach * np.where(u < 0, 0.5 * (1 + u)**2, 1 - 0.5 * (1 - u)**2)

    weights = weights_of(SPIKING)
    cell = weights.cell._replace(carry=1.0, after=np.zeros(N), height=0.8, reach=np.full(N, 0.9))
    weights = weights._replace(cell=cell, w_in=random(N, INPUTS), w_rec=0.3 * random(N, N))
    x, y = random(STEPS, BATCH, INPUTS), random(STEPS, BATCH, OUTPUTS)

    def loss_of(weights):
        return reference.backward(weights, reference.forward(weights, x, None, fires), y)

    for name, found in zip(reference.Gradients._fields, loss_of(weights)[1], strict=True):
        for index in np.ndindex(found.shape):
            ends = []
            for sign in (1, -1):
                moved = getattr(weights, name).copy()
                moved[index] += sign * 1e-5
                ends.append(loss_of(weights._replace(**{name: moved}))[0])
            assert abs((ends[0] - ends[1]) / 2e-5 - found[index]) < 1e-6 * np.abs(found).max()


def test_one_step_of_the_surrogate_takes_the_new_share_of_an_error():
    weights, x, y = weights_of(SPIKING), 3 * random(STEPS, BATCH, INPUTS), random(STEPS, BATCH, OUTPUTS)
    trace, plain = reference.forward(weights, x), weights._replace(readout_share=1.0)
    one = reference.backward(weights, trace, y, None, 1)[1]
    assert np.allclose(one.w_in, SHARE * reference.backward(plain, trace, y, None, 1)[1].w_in, rtol=1e-12) and one.w_in.any()


@pytest.mark.parametrize("start", [0, 2])
def test_a_window_that_resynchronises_puts_both_passes_on_the_same_outputs(start):
    """Perturbed in the first window only: in the second the passes agree if, and only if, their outputs start alike too."""
    chip = compile_chip("ideal", network(recurrent_scale=0.0), 3, "float64")
    wired = wire(chip, Trace(learning_rate=1e-9).build(sizes_of(chip, BATCH, "sequence", STEPS)), BATCH, "sequence", STEPS)
    draws, losses = np.zeros((2 * STEPS, BATCH, N)), np.zeros((2, 2))
    draws[:STEPS] = random(STEPS, BATCH, N)
    loop.run(wired.network._replace(hidden_source=Recorded(0.1, draws)), wired.schedule, Forgetful(), wired.activity,
             random(2, STEPS, BATCH, INPUTS), random(2, STEPS, BATCH, OUTPUTS, seed=2), np.ones((2, STEPS)), np.array([1, start], np.uint8),
             losses, 1, 0, 1)
    assert losses[0, 0] != losses[0, 1] and (losses[1, 0] == losses[1, 1]) == (start == 2)


# ---- the rules -------------------------------------------------------------------------------------------------------
def change(rule, prepare=lambda parts, before: None, update="sequence", **settings):
    """(weights before, inputs, targets, changes) of one trial."""
    chip = compile_chip("ideal", network(**settings), 3, "float64")
    parts = rule.build(sizes_of(chip, BATCH, update, STEPS))
    before = {name: w.copy() for name, w in chip.weights().items()}
    prepare(parts, before)
    x, y = random(2, STEPS, BATCH, INPUTS), random(2, STEPS, BATCH, OUTPUTS, seed=2)
    wired = wire(chip, parts, BATCH, update, STEPS)
    loop.run(wired.network, wired.schedule, Forgetful(), wired.activity, x, y, np.ones((2, STEPS)), np.ones(2, np.uint8), np.zeros((2, 2)),
             1, 0, 1)
    return x, y, {name: chip.weights()[name] - before[name] for name in before}


@pytest.mark.parametrize("settings", [{}, SPIKING], ids=["tanh", "spiking"])
def test_the_readout_learns_by_the_exact_gradient(settings):
    """Two trials, each from rest: activity behind the leak is the presynaptic factor, and is forgotten with the trial."""
    x, y, found = change(Readout(learning_rate=1e-9), **settings)
    wanted = sum(reference.gradient(weights_of(settings), x[k], y[k])[1].w_out for k in range(2))
    assert np.abs(wanted).max() > 1e-2
    assert np.allclose(found["readout"], -1e-9 * STEPS * wanted, rtol=1e-5)


def test_online_the_readout_takes_the_same_steps_one_by_one():
    _, _, online = change(Readout(learning_rate=1e-9), update="step")
    _, _, together = change(Readout(learning_rate=1e-9))
    assert np.allclose(online["readout"], together["readout"], rtol=1e-5)


def test_outputs_that_are_perturbed_learn_by_their_new_share_of_the_gradient():
    """A perturbation of this step moves the outputs of this step by its share: exact on the mean over an orthogonal array of signs."""
    case, sigma = linear.case(N, 4, 1, INPUTS, OUTPUTS, seed=3, readout_tau_steps=TAU), 1e-4
    signs = orthogonal_signs(4 * OUTPUTS).reshape(-1, 4, OUTPUTS).swapaxes(0, 1)
    draws = {"hidden": np.zeros((4, signs.shape[1], N)), "output": np.ascontiguousarray(signs)}
    update = estimate(
        NP(learning_rate=1.0, sigma=sigma, scale="sigma2", loss="sample"), case, 1, copies=signs.shape[1], plain=True,
        source=lambda name, own: Recorded(sigma, draws[name]))
    weights = case.chip.weights()
    read = smoothed(linear.forward(weights, case)[0][1:], SHARE)
    wanted = np.einsum("tbi,tbj->ij", 2 / OUTPUTS * (read @ weights["readout"].T - case.target), read)
    np.testing.assert_allclose(update.mean["readout"], -SHARE * wanted, rtol=0, atol=1e-6 * np.abs(wanted).max())


@pytest.mark.parametrize("settings", [{"neuron": "leaky", "tau_steps": 2.0}, SPIKING], ids=["leaky", "spiking"])
def test_with_the_readout_as_feedback_local_eligibilities_give_the_gradient_without_recurrence(settings):
    def aligned(parts, before):
        parts.hidden.feedback[:, :N] = before["readout"]

    settings = {**settings, "recurrent_scale": 0.0}
    x, y, found = change(RFLO(learning_rate=1e-9), aligned, **settings)
    gradients = [reference.gradient(weights_of(settings), x[k], y[k])[1] for k in range(2)]
    for name, field in (("inputs", "w_in"), ("recurrent", "w_rec")):
        wanted = sum(getattr(g, field) for g in gradients)
        assert np.abs(wanted).max() > 1e-3 and np.allclose(found[name], -1e-9 * STEPS * wanted, rtol=1e-4, atol=1e-15)


def test_adaptive_feedback_follows_the_readout_through_the_leak():
    kept = {}

    def keep(parts, before):
        parts.hidden.feedback[:, :N] = before["readout"]
        kept["feedback"], kept["before"] = parts.hidden.feedback, before["readout"]

    _, _, found = change(EProp(learning_rate=RATE, feedback_rate=RATE), keep)
    assert np.allclose(kept["feedback"][:, :N] - kept["before"], found["readout"], rtol=1e-9, atol=1e-14)


# ---- the least-squares readout ---------------------------------------------------------------------------------------
def test_the_features_of_the_least_squares_readout_are_what_the_outputs_read():
    """On the chip and on ideal weights, over trials of which the second goes on from the first, and with steps that do not count."""
    active = np.ones((2, STEPS))
    active[:, 1] = 0
    trials = Trials(random(2, STEPS, BATCH, INPUTS), np.zeros((2, STEPS, BATCH, OUTPUTS)), active, np.array([True, False]))
    chip, before = compile_chip("ideal", network(), 3, "float64"), np.full((BATCH, N), np.nan)
    outputs, shown = observe(
        wire(chip, OBSERVER, BATCH, "step"), Arrays(trials, chip), chip, 1, 0, True, smoothed_before=before)
    rows, _, _ = reference.features(weights_of({}), trials)
    assert np.allclose(shown.reshape(-1, N), rows, rtol=1e-11, atol=1e-13)
    assert np.allclose(shown @ chip.weights()["readout"].T, outputs[:, [0, 2, 3, 4, 5]], rtol=1e-11, atol=1e-13)
    assert np.isfinite(before).all()


def test_the_ideal_network_has_the_leak_of_the_chip():
    for settings in ({}, SPIKING):
        assert ideal_weights(network(**settings), 1).readout_share == pytest.approx(SHARE)
        assert ideal_weights(network(**{**settings, "readout_tau_steps": None}), 1).readout_share == 1
    assert isinstance(ideal_weights(network(**SPIKING), 1), SpikingWeights) and cell_of(SPIKING["membrane"].build(N, 1, 1, np.float64), N)


def test_trials_are_smoothed_in_place_and_go_on_unless_they_start():
    hidden, before = random(3, STEPS, BATCH, N).astype(np.float32), np.full((BATCH, N), 0.5)
    wanted = [smoothed(hidden[0].astype(float), 0.4, before.copy()), smoothed(hidden[1].astype(float), 0.4)]
    wanted.append(smoothed(hidden[2].astype(float), 0.4, wanted[1][-1]))
    smooth_trials(hidden, np.array([0, 1, 0]), 0.4, before)
    assert np.allclose(hidden, wanted, rtol=1e-6, atol=1e-7) and np.allclose(before, wanted[2][-1], rtol=1e-12)
