"""The posterior-predictive plot: what is drawn, what the band holds, what is written."""
from __future__ import annotations

import numpy as np
import pytest
from calibration.test_simulate import walking
from matplotlib.image import imread

from neurosim.calibration.plot import N_SHOWN, coverage, drawn, predictive_band, save_plot
from neurosim.calibration.simulate import mean_trace, simulated
from neurosim.generators import generator

TITLE = "lab $7$.csv: constant_step"


def self_made(n_devices):
    """A fit, and as measured traces what it simulates itself."""
    found = walking(first=(0.0,) * n_devices)
    traces = found.problem.traces._replace(mean=simulated(found, n_devices, generator(9, 1)))
    return found._replace(problem=found.problem._replace(traces=traces))


@pytest.mark.parametrize("n_devices", [9, N_SHOWN + 5])
def test_one_axis_has_a_line_for_every_device_shown_one_for_the_mean_and_a_band(n_devices):
    found = self_made(n_devices)
    figure = drawn(found, TITLE)
    (ax,) = figure.axes
    assert len(ax.lines) == min(n_devices, N_SHOWN) + 1 and len(ax.collections) == 1
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_xlim()) == ("pulse", "conductance (S)", (0.0, 30.0))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["fitted devices, 5 % to 95 %", "measured", "fitted mean device"]
    assert [text.get_text() for text in figure.texts] == [TITLE]


def test_lines_are_in_siemens():
    """-1 is 1 uS and +1 is 5 uS."""
    found = self_made(9)
    lines = drawn(found, TITLE).axes[0].lines
    np.testing.assert_allclose(lines[3].get_ydata(), 3e-6 + 2e-6 * found.problem.traces.mean[:, 3])
    np.testing.assert_allclose(lines[-1].get_ydata(), 3e-6 + 2e-6 * mean_trace(found))


def test_a_reading_that_was_not_made_is_not_drawn():
    found = self_made(9)
    found.problem.traces.n_read[1::2, 4] = 0
    lines = drawn(found, TITLE).axes[0].lines
    np.testing.assert_array_equal(lines[4].get_xdata(), np.arange(0, 31, 2))
    np.testing.assert_array_equal(lines[3].get_xdata(), np.arange(31))


def test_the_band_holds_nine_of_ten_readings_of_devices_of_the_fit():
    """1000 devices, whose readings hang together: 5 sigma of 1000 independent ones, and the same for the 400 that make the band."""
    assert coverage(self_made(1000)) == pytest.approx(0.9, abs=5 * np.sqrt(0.09 / 400 + 0.09 / 1000))


def test_devices_pulsed_otherwise_than_the_first_do_not_count():
    found = self_made(40)
    found.problem.traces.polarity[5, 20:] *= -1
    found.problem.traces.mean[:, 20:] = 1e3
    assert coverage(found) > 0.5
    found.problem.traces.mean[1:, :20] = 1e3
    assert coverage(found) <= 1 / 31  # the readings before the first pulse are left


def test_the_edges_of_the_band_are_in_order_and_around_the_mean_device():
    low, high = predictive_band(self_made(9))
    mean = mean_trace(self_made(9))
    assert low.shape == high.shape == (31,) and (low < mean).all() and (mean < high).all()


def test_the_same_fit_gives_the_same_picture(tmp_path):
    for name in ("a.png", "b.png"):
        save_plot(tmp_path / name, self_made(9), TITLE)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    picture = imread(tmp_path / "a.png")
    assert picture.shape == (750, 1350, 4) and np.ptp(picture[..., :3]) > 0.5
