"""Files of matrices that cannot be, or were made to do harm, are refused; and what is no file of a network."""
from __future__ import annotations

import io
import os
import zipfile

import numpy as np
import pytest
from export.networks import awkward, spiking
from export.refusing import attempt, refusal

from neurosim.export import export_network
from neurosim.export.deterministic import npz_bytes


@pytest.fixture
def npz_file(tmp_path):
    export_network(awkward(spiking()), "npz", tmp_path / "out")
    return tmp_path / "out" / "network.npz"


def archive(**members):
    """A zip file of these bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return made.getvalue()


def npy(array, **options):
    made = io.BytesIO()
    np.lib.format.write_array(made, array, allow_pickle=False, **options)
    return made.getvalue()


def header(text):
    """A ``.npy`` whose header says this."""
    line = text.encode() + b" " * 8 + b"\n"
    return b"\x93NUMPY\x01\x00" + len(line).to_bytes(2, "little") + line


PICKLE = header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}") + b"\x80\x04cos\nsystem\n."
NPZ = {
    "pickle": (lambda a: archive(**{"inputs.npy": PICKLE}), "inputs: has type object"),
    "unknown name": (lambda a: archive(**{"../../etc/passwd": b"x"}), "is unknown or there twice"),
    "not npy": (lambda a: archive(**{"inputs.npy": b"x" * 100}), "is not a complete .npz"),
    "huge shape": (lambda a: archive(**{"inputs.npy": header("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999)}")}),
                   "its shape (99999999999, 99999) needs"),
    "negative shape": (lambda a: archive(**{"inputs.npy": header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -1)}")}), "shape"),
    "code in the header": (lambda a: archive(**{"inputs.npy": header("__import__('os').abort()")}), "is not a complete .npz"),
    "deep header": (lambda a: archive(**{"inputs.npy": header("(" * 9000)}), "is not a complete .npz"),
    "bomb": (lambda a: archive(**{"inputs.npy": npy(np.zeros((2**10, 2**10))) + b"\0" * 2**22}), "inputs: has"),
    "text": (lambda a: npz_bytes({**a, "bias": np.array(["x"] * 20)}), "bias: has type <U1"),
    "complex": (lambda a: npz_bytes({**a, "bias": np.zeros(20, complex)}), "bias: has type complex128"),
    "cube": (lambda a: npz_bytes({**a, "bias": np.zeros((2, 2, 2))}), "at most 2 dimensions"),
    "nan": (lambda a: npz_bytes({**a, "recurrent": np.full((20, 20), np.nan)}), "recurrent: has entries that are not finite"),
    "other shape": (lambda a: npz_bytes({**a, "recurrent": np.zeros((20, 19))}), "recurrent: has shape (20, 19)"),
    "no neurons": (
        lambda a: npz_bytes({"inputs": np.zeros((0, 3)), "recurrent": np.zeros((0, 0)), "readout": np.zeros((2, 0))}), "1 to 65535"),
    "no tau": (lambda a: npz_bytes({k: v for k, v in a.items() if k != "tau_s"}), "tau_s: is missing"),
    "no matrix": (lambda a: npz_bytes({k: v for k, v in a.items() if k != "readout"}), "readout: is missing"),
    "different": (lambda a: npz_bytes({**a, "tau_s": np.linspace(1, 2, 20)}), "tau_s = 1 to 2; must be the same for all neurons"),
    "negative tau": (lambda a: npz_bytes({**a, "tau_s": np.full(20, -1.0)}), "tau_s: Input should be greater than 0"),
    "different delays": (lambda a: npz_bytes({**a, "delays": np.arange(20)}), "delays = 0 to 19; must be the same"),
    "negative delays": (lambda a: npz_bytes({**a, "delays": np.full(20, -1)}), "delays = -1; must be a whole number"),
    "kept": (lambda a: npz_bytes({**a, "kept": np.array(1.0)}), "kept = 1; must be at least 0 and below 1"),
    "subtracts": (lambda a: npz_bytes({**a, "subtracts": np.array(3)}), "subtracts = 3; must be 0 or 1"),
    "both": (lambda a: npz_bytes({**a, "tau_steps": np.array(3.0)}), "tau_steps: is of rate neurons")}


@pytest.mark.parametrize("name", NPZ)
def test_npz_files_that_cannot_be_are_refused(name, npz_file):
    make, said = NPZ[name]
    with np.load(npz_file, allow_pickle=False) as file:
        arrays = dict(file)
    npz_file.write_bytes(make(arrays))
    assert said in refusal(npz_file)


def test_more_bytes_than_allowed_are_not_read(npz_file, monkeypatch):
    monkeypatch.setattr("neurosim.untrusted.MAX_CELLS", 600)
    assert "a file may hold at most 600 numbers" in refusal(npz_file)
    monkeypatch.setattr("neurosim.untrusted.MAX_BYTES", os.path.getsize(npz_file) - 1)
    assert "bytes; at most" in refusal(npz_file)


def test_truncated_and_flipped_npz_files_are_refused_or_read_but_never_worse(npz_file):
    whole, rng = npz_file.read_bytes(), np.random.Generator(np.random.Philox(7))
    for cut in np.linspace(4, len(whole) - 1, 40).astype(int):
        npz_file.write_bytes(whole[:cut])
        assert attempt(npz_file)
    refused = 0
    for place in rng.integers(4, len(whole), 300):
        npz_file.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << int(rng.integers(8)))]) + whole[place + 1:])
        refused += attempt(npz_file)
    assert refused > 250  # every byte of an array is under a checksum


@pytest.mark.parametrize(("content", "said"), [(b"", "is neither a NIR file"), (b"GIF89a" * 100, "is neither"), (None, "no such file")])
def test_other_files_are_refused(content, said, tmp_path):
    if content is not None:
        (tmp_path / "n.nir").write_bytes(content)
    assert said in refusal(tmp_path / "n.nir")


def test_what_is_no_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.nir")
    assert "not a file" in refusal(tmp_path / "pipe.nir") and "not a file" in refusal(tmp_path)
