"""What an export is worth on the task: the test scores of the exported network, computed as its client computes them, beside the chip's."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..tasks.task import Dataset
from .parcel import Parcel
from .semantics import run_float
from .trained import TrainedNetwork

MOST_STEPS = 20_000  # of the test that are shown to the exported network, which NumPy runs one step at a time


def fidelity(trained: TrainedNetwork, parcel: Parcel) -> dict[str, Any]:
    """Scores before and after, and what was lost.

    Returns
    -------
    "before" (the chip), "exact" (the same matrices in float64, without the chip's noise and converters), "after" (the exported network),
    each by score or absent; "lost", sentences.  Test trials run from rest; "trials" and "of" say how many of them were shown.
    """
    found: dict[str, Any] = {"lost": [*trained.lost, *parcel.lost]}
    if trained.scores:
        found["before"] = {name.removeprefix("test_"): value for name, value in trained.scores.items()}
    if trained.dataset is None or parcel.decode is None:
        return found
    test = trained.dataset.test
    shown = min(len(test.inputs), max(1, MOST_STEPS // (test.inputs.shape[1] * test.inputs.shape[2])))
    decode = parcel.decode
    found |= {"trials": shown, "of": len(test.inputs)}
    found["exact"] = scores(trained.dataset, shown, lambda x: run_float(trained, x)["outputs"])
    found["after"] = scores(trained.dataset, shown, lambda x: decode(parcel.run(parcel.encode(x))))
    if trained.dataset.carries_state:
        found["lost"].append("the state at the end of training, from which the chip was tested: the exported network starts at rest")
    return found


def scores(dataset: Dataset, shown: int, run: Any) -> dict[str, float]:
    """Scores on the first so many test trials, every sample from rest; mean squared error alone if not all are shown."""
    test = dataset.test
    outputs = np.zeros((shown, *test.targets.shape[1:]))
    for k in range(shown):
        for b in range(test.inputs.shape[2]):
            outputs[k, :, b] = run(test.inputs[k, :, b])
    if shown == len(test.inputs):
        return {name: float(value) for name, value in dataset.scores(outputs).items()}
    counts = test.active[:shown] > 0
    return {"mse": float(np.mean((outputs[counts] - test.targets[:shown][counts]) ** 2))}
