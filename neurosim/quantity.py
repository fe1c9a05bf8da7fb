"""What a profile holds: numbers with their sources."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from .sentences import hint, shown_key

Status = Literal["published", "derived", "measured", "secondary", "unverified", "assumed", "fit"]
UNSURE = ("unverified", "assumed")

Number = TypeVar("Number", bound=float)


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def _plain(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", text):
        raise ValueError("must consist of a-z, 0-9, - and _")
    return text


def _bare_or_table(schema: dict[str, Any]) -> None:
    """In the schema, and so in the messages, a quantity is a bare number or a table."""
    table = dict(schema)
    schema.clear()
    schema["anyOf"] = [table["properties"]["v"], table]


Text = Annotated[str, AfterValidator(_not_empty)]
Name = Annotated[str, AfterValidator(_plain)]


class Section(BaseModel):
    """A table whose keys are all known, of exact types, and which never changes; an absent key is None, unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Quantity(Section, Generic[Number]):
    """A number with its source; a bare number ``x`` in a file is the same as ``{ v = x }``.

    Parameters
    ----------
    v : the value, in the unit that the name of the field says
    lo, hi : range that the source gives, lo <= v <= hi
    status : how sure it is; what is bare is as sure as the source of its section
    src : key of [sources]; the name of the section if absent
    """

    model_config = ConfigDict(json_schema_extra=_bare_or_table)

    v: Number
    lo: Number | None = None
    hi: Number | None = None
    status: Status | None = None
    src: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_bare(cls, given: Any) -> Any:
        if isinstance(given, Quantity):
            return given.model_dump()
        if not isinstance(given, Mapping):
            return {"v": given}
        for key in given:
            if key not in cls.model_fields:
                raise ValueError(f"has no key {shown_key(key)}{hint(key, list(cls.model_fields))}")
        return given

    @model_validator(mode="after")
    def _in_order(self) -> Quantity:
        if self.lo is not None and self.lo > self.v:
            raise ValueError(f"has lo = {self.lo:g}; must be at most v = {self.v:g}")
        if self.hi is not None and self.hi < self.v:
            raise ValueError(f"has hi = {self.hi:g}; must be at least v = {self.v:g}")
        return self

    @property
    def is_unsure(self) -> bool:
        """Whether it must be named wherever a result rests on it."""
        return self.status in UNSURE


Real = Quantity[float]
Positive = Quantity[Annotated[float, Field(gt=0)]]
Negative = Quantity[Annotated[float, Field(lt=0)]]
NotPositive = Quantity[Annotated[float, Field(le=0)]]
Spread = Quantity[Annotated[float, Field(ge=0)]]          # standard deviations, noise, energies
Share = Quantity[Annotated[float, Field(ge=0, le=1)]]
Asymmetry = Quantity[Annotated[float, Field(gt=-1, lt=1)]]
Factor = Quantity[Annotated[float, Field(ge=1)]]
Exponent = Quantity[Annotated[float, Field(ge=0, le=50)]]
Shift = Quantity[Annotated[float, Field(ge=-10, le=10)]]  # exp(50 * 10) is still finite
Bits = Quantity[Annotated[int, Field(ge=1, le=24)]]       # 24: levels stay exact in float32
SignedBits = Quantity[Annotated[int, Field(ge=2, le=24)]]
Count = Quantity[Annotated[int, Field(ge=1, le=2**31 - 1)]]
Whole = Annotated[int, Field(ge=1, le=2**31 - 1)]
Pulses = Quantity[Annotated[int, Field(ge=1, le=1023)]]   # devices.pulses.MOST_PULSES
Percentile = Quantity[Annotated[float, Field(gt=0, le=100)]]
HalvingLimit = Quantity[Annotated[float, Field(ge=1, le=2**14)]]  # so that no read is repeated more than 15 times
Steps = Quantity[Annotated[int, Field(ge=0, le=2**20)]]
Cycles = Quantity[Annotated[float, Field(ge=1, le=1e15)]]
LogSpread = Quantity[Annotated[float, Field(ge=0, le=5)]]  # of a logarithm; so small that no draw overflows
Nodes = Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=2, max_length=1024)]  # of a curve; the section has the source


def effect(text: str, *others: str, default: Any = None) -> Any:
    """A number that does something to a network.

    Parameters
    ----------
    text : what it does, in plain words; ``{p}`` stands for the profile
    others : the other numbers behind the effect; all of them are known or none is
    default : ``...`` for a number that every profile must have
    """
    return Field(default=default, description=text, json_schema_extra={"others": list(others)})


def effects(section: Section | None) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(field, text, the other fields) of every number that does something, known or not; no section has none."""
    for name, info in type(section).model_fields.items() if section is not None else ():
        if info.description and isinstance(info.json_schema_extra, dict):
            others = info.json_schema_extra["others"]
            yield name, info.description, tuple(map(str, others)) if isinstance(others, list) else ()


def number(quantity: Quantity | None, otherwise: float = 0.0) -> float:
    """The value of a profile's number; `otherwise` where the profile says nothing."""
    return otherwise if quantity is None else float(quantity.v)
