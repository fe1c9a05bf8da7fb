"""Checkpoints: what comes back is what was saved, or nothing comes back."""
from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from neurosim import checkpoint
from neurosim.errors import InputError, NeurosimError

ARRAYS = {
    "recurrent/conductance": np.arange(6, dtype=np.float32).reshape(2, 3), "recurrent/persistent": np.ones(4),
    "scalar": np.float64(3.5), "empty": np.zeros((0, 4)), "mask": np.array([True, False]), "count": np.ones(2, np.uint64),
    "special": np.array([np.nan, np.inf, -0.0])}
STORED = Path(__file__).parent / "stored" / "checkpoint-1.h5"
FACTS = {"epoch": 3, "rate": 1e-300, "label": "größe", "largest": 2**64 - 1, "none": ""}


@pytest.fixture
def file(tmp_path):
    checkpoint.save(tmp_path / "c.h5", ARRAYS, FACTS)
    return tmp_path / "c.h5"


def refusal(path) -> str:
    with pytest.raises(InputError) as caught:
        checkpoint.load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def same(found, expected) -> bool:
    return set(found) == set(expected) and all(
        found[name].dtype == np.asarray(expected[name]).dtype and found[name].shape == np.shape(expected[name])
        and found[name].tobytes() == np.asarray(expected[name]).tobytes() for name in expected)


def test_arrays_and_facts_come_back_bit_for_bit(file):
    arrays, facts = checkpoint.load(file)
    assert same(arrays, ARRAYS) and facts == FACTS
    assert isinstance(facts["epoch"], int) and isinstance(facts["rate"], float)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a machine under load is slow, not wrong
@given(
    st.dictionaries(st.sampled_from(["a", "b/c", "b/d", "ä"]), arrays_of.arrays(
        st.sampled_from([np.float32, np.float64, np.int32, np.uint8, np.bool_, np.dtype(">f8")]),
        arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))),
    st.dictionaries(
        st.sampled_from(["x", "y"]),
        st.integers(-2**63, 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)))
def test_any_arrays_and_facts_come_back(tmp_path_factory, arrays, facts):
    path = tmp_path_factory.mktemp("any") / "c.h5"
    checkpoint.save(path, arrays, facts)
    found, found_facts = checkpoint.load(path)
    assert same(found, {name: array.astype(array.dtype.newbyteorder("<")) for name, array in arrays.items()})
    assert found_facts == facts


def test_the_same_content_gives_the_same_bytes_at_any_time_in_any_order(file, tmp_path):
    time.sleep(1.1)  # HDF5 keeps times in whole seconds
    checkpoint.save(tmp_path / "d.h5", dict(reversed(ARRAYS.items())), dict(reversed(FACTS.items())))
    assert (tmp_path / "d.h5").read_bytes() == file.read_bytes()


def test_a_file_is_replaced_and_nothing_else_is_left(file, tmp_path):
    checkpoint.save(file, {"a": np.zeros(1)}, {})
    assert os.listdir(tmp_path) == ["c.h5"]
    assert list(checkpoint.load(file)[0]) == ["a"]


def test_a_failed_write_leaves_the_old_file_alone(file, tmp_path, monkeypatch):
    before = file.read_bytes()

    def full(*arguments):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(NeurosimError, match="c.h5: cannot be written .No space left on device."):
        checkpoint.save(file, {"a": np.zeros(1)}, {})
    assert file.read_bytes() == before and os.listdir(tmp_path) == ["c.h5"]


@pytest.mark.parametrize("arrays, facts", [
    ({"a": np.zeros(1), "a/b": np.zeros(1)}, {}), ({"a\ud800": np.zeros(1)}, {}), ({}, {"a": "\ud800"})])
def test_names_that_cannot_be_stored_are_one_sentence_and_leave_the_old_file(file, tmp_path, arrays, facts):
    before = file.read_bytes()
    with pytest.raises(InputError, match="^c.h5: cannot hold arrays and facts of these names"):
        checkpoint.save(file, arrays, facts)
    assert file.read_bytes() == before and os.listdir(tmp_path) == ["c.h5"]


def test_a_folder_that_does_not_exist_is_an_error(tmp_path):
    with pytest.raises(NeurosimError, match="cannot be written"):
        checkpoint.save(tmp_path / "none" / "c.h5", {}, {})


@pytest.mark.parametrize("array", [
    np.array([object()]), np.array(["text"]), np.array([1j]), np.zeros(1, [("a", float)]), np.zeros(1, "M8[s]")])
def test_an_array_that_holds_no_plain_numbers_is_refused(tmp_path, array):
    with pytest.raises(InputError, match="^c.h5: bad: has type .*; must be booleans, integers or floats"):
        checkpoint.save(tmp_path / "c.h5", {"bad": array}, {})
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("name", ["", "/a", "a/", "a//b", ".", "a/../b", "a\0b"])
def test_a_name_that_is_no_name_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="is no name for an array"):
        checkpoint.save(tmp_path / "c.h5", {name: np.zeros(1)}, {})


@pytest.mark.parametrize("fact", [float("nan"), float("inf"), 2**64, -2**63 - 1, "a\0b", "x" * 40_000, None, [1]])
def test_a_fact_that_cannot_be_kept_is_refused(tmp_path, fact):
    with pytest.raises(InputError, match="^c.h5: fact 'f' = .*; must be short text or a finite number"):
        checkpoint.save(tmp_path / "c.h5", {}, {"f": fact})


def test_a_fact_must_not_take_a_reserved_name(tmp_path):
    with pytest.raises(InputError, match="fact 'schema'"):
        checkpoint.save(tmp_path / "c.h5", {}, {"schema": 2})


def test_more_than_the_limit_is_refused_on_both_sides(file, monkeypatch, tmp_path):
    monkeypatch.setattr(checkpoint, "MAX_BYTES", 40)
    with pytest.raises(InputError, match="more than"):
        checkpoint.save(tmp_path / "d.h5", ARRAYS, {})
    assert refusal(file) == "c.h5: recurrent/persistent: has 32 bytes; a file may hold at most 40"


def test_a_huge_array_is_refused_before_it_is_read(file):
    with h5py.File(file, "a") as h5:
        h5.create_dataset("huge", shape=(2**40,), dtype="f8", track_times=False)  # takes no space: never written
        h5["huge"].attrs["sha256"] = np.bytes_(b"0" * 64)
    assert refusal(file).startswith("c.h5: huge: has 8796093022208 bytes")


# damage

def test_every_damaged_byte_is_noticed_or_harmless(file, tmp_path):
    raw, damaged = file.read_bytes(), tmp_path / "d.h5"
    for place in range(0, len(raw), 13):
        changed = bytearray(raw)
        changed[place] ^= 0xFF
        damaged.write_bytes(changed)
        try:
            arrays, facts = checkpoint.load(damaged)
        except InputError as error:
            assert str(error).startswith("d.h5: ")  # noqa: PT017
        else:
            assert same(arrays, ARRAYS) and facts == FACTS


def test_every_truncated_file_is_refused(file, tmp_path):
    raw, cut = file.read_bytes(), tmp_path / "d.h5"
    for length in [*range(0, len(raw), 97), len(raw) - 1]:
        cut.write_bytes(raw[:length])
        assert refusal(cut).startswith("d.h5: ")


def test_an_altered_array_is_named(file):
    with h5py.File(file, "r+") as h5:
        h5["recurrent/conductance"][0, 0] = 7
    assert refusal(file) == "c.h5: recurrent/conductance: does not match its sha256; the file was altered or damaged"


def test_an_array_of_another_shape_or_type_does_not_match(file):
    with h5py.File(file, "r+") as h5:
        digest = h5["recurrent/conductance"].attrs["sha256"]
        del h5["recurrent/conductance"]
        h5["recurrent/conductance"] = np.arange(6, dtype=np.float32)
        h5["recurrent/conductance"].attrs["sha256"] = digest
    assert "recurrent/conductance: does not match" in refusal(file)


def test_a_missing_digest_is_named(file):
    with h5py.File(file, "r+") as h5:
        del h5["scalar"].attrs["sha256"]
    assert refusal(file) == "c.h5: scalar: has no sha256; the file was not written by neurosim or was altered"


def test_an_altered_fact_is_noticed(file):
    with h5py.File(file, "r+") as h5:
        h5.attrs["epoch"] = 4
    assert refusal(file).startswith("c.h5: contents_sha256: is missing or does not match the facts and the names of the arrays")


def test_an_array_that_is_gone_or_has_another_name_is_noticed(file):
    with h5py.File(file, "r+") as h5:
        h5.move("recurrent/persistent", "recurrent/conductances")
    assert "c.h5: contents_sha256: is missing or does not match" in refusal(file)
    with h5py.File(file, "r+") as h5:
        del h5["recurrent/conductances"]
    assert "c.h5: contents_sha256: is missing or does not match" in refusal(file)


def test_a_file_of_schema_1_is_still_read_and_still_checked(tmp_path):
    """Written by the last version that wrote schema 1."""
    arrays, facts = checkpoint.load(STORED)
    assert same(arrays, ARRAYS) and facts == FACTS
    (tmp_path / "c.h5").write_bytes(STORED.read_bytes())
    with h5py.File(tmp_path / "c.h5", "r+") as h5:
        assert h5.attrs["schema"] == 1
        h5.attrs["epoch"] = 4
    assert refusal(tmp_path / "c.h5") == "c.h5: facts_sha256: is missing or does not match the facts; the file was altered"


def test_a_size_that_is_declared_and_not_stored_is_refused_before_it_is_allocated(file):
    with h5py.File(file, "r+") as h5:
        h5.create_dataset("sparse", shape=(2**26,), dtype="f8", track_times=False)
        h5["sparse"].attrs["sha256"] = np.bytes_(b"0" * 64)
    assert refusal(file) == "c.h5: sparse: has 536870912 bytes, of which 0 are in this file"


@pytest.mark.parametrize("value", [None, 3, 0, "1", 1.0, [1]])
def test_another_schema_is_refused(file, value):
    with h5py.File(file, "r+") as h5:
        del h5.attrs["schema"]
        if value is not None:
            h5.attrs["schema"] = value
    assert refusal(file).startswith("c.h5: schema") and refusal(file).endswith("must be 1 or 2, the versions that this program reads")


# what is no checkpoint

def test_a_file_that_is_not_hdf5_is_refused(tmp_path):
    (tmp_path / "c.h5").write_text("hello")
    assert refusal(tmp_path / "c.h5").startswith("c.h5: is not a complete HDF5 file")


def test_a_file_that_does_not_exist_and_a_folder_are_refused(tmp_path):
    assert refusal(tmp_path / "c.h5").endswith("no such file")
    assert refusal(tmp_path).endswith("not a file")


@pytest.mark.parametrize("link", ["soft", "external", "hard"])
def test_links_are_refused(file, tmp_path, link):
    secret = tmp_path / "secret.h5"
    checkpoint.save(secret, {"a": np.zeros(1)}, {})
    with h5py.File(file, "r+") as h5:
        h5["zlink"] = {"soft": h5py.SoftLink("/scalar"), "external": h5py.ExternalLink(str(secret), "/a"),
                       "hard": h5["scalar"]}[link]
    assert refusal(file).endswith("must be an array stored in this place")


def test_a_group_that_contains_itself_is_refused(file):
    with h5py.File(file, "r+") as h5:
        h5["recurrent/again"] = h5["recurrent"]
    assert "another name" in refusal(file)


def test_data_in_another_file_is_refused(file, tmp_path):
    (tmp_path / "outside").write_bytes(b"\0" * 80)
    with h5py.File(file, "r+") as h5:
        h5.create_dataset("outside", shape=(10,), dtype="f8", external=[(str(tmp_path / "outside"), 0, 80)])
    assert refusal(file) == "c.h5: outside: is not stored as one block in this file"


def test_compressed_and_virtual_data_are_refused(file):
    with h5py.File(file, "r+") as h5:
        h5.create_dataset("packed", data=np.zeros(1000), compression="gzip")
    assert "packed: is not stored as one block" in refusal(file)


@pytest.mark.parametrize("dtype", [h5py.string_dtype(), h5py.ref_dtype, h5py.vlen_dtype(np.int32), "S8", "c16"])
def test_data_that_are_no_plain_numbers_are_refused(file, dtype):
    with h5py.File(file, "r+") as h5:
        h5.create_dataset("odd", shape=(2,), dtype=dtype)
    assert "c.h5: odd: has type" in refusal(file)


def test_a_named_type_is_refused(file):
    with h5py.File(file, "r+") as h5:
        h5["type"] = np.dtype("f8")
    assert refusal(file) == "c.h5: type: is a named type; must be an array"


def test_deep_nesting_is_refused(file):
    with h5py.File(file, "r+") as h5:
        h5.create_group("/".join("g" * 40))
    assert "is nested too deeply" in refusal(file)


def test_a_text_of_variable_length_is_never_read(file):
    with h5py.File(file, "r+") as h5:
        h5.attrs["label"] = "größe"  # h5py's default: in the heap that has no checksum
    assert refusal(file) == "c.h5: fact 'label': is neither short text nor a finite number"


def test_the_file_is_readable_by_others(file):
    with h5py.File(file) as h5:
        assert h5.attrs["schema"] == 2
        digest = hashlib.sha256(b"<f4 (2, 3) " + ARRAYS["recurrent/conductance"].tobytes()).hexdigest()
        assert h5["recurrent/conductance"].attrs["sha256"].decode() == digest
