"""TOML text reads back the same; files that are none are refused, see `test_experiment.py`."""
from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.toml import toml_text

KEYS = st.text(st.characters(codec="utf-8"), max_size=8)
VALUES = st.recursive(
    st.booleans() | st.integers(-2**63, 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_toml_text_reads_back(table):
    back = tomllib.loads(toml_text(table))
    assert back == table and repr(sorted(back)) == repr(sorted(table))


def test_toml_has_no_text_for_other_types():
    with pytest.raises(TypeError, match="no TOML for set"):
        toml_text({"a": {1}})
