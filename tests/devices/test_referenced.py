"""A reference device beside every device."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.devices.hidden import Hidden, symmetry_point
from neurosim.devices.linear_step import LinearStepAdditive
from neurosim.devices.pulses import fire, granule, is_clear, longest
from neurosim.devices.referenced import Referenced


def soft(up=0.003, down=0.001, upper=1.0, lower=-0.5):
    cells = [np.full((1, 1), v) for v in (up, down, up / upper, -down / lower, upper, lower)]
    return LinearStepAdditive(np.float64(0.002), np.float64(31), *cells, np.float64(0.3), np.float64(1.5))


def write(device, w, pulses, normal=0.0):
    return fire(device, 0, 0, np.float64(w), np.float64(pulses), np.float64(normal), np.float64(0))


@pytest.mark.parametrize("pulses", [1, -1, 5])
def test_the_inner_device_obeys_its_law_in_the_conductance(pulses):
    device = Referenced(soft(), np.full((1, 1), 0.2))
    assert write(device, 0.1, pulses, 0.4) == pytest.approx(write(soft(), 0.3, pulses, 0.4) - 0.2, rel=1e-12)


def test_with_the_reference_at_the_symmetry_point_cancelling_pulses_end_at_zero():
    inner = soft()
    hidden = Hidden(inner.step_up, inner.step_down, inner.upper, inner.lower, np.zeros((1, 1), bool))
    device, w = Referenced(inner, symmetry_point(hidden)), 0.3
    assert symmetry_point(hidden)[0, 0] == pytest.approx((0.003 - 0.001) / (0.003 + 0.002))
    for _ in range(5000):
        w = write(device, write(device, w, 1), -1)
    assert w == pytest.approx(0, abs=0.003)


def test_merging_and_requests_are_those_of_the_inner_device():
    device = Referenced(soft(), np.full((1, 1), 0.2))
    assert (granule(device), longest(device)) == (0.002, 31)
    for w in (-0.6, 0.0, 0.75):
        assert is_clear(device, 0, 0, np.float64(w), np.float64(20)) == is_clear(soft(), 0, 0, np.float64(w + 0.2), np.float64(20))
