"""ReckOn's integers against a recorded run and hand-computed ticks."""
from __future__ import annotations

import numpy as np
import pytest
from recorded import differing, recorded

from neurosim.digital.reckon import ReckOn, leaked, run
from neurosim.errors import InputError

KEEP = 1 << 15  # alpha of a membrane that does not leak
ONE = {"weights_in": [[100]], "weights_rec": [[0]], "weights_out": [[0]], "alpha": KEEP, "threshold": 150, "kappa": 128}


def test_the_recorded_run_is_reproduced_bit_for_bit():
    """The record has no spikes of the first tick, in which there are none."""
    spec, inputs, expected = recorded("reckon", ReckOn)
    trace = run(spec, inputs)
    assert expected["spikes"].sum() > 30 and not trace.spikes[0].any()
    assert differing(trace._replace(spikes=trace.spikes[1:]), expected) == []


@pytest.mark.parametrize("changes", [{"alpha": 30702}, {"threshold": 615}, {"kappa": 120}, {"shift_in": 2}, {"shift_rec": 2},
                                     {"shift_out": 2}, {"reset": "zero"}])
def test_every_parameter_is_used(changes):
    spec, inputs, expected = recorded("reckon", ReckOn, **changes)
    trace = run(spec, inputs)
    assert differing(trace._replace(spikes=trace.spikes[1:]), expected) != []


def test_the_first_tick_integrates_and_a_spike_is_recurrent_in_its_own_tick():
    spec = ReckOn(**{**ONE, "weights_rec": [[-20]], "weights_out": [[9]]})
    trace = run(spec, [[1], [1], [0], [0]])
    assert trace.spikes.ravel().tolist() == [0, 0, 1, 0]
    assert trace.v.ravel().tolist() == [100, 200, 200 - 150 - 20, 30]
    assert trace.outputs.ravel().tolist() == [0, 0, 9, 9]


def test_leak_is_a_floor_and_the_threshold_is_reached_by_equality():
    assert leaked(np.array([-1, 1, 600]), np.array([0, 0, 1]), KEEP - 1, 600, 1).tolist() == [-1, 0, -1]
    assert leaked(np.array([600, 601]), np.array([1, 1]), KEEP, 600, 0).tolist() == [0, 0]
    spec = ReckOn(**{**ONE, "threshold": 100})
    assert run(spec, [[1], [0]]).spikes.ravel().tolist() == [0, 1]


def test_leak_and_reset_wrap_while_sums_saturate():
    assert leaked(np.array([32767]), np.array([0]), 9 * 4096 - 1, 1, 1).tolist() == [32767 * 36863 // 32768 - 65536]
    assert leaked(np.array([-32000]), np.array([1]), KEEP, 1000, 1).tolist() == [-33000 + 65536]
    spec = ReckOn(**{**ONE, "weights_in": [[127]], "shift_in": 7, "threshold": 32767})
    assert run(spec, [[1], [1], [1]]).v.ravel().tolist() == [16256, 32512, 32767]


def test_input_and_neuron_of_one_index_are_added_jointly():
    """Membrane 32412 after the reset; 16256 and -16256 together are nothing, one after the other they would saturate on the way."""
    spec = ReckOn(**{**ONE, "weights_in": [[127, 127], [0, 0]], "weights_rec": [[-127, 0], [0, 0]], "weights_out": [[0, 0]],
                     "shift_in": 7, "shift_rec": 7, "threshold": 100})
    trace = run(spec, [[1, 1], [1, 0]])
    assert trace.v[:, 0].tolist() == [32512, 32412] and trace.spikes[:, 0].tolist() == [0, 1]


def test_indices_are_added_in_their_order():
    """From 32512, 16256 saturates at 32767 and -16384 follows; the other way round 32384 would be left."""
    spec = ReckOn(**{**ONE, "weights_in": [[127, -128], [0, 0]], "weights_rec": [[0, 0], [0, 0]], "weights_out": [[0, 0]], "shift_in": 7,
                     "threshold": 32767})
    assert run(spec, [[1, 0], [1, 0], [1, 1]]).v[:, 0].tolist() == [16256, 32512, 32767 - 16384]


def test_the_joint_sum_of_a_pair_saturates_before_it_is_added():
    spec = ReckOn(**{**ONE, "weights_in": [[-128]], "weights_rec": [[0]], "shift_in": 7, "alpha": KEEP})
    assert run(spec, [[1], [1], [1]]).v.ravel().tolist() == [-16384, -32768, -32768]
    both = ReckOn(**{**ONE, "weights_in": [[127]], "weights_rec": [[127]], "shift_in": 7, "shift_rec": 7, "threshold": 16256})
    assert run(both, [[1], [1]]).v.ravel().tolist() == [16256, 32512]


@pytest.mark.parametrize(("field", "value", "said"), [
    ("weights_in", [[-129]], "reckon: weights_in = -129; must be from -128 to 127"),
    ("alpha", 28671, "reckon: alpha = 28671; must be from 28672 to 36863"),
    ("threshold", 0, "reckon: threshold = 0; must be from 1 to 32767"), ("kappa", 256, "reckon: kappa = 256; must be from 0 to 255"),
    ("shift_in", 8, "reckon: shift_in = 8;"), ("reset", "value", "reckon: reset = 'value'; must be one of subtract, zero"),
    ("weights_out", np.zeros((17, 1), int), "reckon: weights_out: outputs: has 17; this chip has room for 16"),
    ("weights_in", np.zeros((1, 257), int), "reckon: weights_in: inputs: has 257; this chip has room for 256")])
def test_what_the_chip_does_not_have_is_refused(field, value, said):
    with pytest.raises(InputError) as caught:
        ReckOn(**{**ONE, field: value})
    assert str(caught.value).startswith(said)


def test_a_pair_of_neurons_shares_threshold_and_leak():
    three = {**ONE, "weights_in": [[1]] * 3, "weights_rec": np.zeros((3, 3), int), "weights_out": [[0, 0, 0]]}
    ReckOn(**{**three, "threshold": [10, 10, 11]})
    with pytest.raises(InputError, match="reckon: threshold = 10 and 11 of neurons 0 and 1; a pair shares one"):
        ReckOn(**{**three, "threshold": [10, 11, 11]})
