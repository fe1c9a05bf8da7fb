"""A device of one's own, whole: a memory that leaks a little at every write.  Run: python examples/add_device.py"""
from typing import NamedTuple

import numpy as np

import neurosim as ns
from neurosim.contract import program


class LeakyCell(NamedTuple):
    """A write that asks for dw first loses `leak` of the weight, then adds dw, within +- bound."""

    leak: float
    bound: float


@program.fill(LeakyCell)  # one cell; inlined into the sweep over all synapses, whatever their connectivity
def _program(device, r, c, conductance, dw, uniform, normal, second):
    written = conductance - device.leak * conductance + dw
    written = device.bound if written > device.bound else written
    written = -device.bound if written < -device.bound else written
    return written if dw != dw - dw else conductance  # no request, no change: padding relies on it


if __name__ == "__main__":
    chip = ns.compile_chip("ideal", ns.Network(inputs=1, hidden=50, outputs=1), seed=1)
    for name in ("inputs", "recurrent", "readout"):
        chip.arrays[name] = chip.arrays[name]._replace(device=LeakyCell(np.float32(1e-5), np.float32(1)))
    task, rule = ns.tasks.MackeyGlass(steps=2000, test_steps=2000), ns.rules.ANP(learning_rate=0.05)
    run = ns.train(chip, task, rule, epochs=3)
    print("test error by epoch:", " ".join(f"{row['test_mse']:.4f}" for row in run.curves))
