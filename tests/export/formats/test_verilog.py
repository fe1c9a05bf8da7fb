"""What the files for FPGAs hold, and that binutils reads the image."""
from __future__ import annotations

import sys

import numpy as np
import pytest
from export.clients import client
from export.int8_cases import network, trained
from required import program

from neurosim.export import Options, export_network
from neurosim.export.deterministic import npz_bytes
from neurosim.export.formats.verilog import export, image, memories
from neurosim.export.intel_hex import hex_text


def decoded(text):
    """Bytes by address of Intel HEX; every checksum is looked at."""
    found, upper = {}, 0
    for line in text.splitlines():
        data = bytes.fromhex(line.removeprefix(":"))
        assert line.startswith(":") and sum(data) & 255 == 0 and data[0] == len(data) - 5
        address, kind = int.from_bytes(data[1:3], "big"), data[3]
        if kind == 4:
            upper = int.from_bytes(data[4:6], "big") << 16
        found |= {upper + address + k: byte for k, byte in enumerate(data[4:-1])} if kind == 0 else {}
    assert text.endswith(":00000001FF\n")
    return found


def test_memory_files_hold_the_integers_in_twos_complement():
    parcel, spec = export(trained(), Options()), network().spec
    for name, (array, bits) in memories(spec).items():
        lines = parcel.files[name].splitlines()
        assert lines[0].startswith("//") and all(len(line) == bits // 4 and line == line.lower() for line in lines[1:])
        words = np.array([int(line, 16) for line in lines[1:]])
        assert (np.where(words >= 1 << (bits - 1), words - (1 << bits), words) == array.ravel()).all(), name


def test_the_manifest_tells_a_test_bench_what_it_needs(tmp_path):
    record = export_network(trained(), "verilog", tmp_path / "out", 4)
    assert (record["top"], record["rtl"], record["image"]) == ("neurosim_rnn", ["neurosim_rnn.v"], "weights.hex")
    assert record["ports"] == {"x": {"bits": 8, "n": 6}, "h": {"bits": 8, "n": 20}, "y": {"bits": 32, "n": 5}}
    assert record["mem"]["bias.mem"] == {"shape": [20], "bits": 32, "frac": network().spec.q_accumulator}
    assert record["clocks_per_step"] == 20 * 27 + 5 * 21 + 2
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*record["files"], "manifest.json", "expected.npz", "weights.npz"}


def test_the_image_holds_the_same_integers():
    spec = network().spec
    found = decoded(export(trained(), Options()).files["weights.hex"])
    assert sorted(found) == list(range(120 + 400 + 80 + 256 + 100))
    assert bytes(found[k] for k in sorted(found)) == image(spec)
    assert np.frombuffer(image(spec)[520:600], "<i4").tolist() == spec.bias.tolist()


@pytest.mark.parametrize("size", [0, 1, 16, 65536, 65537, 140000])
def test_images_of_any_size_are_addressed(size):
    data = bytes(k * 7 & 255 for k in range(size))
    found = decoded(hex_text(data))
    assert sorted(found) == list(range(size)) and bytes(found[k] for k in range(size)) == data


@pytest.mark.parametrize("damage", [False, True])
def test_objcopy_reads_the_image_and_finds_a_wrong_byte(damage, tmp_path):
    program("objcopy", "binutils")
    data = bytes(k * 7 & 255 for k in range(70000))
    (tmp_path / "weights.hex").write_text(hex_text(data[:-1] + b"\0" if damage else data))
    (tmp_path / "weights.npz").write_bytes(npz_bytes({"image": np.frombuffer(data, np.uint8), "base": np.array(0)}))
    said = client(sys.executable, "run_hex.py", tmp_path / "weights.hex", tmp_path / "weights.npz")
    assert said.returncode == damage and "objcopy" in said.stdout, said.stdout + said.stderr
