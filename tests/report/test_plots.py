"""Figures: what is drawn is what is in the tables."""
from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text

from neurosim.report.plots import BLUE, apart, mean_curve, plot_curves, plot_forecast, save_figure

ROWS = [{"seed": s, "epoch": e, "test_mse": 0.1 * s / (1 + e)} for s in (1, 3) for e in range(4)]
SUMMARY = {"predictors": {"persistence": {"mean": 0.2}}, "yardsticks": {"true BPTT": {"mean": None}, "frozen": {"mean": 0.01}}}


@pytest.fixture
def ax():
    return Figure().add_subplot()


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_curves_has_a_line_per_seed_and_their_mean(ax):
    assert plot_curves(ax, ROWS) is ax
    lines = [line for line in ax.lines if line.get_color() == BLUE and len(line.get_xdata()) == 4]
    assert len(lines) == 3 and ax.get_yscale() == "log"
    np.testing.assert_allclose(max(lines, key=lambda line: line.get_lw()).get_ydata(), [0.2, 0.1, 0.2 / 3, 0.05])


def test_one_seed_is_one_thick_line(ax):
    plot_curves(ax, ROWS[:4])
    assert [line.get_lw() for line in ax.lines if len(line.get_xdata()) == 4] == [2.2]
    assert texts(ax) == ["this run  0.025"]


def test_rows_as_read_from_a_file_are_understood(ax):
    plot_curves(ax, [{key: str(value) for key, value in row.items()} for row in ROWS])
    assert "this run, mean of 2 seeds  0.05" in texts(ax)


def test_every_reference_is_a_line_with_its_name(ax):
    plot_curves(ax, ROWS, {"persistence": 0.2}, {"frozen": 0.03, "true BPTT": None, "one-step": math.nan})
    levels = [line.get_ydata()[0] for line in ax.lines if list(line.get_xdata()) == [0, 1]]
    assert levels == [0.2, 0.03]
    assert {"persistence  0.2", "frozen  0.03", "diverged: true BPTT, one-step"} <= set(texts(ax))


@pytest.mark.parametrize("value", [1e-8, 0.0])
def test_a_reference_far_below_is_named_and_does_not_squash_the_curves(ax, value):
    plot_curves(ax, ROWS, {"linear": value})
    assert ax.get_ylim()[0] > 1e-3
    assert any(text.startswith("linear") and text.endswith("(below)") for text in texts(ax))


def test_labels_do_not_overlap():
    figure = Figure(figsize=(9, 7))
    ax = figure.add_subplot()
    plot_curves(ax, ROWS, {f"p{k}": 0.05 + 1e-4 * k for k in range(8)})
    figure.draw_without_rendering()
    boxes = sorted((Text.get_window_extent(text) for text in ax.texts), key=lambda box: box.y0)
    assert all(lower.y1 <= upper.y0 + 1 for lower, upper in zip(boxes[:-1], boxes[1:], strict=True))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.01, 0.08))
def test_places_are_apart_in_order_and_inside(wanted, gap):
    places = apart(sorted(wanted), gap)
    assert all(upper - lower >= gap - 1e-9 for lower, upper in zip(places[:-1], places[1:], strict=True))
    assert min(places) >= -1e-9 and max(places) <= 1 + 1e-9


def test_places_that_are_apart_stay():
    assert apart([0.1, 0.5, 0.9], 0.1) == pytest.approx([0.1, 0.5, 0.9])


def test_the_mean_is_over_the_epochs_that_all_seeds_have():
    epochs, mean = mean_curve([np.array([[0, 1, 2], [1.0, 2.0, 3.0]]), np.array([[0, 1], [3.0, 4.0]])])
    assert list(epochs) == [0, 1] and list(mean) == [2.0, 3.0]


def test_the_forecast_shows_target_and_output(ax):
    targets = np.sin(np.arange(1000.0)).reshape(1, -1, 1, 1)
    assert plot_forecast(ax, targets, 2 * targets) is ax
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), 2 * ax.lines[0].get_ydata())
    assert len(ax.lines[0].get_ydata()) == 300


def test_of_several_outputs_the_one_that_varies_most_is_shown(ax):
    targets = np.random.default_rng(1).standard_normal((2, 50, 3, 2)) * [0.1, 1.0]
    plot_forecast(ax, targets, targets)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), targets[:, :, 0, 1].ravel())
    assert ax.get_ylabel() == "output 1"


def test_symbols_are_shown_as_right_and_wrong(ax):
    symbols = np.arange(40).reshape(4, 10) % 5
    targets = np.eye(5)[symbols][:, :, None]
    plot_forecast(ax, targets, np.roll(targets, 1, axis=-1) * (symbols == 2)[..., None, None] + targets * 0.5)
    right, wrong = (line for line in ax.lines if line.get_label().startswith("output"))
    assert len(wrong.get_xdata()) == 8 and len(right.get_xdata()) == 32 and ax.get_ylabel() == "symbol"


def test_the_figure_is_the_same_bytes_whatever_the_user_likes(tmp_path, monkeypatch):
    import matplotlib

    targets = np.sin(np.arange(400.0)).reshape(1, -1, 1, 1)
    save_figure(tmp_path / "a.png", "a $strange_ title 日本", ROWS, SUMMARY, targets, targets)
    monkeypatch.setitem(matplotlib.rcParams, "font.size", 20)
    monkeypatch.setitem(matplotlib.rcParams, "savefig.dpi", 40)
    save_figure(tmp_path / "b.png", "a $strange_ title 日本", ROWS, SUMMARY, targets, targets)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_very_long_title_is_cut(tmp_path):
    targets = np.zeros((1, 2, 1, 1))
    save_figure(tmp_path / "a.png", "word " * 500, ROWS[:1], {"predictors": {}, "yardsticks": {}}, targets, targets)
    assert (tmp_path / "a.png").stat().st_size > 1000
