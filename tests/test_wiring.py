"""Wiring: the slots of a rule on a chip, sizes of requests and workspaces, and physical numbers in units of the weight."""
from __future__ import annotations

import numpy as np
import pytest
from shipped_profiles import DEVICES
from worn_devices import within

from neurosim.channels.exact import Exact
from neurosim.channels.imperfect import Delayed, Noisy, Quantised
from neurosim.chip import compile_chip
from neurosim.circuits.converters import InputConverter, OutputConverter
from neurosim.circuits.quiet import Quiet
from neurosim.circuits.read_noise import AdditiveNoise, ReadNoise
from neurosim.contract import Projection, is_plastic, passes
from neurosim.eligibilities.lateral import Lateral, OffDiagonal
from neurosim.eligibilities.outer import Fixed, Outer
from neurosim.eligibilities.shaken import Shaken
from neurosim.errors import InputError
from neurosim.network import Network
from neurosim.neurons.imperfect import Mismatched
from neurosim.neurons.imperfect import Noisy as NoisyNeuron
from neurosim.neurons.leaky import Leaky
from neurosim.neurons.settings import Membrane
from neurosim.neurons.tanh import Linear, Tanh
from neurosim.profile import SECTIONS, Profile
from neurosim.rules import ANP, NP, WP, Decorrelation, Readout, Trace
from neurosim.rules.decorrelation import Decorrelate, DecorrelateLocal
from neurosim.rules.none import NoCredit
from neurosim.rules.rule import OBSERVER, with_frozen_recurrence
from neurosim.schedules import EverySequence, EveryStep
from neurosim.synapses.dense import Dense
from neurosim.synapses.read_only import ReadOnly
from neurosim.synapses.stale import StaleTwin
from neurosim.wiring import CHUNK, activity, sizes_of, wire

PROJECTIONS = ("inputs", "recurrent", "lateral", "readout", "input_lateral")
BATCH = 3
RULES = {"anp": ANP(learning_rate=0.1), "np": NP(learning_rate=0.1), "wp": WP(learning_rate=0.1), "readout": Readout(learning_rate=0.1)}
NOMINAL = {"update_model": "constant_step", "dw_min": 0.01, "w_max": 1.0, "w_min": -1.0}
BOTH = Decorrelation(rate=0.01, inputs=True)


def network(**settings):
    return Network(**{"inputs": 2, "hidden": 40, "outputs": 2, **settings})


def profile_of(**tables):
    """A profile with these tables, and a made-up source for every number; a device makes its weights conductances."""
    tables = {"weights": {"format": "conductance" if "device" in tables else "float"}, **tables}
    return Profile(chip={"id": "test", "name": "Test", "kind": "ideal"}, sources=dict.fromkeys(SECTIONS, "a test"), **tables)


def wired(rule="anp", profile="ideal", update="step", batch=BATCH, steps=1, readout="chip", precision="float32", adapt=None, **settings):
    """(chip, parts, wired) of a rule, or of an observer."""
    chip = compile_chip(profile, network(**settings), 3, precision, readout)
    parts = OBSERVER if rule == "observer" else RULES[rule].build(sizes_of(chip, batch, update))
    parts = adapt(parts) if adapt else parts
    return chip, parts, wire(chip, parts, batch, update, steps)


def arrays_of(part):
    """Every array inside nested tuples."""
    if isinstance(part, np.ndarray):
        return [part]
    return [a for item in part for a in arrays_of(item)] if isinstance(part, tuple) else []


# ---- lanes and requests -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("rule", "lanes"), [("anp", 6), ("np", 6), ("wp", 6), ("readout", 3), ("observer", 3)])
def test_lanes_are_passes_times_batch(rule, lanes):
    _, _, w = wired(rule)
    assert w.lanes == lanes
    assert w.activity.x.shape == (lanes, 64) and w.activity.noise.shape == (BATCH, 64) and w.activity.broadcast.reference.shape == (BATCH,)


def test_the_perturbed_pass_of_a_frozen_recurrence_stays():
    _, parts, w = wired("anp", adapt=with_frozen_recurrence)
    assert passes(parts.hidden) == 1 and w.lanes == 6


@pytest.mark.parametrize(("update", "schedule", "rank"), [("step", EveryStep, BATCH), ("sequence", EverySequence, BATCH * CHUNK)])
def test_a_request_holds_one_step_or_a_chunk_of_steps(update, schedule, rank):
    _, _, w = wired("anp", update=update)
    assert isinstance(w.schedule, schedule)
    for name in ("inputs", "recurrent", "readout"):
        request = getattr(w.network, name).request
        assert request.post.shape[0] == request.pre.shape[0] == rank and request.rank.tolist() == [0]


def test_requests_that_cannot_be_merged_hold_one_step():
    _, _, w = wired("wp", update="sequence", decorrelation=BOTH)
    assert {getattr(w.network, name).request.post.shape[0] for name in PROJECTIONS} == {BATCH}


def test_inputs_and_recurrence_share_the_factor_of_the_neurons_they_end_on():
    for rule in RULES:
        _, _, w = wired(rule)
        assert w.network.inputs.request.post is w.network.recurrent.request.post
        assert w.network.inputs.request.pre is not w.network.recurrent.request.pre


@pytest.mark.parametrize("update", ["step", "sequence"])
def test_a_total_is_kept_where_a_sequence_adds_up_and_something_learns(update):
    _, _, w = wired("readout", update=update)
    for name in ("inputs", "recurrent", "readout"):
        p = getattr(w.network, name)
        assert p.total.shape == (p.conductance.shape if update == "sequence" and is_plastic(p.eligibility) else (4, 64))


def test_the_loop_works_on_the_arrays_of_the_chip():
    chip, _, w = wired("anp", "reram-sb", decorrelation=BOTH)
    for name in PROJECTIONS:
        assert getattr(w.network, name).conductance is chip.arrays[name].conductance
    assert within(w.network.recurrent.device).persistent is within(chip.arrays["recurrent"].device).persistent


def test_every_slot_gets_the_part_of_its_population():
    _, parts, w = wired("anp")
    assert (w.network.hidden_rule, w.network.output_rule) == (parts.hidden, parts.output)
    assert w.network.hidden_source.n == 40 and w.network.output_source.n == 2
    assert isinstance(w.network.output, Linear)
    assert all(isinstance(getattr(w.network, name).eligibility, Outer) for name in ("inputs", "recurrent", "readout"))


def test_weight_perturbation_remembers_what_its_jitter_did():
    _, _, w = wired("wp")
    for name in ("inputs", "recurrent", "readout"):
        p = getattr(w.network, name)
        assert isinstance(p.eligibility, Shaken) and any(a is p.jitter.noise for a in arrays_of(p.eligibility))
        assert p.jitter.noise.shape == p.conductance.shape


def test_an_observer_learns_nothing():
    _, _, w = wired("observer", decorrelation=BOTH)
    assert not any(is_plastic(getattr(w.network, name).eligibility) for name in PROJECTIONS)


@pytest.mark.parametrize(("rule", "adapt", "only_read"), [
    ("observer", None, ("inputs", "recurrent", "readout")), ("anp", with_frozen_recurrence, ("inputs", "recurrent")), ("anp", None, ())])
def test_what_never_changes_is_only_read_and_what_learns_is_not(rule, adapt, only_read):
    _, _, w = wired(rule, adapt=adapt)
    for name in ("inputs", "recurrent", "readout"):
        assert isinstance(getattr(w.network, name).synapses, ReadOnly) == (name in only_read)


def test_a_rule_knows_the_lines_with_the_bias():
    chip = compile_chip("ideal", network(bias=True))
    assert sizes_of(chip, 4, "step") == (3, 40, 2, 4, "step", np.float32, 1, 1, "none", 0.0, False, 0.0, 0.0)


# ---- storage ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("rule", [*RULES, "observer"])
@pytest.mark.parametrize("profile", [*DEVICES, "loihi1"])
@pytest.mark.parametrize("update", ["step", "sequence"])
def test_every_float_array_is_aligned_contiguous_and_of_one_precision(rule, profile, update):
    settings = {"decorrelation": Decorrelation(rate=0.01, inputs=True, form="head"), "neuron": "leaky", "tau_steps": 2.0}
    _, _, w = wired(rule, profile, update, precision="float64", **settings)
    heard = w.activity.broadcast  # whose parts are views of `values`, the one array that travels
    arrays = arrays_of((w.network, w.activity._replace(broadcast=heard.values), heard.square))
    assert len(arrays) > 80
    for array in arrays:
        assert array.flags.c_contiguous and array.flags.writeable
        if array.dtype.kind == "f":
            assert array.dtype == np.float64 and array.ctypes.data % 64 == 0


def test_a_stale_twin_is_aligned_as_well():
    for _ in range(8):  # an array that NumPy allocates lies on the boundary by chance
        _, _, w = wired("anp", decorrelation=Decorrelation(rate=0.01, inputs=True, stale_input_twin=True))
        assert w.network.input_lateral.synapses.initial.ctypes.data % 64 == 0


def test_state_and_workspace_start_at_zero():
    state = activity(2, 70, 1, 4, 2, np.float32)
    assert not any(a.any() for a in arrays_of(state))
    assert state.x.shape == (4, 128) and state.u.shape == (4, 64) and state.no_input_error.shape == (2, 64)
    found = [a for a in state if isinstance(a, np.ndarray)]
    assert len({a.ctypes.data for a in found}) == len(found)


# ---- read path --------------------------------------------------------------------------------------------------------------------
def test_the_ideal_chip_reads_without_loss():
    _, _, w = wired("anp", decorrelation=BOTH)
    assert all(isinstance(getattr(w.network, name).circuit, Quiet) for name in PROJECTIONS)


def test_the_converters_of_the_shipped_crossbar_have_their_steps():
    """7 bits over +-1 of the activity, 9 bits over +-20 of the normalised sum: 2^b - 2 steps."""
    chip, _, w = wired("anp", "reram-sb", precision="float64")
    for name in ("inputs", "recurrent", "readout"):
        dac, scale = getattr(w.network, name).circuit, chip.arrays[name].scale
        adc = dac.inner
        assert isinstance(dac, InputConverter) and isinstance(adc, OutputConverter)
        assert (dac.lsb, dac.top) == (pytest.approx(2 * 1.0 / (2**7 - 2)), 63)
        assert (adc.lsb, adc.top) == (pytest.approx(2 * 20.0 / (2**9 - 2) * scale), 255)


def test_the_output_noise_of_the_shipped_crossbar_is_in_units_of_the_weight():
    chip, _, w = wired("anp", "reram-sb", precision="float64")
    noise = w.network.recurrent.circuit.inner.inner
    assert isinstance(noise, ReadNoise) and (noise.relative, noise.absolute) == (0, 0)
    assert noise.additive == pytest.approx(0.1 * chip.arrays["recurrent"].scale) and noise.n == 40


@pytest.mark.parametrize(("hidden", "row_tiles"), [(256, 1), (257, 2), (513, 3)])
def test_every_tile_of_rows_brings_its_own_output_noise(hidden, row_tiles):
    chip, _, w = wired("anp", "reram-sb", precision="float64", hidden=hidden)
    for name, tiles in (("inputs", 1), ("recurrent", row_tiles), ("readout", row_tiles)):
        noise = getattr(w.network, name).circuit.inner.inner
        assert noise.additive == pytest.approx(0.1 * chip.arrays[name].scale * np.sqrt(tiles))


def test_device_noise_is_relative_as_it_is_and_absolute_in_units_of_the_weight():
    profile = profile_of(device={**NOMINAL, "read_noise_rel": 0.03, "read_noise_abs": 0.02})
    chip, _, w = wired("anp", profile, precision="float64")
    noise = w.network.recurrent.circuit
    assert isinstance(noise, ReadNoise) and noise.additive == 0
    assert (noise.relative, noise.absolute) == (0.03, pytest.approx(0.02 * chip.arrays["recurrent"].scale))


@pytest.mark.parametrize(("io", "kinds"), [
    ({"dac_bits": 4, "dac_range": 1.0}, (InputConverter, Quiet)), ({"adc_bits": 4, "adc_range": 1.0}, (OutputConverter, Quiet)),
    ({"out_noise": 0.1}, (AdditiveNoise,)),
])
def test_every_part_of_the_read_path_can_be_there_alone(io, kinds):
    circuit, found = wired("anp", profile_of(io=io))[2].network.recurrent.circuit, []
    while circuit is not None:
        found.append(type(circuit))
        circuit = getattr(circuit, "inner", None)
    assert tuple(found) == kinds


def test_variance_is_kept_where_reads_are_noisy_only():
    assert wired("anp")[2].network.recurrent.variance.shape == (1, 64)
    assert wired("anp", "reram-sb")[2].network.recurrent.variance.shape == (1, 64)  # noise of the output stage alone
    assert wired("anp", profile_of(io={"w_noise": 0.1, "w_noise_model": "pcm"}))[2].network.recurrent.variance.shape == (6, 64)


def test_reads_of_the_stale_twin_cannot_be_repeated():
    profile = profile_of(io={"adc_bits": 6, "adc_range": 1.0, "bound_management": "iterative", "bm_max_factor": 4.0})
    stale = Decorrelation(rate=0.01, form="head", inputs=True, stale_input_twin=True)
    wired("anp", profile)
    with pytest.raises(InputError, match="io.bound_management = 'iterative'; cannot repeat"):
        wired("anp", profile, decorrelation=stale)


def test_what_differs_from_output_to_output_differs_from_array_to_array_and_is_kept():
    profile = profile_of(io={"out_nonlinearity": 0.1, "out_nonlinearity_dtod": 0.2})
    first, again = wired("anp", profile)[2].network, wired("anp", profile)[2].network
    rows = [p.circuit.curvature[:2] for p in (first.recurrent, first.inputs, first.readout, again.recurrent)]
    assert (rows[0] == rows[3]).all() and all((a != b).all() for a, b in ((rows[0], rows[1]), (rows[0], rows[2]), (rows[1], rows[2])))


def test_a_digital_readout_and_absent_synapses_have_no_read_path():
    _, _, w = wired("anp", "reram-sb", readout="digital")
    for name in ("readout", "lateral", "input_lateral"):
        assert isinstance(getattr(w.network, name).circuit, Quiet)
    assert not isinstance(w.network.recurrent.circuit, Quiet)


def test_decorrelating_arrays_are_read_as_every_other_one():
    _, _, w = wired("anp", "reram-sb", decorrelation=BOTH)
    assert isinstance(w.network.lateral.circuit, InputConverter) and isinstance(w.network.input_lateral.circuit, InputConverter)


# ---- neurons ------------------------------------------------------------------------------------------------------------------------
def test_neurons_are_what_network_and_profile_make_of_them():
    assert isinstance(wired("anp")[2].network.hidden, Tanh)
    profile = profile_of(noise={"gain_cv": 0.1, "offset_std": 0.1, "intrinsic_std": 0.05})
    chip, _, w = wired("anp", profile, neuron="leaky", tau_steps=4.0)
    noisy = w.network.hidden
    assert isinstance(noisy, NoisyNeuron) and noisy.sigma == np.float32(0.05) and noisy.n == 40
    assert isinstance(noisy.inner, Mismatched) and noisy.inner.gain is chip.gain and noisy.inner.offset is chip.offset
    leaky = noisy.inner.inner
    assert isinstance(leaky, Leaky) and leaky.share[:40] == pytest.approx(1 - np.exp(-1 / 4.0)) and not leaky.share[40:].any()


def test_a_profile_whose_neurons_are_alike_adds_nothing():
    assert isinstance(wired("anp", "fixed8")[2].network.hidden, Tanh)


# ---- channel ------------------------------------------------------------------------------------------------------------------------
def test_the_broadcast_is_exact_unless_the_profile_says_more():
    assert isinstance(wired("anp")[2].network.channel, Exact)


def test_the_broadcast_is_noisy_then_converted_then_late():
    plasticity = {
        "third_factor_noise": 0.01, "third_factor_bits": 8, "third_factor_range": 2.0, "third_factor_delay_steps": 4}
    late = wired("anp", profile_of(plasticity=plasticity), precision="float64")[2].network.channel
    assert isinstance(late, Delayed) and late.kept.shape == (4, 2 * BATCH)
    converter = late.inner
    assert isinstance(converter, Quantised) and (converter.lsb, converter.top) == (pytest.approx(2.0 / 255), 255)
    assert isinstance(converter.inner, Noisy) and converter.inner.sigma == 0.01 and converter.inner.normal.size >= 2 * BATCH
    assert isinstance(converter.inner.inner, Exact)


@pytest.mark.parametrize(("plasticity", "kind"), [
    ({"third_factor_noise": 0.01}, Noisy), ({"third_factor_bits": 8, "third_factor_range": 2.0}, Quantised),
    ({"third_factor_delay_steps": 1}, Delayed), ({"third_factor_delay_steps": 0, "third_factor_noise": 0.0}, Exact),
])
def test_every_fault_of_the_channel_can_be_there_alone(plasticity, kind):
    channel = wired("anp", profile_of(plasticity=plasticity))[2].network.channel
    assert isinstance(channel, kind) and isinstance(getattr(channel, "inner", Exact()), Exact)


# ---- decorrelation --------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("form", "credit", "eligibility"), [("head", Decorrelate, Lateral), ("published", DecorrelateLocal, OffDiagonal)])
def test_decorrelation_learns_beside_every_rule(form, credit, eligibility):
    for rule in RULES:
        _, _, w = wired(rule, decorrelation=Decorrelation(rate=0.01, inputs=True, form=form))
        assert isinstance(w.network.lateral_rule, credit) and isinstance(w.network.input_lateral_rule, credit)
        assert isinstance(w.network.lateral.eligibility, eligibility)


def test_decorrelation_does_not_learn_in_an_observer():
    _, _, w = wired("observer", decorrelation=BOTH)
    assert isinstance(w.network.lateral_rule, NoCredit) and isinstance(w.network.input_lateral_rule, NoCredit)
    assert isinstance(w.network.lateral.eligibility, Fixed) and isinstance(w.network.lateral.synapses.inner, Dense)


def test_a_decorrelation_that_does_not_exist_has_no_rule():
    _, _, w = wired("anp", decorrelation=Decorrelation(rate=0.01))
    assert isinstance(w.network.lateral_rule, DecorrelateLocal) and isinstance(w.network.input_lateral_rule, NoCredit)


@pytest.mark.parametrize(("update", "rate"), [("step", 0.01), ("sequence", 0.01 / 20)])
def test_decorrelation_averages_over_the_steps_of_a_sequence(update, rate):
    _, _, w = wired("anp", update=update, steps=20, precision="float64", decorrelation=BOTH)
    assert w.network.lateral_rule.rate == pytest.approx(rate) and w.network.lateral_rule.share == pytest.approx(1 / BATCH)


def test_the_stale_twin_exists_with_two_passes_only():
    settings = Decorrelation(rate=0.01, inputs=True, stale_input_twin=True)
    for rule, is_stale in (("anp", True), ("readout", False), ("observer", False)):
        _, _, w = wired(rule, decorrelation=settings)
        assert isinstance(w.network.input_lateral.synapses, StaleTwin) == is_stale
        assert not isinstance(w.network.lateral.synapses, StaleTwin)


def test_the_stale_twin_keeps_what_it_was():
    _, _, w = wired("anp", decorrelation=Decorrelation(rate=0.01, inputs=True, stale_input_twin=True))
    p = w.network.input_lateral
    assert isinstance(p, Projection) and (p.synapses.initial == p.conductance).all()
    p.conductance[0, 0] = 7
    assert p.synapses.initial[0, 0] == 1


def test_a_membrane_has_no_innovation_to_measure():
    chip = compile_chip("ideal", Network(inputs=2, hidden=5, outputs=1, neuron="spiking", membrane=Membrane()), 1)
    rule = Trace(learning_rate=0.1, perturbation="measured")
    with pytest.raises(InputError, match="a membrane remembers"):
        wire(chip, rule.build(sizes_of(chip, 2, "sequence", 5)), 2, "sequence", 5)
