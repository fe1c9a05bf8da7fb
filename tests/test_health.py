"""What did nothing is found, and why; what did something is not accused."""
from __future__ import annotations

import pytest
from small_chips import profile_of
from small_learning import conductances, learned

from neurosim.health import idle
from neurosim.neurons.settings import Membrane
from neurosim.rules import ANP, NP, OUA, RFLO, SANPCV, WP, Decorrelation, Readout, RewardHebb, Trace
from neurosim.rules.rule import with_frozen_recurrence
from neurosim.trials import Regime
from neurosim.updaters.gathering import Gathering
from neurosim.updaters.optimizer import Optimizer

CONVERTERS = {"dac_bits": 7, "dac_range": 1.0, "adc_bits": 9, "adc_range": 4.0}
SMALL = ANP(learning_rate=0.05, sigma=1e-4)
SPIKING = {"neuron": "spiking", "membrane": Membrane(reset="zero", threshold=0.2)}


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Tiny networks run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def verdict(profile, adapt=None, **settings):
    """Of a training; also that looking changed nothing."""
    case, chip, run = learned(profile, adapt, **settings)
    trained = {name: array.tobytes() for name, array in chip.state().items()}
    found = idle(case, chip, copied(case.chip().state()), run, adapt)
    assert {name: array.tobytes() for name, array in chip.state().items()} == trained
    return found


def copied(state):
    return {name: array.copy() for name, array in state.items()}


def fixed_point(rounding, bits=4, **tables):
    return profile_of(weights={"format": "fixed_point", "bits": bits, "range": 1.0, "rounding": rounding}, **tables)


# ---- what learns is left alone -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("rule", [
    ANP(learning_rate=0.05), NP(learning_rate=0.05), WP(learning_rate=0.05), SANPCV(learning_rate=0.05), Trace(learning_rate=0.05),
    OUA(learning_rate=0.05), RFLO(learning_rate=0.05), RewardHebb(learning_rate=0.05), Readout(learning_rate=0.05)],
    ids=lambda rule: rule.name)
@pytest.mark.parametrize("profile", ["ideal", conductances(dw_min=1e-4)], ids=["ideal", "devices"])
def test_what_learns_is_healthy(rule, profile):
    assert verdict(profile, rule=rule) == ([], [])


@pytest.mark.parametrize("settings", [
    {"update": "step"}, {"regime": Regime(optimizer=Optimizer(hidden="adam"))}, {"regime": Regime(window=2, copies=2)},
    {"decorrelation": Decorrelation(rate=0.1, inputs=True)}, SPIKING | {"rule": Trace(learning_rate=0.1, sigma=0.5)},
    {"adapt": with_frozen_recurrence}], ids=["step", "adam", "windows", "decorrelated", "spiking", "frozen"])
def test_so_are_other_ways_to_learn(settings):
    assert verdict("ideal", **settings) == ([], [])


def test_a_run_without_a_step_has_nothing_to_answer_for():
    case, chip, run = learned("ideal")
    assert idle(case, case.chip(), None, type(run)(**{**vars(run), "step": 0})) == ([], [])


def test_without_copies_from_before_a_new_chip_of_the_same_seed_is_compared_with():
    case, chip, run = learned("ideal")
    assert idle(case, chip, None, run) == ([], []) and len(idle(case, chip, chip.state(), run).errors) == 3


# ---- weights that do not move ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("update", ["sequence", "step"])
def test_requests_below_half_a_level_are_lost_by_rounding_to_nearest(update):
    found = verdict(fixed_point("nearest"), rule=SANPCV(learning_rate=1e-4) if update == "sequence" else ANP(learning_rate=1e-4),
                    readout="digital", update=update)
    assert len(found.errors) == 2 and found.warnings == []
    for name, text in zip(("input", "recurrent"), found.errors, strict=True):
        assert text.startswith(f"the {name} weights did not move at all: each of the ")
        assert "changes asked for was below half of the step 0.143, which rounding to nearest makes 0 (the largest of some trials" in text


def test_the_largest_request_is_what_the_optimizer_makes_of_it():
    found = verdict(fixed_point("nearest"), readout="digital", regime=Regime(optimizer=Optimizer(hidden="adam", recurrent_rate=0.01)))
    assert "(the largest of some trials shown again is 0.01)" in found.errors[1]


def test_the_readout_is_accused_on_its_own():
    found = verdict(fixed_point("nearest"), rule=Readout(learning_rate=1e-3))
    assert len(found.errors) == 1 and found.errors[0].startswith("the readout weights did not move at all")


@pytest.mark.parametrize("profile", ["dynapse2", "brainscales2"])
def test_shipped_chips_that_round_to_nearest_never_write_what_is_small(profile):
    found = verdict(profile, rule=Trace(learning_rate=1e-3, sigma=0.3), readout="digital", **SPIKING)
    assert [text.split(" did")[0] for text in found.errors[:2]] == ["the input weights", "the recurrent weights"]


def test_stochastic_rounding_saves_them():
    assert verdict(fixed_point("stochastic", 6), rule=SANPCV(learning_rate=0.5, sigma=0.01), readout="digital").errors == []


def test_one_of_two_parts_of_the_hidden_layer_is_a_warning():
    still = Regime(optimizer=Optimizer(recurrent_rate=0.0))
    found = verdict("ideal", regime=still)
    assert found.errors == [] and found.warnings == [
        "the recurrent weights did not move at all: no change of them was asked for in the trials shown again"]


def test_changes_that_wait_in_a_digital_memory_are_said_to():
    found = verdict("ideal", regime=Regime(optimizer=Optimizer(write_threshold=10.0)))
    assert len(found.errors) == 2 and found.errors[0].endswith("changes add up until they reach train.optimizer.write_threshold = 10")


def test_requests_that_gather_before_pulsed_devices_are_said_to():
    found = verdict(conductances(), regime=Regime(updater=Gathering(kind="mixed_precision", every=1000)))
    assert len(found.errors) == 3
    assert all("no pulse was sent" in text and "kind = 'mixed_precision', every = 1000" in text for text in found.errors)


def test_devices_that_take_pulses_and_stay_where_they_are_are_stuck():
    found = verdict(conductances(stuck_prob=1.0, stuck_range=0.5), rule=ANP(learning_rate=1.0, sigma=0.05))
    assert len(found.errors) == 3 and "left every device where it was, stuck, worn out or at its bound" in found.errors[0]


def test_changes_below_the_precision_are_lost():
    found = verdict("ideal", rule=ANP(learning_rate=1e-12))
    assert len(found.errors) == 3 and "every change was lost in the rounding of float32" in found.errors[2]


def test_how_large_requests_are_is_measured_only_where_it_is_asked_for(monkeypatch):
    case, chip, run = learned(fixed_point("nearest"), rule=ANP(learning_rate=1e-6))
    before = copied(case.chip().state())
    assert "shown again" in " ".join(idle(case, chip, before, run).errors)
    monkeypatch.setattr("neurosim.health.changes", None)
    found = idle(case, chip, before, run, measures=False).errors
    assert len(found) == 3 and not any("shown again" in text for text in found)


def test_hardly_any_request_that_gets_through_is_a_warning():
    case, chip, run = learned(fixed_point("nearest"), readout="digital", rule=SANPCV(learning_rate=1e-3))
    memory = chip.arrays["recurrent"]
    before = copied(chip.state())
    before["readout/conductance"][0, 0] += 1
    memory.conductance[0, 0] += 1
    memory.device.asked[0] = 5000
    memory.device.changed[0] = 1
    found = idle(case, chip, before, run)
    assert found.errors == [] and any("moved one of the recurrent weights: the others were below half" in text for text in found.warnings)


def test_spiking_neurons_that_never_fire_are_noticed():
    found = verdict("ideal", rule=Readout(learning_rate=0.1), neuron="spiking", membrane=Membrane(reset="zero", threshold=50.0))
    assert "no hidden neuron sent a spike in the whole training: raise network.input_scale or lower the threshold" in found.errors


# ---- perturbations that get lost ---------------------------------------------------------------------------------------
def test_a_perturbation_below_the_steps_of_the_readout_gets_lost():
    found = verdict(profile_of(io=CONVERTERS), rule=SMALL)
    text, = (text for text in found.errors if "perturbation" in text)
    assert text.startswith("the perturbation (rule.sigma) gets lost: 100 % of the differences between the outputs of the two passes are")
    assert "the step of the DAC of the readout weights is 0.0159, the difference at its input " in text
    assert "the step of the ADC of the readout weights is 0.0157, the difference at its input " in text


def test_behind_a_digital_readout_it_is_the_recurrence_that_loses_it():
    found = verdict(profile_of(io=CONVERTERS), rule=SMALL, readout="digital")
    assert found.errors == [] and len(found.warnings) == 1
    assert found.warnings[0].startswith("the recurrence carries nothing of the perturbation: 100 % of the differences that reach ")


@pytest.mark.parametrize("more", [
    {"out_noise": 0.1}, {"dac_rounding": "stochastic", "adc_rounding": "stochastic"}], ids=["noise", "dither"])
def test_noise_and_dithering_save_it(more):
    assert verdict(profile_of(io=CONVERTERS | more), rule=SMALL) == ([], [])


def test_a_large_one_arrives():
    assert verdict(profile_of(io=CONVERTERS), rule=ANP(learning_rate=0.05, sigma=0.3)) == ([], [])


def test_a_perturbation_that_changes_no_spike_gets_lost():
    found = verdict("ideal", rule=Trace(learning_rate=0.1, sigma=1e-6), **SPIKING)
    assert any("gets lost: 100 %" in text and "ADC" not in text for text in found.errors)


MEASURING = Trace(learning_rate=0.1, noise="none", perturbation="measured")


def test_a_rule_that_leaves_the_perturbing_to_a_chip_without_noise_learns_nothing():
    found = verdict("ideal", rule=MEASURING)
    assert "the rule perturbs nothing itself and the chip has no noise: its two passes are the same" in found.errors[-1]


def test_a_noisy_chip_perturbs_for_it():
    assert verdict(profile_of(noise={"intrinsic_std": 0.1}), rule=MEASURING) == ([], [])


# ---- noise that is none ------------------------------------------------------------------------------------------------
def test_noise_on_a_broadcast_that_is_none_does_nothing():
    noisy = profile_of(plasticity={"third_factor_noise": 0.1})
    assert verdict(noisy, rule=Readout(learning_rate=0.1)).warnings == [
        "plasticity.third_factor_noise = 0.1 does nothing: this rule broadcasts nothing"]
    assert verdict(noisy).warnings == []


def test_noise_of_writing_without_a_write_is_that_of_the_initial_weights():
    noisy = conductances(write_noise_std=1.0)
    assert verdict(noisy, rule=Readout(learning_rate=0.1), readout="digital").warnings == [
        "device.write_noise_std = 1 acts on the initial weights only: no pulse was sent in the training"]
