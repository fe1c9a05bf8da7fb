"""The [train.optimizer] table: rates per projection, their decay, and what each synapse remembers."""
from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ..storage import aligned, zeros
from .memory import Accumulated, Adam, Clipped, MatrixRMS, Momentum, Plain

Kind = Literal["sgd", "momentum", "rms", "adam"]
EPSILON = 1e-8  # Kingma & Ba 2015


class Optimizer(BaseModel):
    """How requests become changes, per projection; sequence updates only.

    Parameters
    ----------
    hidden, readout : what the synapses remember
        "sgd" nothing, "momentum" one number each, "adam" two numbers each, "rms" one number per matrix
    recurrent_rate, input_rate, readout_rate : learning rates; the rule's own if absent
    decay : of all rates (and of the rates inside rules, see there) over the whole training
    momentum, keep_square : decay of the memories, per update
    clip : largest change of a weight in one update
    write_threshold : changes of hidden weights add up digitally and are written when they reach this (mixed precision)
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    hidden: Kind = "sgd"
    readout: Kind = "sgd"
    recurrent_rate: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    input_rate: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    readout_rate: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    decay: Literal["none", "linear", "cosine"] = "none"
    momentum: float = Field(default=0.9, ge=0, lt=1)
    keep_square: float = Field(default=0.999, ge=0, lt=1)
    clip: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    write_threshold: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    @property
    def is_plain(self) -> bool:
        """Whether requests are written as they are."""
        return self == Optimizer()

    def build(self, name: str, cells: np.ndarray, synapses: int, rate: float, turns: int) -> Any:
        """The updater of a projection.

        Parameters
        ----------
        name : "inputs", "recurrent", "readout"; others are written as asked
        synapses : that exist
        rate : learning rate that the request carries already
        turns : updates of the whole training
        """
        dtype, real = cells.dtype, cells.dtype.type
        kinds = {"inputs": self.hidden, "recurrent": self.hidden, "readout": self.readout}
        if name not in kinds or self.is_plain:
            return Plain(aligned(np.ones(1), dtype))
        wanted = {"inputs": self.input_rate, "recurrent": self.recurrent_rate, "readout": self.readout_rate}[name]
        wanted = rate if wanted is None else wanted
        kind = kinds[name]
        scale = wanted / rate if kind in ("sgd", "momentum") else wanted
        factor = aligned(scale * schedule(self.decay, turns), dtype)
        floor = real(EPSILON * rate)
        updater: Any = Plain(factor)
        if kind == "momentum":
            updater = Momentum(factor, real(self.momentum), zeros(cells.shape, dtype))
        elif kind == "adam":
            updater = Adam(
                factor, real(self.momentum), real(self.keep_square), floor, aligned(np.ones(2), dtype), zeros(cells.shape, dtype),
                zeros(cells.shape, dtype))
        elif kind == "rms":
            updater = MatrixRMS(
                factor, real(self.keep_square), floor, real(synapses), aligned(np.ones(1), dtype), zeros(1, dtype),
                zeros(cells.shape[1], dtype))
        if self.clip is not None:
            updater = Clipped(updater, real(self.clip))
        if self.write_threshold is not None and name != "readout":
            updater = Accumulated(updater, real(self.write_threshold), zeros(cells.shape, dtype))
        return updater


def schedule(decay: str, turns: int, last: float = 0.0) -> np.ndarray:
    """Rate of every turn relative to the first, (turns,): from 1 down to `last` after the final turn."""
    done = np.arange(max(turns, 1)) / max(turns, 1)
    if decay == "linear":
        shape = 1 - done
    elif decay == "cosine":
        shape = np.array([0.5 + 0.5 * math.cos(math.pi * x) for x in done])
    else:
        return np.ones(1)
    return np.asarray(last + (1 - last) * shape)
