"""Both passes of a rule that perturbs, side by side: training trials shown to a chip whose weights stay as they are.

The chip, its noise and the perturbation of the hidden layer are those of the training; the outputs are not perturbed, so that whatever
differs at the outputs has come from the hidden layer.  Parts are of the same types as in the training, so that nothing is compiled for it.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .chip import Chip
from .compiled import compiled
from .contract import is_jittery, is_silent, passes
from .errors import DivergenceError
from .recorders.activity import Forgetful
from .rules.rule import Parts, Sizes, still
from .sources.noise import Silent
from .trainer import memory_of
from .trials import Arrays, kernel_seed
from .wiring import Wired, sizes_of, wire

TRIALS, STEPS = 4, 200  # at most, of all trials together
ROUNDING = 8.0          # units in the last place: a difference of sums that is below is none


class Pair(NamedTuple):
    """One trial, or the beginning of a long one; clean pass first where there are two."""

    sent: np.ndarray      # (2, n_steps, samples, hidden) what hidden neurons send
    outputs: np.ndarray   # (2, n_steps, samples, n_outputs)
    arrived: np.ndarray   # (n_steps, samples, hidden) difference of potentials less what was injected there; what is rounding is 0
    injected: np.ndarray  # (n_steps, samples, hidden) into the hidden neurons
    target: np.ndarray    # (n_steps, samples, n_outputs)
    weight: np.ndarray    # (n_steps,) share in the loss, 0 where nothing is asked

    def loss_difference(self) -> np.ndarray:
        """(asked steps, samples) loss of the perturbed pass minus that of the clean one."""
        loss = np.square(self.outputs - self.target).mean(axis=3) * self.weight[:, None]
        return (loss[1] - loss[0])[self.weight > 0]


class Sides(NamedTuple):
    """Two passes on a chip, ready to be shown trials."""

    wired: Wired
    arrays: Arrays
    samples: int
    sources: bool  # whether anything is perturbed on purpose


def is_paired(parts: Parts) -> bool:
    """Whether a rule compares a perturbed pass with a clean one."""
    return max(passes(parts.hidden), passes(parts.output)) > 1


def parts_of(case: Any, chip: Chip) -> tuple[Parts, Arrays, Sizes]:
    """The parts of the rule of a `yardsticks.Case` as in its training, the trials of the first epoch, and what the rule knows."""
    regime, dataset = case.regime, case.dataset
    arrays = Arrays(dataset.train(0), chip, regime)
    update = case.update or ("sequence" if regime.window else dataset.update)
    turns, steps = case.epochs * arrays.weight.shape[0], arrays.weight.shape[1]
    sizes = sizes_of(chip, case.batch * regime.copies, update, steps, turns, regime.optimizer.decay)
    return case.rule.build(sizes), arrays, sizes


def as_trained(case: Any, chip: Chip, adapt: Callable[[Parts], Parts] | None = None) -> tuple[Wired, Arrays, Parts]:
    """A chip wired as for the training of a `yardsticks.Case`, the trials of the first epoch, and the parts of the rule."""
    parts, arrays, sizes = parts_of(case, chip)
    parts, memory = adapt(parts) if adapt else parts, memory_of(case.regime, case.rule, sizes.turns)
    return wire(chip, parts, sizes.batch, sizes.update, sizes.steps, memory, case.regime.updater), arrays, parts


def quieted(part: Any, otherwise: Any) -> Any:
    """A source or a jitter of the same type that perturbs by 0, so that nothing is compiled anew; `otherwise` if there is none."""
    if hasattr(part, "inner"):
        inner = quieted(part.inner, None)
        return otherwise if inner is None else part._replace(inner=inner)
    return part._replace(sigma=type(part.sigma)(0)) if hasattr(part, "sigma") else otherwise


def prepare(case: Any, chip: Chip, is_perturbed: bool = True) -> Sides:
    """Wire a chip for the trials of a `yardsticks.Case`: as in its training, but for what is perturbed.

    Parameters
    ----------
    is_perturbed : False leaves the chip's own noise as all that differs between the passes
    """
    wired, arrays, parts = as_trained(case, chip)
    network: Any = wired.network
    quiet = network.hidden_source, network.inputs.jitter, network.recurrent.jitter
    is_on = not (is_silent(quiet[0]) and not any(is_jittery(one) for one in quiet[1:]))
    changes: dict[str, Any] = {"output_source": quieted(network.output_source, Silent())}
    for name in ("readout",) if is_perturbed else ("inputs", "recurrent", "readout"):
        p = getattr(network, name)
        changes[name] = p._replace(jitter=quieted(p.jitter, still(name, p.conductance)))
    if not is_perturbed:
        changes["hidden_source"] = quieted(network.hidden_source, Silent())
    return Sides(wired._replace(network=network._replace(**changes)), arrays, arrays.inputs.shape[2], is_on and is_perturbed)


def show(sides: Sides, chip: Chip, seed: int, trials: int = TRIALS, steps: int = STEPS) -> Iterator[Pair]:
    """Show the first trials, step by step; after every step weights and clock are put back.

    Parameters
    ----------
    seed : of the noise
    trials, steps : at most, the steps of all trials together

    Raises
    ------
    DivergenceError
        If a loss is not finite.
    """
    wired, arrays, batch, n = sides.wired, sides.arrays, sides.samples, chip.network.hidden
    key, done, state = kernel_seed(seed, "two passes"), 0, wired.activity
    losses, goes_on = np.zeros((1, 2), chip.dtype), np.zeros(1, np.uint8)
    kept = {name: array.copy() for name, array in chip.state().items()}
    for trial in range(min(trials, len(arrays.inputs))):
        length = min(arrays.weight.shape[1], steps - done)
        if length <= 0:
            return
        sent, outputs = (np.zeros((2, length, batch, size)) for size in (n, chip.network.outputs))
        arrived, injected = np.zeros((length, batch, n)), np.zeros((length, batch, n))
        for t in range(length):
            one = (np.ascontiguousarray(a[trial:trial + 1, t:t + 1]) for a in (arrays.inputs, arrays.targets, arrays.weight))
            starts = arrays.starts[trial:trial + 1] if t == 0 else goes_on
            ended = compiled()(wired.network, wired.schedule, Forgetful(), state, *one, starts, losses, key, done, 0) < 0
            chip.restore(kept)
            if ended:
                raise DivergenceError(done, "loss", "the weights are those of the trained chip")
            done += 1
            for place, first in enumerate((0, wired.lanes - batch)):
                sent[place, t] = state.x_hat[first:first + batch, :n]
                outputs[place, t] = state.y[first:first + batch, :outputs.shape[3]]
            injected[t] = state.noise[:, :n]
            arrived[t] = _arrived(state, wired.lanes - batch, batch, n)
        yield Pair(sent, outputs, arrived, injected, arrays.targets[trial, :length].astype(np.float64), arrays.weight[trial, :length])


def _arrived(state: Any, last: int, batch: int, n: int) -> np.ndarray:
    clean, perturbed = state.current[:batch, :n].astype(np.float64), state.current[last:last + batch, :n].astype(np.float64)
    found = perturbed - clean - state.noise[:, :n]
    size = np.maximum(np.maximum(np.abs(clean), np.abs(perturbed)), np.abs(state.noise[:, :n]))
    found[np.abs(found) <= ROUNDING * np.finfo(state.current.dtype).eps * size] = 0.0
    return found


def zeros_of(differences: list[np.ndarray]) -> float:
    """Share of differences that are exactly 0; 0 if there are none."""
    size = sum(one.size for one in differences)
    return sum(int((one == 0).sum()) for one in differences) / size if size else 0.0


def caused(pairs: list[Pair], without: list[Pair]) -> list[np.ndarray]:
    """What the perturbation alone makes of the activity of the hidden neurons, (n_steps, samples, hidden) for each trial.

    Parameters
    ----------
    without : the same trials shown with the same seed and nothing perturbed: the chip's own noise, drawn alike
    """
    return [(one.sent[1] - one.sent[0]) - (other.sent[1] - other.sent[0]) for one, other in zip(pairs, without, strict=True)]
