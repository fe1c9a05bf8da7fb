"""python make_nir.py: networks made, written and run by others: the nir package writes them, SpikingJelly computes what they do.

Needs nir 1.0.8, spikingjelly 2.0.0 and torch; neurosim is not involved.  Weights are multiples of 1/64, steps are of 1 ms.
"""
from pathlib import Path

import nir
import numpy as np
import torch
from spikingjelly.activation_based.nir_exchange import import_from_nir

HERE, STEP = Path(__file__).parent, 1e-3
INPUTS, HIDDEN, OUTPUTS, STEPS = 3, 8, 2, 60


def network(kind, rng):
    """A graph of random weights."""
    def grid(spread, *shape):
        return (np.round(rng.normal(0, spread, shape) * 64) / 64).astype(np.float32)

    def all_of(value):
        return np.full(HIDDEN, value, np.float32)

    if kind == "lif":
        neuron = nir.LIF(tau=all_of(20e-3), r=all_of(1), v_leak=all_of(0), v_threshold=all_of(0.25), v_reset=all_of(0))
    else:
        neuron = nir.CubaLIF(
            tau_mem=all_of(20e-3), tau_syn=all_of(5e-3), r=all_of(20), w_in=all_of(5), v_leak=all_of(0), v_threshold=all_of(8),
            v_reset=all_of(0))
    bias = grid(0.5, HIDDEN) + np.float32(0.5)
    nodes = {
        "input": nir.Input(np.array([INPUTS])), "first": nir.Affine(grid(3, HIDDEN, INPUTS), bias), "neurons": neuron,
        "loop": nir.Linear(grid(1.5, HIDDEN, HIDDEN)), "last": nir.Linear(grid(1, OUTPUTS, HIDDEN)),
        "output": nir.Output(np.array([OUTPUTS]))}
    edges = [("input", "first"), ("first", "neurons"), ("neurons", "loop"), ("loop", "neurons"), ("neurons", "last"), ("last", "output")]
    return nir.NIRGraph(nodes, edges)


for seed, kind in enumerate(("lif", "cubalif")):
    rng = np.random.Generator(np.random.Philox(seed))
    file = HERE / f"{kind}.nir"
    nir.write(file, network(kind, rng))
    module, state, outputs = import_from_nir(file, dt=STEP, dtype=torch.float64), None, []
    inputs = (rng.random((STEPS, INPUTS)) < 0.35).astype(np.float64)
    with torch.no_grad():
        for x in inputs:
            y, state = module(torch.as_tensor(x)[None], state)
            outputs.append(y.numpy()[0])
    print(kind, np.count_nonzero(outputs), "of", np.size(outputs), "outputs are not 0")
    np.savez_compressed(HERE / f"{kind}.npz", inputs=inputs, outputs=np.array(outputs), dt=STEP)
