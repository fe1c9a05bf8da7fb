"""Containers whose bytes depend on nothing but what is in them."""
from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import numpy as np

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest a zip file can tell


def npz_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """An uncompressed ``.npz`` without a time of day, arrays in the order of their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            entry = io.BytesIO()
            np.lib.format.write_array(entry, np.asarray(arrays[name], order="C"), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", EPOCH)
            info.create_system = 3  # what made it, which is otherwise another number on Windows
            archive.writestr(info, entry.getvalue())
    return buffer.getvalue()


def hdf5_bytes(fill) -> bytes:  # type: ignore[no-untyped-def]
    """An HDF5 file made in memory, no times in it; `fill` gets the open file (datasets: ``track_times=False``)."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver=("v110", "v110"), track_order=False) as file:
        fill(file)
    return buffer.getvalue()
