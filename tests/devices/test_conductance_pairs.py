"""Weights as pairs of conductances and back, and the gain that makes up for drift."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.devices.conductance_pairs import drift_gain, to_pairs, to_weights
from neurosim.errors import InputError

WEIGHT = np.random.Generator(np.random.Philox(3)).standard_normal((6, 5))


@pytest.mark.parametrize("g_min", [0.0, 2.0])
def test_weights_come_back_from_their_pairs(g_min):
    pair = to_pairs(WEIGHT, 25.0, g_min)
    assert np.allclose(to_weights(pair), WEIGHT, rtol=1e-13)
    assert max(pair.plus.max(), pair.minus.max()) == pytest.approx(25.0)


def test_one_device_of_a_pair_rests():
    pair = to_pairs(WEIGHT, 25.0, 2.0)
    assert (np.minimum(pair.plus, pair.minus) == 2.0).all() and ((pair.plus > 2.0) == (WEIGHT > 0)).all()


def test_zeros_have_a_scale():
    assert (to_weights(to_pairs(np.zeros((2, 2)), 25.0)) == 0).all()


@pytest.mark.parametrize(("g_min", "g_max"), [(25.0, 25.0), (-1.0, 25.0), (0.0, np.nan)])
def test_a_range_that_is_none_is_refused(g_min, g_max):
    with pytest.raises(InputError, match="g_min_uS = .*; must be from 0 to below g_max_uS"):
        to_pairs(WEIGHT, g_max, g_min)


def test_the_gain_undoes_a_common_drift_and_per_column_one_of_each_output():
    decay = np.linspace(0.5, 0.9, 6)[:, None]
    assert np.allclose(drift_gain(WEIGHT, 0.7 * WEIGHT) * 0.7 * WEIGHT, WEIGHT)
    assert np.allclose(drift_gain(WEIGHT, decay * WEIGHT, per_column=True) * decay * WEIGHT, WEIGHT)


def test_a_dead_output_is_not_blown_up():
    assert drift_gain(np.ones((1, 3)), np.zeros((1, 3))).item() == 1e4
