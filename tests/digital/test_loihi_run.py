"""Loihi's integers against a recorded run and hand-computed steps."""
from __future__ import annotations

import numpy as np
import pytest
from recorded import differing, recorded

from neurosim.digital.loihi import Loihi, driven, integrated, run
from neurosim.errors import InputError

ONE = {"weights_in": [[64]], "weights_rec": [[0]], "decay_u": 4096, "decay_v": 0, "threshold": 100, "bias": 0}


def test_the_recorded_run_is_reproduced_bit_for_bit():
    spec, inputs, expected = recorded("loihi", Loihi)
    assert expected["spikes"].sum() > 30 and set(expected) == {"spikes", "u", "v"}
    trace = run(spec, inputs)
    assert differing(trace, expected) == []
    assert trace.outputs is trace.spikes


@pytest.mark.parametrize("changes", [{"decay_u": 1025}, {"decay_v": 401}, {"threshold": 950}, {"bias_exponent": 5}, {"exponent": 1}])
def test_every_parameter_is_used(changes):
    spec, inputs, expected = recorded("loihi", Loihi, **changes)
    assert differing(run(spec, inputs), expected) != []


def test_a_recurrent_spike_arrives_one_step_later_by_its_own_column():
    spec = Loihi([[200], [0]], [[0, 0], [100, 0]], 4096, 0, 150, 0)
    trace = run(spec, [[1], [0], [0]])
    assert trace.spikes.tolist() == [[1, 0], [0, 0], [0, 0]]
    assert trace.u.tolist() == [[200 << 6, 0], [0, 100 << 6], [0, 0]]


def test_decay_cuts_towards_zero_on_both_sides():
    """7 * 4095 / 4096 = 6.99..., so that both signs lose one: a floor would hold -7."""
    assert driven(np.array([7, -7]), 0, 1).tolist() == [6, -6]
    assert integrated(np.array([5, -5]), np.array([6, -6]), 1).tolist() == [10, -10]


def test_the_current_wraps_and_the_membrane_saturates():
    top = 2**23
    assert driven(np.array([top - 1, 1 - top, 0, 0]), np.array([64, -64, top, -top]), 0).tolist() == [63 - top, top - 63, top, top]
    assert integrated(np.array([top - 1, 1 - top]), np.array([64, -64]), 0).tolist() == [top - 1, 1 - top]
    assert integrated(np.array([top - 1, 1 - top]), np.array([-64, 64]), 0).tolist() == [top - 65, 65 - top]


def test_a_spike_needs_more_than_the_threshold_and_resets_to_zero():
    spec = Loihi(**{**ONE, "threshold": 64})
    assert run(spec, [[1], [1]]).spikes.ravel().tolist() == [0, 1]  # 64 is not above 64
    assert run(spec, [[1], [1]]).v.ravel().tolist() == [64 << 6, 0]


def test_an_exponent_of_minus_one_gives_mixed_signs_odd_weights():
    """200 x 2^-1 is 100, as is 100 x 2^0; 202 x 2^-1 is 101, which mixed signs have no other way."""
    halved, whole = Loihi(**{**ONE, "weights_in": [[200]], "exponent": -1}), Loihi(**{**ONE, "weights_in": [[100]]})
    assert run(halved, [[1], [1]]).v.tolist() == run(whole, [[1], [1]]).v.tolist()
    assert run(Loihi(**{**ONE, "weights_in": [[202]], "exponent": -1}), [[1]]).u.tolist() == [[101 << 6]]
    with pytest.raises(InputError, match="exponent = -1; must be from 0"):
        Loihi(**{**ONE, "signs": "excitatory", "exponent": -1})


def test_the_bias_is_shifted_by_its_exponent_and_the_host_reads_spikes():
    spec = Loihi(**{**ONE, "bias": -3, "bias_exponent": 2, "weights_out": [[5], [-7]], "threshold": 60})
    trace = run(spec, [[1], [0]])
    assert trace.v.ravel().tolist() == [0, -12]
    assert trace.outputs.tolist() == [[5, -7], [0, 0]]


def test_the_bias_is_part_of_the_sum_that_saturates():
    spec = Loihi(**{**ONE, "bias": -4096, "bias_exponent": 7})
    assert run(spec, np.zeros((20, 1), int)).v.ravel().tolist() == [max(-(t + 1) * 2**19, 1 - 2**23) for t in range(20)]


@pytest.mark.parametrize(("field", "value", "said"), [
    ("weights_in", [[63]], "loihi: weights_in = 63; must be even where signs are mixed"),
    ("weights_rec", [[256]], "loihi: weights_rec = 256; must be from -256 to 254 on this chip"),
    ("weights_rec", [[0, 0]], "loihi: weights_rec: has shape 1 x 2; must be 1 x 1"),
    ("weights_in", [[0.5]], "loihi: weights_in: is of type float64; must be whole numbers"),
    ("decay_u", 0, "loihi: decay_u = 0; must be from 1 to 4096"), ("decay_v", 4096, "loihi: decay_v = 4096; must be from 0 to 4095"),
    ("threshold", 2**17, "loihi: threshold = 131072; must be from 1 to 131071"), ("bias", [4096], "loihi: bias = 4096;"),
    ("bias_exponent", 8, "loihi: bias_exponent = 8; must be from 0 to 7"), ("exponent", -2, "loihi: exponent = -2;"),
    ("signs", "both", "loihi: signs = 'both'; must be one of mixed, excitatory, inhibitory")])
def test_what_the_chip_does_not_have_is_refused(field, value, said):
    with pytest.raises(InputError) as caught:
        Loihi(**{**ONE, field: value})
    assert str(caught.value).startswith(said)


def test_excitatory_weights_may_be_odd_and_inputs_are_spikes():
    spec = Loihi(**{**ONE, "weights_in": [[255]], "signs": "excitatory"})
    with pytest.raises(InputError, match="loihi: inputs = 2; must be from 0 to 1"):
        run(spec, [[2]])
