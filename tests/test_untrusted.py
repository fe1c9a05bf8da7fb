"""The one reader of arrays from archives of unknown origin."""
from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from neurosim.errors import InputError
from neurosim.untrusted import MAX_DIRECTORY, npz_arrays

NAMES = ("t", "v")


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def packed(path, entries, **options):
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def refusal(path, **options):
    with pytest.raises(InputError) as refused:
        npz_arrays(path, NAMES, **options)
    return str(refused.value)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_only_the_compressions_that_numpy_writes_are_unpacked(tmp_path, method):
    """Damaged LZMA raises an error of its own; the others are slow enough to be bombs."""
    path = packed(tmp_path / "a.npz", [("t.npy", npy(np.arange(100)))], compression=method)
    assert f"t: has compression {method}; must be stored or deflated" in refusal(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_without_the_ending_or_there_twice_is_refused(tmp_path):
    assert "'t': is unknown" in refusal(packed(tmp_path / "a.npz", [("t", b"words")]))
    assert "'t': is unknown" in refusal(packed(tmp_path / "a.npz", [("t.npy", npy(np.zeros(3))), ("t", b"words")]))
    assert "there twice" in refusal(packed(tmp_path / "a.npz", [("t.npy", npy(np.zeros(3)))] * 2))


@pytest.mark.parametrize("shape", ["(1150000000,)", "(99999999999, 3)", "(1,", "(-1,)", "[1]"])
def test_a_header_alone_makes_nobody_allocate(tmp_path, shape):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode()
    path = packed(tmp_path / "a.npz", [("t.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)])
    tracemalloc.start()
    try:
        refusal(path)
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()


def test_a_long_list_of_members_is_refused_before_it_is_read(tmp_path):
    path = packed(tmp_path / "a.npz", [(f"{k:04}.npy", b"") for k in range(2000)])
    assert f"has a list of members of more than {MAX_DIRECTORY} bytes" in refusal(path)
    content = bytearray(packed(tmp_path / "b.npz", [("t.npy", npy(np.zeros(3)))]).read_bytes())
    content[-22:-22] = b"PK\x06\x07" + bytes(16)  # sizes are elsewhere, and as large as that place likes
    (tmp_path / "b.npz").write_bytes(content)
    assert "has a list of members" in refusal(tmp_path / "b.npz")


def test_a_member_that_is_swallowed_by_the_comment_of_another_is_missed(tmp_path):
    """zipfile believes the lengths in its list; one flipped byte of them left `v` out, whose default took its place."""
    path = packed(tmp_path / "a.npz", [("t.npy", npy(np.arange(3))), ("v.npy", npy(np.ones(3)))])
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 33] = 1  # of the length of a comment: 256 bytes
    path.write_bytes(content)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["t.npy"]
    assert "is not a complete .npz file (BadZipFile: 1 members, and a list of 2)" in refusal(path)


def test_a_comment_at_the_end_does_no_harm(tmp_path):
    path = packed(tmp_path / "a.npz", [("t.npy", npy(np.arange(3)))])
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"made by hand"
    assert npz_arrays(path, NAMES)["t"].tolist() == [0, 1, 2]


def test_arrays_of_more_dimensions_or_numbers_are_read_where_that_is_asked_for(tmp_path):
    np.savez(tmp_path / "a.npz", t=np.zeros((2, 3, 4)))
    assert "at most 2 dimensions" in refusal(tmp_path / "a.npz")
    assert npz_arrays(tmp_path / "a.npz", NAMES, most_dimensions=3)["t"].shape == (2, 3, 4)
    assert "at most 23 numbers" in refusal(tmp_path / "a.npz", most_dimensions=3, most_cells=23)


def test_other_members_are_left_alone_where_that_is_asked_for(tmp_path):
    packed(tmp_path / "a.npz", [("t.npy", npy(np.arange(3))), ("../x.py", b"code")])
    assert "unknown" in refusal(tmp_path / "a.npz") and list(npz_arrays(tmp_path / "a.npz", NAMES, with_others=True)) == ["t"]


def test_a_damaged_local_header_is_an_input_error(tmp_path):
    content = bytearray(packed(tmp_path / "a.npz", [("t.npy", npy(np.zeros(3)))]).read_bytes())
    struct.pack_into("<H", content, 8, 99)
    (tmp_path / "a.npz").write_bytes(content[:-40])
    assert "is not a complete .npz file" in refusal(tmp_path / "a.npz")


def test_memory_stays_near_the_size_of_the_arrays(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", t=np.zeros(2**21))
    tracemalloc.start()
    try:
        npz_arrays(tmp_path / "a.npz", NAMES)
        assert tracemalloc.get_traced_memory()[1] < 1.5 * 2**24
    finally:
        tracemalloc.stop()
