"""How good an estimate of the gradient a rule makes: its updates beside true backpropagation, at weights that never change.

The rule runs on the chip as it would while it learns, with every noise of the chip, and its own state (sensitivities, running means)
goes on from trial to trial; but what it asks for is counted, not written (`updaters.tally`).  Beside every trial stands the exact
gradient of its loss, in float64, for the effective weights of the chip without any noise or converter (`reference.backward`).
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from . import reference
from .chip import Chip
from .compiled import compiled
from .contract import is_jittery, is_plastic
from .errors import DivergenceError, InputError
from .recorders.activity import Recording
from .rules.rule import Parts, Rule
from .rules.sensitivity import Sensitive
from .storage import zeros
from .synapses.layout import matrix_of
from .tasks.fit import check_fit
from .tasks.task import Dataset, Task
from .trials import Arrays, Regime, kernel_seed
from .updaters.tally import Tally
from .wiring import Wired, sizes_of, wire

MATRICES = ("recurrent", "inputs", "together")  # columns of the cosines
PROJECTIONS = ("inputs", "recurrent", "lateral", "readout", "input_lateral")
LEARNED = ("recurrent", "inputs")


@dataclass(frozen=True)
class Diagnosis:
    """What `diagnose` measured; the cosine of an update is that with the descent direction, minus the gradient.

    Attributes
    ----------
    cosine : (trials, 3) of the update of a trial with the gradient of that trial; columns as in `MATRICES`
    mean_cosine : (trials, 3) of the mean of the updates so far with the mean of the gradients so far
    scale : (3,) mean update along the mean gradient, over learning rate times gradient; 1 if unbiased
    loss : (trials,) mean loss per weighted step in the clean pass
    noise : rms of the perturbation that the rule makes or measures, at the last step of the trials: of potentials, or of weights for
        a rule that shakes weights; NaN if there is none
    difference : (n_steps,) rms difference of a neuron's activity between the passes; NaN with a single pass
    correlation : of the loss difference of a step and sample with its first order, sum_o e_o dy_o; NaN with a single pass
    share : sum of first order times loss difference over the sum of squared loss differences: 1 if the first order is all there is
    unexplained : (trials,) power of the output difference that learned sensitivities leave, over all of it; NaN without any
    """

    cosine: np.ndarray
    mean_cosine: np.ndarray
    scale: np.ndarray
    loss: np.ndarray
    noise: float
    difference: np.ndarray
    correlation: float
    share: float
    unexplained: np.ndarray

    def describe(self) -> str:
        """The numbers that sum it up, one line each."""
        rows = (
            ("cosine of a trial", self.cosine.mean(axis=0)), (f"cosine of the mean of {len(self.cosine)}", self.mean_cosine[-1]),
            ("scale", self.scale), ("loss", [self.loss.mean()]), ("noise", [self.noise]),
            ("difference, first and last step", self.difference[[0, -1]]), ("loss difference: correlation, share", [
                self.correlation, self.share]), ("unexplained, last trial", self.unexplained[-1:]))
        return "\n".join(f"{name:36s}" + "".join(f"{value:10.4g}" for value in values) for name, values in rows)


class Seen(NamedTuple):
    """One trial; `update` and `gradient` are flat, the recurrence first."""

    update: np.ndarray    # asked for
    gradient: np.ndarray  # of the loss summed over the steps
    loss: float
    noise: float          # mean square
    spread: np.ndarray    # (n_steps,) mean square of the activity difference; NaN with a single pass
    first: np.ndarray     # loss difference to first order, of every step that counts and every sample; empty with a single pass
    whole: np.ndarray     # loss difference of the same
    unexplained: float


def diagnose(
    chip: Chip, dataset: Dataset | Task, rule: Rule, *, trials: int, batch: int | None = None, seed: int | None = None,
    update: str | None = None, regime: Regime | None = None, horizon: int | None = None,
) -> Diagnosis:
    """Compare the updates that a rule asks for with the gradient; the chip is left as it is.

    Parameters
    ----------
    dataset : a task, or what its `load` made
    trials : how many; a window counts as one
    batch, seed, update : as for `trainer.train`
    regime : windows, resynchronisation and copies; its optimizer is left out, rates of the rule stay what they are at the start
    horizon : steps of credit in the gradient, see `reference.backward`; all of a trial (or window) if absent

    Raises
    ------
    InputError
        If updates are made at every step, the rule leaves the recurrence as it is, or the neurons spike.
    DivergenceError
        If a loss is not finite.
    """
    if chip.network.membrane is not None:
        raise InputError("network.neuron", f"= '{chip.network.neuron}'; spikes have no gradient to compare updates with")
    seed = chip.seed if seed is None else seed
    if isinstance(dataset, Task):
        batch = batch or dataset.default_batch
        dataset = dataset.load(seed, batch)
    batch = batch or dataset.test.inputs.shape[2]
    regime = regime or Regime()
    update = update or ("sequence" if regime.window else dataset.update)
    check_fit(chip, dataset, dataset.train(0), batch, update)
    if trials < 1:
        raise InputError("trials", f"= {trials}; must be at least 1")
    if update != "sequence":
        raise InputError("train.update", "= 'step'; a diagnosis compares whole trials, it needs 'sequence' or a regime with a window")
    steps = regime.window or dataset.train(0).inputs.shape[1]
    samples = batch * regime.copies
    parts = rule.build(sizes_of(chip, samples, update, steps, trials))
    wired = counting(wire(chip, parts, samples, update, steps))
    recurrent: Any = wired.network.recurrent
    if not is_plastic(recurrent.eligibility):
        raise InputError("rule.name", f"= {getattr(rule, 'name', type(rule).__name__)!r}; it does not change the recurrence")
    watched = _watch(chip, dataset, parts, wired, regime, trials, seed, horizon)
    return _sum_up(watched, chip.network.hidden**2, getattr(rule, "learning_rate", np.nan))


def counting(wired: Wired) -> Wired:
    """The same network, its weights fixed: what is asked for of every projection is added up in a `Tally`."""
    kept = {}
    for name in PROJECTIONS:
        p = getattr(wired.network, name)
        kept[name] = p._replace(updater=Tally(zeros(p.total.shape, p.total.dtype), zeros(p.total.shape, p.total.dtype)))
    return wired._replace(network=wired.network._replace(**kept))


def _watch(
    chip: Chip, dataset: Dataset, parts: Parts, wired: Wired, regime: Regime, trials: int, seed: int, horizon: int | None
) -> Iterator[Seen]:
    """Run the trials one by one."""
    network, state, lanes, n = wired.network, wired.activity, wired.lanes, chip.network.hidden
    weights, losses, key, done, epoch = weights_of(chip), np.zeros((1, 2), chip.dtype), kernel_seed(seed, "diagnose"), 0, 0
    gain = np.ones((n, 1)) if chip.gain is None else np.float64(chip.gain[:n, None])
    smoothed = None
    while trials > 0:
        arrays = Arrays(dataset.train(epoch), chip, regime)
        for k in range(min(trials, len(arrays.inputs))):
            x, y, active = arrays.inputs[k], arrays.targets[k].astype(np.float64), arrays.weight[k].astype(np.float64)
            samples = x.shape[1]
            before = None if arrays.starts[k] == 1 else reference.State(
                state.x[:samples, :n].astype(np.float64), state.x_hat[:samples, :n].astype(np.float64), smoothed)
            kept = Recording(np.zeros((1, len(x), lanes, y.shape[2]), chip.dtype), np.zeros((1, len(x), lanes, n), chip.dtype))
            steps = compiled()(
                network, wired.schedule, kept, state, *(a[k:k + 1] for a in (arrays.inputs, arrays.targets, arrays.weight, arrays.starts)),
                losses, key, done, 0)
            if steps < 0:
                raise DivergenceError(done - steps - 1, "loss", "the weights are those before the diagnosis")
            done += steps
            trace = reference.forward(weights, np.pad(x, ((0, 0), (0, 0), (0, 1)), constant_values=1.0), before)
            smoothed = trace.state.smoothed
            gradients = reference.backward(weights, trace, y, active, horizon)[1]
            exact = {"recurrent": gain * gradients.w_rec, "inputs": gain * gradients.w_in[:, :-1]}
            total = active.sum()
            asked = {name: _collect(chip.arrays[name], getattr(network, name).updater) for name in LEARNED}
            yield Seen(
                np.concatenate([asked[name][0] for name in LEARNED]),
                np.concatenate([total * exact[name].ravel() * asked[name][1] for name in LEARNED]), float(losses[0, 0]),
                _noise_power(wired, n), *_differences(kept, samples, y, active), _unexplained(parts.hidden, kept, samples))
        trials -= len(arrays.inputs)
        epoch += 1


def weights_of(chip: Chip) -> reference.Weights:
    """The network that the chip is without noise; mismatch is in the weights, one more input line, always 1, carries the offsets."""
    network, read = chip.network, {name: matrix.astype(np.float64) for name, matrix in chip.weights().items()}
    n, lines = network.hidden, network.lines
    gain = np.ones(n) if chip.gain is None else chip.gain[:n].astype(np.float64)
    offset = np.zeros(n) if chip.offset is None else chip.offset[:n].astype(np.float64)
    d_in = np.eye(lines + 1)
    d_in[:lines, :lines] = read["input_lateral"]
    share = 1.0 if network.tau_steps is None else 1 - float(np.exp(-1 / network.tau_steps))
    return reference.Weights(
        np.column_stack([gain[:, None] * read["inputs"], offset]), gain[:, None] * read["recurrent"], read["readout"], d_in,
        read["lateral"], share, network.readout_share)


def _collect(array: Any, tally: Tally) -> tuple[np.ndarray, np.ndarray]:
    """What was asked for since the last call and which synapses exist, flat (post, pre)."""
    asked, exists = (
        matrix_of(array.synapses, cells, array.n_post, array.n_pre).astype(np.float64).ravel()
        for cells in (tally.sum, np.ones_like(tally.sum)))
    tally.sum[...] = 0
    return asked, exists


def _noise_power(wired: Wired, n: int) -> float:
    """Mean square of the perturbation of the last step; NaN if there is none."""
    network: Any = wired.network
    shaken = [p.jitter.noise.ravel() for p in (network.inputs, network.recurrent) if is_jittery(p.jitter)]
    noise = np.concatenate(shaken) if shaken else wired.activity.noise[:, :n]
    noise = noise[noise != 0] if shaken else noise  # padding and absent synapses are not shaken
    power = float(np.square(noise, dtype=np.float64).mean()) if noise.any() else 0.0
    return power if power > 0 else np.nan


def _differences(kept: Recording, samples: int, target: np.ndarray, active: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`spread`, `first` and `whole` of `Seen`."""
    hidden, outputs = kept.hidden[0].astype(np.float64), kept.outputs[0].astype(np.float64)
    n_steps, lanes, n_out = outputs.shape
    if lanes == samples:
        return np.full(n_steps, np.nan), np.zeros(0), np.zeros(0)
    spread = np.square(hidden[:, samples:] - hidden[:, :samples]).mean(axis=(1, 2))
    change = outputs[:, samples:] - outputs[:, :samples]
    share = active[:, None, None] / n_out
    first = (2 * share * (outputs[:, :samples] - target) * change).sum(axis=2)[active > 0]
    return spread, first.ravel(), (first + (share * change**2).sum(axis=2)[active > 0]).ravel()


def _unexplained(hidden: Any, kept: Recording, samples: int) -> float:
    """Power of the output difference that the sensitivities left, over all of it."""
    if not isinstance(hidden, Sensitive):
        return np.nan
    outputs = kept.outputs[0].astype(np.float64)
    return float(np.square(hidden.change, dtype=np.float64).sum() / np.square(outputs[:, samples:] - outputs[:, :samples]).sum())


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Of the angle between two vectors; NaN if one of them is zero."""
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return float(np.vdot(a, b) / lengths) if lengths > 0 else np.nan


def _sum_up(watched: Iterator[Seen], n_recurrent: int, rate: float) -> Diagnosis:
    columns = (slice(n_recurrent), slice(n_recurrent, None), slice(None))
    update, gradient, seen = np.zeros(1), np.zeros(1), []
    each, means = [], []
    for trial in watched:
        update, gradient = update + trial.update, gradient + trial.gradient
        each.append([cosine(trial.update[c], -trial.gradient[c]) for c in columns])
        means.append([cosine(update[c], -gradient[c]) for c in columns])
        seen.append(trial._replace(update=np.zeros(0), gradient=np.zeros(0)))
    first, whole = (np.concatenate(values) for values in zip(*((trial.first, trial.whole) for trial in seen), strict=True))
    power, is_double = np.square(whole).sum(), first.size > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.array([np.vdot(update[c], -gradient[c]) / (rate * np.vdot(gradient[c], gradient[c])) for c in columns])
        return Diagnosis(
            np.array(each), np.array(means), scale, np.array([trial.loss for trial in seen]),
            float(np.sqrt(np.mean([trial.noise for trial in seen]))), np.sqrt(np.mean([trial.spread for trial in seen], axis=0)),
            float(np.corrcoef(first, whole)[0, 1]) if is_double else np.nan,
            float(np.vdot(first, whole) / power) if is_double else np.nan, np.array([trial.unexplained for trial in seen]))
