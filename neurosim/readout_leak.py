"""Outputs that integrate, on ideal weights: y(t) = (1 - share) y(t-1) + share W x(t).

With the same weights at all steps that is y = W f, f the activity behind the leak, f(t) = (1 - share) f(t-1) + share x(t); the
references keep f as their state.
"""
from __future__ import annotations

import numpy as np


def smoothed(hidden: np.ndarray, share: float, before: np.ndarray | None = None) -> np.ndarray:
    """f of every step.

    Parameters
    ----------
    hidden : (T, B, H) x
    share : part that is new at every step, in (0, 1]; with 1 the result is `hidden` itself
    before : (B, H) f before the first step; None is rest
    """
    if share == 1:
        return hidden
    found, last = np.empty_like(hidden), np.zeros_like(hidden[0]) if before is None else before
    for t in range(len(hidden)):
        last = last + share * (hidden[t] - last)
        found[t] = last
    return found


def smooth_trials(hidden: np.ndarray, starts: np.ndarray, share: float, before: np.ndarray) -> None:
    """f of trials, in place; `before` (B, H) goes on from trial to trial unless ``starts`` is 1, and is left as the last one ended.

    Parameters
    ----------
    hidden : (n_trials, T, B, H), any precision
    """
    for trial, start in zip(hidden, starts, strict=True):
        before[...] = 0 if start == 1 else before
        found = smoothed(trial.astype(np.float64), share, before)
        before[...] = found[-1]
        trial[...] = found


def passed_back(error: np.ndarray, share: float) -> np.ndarray:
    """What later errors have to say of the activity of a step: ``share sum_{s >= t} (1 - share)^(s-t) e(s)``, (T, ...)."""
    if share == 1:
        return error
    found, later = np.empty_like(error), np.zeros_like(error[0])
    for t in range(len(error) - 1, -1, -1):
        later = share * error[t] + (1 - share) * later
        found[t] = later
    return found
