"""Quantising after training: positions, accounts, refusals, and vectors that are difficult on purpose."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from export.int8_cases import MADE, made, network, trained

from neurosim.digital import int8_rnn
from neurosim.digital.int8_rnn import HIGH
from neurosim.errors import InputError
from neurosim.export import Options
from neurosim.export.int8 import calibrate, check_accumulator, quantised
from neurosim.export.int8_edges import COVERING, DRIVEN, TYING, count, edges
from neurosim.export.semantics import run_float


def changed(**arrays):
    return replace(trained(), **arrays)


def test_positions_are_the_finest_that_hold_what_was_seen():
    good, seen = network(), calibrate(trained(), "c")
    spec = good.spec
    weights = max(np.abs(trained().inputs).max(), np.abs(trained().recurrent).max())
    largest = {"q_in": seen.inputs, "q_weight": weights, "q_table": seen.arriving}
    for name, value in largest.items():
        assert value * 2 ** getattr(spec, name) <= HIGH < value * 2 ** (getattr(spec, name) + 1), name
    assert np.abs(trained().readout).max() * 2**good.spec.q_readout <= HIGH
    assert seen.steps == 320 and good.seen == seen and 0.5 < seen.activity < 1 and spec.q_state == 7


def test_large_and_small_numbers_move_the_positions():
    spec = quantised(changed(readout=8 * trained().readout, inputs=4 * trained().inputs), "c", Options())
    assert spec.spec.q_readout == network().spec.q_readout - 3 and spec.spec.q_weight == network().spec.q_weight - 2
    quiet = quantised(changed(inputs=0.01 * trained().inputs, bias=None, recurrent=0.1 * trained().recurrent), "c", Options()).spec
    assert quiet.q_state > 8 and quiet.q_table > 8 and quiet.q_table < quiet.q_accumulator
    loud = quantised(changed(inputs=50 * trained().inputs), "c", Options()).spec
    assert (loud.q_state, loud.q_table) == (7, 5)  # tanh has nothing to say beyond 4


def test_the_quantised_network_is_close_to_the_float_one():
    good, x = network(), trained().shown(12)
    exact, found = run_float(trained(), x)["outputs"], good.decode(good.run(good.encode(x)))
    assert np.abs(exact).max() > 0.3 and 0 < np.abs(found - exact).max() < 0.05


def test_every_array_is_accounted_for_though_it_was_on_the_grid_of_the_chip_before():
    tensors = {tensor.name: tensor for tensor in network().tensors}
    assert list(tensors) == ["inputs", "recurrent", "readout", "bias", "table"]
    for name in ("inputs", "recurrent", "readout"):
        tensor = tensors[name]
        assert tensor.bits == 8 and np.log2(tensor.step) % 1 == 0 and 0 < tensor.error <= tensor.step / 2 and tensor.sqnr_dB > 30
        assert tensor.rounding == "half to even" and tensor.clipped == 0
    assert tensors["bias"].bits == 32 and tensors["bias"].error <= 2.0**-network().spec.q_accumulator / 2
    assert tensors["table"].shape == (256,) and tensors["table"].error <= tensors["table"].step / 2
    loud = quantised(changed(inputs=50 * trained().inputs), "c", Options()).tensors[-1]
    assert loud.clipped > 0 and loud.error > loud.step / 2  # 128 that became 127


def test_inputs_are_rounded_half_to_even_and_saturate():
    good = network()
    step = 2.0**-good.spec.q_in
    assert good.encode(np.array([[0.5 * step, 1.5 * step, -2.5 * step, 1e9, -1e9]])).tolist() == [[0, 2, -2, 127, -128]]


@pytest.mark.parametrize("before", [0, 1, 30])
def test_edges_hit_ties_of_both_parities_both_ends_and_most_of_the_table_after_any_inputs(before):
    good = network()
    task = good.encode(trained().shown(before)) if before else np.zeros((0, 6), np.int8)
    found = edges(good.spec, task)
    assert found.shape == (DRIVEN + COVERING + TYING, 6) and found.dtype == np.int8
    assert (found[0] == 127).all() and (found[1] == -128).all()
    alone, together = count(good.spec, task), count(good.spec, np.concatenate([task, found]))
    assert together.even - alone.even >= 20 and together.odd - alone.odd >= 20
    assert together.high - alone.high >= 5 and together.low - alone.low >= 5 and together.entries > 200


@pytest.mark.parametrize("kind", MADE)
def test_unusual_networks_have_edges_too(kind):
    spec = MADE[kind]().spec
    nothing = np.zeros((0, spec.weights_in.shape[1]), np.int8)
    found = count(spec, np.concatenate([nothing, edges(spec, nothing)]))
    assert found.even + found.odd > 0 or kind in ("one of each", "inputs shifted far")
    assert found.entries > 1


@pytest.mark.parametrize("wrong", [
    lambda x, shift: (x + (1 << (shift - 1))) >> shift, lambda x, shift: -((-x + (1 << (shift - 1))) >> shift),
    lambda x, shift: x >> shift])
def test_edges_tell_other_roundings_apart(wrong, monkeypatch):
    """Half up, half down, and down."""
    good = network()
    x = edges(good.spec, np.zeros((0, 6), np.int8))
    before = good.run(x)
    monkeypatch.setattr(int8_rnn, "half_even", wrong)
    assert (good.run(x)["h"] != before["h"]).any(1).mean() > 0.2


def test_a_neuron_without_inputs_and_a_network_without_any_have_edges():
    for spec in (made(3, 4, 2).spec, replace(made(3, 4, 2).spec, weights_in=np.zeros((4, 3), int))):
        assert edges(replace(spec, weights_rec=np.zeros((4, 4), int)), np.zeros((0, 3), np.int8)).shape[1] == 3


@pytest.mark.parametrize(("arrays", "said"), [
    ({"readout": np.full((5, 20), 200.0)}, "readout: reach beyond 127; 8 bits hold 127 at most; --clip moves what is beyond to the end"),
    ({"inputs": np.full((20, 6), 300.0)}, "inputs and recurrent: reach beyond 254; 8 bits hold 127 at most"),
    ({"bias": np.full(20, 1e6)}, "bias: has 20 entries beyond -2147483648 to 2147483647 levels"),
    ({"bias": np.full(20, np.nan)}, "bias[0] = nan; must be a finite number"),
    ({"dataset": None}, "--to = 'c'; needs data of the task to calibrate the 8 bits with")])
def test_what_does_not_fit_is_refused(arrays, said):
    with pytest.raises(InputError) as caught:
        quantised(changed(**arrays), "c", Options())
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(("update", "said"), [
    ({"neuron": "leaky", "tau_steps": 3.0}, "network.tau_steps = 3: the 8-bit network has no leaky neurons; --to onnx has"),
    ({"readout_tau_steps": 2.5}, "network.readout_tau_steps = 2.5: the 8-bit network has no outputs with a memory"),
    ({"send_threshold": 0.1}, "network.send_threshold = 0.1: the format has no sigma-delta neurons")])
def test_neurons_that_the_integers_do_not_have_are_refused(update, said):
    with pytest.raises(InputError) as caught:
        quantised(changed(network=trained().network.model_copy(update=update)), "c", Options())
    assert said in str(caught.value)


def test_delays_are_refused():
    delayed = changed(delays=np.ones(20, int), network=trained().network.model_copy(update={"delay_steps": (1, 1)}))
    with pytest.raises(InputError, match="the format has no delays"):
        quantised(delayed, "c", Options())


def test_clipping_is_counted():
    readout = trained().readout.copy()
    readout[0, :3] = 200.0, -300.0, 127.0
    tensor = {t.name: t for t in quantised(changed(readout=readout), "c", Options(clip=True)).tensors}["readout"]
    assert (tensor.clipped, tensor.step, tensor.error) == (2, 1.0, 173.0)


def test_an_accumulator_that_floats_cannot_hold_is_refused_where_there_are_floats():
    large = quantised(changed(bias=np.full(20, 2000.0)), "c", Options())
    assert 2**24 < large.spec.largest_sum < 2**31
    check_accumulator(large, "c", 31)
    with pytest.raises(InputError, match=r"--to = 'onnx-int8'; an accumulator can reach \d+, and must stay below 2\^24"):
        check_accumulator(large, "onnx-int8", 24)
