"""The loop against a transcription of the authors' equations in NumPy: order of a step, requests, weights of steps, resets."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from assemble import make, recording

from neurosim import loop
from neurosim.random import Key, fill_normal
from neurosim.rules import ANP, Readout
from neurosim.rules.rule import OBSERVER, Sizes
from neurosim.schedules import EveryStep
from neurosim.sources.noise import Recorded
from neurosim.storage import padded
from neurosim.synapses.layout import matrix_of

N_IN, N, N_OUT, BATCH, STEPS = 2, 3, 2, 2, 6
ETA, SIGMA = 0.3, 0.05


class Weights(NamedTuple):
    w_in: np.ndarray
    w_rec: np.ndarray
    w_out: np.ndarray


class Case(NamedTuple):
    """Data of one trial, without the trial axis, and the unit normals of both populations."""

    x: np.ndarray
    y: np.ndarray
    z1: np.ndarray
    z2: np.ndarray


def case(seed=1):
    rng = np.random.Generator(np.random.Philox(key=np.array([seed, 9], np.uint64)))
    return Case(*(rng.standard_normal((STEPS, BATCH, n)) for n in (N_IN, N_OUT, N, N_OUT)))


def anp(weights, c, weight=None, steps=STEPS, state=None, pre="clean", eta=ETA, sigma=SIGMA):
    """Online ANP as the authors code it; (weights, clean and perturbed loss per step, clean hidden, clean outputs, state)."""
    w_in, w_rec, w_out = (w.copy() for w in weights)
    batch, scale = c.x.shape[1], np.sqrt(c.x.shape[2] + len(w_rec) + len(w_out))
    weight = np.ones(steps) if weight is None else weight
    clean, noisy = (np.zeros((batch, len(w_rec))),) * 2 if state is None else state
    losses, hidden, outputs = [], [], []
    for t in range(steps):
        h, h_noisy = c.x[t] @ w_in.T + clean @ w_rec.T, c.x[t] @ w_in.T + noisy @ w_rec.T + sigma * c.z1[t]
        before, before_noisy, clean, noisy = clean, noisy, np.tanh(h), np.tanh(h_noisy)
        y, y_noisy = clean @ w_out.T, noisy @ w_out.T + sigma * c.z2[t]
        loss, loss_noisy = (weight[t] * np.mean((out - c.y[t]) ** 2) for out in (y, y_noisy))
        step = -eta * scale / batch * (loss_noisy - loss)
        a1, a2 = h_noisy - h, y_noisy - y
        seen, sent = (before, clean) if pre == "clean" else (before_noisy, noisy)
        w_in += step * (a1 / np.sum(a1**2)).T @ c.x[t]
        w_rec += step * (a1 / np.sum(a1**2)).T @ seen
        w_out += step * (a2 / np.sum(a2**2)).T @ sent
        losses.append((loss, loss_noisy))
        hidden.append(clean)
        outputs.append(y)
    return Weights(w_in, w_rec, w_out), np.array(losses), np.array(hidden), np.array(outputs), (clean, noisy)


class Rig:
    """A network of ideal parts in float64 whose noise is given, and the loop around it."""

    def __init__(self, c, rule=None, parts=None):
        rule = rule or ANP(learning_rate=ETA, sigma=SIGMA)
        parts = parts or rule.build(Sizes(N_IN, N, N_OUT, BATCH, "step", np.float64))
        network, _, self.activity = make(dtype=np.float64, batch=BATCH, n=N)
        self.network = network._replace(
            hidden_rule=parts.hidden, output_rule=parts.output, hidden_source=Recorded(SIGMA, c.z1), output_source=Recorded(SIGMA, c.z2))

    @property
    def projections(self):
        return self.network.inputs, self.network.recurrent, self.network.readout

    def weights(self):
        """The matrices (post, pre) as they are."""
        return Weights(*(
            matrix_of(p.synapses, p.conductance, *size)
            for p, size in zip(self.projections, ((N, N_IN), (N, N), (N_OUT, N)), strict=True)))

    def run(self, c, steps=slice(0, STEPS), weight=None, start=1, is_last=1, seed=3, first=None, trials=1):
        """(losses, recording, steps done) of some steps of a case."""
        x, y = (np.ascontiguousarray(np.broadcast_to(a[steps], (trials, *a[steps].shape))) for a in (c.x, c.y))
        weight = np.ones(x.shape[:2]) if weight is None else np.array(weight, float).reshape(x.shape[:2])
        kept, losses = recording(*x.shape[:3], N, N_OUT, np.float64), np.zeros((trials, 2))
        starts = np.full(trials, start, np.uint8) if np.isscalar(start) else np.array(start, np.uint8)
        done = loop.run(
            self.network, EveryStep(), kept, self.activity, x, y, weight, starts, losses, seed,
            steps.start if first is None else first, is_last)
        return losses, kept, done


def assert_equal(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13)


# ---- order of a step --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("steps", [1, 2, STEPS])
def test_weights_and_losses_after_some_steps_are_those_of_the_equations(steps):
    c = case()
    rig = Rig(c)
    expected, by_step, hidden, outputs, (clean, noisy) = anp(rig.weights(), c, steps=steps)
    losses, kept, done = rig.run(c, slice(0, steps))
    assert done == steps
    assert_equal(rig.weights(), expected)
    assert_equal(losses, [by_step.mean(axis=0)])
    assert_equal((kept.hidden[0], kept.outputs[0]), (hidden, outputs))
    assert_equal((rig.activity.x_hat[:BATCH, :N], rig.activity.x_hat[BATCH:, :N]), (clean, noisy))


def test_the_noisy_presynaptic_factor_is_that_of_the_perturbed_pass():
    c = case()
    rig = Rig(c, ANP(learning_rate=ETA, sigma=SIGMA, pre="noisy"))
    expected = anp(rig.weights(), c, pre="noisy")[0]
    assert np.abs(expected.w_rec - anp(rig.weights(), c)[0].w_rec).max() > 1e-6
    rig.run(c)
    assert_equal(rig.weights(), expected)


def test_the_recurrence_does_not_learn_from_the_first_step_of_a_reset_trial():
    c = case()
    rig = Rig(c)
    before = rig.weights()
    rig.run(c, slice(0, 1))
    assert (rig.weights().w_rec == before.w_rec).all()
    assert (rig.weights().w_in != before.w_in).all() and (rig.weights().w_out != before.w_out).all()


def test_noise_is_drawn_for_the_step_that_is_counted_and_for_its_population():
    c = case()
    rule = ANP(learning_rate=ETA, sigma=SIGMA)
    parts = rule.build(Sizes(N_IN, N, N_OUT, BATCH, "step", np.float64))
    rig = Rig(c)
    rig.network = rig.network._replace(hidden_source=parts.source("hidden", N), output_source=parts.source("output", N_OUT))

    def drawn(stream, n, seed=11, first=40):
        normal = np.zeros((STEPS, BATCH * padded(n)), np.float64)
        for t in range(STEPS):
            fill_normal(Key(seed, stream, first + t), 0, normal[t])
        return normal.reshape(STEPS, BATCH, padded(n))[:, :, :n]

    noise = c._replace(z1=drawn(loop.HIDDEN_NOISE, N), z2=drawn(loop.OUTPUT_NOISE, N_OUT))
    expected = anp(rig.weights(), noise)[0]
    rig.run(c, seed=11, first=40)
    assert_equal(rig.weights(), expected)


# ---- requests ---------------------------------------------------------------------------------------------------------
def test_a_pending_request_is_written_at_the_end():
    c = case()
    rig = Rig(c)
    expected = anp(rig.weights(), c, steps=2)[0]
    rig.run(c, slice(0, 2), is_last=1)
    assert_equal(rig.weights(), expected)
    assert all(p.request.rank[0] == 0 for p in rig.projections)


def test_a_pending_request_is_left_if_another_call_goes_on():
    c = case()
    rig = Rig(c)
    one, whole = anp(rig.weights(), c, steps=1)[0], anp(rig.weights(), c)[0]
    rig.run(c, slice(0, 2), is_last=0)
    assert_equal(rig.weights(), one)
    assert all(p.request.rank[0] == BATCH for p in rig.projections)
    rig.run(c, slice(2, STEPS), start=0)
    assert_equal(rig.weights(), whole)


def test_writing_at_the_end_reads_nothing_that_is_kept():
    c = case()
    states = []
    for is_last in (0, 1):
        rig = Rig(c)
        _, kept, _ = rig.run(c, is_last=is_last)
        states.append((rig.activity.x.tobytes(), rig.activity.x_hat.tobytes(), kept.outputs.tobytes()))
    assert states[0] == states[1]


# ---- weights of the steps ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("weight", [[0, 1, 0, 0, 1, 0], [1, 0, 0, 0, 0, 0], [0.5, 2, 0, 1, 0.25, 3]])
def test_steps_of_weight_zero_ask_nothing_and_the_others_count_by_their_weight(weight):
    c = case()
    rig = Rig(c)
    expected, by_step, *_ = anp(rig.weights(), c, weight)
    losses, _, _ = rig.run(c, weight=weight)
    assert_equal(rig.weights(), expected)
    assert_equal(losses, [by_step.sum(axis=0) / np.sum(weight)])


def test_a_trial_in_which_no_step_counts_has_no_loss_and_changes_no_weight():
    c = case()
    rig = Rig(c)
    before = rig.weights()
    losses, kept, _ = rig.run(c, weight=np.zeros(STEPS))
    assert (losses == 0).all() and kept.outputs.any()
    assert [w.tobytes() for w in rig.weights()] == [w.tobytes() for w in before]


# ---- not a number --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("bad", [0, 3, STEPS - 1])
def test_the_loop_stops_at_the_step_whose_loss_is_not_finite(bad):
    c = case()
    c.y[bad, 1, 0] = np.nan
    rig = Rig(c)
    expected = anp(rig.weights(), c, steps=bad)[0]  # the request of the last good step is written, the bad one is not
    _, kept, done = rig.run(c)
    assert done == -(bad + 1)  # negative: ended by it
    assert_equal(rig.weights(), expected)
    assert not kept.outputs[0, bad + 1:].any()


@pytest.mark.filterwarnings("ignore:invalid value")
def test_an_overflowing_loss_of_the_perturbed_pass_alone_stops_the_loop():
    c = case()
    c.z2[2] = np.inf
    assert Rig(c).run(c)[2] == -3


# ---- trials --------------------------------------------------------------------------------------------------------------
def test_a_start_resets_both_passes_and_keeps_what_was_learned():
    c = case()
    rig = Rig(c)
    noise = [Recorded(SIGMA, np.concatenate([z, z])) for z in (c.z1, c.z2)]
    rig.network = rig.network._replace(hidden_source=noise[0], output_source=noise[1])
    first, *_ = anp(rig.weights(), c)
    second, by_step, *_ = anp(first, c)
    losses, _, _ = rig.run(c, trials=2)
    assert_equal(rig.weights(), second)
    assert_equal(losses[1], by_step.mean(axis=0))


def test_without_a_start_the_state_runs_on_into_the_next_trial():
    c = case()
    rig = Rig(c)
    noise = [Recorded(SIGMA, np.concatenate([z, z])) for z in (c.z1, c.z2)]
    rig.network = rig.network._replace(hidden_source=noise[0], output_source=noise[1])
    first, _, _, _, state = anp(rig.weights(), c)
    second, by_step, *_ = anp(first, c, state=state)
    losses, _, _ = rig.run(c, trials=2, start=(1, 0))
    assert_equal(rig.weights(), second)
    assert_equal(losses[1], by_step.mean(axis=0))


# ---- one pass -----------------------------------------------------------------------------------------------------------
def one_pass(c, rule="readout"):
    """A rig whose rule needs the clean pass only."""
    network, _, activity = make(rule="readout", dtype=np.float64, batch=BATCH, n=N)
    rig = Rig(c)
    learning = Readout(learning_rate=ETA).build(Sizes(N_IN, N, N_OUT, BATCH, "step", np.float64))
    parts = learning if rule == "readout" else OBSERVER
    rig.network, rig.activity = network._replace(hidden_rule=parts.hidden, output_rule=parts.output), activity
    return rig


def test_the_readout_rule_is_stochastic_gradient_descent_on_the_readout():
    c = case()
    rig = one_pass(c)
    w_in, w_rec, w_out = (w.copy() for w in rig.weights())
    x, losses = np.zeros((BATCH, N)), []
    for t in range(STEPS):
        x = np.tanh(c.x[t] @ w_in.T + x @ w_rec.T)
        error = x @ w_out.T - c.y[t]
        losses.append(np.mean(error**2))
        w_out -= ETA * 2 / error.size * error.T @ x
    found, _, _ = rig.run(c)
    assert_equal(rig.weights(), (w_in, w_rec, w_out))
    assert_equal(found, [[np.mean(losses)] * 2])  # the perturbed pass is the clean one


def test_the_order_of_the_samples_in_a_batch_does_not_matter_to_an_observer():
    c = case()
    swapped = Case(*(a[:, ::-1].copy() for a in c))
    results = [one_pass(d, "observer").run(d)[1].outputs for d in (c, swapped)]
    assert (results[0] == results[1][:, :, ::-1]).all()


def test_clear_load_and_measure_do_what_they_say():
    y, target = np.zeros((4, 64)), np.zeros((2, 2))
    y[:2, :2], y[2:, :2] = [[1, 2], [3, 4]], [[2, 2], [3, 3]]
    error, reference, perturbed = np.zeros((2, 64)), np.zeros(2), np.zeros(2)
    assert loop.measure(y, target, np.float64(0.5), error, reference, perturbed) == (0.5 * 30 / 4, 0.5 * 26 / 4)
    assert error[:, :2].tolist() == [[0.5, 1], [1.5, 2]] and reference.tolist() == [1.25, 6.25] and perturbed.tolist() == [2, 4.5]
    u = np.ones((4, 64))
    loop.load(u, np.array([[5.0], [6.0]]), 2)
    assert u[:, 0].tolist() == [5, 6, 5, 6]
    loop.clear(u)
    assert not u.any()
