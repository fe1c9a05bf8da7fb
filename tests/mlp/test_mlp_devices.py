"""Devices by the labels of MLP+NeuroSim."""
from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

from neurosim import profile
from neurosim.errors import InputError
from neurosim.mlp.devices import PUBLISHED, profile_of, started, straight_lines, time_constant
from neurosim.mlp.weights import placed
from neurosim.quantity import number

GOLDEN = json.loads((pathlib.Path(__file__).parents[1] / "golden" / "devices" / "neurosim_realdevice.json").read_text())
SILVER = PUBLISHED["Ag:a-Si"]


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """A few pulses are faster than a compiler."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


@pytest.mark.parametrize(("label", "wanted"), GOLDEN["NL_to_A_normalised"].items())
def test_labels_stand_for_the_recorded_time_constants(label, wanted):
    assert time_constant(float(label)) == pytest.approx(wanted, rel=4e-5 if float(label) <= 6 else 6e-4)
    assert time_constant(-float(label)) == -time_constant(float(label))


def test_pulses_follow_the_recorded_curve_up_and_down():
    """100 single pulses up from the lowest conductance, 100 down; recorded with A of a table, ours is fitted to it."""
    device = placed("silver", SILVER._replace(spread_ctoc=0.0), -np.ones((1, 1)), 1, 1)
    curve = [float(device.read()[0, 0])]
    for pulse in [2 / 97] * 100 + [-2 / 100] * 100:
        device.change(np.full((1, 1), pulse))
        curve.append(float(device.read()[0, 0]))
    wanted = (np.array(GOLDEN["G_det"]) - GOLDEN["Gmin"]) / (GOLDEN["Gmax"] - GOLDEN["Gmin"])
    np.testing.assert_allclose((np.array(curve) + 1) / 2, wanted, atol=1e-5)


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("sign", [1, -1], ids=["up", "down"])
def test_the_last_pulse_of_all_levels_ends_at_the_bound(name, sign):
    """N pulses from one end of the range to the other: g = line(g), N times."""
    labels = PUBLISHED[name]
    change, lost = straight_lines(labels)[0 if sign > 0 else 1]
    g = 0.0 if sign > 0 else 1.0
    for _ in range(labels.levels_up if sign > 0 else labels.levels_down):
        g += change - lost * g
    assert g == pytest.approx(1.0 if sign > 0 else 0.0, abs=1e-9)


@pytest.mark.parametrize("name", ["Ag:a-Si", "GST PCM"])
@pytest.mark.parametrize("sign", [1, -1], ids=["up", "down"])
def test_a_pulse_is_as_noisy_up_as_down(name, sign):
    """2 x 1500 devices at 0: standard deviation of the cycle noise times the range, which is 2, to 5 standard errors."""
    labels = PUBLISHED[name]
    noisy, silent = (
        placed(name, labels._replace(spread_ctoc=spread), np.zeros((2, 1500)), 1, 1) for spread in (labels.spread_ctoc, 0.0))
    for device in (noisy, silent):
        device.change(np.full((2, 1500), sign * 2 / (labels.levels_up if sign > 0 else labels.levels_down)))
    errors = noisy.read() - silent.read()
    assert abs(errors.mean()) < 5 * 2 * labels.spread_ctoc / np.sqrt(3000)
    assert errors.std() == pytest.approx(2 * labels.spread_ctoc, rel=5 / np.sqrt(2 * 3000))


def test_the_profile_is_the_one_that_is_shipped():
    ours, middle = profile_of("EpiRAM", PUBLISHED["EpiRAM"])
    shipped = profile.load("epiram").device
    for field in ("dw_min", "dw_min_std", "w_max", "w_min", "gamma_up", "gamma_down"):
        assert number(getattr(ours.device, field)) == pytest.approx(number(getattr(shipped, field)), rel=1e-5), field
    assert middle == pytest.approx(0, abs=1e-12)


def test_labels_without_a_point_of_equal_steps_are_refused():
    with pytest.raises(InputError, match=r"wrong: nonlinearity = 0\.5 up, -0\.5 down; a pulse up and a pulse down must be equally large"):
        profile_of("wrong", PUBLISHED["EpiRAM"]._replace(levels_up=10, levels_down=1000))


def test_a_low_start_leaves_the_lowest_conductance_out():
    """Range 1 to 5: G = max((w + 1) / 2 * 4, 1), w = (G - 1) / 4 * 2 - 1."""
    weights = np.array([-1.0, -0.5, 0.0, 1.0])
    conductances = np.maximum((weights + 1) / 2 * 4, 1)
    np.testing.assert_allclose(started(weights, SILVER._replace(on_off=5.0)), (conductances - 1) / 4 * 2 - 1)
