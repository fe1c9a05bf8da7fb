"""Inputs that tell a correct 8-bit network from one that rounds, saturates or looks up differently.

What a task shows hardly ever lies half way between two integers, so that a wrong rounding passes unseen.  Here each step is searched for,
from the state that the network is in by then:

1. saturation: the ends of the input range, and inputs that drive one neuron as far as it goes, up and down in turn;
2. coverage: inputs that make neurons look up entries of the table that were not looked up before;
3. ties: for one neuron after the other, inputs with which its accumulator lies exactly half way, below it an even and an odd number in
   turn, with different entries of the table on both sides, so that the rounding shows.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..digital.int8_rnn import HIGH, LOW, Int8RNN, run
from ..digital.integers import half_even
from ..generators import generator

SEED, STREAM = 8, 1
DRIVEN, COVERING, TYING = 12, 48, 48  # steps of each part
CANDIDATES, NEURONS_TRIED = 128, 12


class Count(NamedTuple):
    """How often what is difficult occurs, over all neurons and steps.

    Attributes
    ----------
    even, odd : ties above an even and above an odd number that show in the activity
    high, low : z beyond 127 and below -128
    entries : of the table that were looked up
    """

    even: int
    odd: int
    high: int
    low: int
    entries: int


def edges(spec: Int8RNN, before: np.ndarray) -> np.ndarray:
    """Inputs (steps, inputs) int8, to be shown right after `before`."""
    rng = generator(SEED, STREAM)
    h = run(spec, before).spikes[-1] if len(before) else np.zeros(len(spec.bias), np.int64)
    visited = np.zeros(HIGH - LOW + 1, bool)
    rows = []
    for step in range(DRIVEN + COVERING + TYING):
        if step < 2:
            x = np.full(spec.weights_in.shape[1], (HIGH, LOW)[step])
        elif step < DRIVEN:
            x = driving(spec, h, upward=step % 2 == 0)
        elif step < DRIVEN + COVERING:
            x = covering(spec, h, visited, rng)
        else:
            x = tying(spec, h, step % 2, rng)
        z = clipped(spec, accumulators(spec, h, x[None])[0])
        visited[z - LOW] = True
        h = spec.table[z - LOW]
        rows.append(x)
    return np.array(rows).astype(np.int8)


def accumulators(spec: Int8RNN, h: np.ndarray, xs: np.ndarray) -> np.ndarray:
    """(candidates, n) sums of all candidates (candidates, inputs) after the state h.

    Multiplied in float64, which holds every sum exactly (`Int8RNN` keeps them below 2^31) and is faster than NumPy's integers.
    """
    products = (xs.astype(np.float64) @ spec.weights_in.T.astype(np.float64)).astype(np.int64)
    return (products << spec.shifts[0]) + without_inputs(spec, h)


def without_inputs(spec: Int8RNN, h: np.ndarray) -> np.ndarray:
    """(n,) what the state h and the bias add to every sum."""
    return (spec.weights_rec @ h << spec.shifts[1]) + spec.bias


def clipped(spec: Int8RNN, sums: np.ndarray) -> np.ndarray:
    """z of accumulators."""
    return np.clip(half_even(sums, spec.q_accumulator - spec.q_table), LOW, HIGH)


def tie_shows(spec: Int8RNN, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which accumulators lie half way between two numbers with different entries of the table, and the lower of the two."""
    shift = spec.q_accumulator - spec.q_table
    floor = sums >> shift
    half_way = (sums & ((1 << shift) - 1) == 1 << (shift - 1)) & (floor >= LOW) & (floor < HIGH)
    below = np.clip(floor, LOW, HIGH - 1) - LOW
    return half_way & (spec.table[below] != spec.table[below + 1]), floor


def count(spec: Int8RNN, inputs: np.ndarray) -> Count:
    """What inputs (steps, inputs), shown from rest, make happen."""
    sums = np.asarray(run(spec, inputs).v)
    shows, floor = tie_shows(spec, sums)
    z = half_even(sums, spec.q_accumulator - spec.q_table)
    return Count(int((shows & (floor % 2 == 0)).sum()), int((shows & (floor % 2 == 1)).sum()), int((z > HIGH).sum()), int((z < LOW).sum()),
                 len(np.unique(np.clip(z, LOW, HIGH))))


def driving(spec: Int8RNN, h: np.ndarray, upward: bool) -> np.ndarray:
    """Inputs that drive a neuron up or down as far as inputs can: the neuron that gets farthest."""
    toward = spec.weights_in > 0 if upward else spec.weights_in < 0
    candidates = np.where(toward, HIGH, LOW)  # one for every neuron
    own = ((spec.weights_in * candidates).sum(1) << spec.shifts[0]) + without_inputs(spec, h)
    return candidates[np.argmax(own if upward else -own)]


def covering(spec: Int8RNN, h: np.ndarray, visited: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Of random inputs, small and large, those that look up most new entries of the table."""
    size = rng.choice([1.0, 0.5, 0.2, 0.05], (CANDIDATES, 1))
    candidates = np.rint(rng.integers(LOW, HIGH + 1, (CANDIDATES, spec.weights_in.shape[1])) * size).astype(np.int64)
    z = clipped(spec, accumulators(spec, h, candidates))
    new = np.zeros((CANDIDATES, len(visited)), bool)
    new[np.arange(CANDIDATES)[:, None], z - LOW] = True
    return candidates[np.argmax((new & ~visited).sum(1))]


def tying(spec: Int8RNN, h: np.ndarray, parity: int, rng: np.random.Generator) -> np.ndarray:
    """Inputs that bring a neuron half way above a number of this parity; random ones if no neuron that was tried has any.

    All values of two inputs are tried, with random ones for the others; of those that give a tie, the one with most ties over all neurons.
    """
    x = rng.integers(LOW, HIGH + 1, (spec.weights_in.shape[1],))
    values, base = np.arange(LOW, HIGH + 1), without_inputs(spec, h)
    for i in rng.permutation(len(spec.bias))[:NEURONS_TRIED]:
        connected = np.flatnonzero(spec.weights_in[i])
        if len(connected) == 0:
            continue
        pair = rng.choice(connected, min(2, len(connected)), replace=False)
        grid = np.stack(np.meshgrid(*[values] * len(pair), indexing="ij"), -1).reshape(-1, len(pair))
        others = x.copy()
        others[pair] = 0
        rest = (spec.weights_in[i] @ others << spec.shifts[0]) + base[i]
        shows, floor = tie_shows(spec, (grid @ spec.weights_in[i, pair] << spec.shifts[0]) + rest)
        found = grid[shows & (floor % 2 == parity)]
        if len(found):
            candidates = np.repeat(x[None], min(len(found), CANDIDATES), 0)
            candidates[:, pair] = found[rng.choice(len(found), len(candidates), replace=False)]
            return candidates[np.argmax(tie_shows(spec, accumulators(spec, h, candidates))[0].sum(1))]
    return x
