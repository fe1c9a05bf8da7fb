"""Containers: the same content, the same bytes, whatever the clock and the order."""
from __future__ import annotations

import io
import time

import h5py
import numpy as np
import pytest

from neurosim.export.deterministic import hdf5_bytes, npz_bytes

ARRAYS = {"b": np.arange(6).reshape(2, 3), "a": np.float64(0.5), "c": np.zeros((0, 3), np.float32)}


def test_an_archive_reads_back():
    with np.load(io.BytesIO(npz_bytes(ARRAYS)), allow_pickle=False) as found:
        assert sorted(found.files) == ["a", "b", "c"]
        assert all(np.array_equal(found[name], array) and found[name].dtype == array.dtype for name, array in ARRAYS.items())


def test_neither_order_nor_layout_nor_time_matter(monkeypatch):
    first = npz_bytes(ARRAYS)
    monkeypatch.setattr(time, "time", lambda: 2e9)
    assert npz_bytes(dict(reversed(ARRAYS.items()))) == first
    assert npz_bytes({**ARRAYS, "b": np.asfortranarray(ARRAYS["b"])}) == first
    assert npz_bytes({**ARRAYS, "b": ARRAYS["b"] + 1}) != first


def test_objects_are_refused():
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        npz_bytes({"a": np.array([{}])})


def test_hdf5_has_no_time_in_it():
    def fill(file):
        file.attrs["version"] = 1
        file.create_group("g").create_dataset("w", data=np.arange(3.0), track_times=False)

    first = hdf5_bytes(fill)
    time.sleep(1.1)  # the clock of HDF5 counts seconds
    assert hdf5_bytes(fill) == first
    with h5py.File(io.BytesIO(first)) as file:
        assert file.attrs["version"] == 1 and file["g/w"][()].tolist() == [0, 1, 2]
