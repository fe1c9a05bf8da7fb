"""What the [compare] table of an experiment holds besides its axes."""
from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from ..experiment import Seed, Settings

Kind = Literal["frozen_least_squares", "frozen_same_rule", "one_step", "true_bptt"]
Text = Annotated[str, Field(min_length=1)]
Amount = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Span = Annotated[list[float], Field(min_length=2, max_length=2)]


class Budget(Settings):
    """What every rule may spend in training; one of them.  Training stops at the end of the epoch in which it is spent.

    Parameters
    ----------
    forward_passes : network steps of one sample, all passes counted; the number of epochs follows, rounded down, so that falling rates
        reach their end
    writes : changed digital weights and pulses
    energy_J : of learning, as far as the profile has prices
    """

    forward_passes: Amount | None = None
    writes: Amount | None = None
    energy_J: Amount | None = None

    @model_validator(mode="after")
    def _one(self) -> Budget:
        if len(self.chosen) != 1:
            raise ValueError("must have one of forward_passes, writes, energy_J")
        return self

    @property
    def chosen(self) -> dict[str, float]:
        """The one that is set."""
        return {name: float(value) for name, value in self if value is not None}


class Tune(Settings):
    """A search for settings, the same number of trials for every rule.

    Parameters
    ----------
    search : dotted key -> ``{ log = [low, high] }``, ``{ linear = [low, high] }`` or a list to choose from; a key that a rule does not have
        is left out for it
    trials : settings that are tried
    seeds : they are run on; none of train.seeds
    per : axes of which every value has a search of its own
    at : of other axes, the label of the value that stands for all; the first if absent
    sampler : "tpe" (ten settings that fill the space evenly, then Optuna's tree-structured Parzen estimator) or "random"
    seed : of the sampler
    """

    search: dict[str, dict[str, Span] | list[float | int | str | bool]] = Field(min_length=1)
    trials: int = Field(default=8, ge=1, le=1000)
    seeds: tuple[Seed, ...] = Field(default=(42,), min_length=1)
    per: tuple[Text, ...] = ("rule",)
    at: dict[str, str] = {}
    sampler: Literal["tpe", "random"] = "tpe"
    seed: Seed = 1

    @field_validator("search")
    @classmethod
    def _spans(cls, search: dict[str, Any]) -> dict[str, Any]:
        for key, span in search.items():
            if isinstance(span, list):
                if not span:
                    raise ValueError(f"{key} must have a value to choose")
                continue
            if set(span) not in ({"log"}, {"linear"}):
                raise ValueError(f"{key} must be a list, {{ log = [low, high] }} or {{ linear = [low, high] }}")
            low, high = next(iter(span.values()))
            if not low < high or ("log" in span and low <= 0):
                raise ValueError(f"{key} must have low < high, above 0 if it is logarithmic")
        return search


class Transfer(Settings):
    """Learn on one chip, run on another.

    Parameters
    ----------
    ages_s : seconds that a chip waits before it is tested
    profiles : other profiles that the trained weights are written to as well; the instances are those of train.seeds
    """

    ages_s: tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...] = Field(default=(0.0, 86400.0, 2592000.0), min_length=1)
    profiles: tuple[Text, ...] = ()


class Threshold(Settings):
    """The value of an axis at which a rule breaks.

    Parameters
    ----------
    axis : name of an axis of increasing numbers
    keep : share of its advantage over a frozen recurrence, at the first value, that a rule must keep
    """

    axis: Text
    keep: float = Field(default=0.5, gt=0, lt=1)


class Options(Settings):
    """Everything in [compare] that is no axis.

    Parameters
    ----------
    title, note : for the report
    budget, tune, transfer, threshold : see there
    reach : a value of the main score; what it took to reach it is reported in forward passes, writes and joules
    yardsticks : what stands beside the rules; by default a frozen recurrence (least squares, and the same rule on the readout alone if no
        row of the grid is that) and true BPTT
    diagnostics : names of `neurosim.inspections`
    folder : where relative paths start; the folder of the file if absent
    """

    title: str | None = None
    note: str | None = None
    budget: Budget | None = None
    tune: Tune | None = None
    transfer: Transfer | None = None
    threshold: Threshold | None = None
    reach: float | None = Field(default=None, allow_inf_nan=False)
    yardsticks: tuple[Kind, ...] | None = None
    diagnostics: tuple[Text, ...] = ()
    folder: str | None = None
