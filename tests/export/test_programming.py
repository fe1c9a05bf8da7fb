"""The schedule that programs a crossbar: pulses of the profile's own device model, and nothing that no profile knows."""
from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from export.crossbars import made_up, on_chip

from neurosim.devices.pulses import fire
from neurosim.export import programming
from neurosim.export.conductances import arrays_of, crossbars_of, device_of, held, nominal
from neurosim.pulsed import build, hidden_of


def rows_of(trained):
    """(tile, step, device, row, col) to the row of the schedule; and the crossbars."""
    matrices = {name: held(array, trained.profile) for name, array in arrays_of(trained).items()}
    crossbars = crossbars_of(matrices, trained.profile)
    text = programming.schedule(crossbars, trained.profile)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert text.splitlines()[0] == programming.HEADER
    return {(int(r["tile"]), int(r["step"]), r["device"], int(r["row"]), int(r["col"])): r for r in rows}, crossbars


def test_every_device_is_reset_and_read_and_pulsed_if_it_must_move():
    rows, crossbars = rows_of(on_chip("rate", "hermes64"))
    for k, one in enumerate(crossbars):
        for name, siemens in (("plus", one.plus), ("minus", one.minus)):
            for (i, j), target in np.ndenumerate(siemens):
                begun, read = rows[k, 0, name, i, j], rows[k, 2, name, i, j]
                assert begun["op"] == "reset" and begun["pulses"] == "unavailable" and float(begun["g_expected_S"]) == 0.01 * 20.7e-6 / 2
                assert read["op"] == "read" and read["pulses"] == "0" and float(read["g_expected_S"]) == target
                assert float(read["g_tol_S"]) > 0
    assert {row["amplitude_V"] for row in rows.values()} == {"unavailable"}
    assert {row["width_s"] for key, row in rows.items() if key[1] == 1} == {"6e-06"}
    assert {row["width_s"] for key, row in rows.items() if key[1] != 1} == {"unavailable"}


def test_equal_steps_are_counted():
    """A constant step from what a reset leaves: the pulses are the rounded quotient, or out of reach."""
    trained = on_chip("rate", "wired pair")
    rows, crossbars = rows_of(trained)
    step, seen = 0.02, 0  # up_down = 0.2 weakens down pulses alone
    for k, one in enumerate(crossbars):
        state = one.plus / one.held.unit_S
        for (i, j), value in np.ndenumerate(state):
            row, wanted = rows.get((k, 1, "plus", i, j)), (value - 0.05) / step
            if row is None:
                assert wanted < 0.5 + 1e-9
            elif row["pulses"] == "unavailable":
                assert value > 1.0
            else:
                seen += 1
                assert row["op"] == "set" and abs(int(row["pulses"]) - wanted) <= 0.5 + 1e-6
                assert abs(float(row["g_expected_S"]) - one.plus[i, j]) <= float(row["g_tol_S"]) * (1 + 1e-9)
    assert seen > 50


@pytest.mark.parametrize("profile", ["neurram", "hermes64", "wired", "referenced"])
def test_the_pulses_lead_where_it_says(profile):
    """Fired one by one at a nominal device, they end at g_expected_S, and no other number of them ends nearer."""
    trained = on_chip("rate", profile)
    rows, crossbars = rows_of(trained)
    section = device_of(nominal(trained.profile))
    is_pair, against = section.cell == "one_sided_pair", section.g_min_S is not None
    device = build(section, hidden_of(section, (1, 1), 0, 0), 1.0, np.asarray, 0, 0, np.float64)
    checked = 0
    for (k, step, name, i, j), row in list(rows.items())[::5]:
        if step != 1 or row["pulses"] == "unavailable":
            continue
        one = crossbars[k]
        target = (one.plus if name == "plus" else one.minus)[i, j]
        direction = -1 if row["op"] == "reset" or (name == "minus" and not is_pair and not against) else 1
        rungs = programming.ladder(trained.profile, direction).states
        state = rungs[0]
        for _ in range(int(row["pulses"])):
            state = float(fire(device, 0, 0, state, float(direction), 0.0, 0.0))
        found, all_of_them = (one.held.zero_S + one.held.unit_S * (s if against else np.abs(s)) for s in (state, rungs))
        assert found == pytest.approx(float(row["g_expected_S"]), rel=1e-12)
        assert abs(found - target) <= np.abs(all_of_them - target).min() * (1 + 1e-9) and len(rungs) < 1000
        checked += 1
    assert checked > 5


def test_a_device_against_its_reference_moves_both_ways_and_the_reference_not_at_all():
    rows, _ = rows_of(on_chip("rate", "referenced"))
    pulsed = [row for key, row in rows.items() if key[1] == 1]
    assert {row["op"] for row in pulsed} == {"set", "reset"} and {row["device"] for row in pulsed} == {"plus"}


def test_what_is_out_of_reach_has_no_number_of_pulses():
    ladder = programming.Ladder(np.array([0.0, 0.4, 0.7, 0.9]), 1, 0.4)
    assert ladder.pulses(np.array([-0.3, -0.1, 0.0, 0.21, 0.5, 0.81, 1.0, 1.2])).tolist() == [-1, 0, 0, 1, 1, 3, 3, -1]
    assert programming.Ladder(np.array([0.0, -0.4, -0.7]), -1, 0.4).pulses(np.array([-0.45, 0.0, -2.0])).tolist() == [1, 0, -1]
    assert programming.Ladder(np.array([0.1]), 1, 0.4).pulses(np.array([0.1, 0.2, 1.0])).tolist() == [0, 0, -1]


def test_the_manifest_says_order_stop_and_what_is_unknown():
    found = programming.about(made_up("pair"))
    assert "until" not in found["order"] and "g_tol_S" in found["stop"] and found["longest_train"] == 5
    assert found["max_iterations"] == "unavailable" and found["amplitude_V"].startswith("unavailable") and found["width_s"] == 1e-7
    assert programming.about(made_up("linear", max_pulses=None))["longest_train"] == "unavailable"
