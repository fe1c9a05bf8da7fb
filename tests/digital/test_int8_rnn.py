"""The 8-bit rate network against the run that C, Verilog and ONNX agree on, and the rounding of ties."""
from __future__ import annotations

import numpy as np
import pytest
from recorded import differing, recorded

from neurosim.digital import int8_rnn
from neurosim.digital.int8_rnn import Int8RNN, run, tanh_table
from neurosim.errors import InputError

ONE = {"weights_in": [[64]], "weights_rec": [[0]], "weights_out": [[1]], "bias": 0, "table": np.arange(-128, 128)}


def test_the_recorded_run_is_reproduced_bit_for_bit():
    spec, inputs, expected = recorded("int8_rnn", Int8RNN)
    assert set(expected) == {"spikes", "outputs"} and np.unique(expected["spikes"]).size > 50
    assert differing(run(spec, inputs), expected) == []
    assert spec.largest_sum < 2**24


@pytest.mark.parametrize("changes", [{"q_in": 6}, {"q_state": 6}, {"q_table": 4}, {"bias": 0}])
def test_every_position_is_used(changes):
    spec, inputs, expected = recorded("int8_rnn", Int8RNN, **changes)
    assert differing(run(spec, inputs), expected) != []


@pytest.mark.parametrize("wrong", [lambda x, shift: x >> shift, lambda x, shift: (x + (1 << (shift - 1))) >> shift])
def test_another_rounding_gives_another_run(monkeypatch, wrong):
    """A tie is rare in the recorded run, so the network here makes one at every step: acc = 64 x << 2 = 256 x, plus a bias of half."""
    spec, x = Int8RNN(**{**ONE, "bias": 128}), np.arange(-5, 6)[:, None]
    assert run(spec, x).spikes.ravel().tolist() == [round(value + 0.5) for value in range(-5, 6)]
    monkeypatch.setattr(int8_rnn, "half_even", wrong)
    assert run(spec, x).spikes.ravel().tolist() != [round(value + 0.5) for value in range(-5, 6)]


def test_the_pre_activation_is_clipped_to_8_bits():
    spec = Int8RNN(**{**ONE, "weights_in": [[127]]})
    assert run(spec, [[127], [-128]]).spikes.ravel().tolist() == [127, -128]


def test_products_are_aligned_whichever_has_fewer_bits():
    """x = 3 / 2^9, h = 4 / 2^7 and weights 1 / 2^6: in Q15 the second product is shifted left by 2."""
    spec = Int8RNN(**{**ONE, "weights_in": [[1]], "weights_rec": [[1]], "q_in": 9, "q_table": 14})
    assert spec.q_accumulator == 15 and spec.shifts == (0, 2)
    trace = run(spec, [[8], [3]])
    assert trace.v.ravel().tolist() == [8, 3 + (4 << 2)]
    assert trace.spikes.ravel().tolist() == [4, 10]  # 19 / 2 is a tie


def test_the_readout_may_have_a_position_of_its_own():
    fields = {"weights_in": [[3]], "weights_rec": [[0]], "weights_out": [[5]], "bias": 0, "table": tanh_table()}
    shared, own = Int8RNN(**fields), Int8RNN(**fields, q_readout=2)
    assert (shared.q_output, own.q_output) == (13, 9)
    assert np.array_equal(run(shared, [[40]]).outputs, run(own, [[40]]).outputs)  # the integers are the same
    with pytest.raises(InputError, match="q_readout = 16; must be from 0 to 15"):
        Int8RNN(**fields, q_readout=16)


def test_the_table_is_odd_and_monotonic():
    table = tanh_table()
    assert table[128] == 0 and (table[129:] == -table[1:128][::-1]).all() and table[0] == -127 and (np.diff(table) >= 0).all()
    assert table[128 + 32] == round(128 * np.tanh(1.0))


@pytest.mark.parametrize(("field", "value", "said"), [
    ("weights_rec", [[128]], "int8_rnn: weights_rec = 128; must be from -128 to 127"),
    ("table", np.zeros(255, int), "int8_rnn: table: has shape 255; must be 256"),
    ("q_table", 13, "int8_rnn: q_table = 13; must be below 13, that of the accumulator"),
    ("q_in", -1, "int8_rnn: q_in = -1; must be from 0 to 15"),
    ("bias", 2**31 - 1, "int8_rnn: weights_in: can add up to 2147516415 with weights_rec and bias; must stay below 2^31")])
def test_what_does_not_fit_is_refused(field, value, said):
    with pytest.raises(InputError) as caught:
        Int8RNN(**{**ONE, field: value})
    assert str(caught.value).startswith(said)
