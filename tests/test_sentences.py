"""What pydantic refuses, in one sentence."""
from __future__ import annotations

import datetime
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from neurosim.errors import InputError
from neurosim.sentences import dotted, hint, nearest, shown, validated


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    v: float
    status: Literal["measured", "assumed"] = "measured"


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    count: int = Field(ge=1, le=9)
    rate: float = Field(default=1.0, gt=0)
    kind: Literal["tanh", "leaky"] = "tanh"
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field(default=(1,), min_length=1)
    number: Inner | float = 1.0
    inner: Inner | None = None
    name: str = Field(default="x", min_length=1)
    flag: bool = False

    @model_validator(mode="after")
    def _agree(self):
        if self.kind == "leaky" and self.flag:
            raise ValueError("'leaky' has no flag")
        return self


def refusal(**table) -> str:
    with pytest.raises(InputError) as caught:
        validated(Table, {"count": 1, **table}, "a.toml", ("top",))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("table", "sentence"), [
    ({"rate": -1.0}, "a.toml: top.rate = -1.0; must be greater than 0"),
    ({"rate": "1"}, 'a.toml: top.rate = "1"; must be a number, greater than 0'),
    ({"rate": True}, "a.toml: top.rate = true; must be a number, greater than 0"),
    ({"count": 0}, "a.toml: top.count = 0; must be from 1 to 9"),
    ({"count": 1.0}, "a.toml: top.count = 1.0; must be a whole number, from 1 to 9"),
    ({"count": False}, "a.toml: top.count = false; must be a whole number, from 1 to 9"),
    ({"kind": "tan"}, 'a.toml: top.kind = "tan"; must be one of "tanh", "leaky"; did you mean tanh?'),
    ({"seeds": [1, -1]}, "a.toml: top.seeds[1] = -1; must be at least 0"),
    ({"seeds": []}, "a.toml: top.seeds = []; must be a list of at least 1, each a whole number, at least 0"),
    ({"seeds": 3}, "a.toml: top.seeds = 3; must be a list of at least 1, each a whole number, at least 0"),
    ({"number": "x"}, 'a.toml: top.number = "x"; must be a table or a number'),
    ({"number": {"v": 1.0, "w": 2}}, "a.toml: top.number.w = 2; there is no such key; known are v, status"),
    ({"number": {"v": "1"}}, 'a.toml: top.number.v = "1"; must be a number'),
    ({"inner": {}}, "a.toml: top.inner.v: is missing; must be a number"),
    ({"inner": {"v": 1.0, "statu": "measured"}}, 'a.toml: top.inner.statu = "measured"; there is no such key; did you mean status?'),
    ({"inner": 3}, "a.toml: top.inner = 3; must be a table"),
    ({"name": ""}, 'a.toml: top.name = ""; must be text in quotes, not empty'),
    ({"flag": 1}, "a.toml: top.flag = 1; must be true or false"),
    ({"kind": "leaky", "flag": True}, "a.toml: top: 'leaky' has no flag"),
    ({"rate": float("nan")}, "a.toml: top.rate = nan; must be a finite number"),
    ({"rate": float("-inf")}, "a.toml: top.rate = -inf; must be a finite number"),
    ({"seeds": [1, float("inf")]}, "a.toml: top.seeds[1] = inf; must be a finite number"),
])
def test_a_sentence_names_file_field_value_and_what_is_allowed(table, sentence):
    assert refusal(**table) == sentence


def test_a_misspelt_key_comes_before_the_key_that_is_then_missing():
    with pytest.raises(InputError, match=r"^a.toml: coun = 3; there is no such key; did you mean count\?$"):
        validated(Table, {"coun": 3}, "a.toml")


def test_a_missing_key_says_what_it_must_be():
    with pytest.raises(InputError, match="^a.toml: count: is missing; must be a whole number, from 1 to 9$"):
        validated(Table, {}, "a.toml")


def test_a_date_is_refused():
    assert "dates and times have no use here" in refusal(rate=datetime.date(2024, 1, 2))


def test_a_number_beyond_64_bits_is_refused():
    assert "must fit in 64 bits" in refusal(count=10**5000)
    assert "must fit in 64 bits" in refusal(count=-(2**64))


def test_a_valid_table_becomes_the_model():
    assert validated(Table, {"count": 2, "rate": 3, "seeds": [4, 5]}, "a.toml") == Table(count=2, rate=3.0, seeds=(4, 5))


def test_long_and_unprintable_values_are_cut_to_one_line():
    assert dotted(("a\nb",)) == '"a\\nb"' and len(dotted(("k" * 500,))) == 120
    text = shown("a\nb\x1b[31m" + "c" * 500)
    assert len(text) <= 60 and text.isprintable()
    assert shown({"a": 1}) == "a table" and shown(True) == "true" and shown([1.0, "x"]) == '[1.0, "x"]'


def test_paths_are_written_as_in_the_file():
    assert dotted(("train", "seeds", 1)) == "train.seeds[1]"
    assert dotted(()) == ""


def test_a_near_name_is_offered_and_otherwise_the_names_that_exist():
    assert nearest("weathr", ["weather", "copying"]) == "; did you mean weather?"
    assert nearest("WEATHER", ["Weather"]) == "; did you mean Weather?"
    assert nearest("zzz", ["weather"]) == ""
    assert hint("zzz", ["a", "b"]) == "; known are a, b"
    assert hint("zzz", [f"name{k}" for k in range(30)]).endswith("and 10 more")
    assert hint("zzz", []) == ""


class Small(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    model: Literal["small"] = "small"
    size: int = 1


class Large(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    model: Literal["large"] = "large"
    depth: int = 1


class Kinds(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    part: Small | Large | None = Field(default=None, discriminator="model")


@pytest.mark.parametrize(("part", "sentence"), [
    ({}, 'a.toml: part.model: is missing; must be one of "small", "large"'),
    ({"depth": 2}, 'a.toml: part.model: is missing; must be one of "small", "large"'),
    ({"model": "lrge"}, 'a.toml: part.model = "lrge"; must be one of "small", "large"; did you mean large?'),
    ({"model": 3}, 'a.toml: part.model = 3; must be one of "small", "large"'),
    ({"model": "large", "x": 1}, "a.toml: part.x = 1; there is no such key; known are model, depth"),
    ({"model": "large", "size": 1}, "a.toml: part.size = 1; there is no such key; known are model, depth"),
    ({"model": "large", "depth": "1"}, 'a.toml: part.depth = "1"; must be a whole number'),
    (3, "a.toml: part = 3; must be a table"),
])
def test_a_table_of_one_of_several_kinds_is_told_by_its_own(part, sentence):
    with pytest.raises(InputError) as caught:
        validated(Kinds, {"part": part}, "a.toml")
    assert str(caught.value) == sentence
