"""One read of a weight matrix through a read path, outside any network: the very code of the loop."""
from __future__ import annotations

from typing import Any

import numpy as np

from .circuits.read_path import OUTPUTS, ReadPath, Site, build
from .compiled import compiled
from .contract import Projection, Request, is_read_noisy
from .devices.ideal import Ideal
from .eligibilities.outer import Fixed
from .generators import generator
from .random import Key
from .sources.jitter import Still
from .storage import padded, zeros
from .synapses.dense import Dense
from .synapses.layout import arrange
from .updaters.memory import Plain
from .updaters.trains import Counts
from .verbs import pass_on
from .workspace import workspace


def circuit_for(path: ReadPath, weights: np.ndarray, lanes: int, dtype: Any = np.float32, scale: float = 1.0, seed: int = 0) -> Any:
    """The circuit that reads `weights` (post, pre) for so many input vectors at a time.

    Parameters
    ----------
    scale : weight of one normalised unit
    seed : of what differs from output to output
    """
    n_post, n_pre = weights.shape
    cells = arrange(Dense(n_pre, n_post), weights, dtype).shape
    return build(path, Site(n_pre, n_post, lanes, cells, scale, dtype), generator(seed, OUTPUTS))


def read(circuit: Any, weights: np.ndarray, inputs: np.ndarray, key: Key, run: Any = None) -> np.ndarray:
    """Outputs (lanes, post) for the inputs (lanes, pre) of exact weights (post, pre), as a projection of the loop gives them.

    Parameters
    ----------
    circuit : of `circuit_for`, for as many lanes; what it remembers of earlier reads (a running mean, a calibration) stays in it
    key : seed, number of the projection (0 to 4) and step; the same key gives the same noise
    run : `verbs.pass_on` itself to read without compiling; compiled if absent
    """
    n_post, n_pre = weights.shape
    lanes, dtype = len(inputs), inputs.dtype
    z, current = zeros((lanes, padded(n_pre)), dtype), zeros((lanes, padded(n_post)), dtype)
    z[:, :n_pre] = inputs
    (run or compiled(pass_on))(bundle(circuit, weights, lanes, dtype), 0, z, current, lanes, key.seed, key.stream, key.step)
    return current[:, :n_post].copy()


def bundle(circuit: Any, weights: np.ndarray, lanes: int, dtype: Any) -> Projection:
    """A projection of exact weights (post, pre) that never change, behind a circuit."""
    n_post, n_pre = weights.shape
    synapses = Dense(n_pre, n_post)
    cells = arrange(synapses, weights, dtype)
    rows, width = cells.shape
    request = Request(zeros((1, padded(n_pre)), dtype), zeros((1, width), dtype), zeros(1, dtype), np.zeros(1, np.int64))
    variance = zeros((lanes, width) if is_read_noisy(circuit) else (1, padded(1)), dtype)
    return Projection(
        synapses, Ideal(), circuit, Still(zeros((4, 64), dtype)), Fixed(), Plain(np.ones(1, dtype)), Counts(), cells, zeros((4, 64), dtype),
        variance, zeros((lanes, padded(n_pre)), dtype), zeros((lanes, width), dtype), request, workspace(rows, width, dtype, cells))
