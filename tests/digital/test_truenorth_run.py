"""TrueNorth's integers against hand-computed ticks and known statistics."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.digital.truenorth import TrueNorth, run
from neurosim.errors import InputError

ONE = {"crossbar": [[1, 1]], "axon_type": [0, 1], "strength": [[10, -3, 0, 0]], "leak": 0, "threshold": 25, "floor": 50, "target": -1}


def test_the_type_of_the_axon_chooses_the_strength_and_the_crossbar_lets_it_in():
    two = {"crossbar": [[1, 1], [0, 1]], "strength": [[10, -3, 7, 7], [9, 200, 7, 7]], "threshold": 1000, "floor": 1000}
    spec = TrueNorth(**{**ONE, **two})
    assert run(spec, [[1, 0], [0, 1], [1, 1]]).v.tolist() == [[10, 0], [7, 200], [14, 400]]


@pytest.mark.parametrize(("reset", "left", "fired"), [
    ("value", [4, 14, 24, 4], [1, 0, 0, 1]), ("subtract", [5, 15, 0, 10], [1, 0, 1, 0]), ("none", [30, 40, 50, 60], [1, 1, 1, 1])])
def test_a_spike_at_the_threshold_and_the_three_resets(reset, left, fired):
    """Threshold 25; 30 arrives, then 10 in every tick: 25 is enough for a spike, 24 is not."""
    spec = TrueNorth(**{**ONE, "reset": reset, "reset_to": 4, "strength": [[10, 30, 0, 0]]})
    trace = run(spec, [[0, 1], [1, 0], [1, 0], [1, 0]])
    assert (trace.v.ravel().tolist(), trace.spikes.ravel().tolist()) == (left, fired)
    assert trace.outputs.ravel().tolist() == fired


def test_the_leak_is_linear_and_may_turn_with_the_sign():
    plain = TrueNorth(**{**ONE, "leak": -2, "strength": [[10, -10, 0, 0]]})
    assert run(plain, [[1, 0], [0, 0], [0, 1], [0, 0]]).v.ravel().tolist() == [8, 6, -6, -8]
    turning = TrueNorth(**{**ONE, "leak": -2, "leak_reverses": 1, "strength": [[10, -10, 0, 0]]})
    assert run(turning, [[1, 0], [0, 0], [0, 1], [0, 0], [0, 0], [0, 0], [0, 0]]).v.ravel().tolist() == [8, 6, -2, 0, 0, 0, 0]


def test_the_membrane_is_held_at_the_floor_and_saturates_at_20_bits():
    spec = TrueNorth(**{**ONE, "strength": [[255, -256, 0, 0]], "floor": 300, "threshold": 2**19 - 1, "leak": 255})
    assert run(spec, [[0, 1]] * 4).v.ravel().tolist() == [-1, -2, -3, -4]
    spec = TrueNorth(**{**ONE, "strength": [[255, -256, 0, 0]], "floor": 300})
    assert run(spec, [[0, 1]] * 3).v.ravel().tolist() == [-256, -300, -300]
    high = TrueNorth(**{**ONE, "strength": [[255, 0, 0, 0]], "leak": 255, "threshold": 2**19 - 1, "reset": "none"})
    trace = run(high, [[1, 0]] * 1030)
    assert trace.v.max() == 2**19 - 1 and trace.spikes.ravel().tolist() == [0] * 1028 + [1, 1]  # 1028 x 510 = 524280, 7 short


def test_sums_saturate_axon_by_axon():
    """At the top, +255 is lost and -256 is not: the other order, or one sum, would leave another membrane."""
    spec = TrueNorth(**{**ONE, "strength": [[255, -256, 0, 0]], "threshold": 2**19 - 1, "reset": "none", "leak": 255})
    trace = run(spec, [[1, 0]] * 1029 + [[1, 1]])
    assert trace.v.ravel()[-2:].tolist() == [2**19 - 1, 2**19 - 1 - 256 + 255]


def test_a_spike_reaches_its_axon_after_its_delay():
    spec = TrueNorth([[0, 1, 0], [0, 0, 1]], 0, [[9, 0, 0, 0]] * 2, 0, 5, 0, [2, -1], delay=[3, 1])
    trace = run(spec, [[0, 1, 0]] + [[0, 0, 0]] * 4)
    assert trace.spikes.tolist() == [[1, 0], [0, 0], [0, 0], [0, 1], [0, 0]]
    assert trace.outputs.ravel().tolist() == [0, 0, 0, 1, 0]


def test_stochastic_modes_meet_their_mean_and_are_repeatable():
    """4000 ticks of 64 neurons: a synapse of -100 adds -1 with p = 100 / 256, a leak of 64 adds 1 with p = 1 / 4; 5 sigma."""
    n, ticks = 64, 4000
    spec = TrueNorth(np.ones((n, 1), int), 0, [[-100, 0, 0, 0]] * n, 64, 2**19 - 1, 2**19 - 1, -1, stochastic_synapse=1, stochastic_leak=1)
    v = run(spec, np.ones((ticks, 1), int), seed=5).v[-1]
    wanted, sigma = ticks * (64 - 100) / 256, np.sqrt(ticks * (100 * 156 + 64 * 192) / 256**2)
    assert abs(v.mean() - wanted) < 5 * sigma / np.sqrt(n)
    assert 0.7 * sigma < v.std() < 1.3 * sigma
    assert (run(spec, np.ones((200, 1), int), seed=5).v == run(spec, np.ones((ticks, 1), int)[:200], seed=5).v).all()
    assert (run(spec, np.ones((200, 1), int), seed=6).v != run(spec, np.ones((200, 1), int), seed=5).v).any()


def test_the_largest_chance_is_not_certain_and_nothing_never_happens():
    """20000 ticks of a synapse of 255 and of one of 0: it misses 1 in 256, 78 +- 5 sqrt(78)."""
    spec = TrueNorth([[1], [1]], 0, [[255, 0, 0, 0], [0, 0, 0, 0]], 0, 2**19 - 1, 0, -1, stochastic_synapse=1)
    v = run(spec, np.ones((20000, 1), int), seed=2).v[-1]
    assert abs(20000 - v[0] - 78) < 45 and v[1] == 0


def test_a_stochastic_threshold_is_uniform_above_the_fixed_one():
    """v = 28 and a threshold of 25 + {0 ... 7}: half of 20000 spikes, 5 sigma = 354; without noise bits all of them."""
    n = 100
    made = {**ONE, "crossbar": np.ones((n, 2), int), "strength": [[28, 0, 0, 0]] * n, "reset": "value", "floor": 0, "leak": 0}
    noisy = TrueNorth(**made, threshold_noise_bits=3)
    x = np.tile([[1, 0]], (200, 1))
    trace = run(TrueNorth(**made), x)
    assert trace.spikes.all()
    first = [run(noisy, x[:1], seed=seed).spikes.sum() for seed in range(200)]
    assert abs(sum(first) - 10000) < 354


@pytest.mark.parametrize(("field", "value", "said"), [
    ("crossbar", [[2, 0]], "truenorth: crossbar = 2; must be from 0 to 1"),
    ("axon_type", [0, 4], "truenorth: axon_type = 4; must be from 0 to 3"),
    ("strength", [[256, 0, 0, 0]], "truenorth: strength = 256; must be from -256 to 255"),
    ("strength", [[0, 0, 0]], "truenorth: strength: has shape 1 x 3; must be 1 x 4"),
    ("threshold", 0, "truenorth: threshold = 0; must be from 1 to 524287"), ("delay", 16, "truenorth: delay = 16; must be from 1 to 15"),
    ("target", 2, "truenorth: target = 2; must be from -1 to 1"), ("reset", "zero", "truenorth: reset = 'zero'; must be one of value"),
    ("crossbar", np.ones((257, 2), int), "truenorth: crossbar: neurons: has 257; this chip has room for 256")])
def test_what_the_chip_does_not_have_is_refused(field, value, said):
    with pytest.raises(InputError) as caught:
        TrueNorth(**{**ONE, field: value})
    assert str(caught.value).startswith(said)
