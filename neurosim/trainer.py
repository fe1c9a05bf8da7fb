"""Training on the chip: epochs, blocks of steps, tests, and the last good state."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .chip import Chip
from .compiled import compiled
from .counting import count
from .errors import DivergenceError, InputError
from .frozen import in_int8
from .own_code import problem_of_parts
from .recorders.activity import Forgetful
from .replay import Shown, replay
from .rules.rule import Parts, Rule
from .store import counted_stores
from .tasks.fit import check_fit
from .tasks.task import Dataset, Task
from .trials import Arrays, Regime, Tester, kernel_seed, test_on
from .wiring import Memory, sizes_of, wire

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


class Spent(NamedTuple):
    """What a training run has done so far: its chip, counts and stores as of `Run`, and the counts of the last test."""

    chip: Chip
    counts: dict[str, int]
    stores: dict[str, dict[str, Any]]
    inference: dict[str, int]


@dataclass(frozen=True)
class Run:
    """What came out of a training run.

    Attributes
    ----------
    chip : the trained chip
    curves : one row per epoch, epoch 0 before any training: epoch, forward_passes (network steps of one sample, all passes
        counted), train_loss, test_mse and the task's other scores, and what `account` made of them
    scores : of the last epoch
    outputs, targets : (n_trials, n_steps, batch, n_outputs) on the test trials
    counts : operations of training, by name
    step : training steps done
    stores : what gathered the requests on their way to the weights, by name
    inference : operations of the last test, by name
    spikes : (n_steps, hidden) as sent in the last test, first trial and sample, its first `MOST_RECORDED` numbers; None for rate neurons
    replay : shows the trials of the last test again, as long as the chip is as training has left it
    retest : scores and outputs of the last test on a chip of the same network, see `trials.test_on`
    """

    chip: Chip
    curves: list[dict[str, Any]]
    scores: dict[str, float]
    outputs: np.ndarray
    targets: np.ndarray
    counts: dict[str, int]
    step: int
    stores: dict[str, dict[str, Any]]
    inference: dict[str, int]
    spikes: np.ndarray | None = None
    replay: Callable[[], Iterator[Shown]] | None = None
    retest: Callable[[Chip], tuple[dict[str, float], np.ndarray]] | None = None


def train(
    chip: Chip, dataset: Dataset | Task, rule: Rule, *, epochs: int, batch: int | None = None, seed: int | None = None,
    update: str | None = None, regime: Regime | None = None, progress: Callable[[Progress], None] | None = None,
    adapt: Callable[[Parts], Parts] | None = None, on_epoch: Callable[[dict[str, float]], None] | None = None,
    account: Callable[[Spent], dict[str, Any]] | None = None, until: Callable[[dict[str, Any]], bool] | None = None,
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
    account : what was spent so far -> more columns of the row, not scores
    until : row of an epoch -> whether to stop after it, before `epochs` are done

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
    memory = memory_of(regime, rule, turns)
    wired = wire(chip, adapt(parts) if adapt else parts, lanes, update, steps, memory, regime.updater)
    tester = Tester(chip, dataset, batch, seed)
    row, outputs = tester.test(0, wired if dataset.carries_state else None)
    curves: list[dict[str, Any]] = []
    shown = done = 0

    def spent() -> Spent:
        return Spent(chip, count(chip, wired, parts, done, lanes, shown), counted_stores(chip, wired.network), tester.counts())

    def keep(epoch: int, train_loss: float) -> None:
        columns = account(spent()) if account else {}
        curves.append({"epoch": epoch, "forward_passes": done * wired.lanes, "train_loss": train_loss, **row, **columns})
        if on_epoch:
            on_epoch(curves[-1])

    keep(0, float("nan"))
    began, key = time.perf_counter(), kernel_seed(seed, "train")
    for epoch in range(1, epochs + 1):
        arrays = first if epoch == 1 else Arrays(dataset.train(epoch - 1), chip, regime)
        kept = {name: array.copy() for name, array in chip.state().items()}
        last_good = f"end of epoch {epoch - 1}" if epoch > 1 else "start of training"
        shown += int(np.count_nonzero(arrays.inputs))
        losses, blocks, per_epoch = [], arrays.blocks(BLOCKS, update == "sequence"), arrays.weight.size
        for k, block in enumerate(blocks):
            loss = np.zeros((len(block[0]), 2), chip.dtype)
            chip.settle()
            steps = compiled()(
                in_int8(wired).network, wired.schedule, Forgetful(), wired.activity, *block, loss, key, done, int(k == len(blocks) - 1))
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
        keep(epoch, float(train_loss))
        if until and until(curves[-1]):
            break
    last, learned = curves[-1]["epoch"], wired if dataset.carries_state else None
    _, counts, stores, inference = spent()
    again = partial(replay, tester.wired, tester.arrays, chip, tester.seed, last * tester.arrays.weight.size, learned)
    spikes, retest = tester.spikes(last, learned), partial(test_on, dataset, batch, seed, last, learned)
    return Run(chip, curves, row, outputs, dataset.test.targets, counts, done, stores, inference, spikes, again, retest)


def memory_of(regime: Regime, rule: Rule, turns: int) -> Memory | None:
    """How the requests of a rule become changes in so many updates; None if they are written as they are."""
    if regime.optimizer.is_plain:
        return None
    rate = getattr(rule, "learning_rate", None)
    if rate is None:
        raise InputError("train.optimizer", f"needs a rule with a learning_rate; {type(rule).__name__} has none")
    return Memory(regime.optimizer, rate, turns)
