"""What chips and rules cannot do together is one sentence; what they can is wired."""
from __future__ import annotations

import dataclasses

import pytest

from neurosim.chip import compile_chip
from neurosim.errors import InputError
from neurosim.network import Network
from neurosim.neurons.adex_settings import AdExMembrane
from neurosim.neurons.settings import Membrane
from neurosim.profile import SECTIONS, Profile
from neurosim.rules import ANP, OUA, RFLO, SANP, SANPCV, WP, Decorrelation, EProp, Trace, WPTrial
from neurosim.rules.rule import OBSERVER
from neurosim.synapses.by_sign import BySign
from neurosim.tasks import Copying
from neurosim.tasks.fit import check_fit
from neurosim.wiring import sizes_of, wire

CURRENTS = Membrane(synapse_s=5e-3, inhibitory_s=9e-3)
CONDUCTANCES = Membrane(synapse_s=5e-3, inhibitory_s=9e-3, reset="zero", reversal_e=5.0, reversal_i=-1.0)


def profile_of(**tables):
    return Profile(
        chip={"id": "test", "name": "Test", "kind": "ideal"}, sources=dict.fromkeys(SECTIONS, "a test"),
        **{"weights": {"format": "conductance" if "device" in tables else "float"}, **tables})


def wired(membrane, rule, profile="ideal", **settings):
    chip = compile_chip(
        profile, Network(inputs=2, hidden=5, outputs=1, neuron="spiking", membrane=membrane, **settings), 1, "float64")
    parts = OBSERVER if rule is None else rule.build(sizes_of(chip, 2, "sequence", 5))
    return wire(chip, parts, 2, "sequence", 5)


@pytest.mark.parametrize("rule", [None, ANP(learning_rate=0.1), Trace(learning_rate=0.1)])
@pytest.mark.parametrize("membrane", [CURRENTS, CONDUCTANCES], ids=["currents", "conductances"])
def test_what_ends_on_receptors_is_told_apart_and_nothing_else_is(membrane, rule):
    w = wired(membrane, rule)
    assert all(isinstance(p.synapses, BySign) for p in (w.network.inputs, w.network.recurrent))
    assert not any(isinstance(p.synapses, BySign) for p in (w.network.lateral, w.network.input_lateral, w.network.readout))
    assert w.activity.current.shape == w.activity.sink.shape == (2 * w.lanes, 64)
    assert w.activity.x.shape == w.activity.silent.shape == (w.lanes, 64)


def test_one_kind_of_synapse_is_not_told_apart():
    w = wired(Membrane(synapse_s=5e-3), Trace(learning_rate=0.1))
    assert not isinstance(w.network.inputs.synapses, BySign) and w.activity.current.shape == (w.lanes, 64)


@pytest.mark.parametrize("rule", [WP(learning_rate=0.1), WPTrial(learning_rate=0.1), OUA(learning_rate=0.1)])
def test_rules_that_shake_weights_are_refused_on_receptors(rule):
    with pytest.raises(InputError, match="network.membrane.inhibitory_s = 0.009; this rule shakes weights, and their signs with them"):
        wired(CURRENTS, rule)


@pytest.mark.parametrize("rule", [RFLO(learning_rate=0.1), EProp(learning_rate=0.1)])
def test_rules_with_one_filter_per_neuron_are_refused_on_receptors(rule):
    with pytest.raises(InputError, match="network.membrane.inhibitory_s = 0.009; this rule filters all inputs of a neuron alike"):
        wired(CURRENTS, rule)
    assert wired(Membrane(synapse_s=5e-3), rule).lanes == 2


@pytest.mark.parametrize(("membrane", "named"), [
    (CONDUCTANCES, "network.membrane.reversal_e = 5; this rule needs the slope of a spike"),
    (AdExMembrane(), "network.membrane.model = 'adex'; this rule needs the slope of a spike")])
@pytest.mark.parametrize("rule", [RFLO(learning_rate=0.1), SANPCV(learning_rate=0.1)])
def test_rules_that_need_a_slope_are_refused_where_none_is_known(rule, membrane, named):
    with pytest.raises(InputError, match=named):
        wired(membrane, rule)


def test_the_slope_of_receptors_with_currents_is_known():
    assert wired(CURRENTS, SANPCV(learning_rate=0.1)).lanes == wired(CURRENTS, SANP(learning_rate=0.1)).lanes == 4


@pytest.mark.parametrize("profile", ["reram-sb", "analog"])
def test_a_read_path_with_noise_or_converters_is_refused_on_receptors(profile):
    if profile == "analog":
        profile = profile_of(io={"dac_bits": 8, "dac_range": 1.0}, device={
            "update_model": "constant_step", "dw_min": 0.01, "w_max": 1.0, "w_min": -1.0})
    with pytest.raises(InputError, match="inhibitory_s = 0.009; weights of both signs are read apart, which is exact only"):
        wired(CURRENTS, Trace(learning_rate=0.1), profile)


def test_decorrelation_is_refused_on_receptors():
    with pytest.raises(InputError, match="network.decorrelation: goes with no network.membrane.inhibitory_s"):
        wired(CURRENTS, Trace(learning_rate=0.1), decorrelation=Decorrelation(rate=0.01))


def test_an_offset_is_a_current_and_no_conductance():
    profile = profile_of(noise={"gain_cv": 0.1, "offset_std": 0.1})
    assert wired(CURRENTS, None, profile).lanes == 2
    with pytest.raises(InputError, match="noise.offset_std = 0.1; must be 0 with network.membrane.reversal_e"):
        wired(CONDUCTANCES, None, profile)
    assert wired(CONDUCTANCES, None, profile_of(noise={"gain_cv": 0.1})).lanes == 2


@pytest.mark.parametrize("membrane", [CURRENTS, CONDUCTANCES], ids=["currents", "conductances"])
def test_negative_inputs_are_no_conductances(membrane):
    data = Copying(symbols=2, length=2, delay=1, updates_per_epoch=2, test_sequences=4).load(1, 2)
    shown = data.train(0)
    chip = compile_chip("ideal", Network(inputs=4, hidden=5, outputs=4, neuron="spiking", membrane=membrane), 1)
    check_fit(chip, data, shown, 2, "sequence")
    negative = dataclasses.replace(data, test=data.test._replace(inputs=-0.5 * data.test.inputs))
    if membrane is CURRENTS:
        check_fit(chip, negative, shown, 2, "sequence")
    else:
        with pytest.raises(InputError, match="network.membrane.reversal_e: needs inputs that are not negative.*the task shows -0.5"):
            check_fit(chip, negative, shown, 2, "sequence")
