"""What a rule asks of the weights and what becomes of it, trial by trial (or step by step): requested beside realised changes."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from .chip import Chip
from .clock import Stopped
from .compiled import compiled
from .contract import condition, is_mergeable, is_plastic
from .diagnostics import counting
from .errors import DivergenceError
from .recorders.activity import Forgetful, Recording
from .schedules import EverySequence
from .synapses.layout import matrix_of
from .tiles import exists
from .trials import Arrays, kernel_seed
from .two_passes import as_trained
from .updaters.transfer import is_indirect
from .wiring import Wired

PROJECTIONS = ("inputs", "recurrent", "readout", "lateral", "input_lateral")


class Change(NamedTuple):
    """Of one projection in one trial or step, (post, pre), in units of the weight."""

    requested: np.ndarray
    realised: np.ndarray


def plastic(case: Any, chip: Chip, adapt: Any = None) -> list[str]:
    """The projections that the rule of a `yardsticks.Case` changes, those of decorrelation included."""
    wired, _ = _wired(case, chip, adapt)
    return [name for name in PROJECTIONS if name in chip.mapping["projections"] and is_plastic(getattr(wired.network, name).eligibility)]


def changes(case: Any, chip: Chip, trials: int, adapt: Any = None) -> Iterator[dict[str, Change]]:
    """Train on as the run of a `yardsticks.Case` did, the rule as it is at the beginning, and put the chip back at the end.

    Time stands still meanwhile.  With update "sequence" requests are what the optimizer makes of those of a trial; with "step" what a step
    asks for.  Left out are projections whose requests gather elsewhere first (``train.updater``), and with "step" those whose synapses
    have a memory of their own (eligibility traces).

    Parameters
    ----------
    trials : trials, or steps, of the first epoch; at most those that there are

    Raises
    ------
    DivergenceError
        If a loss is not finite.
    """
    kept = {name: array.copy() for name, array in chip.state().items()}
    wired, arrays = _wired(case, chip, adapt)
    try:
        if isinstance(wired.schedule, EverySequence):
            yield from _by_trial(case, chip, wired, arrays, trials, adapt)
        else:
            yield from _by_step(case, chip, wired, arrays, trials)
    finally:
        chip.restore(kept)


def _wired(case: Any, chip: Chip, adapt: Any) -> tuple[Wired, Arrays]:
    wired, arrays, _ = as_trained(case, chip, adapt)
    return wired._replace(network=wired.network._replace(clock=Stopped())), arrays


def _watched(network: Any, chip: Chip, is_whole: bool) -> list[str]:
    found = [name for name in PROJECTIONS if name in chip.mapping["projections"]]
    parts = {name: getattr(network, name) for name in found}
    return [
        name for name, p in parts.items()
        if is_plastic(p.eligibility) and not is_indirect(p.updater) and (is_whole or is_mergeable(p.eligibility))]


def _by_trial(case: Any, chip: Chip, wired: Wired, arrays: Arrays, trials: int, adapt: Any) -> Iterator[dict[str, Change]]:
    """Every trial twice: once with requests that are only added up, once with the writes; both rules see the same weights."""
    asking, key, done = _wired(case, chip, adapt)[0], kernel_seed(case.seed, "requests"), 0
    updaters = {name: getattr(asking.network, name).updater for name in PROJECTIONS}
    asking, watched = counting(asking), _watched(wired.network, chip, True)
    nothing = Recording(np.zeros((1, 0, 1, 1), chip.dtype), np.zeros((1, 0, 1, 1), chip.dtype))  # as `diagnostics`: compiled once for both
    for k in range(min(trials, len(arrays.inputs))):
        _run(asking, arrays, chip, k, key, done, recorder=nothing)
        before, requested = chip.weights(), {}
        for name in watched:
            array, tally = chip.arrays[name], getattr(asking.network, name).updater
            total = tally.sum.copy()
            tally.sum[...] = 0
            condition(updaters[name], k, total)
            requested[name] = matrix_of(array.synapses, total, array.n_post, array.n_pre)
        done += _run(wired, arrays, chip, k, key, done)
        after = chip.weights()
        yield {name: Change(requested[name], after[name] - before[name]) for name in watched}


def _by_step(case: Any, chip: Chip, wired: Wired, arrays: Arrays, trials: int) -> Iterator[dict[str, Change]]:
    """What a step asks for is written while the weights stream by in the next one."""
    key, done, watched = kernel_seed(case.seed, "requests"), 0, _watched(wired.network, chip, False)
    asked: dict[str, np.ndarray] = {}
    n_trials, n_steps = arrays.weight.shape
    for k, t in ((k, t) for k in range(n_trials) for t in range(n_steps)):
        if done > trials:
            return
        before = chip.weights()
        _run(wired, arrays, chip, k, key, done, t)
        done += 1
        after = chip.weights()
        if asked:
            yield {name: Change(asked[name], after[name] - before[name]) for name in watched}
        asked = {name: _pending(chip.arrays[name], getattr(wired.network, name).request) for name in watched}


def _pending(array: Any, request: Any) -> np.ndarray:
    rank = int(request.rank[0])
    return request.post[:rank, :array.n_post].T @ request.pre[:rank, :array.n_pre] * exists(array)


def _run(wired: Wired, arrays: Arrays, chip: Chip, k: int, key: int, done: int, t: int | None = None, recorder: Any = None) -> int:
    shown, starts = (arrays.inputs, arrays.targets, arrays.weight), arrays.starts[k:k + 1]
    block = [np.ascontiguousarray(a[k:k + 1] if t is None else a[k:k + 1, t:t + 1]) for a in shown]
    starts = starts if t is None or t == 0 else np.zeros(1, np.uint8)
    steps = compiled()(
        wired.network, wired.schedule, recorder or Forgetful(), wired.activity, *block, starts, np.zeros((1, 2), chip.dtype), key, done, 0)
    if steps < 0:
        raise DivergenceError(done, "loss", "the weights are those of the trained chip")
    return int(steps)
