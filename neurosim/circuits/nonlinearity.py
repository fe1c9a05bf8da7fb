"""S-shaped output stage: y_i <- gain y_i / (1 + |c_i y_i|), and the spread of c from output to output (aihwkit `out_nonlinearity`)."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import converts_output, decode, disturb
from ..reading import alone
from .wrapper import hand_over, wraps


class OutputNonlinearity(NamedTuple):
    """Before the polarity asymmetry, the output noise and the ADC.

    In normalised units c_i = |n / range (1 + spread xi_i)| with n the nonlinearity, and the slope is calibrated by
    gain = (1 + (mean of c + series resistance) calibration x range)^2 (aihwkit 1.2, Rasch et al. 2021, arXiv:2104.02184).
    """

    inner: tuple
    gain: float
    curvature: np.ndarray  # (width_post,) c_i per unit of the weight, padding zero


wraps(OutputNonlinearity)


@converts_output.fill(OutputNonlinearity)
def _yes(circuit):
    return True


@alone.fill(OutputNonlinearity)
def _alone(part, l):
    return OutputNonlinearity(alone(part.inner, l), part.gain, part.curvature)


@disturb.fill(OutputNonlinearity)
def _disturb(circuit, p, key, z, current):
    disturb(circuit.inner, p, key, z, current)
    one = current.dtype.type(1)
    for l in range(current.shape[0]):
        for i in range(current.shape[1]):
            y = current[l, i]
            current[l, i] = circuit.gain * y / (one + abs(circuit.curvature[i] * y))


@decode.fill(OutputNonlinearity)
def _decode(circuit, collected, current):
    hand_over(circuit.inner, collected, current)
