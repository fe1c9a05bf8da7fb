"""How well a perturbation can be told from the noise of the chip."""
from __future__ import annotations

from typing import Any

from ..chip import Chip
from ..tiles import UNAVAILABLE
from ..two_passes import caused, is_paired, parts_of, prepare, show
from .measured import Found, NotMeasured, measured, rms


@measured("loss_difference", "noise_difference", "signal_to_noise", "activity_difference", "activity_noise")
def perturbation(case: Any, chip: Chip, run: Any) -> Found:
    """Differences between the passes of a rule that has two, with its perturbation and without it, at the trained weights.

    ::

        signal_to_noise = rms(d - d0) / rms(d0)

    d: loss of the perturbed pass minus that of the clean one, d0: the same with nothing perturbed, the noise of the chip drawn alike in
    both.  "loss_difference" is rms(d - d0), "noise_difference" rms(d0), over steps and samples; "activity_difference", "activity_noise" are
    the same of what hidden neurons send.
    """
    if not is_paired(parts_of(case, chip)[0]):
        raise NotMeasured("this rule has one pass: there are no two to be compared")
    sides = prepare(case, chip)
    if not sides.sources:
        raise NotMeasured("the chip's own noise is the perturbation of this rule")
    pairs, without = (list(show(one, chip, case.seed)) for one in (sides, prepare(case, chip, False)))
    noise, wandering = rms(*(pair.loss_difference() for pair in without)), rms(*(pair.sent[1] - pair.sent[0] for pair in without))
    loss = rms(*(one.loss_difference() - other.loss_difference() for one, other in zip(pairs, without, strict=True)))
    activity = rms(*caused(pairs, without))
    found = {"loss_difference": loss, "noise_difference": noise, "activity_difference": activity, "activity_noise": wandering}
    if noise == 0:
        return {**found, "signal_to_noise": UNAVAILABLE, "why": "the chip makes no noise: without a perturbation both passes are the same"}
    return {**found, "signal_to_noise": loss / noise}
