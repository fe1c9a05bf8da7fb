"""ADC whose range is found on its first reads: the largest output seen, or a percentile of the magnitudes.

While it calibrates, the range is the largest magnitude so far, that of the read itself included, so nothing clips.  Then it is frozen at
the `rank`-th largest of all magnitudes seen: rank = 1 is the maximum, rank = floor(N (1 - q / 100)) + 1 the q-th percentile of N, the
smallest seen value with at most a share 1 - q / 100 above it.  Range of the array, not of a column; all lanes count.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..arithmetic import clip
from ..contract import converts_output, decode
from ..reading import alone, clips
from .wrapper import wraps


class CalibratedOutputConverter(NamedTuple):
    """Rounds half to even and then clips, as `converters.OutputConverter` does; an output of 0 everywhere stays 0."""

    inner: tuple
    top: float
    reads: int           # how many reads calibrate
    n: int               # true number of outputs
    lsb: np.ndarray      # (1,) state
    seen: np.ndarray     # (1,) int64 state: reads so far, at most `reads`
    largest: np.ndarray  # (rank,) state: the largest magnitudes seen, falling


wraps(CalibratedOutputConverter)


@converts_output.fill(CalibratedOutputConverter)
def _yes(circuit):
    return True


@alone.fill(CalibratedOutputConverter)
def _alone(part, l):
    return CalibratedOutputConverter(alone(part.inner, l), part.top, part.reads, part.n, part.lsb, part.seen, part.largest)


@decode.fill(CalibratedOutputConverter)
def _decode(circuit, collected, current):
    top, zero, largest = circuit.top, current.dtype.type(0), circuit.largest
    if circuit.seen[0] < circuit.reads:
        for l in range(collected.shape[0]):
            for i in range(circuit.n):
                a, k = abs(collected[l, i]), largest.size - 1
                if a > largest[k]:
                    while k > 0 and a > largest[k - 1]:
                        largest[k] = largest[k - 1]
                        k -= 1
                    largest[k] = a
        circuit.lsb[0] = largest[0] / top
        circuit.seen[0] += 1
    lsb = circuit.lsb[0]
    if lsb > zero:
        for l in range(current.shape[0]):
            for i in range(current.shape[1]):
                current[l, i] = current[l, i] + lsb * clip(np.rint(collected[l, i] / lsb), -top, top)
    if circuit.seen[0] == circuit.reads:
        circuit.lsb[0] = largest[largest.size - 1] / top


@clips.fill(CalibratedOutputConverter)
def _clips(circuit, collected, l):
    beyond, lsb = 0, circuit.lsb[0]  # counted: a loop that may stop early does not vectorise
    if circuit.seen[0] == circuit.reads and lsb > lsb - lsb:
        for i in range(circuit.n):
            beyond += 1 if abs(np.rint(collected[l, i] / lsb)) > circuit.top else 0
    return beyond > 0
