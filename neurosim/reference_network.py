"""Forward pass and exact gradient of the recurrent network on ideal weights: NumPy, float64, no noise.

The network of [1]_, section 2, with an optional leak (`share` = 1 is the paper's neuron); batches are row vectors:

    x̂0(t) = u(t) D0ᵀ
    h(t)  = x̂0(t) W_inᵀ + x̂(t-1) W_recᵀ
    x(t)  = (1 - share) x(t-1) + share tanh(h(t))
    x̂(t)  = x(t) D1ᵀ                                  feeds the recurrence and the readout
    y(t)  = f(t) W_outᵀ,  f(t) = (1 - readout_share) f(t-1) + readout_share x̂(t)      outputs that integrate; 1 is the paper's, f = x̂

References
----------
.. [1] J. García Fernández, S. Keemink, M. van Gerven, Gradient-free training of recurrent neural networks using random
   perturbations, Front. Neurosci. 18:1439155, 2024
.. [2] R. J. Williams, D. Zipser, A learning algorithm for continually running fully recurrent neural networks, Neural
   Computation 1(2), 1989
"""
from __future__ import annotations

from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np

from .errors import InputError
from .readout_leak import passed_back, smoothed


class Weights(NamedTuple):
    """Everything that defines the network; sizes I inputs, H hidden, O outputs."""

    w_in: np.ndarray           # (H, I)
    w_rec: np.ndarray          # (H, H)
    w_out: np.ndarray          # (O, H)
    d_in: np.ndarray           # (I, I) decorrelation of the inputs, identity without it
    d_hidden: np.ndarray       # (H, H) decorrelation of the hidden state, identity without it
    share: float | np.ndarray  # scalar or (H,), in (0, 1]: part of the state that is new at every step
    readout_share: float = 1.0  # the same of the outputs


class Gradients(NamedTuple):
    """One array per trained matrix, in the shape of that matrix."""

    w_in: np.ndarray
    w_rec: np.ndarray
    w_out: np.ndarray


class State(NamedTuple):
    """What one step hands to the next.

    Activity and x̂ are both kept because D1 may change between two steps: the recurrence sees x̂ as it was computed.
    """

    activity: np.ndarray      # (B, H) x
    decorrelated: np.ndarray  # (B, H) x̂
    smoothed: np.ndarray | None = None  # (B, H) f; None is rest


class Trace(NamedTuple):
    """All activities of a forward pass over T steps."""

    inputs: np.ndarray     # (T, B, I) x̂0
    potential: np.ndarray  # (T, B, H) h
    squashed: np.ndarray   # (T, B, H) tanh(h)
    entering: np.ndarray   # (T, B, H) x̂(t-1)
    hidden: np.ndarray     # (T, B, H) x̂(t)
    smoothed: np.ndarray   # (T, B, H) f(t)
    outputs: np.ndarray    # (T, B, O) y
    state: State           # after the last step


@singledispatch
def forward(weights: Any, inputs: np.ndarray, state: Any = None) -> Any:
    """Run the network over a window of steps (equations at the top of this module).

    Parameters
    ----------
    inputs : (T, B, I) float
    state : State before the first step; None is rest (zero)

    Raises
    ------
    InputError
        The state was made with another batch size.
    """
    inputs = np.asarray(inputs, dtype=np.float64)
    n_steps, batch, _ = inputs.shape
    n_hidden = len(weights.w_rec)
    if state is None:
        state = State(np.zeros((batch, n_hidden)), np.zeros((batch, n_hidden)))
    elif len(state.activity) != batch:
        raise InputError("state", f"= batch of {len(state.activity)}; the inputs have a batch of {batch}")
    seen = _times(inputs, weights.d_in)
    potential = _times(seen, weights.w_in)
    squashed = np.empty_like(potential)
    decorrelated = np.empty((n_steps + 1, batch, n_hidden))
    decorrelated[0] = state.decorrelated
    plain = _is_identity(weights.d_hidden)
    keep, activity = 1.0 - weights.share, state.activity
    for t in range(n_steps):
        potential[t] += decorrelated[t] @ weights.w_rec.T
        np.tanh(potential[t], out=squashed[t])
        activity = keep * activity + weights.share * squashed[t]
        decorrelated[t + 1] = activity if plain else activity @ weights.d_hidden.T
    hidden = decorrelated[1:]
    read = smoothed(hidden, weights.readout_share, state.smoothed)
    last = State(activity, decorrelated[-1].copy(), read[-1].copy())
    return Trace(seen, potential, squashed, decorrelated[:-1], hidden, read, _times(read, weights.w_out), last)


@singledispatch
def backward(weights: Any, trace: Any, targets: np.ndarray, active: np.ndarray | None = None,
             horizon: int | None = None) -> tuple[float, Gradients]:
    """Loss of a forward pass and its gradient by backpropagation through time.

        L     = Σ_t a(t) ‖y(t) - y*(t)‖² / (B O Σ_t a(t))
        e(t)  = ∂L/∂y(t),   s(t) = share (1 - tanh²(h(t)))
        ē(t)  = r e(t) + (1 - r) ē(t+1)                                               r = readout_share
        g(t)  = ē(t) W_out D1 + (1 - share) g(t+1) + (s(t+1) g(t+1)) W_rec D1          ∂L/∂x(t)
        δ(t)  = s(t) g(t)
        ∂L/∂W_in = Σ_t δ(t)ᵀ x̂0(t),   ∂L/∂W_rec = Σ_t δ(t)ᵀ x̂(t-1),   ∂L/∂W_out = Σ_t e(t)ᵀ f(t)

    The state that enters the window and the decorrelation matrices are constants.

    Parameters
    ----------
    targets : (T, B, O) float
    active : (T,) 1 where the loss counts, 0 elsewhere; None is everywhere.  All 0: loss and gradient are 0
    horizon : None, or the number of steps k over which credit flows: the loss of step t reaches h(t), ..., h(t-k+1).
        None is true BPTT.  1 detaches the state that enters each step (recurrence and leak): the baseline that the
        code of [1]_ runs under the name of BPTT.  An integer k costs k batched products.

    Returns
    -------
    loss : float
    gradients : Gradients
    """
    if horizon is not None and horizon < 1:
        raise InputError("horizon", f"= {horizon}; must be at least 1, or None for the whole window")
    residual = trace.outputs - targets
    n_steps, batch, n_outputs = residual.shape
    counts = np.ones(n_steps) if active is None else np.asarray(active, dtype=np.float64)
    n_terms = counts.sum() * batch * n_outputs
    if n_terms == 0.0:
        return 0.0, Gradients(*(np.zeros_like(w) for w in weights[:3]))
    counted = counts[:, None, None] * residual
    loss = float(np.vdot(counted, residual) / n_terms)
    error = (2.0 / n_terms) * counted
    slope = weights.share * (1.0 - trace.squashed**2)
    if horizon is None or horizon >= n_steps:
        credit = _back(passed_back(error, weights.readout_share), weights.w_out, weights.d_hidden)
        for t in range(n_steps - 2, -1, -1):
            credit[t] += _one_step_back(weights, credit[t + 1], slope[t + 1])
    else:
        direct = weights.readout_share * _back(error, weights.w_out, weights.d_hidden)  # of the loss of step t + lag, at step t
        credit, lagged = direct.copy(), direct
        for lag in range(1, horizon):
            lagged = _one_step_back(weights, lagged[1:], slope[1:len(lagged)])
            if weights.readout_share < 1:
                lagged = lagged + (1.0 - weights.readout_share)**lag * direct[lag:]
            credit[:-lag] += lagged
    delta = slope * credit
    return loss, Gradients(_outer(delta, trace.inputs), _outer(delta, trace.entering), _outer(error, trace.smoothed))


def gradient(weights: Weights, inputs: np.ndarray, targets: np.ndarray, active: np.ndarray | None = None,
             state: State | None = None, horizon: int | None = None) -> tuple[float, Gradients, State]:
    """Loss, gradient and last state of a window: `forward`, then `backward`.

    Parameters
    ----------
    inputs : (T, B, I) float
    targets : (T, B, O) float
    active, horizon : see `backward`
    state : State before the first step, a constant of the gradient; None is rest
    """
    trace = forward(weights, inputs, state)
    return *backward(weights, trace, targets, active, horizon), trace.state


def _one_step_back(weights, credit, slope):
    """Credit ∂L/∂x one step earlier; the leading axes of both arguments are free."""
    return (1.0 - weights.share) * credit + _back(slope * credit, weights.w_rec, weights.d_hidden)


def _back(error, matrix, decorrelation):
    flat = error.reshape(-1, len(matrix)) @ matrix
    if not _is_identity(decorrelation):
        flat = flat @ decorrelation
    return flat.reshape(*error.shape[:-1], matrix.shape[1])


def _times(activity, matrix):
    """``activity @ matrix.T`` over the last axis as one product."""
    if _is_identity(matrix):
        return activity
    return (activity.reshape(-1, matrix.shape[1]) @ matrix.T).reshape(*activity.shape[:-1], len(matrix))


def _outer(post, pre):
    """Sum of outer products over all leading axes."""
    return post.reshape(-1, post.shape[-1]).T @ pre.reshape(-1, pre.shape[-1])


def _is_identity(matrix):
    n_rows, n_columns = matrix.shape
    return n_rows == n_columns == np.count_nonzero(matrix) and bool((matrix.diagonal() == 1.0).all())
