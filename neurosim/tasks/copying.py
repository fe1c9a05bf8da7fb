"""Copying: keep a sequence of symbols in memory and give it back on a signal."""
from __future__ import annotations

from functools import partial
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from .predictors import constant_mse
from .task import Dataset, Task, Trials, check_load, check_size, error_scores, generator

FRESH_TRAIN, FRESH_TEST, FIXED_TRAIN, FIXED_TEST = 11, 12, 13, 14  # random streams
DEFAULTS = {"fresh": (8, 4, 100, 256), "fixed": (100, 10, 1, 1)}  # length, delay, updates per epoch, test sequences


class BatchOfKind:
    """Sequences side by side: 32, and the authors' single one for a task of kind "fixed"."""

    def __get__(self, task: Copying | None, owner: type[Copying]) -> int:
        return 1 if task is not None and task.kind == "fixed" else 32


class Copying(Task):
    """Repeat a sequence of symbols after a delay.

    A trial has ``2 * length + delay`` steps: `length` random symbols, `delay` blanks, then the go marker at every
    one of `length` recall steps.  Inputs and outputs are one-hot of ``symbols + 2``: 0 is blank, 1 ... `symbols` are
    the symbols, the last is go.  The target is blank until the recall steps, where it is the sequence; every step
    counts.  The state is reset before every trial.

    "fresh" draws new sequences for every update, so the network must learn to copy.  "fixed" is the form of the
    authors of ANP [1]_, who train on one sequence and test on one other: it measures how many steps a network can
    memorise, since the lag of 110 steps is far beyond what one-step credit reaches.

    Parameters
    ----------
    kind : {"fresh", "fixed"}
    symbols : int
    length, delay : int, steps; 8 and 4 when fresh, 100 and 10 when fixed (the authors' 210 steps)
    updates_per_epoch : int, trials of `batch` sequences in an epoch; 100 when fresh, 1 when fixed
    test_sequences : int, rounded up to whole batches; 256 when fresh, 1 when fixed

    Notes
    -----
    With every step counted, the best constant has loss 0.062 and the best constant per phase 7/8 / 10 * 8/20 = 0.035
    (fresh, defaults).  A least-squares readout of a frozen random network of 100 tanh neurons then has loss 0.029 at
    recall accuracy 0.60 (Xavier) and 0.020 at 0.99 (orthogonal, inputs scaled by 0.3), so a loss below 0.02 is good.

    ``scores`` adds "accuracy": the share of recall steps whose largest output among the symbols is the right one;
    chance is 1 / `symbols`.

    References
    ----------
    .. [1] Fernandez, Keemink, van Gerven, Gradient-free training of recurrent neural networks using random
       perturbations, Front. Neurosci. 18, 2024, doi:10.3389/fnins.2024.1439155
    """

    name: Literal["copying"] = "copying"
    kind: Literal["fresh", "fixed"] = "fresh"
    symbols: int = Field(default=8, ge=2, le=10_000)
    length: int | None = Field(default=None, ge=1, le=1_000_000)
    delay: int | None = Field(default=None, ge=0, le=1_000_000)
    updates_per_epoch: int | None = Field(default=None, ge=1, le=1_000_000)
    test_sequences: int | None = Field(default=None, ge=1, le=1_000_000)

    default_batch: ClassVar[int] = BatchOfKind()  # type: ignore[assignment]

    def load(self, seed: int, batch: int) -> Dataset:
        """Make the arrays; see `Task.load`."""
        check_load(seed, batch)
        length, delay, updates, tests = self.sizes()
        n_tests = -(-tests // batch)
        for n_trials in (updates, n_tests):
            check_size("trials x steps x batch x inputs", n_trials, 2 * length + delay, batch, self.symbols + 2)
        draw = partial(draw_trials, symbols=self.symbols, length=length, delay=delay, batch=batch)
        is_fresh = self.kind == "fresh"
        first = draw(generator(seed, FRESH_TRAIN if is_fresh else FIXED_TRAIN), n_trials=updates)
        test = draw(generator(seed, FRESH_TEST if is_fresh else FIXED_TEST), n_trials=n_tests)

        def train(epoch: int) -> Trials:
            return first if epoch == 0 or not is_fresh else draw(generator(seed, FRESH_TRAIN, epoch), n_trials=updates)

        how = "fresh sequences for every update" if is_fresh else "one fixed set of sequences, other ones for the test"
        return Dataset(
            n_inputs=self.symbols + 2, n_outputs=self.symbols + 2, update="sequence", train=train, test=test,
            carries_state=False, predictors=predictors(first, test, length),
            scores=partial(copying_scores, test, length),
            about=f"copy {length} of {self.symbols} symbols after {delay} blank steps, drawn here: {how}")

    def sizes(self) -> tuple[int, int, int, int]:
        """Length, delay, updates per epoch and test sequences, with the defaults of the kind."""
        given = (self.length, self.delay, self.updates_per_epoch, self.test_sequences)
        length, delay, updates, tests = (d if g is None else g for g, d in zip(given, DEFAULTS[self.kind], strict=True))
        return length, delay, updates, tests


def draw_trials(
    rng: np.random.Generator, n_trials: int, symbols: int, length: int, delay: int, batch: int,
) -> Trials:
    """Trials of `batch` random sequences each; the sequences do not depend on how they are batched."""
    sequence = rng.integers(1, symbols + 1, (n_trials, batch, length)).swapaxes(1, 2)  # (n_trials, length, batch)
    blank = np.zeros((n_trials, delay, batch), dtype=sequence.dtype)
    inputs = np.concatenate([sequence, blank, np.full_like(sequence, symbols + 1)], axis=1)
    targets = np.concatenate([np.zeros_like(sequence), blank, sequence], axis=1)
    one_hot = np.eye(symbols + 2)
    return Trials(one_hot[inputs], one_hot[targets], np.ones(inputs.shape[:2]), np.ones(n_trials, dtype=bool))


def copying_scores(test: Trials, length: int, outputs: np.ndarray) -> dict[str, float]:
    """`error_scores` and the recall accuracy."""
    scores = error_scores(test, outputs)
    said = np.argmax(outputs[:, -length:, :, 1:-1], axis=-1)
    asked = np.argmax(test.targets[:, -length:, :, 1:-1], axis=-1)
    return scores | {"accuracy": float(np.mean(said == asked))}


def predictors(train: Trials, test: Trials, length: int) -> dict[str, float]:
    """Test errors of one constant per output, and of one for the blank steps and one for the recall steps."""
    n_recall = test.targets[:, -length:].size
    blank = constant_mse(train.targets[:, :-length], test.targets[:, :-length])
    recall = constant_mse(train.targets[:, -length:], test.targets[:, -length:])
    per_phase = blank + (recall - blank) * n_recall / test.targets.size
    return {"constant": constant_mse(train.targets, test.targets), "constant per phase": per_phase}
