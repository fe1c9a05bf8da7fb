"""Tasks that show a sequence and ask for one answer in its last steps."""
from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from pydantic import Field

from .predictors import Stream, constant_mse, linear_mse
from .task import Dataset, Task, Trials, check_load, check_size, error_scores, generator

Draw = Callable[[np.random.Generator, int], Trials]
"""(random numbers, number of trials) -> trials; a sequence must not depend on how many others are drawn."""


def asked_last(inputs: np.ndarray, answers: np.ndarray, ask_steps: int) -> Trials:
    """Trials whose last `ask_steps` steps count and have the answer as target; before, the target is 0 and unused.

    Parameters
    ----------
    inputs : (n_trials, n_steps, batch, n_inputs) float
    answers : (n_trials, batch, n_outputs) float
    ask_steps : int, from 1 to n_steps
    """
    n_trials, n_steps = inputs.shape[:2]
    targets = np.zeros((n_trials, n_steps, *answers.shape[1:]))
    targets[:, n_steps - ask_steps:] = answers[:, None]
    active = np.zeros((n_trials, n_steps))
    active[:, n_steps - ask_steps:] = 1.0
    return Trials(np.ascontiguousarray(inputs, dtype=np.float64), targets, active, np.ones(n_trials, dtype=bool))


def given(outputs: np.ndarray, ask_steps: int) -> np.ndarray:
    """The answer that outputs give, (n_trials, batch, n_outputs): their mean over the last `ask_steps` steps."""
    return np.asarray(outputs)[:, -ask_steps:].mean(axis=1)


def sequences(trials: Trials) -> Stream:
    """(inputs of all steps, answer) of every sequence, (n_sequences, n_steps * n_inputs) and (n_sequences, n_outputs)."""
    n_sequences = trials.inputs.shape[0] * trials.inputs.shape[2]
    shown = trials.inputs.swapaxes(1, 2).reshape(n_sequences, -1)
    return shown, trials.targets[:, -1].reshape(n_sequences, -1)


def answer_predictors(train: Trials, test: Trials, everything: str) -> dict[str, float]:
    """Test errors of the best constant and of the best linear map from all that was shown; `everything` names that."""
    fitted, judged = sequences(train), sequences(test)
    return {"constant": constant_mse(fitted[1], judged[1]), f"linear ({everything})": linear_mse([fitted], [judged])}


def class_scores(test: Trials, ask_steps: int, outputs: np.ndarray) -> dict[str, float]:
    """`error_scores` and "accuracy": the share of sequences whose largest output, in the mean, is of the right class."""
    scores = error_scores(test, outputs)
    said, right = (given(values, ask_steps).argmax(axis=-1) for values in (outputs, test.targets))
    return scores | {"accuracy": float(np.mean(said == right))}


class FreshTask(Task):
    """Settings of a task that draws new sequences for every update."""

    updates_per_epoch: int = Field(default=100, ge=1, le=1_000_000)
    test_sequences: int = Field(default=256, ge=1, le=1_000_000)

    default_batch: ClassVar[int] = 32

    def trials(self, seed: int, batch: int, n_steps: int, n_inputs: int) -> tuple[int, int]:
        """Updates of an epoch and trials of the test, after refusing what no task can use or hold."""
        check_load(seed, batch)
        n_trials = self.updates_per_epoch, -(-self.test_sequences // batch)
        check_size("trials x steps x batch x inputs", max(n_trials), n_steps, batch, n_inputs)
        return n_trials


def fresh_dataset(
    draw: Draw, seed: int, streams: tuple[int, int], n_trials: tuple[int, int],
    predictors: Callable[[Trials, Trials], dict[str, float]], scores: Callable[[Trials, np.ndarray], dict[str, float]], about: str,
) -> Dataset:
    """A task that draws new sequences for every update.

    Parameters
    ----------
    streams : random streams of training and test
    n_trials : updates per epoch, and trials of the test
    predictors : (training trials of epoch 0, test trials) -> errors by name
    scores : (test trials, outputs) -> scores
    """
    (train_stream, test_stream), (n_updates, n_tests) = streams, n_trials
    test = draw(generator(seed, test_stream), n_tests)
    first = draw(generator(seed, train_stream), n_updates)

    def train(epoch: int) -> Trials:
        return first if epoch == 0 else draw(generator(seed, train_stream, epoch), n_updates)

    return Dataset(
        n_inputs=test.inputs.shape[3], n_outputs=test.targets.shape[3], update="sequence", train=train, test=test,
        carries_state=False, predictors=predictors(first, test), scores=lambda outputs: scores(test, outputs),
        about=f"{about}, drawn here: fresh sequences for every update")
