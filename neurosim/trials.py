"""How trials are shown to a chip, and tests on the chip as it is."""
from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .adoption import adopt, memories
from .chip import Chip
from .compiled import compiled
from .counting import count, restart
from .errors import DivergenceError, InputError
from .finite import Unfit, unfit
from .frozen import in_int8
from .readout_leak import smooth_trials
from .recorders.activity import Recording
from .rules.rule import OBSERVER
from .tasks.task import Dataset, Trials
from .updaters.gathering import Gathering
from .updaters.optimizer import Optimizer
from .wiring import Wired, wire

MOST_RECORDED = 2**24  # numbers that `observe` keeps at a time, as long as one trial has fewer


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


class Cut(NamedTuple):
    """Trials and steps of a piece, the last ones excluded."""

    trial: int
    last_trial: int
    step: int
    last_step: int


class Arrays:
    """Trials in the precision of the chip, the bias line added.

    Raises
    ------
    InputError
        If windows do not divide the trials, or, unless that is left to who asks (`unfit`), a number is not finite in that precision.
    """

    def __init__(self, trials: Trials, chip: Chip, regime: Regime | None = None, is_checked: bool = True) -> None:
        regime = regime or Regime()
        n_trials, n_steps, batch, n = trials.inputs.shape
        window = regime.window or n_steps
        if n_steps % window:
            raise InputError("train.window", f"= {window}; must divide the {n_steps} steps of a trial")
        cuts, lanes = n_trials * (n_steps // window), batch * regime.copies
        self.inputs = np.ones((cuts, window, lanes, chip.network.lines), chip.dtype)
        targets = trials.targets.reshape(cuts, window, batch, trials.targets.shape[3])
        with np.errstate(over="ignore"):  # what has no place in the precision is found below
            self.inputs[..., :n] = np.tile(trials.inputs.reshape(cuts, window, batch, n), (1, 1, regime.copies, 1))
            self.targets = np.ascontiguousarray(np.tile(targets, (1, 1, regime.copies, 1)), chip.dtype)
            self.weight = np.ascontiguousarray(trials.active.reshape(cuts, window), chip.dtype)
        self.starts = np.full(cuts, 2 if regime.resync and regime.window else 0, np.uint8)
        first = slice(None, None, n_steps // window)
        self.starts[first] = np.where(trials.starts, 1, self.starts[first])
        found = self.unfit() if is_checked else None
        if found is not None:
            raise InputError("task", str(found))

    def unfit(self) -> Unfit | None:
        """The first number that nothing can be learned from."""
        return unfit(self.inputs, self.targets, self.weight)

    def asked(self) -> np.ndarray:
        """Indices of the steps that count in any trial."""
        return np.flatnonzero((self.weight > 0).any(axis=0))

    def cuts(self, wanted: int, is_whole: bool = False) -> list[Cut]:
        """About `wanted` pieces in order: runs of trials, or pieces of a single trial unless trials must stay whole."""
        n_trials, n_steps = self.weight.shape
        of_trials = n_trials > 1 or is_whole
        n = n_trials if of_trials else n_steps
        ends = np.unique(np.linspace(0, n, min(wanted, n) + 1).astype(int)).tolist()
        return [Cut(a, b, 0, n_steps) if of_trials else Cut(0, 1, a, b) for a, b in zip(ends[:-1], ends[1:], strict=True)]

    def piece(self, cut: Cut) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Inputs, targets, weights of the steps and starts of a piece; the state runs on where it begins within a trial."""
        trials, steps = slice(cut.trial, cut.last_trial), slice(cut.step, cut.last_step)
        starts = self.starts[trials] if cut.step == 0 else np.zeros(cut.last_trial - cut.trial, np.uint8)
        return (np.ascontiguousarray(self.inputs[trials, steps]), np.ascontiguousarray(self.targets[trials, steps]),
                np.ascontiguousarray(self.weight[trials, steps]), starts)

    def blocks(self, wanted: int, is_whole: bool = False) -> list[tuple[Any, ...]]:
        """The pieces of `cuts`."""
        return [self.piece(cut) for cut in self.cuts(wanted, is_whole)]


def kernel_seed(seed: int, purpose: str) -> int:
    """63-bit key of the random streams of the loop, one per purpose."""
    return int.from_bytes(hashlib.sha256(f"{purpose}/{seed}".encode()).digest()[:8], "little") >> 1


class Tester:
    """Runs the test trials on the chip as it is: one clean pass, nothing learned, device noise on."""

    def __init__(self, chip: Chip, dataset: Dataset, batch: int, seed: int) -> None:
        self.chip, self.dataset, self.seed = chip, dataset, kernel_seed(seed, "test")
        self.arrays = Arrays(dataset.test, chip)
        self.wired = wire(chip, OBSERVER, dataset.test.inputs.shape[2], "step")

    def test(self, epoch: int, learned: Wired | None) -> tuple[dict[str, float], np.ndarray]:
        """Scores and outputs; goes on from the clean lanes of `learned` if it is given."""
        restart(self.wired.network.hidden)
        outputs, _ = observe(self.wired, self.arrays, self.chip, self.seed, epoch * self.arrays.weight.size, False, learned)
        scores = self.dataset.scores(outputs)
        if not np.isfinite(scores["mse"]):
            before = "the weights are those before this test"
            raise DivergenceError(self.arrays.weight.size * epoch, "test error", before, "squared target units")
        return {"test_mse": scores["mse"], **{key: value for key, value in scores.items() if key != "mse"}}, outputs

    def counts(self) -> dict[str, int]:
        """Operations of the last test, and how many inferences it was: trials of one sample."""
        inputs = self.arrays.inputs
        steps, batch = self.arrays.weight.size, inputs.shape[2]
        shown = int(np.count_nonzero(inputs))
        return {"inferences": inputs.shape[0] * batch, **count(self.chip, self.wired, OBSERVER, steps, batch, shown)}

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
            in_int8(self.wired).network, self.wired.schedule, kept, self.wired.activity, x, target, weight, arrays.starts[:1],
            np.zeros((1, 2), dtype), self.seed, epoch * arrays.weight.size, 1)
        return kept.hidden[0, :, 0]


def test_on(
    dataset: Dataset, batch: int, seed: int, epoch: int, learned: Wired | None, chip: Chip
) -> tuple[dict[str, float], np.ndarray]:
    """Scores and outputs of the test after `epoch` on a chip of the same network, the trained one or another; see `Tester`.

    Raises
    ------
    InputError
        If the test goes on from the state of the training and the neurons of this chip have no place for it.
    DivergenceError
        If the test error is not finite.
    """
    tester = Tester(chip, dataset, batch, seed)
    if learned is not None:
        mine, theirs = (memories(wired.network) for wired in (tester.wired, learned))
        if [array.dtype for array in mine] != [array.dtype for array in theirs]:
            raise InputError(chip.profile.file, "has neurons that keep other numbers than those of the training, from whose state this "
                             "task goes on")
    return tester.test(epoch, learned)


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
    wired = in_int8(wired)
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
            raise DivergenceError(first_step - steps - 1, "test loss", "the weights are those before this test", "squared target units")
        first_step += steps
        outputs.append(recording.outputs.astype(np.float64))
        if smoothed_before is not None:
            smooth_trials(recording.hidden, starts, chip.network.readout_share, smoothed_before)
        hidden.append(recording.hidden[:, kept].astype(np.float64))
    return np.concatenate(outputs), np.concatenate(hidden)
