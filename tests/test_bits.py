"""Compiled equals plain Python bit for bit, for combinations in which every pair of listed parts occurs (n = 5)."""
from __future__ import annotations

import os

import numpy as np
import pytest
from assemble import DECORRELATIONS, IS_PLAIN, LEAKS, execute, maybe_compiled
from components import (
    AGEING,
    CHANNELS,
    CIRCUITS,
    DEVICES,
    GATHERERS,
    NEEDS_NOISE,
    NEEDS_SEQUENCE,
    NEURONS,
    RULES,
    SCHEMES,
    SHAKING,
    SLOW_TO_COMPILE,
    UPDATERS,
    Bench,
)
from covering import balanced, covering

from neurosim import loop
from neurosim.compiled import compiled
from neurosim.contract import ports

TWINS = (  # made of the classes of others in the list
    "anp", "anp, delta readout", "np", "trace", "trace, antithetic", "sanp", "sanp_cv", "sanp_cv, measured", "rflo")
STRENGTH = int(os.environ.get("NEUROSIM_COVER", "0"))  # 0: every third device is compiled; 1: every part; 2: every pair of parts
THIRD = int(os.environ.get("NEUROSIM_THIRD", "0"))  # which of them; half of another is compiled with bounds checks
EVERY = int(os.environ.get("NEUROSIM_EVERY", "1"))  # 4: a quarter of the third
QUICK = [name for name in CIRCUITS if STRENGTH > 1 or IS_PLAIN or name not in SLOW_TO_COMPILE]
FACTORS = {
    "device": list(DEVICES), "circuit": QUICK, "neuron": list(NEURONS),
    "rule": [name for name in RULES if name not in TWINS], "channel": list(CHANNELS),
    "decorrelation": list(DECORRELATIONS), "synapses": ["dense", "sparse"], "update": ["step", "sequence"], "updater": list(UPDATERS),
    "scheme": list(SCHEMES), "gatherer": list(GATHERERS), "readout": list(LEAKS),
    "dtype": [np.float32, np.float64], "batch": [1, 3]}
TWO_PORTS = [name for name in NEURONS if ports(NEURONS[name](Bench())) == 2]
TRIALS = 30  # of 4 steps: long enough for a coarse device, which rounds most requests to no pulse, to move


def actual(row, name, choice):
    """A rule that learns per sequence does so, and one that shakes weights has no neurons that cannot have it."""
    if name == "update" and row["rule"] in NEEDS_SEQUENCE:
        return "sequence"
    return "tanh" if name == "neuron" and choice in TWO_PORTS and row["rule"] in SHAKING else choice


def combinations(strength):
    """A third of the devices, each with other choices, or the covering array of that strength."""
    if strength == 0:
        return balanced({"device": FACTORS["device"], "rule": FACTORS["rule"], **FACTORS}, "device", 3, actual)[THIRD][::EVERY]
    return [{**row, **{name: actual(row, name, row[name]) for name in ("update", "neuron")}} for row in covering(FACTORS, strength)]


def name_of(parts):
    return "-".join(getattr(value, "__name__", str(value)).replace(" ", "_") for value in parts.values())


@pytest.mark.parametrize("parts", combinations(0)[:2] if IS_PLAIN else combinations(STRENGTH), ids=name_of)
def test_compiled_loop_equals_plain_python_bit_for_bit(parts):
    plain, moved, done = execute(loop.run, parts, trials=TRIALS)
    fast, moved_fast, done_fast = execute(compiled(), parts, trials=TRIALS)
    assert done == done_fast == 4 * TRIALS
    assert moved == moved_fast
    assert [a.tobytes() for a in plain] == [b.tobytes() for b in fast]
    if parts["rule"] not in ("readout", *NEEDS_NOISE) and parts["device"] in ("ideal", "fixed point", "exponential step"):
        assert moved > 0


@pytest.mark.parametrize("parts", combinations(1), ids=name_of)
def test_every_part_runs_in_plain_python_and_keeps_dtypes(parts):
    before = np.random.get_state()[1].copy()  # noqa: NPY002 (the point is that nobody touches it)
    results, _, _ = execute(loop.run, parts)
    allowed = {parts["dtype"], np.int64, np.int32, np.uint32, np.uint64} | ({np.float64} if parts["device"] in AGEING else set())
    assert {a.dtype.type for a in results} <= allowed
    assert all(np.isfinite(a).all() for a in results)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_the_harness_compiles_unless_told_not_to():
    def twice(x):
        return x + x
    assert maybe_compiled(twice)(2) == 4
    assert hasattr(maybe_compiled(twice), "py_func") is not IS_PLAIN
