"""An experiment file and a trainer that only pretends: what a run writes can be tested without training."""
from __future__ import annotations

import numpy as np

from neurosim import trainer, yardsticks
from neurosim.errors import DivergenceError
from neurosim.replay import Shown

GOOD = """
[task]
name = "mackey-glass"
steps = 600
test_steps = 40
[network]
hidden = 6
[chip]
profile = "ideal"
[rule]
name = "anp"
learning_rate = 1e-3
[train]
epochs = 3
seeds = [1, 4]
"""


def pretend(stop=None, at=(1, 1)):
    """A `trainer.train` that moves a weight per epoch; raises `stop` for seed and epoch `at`, before the epoch ends."""
    def train(chip, dataset, rule, *, epochs, batch, seed, update=None, regime=None, progress=None, on_epoch=None, adapt=None,
              account=None, keep=None, start=None):
        row = {"epoch": 0, "forward_passes": 0, "train_loss": float("nan"), "test_mse": 0.5 / seed, "nmse": 1.0}
        curves = [row]
        on_epoch(row)
        for epoch in range(1, epochs + 1):
            progress(trainer.Progress(epoch, epochs, 10 * epoch - 5, 10 * epochs, 0.3, 0.01))
            if stop is not None and (seed, epoch) == at:
                raise DivergenceError(10 * epoch - 5, "training loss", f"end of epoch {epoch - 1}") if stop == "diverge" else stop
            for name in ("inputs", "recurrent", "readout"):
                chip.state()[f"{name}/conductance"][0] = epoch
            progress(trainer.Progress(epoch, epochs, 10 * epoch, 10 * epochs, 0.2, 0.02))
            row = {**row, "epoch": epoch, "forward_passes": 100 * epoch, "train_loss": 0.2, "test_mse": 0.4 / seed / epoch}
            curves.append(row)
            on_epoch(row)
        scores = {"test_mse": row["test_mse"], "nmse": row["nmse"]}
        outputs = np.zeros_like(dataset.test.targets)
        counts = {"steps": 10 * epochs, "samples": 1, "passes": 2, "broadcast_values": 20 * epochs, "hidden_neuron_updates": 120 * epochs,
                  "input_events": 20 * epochs, "synaptic_events": 960 * epochs}
        tested = {**counts, "passes": 1, "inferences": 3, "broadcast_values": 0}
        shown, zeros = dataset.test.inputs, np.zeros((*dataset.test.inputs.shape[:3], chip.network.hidden))
        again = Shown(shown, shown, zeros, zeros, dataset.test.starts, zeros[0, 0], zeros[0, 0])
        return trainer.Run(
            chip, curves, scores, outputs, dataset.test.targets, counts, 10 * epochs, {}, tested, replay=lambda: iter([again]))

    return train


def measure(case, progress=None, known=None, keep=None):
    """Two yardsticks, one of which diverged."""
    if progress:
        progress("pretended")
    return [yardsticks.Yardstick("frozen recurrence, same readout rule", 0.05, {"nmse": 0.5}, "pretended"),
            yardsticks.Yardstick("true BPTT", float("nan"), {}, "diverged at step 3")]
