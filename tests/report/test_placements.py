"""Figures of placements: cores where they lie with what they hold, tiles with their part of a matrix, the rest grey and counted."""
from __future__ import annotations

import json

import numpy as np
import pytest
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from small_chips import profile_of

from neurosim.mapping import fit
from neurosim.network import Network
from neurosim.profile import load
from neurosim.report.placements import COLORS, EMPTY, STORE, plot_placement


def drawn(profile, hidden, readout="chip", stores=None, **settings):
    """(axes, mapping report as it comes back from its file)."""
    profile = load(profile) if isinstance(profile, str) else profile
    mapping = json.loads(json.dumps(fit(profile, Network(inputs=3, hidden=hidden, outputs=2, **settings), readout)))
    ax = Figure().add_subplot()
    assert plot_placement(ax, {**mapping, **({"stores": stores} if stores else {})}, profile) is ax
    ax.get_figure().draw_without_rendering()
    return ax, mapping


def squares(ax):
    """Of the grey and of the coloured squares: middles (n, 2)."""
    empty, *filled = (one for one in ax.collections if isinstance(one, PatchCollection))
    return [np.array([path.vertices[:4].mean(axis=0) for path in one.get_paths()]).reshape(-1, 2) for one in (empty, *filled)]


def parts(ax, name):
    """(x, y, width, height) of the coloured parts of tiles that belong to a projection."""
    color = to_rgba(STORE if "," in name else COLORS[name], 0.6)
    return np.array([(*one.get_xy(), one.get_width(), one.get_height()) for one in ax.patches
                     if isinstance(one, Rectangle) and one.get_facecolor() == color])


def texts(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize(("hidden", "used"), [(100, 1), (900, 7), (2500, 55)])
def test_loihi_shows_every_core_and_colours_those_with_neurons(hidden, used):
    ax, mapping = drawn("loihi1", hidden)
    empty, filled = squares(ax)
    assert mapping["cores"]["used"] == used == len(filled) and len(empty) == 128 - used
    colored = ax.collections[1]
    np.testing.assert_array_equal(colored.get_array(), mapping["cores"]["neurons"])
    assert colored.get_array().sum() == hidden and colored.get_clim() == (0, 1024)
    np.testing.assert_array_equal(ax.collections[0].get_facecolor()[0], to_rgba(EMPTY))
    np.testing.assert_array_equal(np.rint(filled), mapping["cores"]["tile"])  # four cores to a tile, in its corners
    assert len(np.unique(np.concatenate([empty, filled]), axis=0)) == 128
    assert ax.get_title(loc="left") == f"{used} of 128 cores" and ax.collections[1].colorbar.ax.get_ylabel() == "neurons (of 1024 that fit)"


def test_the_cores_of_a_tile_lie_beside_each_other():
    ax, _ = drawn("loihi1", 900)
    filled = squares(ax)[1]
    assert (np.abs(filled[:4] - filled[:4].mean(axis=0)) < 0.25).all() and np.rint(filled[:4]).tolist() == [[0, 0]] * 4
    assert np.rint(filled[4:]).tolist() == [[0, 1]] * 3  # the next tile is below: meshes are filled column by column


def test_of_a_large_mesh_a_corner_is_shown_and_the_rest_counted():
    ax, _ = drawn("truenorth", 200)
    empty, filled = squares(ax)
    assert len(empty) == 255 and filled.tolist() == [[0, 0]]
    assert ax.get_title(loc="left") == "1 of 4096 cores\n3840 more without anything are not shown"


def test_of_a_large_mesh_everything_that_is_used_is_shown():
    profile = profile_of(topology={
        "n_cores": 4000, "neurons_per_core": 2, "noc": "mesh", "mesh_shape": [100, 40], "max_fan_in": 100})
    ax, mapping = drawn(profile, 90, connectivity="cores", cores=45)
    empty, filled = squares(ax)
    np.testing.assert_array_equal(filled, mapping["cores"]["tile"])
    assert len(empty) == 16 * 40 - 45 and ax.get_title(loc="left").endswith(f"{4000 - 640} more without anything are not shown")


def test_cores_in_no_known_place_are_in_order_and_numbered():
    ax, _ = drawn("dynapse2", 40)
    empty, filled = squares(ax)
    assert filled.tolist() == [[0, 0]] and empty.tolist() == [[k % 2, k // 2] for k in range(1, 4)]
    assert texts(ax) == ["40"] and ax.collections[1].get_clim() == (0, 256)
    assert ax.get_xlabel() == "" and len(ax.get_xticks()) == 0


def test_tiles_show_how_much_of_them_a_matrix_takes():
    """300 neurons on tiles of 256 x 256: two column tiles for the inputs, 2 x 2 for the recurrence, two row tiles for the readout."""
    ax, mapping = drawn("reram-sb", 300)
    side = 0.88
    assert {name: len(parts(ax, name)) for name in mapping["projections"]} == {
        name: size["tiles"] for name, size in mapping["projections"].items()} == {"inputs": 2, "recurrent": 4, "readout": 2}
    np.testing.assert_allclose(parts(ax, "inputs")[:, 2:] / side, [[1, 3 / 256], [44 / 256, 3 / 256]])
    np.testing.assert_allclose(parts(ax, "recurrent")[:, 2:] / side, [[1, 1], [1, 44 / 256], [44 / 256, 1], [44 / 256, 44 / 256]])
    np.testing.assert_allclose(parts(ax, "readout")[:, 2:] / side, [[2 / 256, 1], [2 / 256, 44 / 256]])
    corners = np.concatenate([parts(ax, name)[:, :2] for name in mapping["projections"]]) + side / 2
    np.testing.assert_allclose(corners, [(k % 8, k // 8) for k in range(8)], atol=1e-12)
    assert texts(ax)[:3] == ["0-255\n0-2", "256-299\n0-2", "0-255\n0-255"] and len(squares(ax)[0]) == 64
    assert ax.get_title(loc="left") == "8 of 64 tiles of 256 x 256"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["inputs", "recurrent", "readout"]


def test_a_digital_readout_takes_no_tile_and_is_named():
    ax, _ = drawn("reram-sb", 100, "digital")
    assert len(parts(ax, "readout")) == 0 and ax.get_title(loc="left").endswith("\nreadout digital, off the chip")


def test_fast_arrays_have_tiles_of_their_own():
    stores = {"recurrent, fast": {"tiles": 4, "devices": 90_000}, "inputs, accumulator": {"numbers": 900}}
    ax, _ = drawn("reram-sb", 300, stores=stores)
    assert len(parts(ax, "recurrent, fast")) == 4 and ax.get_title(loc="left").startswith("12 of 64 ")
    assert ax.get_legend().get_texts()[-1].get_text() == "recurrent, fast"


def test_a_chip_of_which_nothing_is_known_lists_what_there_is_to_place():
    ax, _ = drawn("ideal", 100, "digital")
    assert texts(ax) == ["cores and arrays of this chip: unavailable\n\npost x pre\ninputs: 100 x 3\nrecurrent: 100 x 100\n"
                         "readout: 2 x 100 (digital)"]
    assert not ax.collections and not ax.patches


def test_arrays_of_which_nobody_knows_how_many_there_are():
    profile = profile_of(topology={"array_rows": 64, "array_cols": 64}, weights={"format": "float"})
    ax, _ = drawn(profile, 40)
    assert ax.get_title(loc="left") == "3 of unavailable tiles of 64 x 64" and len(squares(ax)[0]) == 3
