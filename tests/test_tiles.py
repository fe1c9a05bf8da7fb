"""Counts by array and tile: they add up, they are those of the devices, and what nobody knows is left out."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim import checkpoint
from neurosim.accounts import counted, wear_of
from neurosim.chip import compile_chip
from neurosim.network import Network
from neurosim.placement import place
from neurosim.profile import SECTIONS, Profile, load
from neurosim.report.table import wear_line
from neurosim.rules import ANP
from neurosim.tasks import MackeyGlass
from neurosim.tiles import Tile, counts, exists, pulses, siemens, summed, tiles_of
from neurosim.trainer import train

N_POST, N_PRE, STEPS, LANES = 50, 40, 100, 2
MASK = np.random.Generator(np.random.Philox(4)).random((N_POST, N_PRE)) < 0.2
PAIR = {"cell": "one_sided_pair", "w_min": 0.0, "refresh_upper": 0.75, "refresh_lower": 0.25}
ENDS = {"endurance_cycles": 5.0, "endurance_mode": "stuck"}


def profile_of(topology=None, io=None, **device):
    """Pulsed devices on arrays of 16 x 32 with 7 and 9 bits, unless said."""
    nominal = {"update_model": "constant_step", "dw_min": 0.01, "w_max": 1.0, "w_min": -1.0}
    converters = {"dac_bits": 7, "dac_range": 1.0, "adc_bits": 9, "adc_range": 20.0}
    return Profile(
        chip={"id": "test", "name": "Test", "kind": "ideal"}, weights={"format": "conductance"}, sources=dict.fromkeys(SECTIONS, "a test"),
        topology={"array_rows": 16, "array_cols": 32} if topology is None else topology, io=converters if io is None else io,
        device={**nominal, **device})


def pulsed(profile, mask=None, shape=(N_POST, N_PRE)):
    """An array whose devices have seen random numbers of pulses, and these, (post, pre)."""
    array = place("recurrent", 1, 0.3 * (np.ones(shape) if mask is None else mask), mask, profile, 1, np.float32)
    rng = np.random.Generator(np.random.Philox(9))
    for cells in (array.device.up, array.device.down):
        cells[...] = rng.integers(0, 100, cells.shape)  # padding too: it must not count
    return array


# ---- tiles -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("topology", "number"), [
    ({"array_rows": 16, "array_cols": 32}, 6), ({}, 1), ({"array_rows": 64, "array_cols": 64}, 1)])
def test_tiles_cover_every_synapse_once(topology, number):
    seen, tiles = np.zeros((N_POST, N_PRE), int), list(tiles_of(profile_of(topology), N_POST, N_PRE))
    for tile in tiles:
        tile.of(seen)[...] += 1
    assert (seen == 1).all() and len(tiles) == number
    assert all(tile.of(seen).shape <= (32, 16) for tile in tiles) or number == 1


@pytest.mark.parametrize(("profile", "devices", "w_max", "g_max"), [
    ("neurram", {"both"}, 1.0, 40e-6), ("hermes64", {"plus", "minus"}, 2.0, 20.7e-6), ("reram-sb", set(), 0, 0), ("loihi1", set(), 0, 0)])
def test_conductances_are_those_of_the_weights_in_siemens(profile, devices, w_max, g_max):
    """A device at w_max has g_max_S; of a pair the difference is the weight, and neither is below 0."""
    chip = compile_chip(profile, Network(inputs=3, hidden=40, outputs=2, connectivity="sparse", density=0.4), 1, "float64")
    for name in ("recurrent", "readout"):
        array, found = chip.arrays[name], siemens(chip.arrays[name], chip.profile)
        assert set(found) == devices
        if found:
            net = found["both"] if "both" in found else found["plus"] - found["minus"]
            np.testing.assert_allclose(net, array.weights() / array.scale / w_max * g_max, rtol=1e-12, atol=1e-20)
            assert all((one >= 0).all() and (one <= 1.6 * g_max).all() for one in found.values()) or devices == {"both"}
            assert not any(one[~exists(array)].any() for one in found.values())


def test_there_are_as_many_tiles_as_the_mapping_says():
    chip = compile_chip(profile_of(), Network(inputs=3, hidden=40, outputs=2), 1)
    for name, used in chip.mapping["projections"].items():
        assert len(list(tiles_of(chip.profile, used["post"], used["pre"]))) == used["tiles"], name


def test_a_tile_is_a_part_of_the_matrix():
    assert (Tile((1, 3), (2, 5)).of(np.arange(30).reshape(5, 6)) == [[8, 9, 10], [14, 15, 16]]).all()


# ---- pulses ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mask", [None, MASK], ids=["dense", "sparse"])
def test_pulses_of_tiles_add_up_to_those_of_the_devices(mask):
    array = pulsed(profile_of(), mask)
    up, down = pulses(array)
    assert up.shape == (N_POST, N_PRE) and up.dtype == np.int64 and not (up + down)[~exists(array)].any()
    found = counts(array, profile_of(), STEPS, LANES)
    assert found["pulses_up"] == up.sum() == sum(tile["pulses_up"] for tile in found["tiles"])
    assert found["pulses_down"] == down.sum() == sum(tile["pulses_down"] for tile in found["tiles"])
    total = (up + down)[exists(array)]
    assert found["most_pulses"] == total.max() == max(tile["most_pulses"] for tile in found["tiles"])
    assert found["median_pulses"] == np.median(total)


def test_few_outputs_are_laid_out_the_other_way_and_count_alike():
    array = pulsed(profile_of(), shape=(3, N_PRE))
    assert (pulses(array)[0] == array.device.up[:3, :N_PRE]).all()


def test_a_pair_has_two_devices():
    array = pulsed(profile_of(**PAIR))
    up, down = pulses(array)
    found = counts(array, profile_of(**PAIR), STEPS, LANES)
    assert found["most_pulses"] == max(up.max(), down.max()) and found["median_pulses"] == np.median([up, down])
    assert found["devices"] == 2 * N_POST * N_PRE


@pytest.mark.parametrize("pair", [{}, PAIR], ids=["single", "pair"])
def test_devices_at_their_end_are_counted_tile_by_tile(pair):
    array = pulsed(profile_of(**ENDS, **pair))
    device = array.device.inner
    ends = [device.plus, device.minus] if pair else [device]
    ends[-1].seen[3, 7], ends[-1].seen[20, 40], ends[0].seen[0, 0] = 5, 99, 4  # (pre, post)
    found = counts(array, profile_of(**ENDS, **pair), STEPS, LANES)
    assert found["devices_worn_out"] == 2
    assert [tile["devices_worn_out"] for tile in found["tiles"]] == [1, 0, 0, 0, 1, 0]


def test_what_trains_left_over_is_said_where_it_is_known():
    array = pulsed(profile_of())
    array.device.lost[...] = 3, 17
    found = counts(array, profile_of(), STEPS, LANES)
    assert (found["saturated_requests"], found["pulses_beyond"]) == (3, 17) and "pulses_beyond" not in found["tiles"][0]
    trains = profile_of(pulse_scheme="trains", max_pulses=31, update_management=True, train_management=True)
    found = counts(pulsed(trains), trains, STEPS, LANES)
    assert (found["saturated_requests"], found["pulses_beyond"]) == ("unavailable", "unavailable")


# ---- reads and conversions -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("io", "products", "conversions"), [
    ({}, 1, 1), ({"polarity": "separate"}, 2, 1), ({"polarity": "separate_digital_sum"}, 2, 2)])
def test_reads_and_conversions_follow_from_steps_lanes_and_sizes(io, products, conversions):
    profile = profile_of(io={"dac_bits": 7, "dac_range": 1.0, "adc_bits": 9, "adc_range": 20.0, **io})
    found = counts(pulsed(profile), profile, STEPS, LANES)
    assert found["products"] == STEPS * LANES * products * 6
    assert found["row_activations"] == found["dac_conversions"] == STEPS * LANES * products * N_PRE * 2  # two column tiles
    assert found["adc_conversions"] == STEPS * LANES * conversions * N_POST * 3  # three row tiles
    assert found["tiles"][2] == {
        "post": [0, 32], "pre": [32, 40], "products": 200 * products, "row_activations": 1600 * products,
        "dac_conversions": 1600 * products, "adc_conversions": 6400 * conversions,
        **{key: found["tiles"][2][key] for key in ("pulses_up", "pulses_down", "most_pulses", "median_pulses")}, "devices": 256}


def test_rows_and_columns_without_a_synapse_are_not_used():
    mask = np.zeros((N_POST, N_PRE), bool)
    mask[:5, :3] = True
    found = counts(pulsed(profile_of(), mask), profile_of(), STEPS, LANES)
    assert found["products"] == 200 and found["row_activations"] == 600 and found["adc_conversions"] == 1000
    assert found["tiles"][1]["products"] == 0 and "most_pulses" not in found["tiles"][1]


def test_what_an_array_does_not_have_is_left_out():
    ideal = place("recurrent", 1, np.ones((N_POST, N_PRE)), None, load("ideal"), 1, np.float32)
    assert set(counts(ideal, load("ideal"), STEPS, LANES)) == {"products", "row_activations", "tiles"} and pulses(ideal) is None
    assert "devices_worn_out" not in counts(pulsed(profile_of()), profile_of(), STEPS, LANES)
    repeats = profile_of(io={
        "dac_bits": 7, "dac_range": 1.0, "adc_bits": 9, "adc_range": 1.0, "bound_management": "iterative", "bm_max_factor": 8.0})
    assert counts(pulsed(repeats), repeats, STEPS, LANES)["repeated_reads"] == "unavailable"


# ---- a chip that learns ----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def learned():
    """A chip that learned in plain Python, and what its run counted."""
    patch = pytest.MonkeyPatch()
    patch.setenv("NEUROSIM_PYTHON", "1")
    chip = compile_chip(profile_of(dw_min=1e-4, **ENDS), Network(inputs=1, hidden=4, outputs=1), 3)
    run = train(chip, MackeyGlass(steps=40, test_steps=16), ANP(learning_rate=0.05, sigma=0.01), epochs=1, batch=1)
    patch.undo()
    return chip, run


def test_wear_is_the_pulses_of_every_synapse(learned):
    chip, _ = learned
    wear = chip.wear()
    assert set(wear) == {"inputs", "recurrent", "readout"} and wear["recurrent"].shape == (4, 4)
    device = chip.arrays["recurrent"].device
    assert (wear["recurrent"] == (device.up + device.down)[:4, :4]).all() and wear["recurrent"].sum() > 0
    assert compile_chip("fixed8", Network(inputs=1, hidden=4, outputs=1), 3).wear() == {}


def test_a_session_counts_the_arrays_of_the_chip_and_sums_them(learned):
    chip, run = learned
    found = counted(chip, run.counts)
    assert set(found) == {"inputs", "recurrent", "readout"}
    assert found["recurrent"]["row_activations"] == 40 * 2 * 4
    total = wear_of({"3": found})["wear"]["3"]
    assert total["pulses_up"] + total["pulses_down"] == sum(int(one.sum()) for one in chip.wear().values())
    assert total["most_pulses"] == max(int(one.max()) for one in chip.wear().values()) > 5
    assert total["devices_worn_out"] > 0 and wear_of({"3": {}}) == {} == summed({})


def test_counts_survive_a_checkpoint(learned, tmp_path):
    chip, _ = learned
    checkpoint.save(tmp_path / "c.h5", chip.state(), {"seed": 3})
    fresh = compile_chip(chip.profile, chip.network, 3)
    assert not fresh.wear()["recurrent"].any()
    fresh.restore(checkpoint.load(tmp_path / "c.h5")[0])
    assert all((fresh.wear()[name] == one).all() for name, one in chip.wear().items())


def test_a_readout_off_the_chip_has_no_counts():
    chip = compile_chip(profile_of(), Network(inputs=1, hidden=4, outputs=1), 3, readout="digital")
    assert "readout" not in counted(chip, {"steps": 1, "samples": 1, "passes": 1}) and "readout" not in chip.wear()


def test_the_terminal_says_how_many_pulses_there_were():
    one = {"pulses_up": 100, "pulses_down": 50, "most_pulses": 9, "most_pulses_in": "readout", "devices_worn_out": 2}
    other = {"pulses_up": 300, "pulses_down": 150, "most_pulses": 7, "most_pulses_in": "inputs", "devices_worn_out": 3}
    assert wear_line({"1": one}) == "pulses: 100 up, 50 down; most worn device 9 pulses (readout); 2 devices worn out"
    assert wear_line({"1": one, "2": other}) == (
        "pulses: 200 up, 100 down per seed; most worn device 9 pulses (readout); 3 devices worn out")
