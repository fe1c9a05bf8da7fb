"""What every rule is to the rest of the package."""
from __future__ import annotations

import numpy as np
import pytest
from components import NEEDS_SEQUENCE
from components import RULES as LISTED
from pydantic import ValidationError

from neurosim.contract import is_jittery, is_plastic, passes
from neurosim.rules import ANP, NP, RULES, WP, Readout, Rule
from neurosim.rules.none import NoCredit
from neurosim.rules.rule import OBSERVER, Sizes, gaussian, with_frozen_recurrence
from neurosim.sources.noise import Gaussian, Silent

SIZES = Sizes(2, 5, 3, 2, "step", np.float32)
CELLS = np.zeros((8, 64), np.float32)
PROJECTIONS = ("inputs", "recurrent", "readout")


def sizes(name):
    """Sizes with the update that the rule can do."""
    return SIZES._replace(update="sequence", steps=4) if name in NEEDS_SEQUENCE else SIZES


def numbers(part):
    """Every parameter inside nested NamedTuples."""
    for value in part:
        yield from (numbers(value) if isinstance(value, tuple) else (value,))


def eligibilities(parts):
    return {name: parts.eligibility(name, CELLS, parts.jitter(name, CELLS)) for name in PROJECTIONS}


def test_rules_are_registered_under_their_names():
    for name, rule in RULES.items():
        assert rule.model_fields["name"].default == name


@pytest.mark.parametrize("name", LISTED)
def test_every_parameter_has_the_precision_of_the_network(name):
    """A bare Python float in a slot would widen a float32 network."""
    for dtype in (np.float32, np.float64):
        parts = LISTED[name].build(sizes(name)._replace(dtype=dtype))
        cells = CELLS.astype(dtype)
        for part in (parts.hidden, parts.output, parts.source("hidden", 5), parts.jitter("recurrent", cells)):
            for value in numbers(part):
                assert isinstance(value, int) or value.dtype in (dtype, np.int64)


@pytest.mark.parametrize("name", LISTED)
def test_frozen_recurrence_leaves_the_readout_rule_and_nothing_else(name):
    parts = LISTED[name].build(sizes(name))
    frozen = with_frozen_recurrence(parts)
    assert {name: is_plastic(e) for name, e in eligibilities(frozen).items()} == {
        "inputs": False, "recurrent": False, "readout": True}
    assert isinstance(frozen.hidden, NoCredit) and frozen.output == parts.output
    assert isinstance(frozen.source("hidden", 5), Silent)
    assert type(frozen.source("output", 3)) is type(parts.source("output", 3))
    for projection in PROJECTIONS:
        kept = projection == "readout"
        assert is_jittery(frozen.jitter(projection, CELLS)) == (kept and is_jittery(parts.jitter(projection, CELLS)))


def test_the_observer_changes_nothing_in_one_pass():
    assert not any(is_plastic(e) for e in eligibilities(OBSERVER).values())
    assert passes(OBSERVER.hidden) == passes(OBSERVER.output) == 1 and OBSERVER.broadcasts == 0
    assert isinstance(OBSERVER.source("hidden", 5), Silent)


def test_gaussian_perturbations_fit_the_population():
    source = gaussian(0.1, SIZES)("hidden", 70)
    assert isinstance(source, Gaussian)
    assert source.n == 70 and source.normal.shape == (2 * 128,) and source.sigma == np.float32(0.1)


@pytest.mark.parametrize(("wrong", "field"), [
    ({}, "learning_rate"), ({"learning_rate": 0.0}, "learning_rate"), ({"learning_rate": "0.1"}, "learning_rate"),
    ({"learning_rate": float("inf")}, "learning_rate"), ({"learning_rate": 0.1, "sgima": 0.1}, "sgima")])
@pytest.mark.parametrize("rule", [ANP, NP, WP, Readout])
def test_settings_that_make_no_sense_are_refused_by_name(rule, wrong, field):
    with pytest.raises(ValidationError, match=field):
        rule(**wrong)


@pytest.mark.parametrize("rule", [ANP, NP, WP])
@pytest.mark.parametrize("sigma", [0.0, -1e-3, float("nan")])
def test_a_perturbation_needs_a_size(rule, sigma):
    with pytest.raises(ValidationError, match="sigma"):
        rule(learning_rate=0.1, sigma=sigma)


def test_settings_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        NP(learning_rate=0.1).learning_rate = 0.2


def test_a_rule_without_a_build_says_so():
    class Unfinished(Rule):
        """Settings only."""

    with pytest.raises(TypeError, match="Unfinished has no build"):
        Unfinished().build(SIZES)
