"""Recorded circuits: the shipped files pass, and changed ones do not."""
from __future__ import annotations

import shutil
from pathlib import Path

import check_devices
import devices_circuits
import numpy as np
import pytest

FOLDER = Path(__file__).parent / "devices"
FILES = sorted(path for path in FOLDER.glob("*.npz") if path.stem in devices_circuits.CHECKS)


def test_every_form_is_there():
    assert [path.stem for path in FILES] == [
        "crossbar_ngspice", "crossbar_sinh_ngspice", "crosssim", "irdrop_aihwkit_vs_nodal", *(f"memtorch_passive_{n}" for n in range(4))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_package_computes_what_was_recorded(path):
    cases = list(devices_circuits.CHECKS[path.stem](path))
    assert cases and [case for case in cases if not case[1] <= case[2]] == []


@pytest.mark.parametrize("stem, array", (
    ("crossbar_ngspice", "c2_I_ngspice"), ("crossbar_sinh_ngspice", "I_ngspice"), ("crosssim", "bs_bal_4_y"),
    ("crosssim", "sol1_I_verr1e-12"), ("irdrop_aihwkit_vs_nodal", "n64_ratio5000_pos_nodal_adc_first"), ("memtorch_passive_1", "I")))
def test_a_changed_file_fails(tmp_path, capsys, stem, array):
    with np.load(FOLDER / f"{stem}.npz") as archive:
        data = {name: archive[name].copy() for name in archive.files}
    data[array][np.abs(data[array]).argmax()] *= 1 + 1e-4
    np.savez(tmp_path / f"{stem}.npz", **data)
    if (FOLDER / f"{stem}.json").exists():
        shutil.copy(FOLDER / f"{stem}.json", tmp_path)
    assert check_devices.main(tmp_path) == 1
    assert capsys.readouterr().out.count("FAILED") == 1
