"""What a rule is to the rest of the package: settings that build parts of the loop."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from ..eligibilities.outer import Fixed, Outer
from ..sources.jitter import Still
from ..sources.noise import Gaussian, Silent
from ..storage import PAD, padded, zeros
from .none import NoCredit


class Sizes(NamedTuple):
    """What a rule may need to know about the network it is built for."""

    inputs: int
    hidden: int
    outputs: int
    batch: int
    update: str  # "step" or "sequence"
    dtype: Any
    steps: int = 1       # of a trial
    turns: int = 1       # updates of the whole training, sequence updates only
    decay: str = "none"  # of the learning rates over the training
    keep: float = 0.0    # what a leaky hidden neuron keeps of its state in a step
    spikes: bool = False
    synapse_keep: float = 0.0  # what an exponential synapse of a spiking neuron keeps in a step
    readout_keep: float = 0.0  # what an output keeps of its state in a step


class Parts(NamedTuple):
    """The slots that a rule fills; functions are called while wiring, with the name of the projection or population.

    Projections: "inputs", "recurrent", "readout"; populations: "hidden", "output".
    """

    hidden: Any                       # credit of the hidden population
    output: Any                       # credit of the readout
    eligibility: Callable[..., Any]   # (name, cells, jitter) -> eligibility of a projection
    source: Callable[..., Any]        # (name, n) -> deliberate perturbation of a population of n neurons
    jitter: Callable[..., Any]        # (name, cells) -> weight perturbation of a projection
    broadcasts: int                   # values that reach every neuron in one step


class Rule(BaseModel):
    """Settings of a learning rule; a new rule is a subclass with a `build` and the fillings of `credit`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots for a network of these sizes."""
        raise TypeError(f"{type(self).__name__} has no build")


def outer(name: str, cells: np.ndarray, jitter: Any) -> Outer:
    """Eligibility without memory, everywhere."""
    return Outer()


def fixed(name: str, cells: np.ndarray, jitter: Any) -> Fixed:
    """Synapses that never change."""
    return Fixed()


def still(name: str, cells: np.ndarray) -> Still:
    """No weight perturbation."""
    return Still(zeros((4, PAD), cells.dtype))


def silent(name: str, n: int) -> Silent:
    """No perturbation of a population."""
    return Silent()


def gaussian(sigma: float, sizes: Sizes) -> Callable[[str, int], Gaussian]:
    """Maker of independent normal perturbations, one per sample, neuron and step."""
    real = np.dtype(sizes.dtype).type
    return lambda name, n: Gaussian(real(sigma), n, zeros(sizes.batch * padded(n), sizes.dtype))


def with_frozen_recurrence(parts: Parts) -> Parts:
    """The same readout rule on a hidden layer that never changes and is not perturbed: the yardstick of every learning curve."""

    def eligibility(name: str, cells: np.ndarray, jitter: Any) -> Any:
        return parts.eligibility(name, cells, jitter) if name == "readout" else Fixed()

    def source(name: str, n: int) -> Any:
        return parts.source(name, n) if name == "output" else Silent()

    def jitter(name: str, cells: np.ndarray) -> Any:
        return parts.jitter(name, cells) if name == "readout" else still(name, cells)

    return parts._replace(hidden=NoCredit(), eligibility=eligibility, source=source, jitter=jitter)


OBSERVER = Parts(NoCredit(), NoCredit(), fixed, silent, still, 0)  # one clean pass that changes nothing: inference
