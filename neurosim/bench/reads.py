"""Reads of a weight matrix: converters and noise against the bare product, the product against the machine."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..circuits.read_path import ReadPath
from ..compiled import compiled
from ..generators import generator
from ..mvm import bundle, circuit_for
from ..storage import padded, zeros
from ..verbs import pass_on
from .limits import multiplying, reading, size_text
from .timing import Ratio, interleaved, thread_seconds

READS = 4006  # random stream
SIZES, LANES = (500, 1000), (20, 200)
BARE = "product"
CONVERTED: dict[str, Any] = {"dac_range": 1.0, "dac_top": 63.0, "adc_range": 20.0, "adc_top": 255.0, "out_noise": 0.1}
PATHS = {
    BARE: ReadPath(),
    "DAC, output noise, ADC": ReadPath(**CONVERTED),
    "and managed": ReadPath(**CONVERTED, noise_management="abs_max", bound_management="iterative", bm_max_factor=1000.0),
    "DAC, device and output noise, ADC": ReadPath(**CONVERTED, w_noise=0.02, read_noise_rel=0.01),
}
WANTED = {"DAC, output noise, ADC": 0.8}  # at most 1.25 times the bare product
F = np.float32


def matrices(size: int, lanes: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights (post, pre) and inputs (lanes, pre)."""
    rng = generator(1, READS)
    return (0.3 * rng.uniform(-1, 1, (size, size))).astype(F), rng.uniform(-1, 1, (lanes, size)).astype(F)


def reader(path: ReadPath, size: int, lanes: int, times: int) -> Callable[[], float]:
    """Measures the seconds of one read."""
    weights, inputs = matrices(size, lanes)
    z, current = zeros((lanes, padded(size)), F), zeros((lanes, padded(size)), F)
    z[:, :size] = inputs
    p, run = bundle(circuit_for(path, weights, lanes), weights, lanes, F), compiled(pass_on)

    def go() -> None:
        for now in range(times):
            run(p, 0, z, current, lanes, 1, 0, now)
            current[...] = 0  # sums must not grow
    return lambda: thread_seconds(go) / times


def in_numpy(size: int, lanes: int, times: int) -> Callable[[], float]:
    """Measures the seconds of the bare product in NumPy."""
    weights, inputs = matrices(size, lanes)
    turned, out = np.ascontiguousarray(weights.T), np.empty((lanes, size), F)

    def go() -> None:
        for _ in range(times):
            np.dot(inputs, turned, out=out)
    return lambda: thread_seconds(go) / times


def read(
    repeats: int, sizes: tuple[int, ...] = SIZES, paths: tuple[str, ...] = tuple(PATHS), lanes: tuple[int, ...] = LANES,
    least: int = 2**24,
) -> list[Ratio]:
    """Two lanes: every path against the bare product, that against NumPy and against reading as many bytes; many lanes against sgemm."""
    lines: list[Ratio] = []
    for size in sizes:
        bytes_, times = 4 * size**2, max(least // (8 * size**2), 5)
        limit = f"limit: read of {size_text(bytes_)}"
        measures = {name: reader(PATHS[name], size, 2, times) for name in paths}
        measures |= {"NumPy": in_numpy(size, 2, times), limit: reading(bytes_, bytes_ * times)}
        found = interleaved(measures, repeats)
        us = {name: 1e6 * value for name, value in found.items()}
        bare = f"{BARE}, {size} x {size}, 2 lanes"
        lines += [Ratio("read", bare, peer, "us", us[BARE], us[peer], None) for peer in ("NumPy", limit)]
        lines += [Ratio("read", f"{name}, {size} x {size}, 2 lanes", BARE, "us", us[name], us[BARE], WANTED.get(name))
                  for name in paths if name != BARE]
    for many in lanes:
        lines += many_lanes(repeats, min(sizes), many, least)
    return lines


def many_lanes(repeats: int, size: int, lanes: int, least: int) -> list[Ratio]:
    """The product of many lanes against NumPy's and as a share of its sgemm."""
    count, limit = 2.0 * size**2 * lanes, "limit: sgemm"
    times = max(least // (4 * size**2 * lanes), 2)
    found = interleaved(
        {"ours": reader(PATHS[BARE], size, lanes, times), "NumPy": in_numpy(size, lanes, times), limit: multiplying()}, repeats)
    what, ours = f"{BARE}, {size} x {size}, {lanes} lanes", 1e6 * found["ours"]
    return [Ratio("read", what, "NumPy", "us", ours, 1e6 * found["NumPy"], None),
            Ratio("read", what, limit, "us", ours, 1e6 * count * found[limit], None, f"{1e-9 * count / found['ours'].median:.3g} GFLOP/s")]
