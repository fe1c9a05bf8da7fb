"""The steps of the converters beside the perturbation that reaches them."""
from __future__ import annotations

from typing import Any

from ..chip import Chip
from ..conversions import conversions, reaching
from ..tiles import UNAVAILABLE
from ..two_passes import caused, is_paired, parts_of, prepare, show, zeros_of
from .measured import Found, NotMeasured, measured

READ = ("recurrent", "readout")  # what carries the activity of the hidden neurons


@measured("lost_recurrent", "lost_outputs")
def converter(case: Any, chip: Chip, run: Any) -> Found:
    """Of the recurrence and of a readout on the chip the steps of DAC and ADC, the rms difference that the perturbation alone makes at
    their inputs, and the ratio of the two: below about 1/2 most of it is rounded away, unless noise or stochastic rounding carries it.

    "recurrent_dac_step", "recurrent_dac_difference", "recurrent_dac_ratio" and so on; steps of a DAC in units of activity, of an ADC in
    units of weight times activity.  A digital unit that scales inputs (``io.noise_management``) makes them smaller with the inputs: steps
    and ratios are unavailable then.  "lost_recurrent", "lost_outputs": share of differences that are exactly 0 where they arrive, at
    the hidden neurons and at the outputs: what counts in the end.
    """
    if not is_paired(parts_of(case, chip)[0]):
        raise NotMeasured("this rule has one pass: there is no difference that a converter could round away")
    sides = prepare(case, chip)
    pairs, without = (list(show(one, chip, case.seed)) for one in (sides, prepare(case, chip, False)))
    known = {name: conversions(getattr(sides.wired.network, name).circuit) for name in READ}
    if not any(one.dac is not None or one.adc is not None or one.varies for one in known.values()):
        raise NotMeasured("the chip has no converters")
    found: Found = {}
    for name, one in known.items():
        for what, step, difference in zip(("dac", "adc"), (one.dac, one.adc), reaching(chip, name, caused(pairs, without)), strict=True):
            if step is not None:
                found[f"{name}_{what}_step"] = UNAVAILABLE if one.varies else step
                found[f"{name}_{what}_difference"] = difference
                found[f"{name}_{what}_ratio"] = UNAVAILABLE if one.varies else difference / step
    if any(one.varies for one in known.values()):
        found["why"] = "the steps follow the inputs (io.noise_management) or the outputs (io.adc_rule) of every array"
    return {
        **found, "lost_recurrent": zeros_of([pair.arrived[1:] for pair in pairs]),
        "lost_outputs": zeros_of([pair.outputs[1, pair.weight > 0] - pair.outputs[0, pair.weight > 0] for pair in pairs])}
