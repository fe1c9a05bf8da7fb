"""DAC and ADC."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import DEVICES, Bench

from neurosim import loop
from neurosim.circuits.converters import InputConverter, OutputConverter
from neurosim.circuits.quiet import Quiet
from neurosim.circuits.read_noise import ReadNoise
from neurosim.contract import converts_input, converts_output, decode, encode, is_read_noisy
from neurosim.eligibilities.outer import Outer
from neurosim.rules.rule import still
from neurosim.storage import zeros
from neurosim.synapses.dense import Dense

ONE = np.float64(1)


def dac(z, lsb=1.0, top=7.0):
    """What the lines carry."""
    lines = np.full((1, len(z)), np.nan)
    encode(InputConverter(Quiet(), np.float64(lsb), np.float64(top)), np.array([z], np.float64), lines)
    return lines[0]


def adc(collected, lsb=1.0, top=7.0, current=0.0):
    """What the neuron receives."""
    out = np.full((1, len(collected)), current)
    decode(OutputConverter(Quiet(), np.float64(lsb), np.float64(top)), np.array([collected], np.float64), out)
    return out[0]


@pytest.mark.parametrize("convert", [dac, adc])
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_bits_give_two_to_the_bits_minus_two_steps(convert, bits):
    top = 2 ** (bits - 1) - 1
    levels = np.unique(convert(np.linspace(-1.5, 1.5, 40 * top + 1), 1 / top, top))
    assert len(levels) - 1 == 2**bits - 2
    assert 0 in levels
    assert (levels == -levels[::-1]).all()
    assert levels[-1] == 1.0


@pytest.mark.parametrize("convert", [dac, adc])
def test_halves_go_to_the_even_level(convert):
    assert (convert([0.5, 1.5, 2.5, -0.5, -1.5, -2.5]) == [0, 2, 2, 0, -2, -2]).all()


@pytest.mark.parametrize("convert", [dac, adc])
def test_quantised_then_clipped(convert):
    assert (convert([6.4, 6.6, 7.4, 7.6, 1e30, -1e30]) == [6, 7, 7, 7, 7, -7]).all()


@pytest.mark.parametrize("convert", [dac, adc])
def test_what_is_on_a_level_passes_unchanged(convert):
    levels = np.arange(-7, 8) * 0.25
    assert (convert(levels, 0.25) == levels).all()


def test_adc_adds_to_what_other_projections_have_brought():
    assert (adc([0.6, -0.6], current=10.0) == [11, 9]).all()


def path(make):
    """A projection of 3 inputs onto 40 neurons with this read path, and its weights."""
    bench = Bench(3, 2, 1, np.float64)
    weights = bench.rng.standard_normal((40, 3))
    p = projection(
        bench, Dense(3, 40), weights, DEVICES["ideal"], lambda b, pre, post, cells: make(), lambda cells, j: Outer(),
        lambda cells: still("", cells))
    return p, weights


def read(p, scale=1.0):
    z, current = zeros((2, 64), np.float64), zeros((2, 64), np.float64)
    z[:, :3] = scale * np.random.default_rng(5).standard_normal((2, 3))
    loop.pass_on(p, 0, z, current, 1, 3, 1, 0)
    return z[:, :3], current[:, :40]


DAC, ADC = (ONE / 7, np.float64(7)), (ONE / 4, np.float64(15))
ORDERS = {
    "adc inside": lambda inner: InputConverter(OutputConverter(inner, *ADC), *DAC),
    "dac inside": lambda inner: OutputConverter(InputConverter(inner, *DAC), *ADC)}


@pytest.mark.parametrize("order", ORDERS)
def test_both_converters_act_in_either_nesting(order):
    p, weights = path(lambda: ORDERS[order](Quiet()))
    assert converts_input(p.circuit) and converts_output(p.circuit) and not is_read_noisy(p.circuit)
    z, current = read(p)
    lines = np.clip(np.rint(z * 7), -7, 7) / 7
    assert (current == np.clip(np.rint(lines @ weights.T * 4), -15, 15) / 4).all()


def noise(relative, additive):
    return ReadNoise(np.float64(relative), np.float64(0), np.float64(additive), 40, np.zeros(128))


@pytest.mark.parametrize("order", ORDERS)
def test_the_adc_converts_signal_and_noise_together(order):
    p, _ = path(lambda: ORDERS[order](noise(0.1, 0.5)))
    quiet, _ = path(lambda: ORDERS[order](Quiet()))
    assert is_read_noisy(p.circuit)
    noisy, clean = read(p)[1], read(quiet)[1]
    assert (noisy != clean).mean() > 0.5
    assert (noisy * 4 == np.rint(noisy * 4)).all() and (np.abs(noisy) <= 15 / 4).all()


def test_read_noise_follows_what_the_lines_carry():
    """Inputs below half an lsb of the DAC carry nothing, so there is nothing to be noisy about."""
    p, _ = path(lambda: InputConverter(noise(0.1, 0.0), *DAC))
    z, current = read(p, scale=0.01)
    assert (z != 0).all() and (current == 0).all()


def test_output_noise_survives_without_a_converter():
    p, _ = path(lambda: noise(0.0, 0.5))
    q, _ = path(lambda: Quiet())
    assert np.allclose(read(p)[1] - read(q)[1], 0.5 * p.circuit.normal.reshape(2, 64)[:, :40], rtol=1e-9)
