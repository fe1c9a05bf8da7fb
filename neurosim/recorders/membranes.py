"""Spikes and membranes of the clean pass, step by step."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import membrane, record


class Traces(NamedTuple):
    """What the first neurons sent and their membrane potential after every step, sample by sample."""

    sent: np.ndarray      # (n_trials, n_steps, batch, n)
    membrane: np.ndarray  # (n_trials, n_steps, batch, n), after the reset


@record.fill(Traces)
def _record(recorder, trial, t, neuron, sent, y):
    _, _, batch, n = recorder.sent.shape
    for b in range(batch):
        for i in range(n):
            recorder.sent[trial, t, b, i] = sent[b, i]
            recorder.membrane[trial, t, b, i] = membrane(neuron, b, i)
