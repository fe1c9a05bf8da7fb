"""The script that checks recorded device behaviour: every shipped file passes, other devices too, and a changed file fails."""
from __future__ import annotations

import json
import os
import pathlib
import shutil

import check_devices
import numpy as np
import pytest

FOLDER = pathlib.Path(__file__).parent / "devices"
IS_PLAIN = os.environ.get("NEUROSIM_PYTHON") == "1"


def some(tmp_path, keep, change=lambda arrays: None):
    """A folder with the recorded pulse curves of one device."""
    with np.load(FOLDER / "aihwkit_pulse_response.npz") as data:
        arrays = {name: data[name].copy() for name in data.files if name.startswith(keep) and (not IS_PLAIN or "det" in name)}
    about = json.loads((FOLDER / "aihwkit_pulse_response.json").read_text())
    about["devices"] = {name: facts for name, facts in about["devices"].items() if name == keep}
    if IS_PLAIN:
        with np.load(FOLDER / "aihwkit_pulse_response.npz") as data:
            arrays.update({name: data[name] for name in data.files if name.startswith(f"{keep}__d2d")})
    change(arrays)
    np.savez(tmp_path / "aihwkit_pulse_response.npz", **arrays)
    (tmp_path / "aihwkit_pulse_response.json").write_text(json.dumps(about))
    return tmp_path


@pytest.mark.skipif(IS_PLAIN, reason="1000 devices times 2000 pulses: compiled only")
def test_every_recorded_pulse_curve_and_train_is_met(capsys, tmp_path):
    for suffix in ("npz", "json"):
        for stem in ("aihwkit_pulse_response", "aihwkit_update_stats"):
            shutil.copy(FOLDER / f"{stem}.{suffix}", tmp_path)
    shutil.copy(FOLDER / "neurosim_realdevice.json", tmp_path)
    assert check_devices.main(tmp_path) == 0, capsys.readouterr().out
    assert "125 cases, 0 failed" in capsys.readouterr().out


@pytest.mark.skipif(IS_PLAIN, reason="compiled only")
def test_a_changed_curve_fails(tmp_path, capsys):
    def bend(arrays):
        arrays["CapacitorPresetDevice__det"][700] += 2e-6

    assert check_devices.main(some(tmp_path, "CapacitorPresetDevice", bend)) == 1
    assert "CapacitorPresetDevice: mean device: largest error 2" in (said := capsys.readouterr().out) and said.count("FAILED") == 1


def test_a_folder_with_nothing_known_is_refused(tmp_path):
    assert check_devices.main(tmp_path) == 2
