"""The [network.membrane] table of adaptive exponential integrate-and-fire neurons."""
from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from ..contract import rest
from .adex import AdEx
from .integrators import INTEGRATORS
from .population import Population, Rows, steps_of


class AdExMembrane(Population):
    """Brette & Gerstner 2005, in units of potential: divide their a and b by the leak conductance.

    Parameters
    ----------
    model : "adex"
    turn, sharpness : potential where the exponential takes over (V_T), and its slope factor (Delta_T)
    cut : a spike above it
    reset_to : potential after a spike; `resting` if absent
    adaptation_s, couple, jump : time constant, coupling to the potential, and increase with every spike of the adaptation
    integrator : "euler", "rk2" or "rk4"
    """

    spreadable: ClassVar[tuple[str, ...]] = ("tau_s", "synapse_s", "adaptation_s", "jump", "couple", "sharpness", "turn")
    potentials: ClassVar[tuple[str, ...]] = ("turn",)

    model: Literal["adex"] = "adex"
    turn: float = Field(default=1.0, allow_inf_nan=False)
    sharpness: float = Field(default=0.1, gt=0, allow_inf_nan=False)
    cut: float = Field(default=2.0, allow_inf_nan=False)
    reset_to: float | None = Field(default=None, allow_inf_nan=False)
    adaptation_s: float = Field(default=0.1, gt=0, allow_inf_nan=False)
    couple: float = Field(default=0.0, allow_inf_nan=False)
    jump: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    integrator: Literal["euler", "rk2", "rk4"] = "rk4"

    @model_validator(mode="after")
    def _of_one_piece(self) -> AdExMembrane:
        if not self.resting < self.turn < self.cut:
            raise ValueError(f"turn = {self.turn:g} must lie between resting = {self.resting:g} and cut = {self.cut:g}")
        if self.low >= self.cut:
            raise ValueError(f"reset_to = {self.low:g} must be below cut = {self.cut:g}")
        self.check_spread()
        return self

    @property
    def low(self) -> float:
        """Potential after a spike."""
        return self.resting if self.reset_to is None else self.reset_to

    def build(self, n: int, lanes: int, seed: int, dtype: Any) -> Any:
        """The neurons of a population, (lanes, width) of them, at rest."""
        rows = Rows(n, lanes, dtype)

        def pace(name: str) -> np.ndarray:
            return rows.row(self.step_s / self.values(name, n, seed))

        neuron = AdEx(
            INTEGRATORS[self.integrator](), np.dtype(dtype).type(0.5), pace("tau_s"), pace("adaptation_s"),
            pace("synapse_s") if self.synapse_s is not None else rows.row(0.0), rows.row(self.resting),
            rows.row(self.values("sharpness", n, seed), 1.0), rows.row(self.values("turn", n, seed)), rows.never(self.cut),
            rows.row(self.low), rows.row(self.values("couple", n, seed)), rows.row(self.values("jump", n, seed)),
            rows.row(steps_of(self.refractory_s, self.step_s), dtype=np.int32), int(self.synapse_s is None), rows.state(), rows.state(),
            rows.state(), rows.state(np.int32))
        rest(neuron)
        return neuron
