"""The [network.membrane] table: spiking neurons, from seconds and spreads to arrays."""
from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..contract import rest
from ..generators import generator
from ..storage import padded, zeros
from .exponential_synapse import ExponentialSynapse, increment
from .lif import LIF, AdaptiveLIF
from .spiking import steps_of

SPREAD = 1021  # stream of the chip's seed; one block per parameter
SPREADABLE = ("tau_s", "synapse_s", "threshold", "adaptation_s", "jump")


class Membrane(BaseModel):
    """Leaky integrate-and-fire: tau dv/dt = resting - v + what arrives; a spike above the threshold, then a reset.

    Parameters
    ----------
    step_s : time of one step of the loop
    tau_s : time constant of the membrane
    synapse_s : time constant of exponential synapses; kicks of the potential if absent (delta synapses)
    resting, threshold : potentials, in units of the weight
    reset : "subtract" (threshold minus `reset_to`), "zero" or "value" (`reset_to`)
    reset_to : potential after a spike; `resting` if absent
    refractory_s : silence after a spike, rounded to whole steps
    adaptation_s, jump : time constant and size of the rise of the threshold with every spike (neuron = "alif")
    slope_height, slope_reach : of the pseudo-derivative, in 1 and in thresholds above rest
    spread : coefficient of variation from neuron to neuron, by parameter (log-normal, frozen)
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    step_s: float = Field(default=1e-3, gt=0, allow_inf_nan=False)
    tau_s: float = Field(default=20e-3, gt=0, allow_inf_nan=False)
    synapse_s: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    resting: float = Field(default=0.0, allow_inf_nan=False)
    threshold: float = Field(default=1.0, allow_inf_nan=False)
    reset: Literal["subtract", "zero", "value"] = "subtract"
    reset_to: float | None = Field(default=None, allow_inf_nan=False)
    refractory_s: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    adaptation_s: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    jump: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    slope_height: float = Field(default=0.3, gt=0, allow_inf_nan=False)
    slope_reach: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    spread: dict[str, float] = {}

    @model_validator(mode="after")
    def _of_one_piece(self) -> Membrane:
        if self.threshold <= self.resting:
            raise ValueError(f"threshold = {self.threshold:g} must be above resting = {self.resting:g}")
        low = self.low
        if low >= self.threshold:
            raise ValueError(f"reset_to = {low:g} must be below threshold = {self.threshold:g}")
        if self.reset == "zero" and self.reset_to not in (None, 0.0):
            raise ValueError("reset_to has no use with reset = \"zero\"")
        if (self.adaptation_s is None) != (self.jump is None):
            raise ValueError("adaptation_s and jump need each other")
        for name, value in self.spread.items():
            if name not in SPREADABLE or getattr(self, name) is None:
                known = ", ".join(field for field in SPREADABLE if getattr(self, field) is not None)
                raise ValueError(f"spread.{name} is of no parameter that this neuron has; it has {known}")
            if not 0 <= value <= 1:
                raise ValueError(f"spread.{name} = {value:g} must be between 0 and 1")
        return self

    @property
    def low(self) -> float:
        """Potential after a spike that just reaches the threshold."""
        if self.reset == "zero":
            return 0.0
        return self.resting if self.reset_to is None else self.reset_to

    def values(self, name: str, n: int, seed: int) -> np.ndarray:
        """A parameter of every neuron: its mean, times a log-normal factor of mean 1 if it has a spread."""
        mean, spread = float(getattr(self, name)), self.spread.get(name, 0.0)
        if spread == 0:
            return np.full(n, mean)
        sigma = np.sqrt(np.log1p(spread**2))
        xi = generator(seed, SPREAD, SPREADABLE.index(name)).standard_normal(n)
        if name == "threshold":
            return self.resting + (mean - self.resting) * np.exp(sigma * xi - sigma**2 / 2)
        return mean * np.exp(sigma * xi - sigma**2 / 2)

    def build(self, n: int, lanes: int, seed: int, dtype: Any) -> Any:
        """The neurons of a population, (lanes, width) of them, at rest."""
        real, width = np.dtype(dtype).type, padded(n)

        def row(values: Any, kind: Any = dtype) -> np.ndarray:
            filled = zeros(width, kind)
            filled[:n] = values
            return filled

        def state() -> np.ndarray:
            return zeros((lanes, width), dtype)

        tau, threshold = self.values("tau_s", n, seed), self.values("threshold", n, seed)
        keep = np.exp(-self.step_s / tau)
        is_kicked, subtracts = self.synapse_s is None, self.reset == "subtract"
        reach = row(1.0)
        reach[:] = 1
        reach[:n] = self.slope_reach * (threshold - self.resting)
        limit = row(threshold)
        limit[n:] = np.finfo(dtype).max  # the padding never fires
        neuron: Any = LIF(
            row(keep), row(keep if is_kicked else 1.0), row(self.resting), limit, real(1 if subtracts else 0),
            row(self.low - threshold if subtracts else self.low), row(steps_of(self.refractory_s, self.step_s), np.int32), int(is_kicked),
            real(self.slope_height), reach, state(), zeros((lanes, width), np.int32))
        if self.adaptation_s is not None:
            fade = np.exp(-self.step_s / self.values("adaptation_s", n, seed))
            neuron = AdaptiveLIF(neuron, row(fade), row(self.values("jump", n, seed)), state())
        if self.synapse_s is not None:
            synapse = self.values("synapse_s", n, seed)
            neuron = ExponentialSynapse(
                neuron, row(np.exp(-self.step_s / synapse)), row(increment(tau, synapse, self.step_s)), state())
        rest(neuron)
        return neuron
