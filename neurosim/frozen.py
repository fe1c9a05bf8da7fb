"""Networks of which some projections are only read, with their weights in fewer bytes.

A product reads every weight once and hardly computes with it, so a matrix that the caches do not hold is as fast as its bytes arrive.
Measured on a Zen 4 core (1 MB of L2, 32 MB of L3 shared by two), time with float32 levels over time with int8 levels, 1 and 2 lanes: 0.8 to
1.3 up to n = 1700, where both wait for the arithmetic and int8 has the conversion on top, 1.0 to 2.2 at 1900 and 2000, 1.7 to 2.1 from 2500
on; 4 lanes 1.3 to 1.4 from 1900 on, 8 lanes 0.9 to 1.2.  Hence `LARGE` and `FEW`.

The scale is not taken out of the sum, (level * a) * lsb for (level * lsb) * a, which would save a product: it rounds otherwise, and
a test pass must give the same bits whichever of the two it takes.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from .devices.fixed_point import FixedPoint, FixedPointNearest
from .devices.frozen import FrozenBfloat16, FrozenInt8
from .devices.ideal import Ideal
from .devices.plus_minus_one import PlusMinusOne
from .devices.written import Written
from .loop import Network
from .storage import aligned
from .synapses.dense import Dense
from .synapses.read_only import ReadOnly
from .wiring import Wired

LARGE = 14 * 2**20  # bytes of a matrix in the working precision from which fewer are worth a conversion
FEW = 4             # lanes up to which they are
PROJECTIONS = ("inputs", "recurrent", "lateral", "readout", "input_lateral")


def in_int8(wired: Wired, large: int = LARGE, few: int = FEW) -> Wired:
    """The same network with the levels of its large projections that are only read in int8, as far as that is exact.

    These are all-to-all projections of fixed-point weights, of at least `large` bytes and read for at most `few` lanes, all of whose
    levels are whole numbers from -128 to 127.  Every product keeps its bits.  The levels are those of now: whoever lets the chip
    learn in between asks again.
    """
    if wired.lanes > few:
        return wired
    loop: Any = wired.network
    found = {name: p for name in PROJECTIONS if (p := _int8(getattr(loop, name), large)) is not None}
    return _with(wired, found)


def in_bfloat16(wired: Wired) -> Wired:
    """The same network with the weights of its exact all-to-all projections that are only read in bfloat16, rounded to nearest even.

    For inference alone, and only where it is asked for: every weight moves by up to 2^-9 of itself, so a potential may move by up to
    ``2^-9 sum_j |w_ij z_j|``.  Chips with weights on a grid and with conductances, and float64, keep theirs.  The weights are those of
    now.
    """
    loop: Any = wired.network
    found = {name: p for name in PROJECTIONS if (p := _bfloat16(getattr(loop, name))) is not None}
    return _with(wired, found)


def _with(wired: Wired, found: dict[str, Any]) -> Wired:
    network: Network = wired.network
    return wired._replace(network=network._replace(**found)) if found else wired


def _int8(p: Any, large: int) -> Any:
    """The projection with its levels in int8; None if it stays as it is."""
    device, held = p.device.inner if isinstance(p.device, Written) else p.device, p.conductance
    if not _is_read_only(p) or not isinstance(device, FixedPoint | FixedPointNearest | PlusMinusOne) or held.nbytes < large:
        return None
    if max(device.upper, -device.lower) > 128 if isinstance(device, PlusMinusOne) else device.top > 127:
        return None
    with np.errstate(invalid="ignore"):  # what has no int8 differs from what it became
        levels = aligned(held, np.int8)
    return p._replace(device=FrozenInt8(device.lsb), conductance=levels) if np.array_equal(levels, held) else None


def _bfloat16(p: Any) -> Any:
    """The projection with its weights in bfloat16; None if it stays as it is."""
    if not _is_read_only(p) or not isinstance(p.device, Ideal) or p.conductance.dtype != np.float32:
        return None
    return p._replace(device=FrozenBfloat16(), conductance=aligned(bfloat16(p.conductance), np.uint16))


def _is_read_only(p: Any) -> bool:
    return isinstance(p.synapses, ReadOnly) and isinstance(p.synapses.inner, Dense)


def bfloat16(values: np.ndarray) -> np.ndarray:
    """The bfloat16 nearest to every finite float32, ties to even, as the upper half of its bits, uint16."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)).astype(np.uint16)
