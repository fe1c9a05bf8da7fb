"""The steps of the converters of a wired read path."""
from __future__ import annotations

import pytest
from small_chips import profile_of
from small_learning import case_of

from neurosim.conversions import Conversions, conversions
from neurosim.rules.rule import OBSERVER
from neurosim.wiring import wire

BITS = {"dac_bits": 7, "dac_range": 1.0, "adc_bits": 9, "adc_range": 20.0}
DAC, ADC = 1 / 63, 20 / 255


@pytest.mark.parametrize(("io", "expected"), [
    ({}, Conversions()), (BITS, Conversions(DAC, ADC)), ({"adc_bits": 9, "adc_range": 20.0, "out_noise": 0.1}, Conversions(None, ADC)),
    (BITS | {"dac_rounding": "stochastic"}, Conversions(DAC, ADC, dithers=True)),
    (BITS | {"noise_management": "abs_max", "bound_management": "iterative", "bm_max_factor": 8.0, "polarity": "separate"},
     Conversions(DAC, ADC, varies=True)),
    ({"adc_bits": 9, "adc_rule": "calibrated", "adc_calibration_reads": 1}, Conversions(varies=True))],
    ids=["none", "both", "adc", "dithered", "managed", "calibrated"])
def test_steps_are_found_inside_everything_that_is_around_them(io, expected):
    chip = case_of(profile_of(io=io)).chip()
    found = conversions(wire(chip, OBSERVER, 1, "step").network.recurrent.circuit)
    assert found[2:] == expected[2:]
    assert [step and pytest.approx(step, rel=1e-6) for step in expected[:2]] == list(found[:2])
