"""What a run keeps of its activity."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import record


class Forgetful(NamedTuple):
    """Keeps nothing; compiles to nothing."""


class Recording(NamedTuple):
    """The clean pass of every step; an array with fewer steps than the run stops being written when it is full."""

    outputs: np.ndarray  # (n_trials, n_steps, batch, n_outputs)
    hidden: np.ndarray   # (n_trials, n_steps or 0, batch, n_hidden) activity as sent on


@record.fill(Recording)
def _record(recorder, trial, t, neuron, sent, y):
    _, steps, batch, n = recorder.outputs.shape
    if t < steps:
        for b in range(batch):
            for i in range(n):
                recorder.outputs[trial, t, b, i] = y[b, i]
    _, steps, batch, n = recorder.hidden.shape
    if t < steps:
        for b in range(batch):
            for i in range(n):
                recorder.hidden[trial, t, b, i] = sent[b, i]
