"""Hidden neurons that do nothing, and those that do all they can."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..chip import Chip
from .measured import Found, NotMeasured, measured

STILL = 1e-4      # standard deviation of the activity of a rate neuron below which it is dead
FULL = 0.97       # |activity| from which on a rate neuron is saturated
MOSTLY = 0.5      # share of the time


@measured("dead", "saturated", "activity")
def units(case: Any, chip: Chip, run: Any) -> Found:
    """Shares of dead and of saturated hidden neurons over the test trials.

    A rate neuron is saturated if it is beyond +-0.97 for more than half of the time, dead if it is not and its activity hardly changes
    (standard deviation below 1e-4); a spiking neuron is dead if it never fires, saturated if it fires at every step.  "activity": rms of
    what rate neurons send, spikes per neuron and step of spiking ones.
    """
    if run.replay is None:
        raise NotMeasured("the test of this run cannot be shown again")
    n, count = chip.network.hidden, 0
    total, square, full, sent = (np.zeros(n) for _ in range(4))
    for block in run.replay():
        activity = block.neurons.reshape(-1, n).astype(np.float64)
        count += len(activity)
        total += activity.sum(axis=0)
        square += np.square(activity).sum(axis=0)
        full += (np.abs(activity) > FULL).sum(axis=0)
        sent += (activity != 0).sum(axis=0)
    if chip.network.membrane is not None:
        return {"dead": np.mean(sent == 0), "saturated": np.mean(sent == count), "activity": sent.mean() / count}
    deviation = np.sqrt(np.maximum(square / count - (total / count) ** 2, 0))
    is_full = full > MOSTLY * count
    return {"dead": np.mean((deviation < STILL) & ~is_full), "saturated": np.mean(is_full), "activity": np.sqrt(square.mean() / count)}
