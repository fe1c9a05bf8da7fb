"""Noise has the laws that are stated, and a spread that is off by a tenth is found."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim import placement, wiring
from neurosim.numbers import noises
from neurosim.profile import load, names
from neurosim.selftest import laws, noise
from neurosim.selftest.made_up_profiles import profiles
from neurosim.selftest.noise import SAMPLERS, check, judged, random_effects

LIMIT = noise.FAMILY_WISE / 100


def test_noise_is_as_it_is_stated(tmp_path):
    outcome = check("short", 1, tmp_path)
    assert outcome.is_kept, outcome.failures


def test_everything_random_has_a_sampler():
    every = [*map(load, names()), *profiles().values()]
    assert {name for _, name in random_effects(every)} <= set(SAMPLERS)
    assert {name for profile in every for name, _ in noises(profile)} <= set(SAMPLERS)


def test_a_number_that_nothing_samples_is_a_failure(tmp_path):
    outcome = check("short", 1, tmp_path, {"noise.gain_cv": SAMPLERS["noise.gain_cv"]})
    assert not outcome.is_kept and len(outcome.failures) == outcome.checked - 1
    assert any(failure.endswith("device.dw_min_std: there is nothing that samples it") for failure in outcome.failures)


def least(profile, name):
    """The smallest p-value of the samples of an effect, as many as the gate draws."""
    return min(p for _, p in judged(profile, name, noise.SAMPLES["short"], 1, SAMPLERS[name]))


def test_a_step_that_differs_a_tenth_more_from_device_to_device_is_found(monkeypatch):
    profile, hidden = load("reram-sb"), placement.hidden_of

    def wider(section, shape, seed, index):
        value = section.dw_min_dtod.model_copy(update={"v": 1.1 * section.dw_min_dtod.v})
        return hidden(section.model_copy(update={"dw_min_dtod": value}), shape, seed, index)
    assert least(profile, "device.dw_min_dtod") > LIMIT
    monkeypatch.setattr(placement, "hidden_of", wider)
    assert least(profile, "device.dw_min_dtod") < LIMIT


@pytest.mark.parametrize(("file", "name", "field"), [
    ("reram-sb", "device.dw_min_std", "spread_ctoc"), ("pcm", "device.exp_noise_slope", "noise_slope")])
def test_a_pulse_that_is_a_tenth_noisier_is_found(monkeypatch, file, name, field):
    profile, build = load(file), placement.build

    def noisier(*given):
        device = build(*given)
        return device._replace(**{field: 1.1 * getattr(device, field)})
    assert least(profile, name) > LIMIT
    monkeypatch.setattr(placement, "build", noisier)
    assert least(profile, name) < LIMIT


@pytest.mark.parametrize(("file", "name", "field"), [
    ("reram-sb", "io.out_noise", "out_noise"), ("neurram", "device.read_noise_rel", "read_noise_rel")])
def test_a_read_that_is_a_tenth_noisier_is_found(monkeypatch, file, name, field):
    profile, build = load(file), wiring.build
    assert least(profile, name) > LIMIT
    monkeypatch.setattr(wiring, "build", lambda path, *given: build(path._replace(**{field: 1.1 * getattr(path, field)}), *given))
    assert least(profile, name) < LIMIT


def test_requests_that_are_always_rounded_down_are_found(monkeypatch):
    from neurosim.devices import writing

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
