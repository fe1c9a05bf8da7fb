"""Training on the chip: epochs, blocks of steps, tests, and the last good state."""
from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from .adoption import adopt
from .chip import Chip
from .compiled import compiled
from .counting import count
from .errors import DivergenceError, InputError
from .own_code import problem_of_parts
from .readout_leak import smooth_trials
from .recorders.activity import Forgetful, Recording
from .replay import Shown, replay
from .rules.rule import OBSERVER, Parts, Rule
from .store import counted_stores
from .tasks.fit import check_fit
from .tasks.task import Dataset, Task, Trials
from .updaters.gathering import Gathering
from .updaters.optimizer import Optimizer
from .wiring import Memory, Wired, sizes_of, wire

MOST_RECORDED = 2**24  # numbers that `observe` keeps at a time, as long as one trial has fewer
BLOCKS = 20  # calls of the compiled loop per epoch: progress and Ctrl-C between them


@dataclass(frozen=True)
class Progress:
    """Where a training run is; `loss` is the mean over the last block, `seconds` wall time since the start."""

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    seconds: float


@dataclass(frozen=True)
class Run:
    """What came out of a training run.

    Attributes
    ----------
    chip : the trained chip
    curves : one row per epoch, epoch 0 before any training: epoch, forward_passes (network steps of one sample, all passes
        counted), train_loss, test_mse and the task's other scores
    scores : of the last epoch
    outputs, targets : (n_trials, n_steps, batch, n_outputs) on the test trials
    counts : operations, by name
    step : training steps done
    stores : what gathered the requests on their way to the weights, by name
    spikes : (n_steps, hidden) as sent in the last test, first trial and sample, its first `MOST_RECORDED` numbers; None for rate neurons
    replay : shows the trials of the last test again, as long as the chip is as training has left it
    """

    chip: Chip
    curves: list[dict[str, float]]
    scores: dict[str, float]
    outputs: np.ndarray
    targets: np.ndarray
    counts: dict[str, int]
    step: int
    stores: dict[str, dict[str, Any]]
    spikes: np.ndarray | None = None
    replay: Callable[[], Iterator[Shown]] | None = None


@dataclass(frozen=True)
class Regime:
    """How trials are shown and written.

    Attributes
    ----------
    optimizer : rates, decay and memory of the synapses
    updater : where requests gather before they reach pulsed devices
    window : trials are cut into trials of so many steps, the state runs on; makes the update "sequence"
    resync : whether the perturbed pass is put into the state of the clean one at the start of every window
    copies : parallel copies of every sample, each with perturbations of its own
    """

    optimizer: Optimizer = Optimizer()
    window: int | None = None
    resync: bool = True
    copies: int = 1
    updater: Gathering = Gathering()


class Arrays:
    """Trials in the precision of the chip, the bias line added."""

    def __init__(self, trials: Trials, chip: Chip, regime: Regime | None = None) -> None:
        regime = regime or Regime()
        n_trials, n_steps, batch, n = trials.inputs.shape
        window = regime.window or n_steps
        if n_steps % window:
            raise InputError("train.window", f"= {window}; must divide the {n_steps} steps of a trial")
        cuts, lanes = n_trials * (n_steps // window), batch * regime.copies
        self.inputs = np.ones((cuts, window, lanes, chip.network.lines), chip.dtype)
        self.inputs[..., :n] = np.tile(trials.inputs.reshape(cuts, window, batch, n), (1, 1, regime.copies, 1))
        targets = trials.targets.reshape(cuts, window, batch, trials.targets.shape[3])
        self.targets = np.ascontiguousarray(np.tile(targets, (1, 1, regime.copies, 1)), chip.dtype)
        self.weight = np.ascontiguousarray(trials.active.reshape(cuts, window), chip.dtype)
        self.starts = np.full(cuts, 2 if regime.resync and regime.window else 0, np.uint8)
        first = slice(None, None, n_steps // window)
        self.starts[first] = np.where(trials.starts, 1, self.starts[first])

    def asked(self) -> np.ndarray:
        """Indices of the steps that count in any trial."""
        return np.flatnonzero((self.weight > 0).any(axis=0))

    def blocks(self, wanted: int, is_whole: bool = False) -> list[tuple[Any, ...]]:
        """About `wanted` pieces in order: runs of trials, or pieces of a single trial unless trials must stay whole."""
        n_trials, n_steps = self.weight.shape
        if n_trials > 1 or is_whole:
            cuts = np.unique(np.linspace(0, n_trials, min(wanted, n_trials) + 1).astype(int))
            return [(self.inputs[a:b], self.targets[a:b], self.weight[a:b], self.starts[a:b])
                    for a, b in zip(cuts[:-1], cuts[1:], strict=True)]
        cuts = np.unique(np.linspace(0, n_steps, min(wanted, n_steps) + 1).astype(int))
        return [(np.ascontiguousarray(self.inputs[:, a:b]), np.ascontiguousarray(self.targets[:, a:b]),
                 np.ascontiguousarray(self.weight[:, a:b]), self.starts if a == 0 else np.zeros(1, np.uint8))
                for a, b in zip(cuts[:-1], cuts[1:], strict=True)]


def kernel_seed(seed: int, purpose: str) -> int:
    """63-bit key of the random streams of the loop, one per purpose."""
    return int.from_bytes(hashlib.sha256(f"{purpose}/{seed}".encode()).digest()[:8], "little") >> 1


def train(
    chip: Chip, dataset: Dataset | Task, rule: Rule, *, epochs: int, batch: int | None = None, seed: int | None = None,
    update: str | None = None, regime: Regime | None = None, progress: Callable[[Progress], None] | None = None,
    adapt: Callable[[Parts], Parts] | None = None, on_epoch: Callable[[dict[str, float]], None] | None = None,
) -> Run:
    """Train a chip, in place.

    Parameters
    ----------
    dataset : a task, or what its `load` made
    batch : samples side by side; the task's own if absent
    seed : of the data and of every noise; the chip's if absent
    update : "step" or "sequence"; the task's own if absent
    regime : windows, copies, rates and what synapses remember; plain if absent
    progress : called between blocks
    adapt : changes the parts of the rule before they are wired, for instance `rules.rule.with_frozen_recurrence`
    on_epoch : called with the row of every epoch; the chip is then in a consistent state

    Raises
    ------
    DivergenceError
        If a loss or a weight is not finite; the chip is then back in the state at the end of the last good epoch.
    """
    seed = chip.seed if seed is None else seed
    if isinstance(dataset, Task):
        batch = batch or dataset.default_batch
        dataset = dataset.load(seed, batch)
    if batch is None:
        batch = dataset.test.inputs.shape[2]
    regime = regime or Regime()
    update = update or ("sequence" if regime.window else dataset.update)
    trials = dataset.train(0)
    check_fit(chip, dataset, trials, batch, update)
    first, lanes = Arrays(trials, chip, regime), batch * regime.copies
    steps, turns = first.weight.shape[1], epochs * first.weight.shape[0]
    parts = rule.build(sizes_of(chip, lanes, update, steps, turns, regime.optimizer.decay))
    problem = problem_of_parts(parts)
    if problem:
        raise InputError("rule", f"= {type(rule).__name__}; {problem}")
    if chip.network.decorrelation is not None and chip.network.decorrelation.falls and regime.optimizer.decay == "none":
        raise InputError("network.decorrelation.falls", "= true; it falls as train.optimizer.decay does, which is 'none'")
    memory = _memory(regime, rule, turns)
    wired = wire(chip, adapt(parts) if adapt else parts, lanes, update, steps, memory, regime.updater)
    tester = Tester(chip, dataset, batch, seed)
    row, outputs = tester.test(0, wired if dataset.carries_state else None)
    curves = [{"epoch": 0, "forward_passes": 0, "train_loss": float("nan"), **row}]
    if on_epoch:
        on_epoch(curves[0])
    began, done, key = time.perf_counter(), 0, kernel_seed(seed, "train")
    for epoch in range(1, epochs + 1):
        arrays = first if epoch == 1 else Arrays(dataset.train(epoch - 1), chip, regime)
        kept = {name: array.copy() for name, array in chip.state().items()}
        last_good = f"end of epoch {epoch - 1}" if epoch > 1 else "start of training"
        losses, blocks, per_epoch = [], arrays.blocks(BLOCKS, update == "sequence"), arrays.weight.size
        for k, block in enumerate(blocks):
            loss = np.zeros((len(block[0]), 2), chip.dtype)
            chip.settle()
            steps = compiled()(
                wired.network, wired.schedule, Forgetful(), wired.activity, *block, loss, key, done, int(k == len(blocks) - 1))
            if steps < 0:
                chip.restore(kept)
                raise DivergenceError(done - steps - 1, "training loss", last_good)
            done += steps
            losses.append((float(loss[:, 0].mean(dtype=np.float64)), block[2].sum()))
            if progress:
                progress(Progress(epoch, epochs, done, per_epoch * epochs, losses[-1][0], time.perf_counter() - began))
        chip.settle()
        for name, array in chip.state().items():
            if not np.isfinite(array).all():
                chip.restore(kept)
                raise DivergenceError(done, f"{name} (weight units)", last_good)
        try:
            row, outputs = tester.test(epoch, wired if dataset.carries_state else None)
        except DivergenceError as error:
            chip.restore(kept)
            raise DivergenceError(done, error.quantity, last_good) from error
        total = sum(weight for _, weight in losses)
        train_loss = sum(value * weight for value, weight in losses) / total if total else float("nan")
        curves.append({"epoch": epoch, "forward_passes": done * wired.lanes, "train_loss": float(train_loss), **row})
        if on_epoch:
            on_epoch(curves[-1])
    scores = {key: value for key, value in curves[-1].items() if key not in ("epoch", "forward_passes", "train_loss")}
    counts, stores = count(chip, wired, parts, done, lanes), counted_stores(chip, wired.network)
    learned = wired if dataset.carries_state else None
    again = partial(replay, tester.wired, tester.arrays, chip, tester.seed, epochs * tester.arrays.weight.size, learned)
    return Run(chip, curves, scores, outputs, dataset.test.targets, counts, done, stores, tester.spikes(epochs, learned), again)


def _memory(regime: Regime, rule: Rule, turns: int) -> Memory | None:
    if regime.optimizer.is_plain:
        return None
    rate = getattr(rule, "learning_rate", None)
    if rate is None:
        raise InputError("train.optimizer", f"needs a rule with a learning_rate; {type(rule).__name__} has none")
    return Memory(regime.optimizer, rate, turns)


class Tester:
    """Runs the test trials on the chip as it is: one clean pass, nothing learned, device noise on."""

    def __init__(self, chip: Chip, dataset: Dataset, batch: int, seed: int) -> None:
        self.chip, self.dataset, self.seed = chip, dataset, kernel_seed(seed, "test")
        self.arrays = Arrays(dataset.test, chip)
        self.wired = wire(chip, OBSERVER, dataset.test.inputs.shape[2], "step")

    def test(self, epoch: int, learned: Wired | None) -> tuple[dict[str, float], np.ndarray]:
        """Scores and outputs; goes on from the clean lanes of `learned` if it is given."""
        outputs, _ = observe(self.wired, self.arrays, self.chip, self.seed, epoch * self.arrays.weight.size, False, learned)
        scores = self.dataset.scores(outputs)
        if not np.isfinite(scores["mse"]):
            raise DivergenceError(self.arrays.weight.size * epoch, "test error", "the weights are those before this test")
        return {"test_mse": scores["mse"], **{key: value for key, value in scores.items() if key != "mse"}}, outputs

    def spikes(self, epoch: int, learned: Wired | None) -> np.ndarray | None:
        """What the first sample of the first trial makes spiking neurons send in the test after `epoch`, see `Run`."""
        arrays, dtype, n = self.arrays, self.chip.dtype, self.chip.network.hidden
        if self.chip.network.membrane is None:
            return None
        x, target, weight = (a[:1, :MOST_RECORDED // n] for a in (arrays.inputs, arrays.targets, arrays.weight))
        if learned is not None:
            adopt(self.wired, learned, target.shape[2])
        kept = Recording(np.zeros((1, 0, *target.shape[2:]), dtype), np.zeros((1, target.shape[1], 1, n), dtype))
        compiled()(
            self.wired.network, self.wired.schedule, kept, self.wired.activity, x, target, weight, arrays.starts[:1],
            np.zeros((1, 2), dtype), self.seed, epoch * arrays.weight.size, 1)
        return kept.hidden[0, :, 0]


def observe(
    wired: Wired, arrays: Arrays, chip: Chip, key: int, first_step: int, keep_hidden: bool, learned: Wired | None = None,
    smoothed_before: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Outputs of one clean pass and, if wanted, hidden activity in the steps that count in any trial (`Arrays.asked`), in float64.

    Shapes (n_trials, n_steps, batch, n_outputs) and (n_trials, asked steps or 0, batch, n_hidden).  With `smoothed_before`
    (batch, n_hidden), changed in place, hidden activity is what the outputs read of it, behind their leak.
    """
    if learned is not None:
        adopt(wired, learned, arrays.targets.shape[2])
    outputs, hidden, kept = [], [], arrays.asked() if keep_hidden else np.zeros(0, int)
    width = chip.network.hidden if keep_hidden else 0
    blocks = arrays.blocks(math.ceil(arrays.targets[..., 0].size * (width + arrays.targets.shape[3]) / MOST_RECORDED), is_whole=True)
    for k, (x, target, weight, starts) in enumerate(blocks):
        n_trials, n_steps, batch, _ = target.shape
        recording = Recording(
            np.zeros(target.shape, chip.dtype), np.zeros((n_trials, n_steps if keep_hidden else 0, batch, chip.network.hidden), chip.dtype))
        steps = compiled()(
            wired.network, wired.schedule, recording, wired.activity, x, target, weight, starts, np.zeros((len(x), 2), chip.dtype), key,
            first_step, int(k == len(blocks) - 1))
        if steps < 0:
            raise DivergenceError(first_step - steps - 1, "test loss", "the weights are those before this test")
        first_step += steps
        outputs.append(recording.outputs.astype(np.float64))
        if smoothed_before is not None:
            smooth_trials(recording.hidden, starts, chip.network.readout_share, smoothed_before)
        hidden.append(recording.hidden[:, kept].astype(np.float64))
    return np.concatenate(outputs), np.concatenate(hidden)
