"""Training on the chip: epochs, blocks of steps, tests, and the last good state."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from . import stopping
from .chip import Chip
from .compiled import compiled
from .counting import count
from .epochs import FIRST, Blocks, Place, pieces
from .errors import DivergenceError, InputError
from .finite import ALLOWED, astray, check_wired, watched
from .frozen import in_int8
from .own_code import problem_of_parts
from .recorders.activity import Forgetful
from .replay import Shown, replay
from .rules.rule import Parts, Rule
from .standing import Standing, arrays_of, digests_of, moved, put_back
from .store import counted_stores
from .tasks.fit import check_fit
from .tasks.task import Dataset, Task
from .trials import Arrays, Regime, Tester, kernel_seed, test_on
from .wiring import Memory, sizes_of, wire

BLOCKS = 20  # per epoch: progress, wires that follow the weights, and a look for numbers that are not finite between them
LOSS = "squared target units"

Keep = Callable[[Callable[[], Standing | None], bool], None]
"""(what tells where the training stands, None if that is nowhere good; whether training is over): called many times a second."""


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
    keep: Keep | None = None, start: Standing | None = None,
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
    keep : called wherever training can be gone on with
    start : where a training of the same settings stood, from which this one goes on, to the same bytes; the chip is one made afresh

    Raises
    ------
    DivergenceError
        If a loss or a weight is not finite; the chip is then back in the state at the end of the last good epoch.
    InputError
        If it cannot learn this task so, or `start` holds a number beyond `finite.LARGEST`: `keep` never tells of such a state.
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
    check_wired(chip.profile.file, wired)
    tester = Tester(chip, dataset, batch, seed)
    everything = arrays_of({**chip.arrays, "clock": chip.clock_s, "learned": wired, "tested": tester.wired})
    fresh = {} if keep is None else digests_of(everything)
    guarded, carried = watched(chip, wired), wired if dataset.carries_state else None
    curves: list[dict[str, Any]] = []
    shown = done = before = 0

    def spent() -> Spent:
        return Spent(chip, count(chip, wired, parts, done, lanes, shown), counted_stores(chip, wired.network), tester.counts())

    def told(epoch: int, train_loss: float) -> None:
        columns = account(spent()) if account else {}
        curves.append({"epoch": epoch, "forward_passes": done * wired.lanes, "train_loss": train_loss, **row, **columns})
        if on_epoch:
            on_epoch(curves[-1])

    def run(piece: tuple[Any, ...], sums: np.ndarray, first_step: int, is_last: int) -> int:
        return int(compiled()(quick.network, wired.schedule, Forgetful(), wired.activity, *piece, sums, key, first_step, is_last))

    def standing() -> Standing | None:
        if astray(guarded) is not None:
            return None
        at = place if place.sums is None else place._replace(sums=place.sums.copy())
        return Standing(epoch, at, done, shown, list(losses), list(curves), moved(everything, fresh), kept, before)

    if start is None:
        row, outputs = tester.test(0, carried)
        told(0, float("nan"))
    else:
        put_back(everything, start.arrays)
        found = astray(guarded)
        if found is not None:
            raise InputError("checkpoint", f"of step {start.done} holds {found[0]} ({found[1]}) beyond what is computed with: {ALLOWED}")
        done, shown, before = start.done, start.shown, start.before
        curves += start.curves
    began, key, pace = time.perf_counter(), kernel_seed(seed, "train"), [FIRST]
    for epoch in range(1 if start is None else start.epoch, epochs + 1):
        arrays = first if epoch == 1 else Arrays(dataset.train(epoch - 1), chip, regime, is_checked=False)
        last_good = f"end of epoch {epoch - 1}" if epoch > 1 else "start of training"
        place, losses = Place(), []
        if start is not None and epoch == start.epoch:
            kept, place, losses = start.kept, start.place, list(start.losses)
        else:
            kept, before = {name: array.copy() for name, array in chip.state().items()}, done
            shown += int(np.count_nonzero(arrays.inputs))
        unfit = arrays.unfit() if epoch > 1 else None
        if unfit is not None:
            raise DivergenceError(before + unfit.step, unfit.quantity, last_good, unfit.unit)
        blocks, per_epoch = Blocks(arrays, arrays.cuts(BLOCKS, update == "sequence"), update == "sequence"), arrays.weight.size
        quick = in_int8(wired)
        with stopping.held():
            for piece in pieces(blocks, place, pace, done, run, chip.settle):
                if piece.steps < 0:
                    chip.restore(kept)
                    raise DivergenceError(done - piece.steps - 1, "training loss", last_good, LOSS)
                done, place = done + piece.steps, piece.place
                if piece.loss is not None:
                    losses.append((piece.loss, piece.weight))
                    found = astray(guarded)
                    if found is not None:
                        chip.restore(kept)
                        raise DivergenceError(done, found[0], last_good, found[1])
                    if progress:
                        progress(Progress(epoch, epochs, done, per_epoch * epochs, piece.loss, time.perf_counter() - began))
                if keep is not None:
                    keep(standing, epoch == epochs and place.block == blocks.end)
                if stopping.is_asked():
                    raise KeyboardInterrupt
        chip.settle()
        try:
            row, outputs = tester.test(epoch, carried)
        except DivergenceError as error:
            chip.restore(kept)
            raise DivergenceError(done, error.quantity, last_good, error.unit) from error
        total = sum(weight for _, weight in losses)
        train_loss = sum(value * weight for value, weight in losses) / total if total else float("nan")
        told(epoch, float(train_loss))
        if until and until(curves[-1]):
            break
    last = curves[-1]["epoch"]
    _, counts, stores, inference = spent()
    again = partial(replay, tester.wired, tester.arrays, chip, tester.seed, last * tester.arrays.weight.size, carried)
    spikes, retest = tester.spikes(last, carried), partial(test_on, dataset, batch, seed, last, carried)
    return Run(chip, curves, row, outputs, dataset.test.targets, counts, done, stores, inference, spikes, again, retest)


def memory_of(regime: Regime, rule: Rule, turns: int) -> Memory | None:
    """How the requests of a rule become changes in so many updates; None if they are written as they are."""
    if regime.optimizer.is_plain:
        return None
    rate = getattr(rule, "learning_rate", None)
    if rate is None:
        raise InputError("train.optimizer", f"needs a rule with a learning_rate; {type(rule).__name__} has none")
    return Memory(regime.optimizer, rate, turns)
