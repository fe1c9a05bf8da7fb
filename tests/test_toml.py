"""TOML text reads back the same; files that are none are refused, see `test_experiment.py`."""
from __future__ import annotations

import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.toml import MAX_BYTES, MAX_PARTS, Deep, loads, toml_text

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


LONG = ".".join("a" * (MAX_PARTS + 1))


@pytest.mark.parametrize("text", [
    f"[{LONG}]", f"[[{LONG}]]", f"{LONG} = 1", f"x = {{{LONG} = 1}}", f"x = [{{{LONG} = 1}}]", f"[{LONG.replace('.', ' . ')}]",
    f"['a'.\"b\".{LONG}]", "x = " + "[" * 3000, "x = " + "{a=" * 3000])
def test_keys_and_values_that_nest_without_end_are_refused(text):
    with pytest.raises(Deep):
        loads(text)


@pytest.mark.parametrize("text", [
    f"[{LONG[:-2]}]\nb = 1", 'x = "http://a.b/c.d.e"', "x = 1.5", "x = '....................................'"])
def test_what_files_hold_is_let_through(text):
    assert loads(text) == tomllib.loads(text)


DEEP = ".".join("a" * MAX_PARTS)


@pytest.mark.parametrize("text", [
    f"[{DEEP}]\n" + "".join(f"b{k}=1\n" for k in range(30_000)), f"[[{DEEP}]]\n" * 3500, "".join(f"{DEEP}{k}=1\n" for k in range(3500)),
    "a" * MAX_BYTES, "x = '" + "." * MAX_BYTES, '"' * MAX_BYTES, "'a\"" * (MAX_BYTES // 3), "[x]\n" + "a.b=1\n" * 40_000], ids=range(8))
def test_the_worst_text_takes_seconds_at_most(text):
    """CPU time: a header of thousands of parts before thousands of lines took hours."""
    began = time.process_time()
    try:
        loads(text[:MAX_BYTES])
    except ValueError:
        pass
    assert time.process_time() - began < 5
