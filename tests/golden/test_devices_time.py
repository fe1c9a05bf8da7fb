"""The check of programmed devices: the shipped recordings pass, changed ones fail."""
from __future__ import annotations

import json
import shutil
from pathlib import Path

import check_devices
import devices_time
import numpy as np
import pytest

DEVICES = Path(__file__).parent / "devices"


def failing(path):
    """Names of the cases that are above their limit."""
    return [name for name, error, limit in devices_time.CHECKS[path.stem](path) if not error <= limit]


def few(folder, change=lambda arrays: None, model="Hermes2"):
    """The recording of one model at every fifth conductance, changed."""
    stem = "aihwkit_inference_noise"
    arrays = {key: value[::5].copy() for key, value in np.load(DEVICES / f"{stem}.npz").items() if key.startswith(f"{model}__")}
    change(arrays)
    np.savez(folder / f"{stem}.npz", **arrays)
    shutil.copy(DEVICES / f"{stem}.json", folder)
    return folder / f"{stem}.npz"


@pytest.mark.parametrize("model", ["PCMLike", "Hermes1", "Hermes2", "StateIndependent", "ReRamWan_gmax40", "ReRamWan_gmax25",
                                   "ReRamCMO_acc0.2", "ReRamCMO_acc2", "ReRamCMO_acc0.02"])
def test_recorded_inference_noise_is_reproduced(tmp_path, model):
    assert failing(few(tmp_path, model=model)) == []


def test_recorded_pairs_are_reproduced(tmp_path):
    stem = "aihwkit_inference_noise"
    keep = ("PCMLike__g", "PCMLike__prog", "PCMLike_w_prog", "PCMLike_w_target")
    arrays = {key: value for key, value in np.load(DEVICES / f"{stem}.npz").items() if key in keep}
    np.savez(tmp_path / f"{stem}.npz", **arrays)
    shutil.copy(DEVICES / f"{stem}.json", tmp_path)
    names = [name for name, _, _ in devices_time.inference_noise(tmp_path / f"{stem}.npz")]
    assert "PCMLike pairs: sd" in names and failing(tmp_path / f"{stem}.npz") == []


@pytest.mark.parametrize(("key", "column", "case"), [
    ("Hermes2__t3600", 0, "Hermes2 3600 s: mean"), ("Hermes2__nu", 1, "Hermes2 nu: sd"), ("Hermes2__t0", 4, "Hermes2 0 s: percentiles")])
def test_a_recording_that_is_4_percent_off_is_found(tmp_path, key, column, case):
    def change(arrays):
        arrays[key][3, column] *= 1.04
    assert failing(few(tmp_path, change)) == [case]


def test_parameters_come_from_the_description(tmp_path):
    path = few(tmp_path)
    facts = json.loads(path.with_suffix(".json").read_text())
    facts["models"]["Hermes2"]["t_0"] = 20.0
    path.with_suffix(".json").write_text(json.dumps(facts))
    assert any("s: mean" in name for name in failing(path))


def test_recorded_programming_errors_of_crosssim_are_reproduced():
    assert failing(DEVICES / "crosssim.npz") == []
    assert len([1 for name, _, _ in devices_time.crosssim_devices(DEVICES / "crosssim.npz") if name.endswith("sd")]) == 7


@pytest.mark.parametrize("device", ["PCMJoshi", "SONOS_1d"])
def test_a_changed_error_curve_of_crosssim_is_found(tmp_path, device):
    arrays = {key: value.copy() for key, value in np.load(DEVICES / "crosssim.npz").items() if key == f"dev_{device}"}
    arrays[f"dev_{device}"][2, 5] *= 1.04
    np.savez(tmp_path / "crosssim.npz", **arrays)
    shutil.copy(DEVICES / "crosssim.json", tmp_path)
    assert failing(tmp_path / "crosssim.npz") == [f"{device}: sd"]


def test_a_file_that_two_modules_check_is_checked_by_both():
    both = check_devices.one_after_the_other(lambda path: iter([("a", 0.0, 1.0)]), lambda path: iter([("b", 2.0, 1.0)]))
    assert [name for name, _, _ in both(Path("x.npz"))] == ["a", "b"]


def test_the_program_counts_failures(tmp_path, capsys):
    few(tmp_path)
    assert check_devices.main(tmp_path) == 0 and "0 failed" in capsys.readouterr().out
    few(tmp_path, lambda arrays: arrays["Hermes2__nu"].__imul__(1.05))
    assert check_devices.main(tmp_path) == 1 and "FAILED" in capsys.readouterr().out
