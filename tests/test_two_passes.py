"""Two passes side by side: what differs is what was perturbed, and what the chip adds; nothing is left changed."""
from __future__ import annotations

import numpy as np
import pytest
from small_chips import profile_of
from small_learning import BATCH, HIDDEN, STEPS, TRIALS, case_of, conductances

from neurosim import two_passes
from neurosim.contract import is_silent
from neurosim.errors import DivergenceError
from neurosim.rules import ANP, NP, OUA, SANPCV, WP, Readout, Trace, WPTrial
from neurosim.rules.rule import still
from neurosim.sources.noise import Antithetic, Gaussian, Silent, Subset
from neurosim.two_passes import is_paired, parts_of, prepare, quieted, show, zeros_of
from neurosim.updaters.optimizer import Optimizer
from neurosim.wiring import Wired

PAIRED = [ANP(learning_rate=0.1, sigma=0.1), NP(learning_rate=0.1, sigma=0.1), Trace(learning_rate=0.1, sigma=0.1),
          SANPCV(learning_rate=0.1, sigma=0.1), WP(learning_rate=0.1, sigma=0.1), WPTrial(learning_rate=0.1, sigma=0.1)]


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Tiny networks run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def shown(profile, is_perturbed=True, **settings):
    case = case_of(profile, **settings)
    chip = case.chip()
    return list(show(prepare(case, chip, is_perturbed), chip, 1))


@pytest.mark.parametrize("rule", PAIRED, ids=lambda rule: rule.name)
def test_both_passes_are_seen_and_the_chip_is_left_as_it_is(rule):
    case = case_of(conductances({"step_s": 1.0, "drift_nu": 0.1, "drift_t0_s": 1.0}, dw_min=1e-4), rule=rule)
    chip = case.chip()
    before = {name: array.tobytes() for name, array in chip.state().items()}
    sides = prepare(case, chip)
    pairs = list(show(sides, chip, 1))
    assert {name: array.tobytes() for name, array in chip.state().items()} == before and sides.sources
    assert [pair.sent.shape for pair in pairs] == [(2, STEPS, BATCH, HIDDEN)] * TRIALS
    assert all((pair.sent[0] != pair.sent[1])[1:].all() and (pair.outputs[0] != pair.outputs[1])[1:].all() for pair in pairs)


@pytest.mark.parametrize("rule", PAIRED, ids=lambda rule: rule.name)
def test_without_a_perturbation_the_passes_of_a_quiet_chip_are_one(rule):
    for pair in shown("ideal", False, rule=rule):
        assert (pair.sent[0] == pair.sent[1]).all() and (pair.outputs[0] == pair.outputs[1]).all()
        assert (pair.loss_difference() == 0).all() and (pair.arrived == 0).all()


def test_parts_keep_their_types_so_that_nothing_is_compiled_anew():
    case = case_of("ideal", rule=ANP(learning_rate=0.1))
    chip = case.chip()

    def types(wired: Wired):
        return [(type(part), [type(value) for value in part] if isinstance(part, tuple) else None) for part in wired.network]

    wired = two_passes.as_trained(case, chip)[0]
    assert types(prepare(case, chip).wired) == types(prepare(case, chip, False).wired) == types(wired)


def test_the_outputs_are_not_perturbed():
    """The first step of a trial is before the recurrence: a difference is the readout of that of the neurons."""
    case = case_of("ideal", rule=NP(learning_rate=0.1, sigma=0.1))
    chip = case.chip()
    pair = next(show(prepare(case, chip), chip, 1))
    change = (pair.sent[1] - pair.sent[0]) @ chip.weights()["readout"].T
    np.testing.assert_allclose(pair.outputs[1] - pair.outputs[0], change, atol=1e-6)


def test_what_arrives_is_what_the_recurrence_made_of_what_was_sent():
    case = case_of("ideal", rule=ANP(learning_rate=0.1, sigma=0.1))
    chip = case.chip()
    pair = next(show(prepare(case, chip), chip, 1))
    expected = (pair.sent[1] - pair.sent[0])[:-1] @ chip.weights()["recurrent"].T
    np.testing.assert_allclose(pair.arrived[1:], expected, atol=1e-5)
    assert (pair.arrived[0] == 0).all() and np.std(pair.injected) == pytest.approx(0.1, rel=0.5)


def test_the_loss_difference_is_that_of_the_steps_that_count():
    pair = shown("ideal", rule=ANP(learning_rate=0.1, sigma=0.1))[0]._replace(weight=np.array([0.0, 1.0, 0.0, 2.0]))
    loss = np.square(pair.outputs - pair.target).mean(axis=3)
    np.testing.assert_allclose(pair.loss_difference(), (loss[1] - loss[0])[[1, 3]] * [[1.0], [2.0]])


def test_no_more_is_shown_than_asked_for():
    case = case_of("ideal", rule=ANP(learning_rate=0.1))
    chip = case.chip()
    sides = prepare(case, chip)
    assert [len(pair.weight) for pair in show(sides, chip, 1, steps=STEPS + 1)] == [STEPS, 1]
    assert len(list(show(sides, chip, 1, trials=1))) == 1


def test_a_loss_that_is_not_finite_ends_it_and_the_chip_is_put_back():
    case = case_of("ideal", rule=ANP(learning_rate=0.1))
    chip = case.chip()
    chip.arrays["readout"].conductance[0, :HIDDEN] = np.inf
    before = chip.arrays["readout"].conductance.tobytes()
    with np.errstate(invalid="ignore"), pytest.raises(DivergenceError):
        list(show(prepare(case, chip), chip, 1))
    assert chip.arrays["readout"].conductance.tobytes() == before


@pytest.mark.parametrize(("rule", "paired"), [*((rule, True) for rule in PAIRED), (OUA(learning_rate=0.1), False),
                                              (Readout(learning_rate=0.1), False)], ids=lambda value: getattr(value, "name", str(value)))
def test_rules_with_two_passes_are_known(rule, paired):
    case = case_of("ideal", rule=rule)
    assert is_paired(parts_of(case, case.chip())[0]) == paired


def test_a_chip_that_does_the_perturbing_has_no_source():
    measuring = Trace(learning_rate=0.1, noise="none", perturbation="measured")
    case = case_of(profile_of(noise={"intrinsic_std": 0.1}), rule=measuring)
    assert not prepare(case, case.chip()).sources


def test_a_quiet_source_is_of_the_same_type_and_perturbs_by_nothing():
    one = np.float32(1)
    source = Antithetic(Subset(Gaussian(one, 3, np.zeros(64)), one, 3, np.zeros(64)))
    quiet = quieted(source, None)
    assert quiet.inner.inner.sigma == 0 and type(quiet) is Antithetic and type(quiet.inner.inner.sigma) is np.float32
    other = still("readout", np.zeros((4, 64), np.float32))
    assert quieted(other, "none") == "none" and is_silent(quieted(Silent(), Silent())) and quieted(Antithetic(Silent()), "none") == "none"


def test_the_training_is_wired_with_its_optimizer():
    case = case_of("ideal")
    case = case._replace(regime=case.regime.__class__(optimizer=Optimizer(hidden="adam")))
    wired, arrays, _ = two_passes.as_trained(case, case.chip())
    assert type(wired.network.recurrent.updater).__name__ == "Adam" and arrays.inputs.shape[:3] == (TRIALS, STEPS, BATCH)


@pytest.mark.parametrize(("differences", "share"), [([], 0.0), ([np.array([0.0, 1.0]), np.zeros(2)], 0.75)])
def test_the_share_of_zeros_is_over_everything(differences, share):
    assert zeros_of(differences) == share
