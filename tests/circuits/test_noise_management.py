"""Scaling of the inputs."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.circuits.noise_management import AbsMax, AbsMaxNPSum, Constant, RunningMean, factor_of
from neurosim.circuits.read_path import ReadPath
from neurosim.mvm import circuit_for, read
from neurosim.random import Key
from neurosim.storage import zeros
from neurosim.verbs import pass_on

ONE = np.float64(1)
WEIGHTS = np.random.default_rng(1).standard_normal((70, 100))
INPUTS = np.random.default_rng(2).standard_normal((3, 100)) * np.array([[0.1], [1], [30]])


def work():
    return zeros(64, np.float64)


def factors(rule, z=INPUTS):
    wide = zeros((len(z), 128), np.float64)
    wide[:, :z.shape[1]] = z
    return np.array([factor_of(rule, wide, l) for l in range(len(z))])


def outputs(path, inputs=INPUTS, step=0, circuit=None):
    circuit = circuit or circuit_for(path, WEIGHTS, len(inputs), np.float64)
    return read(circuit, WEIGHTS, inputs, Key(1, 0, step), pass_on)


def test_the_largest_input_fills_the_range():
    assert (factors(AbsMax(ONE * 1e9, work())) == np.abs(INPUTS).max(axis=1)).all()


def test_the_largest_input_counts_wherever_it_is():
    for j in range(100):
        z = np.full((1, 100), 0.5)
        z[0, j] = -2.0
        assert factors(AbsMax(ONE * 1e9, work()), z)[0] == 2.0


def test_a_threshold_limits_the_factor():
    assert (factors(AbsMax(ONE, work())) == np.minimum(np.abs(INPUTS).max(axis=1), 1)).all()


def test_a_constant_is_one():
    assert (factors(Constant(ONE * 1.5)) == 1.5).all()


@pytest.mark.parametrize(("share", "most"), [(0.6 / 4, 16.0), (0.05, 16.0), (0.6 / 4, 1.1)])
def test_sums_of_one_sign_make_the_inputs_smaller(share, most):
    a = np.abs(INPUTS).max(axis=1)
    sums = np.maximum(np.maximum(INPUTS, 0).sum(axis=1), np.maximum(-INPUTS, 0).sum(axis=1))
    found = factors(AbsMaxNPSum(ONE * share, ONE * most, work(), work(), work()))
    assert np.allclose(found, np.maximum(a, np.minimum(a * most, share * sums)), rtol=1e-12)


def test_a_running_mean_starts_at_the_first_read_and_follows():
    rule = RunningMean(ONE * 0.25, zeros(3, np.float64), work())
    a = np.abs(INPUTS).max(axis=1)
    assert (factors(rule) == a).all()
    assert np.allclose(factors(rule, 3 * INPUTS), a + 0.25 * (3 * a - a), rtol=1e-12)


@pytest.mark.parametrize("kind", ["abs_max", "constant", "abs_max_np_sum", "running_mean"])
def test_without_converters_scaling_changes_nothing(kind):
    path = ReadPath(adc_range=1e9, noise_management=kind, nm_threshold=2.0, nm_rate=0.5)
    assert np.allclose(outputs(path), INPUTS @ WEIGHTS.T, rtol=1e-9, atol=1e-9)


def test_with_converters_every_lane_is_read_as_well_as_if_it_had_the_range_of_the_dac():
    """Powers of two as factors: lanes that differ by them give outputs that differ by them, bit for bit."""
    inputs = np.concatenate([INPUTS[1:2] * 2.0**k for k in (-9, 0, 9)])
    found = outputs(ReadPath(dac_range=1.0, dac_top=63.0, adc_range=40.0, adc_top=255.0, noise_management="abs_max"), inputs)
    assert (found[0] * 2**9 == found[1]).all() and (found[1] * 2**9 == found[2]).all()
    assert len(np.unique(found[1])) > 10


def test_lanes_are_scaled_apart():
    path = ReadPath(dac_range=1.0, dac_top=63.0, adc_range=40.0, adc_top=255.0, noise_management="running_mean", nm_rate=0.1)
    together = outputs(path)
    assert all((outputs(path, INPUTS[l:l + 1])[0] == together[l]).all() for l in range(3))


def test_a_silent_lane_receives_nothing_from_a_noisy_output_stage():
    found = outputs(ReadPath(noise_management="abs_max", out_noise=0.1), np.stack([INPUTS[0] * 0, INPUTS[0]]))
    assert (found[0] == 0).all() and (found[1] != 0).all()


def test_a_circuit_remembers_its_running_mean_from_read_to_read():
    path = ReadPath(dac_range=1.0, dac_top=7.0, noise_management="running_mean", nm_rate=0.5)
    circuit = circuit_for(path, WEIGHTS, 3, np.float64)
    outputs(path, 2 * INPUTS, 0, circuit)
    outputs(path, INPUTS, 1, circuit)
    assert np.allclose(circuit.rule.mean, 1.5 * np.abs(INPUTS).max(axis=1), rtol=1e-12)
