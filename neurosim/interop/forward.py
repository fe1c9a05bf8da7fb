"""The first test trial of an experiment, untrained, here and in Brian2: `neurosim run --backend brian2`."""
from __future__ import annotations

import io
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..chip import compile_chip
from ..compiled import compiled
from ..errors import InputError
from ..network import draw_delays
from ..recorders.membranes import Traces
from ..rules.rule import OBSERVER
from ..run_folder import refuse_existing, write_folder
from ..wiring import wire
from . import brian2

if TYPE_CHECKING:
    from ..experiment import Experiment

MOST_STEPS = 100_000  # that are kept


def run(backend: str, experiment: Experiment, folder: Path) -> dict[str, Any]:
    """`forward`, for the backend of that name."""
    if backend != "brian2":
        raise InputError("--backend", f"= '{backend}'; must be 'brian2'")
    return forward(experiment, folder)


def forward(experiment: Experiment, folder: Path) -> dict[str, Any]:
    """Run and compare; the folder gets ``forward.json``, ``spikes.npz`` and ``raster.png``.

    Weights are those that the chip holds when it has been programmed, in float64; Brian2 knows no read noise and no converters, so they are
    left out here as well.

    Returns
    -------
    What ``forward.json`` holds: spikes and rates of both, spikes that differ, the largest difference of a membrane, CPU seconds.

    Raises
    ------
    InputError
        If the neurons do not spike or are integers, or there is such a folder.
    """
    from ..session import prepare, profile_of

    if experiment.network.membrane is None:
        raise InputError("--backend", f"= 'brian2'; network.neuron = '{experiment.network.neuron}' does not spike")
    refuse_existing(folder)
    exact = experiment.model_copy(update={"chip": experiment.chip.model_copy(update={"precision": "float64"})})
    case, chip = prepare(exact, profile_of(exact), exact.train.seeds[0])
    if "neuron" in chip.mapping:
        raise InputError("--backend", f"= 'brian2'; it has no integer neurons as {chip.profile.file} has (neuron.arithmetic)")
    weights, ideal = chip.weights(), compile_chip("ideal", chip.network, chip.seed, "float64")
    for name in ("inputs", "recurrent"):
        _write(ideal, name, weights[name])
    trials, membrane = case.dataset.test, experiment.network.membrane
    shown = trials.inputs[0, :MOST_STEPS, 0]
    if experiment.network.bias:
        shown = np.concatenate([shown, np.ones((len(shown), 1))], axis=1)
    steps, n = len(shown), chip.network.hidden
    wired, kept = wire(ideal, OBSERVER, 1, "step"), Traces(*(np.zeros((1, steps, 1, n)) for _ in range(2)))
    data = shown[None, :, None], np.zeros((1, steps, 1, chip.network.outputs)), np.ones((1, steps)), np.ones(1, np.uint8)
    for _ in range(2):  # the first time it may have to be compiled
        began = time.process_time()
        compiled()(wired.network, wired.schedule, kept, wired.activity, *data, np.zeros((1, 2)), 1, 0, 1)
    ours_s, began = time.process_time() - began, time.process_time()
    bridge = brian2.build(
        wired.network.hidden, weights["inputs"], weights["recurrent"], shown, membrane.step_s, draw_delays(chip.network, chip.seed))
    sent, potential = brian2.run(bridge, steps)
    record = {
        "steps": steps, "neurons": n, "step_s": membrane.step_s, "spikes": int(kept.sent.sum()), "spikes_brian2": int(sent.sum()),
        "rate_Hz": float(kept.sent.mean() / membrane.step_s), "spikes_that_differ": int((kept.sent[0, :, 0] != sent).sum()),
        "largest_membrane_difference": float(np.abs(kept.membrane[0, :, 0] - potential).max()), "cpu_s": ours_s,
        "cpu_s_brian2": time.process_time() - began}
    _keep(folder, record, kept, sent, membrane.step_s)
    return record


def _write(chip: Any, name: str, matrix: np.ndarray) -> None:
    """Put exact weights on an ideal chip."""
    from ..synapses.layout import arrange

    array = chip.arrays[name]
    array.conductance[...] = arrange(array.synapses, matrix, chip.dtype)


def _keep(folder: Path, record: dict[str, Any], kept: Traces, sent: np.ndarray, step_s: float) -> None:
    from matplotlib.figure import Figure

    from ..report.plots import png
    from ..report.spikes import plot_raster

    figure, spikes = Figure(figsize=(7, 4), layout="constrained"), io.BytesIO()
    plot_raster(figure.subplots(), kept.sent[0, :, 0], step_s)
    np.savez_compressed(spikes, neurosim=kept.sent[0, :, 0].astype(np.uint8), brian2=sent.astype(np.uint8), step_s=step_s)
    write_folder(folder, {
        "forward.json": json.dumps(record, indent=2) + "\n", "spikes.npz": spikes.getvalue(), "raster.png": png(figure)})
