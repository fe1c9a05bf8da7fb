"""Forecasts of a network that hears its own outputs."""
from __future__ import annotations

import numpy as np

from .chip import Chip
from .compiled import compiled
from .errors import DivergenceError, InputError
from .frozen import in_int8
from .recorders.activity import Recording
from .rules.rule import OBSERVER
from .tasks.task import Dataset
from .trials import Arrays, kernel_seed
from .wiring import wire


def closed_loop(chip: Chip, dataset: Dataset, seed: int) -> np.ndarray:
    """Let a trained chip go on with a series by itself; nothing is learned.

    As NeuroBench scores its chaotic function prediction (Yik et al. 2025, doi:10.1038/s41467-025-56739-4): the chip starts at rest and is
    shown the training series with the weights that it has; then the first input of the test; from there on each output is the next input.

    Parameters
    ----------
    dataset : one trial of training and one of testing, whose targets are the inputs of the next step
    seed : of the noise

    Returns
    -------
    (1, n_steps, batch, n_outputs) float64
        Outputs on the test, which ``dataset.scores`` takes.

    Raises
    ------
    InputError
        If the targets of the dataset are not its next inputs.
    DivergenceError
        If an output is not finite.
    """
    training, test = dataset.train(0), dataset.test
    for trials in (training, test):
        if len(trials.inputs) != 1 or not np.array_equal(trials.inputs[:, 1:], trials.targets[:, :-1]):
            raise InputError("task", "has targets that are not the inputs of the next step of one trial; its outputs cannot be its inputs")
    batch, n = test.inputs.shape[2:]
    wired, dtype, key = in_int8(wire(chip, OBSERVER, batch, "step")), chip.dtype, kernel_seed(seed, "closed loop")
    warm_up, ahead = Arrays(training, chip), Arrays(test, chip)

    def advance(arrays: tuple[np.ndarray, ...], step: int) -> np.ndarray:
        kept = Recording(np.zeros(arrays[1].shape, dtype), np.zeros((1, 0, batch, chip.network.hidden), dtype))
        steps = compiled()(
            wired.network, wired.schedule, kept, wired.activity, *arrays, np.zeros((1, 2), dtype), key, step, 0)
        if steps < 0:
            raise DivergenceError(step - steps - 1, "output of the closed loop", "the weights are those before it")
        return kept.outputs[0, -1]

    step = warm_up.weight.size
    advance((warm_up.inputs, warm_up.targets, warm_up.weight, np.ones(1, np.uint8)), 0)
    shown, goes_on, outputs = np.ascontiguousarray(ahead.inputs[:, :1]), np.zeros(1, np.uint8), np.zeros(test.targets.shape)
    for t in range(ahead.weight.size):
        target, weight = (np.ascontiguousarray(array[:, t:t + 1]) for array in (ahead.targets, ahead.weight))
        outputs[0, t] = advance((shown, target, weight, goes_on), step + t)
        shown[0, 0, :, :n] = outputs[0, t]
    return outputs
