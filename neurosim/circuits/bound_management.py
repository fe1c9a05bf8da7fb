"""Bound management: a read whose output clips is repeated with smaller inputs.

A lane of which an output is beyond the range of the ADC is read again with its inputs halved and the output doubled, r = 2, 4, 8 ...
times, as often as r / 2 <= most (Gokmen, Onen, Haensch 2017, arXiv:1705.08014; aihwkit 1.2 `BoundManagementType.ITERATIVE`, Rasch et al.
2021, arXiv:2104.02184).  Only the clipped lanes are read again, each with draws of its own, and a read again writes nothing.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import Projection as Bundle
from ..contract import converts_input, converts_output, decode, encode, is_jittery
from ..lanes import clear
from ..reading import alone, clips, prepare, reread
from ..verbs import read
from .wrapper import hand_over, wraps

MOST = 2**14  # largest `most`, so that no lane is read more often than verbs.MOST_TURNS times


class BoundManaged(NamedTuple):
    """Repeats reads that clip; around the ADC, inside the noise management."""

    inner: tuple
    most: float          # a lane is read again while its factor is at most this; at most MOST
    factor: np.ndarray   # (lanes,) 1, 2, 4 ...
    pending: np.ndarray  # (lanes,) int64, 1 where the lane clipped and must be read again
    work: np.ndarray     # (lanes, width_post) scratch


wraps(BoundManaged)


@converts_input.fill(BoundManaged)
@converts_output.fill(BoundManaged)
def _yes(circuit):
    return True


@alone.fill(BoundManaged)
def _alone(part, l):
    return BoundManaged(
        alone(part.inner, l), part.most, part.factor[l:l + 1], part.pending[l:l + 1], part.work[l:l + 1])


@prepare.fill(BoundManaged)
def _prepare(circuit, key, turn, polarity, z):
    one = z.dtype.type(1)
    if polarity == 0:
        for l in range(z.shape[0]):
            circuit.factor[l] = circuit.factor[l] + circuit.factor[l] if turn > 0 else one
    prepare(circuit.inner, key, turn, polarity, z)


@encode.fill(BoundManaged)
def _encode(circuit, z, lines):
    for l in range(z.shape[0]):
        share = z.dtype.type(1) / circuit.factor[l]  # a power of two: exact
        for j in range(z.shape[1]):
            lines[l, j] = z[l, j] * share
    encode(circuit.inner, lines, lines)


@decode.fill(BoundManaged)
def _decode(circuit, collected, current):
    clear(circuit.work)
    hand_over(circuit.inner, collected, circuit.work)
    for l in range(current.shape[0]):
        factor = circuit.factor[l]
        circuit.pending[l] = 1 if factor <= circuit.most and clips(circuit.inner, collected, l) else 0
        if circuit.pending[l] == 0:
            for i in range(current.shape[1]):
                current[l, i] = current[l, i] + factor * circuit.work[l, i]


@reread.fill(BoundManaged)
def _reread(circuit, p, z, current, batch, seed, number, now):
    lanes = z.shape[0]
    for l in range(lanes):
        turn = 1
        while circuit.pending[l] == 1:
            b = l - (lanes - batch)  # the sample whose perturbation of the weights the lane sees; negative: none
            one = Bundle(
                p.synapses, p.device, alone(p.circuit, l), alone(p.jitter, max(b, 0)) if is_jittery(p.jitter) else p.jitter,
                p.eligibility, p.updater, p.scheme, p.conductance, p.total, p.variance[l:l + 1], p.lines[l:l + 1], p.sums[l:l + 1],
                p.request, p.scratch)
            read(one, 0, z[l:l + 1], current[l:l + 1], 1 if b >= 0 else 0, seed, number, now, turn, l)
            turn += 1
