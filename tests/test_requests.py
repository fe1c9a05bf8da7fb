"""Requested beside realised changes: the same where weights are exact, and known where they are not."""
from __future__ import annotations

import numpy as np
import pytest
from small_chips import profile_of
from small_learning import HIDDEN, STEPS, TRIALS, case_of, conductances

from neurosim.errors import DivergenceError
from neurosim.requests import changes, plastic
from neurosim.rules import ANP, WP, Decorrelation, Readout, Trace
from neurosim.rules.rule import with_frozen_recurrence
from neurosim.trials import Regime
from neurosim.updaters.gathering import Gathering
from neurosim.updaters.optimizer import Optimizer

DECORRELATED = {"decorrelation": Decorrelation(rate=0.01, inputs=True)}


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Tiny networks run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def seen(profile, trials=100, **settings):
    case = case_of(profile, **settings)
    chip = case.chip()
    before = {name: array.tobytes() for name, array in chip.state().items()}
    found = list(changes(case, chip, trials))
    assert {name: array.tobytes() for name, array in chip.state().items()} == before
    return found


@pytest.mark.parametrize("settings", [
    {}, {"update": "step"}, {"regime": Regime(optimizer=Optimizer(hidden="adam", readout="momentum", decay="linear"))}, DECORRELATED,
    {"connectivity": "sparse", "density": 0.5, "update": "step"}, {"rule": Trace(learning_rate=0.1)}],
    ids=["sequence", "step", "adam", "decorrelated", "sparse", "deferred"])
def test_exact_weights_change_as_requested(settings):
    found = seen("ideal", **settings)
    assert len(found) == (TRIALS * STEPS - 1 if settings.get("update") == "step" else TRIALS)
    assert set(found[0]) == {"inputs", "recurrent", "readout", *(("lateral", "input_lateral") if settings == DECORRELATED else ())}
    for one in found:
        for name, change in one.items():
            np.testing.assert_allclose(change.realised, change.requested, atol=3e-7, err_msg=name)
    assert all(np.abs(found[-1][name].requested).max() > 1e-5 for name in ("inputs", "recurrent", "readout"))


def test_pulses_realise_requests_in_the_mean():
    steps = {"update_model": "constant_step", "dw_min": 1e-4, "w_max": 1.0, "w_min": -1.0, "max_pulses": 1000}
    found = seen(profile_of(weights={"format": "conductance", "headroom": 3.0}, device=steps), rule=ANP(learning_rate=0.5, sigma=0.1))
    requested, realised = (np.concatenate([getattr(one["recurrent"], part).ravel() for one in found]) for part in ("requested", "realised"))
    assert 0 < np.abs(requested - realised).max() < 1e-3 and np.corrcoef(requested, realised)[0, 1] > 0.99


def test_what_rounding_to_nearest_loses_is_not_realised():
    profile = profile_of(weights={"format": "fixed_point", "bits": 4, "range": 1.0, "rounding": "nearest"})
    one, *_ = seen(profile, trials=1, rule=ANP(learning_rate=1e-4))
    assert np.abs(one["recurrent"].requested).max() > 0 and (one["recurrent"].realised == 0).all()


def test_time_stands_still():
    """Weights that would fade away within a step stay."""
    found = seen(conductances({"step_s": 1e6, "leak_lifetime_s": 1.0}, dw_min=1e-4), rule=Readout(learning_rate=1e-9), readout="chip")
    assert set(found[0]) == {"readout"} and (found[0]["readout"].realised == 0).all()


def test_what_cannot_be_laid_side_by_side_is_left_out():
    gathering = Regime(updater=Gathering(kind="mixed_precision"))
    assert set(seen(conductances(), readout="digital", regime=gathering)[0]) == {"readout"}
    assert seen("ideal", rule=WP(learning_rate=0.1, readout="delta"), update="step")[0].keys() == {"readout"}


def test_a_loss_that_is_not_finite_ends_it_and_the_chip_is_put_back():
    case = case_of("ideal")
    chip = case.chip()
    chip.arrays["readout"].conductance[0, :HIDDEN] = np.inf
    before = chip.arrays["recurrent"].conductance.tobytes()
    with np.errstate(invalid="ignore"), pytest.raises(DivergenceError):
        list(changes(case, chip, 2))
    assert chip.arrays["recurrent"].conductance.tobytes() == before


@pytest.mark.parametrize(("settings", "adapt", "expected"), [
    ({}, None, ["inputs", "recurrent", "readout"]), ({"rule": Readout(learning_rate=0.1)}, None, ["readout"]),
    ({}, with_frozen_recurrence, ["readout"]), (DECORRELATED, None, ["inputs", "recurrent", "readout", "lateral", "input_lateral"])],
    ids=["anp", "readout", "frozen", "decorrelated"])
def test_what_a_rule_changes_is_known(settings, adapt, expected):
    case = case_of("ideal", **settings)
    assert plastic(case, case.chip(), adapt) == expected
