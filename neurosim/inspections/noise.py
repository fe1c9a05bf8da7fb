"""A budget of the imperfections of a chip: what each of them does to the answers of the trained network."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..chip import Chip
from ..effects import ALL, all_but, company, switches, without
from ..errors import InputError
from ..rules.rule import OBSERVER
from ..switching import WIRES
from ..tiles import UNAVAILABLE
from ..transfer import placed
from ..trials import Arrays, kernel_seed, observe
from ..wiring import wire
from .measured import Found, NotMeasured, measured, rms

TRIALS, STEPS = 8, 200
OF_READING = (
    "device.read_noise_rel", "device.read_noise_abs", "device.write_noise_std", "device.w_max_dtod", "device.w_min_dtod",
    "device.stuck_prob", "device.reference_mean", "device.reference_std", "topology.array_rows", "weights.bits", *WIRES)
"""What acts on a network that does not learn, beside all of [io], [noise] and [neuron]."""


@measured("all_hidden", "all_outputs")
def noise(case: Any, chip: Chip, run: Any) -> Found:
    """Rms difference of hidden activity and outputs from those of an ideal chip with the same weights, on a few test trials from rest.

    "<effect>_hidden", "<effect>_outputs": every effect of the profile that acts while nothing is learned, alone but for what it cannot act
    without (`effects.company`, and the conductances that define the units of the read path), on a chip of the same instance that the
    trained weights are programmed onto; "all_hidden", "all_outputs": the trained chip itself, with all that has happened to it; "hidden",
    "outputs": rms of the ideal ones.  Effects do not add up: independent noise does in squares, the rest not even that.  What time does is
    seen with `transfer.transfer`.
    """
    profile = chip.profile
    found = [name for name in switches(profile) if name.partition(".")[0] in ("io", "noise", "neuron") or name in OF_READING]
    if not found:
        raise NotMeasured(f"nothing in {profile.file} acts on a network that does not learn")
    ideal = _answers(case, placed(chip, without(profile, [ALL]), chip.device_seed, is_kin=True))
    units = ["weights.format"] if profile.device is not None else []
    result: Found = {"hidden": rms(ideal[0]), "outputs": rms(ideal[1])}
    for name in found:
        try:
            alone = without(profile, all_but(profile, [name, *company(profile, name), *units]))
            seen = _answers(case, placed(chip, alone, chip.device_seed, is_kin=True))
            values: tuple[Any, ...] = tuple(rms(one - other) for one, other in zip(seen, ideal, strict=True))
        except InputError:
            values = (UNAVAILABLE, UNAVAILABLE)
        result[f"{name}_hidden"], result[f"{name}_outputs"] = values
    seen = _answers(case, chip)
    return {**result, "all_hidden": rms(seen[0] - ideal[0]), "all_outputs": rms(seen[1] - ideal[1])}


def _answers(case: Any, chip: Chip) -> tuple[np.ndarray, np.ndarray]:
    """Hidden activity in the steps that count, and outputs, of the first test trials; the same draws for every chip."""
    test = case.dataset.test
    cut = test._replace(
        inputs=test.inputs[:TRIALS, :STEPS], targets=test.targets[:TRIALS, :STEPS], active=test.active[:TRIALS, :STEPS],
        starts=np.ones_like(test.starts[:TRIALS]))
    wired = wire(chip, OBSERVER, test.inputs.shape[2], "step")
    outputs, hidden = observe(wired, Arrays(cut, chip), chip, kernel_seed(case.seed, "noise"), 0, True)
    return hidden, outputs
