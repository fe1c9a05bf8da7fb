"""Numbers as text."""
from __future__ import annotations

import csv
import io
import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from neurosim.report.text import curves_text, json_text


def test_json_holds_plain_numbers_and_null_for_what_is_not_finite():
    value = {"a": np.float32(0.5), 2: [np.int64(3), float("nan"), None, True], "c": np.array([1.0, np.inf]), "d": ("x",)}
    assert json.loads(json_text(value)) == {"a": 0.5, "2": [3, None, None, True], "c": [1.0, None], "d": ["x"]}


def test_json_keeps_the_order_of_the_keys_and_ends_with_a_line():
    assert json_text({"b": 1, "a": "ü"}) == '{\n  "b": 1,\n  "a": "ü"\n}\n'


def test_a_curve_is_empty_where_there_is_no_number():
    rows = [{"seed": 1, "loss": float("nan")}, {"seed": 1, "loss": np.float64(0.1), "accuracy": 1.0}]
    assert curves_text(rows) == "seed,loss,accuracy\n1,,\n1,0.1,1.0\n"


def test_no_rows_make_an_empty_table():
    assert curves_text([]) == "\n"


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_numbers_read_back_exactly(values):
    back = list(csv.DictReader(io.StringIO(curves_text([{"seed": 1, "x": value} for value in values]))))
    assert [float(row["x"]) for row in back] == values
