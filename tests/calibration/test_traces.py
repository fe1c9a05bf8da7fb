"""Traces of all devices on one grid of pulses, in normalised units."""
from __future__ import annotations

import numpy as np
import pytest
from calibration.test_pulse_table import rows, table

from neurosim.calibration.table import MIN_DEVICES, MIN_PULSES
from neurosim.calibration.traces import traces_of
from neurosim.errors import InputError


def test_devices_that_do_not_move_are_refused(tmp_path):
    still = table(tmp_path, [line.rsplit(",", 1)[0] + ",1e-6" for line in rows()])
    with pytest.raises(InputError, match="the devices must move"):
        traces_of(still)


def test_more_pulses_than_can_be_fitted_are_refused(tmp_path):
    lines = [line.replace("d0,40,", "d0,9999999,") for line in rows()]
    with pytest.raises(InputError, match="asks for 9999999 pulses x 8 devices"):
        traces_of(table(tmp_path, lines))


def test_the_mean_range_becomes_minus_one_to_one(tmp_path):
    traces = traces_of(table(tmp_path, rows()))
    low, high = np.percentile(traces.mean, (2, 98), axis=0)
    assert low.mean() == pytest.approx(-1) and high.mean() == pytest.approx(1)
    assert traces.g_max_S > traces.g_min_S > 0
    fixed = traces_of(table(tmp_path, rows()), (0.0, 2e-6))
    assert fixed.mean[0, 0] == pytest.approx(0.0) and fixed.mean[1, 0] == pytest.approx(1.0)


def test_a_gap_in_the_numbers_stands_for_pulses_of_the_polarity_that_follows(tmp_path):
    whole = traces_of(table(tmp_path, rows(n_pulses=80)), (0.0, 1e-4))
    sparse = traces_of(table(tmp_path, [
        line for line in rows(n_pulses=80) if int(line.split(",")[1]) % 2 == 0]), (0.0, 1e-4))
    np.testing.assert_array_equal(sparse.polarity, whole.polarity)
    np.testing.assert_array_equal(sparse.n_read[:, 0], np.arange(81) % 2 == 0)


def test_repeated_reads_give_the_read_noise_and_no_pulse(tmp_path):
    lines = []
    for line in rows():
        d, t, s, g = line.split(",")
        lines += [line, f"{d},{t},0,{float(g) + 2e-7!r}"]
    traces = traces_of(table(tmp_path, lines), (0.0, 2e-6))
    assert (traces.n_read == 2).all() and traces.polarity.shape[0] == 2 * MIN_PULSES
    assert traces.read_std == pytest.approx(0.2 / np.sqrt(2))
    assert traces_of(table(tmp_path, rows())).read_std is None


def test_the_traces_of_some_devices_are_their_columns(tmp_path):
    traces = traces_of(table(tmp_path, rows()))
    some = traces.of(np.array([5, 2]))
    assert some.names == ("d5", "d2") and some.mean.shape == (2 * MIN_PULSES + 1, 2)
    for name in ("polarity", "mean", "n_read"):
        np.testing.assert_array_equal(getattr(some, name), getattr(traces, name)[:, [5, 2]])


def test_a_device_with_fewer_pulses_is_padded_with_pulses_of_no_polarity(tmp_path):
    traces = traces_of(table(tmp_path, [line for line in rows() if not line.startswith("d3,") or int(line.split(",")[1]) <= 30]))
    np.testing.assert_array_equal(traces.polarity[30:, 3], 0)
    np.testing.assert_array_equal(traces.n_read[31:, 3], 0)
    assert (np.delete(traces.polarity, 3, axis=1) != 0).all() and (np.delete(traces.n_read, 3, axis=1) == 1).all()


def test_the_scatter_is_the_sum_of_squared_deviations_from_the_mean_of_a_pulse(tmp_path):
    """Three readings of pulse 7 of d0: 0, 1 and 2 above the others, so deviations -1, 0 and 1 in normalised units."""
    lines = rows()
    device, pulse, _, g = lines[7].split(",")
    lines[8:8] = [f"{device},{pulse},0,{float(g) + k * 1e-6!r}" for k in (1, 2)]
    traces = traces_of(table(tmp_path, lines), (0.0, 2e-6))
    assert traces.scatter[0] == pytest.approx(2.0) and (traces.scatter[1:] == 0).all() and MIN_DEVICES == len(traces.scatter)
    assert traces.n_read[7, 0] == 3 and traces.read_std == pytest.approx(1.0)
