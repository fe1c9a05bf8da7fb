"""Weights that are only read, in fewer bytes, against the float32 that they stand for."""
from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..circuits.read_path import ReadPath
from ..compiled import compiled
from ..devices.fixed_point import FixedPoint
from ..devices.frozen import FrozenBfloat16, FrozenInt8
from ..frozen import bfloat16
from ..generators import generator
from ..mvm import bundle, circuit_for
from ..storage import aligned, padded, zeros
from ..synapses.read_only import read_only
from .kernels import BENCH, events, per_call
from .timing import Ratio, interleaved

SIZES = (500, 1000, 2000, 3000)
FLOATS = 2e7  # weights that a measure reads
F = np.float32
real: Any = F


def forms(n: int, lanes: int, rng: np.random.Generator) -> dict[str, Any]:
    """Projections (n, n) by form: levels of 8 bits in float32 and in int8, exact weights in float32 and in bfloat16."""
    levels = rng.integers(-127, 128, (n, n)).astype(F)
    p = bundle(circuit_for(ReadPath(), levels, lanes), levels, lanes, F)
    p = p._replace(synapses=read_only(p.synapses))
    lsb, top = real(1 / 127), real(127)
    exact = p._replace(conductance=aligned(p.conductance * lsb, F))
    return {
        "levels": p._replace(device=FixedPoint(lsb, top)),
        "int8": p._replace(device=FrozenInt8(lsb), conductance=aligned(p.conductance, np.int8)),
        "float32": exact, "bfloat16": exact._replace(device=FrozenBfloat16(), conductance=aligned(bfloat16(exact.conductance), np.uint16))}


def frozen(repeats: int, sizes: tuple[int, ...] = SIZES, lanes: tuple[int, ...] = (1, 2), floats: float = FLOATS) -> list[Ratio]:
    """A dense n x n product: int8 levels against float32 levels, same bits, and bfloat16 weights against float32 weights."""
    lines, function = list[Ratio](), compiled(events)
    for n in sizes:
        for count in lanes:
            times = max(1, round(floats / (n * n)))
            z, measures = zeros((count, padded(n)), F), {}
            z[:, :n] = 1e-3 * generator(3, BENCH).standard_normal((count, n))
            for form, p in forms(n, count, generator(4, BENCH)).items():
                call = partial(function, p, z, zeros((count, padded(n)), F), count, times)
                measures[form] = partial(per_call, call, times)
            found = interleaved(measures, repeats)
            plural = "lane" if count == 1 else "lanes"
            for ours, peer in (("int8", "levels"), ("bfloat16", "float32")):
                lines.append(Ratio(
                    "frozen", f"{ours}, {n} x {n}, {count} {plural}", "float32", "us", 1e6 * found[ours], 1e6 * found[peer], None))
    return lines
