"""The [network.membrane] table of leaky integrate-and-fire neurons: from seconds and spreads to arrays."""
from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from ..contract import rest
from .exponential_synapse import ExponentialSynapse, increment
from .graded import Graded
from .lif import LIF, AdaptiveLIF
from .population import Population, Rows, steps_of
from .receptors import ConductanceLIF, Receptors


class Membrane(Population):
    """Leaky integrate-and-fire: tau dv/dt = resting - v + what arrives; a spike above the threshold, then a reset.

    Parameters
    ----------
    model : "lif"
    threshold : potential, in units of the weight
    reset : "subtract" (threshold minus `reset_to`), "zero" or "value" (`reset_to`)
    reset_to : potential after a spike; `resting` if absent
    adaptation_s, jump : time constant and size of the rise of the threshold with every spike
    inhibitory_s : time constant of weights below 0, if `synapse_s` is that of weights above 0 only
    reversal_e, reversal_i : potentials towards which weights above and below 0 pull: conductance-based synapses; current-based if absent
    graded_bits : spikes carry the potential as a whole number of so many bits (graded.py); plain spikes if absent
    graded_range : the largest payload, in units of a spike that just reaches the threshold; 2 if absent
    slope_height, slope_reach : of the pseudo-derivative, in 1 and in thresholds above rest
    """

    spreadable: ClassVar[tuple[str, ...]] = ("tau_s", "synapse_s", "threshold", "adaptation_s", "jump", "inhibitory_s")
    potentials: ClassVar[tuple[str, ...]] = ("threshold",)

    model: Literal["lif"] = "lif"
    threshold: float = Field(default=1.0, allow_inf_nan=False)
    reset: Literal["subtract", "zero", "value"] = "subtract"
    reset_to: float | None = Field(default=None, allow_inf_nan=False)
    adaptation_s: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    jump: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    inhibitory_s: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    reversal_e: float | None = Field(default=None, allow_inf_nan=False)
    reversal_i: float | None = Field(default=None, allow_inf_nan=False)
    graded_bits: int | None = Field(default=None, ge=1, le=24)
    graded_range: float | None = Field(default=None, ge=1, allow_inf_nan=False)
    slope_height: float = Field(default=0.3, gt=0, allow_inf_nan=False)
    slope_reach: float = Field(default=1.0, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _of_one_piece(self) -> Membrane:
        if self.threshold == self.resting:
            raise ValueError(f"threshold = {self.threshold:g} must not be resting; below it, neurons fire by themselves")
        if self.low >= self.threshold:
            raise ValueError(f"reset_to = {self.low:g} must be below threshold = {self.threshold:g}")
        if self.reset == "zero" and self.reset_to not in (None, 0.0):
            raise ValueError("reset_to has no use with reset = \"zero\"")
        if (self.adaptation_s is None) != (self.jump is None):
            raise ValueError("adaptation_s and jump need each other")
        if self.inhibitory_s is not None and self.synapse_s is None:
            raise ValueError("inhibitory_s needs synapse_s, the time constant of weights above 0")
        if (self.reversal_e is None) != (self.reversal_i is None):
            raise ValueError("reversal_e and reversal_i need each other")
        if self.reversal_e is not None and self.reversal_i is not None:
            if self.inhibitory_s is None:
                raise ValueError("reversal_e and reversal_i need synapse_s and inhibitory_s")
            if self.reversal_i >= self.reversal_e:
                raise ValueError(f"reversal_i = {self.reversal_i:g} must be below reversal_e = {self.reversal_e:g}")
            if self.adaptation_s is not None or self.graded_bits is not None or self.reset == "subtract":
                raise ValueError("reversal_e and reversal_i go with reset = \"zero\" or \"value\", no adaptation and no graded_bits")
        if self.graded_range is not None and self.graded_bits is None:
            raise ValueError("graded_range needs graded_bits")
        self.check_spread()
        return self

    @property
    def has_slope(self) -> bool:
        """Of current-based synapses."""
        return self.reversal_e is None

    @property
    def low(self) -> float:
        """Potential after a spike that just reaches the threshold."""
        if self.reset == "zero":
            return 0.0
        return self.resting if self.reset_to is None else self.reset_to

    def build(self, n: int, lanes: int, seed: int, dtype: Any) -> Any:
        """The neurons of a population, (lanes, width) of them, at rest."""
        real, rows = np.dtype(dtype).type, Rows(n, lanes, dtype)
        tau, threshold = self.values("tau_s", n, seed), self.values("threshold", n, seed)
        keep, silence = np.exp(-self.step_s / tau), rows.row(steps_of(self.refractory_s, self.step_s), dtype=np.int32)
        is_kicked, subtracts = self.synapse_s is None, self.reset == "subtract"
        reach = rows.row(self.slope_reach * np.abs(threshold - self.resting), 1.0)
        neuron: Any = LIF(
            rows.row(keep), rows.row(keep if is_kicked else 1.0), rows.row(self.resting), rows.never(threshold),
            real(1 if subtracts else 0), rows.row(self.low - threshold if subtracts else self.low), silence, int(is_kicked),
            real(self.slope_height), reach, rows.state(), rows.state(np.int32))
        if self.adaptation_s is not None:
            fade = np.exp(-self.step_s / self.values("adaptation_s", n, seed))
            neuron = AdaptiveLIF(neuron, rows.row(fade), rows.row(self.values("jump", n, seed)), rows.state())
        if self.graded_bits is not None:
            top = 2**self.graded_bits - 1
            neuron = Graded(
                neuron, rows.row(keep if is_kicked else 1.0), rows.row(self.low), rows.row(1 / (threshold - self.low)),
                real((self.graded_range or 2.0) / top), real(top), rows.state())
        if self.inhibitory_s is not None:
            times = [self.values(name, n, seed) for name in ("synapse_s", "inhibitory_s")]
            keep_e, keep_i = (rows.row(np.exp(-self.step_s / time)) for time in times)
            if self.reversal_e is not None:
                neuron = ConductanceLIF(
                    neuron, rows.row(self.step_s / tau, 1.0), keep_e, keep_i, rows.row(self.reversal_e), rows.row(self.reversal_i),
                    rows.state(), rows.state())
            else:
                gain_e, gain_i = (rows.row(increment(tau, time, self.step_s)) for time in times)
                neuron = Receptors(neuron, keep_e, keep_i, gain_e, gain_i, rows.state(), rows.state())
        elif self.synapse_s is not None:
            synapse = self.values("synapse_s", n, seed)
            neuron = ExponentialSynapse(
                neuron, rows.row(np.exp(-self.step_s / synapse)), rows.row(increment(tau, synapse, self.step_s)), rows.state())
        rest(neuron)
        return neuron
