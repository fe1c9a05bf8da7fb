"""Which neuron reaches which, how strongly and how late; and the form in which a kernel walks over it."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError
from ..storage import padded, zeros
from .core import Core
from .outgoing import Alike, Delayed, Outgoing

MOST_NEURONS = 65_536  # targets are uint16
CROSSOVER = 0.03  # density from which a core is faster than rows, see bench/core.py
LEVELS = 127  # of an int8 weight


class Connections(NamedTuple):
    """Synapses as equally long columns; in any order.

    `grid`, if given, is the size that all weights are whole multiples of, from -127 to 127 times: they then fit a crossbar core.
    """

    pre: np.ndarray          # (synapses,) int
    post: np.ndarray         # (synapses,) int
    weight: np.ndarray       # (synapses,) float
    delay_steps: Any = 1     # int, or (synapses,) int; 1 arrives in the next step
    grid: float | None = None

    def on_grid(self) -> Connections:
        """The same synapses with weights rounded, half to even, to 127 levels of either sign up to the largest one."""
        largest = float(np.abs(self.weight).max(initial=0))
        grid = largest / LEVELS if largest > 0 else 1.0
        return self._replace(weight=np.rint(self.weight / grid) * grid, grid=grid)


def at_random(n_pre: int, n_post: int, density: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(pre, post) of synapses that exist with probability `density`, independently: gaps between them are geometric."""
    if not 0 <= density <= 1:
        raise InputError("density", f"= {density:g}; must be between 0 and 1")
    total, found = n_pre * n_post, [np.zeros(0, np.int64)]
    last, expected = -1, total * density
    while density > 0 and last < total:
        gaps = rng.geometric(density, int(expected + 5 * np.sqrt(expected) + 16))
        places = last + np.cumsum(gaps)
        found.append(places)
        last = int(places[-1])
    cell = np.concatenate(found)
    cell = cell[cell < total]
    return cell // n_post, cell % n_post


def between(matrix: np.ndarray) -> Connections:
    """The synapses of a matrix (post, pre) that are not 0."""
    pre, post = np.nonzero(matrix.T)
    return Connections(pre, post, matrix[post, pre])


def check(connections: Connections, n_pre: int, n_post: int) -> None:
    """Refuse what is no list of synapses between these neurons.

    Raises
    ------
    InputError
        Columns of different lengths, neurons that do not exist, weights that are not finite, delays below one step.
    """
    if n_post > MOST_NEURONS:
        raise InputError("neurons", f"= {n_post}; must be at most {MOST_NEURONS}")
    length = np.size(connections.pre)
    for name in ("pre", "post", "weight", "delay_steps"):
        column = np.asarray(getattr(connections, name))
        if column.shape != (length,) and not (name == "delay_steps" and column.shape == ()):
            raise InputError(f"connections.{name}", f"has shape {column.shape}; must be ({length},), like pre")
    for name, n in (("pre", n_pre), ("post", n_post)):
        column = np.asarray(getattr(connections, name))
        if column.dtype.kind not in "iu" or ((column < 0) | (column >= n)).any():
            raise InputError(f"connections.{name}", f"must be whole numbers from 0 to {n - 1}")
    if not np.isfinite(connections.weight).all():
        raise InputError("connections.weight", "must be finite")
    delay = np.asarray(connections.delay_steps)
    if delay.dtype.kind not in "iu" or (delay < 1).any() or (delay > 100_000).any():
        raise InputError("connections.delay_steps", "must be whole numbers from 1 to 100000")


def rows(connections: Connections, n_pre: int, ports: int, dtype: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(bounds, post, weight, delay) in the order of Outgoing: by presynaptic neuron, port and target."""
    weight, length = np.asarray(connections.weight, dtype), np.size(connections.pre)
    port = (weight < 0).astype(np.int64) if ports == 2 else np.zeros(length, np.int64)
    order = np.lexsort((connections.post, port, connections.pre))
    place = (np.asarray(connections.pre, np.int64) * ports + port)[order]
    edges = np.searchsorted(place, np.arange(n_pre * ports + 1))
    bounds = np.empty((n_pre, ports + 1), np.int64)
    bounds[:, :ports] = edges[:-1].reshape(n_pre, ports)
    bounds[:, ports] = edges[ports::ports]
    delay = np.broadcast_to(np.asarray(connections.delay_steps, np.int64), (length,))
    return bounds, np.asarray(connections.post)[order].astype(np.uint16), weight[order], delay[order]


def is_for_a_core(connections: Connections, n_pre: int, n_post: int) -> bool:
    """Whether a crossbar core holds these synapses, at most one for a pair of neurons, and is faster."""
    if connections.grid is None or np.unique(np.asarray(connections.delay_steps)).size > 1:
        return False
    pairs = np.asarray(connections.pre, np.int64) * n_post + connections.post
    return pairs.size >= CROSSOVER * n_pre * n_post and np.unique(pairs).size == pairs.size


def alike(bounds: np.ndarray, weight: np.ndarray) -> np.ndarray | None:
    """The weight of every row and port (n_pre, ports), 0 where it has no cells; None if the cells of one of them differ."""
    n_pre, ports = bounds.shape[0], bounds.shape[1] - 1
    first, sizes = bounds[:, :ports].ravel(), np.diff(bounds, axis=1).ravel()
    each = np.zeros(n_pre * ports, weight.dtype)
    each[sizes > 0] = weight[first[sizes > 0]]
    return each.reshape(n_pre, ports) if np.array_equal(np.repeat(each, sizes), weight) else None


def arrange(connections: Connections, n_pre: int, n_post: int, ports: int, dtype: Any, form: str = "auto") -> tuple[Any, int]:
    """(synapses, longest delay in steps) of the event loop.

    Parameters
    ----------
    form : "rows" (one weight per synapse), "core" (integer weights, one delay), or "auto": the core if it is faster at this density, else
        rows, with one weight each where all synapses of a neuron are alike

    Raises
    ------
    InputError
        If the synapses do not fit the form.
    """
    check(connections, n_pre, n_post)
    if form not in ("auto", "rows", "core"):
        raise InputError("form", f"= '{form}'; must be 'auto', 'rows' or 'core'")
    if form == "core" and connections.grid is None:
        raise InputError("form", "= 'core'; needs weights on a grid, see Connections.on_grid")
    if form == "core" or (form == "auto" and is_for_a_core(connections, n_pre, n_post)):
        return _core(connections, n_pre, n_post, ports, dtype)
    bounds, post, weight, delay = rows(connections, n_pre, ports, dtype)
    longest, each = int(delay.max(initial=1)), alike(bounds, weight) if form == "auto" else None
    if (delay == longest).all():
        return Outgoing(bounds, post, weight, longest) if each is None else Alike(bounds, post, each, longest), longest
    lag = np.ones(n_pre, np.int64)
    pre = np.repeat(np.arange(n_pre), bounds[:, ports] - bounds[:, 0])
    lag[pre] = delay
    if (lag[pre] == delay).all():
        return Outgoing(bounds, post, weight, lag) if each is None else Alike(bounds, post, each, lag), longest
    return Delayed(bounds, post, weight, delay.astype(np.int32)), longest


def _core(connections: Connections, n_pre: int, n_post: int, ports: int, dtype: Any) -> tuple[Core, int]:
    grid, delay = float(connections.grid or 0), np.unique(np.asarray(connections.delay_steps))
    whole = np.asarray(connections.weight) / grid
    if (np.abs(whole - np.rint(whole)) > 1e-6).any() or (np.abs(whole) > LEVELS + 0.5).any():
        raise InputError("connections.weight", f"must be whole multiples of grid = {grid:g}, at most {LEVELS} of them")
    if delay.size > 1:
        raise InputError("connections.delay_steps", "must be one number for all; a core delivers all of its synapses at once")
    cells = zeros((n_pre + 1, ports, padded(n_post)), np.int8)
    level = np.rint(whole).astype(np.int8)
    port = (level < 0).astype(np.int64) if ports == 2 else np.zeros(level.size, np.int64)
    if np.unique(np.asarray(connections.pre, np.int64) * n_post + connections.post).size < level.size:
        raise InputError("connections", "have two synapses between the same neurons; a core has one")
    cells[connections.pre, port, connections.post] = level
    lag = int(delay[0]) if delay.size else 1
    return Core(cells, np.dtype(dtype).type(grid), lag, n_post, zeros((ports, padded(n_post)), np.int16)), lag
