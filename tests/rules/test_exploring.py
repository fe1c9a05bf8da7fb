"""How rules with temporal credit perturb their neurons."""
from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.contract import inject, measures
from neurosim.random import Key
from neurosim.rules import SANPCV, Trace
from neurosim.rules.exploring import KEEP
from neurosim.rules.rule import Sizes
from neurosim.rules.senses import Injected, Measured
from neurosim.sources.noise import Antithetic, Gaussian, Signs, Silent, Subset

SIZES = Sizes(2, 70, 3, 4, "sequence", np.float64, 5, 1, "none", 0.0)
SIGMA, STEPS = 0.02, 100


def rule(**settings):
    return Trace(**{"learning_rate": 0.1, "sigma": SIGMA, **settings})


@pytest.mark.parametrize(("settings", "kinds"), [
    ({}, [Signs]), ({"noise": "gaussian"}, [Gaussian]), ({"noise": "none", "perturbation": "measured"}, [Silent]),
    ({"subset": 0.5}, [Subset, Signs]), ({"antithetic": True}, [Antithetic, Signs]),
    ({"antithetic": True, "subset": 0.5, "noise": "gaussian"}, [Antithetic, Subset, Gaussian])])
def test_settings_choose_the_source(settings, kinds):
    source = rule(**settings).source(SIZES)("hidden", SIZES.hidden)
    for kind in kinds:
        assert type(source) is kind
        source = source[0] if len(source) else None


@pytest.mark.parametrize("settings", [{}, {"noise": "gaussian"}, {"subset": 0.5}])
def test_the_outputs_are_not_perturbed(settings):
    assert type(rule(**settings).source(SIZES)("output", SIZES.outputs)) is Silent


@pytest.mark.parametrize("settings", [
    {}, {"antithetic": True}, {"noise": "gaussian"}, {"subset": 0.25}, {"subset": 0.25, "noise": "gaussian"}])
def test_the_gain_is_one_over_the_variance_of_what_is_injected(settings):
    """100 steps of 4 x 70 draws, 5 standard errors; the fourth moment of signs is 1, of normals 3 variances squared, over the subset."""
    explorer, noise, total = rule(**settings), np.zeros((SIZES.batch, 128)), np.zeros(2)
    source, gain = explorer.source(SIZES)("hidden", SIZES.hidden), explorer.gain(SIZES)
    for now in range(STEPS):
        inject(source, Key(3, 0, now), now, noise)
        assert (noise[:, SIZES.hidden:] == 0).all()
        total += [(noise[:, :SIZES.hidden] ** k).mean() / STEPS for k in (1, 2)]
    mean, square = total
    draws, fourth = STEPS * SIZES.batch * SIZES.hidden, (3 if explorer.noise == "gaussian" else 1) / explorer.subset
    assert abs(mean) < 5 / np.sqrt(gain[0] * draws) and abs(square * gain[0] - 1) < 5 * np.sqrt((fourth - 1) / draws) + 1e-12
    assert (gain[:SIZES.hidden] == gain[0]).all() and (gain[SIZES.hidden:] == 0).all()


def test_who_measures_starts_without_a_variance():
    assert type(rule().eye(SIZES)) is Injected
    eye = rule(perturbation="measured").eye(SIZES)
    assert type(eye) is Measured and measures(eye) and eye.keep == KEEP and eye.variance.shape == (128,) and not eye.variance.any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_everything_is_in_the_precision_of_the_chip(dtype):
    sizes, explorer = SIZES._replace(dtype=dtype), rule(subset=0.5, perturbation="measured")
    source, eye = explorer.source(sizes)("hidden", SIZES.hidden), explorer.eye(sizes)
    made = (source.share, source.uniform, source.inner.sigma, source.inner.uniform, eye.keep, eye.variance, explorer.gain(sizes))
    assert {part.dtype for part in made} == {np.dtype(dtype)}


@pytest.mark.parametrize("kind", [Trace, SANPCV])
def test_a_neuron_cannot_know_what_was_not_injected(kind):
    with pytest.raises(ValidationError, match="noise = 'none' injects nothing that could be known; it needs perturbation = 'measured'"):
        kind(learning_rate=0.1, noise="none")


@pytest.mark.parametrize("bad", [{"sigma": 0}, {"sigma": np.inf}, {"subset": 0}, {"subset": 1.1}, {"learning_rate": -1}, {"noise": "pink"}])
def test_what_cannot_be_is_refused(bad):
    with pytest.raises(ValidationError):
        rule(**bad)
