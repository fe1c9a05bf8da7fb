"""Figures of bills: bars are as long as the table says, and what has no price is open and named."""
from __future__ import annotations

import copy

import numpy as np
import pytest
from made_up_costs import cost_on
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from neurosim.ledger import COVERED, UNAVAILABLE
from neurosim.report.bills import PARTS, plot_bills, plot_costs, plot_events

CHIPS = ("loihi1", "reram-sb", "ideal", "truenorth", "hermes64")


def made_up(*energies, part="forward", unavailable=()):
    """A bill of these energies."""
    lines = [{"operation": f"work {k}", "part": part, "count": 10 * (k + 1), "each": 1.0, "energy_J": energy, "field": "e"}
             for k, energy in enumerate(energies)]
    known = [energy for energy in energies if not isinstance(energy, str)]
    return {"energy_J": sum(known), "is_bound": False, "parts": {part: sum(known)}, "unavailable": list(unavailable), "lines": lines}


def solid(ax):
    """Right ends of the filled bars, by row."""
    return {round(bar.get_y() + bar.get_height() / 2): bar.get_x() + bar.get_width() for bar in ax.patches if bar.get_facecolor()[3] > 0}


def hollow(ax):
    """Rows of the hatched bars without a filling."""
    return [round(bar.get_y() + bar.get_height() / 2) for bar in ax.patches if bar.get_facecolor()[3] == 0 and bar.get_hatch()]


def words(ax):
    return [text.get_text() for text in ax.texts]


def rows(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


@pytest.mark.parametrize("profile", CHIPS)
@pytest.mark.parametrize("what", ["learning", "inference"])
def test_every_line_of_the_bill_is_a_bar_or_says_why_not(profile, what):
    bill = cost_on(profile)[what]
    ax = Figure().add_subplot()
    assert plot_costs(ax, bill) is ax and rows(ax) == [line["operation"] for line in bill["lines"]]
    energies = [line["energy_J"] for line in bill["lines"]]
    assert solid(ax) == {k: pytest.approx(energy) for k, energy in enumerate(energies) if not isinstance(energy, str)}
    assert hollow(ax) == [k for k, energy in enumerate(energies) if energy == UNAVAILABLE]
    assert [rows(ax)[k] for k in hollow(ax)] == bill["unavailable"]
    assert len(words(ax)) == len(energies) and all(
        word == energy if isinstance(energy, str) else word.split()[-1].endswith(("J", ")"))
        for word, energy in zip(words(ax), energies, strict=True))


def test_the_chips_show_every_kind_of_line():
    """What the test above compares is there: prices, prices in the others, no prices, on a chip with all of them and on one with none."""
    energies = {profile: [line["energy_J"] for line in cost_on(profile)["learning"]["lines"]] for profile in CHIPS}
    kinds = {profile: {one if isinstance(one, str) else "price" for one in every} for profile, every in energies.items()}
    assert kinds["loihi1"] == kinds["truenorth"] == {"price", COVERED, UNAVAILABLE}
    assert kinds["ideal"] == kinds["reram-sb"] == {UNAVAILABLE}


def test_bars_begin_at_the_left_edge_of_a_logarithmic_axis():
    ax = plot_costs(Figure().add_subplot(), made_up(3e-9, 2e-3))
    assert ax.get_xscale() == "log" and {bar.get_x() for bar in ax.patches} == {ax.get_xlim()[0]} and ax.get_xlim()[0] <= 3e-9 / 2
    assert words(ax) == ["3 nJ", "2 mJ"] and ax.get_title(loc="left") == "2 mJ"


def test_bars_have_the_colour_of_their_part_and_the_legend_its_sum():
    bill = cost_on("loihi1")["learning"]
    ax = plot_costs(Figure().add_subplot(), bill)
    for bar in ax.patches:
        part = bill["lines"][round(bar.get_y() + bar.get_height() / 2)]["part"]
        color = bar.get_edgecolor() if bar.get_hatch() else bar.get_facecolor()
        assert color[:3] == to_rgba(PARTS[part])[:3]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert [label.split()[0] for label in labels] == ["forward", "learning", "power"] and "≥" in labels[1] and "≥" not in labels[0]
    assert labels[1].endswith(" pJ") and float(labels[1].split()[2]) == pytest.approx(1e12 * bill["parts"]["learning"], rel=5e-3)


def test_what_has_no_price_covers_the_axis_and_is_no_zero():
    ax = plot_costs(Figure().add_subplot(), made_up(1e-6, UNAVAILABLE, unavailable=["work 1"]))
    bar, = (bar for bar in ax.patches if bar.get_hatch())
    assert (bar.get_x(), bar.get_x() + bar.get_width()) == pytest.approx(ax.get_xlim()) and words(ax)[1] == "unavailable"
    assert ax.get_title(loc="left") == "at least 1 µJ"


def test_a_chip_of_which_nothing_is_known_has_no_number_anywhere():
    ax = plot_costs(Figure().add_subplot(), cost_on("ideal")["learning"])
    ax.get_figure().draw_without_rendering()
    assert ax.get_title(loc="left") == "unavailable" and set(words(ax)) == {"unavailable"}
    assert [text.get_text() for text in ax.get_xticklabels(which="both") if text.get_text()] == []
    assert all(text.get_text().endswith("unavailable") for text in ax.get_legend().get_texts())


def test_what_costs_nothing_or_is_in_the_others_has_no_bar():
    ax = plot_costs(Figure().add_subplot(), made_up(0.0, COVERED, 1e-6))
    assert list(solid(ax)) == [2] and hollow(ax) == [] and words(ax) == ["0 J", "included", "1 µJ"]


def test_a_bound_says_at_most():
    bill = {**made_up(0.2, part="power"), "is_bound": True}
    assert plot_costs(Figure().add_subplot(), bill).get_title(loc="left") == "at most 200 mJ"


def test_how_sure_a_price_is_stands_beside_it():
    bill = made_up(1e-6, 2e-6, 3e-6)
    for line, status in zip(bill["lines"], ("assumed", "published", "unverified"), strict=True):
        line["status"] = status
    assert words(plot_costs(Figure().add_subplot(), bill)) == ["1 µJ (assumed)", "2 µJ", "3 µJ (unverified)"]


@pytest.mark.parametrize("profile", CHIPS)
def test_counts_are_known_where_prices_are_not_and_powers_have_none(profile):
    bill = cost_on(profile)["learning"]
    counted = [line for line in bill["lines"] if line["part"] != "power"]
    ax = plot_events(Figure().add_subplot(), bill)
    assert rows(ax) == [line["operation"] for line in counted] and hollow(ax) == []
    assert solid(ax) == {k: pytest.approx(line["count"]) for k, line in enumerate(counted)}
    assert words(plot_events(Figure().add_subplot(), made_up(UNAVAILABLE, 1.0), per=0.001)) == ["10 k", "20 k"]


def test_a_bill_without_operations_says_so():
    ax = plot_events(Figure().add_subplot(), cost_on("brainscales2")["learning"])
    assert words(ax) == ["no operation was counted"] and not ax.patches


def test_learning_stands_beside_one_inference():
    cost = cost_on("loihi1")
    axes = Figure().subplots(1, 2)
    assert plot_bills(axes, cost) is axes
    each = cost["inference"]
    energies = [line["energy_J"] / 5 for line in each["lines"] if not isinstance(line["energy_J"], str)]
    assert list(solid(axes[1]).values()) == pytest.approx(energies) and sum(energies) == pytest.approx(each["energy_per_inference_J"])
    assert axes[0].get_title(loc="left").startswith("learning: at least ")
    assert axes[1].get_title(loc="left").startswith("one inference: ")
    assert list(solid(axes[0]).values()) == pytest.approx(
        [line["energy_J"] for line in cost["learning"]["lines"] if not isinstance(line["energy_J"], str)])


def test_drawing_changes_no_bill():
    cost = cost_on("loihi1")
    kept = copy.deepcopy(cost)
    plot_bills(Figure().subplots(1, 2), cost)
    assert cost == kept


@pytest.mark.parametrize("energies", [(1.1e-6, 1e-6), (1e-12, 4.56e3), (3e-6,)])
def test_words_stay_inside_the_axes_and_apart(energies):
    figure = Figure(figsize=(7, 4), layout="constrained")
    ax = plot_costs(figure.add_subplot(), made_up(*energies))
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert max(box.x1 for box in boxes) < ax.get_window_extent().x1
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])
    assert np.all([bar.get_height() < 0.2 * abs(np.subtract(*ax.get_ylim())) for bar in ax.patches])
    assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1 - 1
