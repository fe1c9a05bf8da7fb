"""Round trip: CSV file, fit, profile file, devices of the simulator, and their pulse response against the file."""
from __future__ import annotations

import numpy as np
import pytest
from calibration.synthetic import csv_text, measured
from calibration.test_fit import TRUTHS

from neurosim import profile
from neurosim.calibration.command import calibrate
from neurosim.devices.pulses import fire
from neurosim.generators import generator
from neurosim.placement import place

N_MEASURED, N_PULSES, N_PLACED = 24, 160, 160
ALIKE = {"dw_min_dtod": 0.05, "bound_dtod": 0.03, "up_down_dtod": 0.02, "dw_min_std": 0.1}
"""Spreads so small that the mean of few devices is already that of many."""
WITHIN = 0.02  # of the range of the conductance


def response(array, polarity, start):
    """Mean state of the devices of an array after every pulse, through their `fire`."""
    g = np.full(N_PLACED, start, np.float32)
    for changing in array.state().values():
        changing[...] = start
    normals = generator(5, 1).standard_normal((len(polarity), 2, N_PLACED)).astype(np.float32)
    mean = [float(start)]
    for sign, (normal, second) in zip(polarity, normals):
        for k in range(N_PLACED):
            g[k] = fire(array.device, 0, k, g[k], np.float32(sign), normal[k], second[k])
        mean.append(float(g.mean()))
    return np.array(mean)


@pytest.mark.parametrize("label", TRUTHS)
def test_the_fitted_chip_responds_to_pulses_as_the_measured_devices_did(label, tmp_path):
    traces = measured(TRUTHS[label]._replace(**ALIKE), N_MEASURED, N_PULSES, half_cycle=40, reads=1).traces
    (tmp_path / "pulses.csv").write_text(csv_text(traces))
    report = calibrate(tmp_path / "pulses.csv", TRUTHS[label].model, tmp_path / "ours.toml")
    array = place("readout", 0, np.zeros((N_PLACED, 1)), None, profile.load(tmp_path / "ours.toml"), 3, np.float32)
    siemens = traces.g_min_S + (traces.mean.mean(axis=1) + 1) / 2 * (traces.g_max_S - traces.g_min_S)
    expected = 2 * (siemens - report["g_min_S"]) / (report["g_max_S"] - report["g_min_S"]) - 1
    found = response(array, traces.polarity[:, 0], expected[0])
    assert array.scale == 1.0 and np.abs(found - expected).max() < 2 * WITHIN
    assert np.abs(np.diff(expected)).max() > 0.02 and np.ptp(expected) > 1.0  # there is something to follow
