"""The yardstick: the same network on ideal, noise-free float64 weights, trained with the true gradient and Adam.

`reference_network` holds the network and its gradient, `reference_readout` the least-squares readout; this file holds
decorrelation, Adam and training.  Everything a user needs can be imported from here.

References
----------
.. [1] J. García Fernández, S. Keemink, M. van Gerven, Gradient-free training of recurrent neural networks using random
   perturbations, Front. Neurosci. 18:1439155, 2024
.. [2] R. J. Williams, D. Zipser, A learning algorithm for continually running fully recurrent neural networks, Neural
   Computation 1(2), 1989
.. [3] D. P. Kingma, J. Ba, Adam: a method for stochastic optimization, ICLR 2015, arXiv:1412.6980
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .errors import DivergenceError, InputError
from .reference_network import Gradients, State, Trace, Weights, backward, forward, gradient
from .reference_readout import RIDGES, features, least_squares_readout, respond, squared_error, windows
from .updaters.optimizer import schedule

__all__ = [
    "RIDGES", "Adam", "Curve", "Gradients", "State", "Trace", "Weights", "adam", "backward", "decorrelate", "features",
    "forward", "gradient", "least_squares_readout", "online_one_step", "respond", "squared_error", "start_adam",
    "train", "windows",
]

BETA_MEAN, BETA_SQUARE, EPSILON = 0.9, 0.999, 1e-8  # [3], section 2; the defaults of torch.optim.Adam as well


class Adam(NamedTuple):
    """Memory of the optimiser."""

    step: int          # updates done
    mean: Gradients    # running mean of the gradient
    square: Gradients  # running mean of its square


class Curve(NamedTuple):
    """What training returns."""

    train_loss: np.ndarray  # (epochs,) mean over the active steps, each with the weights of its own moment
    test_loss: np.ndarray   # (epochs,) mean squared error after each epoch
    scores: dict            # of the task, on the test trials, after the last epoch
    weights: Weights        # after the last epoch
    state: State | None     # after the last training step


def start_adam(weights: Weights) -> Adam:
    """Memory of an optimiser that has not seen a gradient."""
    return Adam(0, *(Gradients(*(np.zeros_like(w) for w in weights[:3])) for _ in range(2)))


def adam(state: Adam, gradients: Gradients, weights: Weights,
         learning_rate: float | Gradients) -> tuple[Adam, Weights]:
    """One step of Adam on W_in, W_rec and W_out ([3]_, algorithm 1).

        m ← β₁ m + (1 - β₁) g,   v ← β₂ v + (1 - β₂) g²
        w ← w - η (m / (1 - β₁ⁿ)) / (√(v / (1 - β₂ⁿ)) + ε)

    Parameters
    ----------
    learning_rate : η, one number, or `Gradients` with one number per matrix; 0 leaves a matrix exactly as it is
    """
    step = state.step + 1
    rates: Any = learning_rate if isinstance(learning_rate, Gradients) else (learning_rate,) * 3
    means, squares, matrices = [], [], []
    for mean, square, g, w, rate in zip(state.mean, state.square, gradients, weights[:3], rates, strict=True):
        mean = BETA_MEAN * mean + (1.0 - BETA_MEAN) * g
        square = BETA_SQUARE * square + (1.0 - BETA_SQUARE) * (g * g)
        scale = np.sqrt(square / (1.0 - BETA_SQUARE**step)) + EPSILON
        means.append(mean)
        squares.append(square)
        matrices.append(w - (rate / (1.0 - BETA_MEAN**step)) * (mean / scale))
    w_in, w_rec, w_out = matrices
    return Adam(step, Gradients(*means), Gradients(*squares)), weights._replace(w_in=w_in, w_rec=w_rec, w_out=w_out)


def decorrelate(d: np.ndarray, x_hat: np.ndarray, rate: float, form: str = "head") -> np.ndarray:
    """One update of a decorrelation matrix that drives the off-diagonal second moments of x̂ to zero.

        C = ⟨x̂ᵀx̂⟩ without its diagonal
        "head":       D ← D - ε C D         the code of [1]_ as it is now
        "published":  D ← D - ε C           the code at the time of publication; local in every synapse

    Parameters
    ----------
    d : (N, N) float
    x_hat : (..., N) float; the mean runs over all leading axes: a batch gives the online update, (T, B, N) the
        update per sequence
    rate : ε

    Notes
    -----
    O(N² B): ``C D = x̂ᵀ(x̂ D)/B - diag(⟨x̂²⟩) D`` needs no product of two N x N matrices.
    """
    samples = x_hat.reshape(-1, x_hat.shape[-1])
    if form == "head":
        moment = np.einsum("bi,bi->i", samples, samples)
        correlation = samples.T @ (samples @ d) - moment[:, None] * d
    elif form == "published":
        correlation = samples.T @ samples
        np.fill_diagonal(correlation, 0.0)
    else:
        raise InputError("form", f"= {form!r}; must be 'head' or 'published'")
    return d - (rate / len(samples)) * correlation


@np.errstate(over="ignore", invalid="ignore")  # DivergenceError says it better
def train(weights: Weights, dataset: Any, learning_rate: float | Gradients, epochs: int, horizon: int | None = None,
          window: int = 50, decorrelation_rate: float = 0.0, input_decorrelation: bool = False,
          form: str = "head", decay: str = "none", decorrelation_falls: bool = False) -> Curve:
    """Train with Adam on a task and test after every epoch.

    A task that learns online (``dataset.update == "step"``) is cut into windows of `window` steps; a task that learns
    per sequence is not cut.  Per window: forward, backward inside the window, update of D, one Adam step.  The state
    runs on from window to window as a constant and is reset where ``starts`` says so.  A window without any active
    step changes no weight.

    * true BPTT: ``horizon=None``; online tasks give up credit beyond `window` steps
    * what [1]_ calls BPTT: ``horizon=1``, and ``window=1`` for its online tasks
    * frozen hidden layer, same readout rule: ``learning_rate=Gradients(0.0, 0.0, rate)``

    Parameters
    ----------
    dataset : a task of `neurosim.tasks`: ``train(epoch)`` and ``test`` give trials (inputs, targets, active, starts)
    decorrelation_rate : ε of `decorrelate` for D1, and for D0 with `input_decorrelation`; 0 leaves both alone
    decay : of the learning rate over all windows, "none", "linear" or "cosine", as in ``train.optimizer``
    decorrelation_falls : whether ε falls alike

    Raises
    ------
    DivergenceError
        The training or the test loss is not finite.
    """
    if dataset.update not in ("step", "sequence"):
        raise InputError("dataset.update", f"= {dataset.update!r}; must be 'step' or 'sequence'")
    if window < 1:
        raise InputError("window", f"= {window}; must be at least 1")
    optimizer, state, step, outputs = start_adam(weights), None, 0, None
    train_loss, test_loss, pace = np.zeros(epochs), np.zeros(epochs), np.ones(1)
    for epoch in range(epochs):
        trials = dataset.train(epoch)
        length = window if dataset.update == "step" else trials.inputs.shape[1]
        if epoch == 0:
            pace = schedule(decay, epochs * len(list(windows(trials, length))))
        for trial, steps, is_reset in windows(trials, length):
            active = np.asarray(trials.active[trial, steps], dtype=np.float64)
            trace = forward(weights, trials.inputs[trial, steps], None if is_reset else state)
            loss, gradients = backward(weights, trace, trials.targets[trial, steps], active, horizon)
            _stop_unless_finite(loss, step, "training loss")
            state = trace.state
            if decorrelation_rate:
                falling = pace[min(step, len(pace) - 1)] if decorrelation_falls else 1.0
                weights = _decorrelated(weights, trace, falling * decorrelation_rate, input_decorrelation, form)
            if active.any():
                optimizer, weights = adam(optimizer, gradients, weights, _scaled(learning_rate, pace[min(step, len(pace) - 1)]))
            train_loss[epoch] += loss * active.sum()
            step += 1
        train_loss[epoch] /= trials.active.sum()
        outputs, _ = respond(weights, dataset.test, state if dataset.carries_state else None)
        test_loss[epoch] = squared_error(outputs, dataset.test)
        _stop_unless_finite(test_loss[epoch], step, "test loss")
    return Curve(train_loss, test_loss, dict(dataset.scores(outputs)) if epochs else {}, weights, state)


def _scaled(rate, factor):
    return Gradients(*(factor * r for r in rate)) if isinstance(rate, Gradients) else factor * rate


def _stop_unless_finite(loss, step, quantity):
    if not np.isfinite(loss):
        raise DivergenceError(step, quantity, "none kept; repeat with a lower learning rate")


def _decorrelated(weights, trace, rate, includes_inputs, form):
    if includes_inputs:
        weights = weights._replace(d_in=decorrelate(weights.d_in, trace.inputs, rate, form))
    return weights._replace(d_hidden=decorrelate(weights.d_hidden, trace.hidden, rate, form))


class _Trials(NamedTuple):
    inputs: np.ndarray
    targets: np.ndarray
    active: np.ndarray
    starts: np.ndarray


class _Stream(NamedTuple):
    """One stream for training and one for testing, as a task."""

    training: _Trials
    test: _Trials
    update: str = "step"
    carries_state: bool = True

    def train(self, epoch):
        return self.training

    def scores(self, outputs):
        return {}


def online_one_step(weights: Weights, inputs: np.ndarray, targets: np.ndarray, learning_rate: float | Gradients,
                    decorrelation_rate: float = 0.0, input_decorrelation: bool = False, form: str = "head",
                    epochs: int = 1, test_inputs: np.ndarray | None = None,
                    test_targets: np.ndarray | None = None) -> Curve:
    """The online loop that the code of [1]_ runs under the name of BPTT: one-step gradient, Adam at every step.

    Per step, in this order: forward; loss and gradient of this step alone, with the D of this step; update of D; Adam.
    The state x̂ runs on, is reset at the start of every epoch and, at the end of it, carried into the test, which uses
    the new weights and the new D and changes nothing.  The memory of Adam lives through all epochs.

    Parameters
    ----------
    inputs : (T, B, I) float
    targets : (T, B, O) float
    test_inputs, test_targets : (T', B, I), (T', B, O); None tests on the training stream
    """
    tested = (inputs, targets) if test_inputs is None else (test_inputs, test_targets)
    stream = _Stream(_one_trial(inputs, targets, True), _one_trial(*tested, False))
    return train(weights, stream, learning_rate, epochs, horizon=1, window=1, decorrelation_rate=decorrelation_rate,
                 input_decorrelation=input_decorrelation, form=form)


def _one_trial(inputs, targets, is_reset):
    inputs, targets = np.asarray(inputs)[None], np.asarray(targets)[None]
    return _Trials(inputs, targets, np.ones(inputs.shape[:2]), np.array([is_reset]))
