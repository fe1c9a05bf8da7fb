"""Noise has the laws that are stated, and a spread that is off by a tenth is found."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim import placement
from neurosim.chip import compile_chip
from neurosim.devices import writing
from neurosim.numbers import noises
from neurosim.profile import load, names
from neurosim.selftest import laws, noise, read_samplers, write_samplers
from neurosim.selftest.made_up_profiles import profiles
from neurosim.selftest.noise import SAMPLERS, check, judged, random_effects

LIMIT = noise.FAMILY_WISE / 100
EVERY = [*map(load, names()), *profiles().values()]
SPREADS = {name: profile for profile in reversed(EVERY) for name, _ in noises(profile)}
FAINT = {"device.reset_dtod": 5000, "device.exp_noise_abs": 5000, "device.pow_gamma_dtod": 5000,
         "device.endurance_spread": 5000}  # folded, rounded, or one part of several


def test_noise_is_as_it_is_stated(tmp_path):
    outcome = check("short", 1, tmp_path)
    assert outcome.is_kept, outcome.failures


def test_everything_random_has_a_sampler():
    assert {name for _, name in random_effects(EVERY)} == set(SAMPLERS)
    assert set(SPREADS) <= set(SAMPLERS)


def test_a_number_that_nothing_samples_is_a_failure(tmp_path):
    outcome = check("short", 1, tmp_path, {"noise.gain_cv": SAMPLERS["noise.gain_cv"]})
    assert not outcome.is_kept and len(outcome.failures) == outcome.checked - 1
    assert any(failure.endswith("device.dw_min_std: there is nothing that samples it") for failure in outcome.failures)


def least(profile, name, n=2000):
    """The smallest p-value of n samples of an effect."""
    return min(p for _, p in judged(profile, name, n, 1, SAMPLERS[name]))


def larger(profile, name, factor):
    """The profile with a number so many times as large."""
    section, _, field = name.partition(".")
    part = getattr(profile, section)
    number = getattr(part, field).model_copy(update={"v": factor * getattr(part, field).v})
    return profile.model_copy(update={section: part.model_copy(update={field: number})})


def test_a_step_that_differs_a_tenth_more_from_device_to_device_is_found(monkeypatch):
    profile, hidden = load("reram-sb"), placement.hidden_of

    def wider(section, shape, seed, index):
        value = section.dw_min_dtod.model_copy(update={"v": 1.1 * section.dw_min_dtod.v})
        return hidden(section.model_copy(update={"dw_min_dtod": value}), shape, seed, index)
    assert least(profile, "device.dw_min_dtod") > LIMIT
    monkeypatch.setattr(placement, "hidden_of", wider)
    assert least(profile, "device.dw_min_dtod") < LIMIT


@pytest.mark.parametrize("name", SPREADS)
def test_a_spread_that_is_a_tenth_larger_is_found(monkeypatch, name):
    def wider(profile, *given):
        return compile_chip(larger(profile, name, 1.1), *given)
    for samplers in (read_samplers, write_samplers):
        monkeypatch.setattr(samplers, "compile_chip", wider)
    assert least(SPREADS[name], name, FAINT.get(name, 2000)) < LIMIT


def test_requests_that_are_always_rounded_down_are_found(monkeypatch):
    monkeypatch.setattr(writing, "fill_uniform", lambda key, first, out: out.fill(0))
    assert least(load("reram-sb"), "device.dw_min") < LIMIT


def test_places_in_a_law_with_an_atom_are_even():
    rng = np.random.Generator(np.random.Philox(3))
    x = np.clip(rng.standard_normal(20_000), -0.5, 1.0)
    assert min(p for _, p in laws.tests(laws.places(laws.normal(0.0, 1.0), x, 1, -0.5, 1.0))) > LIMIT
    assert min(p for _, p in laws.tests(laws.places(laws.normal(0.0, 1.0), x, 1, -0.5))) < LIMIT


@pytest.mark.parametrize(("law", "draw"), [
    (laws.folded(0.2, 0.3), lambda xi: np.abs(0.2 + 0.3 * xi)), (laws.folded(-0.2, 0.3), lambda xi: np.abs(-0.2 + 0.3 * xi)),
    (laws.lognormal(-0.9, 0.7), lambda xi: np.abs(-0.9 + np.exp(0.7 * xi))), (laws.lognormal(0.1, 0.7), lambda xi: 0.1 + np.exp(0.7 * xi)),
    (laws.bound(0.5, 0.6, -0.3), lambda xi: np.abs(np.maximum(0.5 + 0.6 * xi, -0.3)))])
def test_laws_are_those_of_what_they_say(law, draw):
    x, share = draw(np.random.Generator(np.random.Philox(4)).standard_normal(100_000)), np.array([0.05, 0.29, 0.31, 0.7, 1.5])
    assert np.allclose(law(share), (x[:, None] <= share).mean(axis=0), atol=5 * 0.5 / 100_000**0.5)


def test_counts_of_what_should_never_be_are_found():
    assert dict(laws.tests(laws.counted(np.repeat([0, 1], [700, 300]), {0: 0.7, 1: 0.3})))["counts"] == 1.0
    assert dict(laws.tests(laws.counted(np.repeat([0, 1, 2], [700, 299, 1]), {0: 0.7, 1: 0.3})))["counts"] == 0.0
