"""Xylo's integers against recorded runs, also in saturation, and hand-computed steps."""
from __future__ import annotations

import numpy as np
import pytest
from recorded import differing, recorded

from neurosim.digital import xylo
from neurosim.digital.xylo import Xylo, run
from neurosim.errors import InputError

ONE = {"weights_in": [[100]], "weights_rec": [[0]], "weights_out": [[0]], "dash_syn": [4], "dash_mem": 4, "threshold": 30000, "bias": 0,
       "dash_syn_out": 4, "dash_mem_out": 4, "threshold_out": 1000, "bias_out": 0}


@pytest.mark.parametrize("name", ["xylo", "xylo_saturated_1", "xylo_saturated_2"])
def test_the_recorded_run_is_reproduced_bit_for_bit(name):
    spec, inputs, expected = recorded(name, Xylo)
    assert {"spikes", "v", "outputs"} <= set(expected) and expected["outputs"].any()
    assert differing(run(spec, inputs), expected) == []
    if name != "xylo":
        assert expected["spikes"].max() == 31 and (expected["v"] == -32768).sum() > 50


xylo_delivered = xylo.delivered


def integrated_by_turns(v, current, dash, bias, threshold, most):
    """What looks more natural: the membrane decays, then current and bias are added to it, each sum saturating."""
    v = xylo.saturate(xylo.saturate(v - xylo.decay(v, dash) + current, 16) + bias, 16)
    fired = np.clip(v // threshold, 0, most)
    return v - fired * threshold, fired


@pytest.mark.parametrize(("part", "wrong"), [
    ("delivered", lambda i, w, s: xylo.saturate(i + w @ s, 16)),  # all spikes of a kind in one sum
    ("decay", lambda x, dash: np.sign(x) * np.maximum(abs(x) >> dash, x != 0)),  # towards zero
    ("delivered", lambda i, w, s: xylo_delivered(i, w[..., ::-1], s[::-1])), ("integrated", integrated_by_turns),
    ("MOST_HIDDEN", 30), ("MOST_OUT", 2), ("BITS", 17)])
def test_another_order_rounding_or_width_is_not_the_chip(monkeypatch, part, wrong):
    monkeypatch.setattr(xylo, part, wrong)
    spec, inputs, expected = recorded("xylo_saturated_1", Xylo)
    assert differing(run(spec, inputs), expected) != []


def test_spikes_are_delivered_in_the_order_of_their_senders():
    """32767 + 100 - 200 is 32567 if it saturates after the first, 32667 if the sum does: 127 << 7 is 16256, twice of it nearly full."""
    spec = Xylo(**{**ONE, "weights_in": [[127, 127, 3, -1]], "weights_rec": [[0]], "dash_syn": [15], "shift_in": 7})
    assert run(spec, [[1, 1, 1, 1]]).u.tolist() == [[32767 - 128 - 1]]  # the shift leaves nothing: one less
    assert run(spec, [[1, 1, 0, 1]]).u.tolist() == [[2 * 16256 - 128 - 1]]


def test_a_neuron_fires_up_to_31_times_and_an_output_once():
    many = {**ONE, "weights_in": [[127]], "weights_out": [[10]], "threshold": 50, "dash_mem": 15, "threshold_out": 100}
    trace = run(Xylo(**{**many, "dash_syn": [0]}), [[15], [0], [0]])
    assert trace.spikes.ravel().tolist() == [0, 0, 0]  # dash 0: the whole current decays before it acts
    spec = Xylo(**{**many, "dash_syn": [15]})
    trace = run(spec, [[15], [0]])
    assert trace.spikes.ravel().tolist() == [31, 31]
    assert trace.v.ravel().tolist() == [1904 - 31 * 50, 1904 - 31 * 50 - 1 + 1903 - 31 * 50]
    assert trace.outputs.ravel().tolist() == [0, 1]  # 31 spikes of 10 arrive one step later


@pytest.mark.parametrize(("field", "value", "said"), [
    ("weights_in", [[128]], "xylo: weights_in = 128; must be from -128 to 127"),
    ("weights_rec", [[1, 2]], "xylo: weights_rec: has shape 1 x 2; must be 1 x 1"),
    ("weights_in", np.zeros((1, 17), int), "xylo: weights_in: inputs: has 17; this chip has room for 16"),
    ("weights_out", np.zeros((9, 1), int), "xylo: weights_out: outputs: has 9; this chip has room for 8"),
    ("dash_mem", 16, "xylo: dash_mem = 16; must be from 0 to 15"), ("dash_syn", [-1], "xylo: dash_syn = -1;"),
    ("threshold", 0, "xylo: threshold = 0; must be from 1 to 32767"), ("bias", 2**15, "xylo: bias = 32768;"),
    ("threshold_out", 2**15, "xylo: threshold_out = 32768;"), ("shift_rec", 8, "xylo: shift_rec = 8; must be from 0 to 7")])
def test_what_the_chip_does_not_have_is_refused(field, value, said):
    with pytest.raises(InputError) as caught:
        Xylo(**{**ONE, field: value})
    assert str(caught.value).startswith(said)


def test_an_input_channel_carries_at_most_15_spikes():
    with pytest.raises(InputError, match="xylo: inputs = 16; must be from 0 to 15"):
        run(Xylo(**ONE), [[16]])
