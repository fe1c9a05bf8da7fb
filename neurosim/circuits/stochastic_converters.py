"""Converters that round at random: value = lsb * clip(floor(value / lsb + u), -top, top), u uniform, right on average.

Levels as in converters.py (aihwkit `inp_sto_round`, `out_sto_round`).
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import converts_input, converts_output, decode, encode
from ..random import Key, fill_uniform
from ..reading import alone, clips, prepare
from .wrapper import wraps

DAC_STREAM, ADC_STREAM = 96 + 512, 96 + 768  # see input_noise.INPUT_STREAM


class StochasticInputConverter(NamedTuple):
    """DAC; what is on a level, and so a silent line, stays there."""

    inner: tuple
    lsb: float
    top: float
    width: int           # of the lines
    uniform: np.ndarray  # (lanes * width,) scratch


class StochasticOutputConverter(NamedTuple):
    """ADC."""

    inner: tuple
    lsb: float
    top: float
    width: int           # of the outputs
    uniform: np.ndarray  # (lanes * width,) scratch


wraps(StochasticInputConverter, StochasticOutputConverter)


@converts_input.fill(StochasticInputConverter)
@converts_output.fill(StochasticOutputConverter)
def _yes(circuit):
    return True


@alone.fill(StochasticInputConverter)
def _alone_dac(part, l):
    width = part.width
    return StochasticInputConverter(alone(part.inner, l), part.lsb, part.top, width, part.uniform[l * width:(l + 1) * width])


@alone.fill(StochasticOutputConverter)
def _alone_adc(part, l):
    width = part.width
    return StochasticOutputConverter(alone(part.inner, l), part.lsb, part.top, width, part.uniform[l * width:(l + 1) * width])


@prepare.fill(StochasticInputConverter)
def _draw_dac(circuit, key, turn, polarity, z):
    fill_uniform(Key(key.seed, key.stream + DAC_STREAM, key.step), 0, circuit.uniform)
    prepare(circuit.inner, key, turn, polarity, z)


@prepare.fill(StochasticOutputConverter)
def _draw_adc(circuit, key, turn, polarity, z):
    fill_uniform(Key(key.seed, key.stream + ADC_STREAM, key.step), 0, circuit.uniform)
    prepare(circuit.inner, key, turn, polarity, z)


@encode.fill(StochasticInputConverter)
def _encode(circuit, z, lines):
    lsb, top, width = circuit.lsb, circuit.top, circuit.width
    for l in range(z.shape[0]):
        for j in range(width):
            lines[l, j] = lsb * clip(np.floor(z[l, j] / lsb + circuit.uniform[l * width + j]), -top, top)
    encode(circuit.inner, lines, lines)


@decode.fill(StochasticOutputConverter)
def _decode(circuit, collected, current):
    lsb, top, width = circuit.lsb, circuit.top, circuit.width
    for l in range(current.shape[0]):
        for i in range(width):
            current[l, i] = current[l, i] + lsb * clip(np.floor(collected[l, i] / lsb + circuit.uniform[l * width + i]), -top, top)


@clips.fill(StochasticOutputConverter)
def _clips(circuit, collected, l):
    beyond = 0  # counted: a loop that may stop early does not vectorise
    for i in range(circuit.width):
        level = np.floor(collected[l, i] / circuit.lsb + circuit.uniform[l * circuit.width + i])
        beyond += 1 if abs(level) > circuit.top else 0
    return beyond > 0
