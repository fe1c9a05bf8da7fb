"""Yardsticks: what a result has to be compared with before it means anything.

Beside the task's trivial predictors: the same network with a recurrence that never learns (same chip, same readout rule; and an
off-chip least-squares readout), true backpropagation through time, and backpropagation through one step, both on ideal weights.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from . import reference
from .chip import Chip, compile_chip
from .errors import DivergenceError
from .network import Network, draw_weights
from .profile import Profile
from .reference_spiking import SpikingWeights, cell_of
from .rules.readout import Readout
from .rules.rule import OBSERVER, Rule, with_frozen_recurrence
from .tasks.task import Dataset, Trials
from .trainer import train
from .trials import Arrays, Regime, kernel_seed, observe
from .wiring import wire

WINDOW = 50        # steps through which true BPTT sees in an online task; the state is carried from window to window
BPTT_RATE = 1e-3   # Adam's own default (Kingma & Ba 2015)
ONE_STEP_RATE = 1e-4  # for one write per step; the authors' runs are best at 1e-5 to 1e-4
SPIKING_RATE = 3e-2   # surrogate gradients are small: copying of 2 symbols needs it (0.007 after 400 updates, 0.04 at 1e-2, 0.13 at 1e-3)
MOST_ROWS = 20_000    # rows of the least-squares fit; longer recordings are thinned evenly


class Yardstick(NamedTuple):
    """One thing to compare with.

    mse : test mean squared error, NaN if it diverged; scores : of the task; note : one line on how it was obtained.
    """

    name: str
    mse: float
    scores: dict[str, float]
    note: str


class Case(NamedTuple):
    """What a yardstick needs to know of the run it stands beside."""

    profile: Profile
    network: Network
    dataset: Dataset
    rule: Rule
    seed: int
    epochs: int
    batch: int
    update: str | None = None
    precision: str = "float32"
    readout: str = "chip"
    bptt_epochs: int | None = None
    bptt_learning_rate: float | None = None
    regime: Regime = Regime()

    def chip(self) -> Chip:
        """A chip instance like the one that was trained, before any training."""
        return compile_chip(self.profile, self.network, self.seed, self.precision, self.readout)


def measure(
    case: Case, progress: Callable[[str], None] | None = None, known: Mapping[str, Yardstick] | None = None,
    keep: Callable[[list[Yardstick]], None] | None = None,
) -> list[Yardstick]:
    """Measure every yardstick; a diverging one is reported as such and does not stop the rest.

    Parameters
    ----------
    progress : called with the name of each before it is measured
    known : by name, those that are not measured again
    keep : called with those that are there after each
    """
    found: list[Yardstick] = []
    for name, measured in (
        ("frozen recurrence, same readout rule", frozen_same_rule), ("frozen recurrence, least-squares readout", frozen_least_squares),
        ("one-step backpropagation", one_step), ("true BPTT", true_bptt),
    ):
        if isinstance(case.rule, Readout) and measured is frozen_same_rule:
            continue  # the run is this yardstick
        if case.network.membrane is not None and not case.network.membrane.has_slope and measured in (one_step, true_bptt):
            continue  # no surrogate gradient is known for these neurons
        if known and name in known:
            found.append(known[name])
            continue
        if progress:
            progress(name)
        try:
            scores, note = measured(case)
        except DivergenceError as error:
            scores, note = {"mse": float("nan")}, str(error)
        found.append(Yardstick(name, scores["mse"], {key: value for key, value in scores.items() if key != "mse"}, note))
        if keep:
            keep(found)
    return found


def frozen_same_rule(case: Case) -> tuple[dict[str, float], str]:
    """The same rule on the readout alone; the hidden layer is neither trained nor perturbed."""
    run = train(
        case.chip(), case.dataset, case.rule, epochs=case.epochs, batch=case.batch, seed=case.seed, update=case.update,
        regime=case.regime, adapt=with_frozen_recurrence)
    scores = dict(run.scores)
    return {"mse": scores.pop("test_mse"), **scores}, f"same chip, rule, rate and {case.epochs} epochs; input and recurrent weights fixed"


def frozen_least_squares(case: Case) -> tuple[dict[str, float], str]:
    """An off-chip linear readout of the hidden activity that the untrained chip shows, noise and the leak of the outputs included."""
    chip, dataset = case.chip(), case.dataset
    training, test = Arrays(dataset.train(0), chip), Arrays(dataset.test, chip)
    wired = wire(chip, OBSERVER, case.batch, "step")
    kept = np.zeros((case.batch, chip.network.hidden))
    _, shown = observe(wired, training, chip, kernel_seed(case.seed, "features"), 0, True, smoothed_before=kept)
    tester = wire(chip, OBSERVER, test.inputs.shape[2], "step")
    carried, kept = (wired, kept) if dataset.carries_state else (None, np.zeros((test.inputs.shape[2], chip.network.hidden)))
    _, shown_test = observe(tester, test, chip, kernel_seed(case.seed, "test features"), 0, True, carried, kept)
    features, targets = _rows(shown, training)
    w_out, ridge = reference.least_squares_readout(features, targets)
    outputs = np.zeros(test.targets.shape)  # where nothing is asked, nothing is judged
    outputs[:, test.asked()] = shown_test @ np.asarray(w_out).T
    return dataset.scores(outputs), f"fitted off-chip in float64 on {len(features)} samples, ridge {ridge:g}"


def _rows(hidden: np.ndarray, arrays: Arrays) -> tuple[np.ndarray, np.ndarray]:
    """(samples, n) features and targets of the active steps, thinned to `MOST_ROWS`."""
    asked = arrays.asked()
    active = np.broadcast_to(arrays.weight[:, asked, None] > 0, hidden.shape[:3])
    features, targets = hidden[active], arrays.targets[:, asked][active].astype(np.float64)
    keep = np.linspace(0, len(features) - 1, min(len(features), MOST_ROWS)).astype(int)
    return features[keep], targets[keep]


def ideal_weights(network: Network, seed: int) -> Any:
    """The initial weights of the chip before any device touched them; spiking neurons with their own parameters."""
    drawn = draw_weights(network, seed)
    if network.membrane is not None:
        cell = cell_of(network.membrane.build(network.hidden, 1, seed, np.float64), network.hidden)
        return SpikingWeights(drawn.inputs, drawn.recurrent, drawn.readout, cell, network.readout_share)
    share = 1.0 if network.tau_steps is None else 1 - float(np.exp(-1 / network.tau_steps))
    return reference.Weights(
        drawn.inputs, drawn.recurrent, drawn.readout, np.eye(network.lines), np.eye(network.hidden), share, network.readout_share)


class WithBias:
    """A dataset whose inputs have the bias line, learned as the run beside it is."""

    def __init__(self, dataset: Dataset, lines: int, update: str | None = None) -> None:
        self._dataset, self._lines, self.update = dataset, lines, update or dataset.update
        self.test = self._widen(dataset.test)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dataset, name)

    def train(self, epoch: int) -> Trials:
        """Training trials with the bias line."""
        return self._widen(self._dataset.train(epoch))

    def _widen(self, trials: Trials) -> Trials:
        missing = self._lines - trials.inputs.shape[3]
        return trials._replace(inputs=np.pad(trials.inputs, ((0, 0), (0, 0), (0, 0), (0, missing)), constant_values=1.0))


def _backpropagate(case: Case, rate: float, window: int, horizon: int | None) -> tuple[dict[str, float], str]:
    epochs, decay = case.bptt_epochs or case.epochs, case.regime.optimizer.decay
    dataset = WithBias(case.dataset, case.network.lines, "step" if case.regime.window else case.update)
    curve = reference.train(ideal_weights(case.network, case.seed), dataset, rate, epochs, horizon=horizon, window=window,
                            decay=decay)
    falling = "" if decay == "none" else f" falling to 0 ({decay})"
    kind = "" if case.network.membrane is None else ", surrogate gradient"
    delays = "" if case.network.delay_steps is None else ", no delays"
    delays += "" if case.network.send_threshold is None else ", everything sent"
    recurrence = "" if case.network.connectivity == "dense" else ", all-to-all recurrence"
    return dict(curve.scores), f"ideal float64 weights{recurrence}{delays}{kind}, Adam {rate:g}{falling}, {epochs} epochs"


def one_step(case: Case) -> tuple[dict[str, float], str]:
    """The authors' "BP": gradients never cross a time step; one Adam update per step (online) or trial."""
    scores, note = _backpropagate(case, ONE_STEP_RATE if _is_stream(case) else _usual_rate(case), 1, 1)
    return scores, note


def true_bptt(case: Case) -> tuple[dict[str, float], str]:
    """Backpropagation through time: whole trials, or windows of `WINDOW` steps of a stream."""
    window = case.regime.window or WINDOW
    scores, note = _backpropagate(case, case.bptt_learning_rate or _usual_rate(case), window, None)
    return scores, note + (f", windows of {window} steps" if _is_stream(case) else "")


def _usual_rate(case: Case) -> float:
    return BPTT_RATE if case.network.membrane is None else SPIKING_RATE


def _is_stream(case: Case) -> bool:
    """Whether the task is learned in pieces of its trials."""
    return case.regime.window is not None or (case.update or case.dataset.update) == "step"

