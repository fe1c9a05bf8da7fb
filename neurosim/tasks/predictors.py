"""Trivial predictors: what a network must beat before it can be said to have learned.

All return the mean squared error on the test targets of a predictor that saw the training targets only.
"""
from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

ROWS = 8192  # rows of the design matrix in memory at a time

Stream = tuple[np.ndarray, np.ndarray]
"""Inputs (n_steps, n_inputs) and targets (n_steps, n_outputs) of one contiguous series."""


def constant_mse(train: np.ndarray, test: np.ndarray) -> float:
    """Error of the training mean of each output; targets are (..., n_outputs)."""
    mean = train.reshape(-1, train.shape[-1]).mean(axis=0)
    return float(np.mean((test - mean) ** 2))


def linear_mse(train: Sequence[Stream], test: Sequence[Stream], lags: int = 1) -> float:
    """Error of the least-squares map from the last `lags` inputs and a constant.

    ``y(t) = c + sum_k W_k u(t - k)``, ``k = 0 ... lags-1``.  The first ``lags - 1`` steps of a stream have no
    complete history: they are dropped from the fit and from the evaluation.  Prepend earlier inputs to a stream to
    have all of its steps judged.

    Parameters
    ----------
    train, test : sequences of (inputs, targets)
    lags : int, at least 1
    """
    weights = fit_linear(train, lags)
    total, count = 0.0, 0
    for features, targets in design(test, lags):
        total += float(np.sum((features @ weights - targets) ** 2))
        count += targets.size
    return total / count


def fit_linear(streams: Sequence[Stream], lags: int = 1) -> np.ndarray:
    """Least-squares weights, (n_inputs * lags + 1, n_outputs), the smallest ones if several serve.

    The triangular factor of ``[features, targets]`` is updated block by block, so memory does not grow with the
    number of steps and the condition number is not squared as it would be by the normal equations ([1]_, section
    6.5).

    References
    ----------
    .. [1] Golub, Van Loan, Matrix Computations, 4th ed., 2013, ISBN 9781421407944
    """
    factor: np.ndarray | None = None
    n_features = 0
    for features, targets in design(streams, lags):
        rows = np.hstack([features, targets])
        factor = triangle(rows if factor is None else np.vstack([factor, rows]))
        n_features = features.shape[1]
    if factor is None:
        raise ValueError(f"no stream has {lags} steps")
    return np.linalg.lstsq(factor[:, :n_features], factor[:, n_features:], rcond=None)[0]


def triangle(rows: np.ndarray) -> np.ndarray:
    """R of ``rows = Q R``."""
    return np.asarray(np.linalg.qr(rows, mode="r"))


def design(streams: Sequence[Stream], lags: int) -> Iterator[Stream]:
    """Blocks of (features, targets); features are the lagged inputs, input by input, oldest first, and a one."""
    for inputs, targets in streams:
        if len(inputs) < lags:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(inputs, lags, axis=0)  # (n_steps - lags + 1, n_inputs, lags)
        for first in range(0, len(windows), ROWS):
            block = windows[first:first + ROWS]
            features = np.hstack([block.reshape(len(block), -1), np.ones((len(block), 1))])
            yield features, targets[lags - 1 + first:lags - 1 + first + len(block)]
