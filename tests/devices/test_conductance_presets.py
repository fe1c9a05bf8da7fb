"""The tables are those that the recordings were made with."""
from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from neurosim.devices.conductance_presets import CMO_HFOX, NEURRAM, NEURRAM_CROSSSIM, PHASE_CHANGE

FACTS = json.loads((Path(__file__).parents[1] / "golden/devices/aihwkit_inference_noise.json").read_text())["models"]


@pytest.mark.parametrize("name", PHASE_CHANGE)
def test_phase_change_numbers_are_the_recorded_ones(name):
    model, facts = PHASE_CHANGE[name], FACTS[name]
    assert (model.g_max_uS, model.t0_s, model.t_read_s) == (facts["g_max"], facts["t_0"], facts["t_read"])
    assert np.allclose(np.trim_zeros(facts["prog_coeff"], "b"), model.programming, rtol=1e-12)


def test_neurram_numbers_are_the_recorded_ones():
    facts = FACTS["ReRamWan_gmax40"]
    assert NEURRAM.g_max_uS == facts["g_max"] and NEURRAM.times_s == tuple(map(float, facts["coeffs"]))
    assert [list(pieces[0].coefficients) for pieces in NEURRAM.spreads] == list(facts["coeffs"].values())


def test_the_two_fits_of_neurram_disagree_as_documented():
    for fit, known in ((NEURRAM, (0.35, 2.0, 1.1)), (NEURRAM_CROSSSIM, (1.05, 2.4, 1.7))):
        assert np.allclose(fit.sd(fit.g_max_uS * np.array([0, 0.5, 1]), fit.times_s[0]), known, atol=0.05)


@pytest.mark.parametrize("percent", [0.2, 2.0])
def test_cmo_numbers_are_the_recorded_ones(percent):
    model, facts = CMO_HFOX[percent], FACTS[f"ReRamCMO_acc{percent:g}"]
    slope, constant = facts["decay_dict"]["std"]
    assert list(model.programming) == facts["coeff_dict"][f"{percent:g}"] and model.relaxation == facts["decay_dict"]["mean"][0]
    assert model.relaxation_spread == (constant, slope)
    assert (model.flicker, model.t_read_s) == (facts["read_dict"]["K"], facts["read_dict"]["t_read"])
    assert (model.g_min_uS, model.g_max_uS) == (facts["g_min"], facts["g_max"])
