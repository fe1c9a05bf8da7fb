"""The [train.updater] table: where the requests of analog arrays gather before they reach the weights."""
from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..devices.accumulator import Accumulator
from ..storage import zeros
from .chopped import AGAD, ChoppedTikiTaka
from .mixed_precision import MixedPrecision
from .tiki_taka import BufferedTikiTaka, TikiTaka

FAST = ("gain", "rate", "reads")
DIGITAL = ("direct", "mixed_precision")  # need no second array
KEPT: dict[type, tuple[int, int]] = {MixedPrecision: (1, 0), BufferedTikiTaka: (1, 1), ChoppedTikiTaka: (1, 1), AGAD: (3, 2)}
"""Digital numbers per synapse that an updater keeps, and how many of them change with every number that a transfer reads."""


class Gathering(BaseModel):
    """How requests reach the weights of pulsed devices; digital and exact weights are written directly.

    Parameters
    ----------
    kind : "direct", "tiki_taka" (v1), "tiki_taka_v2" (buffered), "chopped" (v3), "agad" or "mixed_precision"
    gain : of the requests that go to the fast array
    rate : what of a read of the fast array is added to the weights, or to the digital buffer
    every : writes between two transfers
    reads : rows of a transfer, in turn; mixed precision transfers all
    kept : share of a transferred step that stays in the buffer
    chop_chance : probability that the chopper of a row flips when the row was read
    follow : share of a new read in the running mean that AGAD subtracts
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: Literal["direct", "tiki_taka", "tiki_taka_v2", "chopped", "agad", "mixed_precision"] = "direct"
    gain: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    rate: float = Field(default=0.1, gt=0, allow_inf_nan=False)
    every: int = Field(default=1, ge=1, le=1_000_000)
    reads: int = Field(default=1, ge=1, le=65535)
    kept: float = Field(default=0.1, ge=0, lt=1)
    chop_chance: float = Field(default=0.01, ge=0, le=1)
    follow: float = Field(default=0.2, gt=0, le=1)

    @model_validator(mode="after")
    def _of_its_kind(self) -> Gathering:
        uses = {"tiki_taka": FAST, "tiki_taka_v2": (*FAST, "kept"), "chopped": (*FAST, "kept", "chop_chance"),
                "agad": (*FAST, "kept", "chop_chance", "follow")}.get(self.kind, ())
        used = {"kind", *uses, *(("every",) if self.kind != "direct" else ())}
        for field, info in type(self).model_fields.items():
            if field not in used and getattr(self, field) != info.default:
                raise ValueError(f"{field} has no use with kind = \"{self.kind}\"")
        return self

    def build(self, inner: Any, fast: Any, cells: np.ndarray, rows: int, noise: float, lsb: float, top: float) -> Any:
        """The updater of a projection.

        Parameters
        ----------
        inner : conditions the request of a trial
        fast : (device, conductance) of the fast array, None if the kind needs none
        cells : (rows, width) conductance of the weights, for shapes and precision
        rows : that hold synapses
        noise, lsb, top : of one read of the fast array and its ADC, in units of the weight; lsb 0: no ADC
        """
        dtype, real = cells.dtype, cells.dtype.type
        state = np.zeros(3, np.int64)
        if self.kind == "mixed_precision":
            return MixedPrecision(inner, Accumulator(np.zeros(1, np.int64)), zeros(cells.shape, dtype), self.every, rows, state)
        base: tuple[Any, ...] = (
            inner, *fast, real(self.gain), real(self.rate), self.every, min(self.reads, rows), rows, state, real(noise), real(lsb),
            real(top))
        if self.kind == "tiki_taka":
            return TikiTaka(*base)
        buffered: tuple[Any, ...] = (*base, zeros(cells.shape, dtype), real(self.kept))
        if self.kind == "tiki_taka_v2":
            return BufferedTikiTaka(*buffered)
        chop = zeros(cells.shape[0], dtype)
        chop[...] = 1
        chopped: tuple[Any, ...] = (*buffered, chop, real(self.chop_chance), zeros(64, dtype))
        if self.kind == "chopped":
            return ChoppedTikiTaka(*chopped)
        chopped += (zeros(cells.shape, dtype), zeros(cells.shape, dtype), real(self.follow))
        return AGAD(*chopped)
