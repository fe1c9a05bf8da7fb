"""Maps of matrices: every cell has the colour of its number, and where there is no synapse there is no colour."""
from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from neurosim.chip import compile_chip
from neurosim.network import Network
from neurosim.report.maps import plot_conductance, plot_wear, plot_weight_change, plot_weights
from neurosim.tiles import exists, siemens

RNG = np.random.default_rng(1)
BEFORE, AFTER = RNG.standard_normal((2, 5, 7))
MASK = RNG.random((5, 7)) < 0.5


@pytest.fixture
def ax():
    return Figure().add_subplot()


def image(ax):
    """(what is drawn, masked; limits)."""
    shown, = ax.images
    return shown.get_array(), shown.get_clim()


def bar_label(ax):
    return ax.images[0].colorbar.ax.get_ylabel()


def test_weights_are_drawn_as_they_are_about_zero(ax):
    assert plot_weights(ax, BEFORE) is ax
    drawn, limits = image(ax)
    np.testing.assert_array_equal(drawn, BEFORE)
    top = np.abs(BEFORE).max()
    assert limits == (-top, top) and not np.ma.getmaskarray(drawn).any()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("presynaptic", "postsynaptic") and ax.get_ylim() == (4.5, -0.5)


def test_a_weight_of_zero_is_white_and_the_ground_is_not(ax):
    plot_weights(ax, np.array([[0.0, 1.0], [-1.0, 0.5]]))
    colors = ax.images[0].to_rgba(np.array([0.0, 1.0, -1.0]))
    assert (colors[0, :3] > 0.96).all() and max(ax.get_facecolor()[:3]) < 0.9
    assert colors[1, 0] > colors[1, 2] and colors[2, 0] < colors[2, 2]  # red above, blue below


def test_what_does_not_exist_or_is_no_number_is_blank(ax):
    weights = np.where(MASK, BEFORE, 100.0)
    weights[np.argwhere(MASK)[0][0], np.argwhere(MASK)[0][1]] = np.nan
    plot_weights(ax, weights, exists=MASK)
    drawn, limits = image(ax)
    np.testing.assert_array_equal(np.ma.getmaskarray(drawn), ~MASK | np.isnan(weights))
    assert limits[1] < 100


def test_with_two_matrices_the_difference_is_drawn(ax):
    plot_weights(ax, BEFORE, AFTER)
    np.testing.assert_array_equal(image(ax)[0], AFTER - BEFORE)


@pytest.mark.parametrize("mask", [None, MASK])
def test_before_and_after_share_their_colours_and_the_change_has_its_own(mask):
    axes = Figure().subplots(1, 3)
    assert plot_weight_change(axes, BEFORE, AFTER, mask) is axes
    held = np.ones((5, 7), bool) if mask is None else mask
    top = max(np.abs(BEFORE[held]).max(), np.abs(AFTER[held]).max())
    for ax, wanted, limit in zip(axes, (BEFORE, AFTER, AFTER - BEFORE), (top, top, np.abs(AFTER - BEFORE)[held].max()), strict=True):
        drawn, limits = image(ax)
        np.testing.assert_array_equal(drawn[held], wanted[held])
        np.testing.assert_array_equal(np.ma.getmaskarray(drawn), ~held)
        assert limits == (-limit, limit)
    assert [ax.get_title() for ax in axes] == ["weights before", "weights after", "change"]


def test_a_frozen_matrix_says_that_nothing_has_changed():
    axes = plot_weight_change(Figure().subplots(1, 3), BEFORE, BEFORE)
    assert axes[2].get_title() == "no change" and image(axes[2])[1] == (-1, 1)


@pytest.mark.parametrize("shape", [(40, 1), (1, 40), (1, 1), (300, 300)])
def test_any_shape_can_be_drawn(shape):
    figure = Figure(figsize=(3, 3), layout="constrained")
    plot_weight_change(figure.subplots(1, 3), np.zeros(shape), np.ones(shape))
    figure.draw_without_rendering()
    assert [image(ax)[0].shape for ax in figure.axes if ax.images] == [shape] * 3


def test_a_chip_shows_the_synapses_that_it_has(ax):
    chip = compile_chip("ideal", Network(inputs=2, hidden=30, outputs=1, connectivity="sparse", density=0.2), 1)
    array = chip.arrays["recurrent"]
    plot_weights(ax, array.weights(), exists=exists(array))
    drawn, _ = image(ax)
    assert drawn.count() == array.synapse_count == exists(array).sum() < 0.3 * 900


def test_conductances_have_units_and_the_limit_of_the_device():
    chip = compile_chip("hermes64", Network(inputs=2, hidden=10, outputs=1), 1)
    found = siemens(chip.arrays["recurrent"], chip.profile)
    for name, wanted, limits in (("plus", found["plus"], (0, 20.7e-6)), ("both", found["plus"] - found["minus"], (-20.7e-6, 20.7e-6))):
        ax = plot_conductance(Figure().add_subplot(), wanted, 20.7e-6)
        drawn, shown = image(ax)
        np.testing.assert_array_equal(drawn, wanted)
        assert shown == limits and bar_label(ax) == "conductance (S)", name
    assert image(plot_conductance(Figure().add_subplot(), found["minus"]))[1] == (0, found["minus"].max())


def test_wear_is_logarithmic_and_what_was_never_written_is_blank(ax):
    counts = np.array([[0, 1, 10], [1000, 0, 7]])
    assert plot_wear(ax, counts, np.array([[1, 1, 1], [1, 1, 0]], bool)) is ax
    drawn, limits = image(ax)
    assert isinstance(ax.images[0].norm, LogNorm) and limits == (1, 1000) and bar_label(ax) == "pulses"
    np.testing.assert_array_equal(np.ma.getmaskarray(drawn), [[True, False, False], [False, True, True]])
    np.testing.assert_array_equal(drawn.compressed(), [1, 10, 1000])


def test_no_wear_is_said(ax):
    plot_wear(ax, np.zeros((3, 3), int), what="writes")
    assert [text.get_text() for text in ax.texts] == ["no writes"] and image(ax)[0].count() == 0
    ax.get_figure().draw_without_rendering()
