"""What is exported: a trained network as plain matrices, as the chip holds them, decorrelation folded in.

    h(t) = W_in x(t) + b + W_rec s(t-1),  s = neuron(h),  y(t) = k y(t-1) + (1 - k) W_out s(t)

with k = 0 unless the readout is leaky.  Decorrelating matrices D0 (inputs) and D1 (neurons) are read everywhere their neurons are, so that
W_in D0, W_rec D1 and W_out D1 give the same network without them.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .. import checkpoint
from ..bounded import read_rows
from ..chip import Chip
from ..errors import InputError
from ..network import Network, draw_delays
from ..profile import Profile
from ..tasks.task import Dataset

FOLDED = "decorrelation: folded into the weights, which no longer learns"


@dataclass(frozen=True)
class TrainedNetwork:
    """A network to export.

    Attributes
    ----------
    network, profile, seed : of the chip
    inputs : (hidden, inputs) float64, the bias taken out
    recurrent : (hidden, hidden)
    readout : (outputs, hidden)
    bias : (hidden,), None if the network has none
    delays : (hidden,) axonal delay in steps on top of the step that the recurrence takes anyway; None without
    lost : sentences: what of the chip is not in these matrices
    dataset : of the task it was trained on, for calibration, vectors and scores; None if unknown
    scores : of the chip on its test trials, before the export
    origin : facts for the manifest: digests of experiment and profile, seed, epoch
    chip : that holds these matrices; None if they are nobody's, or were changed since
    """

    network: Network
    profile: Profile
    seed: int
    inputs: np.ndarray
    recurrent: np.ndarray
    readout: np.ndarray
    bias: np.ndarray | None
    delays: np.ndarray | None
    lost: tuple[str, ...] = ()
    dataset: Dataset | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)
    chip: Chip | None = None

    @property
    def kept(self) -> float:
        """Part k of an output that is kept from step to step."""
        return 1 - self.network.readout_share

    @property
    def step_s(self) -> float | None:
        """Duration of a step; None if neither the neurons nor the profile know one."""
        if self.network.membrane is not None:
            return self.network.membrane.step_s
        return None if self.profile.time.step_s is None else float(self.profile.time.step_s.v)

    def shown(self, steps: int) -> np.ndarray:
        """(steps, inputs) of the task's test inputs, one sample after the other, joined; (0, inputs) without a task."""
        if self.dataset is None:
            return np.zeros((0, self.network.inputs))
        trials = self.dataset.test.inputs.swapaxes(1, 2)  # (trials, samples, steps, inputs)
        return np.ascontiguousarray(trials.reshape(-1, trials.shape[-1])[:steps])


def of_chip(
    chip: Chip, dataset: Dataset | None = None, scores: Mapping[str, float] | None = None, origin: Mapping[str, Any] | None = None
) -> TrainedNetwork:
    """The network that a chip holds now.

    Raises
    ------
    InputError
        If its decorrelation cannot be folded in: delays that differ from neuron to neuron lie behind it.
    """
    network, lost, delays = chip.network, list(dropped(chip)), draw_delays(chip.network, chip.seed)
    if network.decorrelation is not None:
        lost.insert(0, FOLDED)
        if delays is not None and np.ptp(delays) > 0:
            raise InputError("network.delay_steps", f"= {list(network.delay_steps or ())}; delays differ behind the decorrelation, which "
                             "can then not be folded into the weights; use one delay for all, or none")
    inputs, recurrent, readout = folded(network, chip.weights())
    bias = inputs[:, network.inputs].copy() if network.bias else None
    return TrainedNetwork(
        network, chip.profile, chip.seed, inputs[:, :network.inputs].copy(), recurrent, readout, bias, delays,
        tuple(lost), dataset, scores or {}, origin or {"seed": chip.seed, "profile": str(chip.profile.digest)}, chip)


def folded(network: Network, weights: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Matrices (post, pre) of inputs, the bias their last column, recurrence and readout, decorrelation folded in; float64."""
    inputs, recurrent, readout = (weights[name].astype(np.float64) for name in ("inputs", "recurrent", "readout"))
    if network.decorrelation is not None:
        recurrent, readout = recurrent @ weights["lateral"], readout @ weights["lateral"]
        if network.decorrelation.inputs:
            inputs = inputs @ weights["input_lateral"]
    return inputs, recurrent, readout


def dropped(chip: Chip) -> list[str]:
    """What a set of matrices cannot carry of this chip, a sentence each."""
    from ..effects import switches

    effects = list(switches(chip.profile))
    found = [f"{', '.join(effects)} of {chip.profile.file}: effects of the chip, not of its weights"] if effects else []
    return [*found, "plasticity: the exported network does not learn"]


def of_run(folder: str | Path, seed: int | None = None) -> TrainedNetwork:
    """The network of a run folder.

    Parameters
    ----------
    seed : one of those that were trained; the first if absent

    Raises
    ------
    InputError
        If there is no such run or seed, or its files are not those of one run.
    """
    from .. import experiment as experiments
    from ..session import prepare, profile_of

    folder = Path(folder)
    if not (folder / "experiment.toml").is_file():
        raise InputError(str(folder), "is no run folder (no experiment.toml); neurosim run makes one")
    experiment = experiments.load(str(folder / "experiment.toml"), ())
    seeds = experiment.train.seeds
    if seed is not None and seed not in seeds:
        raise InputError("--seed", f"= {seed}; this run has {', '.join(map(str, seeds))}")
    seed = seeds[0] if seed is None else seed
    path = folder / f"seed-{seed}" / "checkpoint.h5"
    arrays, facts = checkpoint.load(path)
    profile = profile_of(experiment)
    wanted: dict[str, Any] = {"experiment": experiments.digest(experiment), "profile": str(profile.digest), "seed": seed}
    for name, value in wanted.items():
        if facts.get(name) != value:
            where = f"{path.parent.name}/{path.name}: {name}"
            raise InputError(where, f"= {facts.get(name)!r}; must be {value!r}, that of this run")
    case, chip = prepare(experiment, profile, seed)
    chip.restore(arrays)
    chip.settle()
    origin: dict[str, Any] = {**wanted, **{name: facts[name] for name in ("epoch", "step") if name in facts}}
    return of_chip(chip, case.dataset, scores_of(folder / "curves.csv", seed, case.dataset), origin)


def scores_of(path: Path, seed: int, dataset: Dataset) -> dict[str, float]:
    """What the chip of a seed reached in its last test, by the names of the task's scores.

    Raises
    ------
    InputError
        If the curves are not those of a run.
    """
    try:
        last = [row for row in read_rows(path) if row.get("seed") == str(seed)][-1]
        return {name: float(last["test_mse" if name == "mse" else name]) for name in dataset.scores(dataset.test.targets)}
    except InputError as error:
        raise InputError(path.name, f"holds no test scores of seed {seed} ({error.problem})") from error
    except (IndexError, KeyError, ValueError) as error:
        raise InputError(path.name, f"holds no test scores of seed {seed} ({type(error).__name__}: {error})") from error
