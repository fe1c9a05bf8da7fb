"""How far outputs are from their targets: the measures of correctness of NeuroBench.

Source: Yik et al. 2025, Nature Communications 16:1545, doi:10.1038/s41467-025-56739-4, and its program, github.com/NeuroBench/neurobench.
"""
from __future__ import annotations

import numpy as np

from .errors import InputError


def mse(outputs: np.ndarray, targets: np.ndarray) -> float:
    """Mean squared error over everything; arrays of one shape."""
    return float(np.mean((outputs - check_alike(outputs, targets)) ** 2))


def smape(outputs: np.ndarray, targets: np.ndarray) -> float:
    """Symmetric mean absolute percentage error, 0 (best) to 200: ``200 mean |y - y*| / (|y| + |y*|)``; arrays of one shape.

    As in NeuroBench's program, the result is 200 if an output and its target are both exactly 0, for then the mean is no number.
    """
    share = np.abs(outputs) + np.abs(check_alike(outputs, targets))
    return 200.0 if (share == 0).any() else float(200 * np.mean(np.abs(outputs - targets) / share))


def r2(outputs: np.ndarray, targets: np.ndarray) -> float | None:
    """Coefficient of determination ``1 - sum (y* - y)^2 / sum (y* - mean y*)^2``, in the mean over outputs; None if a target is constant.

    Parameters
    ----------
    outputs, targets : (..., n_outputs)
    """
    n = check_alike(outputs, targets).shape[-1]
    y, wanted = outputs.reshape(-1, n), targets.reshape(-1, n)
    total = ((wanted - wanted.mean(axis=0)) ** 2).sum(axis=0)
    return None if (total == 0).any() else float(np.mean(1 - ((wanted - y) ** 2).sum(axis=0) / total))


def classification_accuracy(answers: np.ndarray, labels: np.ndarray) -> float:
    """Share of answers that are the label; integer arrays of one shape."""
    return float(np.mean(answers == check_alike(answers, labels)))


def check_alike(outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The targets, if there are any and they fit the outputs."""
    if outputs.shape != targets.shape or outputs.size == 0:
        raise InputError("outputs", f"of shape {outputs.shape}; the targets have shape {targets.shape}, and at least one is needed")
    return targets
