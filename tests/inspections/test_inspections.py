"""Every inspection on every kind of run: numbers or reasons, and a chip that is left as it is; what each finds where it is known."""
from __future__ import annotations

import json
import math

import numpy as np
import pytest
from small_chips import profile_of
from small_learning import HIDDEN, conductances, learned

from neurosim.errors import InputError
from neurosim.inspections import INSPECTIONS, inspect
from neurosim.inspections.measured import NotMeasured, measured, plain, rms
from neurosim.neurons.settings import Membrane
from neurosim.rules import ANP, RFLO, SANPCV, WP, Decorrelation, Readout, Trace
from neurosim.trials import Regime
from neurosim.updaters.gathering import Gathering
from neurosim.updaters.optimizer import Optimizer

SPIKING = {"neuron": "spiking", "membrane": Membrane(reset="zero", threshold=0.2), "readout": "digital"}
CONVERTERS = {"dac_bits": 7, "dac_range": 1.0, "adc_bits": 9, "adc_range": 4.0}


@pytest.fixture(autouse=True)
def plain_python(monkeypatch):
    """Tiny networks run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def found(name, profile, **settings):
    """What an inspection finds; whatever it is can be written, and the chip is as it was."""
    case, chip, run = learned(profile, **settings)
    before = {key: array.tobytes() for key, array in chip.state().items()}
    values = inspect(case, chip, run, [name])[name]
    assert {key: array.tobytes() for key, array in chip.state().items()} == before
    json.dumps(values, allow_nan=False)
    assert all(isinstance(value, float) or value == "unavailable" for key, value in values.items() if key != "why")
    return values


# ---- all of them ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("settings", [
    {"profile": "reram-sb", "update": "step"}, {"profile": "loihi1", **SPIKING}, {"profile": "pcm", "rule": Readout(learning_rate=0.1)},
    {"profile": "fixed8", "rule": RFLO(learning_rate=0.1)},
    {"profile": conductances({"step_s": 1.0, "drift_nu": 0.1, "drift_t0_s": 1.0}), "rule": WP(learning_rate=0.1, sigma=0.1)},
    {"profile": "ideal", "carries_state": True, "regime": Regime(window=2), "decorrelation": Decorrelation(rate=0.1)}],
    ids=["online", "spiking", "readout", "digital", "drifting", "stream"])
def test_none_stops_the_rest_or_changes_the_chip(settings):
    case, chip, run = learned(**settings)
    before = {key: array.tobytes() for key, array in chip.state().items()}
    values = inspect(case, chip, run, list(INSPECTIONS))
    assert list(values) == list(INSPECTIONS) and {key: array.tobytes() for key, array in chip.state().items()} == before
    json.dumps(values, allow_nan=False)
    for one in values.values():
        assert len(one) > int("why" in one)


def test_an_unknown_one_is_refused_with_what_there_is():
    with pytest.raises(InputError, match=r"compare.inspect\[1\] = \"unit\"; must be one of gradient, perturbation, converter, updates, "
                       "units, noise.*did you mean units"):
        inspect(None, None, None, ["gradient", "unit"], "compare.inspect")


def test_what_refuses_has_all_its_numbers_unavailable_and_a_reason():
    class Chip:
        kept = None

        def state(self):
            return {"a": np.zeros(2)}

        def restore(self, state):
            self.kept = state

    @measured("x", "y")
    def refusing(case, chip, run):
        raise NotMeasured("nothing to see")

    chip = Chip()
    assert refusing(None, chip, None) == {"x": "unavailable", "y": "unavailable", "why": "nothing to see"} and "a" in chip.kept


def test_numbers_are_plain_and_finite():
    assert plain([np.float32(0.5), math.nan, (1, math.inf)]) == [0.5, "unavailable", [1.0, "unavailable"]]
    assert rms(np.array([3.0, 4.0]), np.array([0.0, 0.0])) == 2.5 and math.isnan(rms())


# ---- gradient ------------------------------------------------------------------------------------------------------------
def test_updates_of_a_rule_are_compared_with_the_gradient_before_and_after():
    values = found("gradient", "ideal", rule=Trace(learning_rate=0.1, sigma=0.01))
    assert -1 <= values["cosine"] <= 1 and values["cosine_start"] != values["cosine"] and values["loss"] < values["loss_start"]


@pytest.mark.parametrize(("settings", "why"), [
    ({"update": "step"}, "a diagnosis compares whole trials"), (SPIKING, "spikes have no gradient"),
    ({"rule": Readout(learning_rate=0.1)}, "it does not change the recurrence")], ids=["online", "spiking", "readout"])
def test_where_there_is_no_gradient_the_reason_stands(settings, why):
    values = found("gradient", "ideal", **settings)
    assert values["cosine"] == values["scale_start"] == "unavailable" and why in values["why"]


# ---- perturbation ----------------------------------------------------------------------------------------------------------
def test_the_signal_grows_with_the_perturbation_and_the_noise_with_the_chip():
    def of(sigma, noise):
        return found("perturbation", profile_of(noise={"intrinsic_std": noise}), rule=ANP(learning_rate=1e-9, sigma=sigma))

    base, strong, noisy = of(0.01, 0.01), of(0.02, 0.01), of(0.01, 0.03)
    assert strong["noise_difference"] == pytest.approx(base["noise_difference"], rel=1e-6)
    assert strong["signal_to_noise"] == pytest.approx(2 * base["signal_to_noise"], rel=0.1)
    assert noisy["signal_to_noise"] == pytest.approx(base["signal_to_noise"] / 3, rel=0.2)
    assert base["activity_noise"] > 0 and base["activity_difference"] == pytest.approx(0.01, rel=0.5)


@pytest.mark.parametrize(("profile", "settings", "why"), [
    ("ideal", {}, "the chip makes no noise"), ("ideal", {"rule": Readout(learning_rate=0.1)}, "this rule has one pass"),
    (profile_of(noise={"intrinsic_std": 0.1}), {"rule": Trace(learning_rate=0.1, noise="none", perturbation="measured")},
     "the chip's own noise is the perturbation")], ids=["quiet", "one pass", "measured"])
def test_what_has_no_ratio_says_why(profile, settings, why):
    values = found("perturbation", profile, **settings)
    assert values["signal_to_noise"] == "unavailable" and why in values["why"]


# ---- converter -------------------------------------------------------------------------------------------------------------
def test_what_is_far_below_the_steps_is_lost_and_what_is_above_arrives():
    small, large = (found("converter", profile_of(io=CONVERTERS), rule=ANP(learning_rate=0.01, sigma=sigma)) for sigma in (1e-5, 0.3))
    assert small["recurrent_dac_step"] == pytest.approx(1 / 63) and small["readout_adc_step"] == pytest.approx(4 / 255)
    assert small["recurrent_dac_ratio"] < 1e-2 < 5 < large["recurrent_dac_ratio"]
    assert small["lost_recurrent"] == small["lost_outputs"] == 1 and large["lost_recurrent"] < 0.2
    assert small["recurrent_dac_ratio"] == pytest.approx(small["recurrent_dac_difference"] * 63)


def test_noise_of_the_chip_is_no_part_of_what_arrives_of_the_perturbation():
    quiet, noisy = (
        found("converter", profile_of(io=CONVERTERS | {"out_noise": noise}), rule=ANP(learning_rate=1e-9, sigma=0.1), readout="digital")
        for noise in (0.0, 1.0))
    assert noisy["recurrent_dac_difference"] < 2 * quiet["recurrent_dac_difference"] and "readout_dac_step" not in noisy


def test_steps_that_follow_the_inputs_are_unavailable():
    values = found("converter", profile_of(io=CONVERTERS | {"noise_management": "abs_max"}), rule=ANP(learning_rate=0.01, sigma=0.1))
    assert values["recurrent_dac_step"] == values["recurrent_adc_ratio"] == "unavailable" and "io.noise_management" in values["why"]
    assert 0 < values["recurrent_dac_difference"] < 0.2 and 0 <= values["lost_outputs"] < 1


@pytest.mark.parametrize(("settings", "why"), [
    ({}, "no converters"), ({"rule": Readout(learning_rate=0.1)}, "one pass")], ids=["ideal", "one pass"])
def test_without_converters_or_passes_there_is_a_reason(settings, why):
    assert why in found("converter", "ideal", **settings)["why"]


# ---- updates ---------------------------------------------------------------------------------------------------------------
def test_exact_weights_realise_all_of_it():
    values = found("updates", "ideal", regime=Regime(optimizer=Optimizer(hidden="adam")))
    assert len(values) == 12 and all(value == pytest.approx(1, rel=1e-3) for value in values.values())


def test_rounding_to_nearest_realises_nothing_of_what_is_small():
    coarse = profile_of(weights={"format": "fixed_point", "bits": 4, "range": 1.0, "rounding": "nearest"})
    values = found("updates", coarse, rule=SANPCV(learning_rate=1e-4), readout="digital")
    assert values["recurrent_realised"] == values["recurrent_moved"] == 0 and values["recurrent_sign"] == "unavailable"
    assert values["readout_realised"] == pytest.approx(1, rel=1e-2)


def test_requests_that_gather_elsewhere_are_not_measured():
    values = found("updates", conductances(), regime=Regime(updater=Gathering(kind="mixed_precision")))
    assert values == {"why": "no request for inputs, recurrent, readout went to the weights themselves in these 2 trials"}
    held = found("updates", "ideal", regime=Regime(optimizer=Optimizer(write_threshold=10.0)))
    assert len(held) == 5 and held["why"].startswith("no request for inputs, recurrent went")


# ---- units -----------------------------------------------------------------------------------------------------------------
def test_dead_and_saturated_neurons_are_counted():
    case, chip, run = learned("ideal", rule=Readout(learning_rate=1e-9), bias=True)
    inputs, recurrent = (chip.arrays[name].conductance for name in ("inputs", "recurrent"))
    recurrent[:] = 0
    inputs[0] = 0                               # (post, pre): hears nothing
    inputs[1, 2], inputs[2, 2] = 50.0, -50.0    # the bias line holds them at a bound
    values = inspect(case, chip, run, ["units"])["units"]
    assert values["dead"] == pytest.approx(1 / HIDDEN) and values["saturated"] == pytest.approx(2 / HIDDEN)


def test_spiking_neurons_are_dead_if_they_never_fire_and_saturated_if_always():
    case, chip, run = learned("ideal", rule=Readout(learning_rate=1e-9), bias=True, **SPIKING)
    chip.arrays["recurrent"].conductance[:] = 0
    inputs = chip.arrays["inputs"].conductance
    inputs[...] = 0
    inputs[0, 2], inputs[1, 2] = 10.0, -10.0    # (post, pre), of the bias line
    values = inspect(case, chip, run, ["units"])["units"]
    assert values == {"dead": pytest.approx(0.8), "saturated": pytest.approx(0.2), "activity": pytest.approx(0.2)}


def test_a_run_that_cannot_be_shown_again_has_no_units():
    case, chip, run = learned("ideal")
    pretended = type(run)(**{**vars(run), "replay": None})
    assert inspect(case, chip, pretended, ["units"])["units"]["dead"] == "unavailable"


# ---- noise -----------------------------------------------------------------------------------------------------------------
def test_a_single_effect_alone_is_all_there_is():
    values = found("noise", profile_of(noise={"gain_cv": 0.2}))
    assert values["noise.gain_cv_hidden"] == values["all_hidden"] > 0 and values["noise.gain_cv_outputs"] == values["all_outputs"] > 0
    assert values["hidden"] > values["all_hidden"]


def test_the_budget_grows_with_an_effect_and_leaves_the_others_alone():
    small, large = (found("noise", profile_of(noise={"gain_cv": 0.1, "intrinsic_std": std}), rule=Readout(learning_rate=1e-9))
                    for std in (0.01, 0.02))
    assert large["noise.gain_cv_hidden"] == small["noise.gain_cv_hidden"]
    assert large["noise.intrinsic_std_hidden"] == pytest.approx(2 * small["noise.intrinsic_std_hidden"], rel=0.05)


def test_the_read_path_of_conductances_keeps_the_units_of_the_chip():
    """A single effect of the output stage, and weights that were written exactly: the budget of it is that of the chip."""
    quiet = profile_of(weights={"format": "conductance", "headroom": 3.0}, io={"out_noise": 0.05}, device={
        "update_model": "constant_step", "dw_min": 1e-3, "w_max": 1.0, "w_min": -1.0})
    values = found("noise", quiet, rule=Readout(learning_rate=1e-9))
    assert values["io.out_noise_hidden"] == pytest.approx(values["all_hidden"], rel=1e-3) and values["all_hidden"] > 0


def test_an_ideal_chip_has_no_budget():
    assert found("noise", "ideal")["why"] == "nothing in ideal.toml acts on a network that does not learn"
