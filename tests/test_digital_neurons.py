"""What is asked of neurons as whole numbers of a chip, by hand, and what a chip does not have."""
from __future__ import annotations

import numpy as np
import pytest
from small_chips import profile_of

from neurosim import effects
from neurosim.chip import compile_chip
from neurosim.digital_neurons import numbers_of, report, source_of, spiking_neurons
from neurosim.errors import InputError
from neurosim.network import Network
from neurosim.neurons.adex_settings import AdExMembrane
from neurosim.neurons.lif import LIF
from neurosim.neurons.settings import Membrane
from neurosim.profile import explain, load
from neurosim.wiring import hidden_neuron, sizes_of

ZERO = {"reset": "zero"}
PROFILES = ("loihi1", "xylo-audio", "reckon", "truenorth")
ASKED = {"loihi1": ZERO, "xylo-audio": {"synapse_s": 5e-3}, "reckon": {}, "truenorth": ZERO}


def network(**membrane):
    return Network(inputs=2, hidden=4, outputs=1, neuron="spiking", membrane=Membrane(**membrane))


def whole(profile, **membrane):
    """The whole numbers of the first neuron, the shift, and the potential of a step of the membrane."""
    found = numbers_of(load(profile), network(**membrane), 1)
    return {name: int(row[0]) for name, row in found.whole.items()}, found.shift, float(found.unit[0])


def test_loihi_by_hand():
    """exp(-1/20) = 0.951229: 4096 (1 - keep) = 199.8; a threshold of 1 and kicks that decay at once: 255 / 0.951229 = 268.1 levels."""
    found, shift, unit = whole("loihi1", tau_s=20e-3, **ZERO)
    assert found == {"decay_u": 4096, "decay_v": 200, "threshold": 268 << 6} and shift == 6
    assert unit == pytest.approx(np.exp(-1 / 20) / 255 / 64, rel=1e-12)


def test_loihi_with_synapses_by_hand():
    """exp(-1/5) = 0.818731: 742.5 -> 742; a weight adds 5 / 15 (0.951229 - 0.818731) = 0.0441663: 255 / 0.0441663 = 5773.6 levels."""
    found, _, _ = whole("loihi1", tau_s=20e-3, synapse_s=5e-3, **ZERO)
    assert found == {"decay_u": 742, "decay_v": 200, "threshold": 5774 << 6}


def test_xylo_by_hand():
    """log2(20) = 4.3, log2(5) = 2.3; a current keeps 3/4 when it acts: 127 x 0.75 / 0.0441663 = 2156.6 levels, twice of that below 8191."""
    found, shift, unit = whole("xylo-audio", tau_s=20e-3, synapse_s=5e-3)
    assert found == {"dash_syn": 2, "dash_mem": 4, "threshold": 4313} and shift == 1
    assert unit == pytest.approx(0.0441663 / 0.75 / 127 / 2, rel=1e-5)


def test_reckon_by_hand():
    """32768 x 0.951229 = 31169.9; 127 / 0.951229 = 133.5 levels, 32 times of that is 4272.4, 64 times is above 8191."""
    found, shift, _ = whole("reckon", tau_s=20e-3)
    assert found == {"alpha": 31170, "threshold": 4272} and shift == 5


def test_truenorth_by_hand():
    """255 levels; half-way to them the asked membrane loses 127.5 x 0.0487706 = 6.2."""
    found, shift, unit = whole("truenorth", tau_s=20e-3, reset="value", reset_to=-0.2)
    assert found == {"leak": -6, "threshold": 255, "reset_to": -51} and shift == 0
    assert unit == pytest.approx(1 / 255)


@pytest.mark.parametrize("profile", PROFILES)
def test_asked_and_realised_stand_in_the_mapping_and_rules_hear_of_what_there_is(profile):
    chip = compile_chip(profile, network(tau_s=20e-3, **ASKED[profile]))
    found = chip.mapping["neuron"]
    assert found["arithmetic"] == load(profile).neuron.arithmetic
    assert found["tau_s"]["asked"] == 20e-3 and 0.7 < found["tau_s"]["realised"] / 20e-3 < 1.3
    assert found["threshold"]["asked"] == 1 and found["threshold"]["realised"] == pytest.approx(1, abs=0.004)
    assert ("synapse_s" in found) == (profile == "xylo-audio")
    assert sizes_of(chip, 1, "step").keep == pytest.approx(np.exp(-1e-3 / found["tau_s"]["realised"]))


def test_the_realised_time_constants_are_those_of_the_decays():
    found = report(load("loihi1"), network(tau_s=20e-3, synapse_s=5e-3, **ZERO), 1)
    assert found["tau_s"]["realised"] == pytest.approx(-1e-3 / np.log(1 - 200 / 4096))
    assert found["synapse_s"]["realised"] == pytest.approx(-1e-3 / np.log(1 - 742 / 4096))


def test_a_potential_at_rest_is_where_integers_begin():
    neuron = spiking_neurons(load("reckon"), network(resting=-0.5, threshold=0.5), 1, 1, np.float64)
    same = spiking_neurons(load("reckon"), network(), 1, 1, np.float64)
    assert neuron.threshold[0] == same.threshold[0] and neuron.scale.resting == -0.5
    assert neuron.scale.threshold[0] == pytest.approx(same.scale.threshold[0] - 0.5)


def test_neurons_that_differ_become_integers_that_differ():
    membrane = {"tau_s": 20e-3, "spread": {"tau_s": 0.3, "threshold": 0.2}, **ZERO}
    asked, found = network(**membrane), numbers_of(load("loihi1"), network(**membrane), 5)
    keep = np.exp(-1e-3 / asked.membrane.values("tau_s", 4, 5))
    assert len(set(found.whole["decay_v"])) > 1 and found.whole["decay_v"].tolist() == np.rint(4096 * (1 - keep)).tolist()
    assert (found.whole["threshold"] >> 6).tolist() == np.rint(asked.membrane.values("threshold", 4, 5) * 255 / keep).tolist()


@pytest.mark.parametrize("profile", PROFILES)
def test_without_the_arithmetic_the_neurons_are_those_that_were_asked_for(profile):
    off = effects.without(load(profile), ["neuron.arithmetic"])
    assert off.neuron.arithmetic is None and off.weights == load(profile).weights and off.neuron.models is not None
    chip = compile_chip(off, network())
    assert "neuron" not in chip.mapping and isinstance(hidden_neuron(chip, 1).inner, LIF)
    assert "neuron.arithmetic" in effects.closed(effects.switches(load(profile)), ["weights.bits"])


@pytest.mark.parametrize("profile", PROFILES)
def test_explain_lists_the_arithmetic(profile):
    kind = load(profile).neuron.arithmetic
    assert any(effect.numbers == f"neuron.arithmetic = {kind}" and f"({kind})" in effect.text for effect in explain(load(profile)))


def test_rate_neurons_are_left_alone():
    chip = compile_chip("loihi1", Network(inputs=2, hidden=4, outputs=1))
    assert "neuron" not in chip.mapping and not hasattr(hidden_neuron(chip, 1), "events")


@pytest.mark.parametrize(("profile", "membrane", "said"), [
    ("loihi1", {}, "network.membrane.reset = 'subtract'; must be 'zero' (neuron.reset) for the integer neurons of "
                   "loihi1.toml; without them: chip.without = [\"neuron.arithmetic\"]"),
    ("xylo-audio", {"reset": "zero", "synapse_s": 5e-3}, "network.membrane.reset = 'zero'; must be 'subtract' (neuron.reset)"),
    ("xylo-audio", {}, "network.membrane.synapse_s: is missing; every neuron of the chip has an exponential synapse"),
    ("reckon", {"synapse_s": 5e-3}, "network.membrane.synapse_s = 0.005; must be absent, weights act on the membrane at once"),
    ("truenorth", {"synapse_s": 5e-3}, "network.membrane.synapse_s = 0.005; must be absent"),
    ("reckon", {"reset": "value", "reset_to": -0.1}, "network.membrane.reset = 'value'; must be 'zero' or 'subtract' (neuron.reset)"),
    ("reckon", {"reset_to": -0.1}, "network.membrane.reset_to = -0.1; the chip resets to its resting potential"),
    ("loihi1", {"reset": "zero", "resting": 0.5}, "network.membrane.resting = 0.5; the chip resets to its resting potential"),
    ("reckon", {"spread": {"tau_s": 0.1}}, "network.membrane.spread.tau_s = 0.1; two neurons share leak and threshold (neuron."),
    ("loihi1", {**ZERO, "tau_s": 9.0}, "network.membrane.tau_s = 9; must be 0.12 to 4095 steps of 0.001 s (neuron.decay_bits: lava-nc"),
    ("reckon", {"tau_s": 5e-3}, "network.membrane.tau_s = 0.005; must be 7.49 to 3.277e+04 steps of 0.001 s (neuron.decay_bits: ChFrenkel"),
    ("xylo-audio", {"tau_s": 1e-3, "synapse_s": 5e-3}, "network.membrane.tau_s = 0.001; must be 1.42 to 46340 steps of 0.001 s"),
    ("truenorth", {**ZERO, "tau_s": 1.0}, "network.membrane.tau_s = 1; the linear leak would be 0 to 0 levels per step; must be 1 to 256"),
    ("loihi1", {**ZERO, "threshold": 600.0}, "network.membrane.threshold = 600; is 1.61e+05 levels above rest; must be 1 to 131071 "
                                            "(neuron.threshold_bits: lava-nc"),
    ("reckon", {"threshold": 1e-4}, "network.membrane.threshold = 0.0001; is 0.0134 levels above rest; must be 1 to 32767"),
    ("reckon", {"threshold": -1.0, "reset_to": -2.0}, "network.membrane.threshold = -1; must be above resting"),
    ("reckon", {"refractory_s": 2e-3}, "network.membrane.refractory_s = 0.002; must be absent for the integer neurons of reckon.toml"),
    ("loihi1", {**ZERO, "adaptation_s": 0.1, "jump": 0.1}, "network.membrane.adaptation_s = 0.1; must be absent"),
    ("xylo-audio", {"synapse_s": 5e-3, "inhibitory_s": 5e-3}, "network.membrane.inhibitory_s = 0.005; must be absent"),
    ("loihi1", {**ZERO, "graded_bits": 8}, "network.membrane.graded_bits = 8; must be absent")])
def test_what_the_chip_does_not_have_is_refused_before_anything_is_made(profile, membrane, said):
    with pytest.raises(InputError) as caught:
        compile_chip(profile, network(**membrane))
    assert str(caught.value).startswith(said)


def test_an_exponential_membrane_has_no_integers():
    adex = Network(inputs=2, hidden=4, outputs=1, neuron="spiking", membrane=AdExMembrane(turn=0.1, cut=0.3, sharpness=0.05))
    with pytest.raises(InputError, match="network.membrane.model = 'adex'; truenorth.toml has integer LIF neurons"):
        compile_chip("truenorth", adex)


def test_a_reset_to_the_value_at_rest_is_a_reset_to_zero():
    for membrane in ({"reset": "value"}, {"reset": "value", "resting": -0.3, "reset_to": -0.3}):
        assert numbers_of(load("loihi1"), network(**membrane), 1) is not None


def test_a_limit_without_a_source_is_named_alone():
    assert source_of(load("loihi1"), "neuron.reset") == "neuron.reset"


@pytest.mark.parametrize(("tables", "said"), [
    ({"weights": {"format": "float"}, "neuron": {"arithmetic": "loihi"}}, "neuron.arithmetic = \"loihi\"; needs weights.format = "),
    ({"weights": {"format": "float"}, "plasticity": {"update_rounding": "plusminus1"}},
     "plasticity.update_rounding = \"plusminus1\"; needs weights.format = "),
    ({"weights": {"format": "fixed_point", "bits": 9, "range": 1.0, "rounding": "nearest"},
      "plasticity": {"update_rounding": "plusminus1"}},
     "weights.bits = 9; must be at most 8 with plasticity.update_rounding")])
def test_a_profile_whose_integers_have_no_levels_is_refused(tables, said):
    with pytest.raises(InputError) as caught:
        profile_of(**tables)
    assert str(caught.value).startswith(f"test.toml: {said}")
