"""The yardstick against mathematics (finite differences, tangents, closed forms) and the authors' golden vectors."""
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from neurosim import reference
from neurosim.errors import DivergenceError, InputError
from neurosim.reference import Gradients, State, Weights
from neurosim.tasks.task import Dataset
from neurosim.updaters.optimizer import schedule

RULES = Path(__file__).parent / "golden" / "rules"
TOLERANCE = 1e-9  # relative; the authors' code ran in float64


def golden(name):
    with np.load(RULES / f"{name}.npz") as file:
        return {key: file[key] for key in file.files}


def golden_weights(data, prefix="init"):
    return Weights(*(data[f"{prefix}_{name}"] for name in ("Wf0", "R0", "Wf1", "D0", "D1")), share=1.0)


def assert_close(measured, expected, tolerance=TOLERANCE):
    np.testing.assert_allclose(measured, expected, rtol=0.0, atol=tolerance * np.max(np.abs(expected)))


def random_weights(rng, n_inputs=3, n_hidden=7, n_outputs=2, share=1.0):
    return Weights(rng.normal(size=(n_hidden, n_inputs)) * 0.5,
                   rng.normal(size=(n_hidden, n_hidden)) / np.sqrt(n_hidden),
                   rng.normal(size=(n_outputs, n_hidden)) / np.sqrt(n_hidden),
                   np.eye(n_inputs) + 0.2 * rng.normal(size=(n_inputs, n_inputs)),
                   np.eye(n_hidden) + 0.2 * rng.normal(size=(n_hidden, n_hidden)), share)


def random_window(rng, n_steps=9, batch=4, n_inputs=3, n_outputs=2):
    return rng.normal(size=(n_steps, batch, n_inputs)), rng.normal(size=(n_steps, batch, n_outputs))


def random_state(rng, batch=4, n_hidden=7):
    return State(rng.normal(size=(batch, n_hidden)), rng.normal(size=(batch, n_hidden)))


def undecorrelated(weights):
    return weights._replace(d_in=np.eye(len(weights.d_in)), d_hidden=np.eye(len(weights.d_hidden)))


SHARES = {"paper": 1.0, "leaky": 0.3, "leak per neuron": np.linspace(0.1, 1.0, 7)}
MASK = np.array([0, 0, 1, 0, 1, 1, 0, 1, 0], dtype=float)


# ---- network ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("batch", [1, 4])
def test_forward_gives_the_clean_pass_of_the_authors(batch):
    data = golden(f"seq_ANP_B{batch}")
    trace = reference.forward(golden_weights(data), data["X"])
    for measured, name in zip(trace[:2], ("xhat0", "h1"), strict=True):
        assert_close(measured, data[f"clean_{name}"])
    for measured, name in ((trace.squashed, "x1"), (trace.hidden, "xhat1"), (trace.outputs, "y")):
        assert_close(measured, data[f"clean_{name}"])


@pytest.mark.parametrize("share", SHARES.values(), ids=SHARES)
def test_forward_follows_the_equations_sample_by_sample(share):
    rng = np.random.default_rng(1)
    weights, (inputs, _), state = random_weights(rng, share=share), random_window(rng), random_state(rng)
    trace = reference.forward(weights, inputs, state)
    for b in range(inputs.shape[1]):
        x, x_hat = state.activity[b], state.decorrelated[b]
        for t in range(len(inputs)):
            h = weights.w_in @ (weights.d_in @ inputs[t, b]) + weights.w_rec @ x_hat
            x = (1 - share) * x + share * np.tanh(h)
            x_hat = weights.d_hidden @ x
            assert_close(trace.outputs[t, b], weights.w_out @ x_hat, 1e-13)
        assert_close(trace.state.activity[b], x, 1e-13)
        assert_close(trace.state.decorrelated[b], x_hat, 1e-13)


def test_two_windows_that_hand_over_the_state_equal_one():
    rng = np.random.default_rng(2)
    weights, (inputs, _) = random_weights(rng, share=0.4), random_window(rng)
    whole = reference.forward(weights, inputs)
    first = reference.forward(weights, inputs[:4])
    second = reference.forward(weights, inputs[4:], first.state)
    assert_close(np.concatenate([first.outputs, second.outputs]), whole.outputs, 1e-14)
    assert_close(second.state.activity, whole.state.activity, 1e-14)


def test_state_of_another_batch_size_is_refused():
    rng = np.random.default_rng(3)
    with pytest.raises(InputError, match="batch of 2; the inputs have a batch of 4"):
        reference.forward(random_weights(rng), random_window(rng)[0], random_state(rng, batch=2))


# ---- gradient --------------------------------------------------------------------------------------------------------
def finite_difference(loss, weights, name, delta=1e-6):
    matrix = getattr(weights, name)
    slope = np.empty_like(matrix)
    for index in np.ndindex(matrix.shape):
        shift = np.zeros_like(matrix)
        shift[index] = delta
        slope[index] = (loss(weights._replace(**{name: matrix + shift}))
                        - loss(weights._replace(**{name: matrix - shift}))) / (2 * delta)
    return slope


@pytest.mark.parametrize("share", SHARES.values(), ids=SHARES)
@pytest.mark.parametrize("active", [None, MASK], ids=["every step", "some steps"])
@pytest.mark.parametrize("is_decorrelated", [False, True])
def test_true_gradient_equals_finite_differences(share, active, is_decorrelated):
    rng = np.random.default_rng(4)
    weights, (inputs, targets), state = random_weights(rng, share=share), random_window(rng), random_state(rng)
    if not is_decorrelated:
        weights = undecorrelated(weights)
    _, gradients, _ = reference.gradient(weights, inputs, targets, active, state)
    for name in Gradients._fields:
        expected = finite_difference(lambda w: reference.gradient(w, inputs, targets, active, state)[0], weights, name)
        assert_close(getattr(gradients, name), expected, 1e-8)


@pytest.mark.parametrize("horizon", [1, 2, 5])
@pytest.mark.parametrize("share", SHARES.values(), ids=SHARES)
def test_horizon_cuts_credit_at_a_constant_state(horizon, share):
    """The gradient is the sum over t of that of L_t alone, from a constant state `horizon` steps back."""
    rng = np.random.default_rng(5)
    weights, (inputs, targets) = random_weights(rng, share=share), random_window(rng)
    _, gradients, _ = reference.gradient(weights, inputs, targets, MASK, horizon=horizon)
    expected = Gradients(*(np.zeros_like(w) for w in weights[:3]))
    for t in np.flatnonzero(MASK):
        first = max(0, t + 1 - horizon)
        state = reference.forward(weights, inputs[:first]).state if first else None
        last_only = np.zeros(t + 1 - first)
        last_only[-1] = 1.0
        _, part, _ = reference.gradient(weights, inputs[first:t + 1], targets[first:t + 1], last_only, state)
        expected = Gradients(*(e + p / MASK.sum() for e, p in zip(expected, part, strict=True)))
    for measured, wanted in zip(gradients, expected, strict=True):
        assert_close(measured, wanted, 1e-13)


def test_horizon_as_long_as_the_window_is_true_bptt():
    rng = np.random.default_rng(6)
    weights, (inputs, targets) = random_weights(rng, share=0.5), random_window(rng)
    _, whole, _ = reference.gradient(weights, inputs, targets)
    for horizon in (len(inputs) - 1, len(inputs), 100):
        _, cut, _ = reference.gradient(weights, inputs, targets, horizon=horizon)
        is_whole = horizon >= len(inputs)
        assert all(np.allclose(a, b, rtol=1e-12, atol=1e-15) for a, b in zip(cut, whole, strict=True)) == is_whole


def tangent(weights, direction, inputs, state):
    """Forward mode (the RTRL of Williams & Zipser, contracted with one direction): change of the outputs."""
    trace = reference.forward(weights, inputs, state)
    dx, dx_hat, change = np.zeros_like(state.activity), np.zeros_like(state.decorrelated), []
    for t in range(len(inputs)):
        dh = (trace.inputs[t] @ direction.w_in.T + trace.entering[t] @ direction.w_rec.T + dx_hat @ weights.w_rec.T)
        dx = (1 - weights.share) * dx + weights.share * (1 - np.tanh(trace.potential[t]) ** 2) * dh
        dx_hat = dx @ weights.d_hidden.T
        change.append(trace.hidden[t] @ direction.w_out.T + dx_hat @ weights.w_out.T)
    return np.array(change)


@pytest.mark.parametrize("share", SHARES.values(), ids=SHARES)
def test_backward_is_the_adjoint_of_the_tangent(share):
    rng = np.random.default_rng(7)
    weights, (inputs, cotangent), state = random_weights(rng, share=share), random_window(rng), random_state(rng)
    direction = Gradients(*(rng.normal(size=w.shape) for w in weights[:3]))
    trace = reference.forward(weights, inputs, state)
    targets = trace.outputs - cotangent * (cotangent.size / 2)  # makes dL/dy equal to the cotangent
    _, gradients = reference.backward(weights, trace, targets)
    forward_mode = np.vdot(cotangent, tangent(weights, direction, inputs, state))
    reverse_mode = sum(np.vdot(g, d) for g, d in zip(gradients, direction, strict=True))
    assert reverse_mode == pytest.approx(forward_mode, rel=1e-11)


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize(("prefix", "horizon"), [("grad", 1), ("bptt", None)])
def test_gradient_equals_the_authors(batch, prefix, horizon):
    data = golden(f"bp_B{batch}")
    loss, gradients, _ = reference.gradient(golden_weights(data), data["X"], data["Y"], horizon=horizon)
    assert loss == pytest.approx(float(data["loss"]), rel=TOLERANCE)
    for measured, name in zip(gradients, ("Wf0", "R0", "Wf1"), strict=True):
        assert_close(measured, data[f"{prefix}_{name}"])


def test_zero_error_gives_zero_gradient():
    rng = np.random.default_rng(8)
    weights, (inputs, _) = random_weights(rng), random_window(rng)
    loss, gradients, _ = reference.gradient(weights, inputs, reference.forward(weights, inputs).outputs)
    assert loss == 0.0 and not any(g.any() for g in gradients)


def test_window_without_active_steps_has_no_loss_and_no_gradient():
    rng = np.random.default_rng(9)
    loss, gradients, state = reference.gradient(random_weights(rng), *random_window(rng), active=np.zeros(9))
    assert loss == 0.0 and not any(g.any() for g in gradients) and state.activity.any()


def test_horizon_below_one_is_refused():
    rng = np.random.default_rng(10)
    with pytest.raises(InputError, match="horizon = 0; must be at least 1"):
        reference.gradient(random_weights(rng), *random_window(rng), horizon=0)


# ---- Adam and decorrelation ------------------------------------------------------------------------------------------
def test_adam_follows_the_formula():
    rng = np.random.default_rng(11)
    weights = random_weights(rng)
    history = [Gradients(*(rng.normal(size=w.shape) for w in weights[:3])) for _ in range(3)]
    state, moved = reference.start_adam(weights), weights
    for gradients in history:
        state, moved = reference.adam(state, gradients, moved, 0.01)
    for k, start in enumerate(weights[:3]):
        expected = start.copy()
        for n in range(1, 4):
            mean = sum(0.1 * 0.9 ** (n - s) * history[s - 1][k] for s in range(1, n + 1)) / (1 - 0.9**n)
            square = sum(0.001 * 0.999 ** (n - s) * history[s - 1][k] ** 2 for s in range(1, n + 1)) / (1 - 0.999**n)
            expected -= 0.01 * mean / (np.sqrt(square) + 1e-8)
        assert_close(moved[k], expected, 1e-14)
    assert state.step == 3


def test_first_step_of_adam_is_the_learning_rate_against_the_sign():
    weights = random_weights(np.random.default_rng(12))
    gradients = Gradients(*(np.full_like(w, -3.0) for w in weights[:3]))
    _, moved = reference.adam(reference.start_adam(weights), gradients, weights, 0.01)
    assert_close(moved.w_rec - weights.w_rec, np.full_like(weights.w_rec, 0.01), 1e-8)


def test_rate_zero_freezes_one_matrix_alone():
    weights = random_weights(np.random.default_rng(13))
    gradients = Gradients(*(np.ones_like(w) for w in weights[:3]))
    _, moved = reference.adam(reference.start_adam(weights), gradients, weights, Gradients(0.0, 0.0, 0.1))
    assert (moved.w_in == weights.w_in).all() and (moved.w_rec == weights.w_rec).all()
    assert (moved.w_out != weights.w_out).all()


@pytest.mark.parametrize("form", ["head", "published"])
def test_decorrelation_follows_the_formula(form):
    rng = np.random.default_rng(14)
    d, x_hat = np.eye(6) + 0.1 * rng.normal(size=(6, 6)), rng.normal(size=(5, 3, 6))
    correlation = np.mean([[np.outer(x, x) for x in step] for step in x_hat], axis=(0, 1))
    correlation[np.diag_indices(6)] = 0.0
    expected = d - 0.02 * (correlation @ d if form == "head" else correlation)
    assert_close(reference.decorrelate(d, x_hat, 0.02, form), expected, 1e-14)


@pytest.mark.parametrize("batch", [1, 4])
def test_decorrelation_equals_the_authors_per_step_and_per_sequence(batch):
    data = golden(f"decor_B{batch}_input1")
    weights, rate = golden_weights(data), float(data["lr_decor"])
    trace = reference.forward(weights, data["X"])
    for d, x_hat, name in ((weights.d_in, trace.inputs, "D0"), (weights.d_hidden, trace.hidden, "D1")):
        assert_close(reference.decorrelate(d, x_hat[0], rate), data[f"after_online_{name}"])
        assert_close(reference.decorrelate(d, x_hat[0], rate, "published"), data[f"after_online_paperera_{name}"])
        assert_close(reference.decorrelate(d, x_hat, rate), data[f"after_sequence_{name}"])


@pytest.mark.parametrize("form", ["head", "published"])
def test_decorrelation_removes_correlations(form):
    rng = np.random.default_rng(15)
    x = rng.normal(size=(2000, 5)) @ (np.eye(5) + 0.3 * rng.normal(size=(5, 5)))
    d = np.eye(5)
    for _ in range(2000):
        d = reference.decorrelate(d, x @ d.T, 0.02, form)
    moment = (x @ d.T).T @ (x @ d.T) / len(x)
    assert np.abs(moment - np.diag(moment.diagonal())).max() < 1e-4


def test_unknown_form_of_decorrelation_is_refused():
    with pytest.raises(InputError, match="form = 'best'; must be 'head' or 'published'"):
        reference.decorrelate(np.eye(2), np.ones((1, 2)), 0.1, "best")


# ---- the authors' online loop ----------------------------------------------------------------------------------------
SETTINGS = [(batch, decor, include) for batch in (1, 4) for decor, include in ((0, 0), (1, 0), (1, 1))]


@pytest.mark.parametrize(("batch", "decor", "include"), SETTINGS)
@pytest.mark.parametrize(("steps", "epochs"), [(1, 1), (2, 1), (3, 1), (12, 1), (12, 2)])
def test_online_one_step_equals_the_authors_loop(batch, decor, include, steps, epochs):
    data = golden(f"online_BP_B{batch}_decor{decor}_input{include}")
    inputs, targets = data["X"][:steps], data["Y"][:steps]
    curve = reference.online_one_step(golden_weights(data), inputs, targets, float(data["lr"]),
                                      decor * float(data["lr_decor"]), bool(include), epochs=epochs,
                                      test_inputs=0.5 * inputs, test_targets=targets)
    expected = golden_weights(data, f"new{steps}" if epochs == 1 else f"new{steps}x{epochs}")
    for measured, wanted in zip(curve.weights[:5], expected[:5], strict=True):
        assert_close(measured, wanted)
    suffix = f"mean{steps}" if epochs == 1 else f"{epochs}epochs"
    assert_close(curve.train_loss, np.atleast_1d(data[f"train_loss_{suffix}"]))
    assert_close(curve.test_loss, np.atleast_1d(data[f"test_loss_{suffix}"]))


# ---- training --------------------------------------------------------------------------------------------------------
class Trials(NamedTuple):
    inputs: np.ndarray
    targets: np.ndarray
    active: np.ndarray
    starts: np.ndarray


class Task:
    def __init__(self, train, test, update="sequence", carries_state=False):
        self.train, self.test, self.update, self.carries_state = train, test, update, carries_state

    def scores(self, outputs):
        return {"largest": float(np.abs(outputs).max())}


def fresh_copy(rng, n_trials, batch, n_symbols=3, n_shown=2, delay=2):
    """Fresh symbols are shown, then a delay, then they are to be recalled in order."""
    symbols = np.eye(n_symbols)[rng.integers(n_symbols, size=(n_trials, n_shown, batch))]
    n_steps = 2 * n_shown + delay
    inputs = np.zeros((n_trials, n_steps, batch, n_symbols + 1))
    targets = np.zeros((n_trials, n_steps, batch, n_symbols))
    inputs[:, :n_shown, :, :n_symbols], targets[:, -n_shown:] = symbols, symbols
    inputs[:, n_shown:, :, n_symbols] = 1.0
    active = np.zeros((n_trials, n_steps))
    active[:, -n_shown:] = 1.0
    return Trials(inputs, targets, active, np.ones(n_trials, dtype=bool))


def test_true_bptt_learns_to_remember_where_one_step_does_not():
    test = fresh_copy(np.random.default_rng(100), 1, 200)
    task = Task(lambda epoch: fresh_copy(np.random.default_rng([101, epoch]), 100, 20), test)
    weights = undecorrelated(random_weights(np.random.default_rng(16), 4, 24, 3))
    true = reference.train(weights, task, 3e-3, epochs=5)
    one_step = reference.train(weights, task, 3e-3, epochs=5, horizon=1)
    frozen = reference.train(weights, task, Gradients(0.0, 0.0, 3e-3), epochs=5)
    assert true.test_loss[-1] < 0.2 * one_step.test_loss[-1]
    assert true.test_loss[-1] < 0.2 * frozen.test_loss[-1]
    assert (frozen.weights.w_rec == weights.w_rec).all()


def test_online_training_carries_the_state_across_windows_and_trials_and_resets_at_starts():
    rng = np.random.default_rng(17)
    weights = random_weights(rng, share=0.6)
    inputs, targets = rng.normal(size=(3, 7, 4, 3)), rng.normal(size=(3, 7, 4, 2))
    trials = Trials(inputs, targets, np.ones((3, 7)), np.array([True, False, True]))
    curve = reference.train(weights, Task(lambda epoch: trials, trials, "step"), 0.01, 1, window=3)
    state, optimizer, moved, losses = None, reference.start_adam(weights), weights, []
    for trial, steps in ((k, slice(t, min(t + 3, 7))) for k in range(3) for t in (0, 3, 6)):
        if steps.start == 0 and trial in (0, 2):
            state = None
        loss, gradients, state = reference.gradient(moved, inputs[trial, steps], targets[trial, steps], state=state)
        optimizer, moved = reference.adam(optimizer, gradients, moved, 0.01)
        losses += [loss] * (steps.stop - steps.start)
    assert all((a == b).all() for a, b in zip(curve.weights[:5], moved[:5], strict=True))
    assert curve.train_loss[0] == pytest.approx(np.mean(losses), rel=1e-14)
    outputs = np.array([reference.forward(moved, inputs[0]).outputs, np.zeros((7, 4, 2)),
                        reference.forward(moved, inputs[2]).outputs])
    outputs[1] = reference.forward(moved, inputs[1], reference.forward(moved, inputs[0]).state).outputs
    assert curve.test_loss[0] == pytest.approx(np.mean((outputs - targets) ** 2), rel=1e-13)
    assert curve.scores == {"largest": pytest.approx(np.abs(outputs).max(), rel=1e-13)}


def test_training_that_diverges_stops_with_the_step():
    rng = np.random.default_rng(18)
    inputs, targets = random_window(rng)
    trials = Trials(inputs[None], targets[None] * np.where(np.arange(9) < 6, 1.0, np.inf)[:, None, None],
                    np.ones((1, 9)), np.array([True]))
    with pytest.raises(DivergenceError, match="diverged at step 2: training loss"):
        reference.train(random_weights(rng), Task(lambda epoch: trials, trials, "step"), 0.01, 1, window=3)


def test_training_leaves_the_given_weights_and_the_global_generator_alone():
    rng = np.random.default_rng(19)
    weights, (inputs, targets) = random_weights(rng), random_window(rng)
    before, generator = [w.copy() for w in weights[:5]], np.random.get_state()[1].copy()  # noqa: NPY002
    reference.online_one_step(weights, inputs, targets, 0.01, 0.01, True)
    assert all((a == b).all() for a, b in zip(weights[:5], before, strict=True))
    assert (np.random.get_state()[1] == generator).all()  # noqa: NPY002


# ---- readout ---------------------------------------------------------------------------------------------------------
def test_features_are_the_hidden_states_of_the_active_steps_in_order():
    rng = np.random.default_rng(20)
    weights, trials = random_weights(rng, 4, 7, 3), fresh_copy(rng, 3, 5)
    rows, targets, _ = reference.features(weights, trials)
    hidden = [reference.forward(weights, trials.inputs[k]).hidden[-2:].reshape(-1, 7) for k in range(3)]
    assert_close(rows, np.concatenate(hidden), 1e-14)
    assert (targets == trials.targets[:, -2:].reshape(-1, 3)).all()


def test_long_streams_do_not_depend_on_the_chunk_length():
    rng = np.random.default_rng(21)
    weights, inputs = random_weights(rng), rng.normal(size=(2, 300, 4, 3))
    trials = Trials(inputs, np.zeros((2, 300, 4, 2)), np.ones((2, 300)), np.array([True, False]))
    outputs, _ = reference.respond(weights, trials)
    assert_close(outputs.reshape(600, 4, 2), reference.forward(weights, inputs.reshape(600, 4, 3)).outputs, 1e-13)


def test_least_squares_recovers_known_weights():
    rng = np.random.default_rng(22)
    rows, w_out = rng.normal(size=(400, 12)), rng.normal(size=(3, 12))
    measured, ridge = reference.least_squares_readout(rows, rows @ w_out.T)
    assert_close(measured, w_out, 1e-10)
    assert ridge == min(reference.RIDGES)


def test_ridge_solves_its_normal_equations():
    rng = np.random.default_rng(23)
    rows, targets = rng.normal(size=(50, 6)), rng.normal(size=(50, 2))
    w_out, ridge = reference.least_squares_readout(rows, targets, 0.3)
    penalty = 0.3 * np.sum(rows**2) / 6
    assert_close(w_out, np.linalg.solve(rows.T @ rows + penalty * np.eye(6), rows.T @ targets).T, 1e-12)
    assert ridge == 0.3


def test_noise_asks_for_a_larger_ridge_and_gains_from_it():
    rng = np.random.default_rng(24)
    rows, w_out = rng.normal(size=(150, 100)), rng.normal(size=(1, 100))
    noisy = rows @ w_out.T + 20.0 * rng.normal(size=(150, 1))
    chosen, ridge = reference.least_squares_readout(rows, noisy)
    plain, _ = reference.least_squares_readout(rows, noisy, min(reference.RIDGES))
    assert ridge > 0.01
    assert np.sum((chosen - w_out) ** 2) < np.sum((plain - w_out) ** 2)


def test_least_squares_survives_dead_and_duplicate_features():
    rng = np.random.default_rng(25)
    rows = rng.normal(size=(60, 4))
    rows = np.hstack([rows, rows[:, :2], np.zeros((60, 1))])
    targets = rows[:, :4] @ rng.normal(size=(4, 2))
    w_out, _ = reference.least_squares_readout(rows, targets, 0.0)
    assert_close(rows @ w_out.T, targets, 1e-12)


def test_least_squares_beats_the_readout_that_adam_finds():
    rng = np.random.default_rng(26)
    weights = undecorrelated(random_weights(rng, 4, 24, 3))
    trials = fresh_copy(rng, 40, 20)
    w_out, _ = reference.least_squares_readout(*reference.features(weights, trials)[:2])
    learned = reference.train(weights, Task(lambda epoch: trials, trials), Gradients(0.0, 0.0, 3e-3), epochs=3)
    outputs, _ = reference.respond(weights._replace(w_out=w_out), trials)
    assert reference.squared_error(outputs, trials) < learned.test_loss[-1]


@pytest.mark.parametrize("decay", ["linear", "cosine"])
def test_rates_fall_over_all_windows_as_those_of_the_optimizer_do(decay):
    """Three trials, two epochs: Adam by hand, every step at its own rate."""
    rng = np.random.default_rng(5)
    trials = Trials(rng.standard_normal((3, 4, 2, 1)), rng.standard_normal((3, 4, 2, 1)), np.ones((3, 4)), np.ones(3, bool))
    dataset = Dataset(1, 1, "sequence", lambda epoch: trials, trials, False, {}, lambda outputs: {"mse": 0.0}, "random numbers")
    start = Weights(*(rng.standard_normal(shape) for shape in ((3, 1), (3, 3), (1, 3))), np.eye(1), np.eye(3), 1.0)
    found, weights, state = reference.train(start, dataset, 0.05, 2, decay=decay).weights, start, reference.start_adam(start)
    for turn, factor in enumerate(schedule(decay, 6)):
        trace = reference.forward(weights, trials.inputs[turn % 3], None)
        _, gradients = reference.backward(weights, trace, trials.targets[turn % 3], np.ones(4), None)
        state, weights = reference.adam(state, gradients, weights, 0.05 * factor)
    for a, b in zip(found[:3], weights[:3], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_a_stream_falls_window_by_window_and_every_matrix_from_its_own_rate():
    """Two streams of 7 steps in windows of 3, two epochs: 12 windows."""
    rng = np.random.default_rng(27)
    weights, rates = random_weights(rng), Gradients(0.0, 0.01, 0.03)
    inputs, targets = rng.normal(size=(2, 7, 4, 3)), rng.normal(size=(2, 7, 4, 2))
    trials = Trials(inputs, targets, np.ones((2, 7)), np.array([True, False]))
    found = reference.train(weights, Task(lambda epoch: trials, trials, "step"), rates, 2, window=3, decay="cosine").weights
    state, optimizer, moved = None, reference.start_adam(weights), weights
    windows = [(trial, slice(t, min(t + 3, 7))) for _ in range(2) for trial in (0, 1) for t in (0, 3, 6)]
    for (trial, steps), factor in zip(windows, schedule("cosine", 12), strict=True):
        state = None if (trial, steps.start) == (0, 0) else state
        _, gradients, state = reference.gradient(moved, inputs[trial, steps], targets[trial, steps], state=state)
        optimizer, moved = reference.adam(optimizer, gradients, moved, Gradients(*(factor * rate for rate in rates)))
    assert all((a == b).all() for a, b in zip(found[:3], moved[:3], strict=True)) and (found.w_in == weights.w_in).all()
