"""What the settings of all spiking neurons share: times in seconds, spreads from neuron to neuron, padded rows."""
from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ..generators import generator
from ..storage import padded, zeros

SPREAD = 1021  # stream of the chip's seed; one block per parameter
STREAMS = ("tau_s", "synapse_s", "threshold", "adaptation_s", "jump", "couple", "sharpness", "turn",
           "inhibitory_s")  # new ones at the end


def steps_of(refractory_s: float, step_s: float) -> int:
    """Whole steps of a refractory period: rounded as Brian2 does."""
    return int(np.rint(refractory_s / step_s))


class Population(BaseModel):
    """Settings of spiking neurons.

    Parameters
    ----------
    step_s : time of one step of the loop
    tau_s : time constant of the membrane
    synapse_s : time constant of exponential synapses; kicks of the potential if absent (delta synapses)
    resting : potential without input, in units of the weight
    refractory_s : silence after a spike, rounded to whole steps
    spread : coefficient of variation from neuron to neuron, by parameter: log-normal, frozen; potentials as distances from rest
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    spreadable: ClassVar[tuple[str, ...]] = ()
    potentials: ClassVar[tuple[str, ...]] = ()

    step_s: float = Field(default=1e-3, gt=0, allow_inf_nan=False)
    tau_s: float = Field(default=20e-3, gt=0, allow_inf_nan=False)
    synapse_s: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    resting: float = Field(default=0.0, allow_inf_nan=False)
    refractory_s: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    spread: dict[str, float] = {}

    @property
    def has_slope(self) -> bool:
        """Whether it is known how what they send changes with what they receive, by a pseudo-derivative."""
        return False

    def check_spread(self) -> None:
        """Refuse a spread of what is not there."""
        for name, value in self.spread.items():
            if name not in self.spreadable or getattr(self, name) is None:
                known = ", ".join(field for field in self.spreadable if getattr(self, field) is not None)
                raise ValueError(f"spread.{name} is of no parameter that this neuron has; it has {known}")
            if not 0 <= value <= 1:
                raise ValueError(f"spread.{name} = {value:g} must be between 0 and 1")

    def values(self, name: str, n: int, seed: int) -> np.ndarray:
        """A parameter of every neuron: its mean, times a log-normal factor of mean 1 if it has a spread."""
        mean, spread = float(getattr(self, name)), self.spread.get(name, 0.0)
        if spread == 0:
            return np.full(n, mean)
        sigma = np.sqrt(np.log1p(spread**2))
        factor = np.exp(sigma * generator(seed, SPREAD, STREAMS.index(name)).standard_normal(n) - sigma**2 / 2)
        base = self.resting if name in self.potentials else 0.0
        return base + (mean - base) * factor


class Rows:
    """Padded arrays of a population of `n` neurons in `lanes` lanes."""

    def __init__(self, n: int, lanes: int, dtype: Any) -> None:
        self.n, self.shape, self.dtype = n, (lanes, padded(n)), dtype

    def row(self, values: Any, padding: float = 0.0, dtype: Any = None) -> np.ndarray:
        """(width,) of one value per neuron."""
        filled = zeros(self.shape[1], dtype or self.dtype)
        filled[...] = padding
        filled[:self.n] = values
        return filled

    def never(self, values: Any) -> np.ndarray:
        """Thresholds: the padding never fires."""
        return self.row(values, float(np.finfo(self.dtype).max))

    def state(self, dtype: Any = None) -> np.ndarray:
        """(lanes, width) of zeros."""
        return zeros(self.shape, dtype or self.dtype)
