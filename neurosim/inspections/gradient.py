"""How good an estimate of the gradient the updates of a rule are, before and after the training; see `diagnostics`."""
from __future__ import annotations

from typing import Any

from ..chip import Chip
from ..diagnostics import diagnose
from .measured import Found, measured

TRIALS = 8
KEYS = ("cosine", "cosine_recurrent", "cosine_inputs", "cosine_of_mean", "scale", "loss")


@measured(*(f"{key}{when}" for when in ("_start", "") for key in KEYS))
def gradient(case: Any, chip: Chip, run: Any) -> Found:
    """Updates beside true backpropagation through time, over a few trials at the initial and at the trained weights.

    "cosine": mean cosine of the update of a trial with minus its gradient, input and recurrent weights together; "cosine_of_mean": of the
    mean update with the mean gradient; "scale": 1 if the updates are unbiased.  The rule starts anew at either weights: what it
    learns on the way (sensitivities, running means) is that of the first trials.  Those at the initial weights end with "_start".
    Unavailable for updates at every step, spiking neurons, and rules that leave the recurrence alone.
    """
    found: Found = {}
    for when, one in (("_start", case.chip()), ("", chip)):
        seen = diagnose(
            one, case.dataset, case.rule, trials=TRIALS, batch=case.batch, seed=case.seed, update=case.update, regime=case.regime)
        recurrent, inputs, together = seen.cosine.mean(axis=0)
        values = together, recurrent, inputs, seen.mean_cosine[-1, 2], seen.scale[2], seen.loss.mean()
        found.update({f"{key}{when}": value for key, value in zip(KEYS, values, strict=True)})
    return found
