"""The figure of a chip: what stands where, for chips of every kind, and the same bytes for the same numbers."""
from __future__ import annotations

import numpy as np
import pytest
from made_up_costs import cost_on
from matplotlib import image
from matplotlib.figure import Figure
from small_chips import network

from neurosim.chip import compile_chip
from neurosim.report import chip_figure
from neurosim.report.chip_figure import save_chip
from neurosim.tiles import exists


def saved(path, profile="loihi1", title="a $strange_ title 日本", **settings):
    chip = compile_chip(profile, network(**settings), 1)
    before = chip.weights()["recurrent"]
    save_chip(path, title, chip.profile, chip.mapping, cost_on(profile), before, 1.1 * before, exists(chip.arrays["recurrent"]))
    return before


@pytest.mark.parametrize("profile", ["loihi1", "reram-sb", "ideal", "truenorth", "hermes64", "brainscales2"])
def test_every_kind_of_chip_is_drawn_and_nothing_is_cut_off(tmp_path, monkeypatch, profile):
    kept = []

    class Kept(Figure):
        """Remembers itself."""

        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            kept.append(self)

    monkeypatch.setattr(chip_figure, "Figure", Kept)
    before = saved(tmp_path / "chip.png", profile)
    placement, *maps, learning, inference = kept[0].axes
    np.testing.assert_array_equal(maps[0].images[0].get_array(), before)
    np.testing.assert_array_equal(maps[2].images[0].get_array(), 1.1 * before - before)
    assert learning.get_title(loc="left").startswith("learning: ") and inference.get_title(loc="left").startswith("one inference: ")
    assert placement.get_title(loc="left") or placement.texts
    boxes = [ax.get_tightbbox() for ax in kept[0].axes]
    width, height = kept[0].bbox.size
    assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height for box in boxes)
    assert not any(a.shrunk(1, 0.99).overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])
    assert image.imread(tmp_path / "chip.png").shape == (1140, 1950, 4)


def test_the_figure_is_the_same_bytes_whatever_the_user_likes(tmp_path, monkeypatch):
    import matplotlib

    saved(tmp_path / "a.png")
    monkeypatch.setitem(matplotlib.rcParams, "font.size", 20)
    monkeypatch.setitem(matplotlib.rcParams, "image.cmap", "gray")
    saved(tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_sparse_network_and_a_long_title_can_be_drawn(tmp_path):
    saved(tmp_path / "a.png", "reram-sb", "word " * 500, connectivity="sparse", density=0.3)
    assert (tmp_path / "a.png").stat().st_size > 1000
