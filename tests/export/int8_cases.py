"""8-bit networks that check the integer formats: trained ones, made ones with unusual numbers, and what goes wrong with them."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
from export.networks import awkward, rate

from neurosim.digital.int8_rnn import Int8RNN, tanh_table
from neurosim.export import Options
from neurosim.export.int8 import Int8Network, Seen, quantised
from neurosim.generators import generator
from neurosim.rules import Decorrelation


def trained(kind="grid"):
    """A network whose weights sit on the grid of a chip, which is not that of 8 bits and a power of two; or one with decorrelation."""
    topology = {} if kind == "grid" else {"epochs": 2, "decorrelation": Decorrelation(rate=1e-2, inputs=True)}
    return awkward(rate("fixed8" if kind == "grid" else "ideal", **topology))


def network(kind="grid"):
    """The same, quantised."""
    return quantised(trained(kind), "c", Options())


def made(n_in, n, n_out, bias=1000, scale=60, **positions):
    """Random integers, asymmetric, of these sizes and positions."""
    rng = generator(1, 7)
    weights = [rng.integers(-scale, scale + 1, shape) for shape in ((n, n_in), (n, n), (n_out, n))]
    table = tanh_table(positions.get("q_table", 5), positions.get("q_state", 7))
    spec = Int8RNN(*weights, rng.integers(-bias, bias + 1, n), table, **{"q_readout": 6, **positions})
    return Int8Network(spec, (), Seen(0, 0.0, 0.0, 0.0))


MADE = {
    "one of each": lambda: made(1, 1, 1), "one input": lambda: made(1, 5, 2), "state shifted": lambda: made(3, 4, 7, q_in=9),
    "shift of one": lambda: made(2, 6, 3, q_table=12, bias=100, scale=20), "inputs shifted far": lambda: made(4, 9, 2, q_in=0, scale=127)}
WIDE = {"32 bits": lambda: made(3, 5, 2, bias=2**31 - 2**24, q_table=0)}


def bump(array):
    """The largest weight off by one, toward 0."""
    changed = array.copy()
    k = np.abs(array).argmax()
    changed.flat[k] -= np.sign(array.flat[k])
    return changed


def bump_entry(table):
    """An entry of the table off by one that no trained network gets past: that of z = 1."""
    changed = table.copy()
    changed[129] += 1
    return changed


FIELDS = {
    "input weight": lambda s: {"weights_in": bump(s.weights_in)}, "recurrent weight": lambda s: {"weights_rec": bump(s.weights_rec)},
    "readout weight": lambda s: {"weights_out": bump(s.weights_out)}, "transposed": lambda s: {"weights_rec": s.weights_rec.T},
    "bias lost": lambda s: {"bias": 0}, "scale of z": lambda s: {"q_table": s.q_table - 1},
    "scale of inputs": lambda s: {"q_in": s.q_in - 1}, "table": lambda s: {"table": bump_entry(s.table)}}


def damaged(good, damage):
    """The network with one thing wrong."""
    return replace(good, spec=replace(good.spec, **FIELDS[damage](good.spec)))
