"""Figures and numbers of spike trains."""
from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from neurosim.report.spikes import (
    intervals,
    irregularity,
    plot_intervals,
    plot_membranes,
    plot_raster,
    plot_rate,
    plot_states,
    population_rate,
)

DT = 1e-3


def poisson(steps=20_000, n=20, rate=0.02):
    return (np.random.default_rng(1).random((steps, n)) < rate).astype(float)


def test_the_raster_has_a_dot_at_every_spike():
    spikes = np.zeros((10, 3))
    spikes[4, 1] = spikes[7, 2] = 1
    ax = plot_raster(Figure().subplots(), spikes, DT, first=5)
    x, y = ax.lines[0].get_data()
    assert np.allclose(x, [0.004, 0.007]) and np.asarray(y).tolist() == [6, 7]
    assert ax.get_xlim() == (0, 0.01) and ax.get_ylim() == (4.5, 7.5)


def test_membranes_are_drawn_one_above_the_other():
    membrane, spikes = np.tile(np.linspace(0, 1, 50)[:, None], (1, 3)), np.zeros((50, 3))
    spikes[10, 2] = 1
    ax = plot_membranes(Figure().subplots(), membrane, spikes, DT, threshold=1.0)
    curves = [line for line in ax.lines if len(line.get_xdata()) == 50]
    assert len(curves) == 3 and np.allclose(curves[2].get_ydata() - curves[0].get_ydata(), 2.4)
    ticks = [line for line in ax.lines if line.get_marker() == "|" and len(line.get_xdata())]
    assert len(ticks) == 1 and np.allclose(ticks[0].get_data(), [[0.011], [1.0 + 2.4]])


def test_states_have_a_line_each_with_spikes_at_thresholds_of_their_own():
    times, states, spikes = np.array([0.1, 0.3, 0.9, 1.0]), np.array([[0, 1], [2, 1], [np.nan, 3], [4, 1.0]]), np.zeros((4, 2))
    spikes[1, 0] = spikes[2, 1] = 1
    ax = plot_states(Figure().subplots(), times, states, spikes, np.array([2.0, 2.5]), first=7, what="potential")
    lines = [line for line in ax.lines if len(line.get_xdata()) == 4]
    for i, line in enumerate(lines):  # the states reach from 0 to 4: 1.2 times that from line to line
        np.testing.assert_allclose(line.get_data(), [times, states[:, i] + 4.8 * i])
    ticks = [line.get_data() for line in ax.lines if line.get_marker() == "|"]
    np.testing.assert_allclose(ticks, [[[0.3], [2.0]], [[0.9], [2.5 + 4.8]]])
    assert [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == ":"] == pytest.approx([2.0, 7.3])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["7", "8"] and ax.get_ylabel() == "potential of neuron"
    assert list(ax.get_yticks()) == pytest.approx([2.0, 6.8])


def test_states_without_spikes_or_threshold_are_lines_and_a_scale():
    ax = plot_states(Figure().subplots(), np.arange(5) * DT, np.linspace(-71, -47, 5)[:, None])
    bar = ax.lines[-1].get_ydata()
    assert len(ax.lines) == 2 and bar[1] - bar[0] == pytest.approx(10) and [text.get_text() for text in ax.texts] == ["10"]


@pytest.mark.parametrize("states", [np.full((5, 2), 3.0), np.full((5, 2), np.nan), np.full((5, 1), 1e-30)])
def test_states_that_stay_or_that_nobody_has_are_drawn(states):
    ax = plot_states(Figure().subplots(), np.arange(5) * DT, states, np.ones(states.shape))
    ax.get_figure().draw_without_rendering()
    assert np.isfinite(ax.get_ylim()).all() and len(ax.get_yticklabels()) == states.shape[1]


def test_rates_count_spikes_per_neuron_and_second():
    """20 000 steps of 20 neurons: 5 standard errors about 20 Hz; windows cover everything once."""
    spikes = poisson()
    time, rate = population_rate(spikes, DT, 0.3)
    assert abs(rate.mean() - 20) < 5 * np.sqrt(20 / (20 * 20.0)) and len(time) == 67
    lengths = np.full(67, 0.3)
    lengths[-1] = 0.2
    assert (rate * lengths).sum() * 20 == pytest.approx(spikes.sum())
    assert plot_rate(Figure().subplots(), spikes, DT).get_ylabel() == "rate (Hz)"


def test_regular_trains_have_no_irregularity_and_poisson_trains_one_near_1():
    regular = np.zeros((1000, 2))
    regular[::10, 0] = regular[3::25, 1] = 1
    assert irregularity(regular, DT) == pytest.approx([0, 0], abs=1e-12)
    assert [row[0] for row in intervals(regular, DT)] == pytest.approx([0.01, 0.025])
    found = irregularity(poisson(), DT)
    assert found.mean() == pytest.approx(np.sqrt(1 - 0.02), abs=0.03)  # geometric intervals


def test_the_histogram_holds_every_interval():
    spikes = poisson(2000)
    ax = plot_intervals(Figure().subplots(), spikes, DT)
    assert sum(bar.get_height() for bar in ax.patches) == sum(row.size for row in intervals(spikes, DT))
    assert ax.get_title().startswith("CV ")
    assert plot_intervals(Figure().subplots(), np.zeros((10, 2)), DT).get_title() == ""
