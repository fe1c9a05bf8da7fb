"""Stores between rule and weights in the ledger: pulses, reads and digital numbers, against counts made by hand."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.accounts import counted, wear_of
from neurosim.chip import compile_chip
from neurosim.contract import sweep
from neurosim.devices.pulses import granule
from neurosim.errors import MappingError
from neurosim.network import Network
from neurosim.profile import SECTIONS, Profile
from neurosim.random import Key
from neurosim.rules import ANP
from neurosim.storage import padded
from neurosim.store import counted_stores, fast_arrays, with_stores
from neurosim.tasks import MackeyGlass
from neurosim.tiles import pulses
from neurosim.trainer import train
from neurosim.trials import Regime
from neurosim.updaters.gathering import KEPT, Gathering
from neurosim.updaters.trains import Counts, Trains
from neurosim.updaters.transfer import modulate, transfer
from neurosim.wiring import sizes_of, wire

N, WRITES = 36, 7  # neurons enough that rows are inputs
FAST = ("tiki_taka", "tiki_taka_v2", "chopped", "agad")
PAIR = {"cell": "one_sided_pair", "w_min": 0.0, "refresh_upper": 0.75, "refresh_lower": 0.25}


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Tiny networks run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def profile_of(topology=None, **device):
    """Exact devices on arrays of 24 x 24, with converters."""
    nominal = {"update_model": "constant_step", "dw_min": 0.001, "w_max": 1.0, "w_min": -1.0}
    return Profile(
        chip={"id": "test", "name": "Test", "kind": "ideal"}, weights={"format": "conductance"}, sources=dict.fromkeys(SECTIONS, "a test"),
        topology={"array_rows": 24, "array_cols": 24, **(topology or {})},
        io={"dac_bits": 7, "dac_range": 1.0, "adc_bits": 9, "adc_range": 20.0}, device={**nominal, **device})


def wired(kind, profile=None, readout="digital", **settings):
    chip = compile_chip(profile or profile_of(), Network(inputs=2, hidden=N, outputs=2), 3, readout=readout)
    gathering = None if kind == "direct" else Gathering(kind=kind, **settings)
    parts = ANP(learning_rate=0.1).build(sizes_of(chip, 1, "step"))
    return chip, wire(chip, parts, 1, "step", gathering=gathering).network


def ask(p, pre, post, writes=WRITES):
    """So many times the same request, written and carried over as the loop does it."""
    z, current = (np.zeros((1, padded(max(pre.size, post.size))), np.float32) for _ in range(2))
    for now in range(writes):
        p.request.pre[0, :pre.size], p.request.post[0, :post.size] = pre, post
        modulate(p.updater, p.request, 1)
        sweep(p.synapses, p, 1, z, current, Key(1, 16, now))
        transfer(p.updater, p, Key(1, 24, now))


# ---- a fast array ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", FAST)
def test_pulses_of_the_fast_array_are_those_that_were_asked_for(kind):
    """Three pulses up on half of the columns and two down on the others, at every write; choppers never flip."""
    never = {"chop_chance": 0.0} if kind in ("chopped", "agad") else {}
    chip, network = wired(kind, rate=1e-9, **never)
    step = granule(network.recurrent.updater.device)
    ask(network.recurrent, np.ones(N), step * np.repeat([3, -2], N // 2))
    found = counted_stores(chip, network)["recurrent, fast"]
    assert (found["pulses_up"], found["pulses_down"]) == (WRITES * N * N // 2 * 3, WRITES * N * N // 2 * 2)
    assert (found["most_pulses"], found["median_pulses"], found["devices"]) == (WRITES * 3, WRITES * 2.5, N * N)
    array = fast_arrays(chip, network)["recurrent"]
    net = np.subtract(*pulses(array))
    assert np.allclose(array.weights(), step * net, atol=1e-6) and net.sum() == found["pulses_up"] - found["pulses_down"]
    assert sum(int(one.sum()) for one in pulses(chip.arrays["recurrent"])) == 0  # nothing has reached the weights


def test_pulses_of_the_weights_are_those_of_the_transfers_alone():
    """Two rows of 200 steps each, as a converter sees them, times the rate."""
    chip, network = wired("tiki_taka_v2", rate=0.1, kept=0.0)
    step, lsb = granule(network.recurrent.device), network.recurrent.updater.lsb
    network.recurrent.updater.fast[:N, :N] = 200 * step
    ask(network.recurrent, np.zeros(N), np.zeros(N), writes=2)
    sent = int(0.1 * np.rint(200 * step / lsb) * lsb / step)
    assert sent > 0 and int(pulses(chip.arrays["recurrent"])[0].sum()) == 2 * N * sent
    assert counted_stores(chip, network)["recurrent, fast"]["pulses_up"] == 0


def test_every_row_read_drives_a_line_and_converts_what_crosses_it():
    """7 writes, a transfer every 2, of 24 rows: 72 reads, so that each of 36 rows has its turn twice; 2 x 2 tiles, of 24 and 12 lines."""
    chip, network = wired("tiki_taka", every=2, reads=24)
    ask(network.recurrent, np.zeros(N), np.zeros(N))
    found = counted_stores(chip, network)["recurrent, fast"]
    assert (found["transfers"], found["row_reads"]) == (3, 72)
    assert found["row_activations"] == found["dac_conversions"] == found["products"] == 72 * 2  # two tiles side by side
    assert found["adc_conversions"] == 72 * N
    assert [tile["row_activations"] for tile in found["tiles"]] == [48, 24, 48, 24]
    assert [tile["adc_conversions"] for tile in found["tiles"]] == [1152, 576, 576, 288]


def test_rows_that_had_their_turn_once_more_are_told_apart():
    """60 writes, a row each: rows 0 to 23 were read twice, rows 24 to 35 once."""
    chip, network = wired("tiki_taka")
    ask(network.recurrent, np.zeros(N), np.zeros(N), writes=60)
    assert network.recurrent.updater.state[1] == 24
    assert [tile["row_activations"] for tile in counted_stores(chip, network)["recurrent, fast"]["tiles"]] == [48, 12, 48, 12]


def test_the_rows_of_a_readout_on_the_chip_are_its_outputs():
    chip, network = wired("tiki_taka", readout="chip")
    ask(network.readout, np.zeros(N), np.zeros(2), writes=3)
    found = counted_stores(chip, network)["readout, fast"]
    assert found["row_reads"] == 3 and found["adc_conversions"] == 3 * N and found["row_activations"] == 3 * 2
    assert [tile["adc_conversions"] for tile in found["tiles"]] == [72, 36]


def test_a_pair_counts_both_of_its_devices_and_worn_out_ones_are_found():
    chip, network = wired("tiki_taka", profile_of(**PAIR, endurance_cycles=10.0, endurance_mode="stuck"), every=1000)
    step = granule(network.recurrent.updater.device)
    ask(network.recurrent, np.ones(N), step * np.repeat([3, -1], N // 2))  # 21 up and 7 down
    found = counted_stores(chip, network)["recurrent, fast"]
    assert found["devices"] == 2 * N * N and found["devices_worn_out"] == N * N // 2 and found["most_pulses"] == 21


# ---- digital numbers -------------------------------------------------------------------------------------------------------
def test_an_accumulator_counts_its_numbers_and_every_change_that_is_not_0():
    chip, network = wired("mixed_precision", every=2)
    ask(network.recurrent, np.repeat([1, 0], [4, N - 4]), np.repeat([1e-6, 0, -1e-6], [2, N - 5, 3]))
    assert counted_stores(chip, network)["recurrent, accumulator"] == {
        "transfers": 3, "numbers_kept": N * N, "numbers_read": 3 * N * N, "accumulations": WRITES * 4 * 5,
        "bits_per_number": "unavailable"}


@pytest.mark.parametrize(("kind", "kept", "changed"), [("tiki_taka_v2", 1, 1), ("chopped", 1, 1), ("agad", 3, 2)])
def test_the_digital_buffer_of_a_fast_array_has_an_entry_of_its_own(kind, kept, changed):
    chip, network = wired(kind, reads=2)
    ask(network.recurrent, np.zeros(N), np.zeros(N))
    assert counted_stores(chip, network)["recurrent, buffer"] == {
        "transfers": WRITES, "numbers_kept": kept * N * N, "numbers_read": 2 * WRITES * N, "accumulations": changed * 2 * WRITES * N,
        "bits_per_number": "unavailable"}


@pytest.mark.parametrize("kind", [*FAST, "mixed_precision"])
def test_numbers_kept_are_the_arrays_that_an_updater_holds(kind):
    """Every array of the shape of the weights that is no device's state."""
    updater = wired(kind)[1].recurrent.updater
    held = [name for name, part in updater._asdict().items() if isinstance(part, np.ndarray) and part.shape == updater.fast.shape]
    analog = int(kind != "mixed_precision")
    assert len(held) - analog == KEPT.get(type(updater), (0, 0))[0]


@pytest.mark.parametrize(("kind", "names"), [
    ("direct", ()), ("tiki_taka", ("fast",)), ("mixed_precision", ("accumulator",)), ("agad", ("fast", "buffer"))])
def test_there_is_an_entry_for_every_store_and_for_nothing_else(kind, names):
    assert set(counted_stores(*wired(kind))) == {f"{array}, {name}" for array in ("inputs", "recurrent") for name in names}


# ---- room ------------------------------------------------------------------------------------------------------------------
def test_fast_arrays_that_do_not_fit_are_refused():
    used = wired("direct")[0].mapping["resources"]["tiles"]["used"]
    tight = profile_of({"n_cores": 2 * used - 1})
    assert counted_stores(*wired("mixed_precision", tight)) and wired("tiki_taka", profile_of({"n_cores": 2 * used}))
    with pytest.raises(MappingError, match=f"needs {used} tiles for fast arrays beside the {used} of the weights"):
        wired("tiki_taka", tight)


def test_the_mapping_says_what_stores_use():
    chip, network = wired("agad")
    used, found = chip.mapping["resources"]["tiles"]["used"], with_stores(chip.mapping, counted_stores(chip, network))
    assert found["resources"]["tiles"]["used"] == 2 * used and chip.mapping["resources"]["tiles"]["used"] == used
    assert found["stores"]["recurrent, fast"] == {"tiles": 4, "devices": N * N}
    assert found["stores"]["recurrent, buffer"] == {"numbers": 3 * N * N}
    assert with_stores(chip.mapping, {}) == chip.mapping


# ---- a chip that learns ----------------------------------------------------------------------------------------------------
def learned(kind, update="step", **settings):
    chip = compile_chip(profile_of(dw_min=1e-4), Network(inputs=1, hidden=4, outputs=1), 3)
    run = train(
        chip, MackeyGlass(steps=40, test_steps=16), ANP(learning_rate=0.05, sigma=0.01), epochs=2, batch=1, update=update,
        regime=Regime(updater=Gathering(kind=kind, **settings)))
    return chip, run


def test_a_run_hands_over_what_its_stores_did():
    """Every step is written, so that 80 steps are 80 writes, 26 transfers of 2 rows."""
    chip, run = learned("tiki_taka_v2", every=3, reads=2)
    assert set(run.stores) == {f"{name}, {place}" for name in ("inputs", "recurrent", "readout") for place in ("fast", "buffer")}
    found = run.stores["recurrent, fast"]
    assert (found["transfers"], found["row_reads"], found["adc_conversions"]) == (26, 52, 52 * 4)
    assert found["pulses_up"] > 0 and found["pulses_down"] > 0
    assert run.stores["readout, fast"]["row_reads"] == 26  # a single output
    wear = wear_of({"3": {**counted(chip, run.counts), **run.stores}})["wear"]["3"]
    arrays = [*counted(chip, run.counts).values(), *(one for one in run.stores.values() if "devices" in one)]
    assert wear["pulses_up"] == sum(one["pulses_up"] for one in arrays)
    assert wear["stores"]["recurrent, fast"] == {key: value for key, value in found.items() if key != "tiles"}


def test_updates_of_a_sequence_are_one_write_each():
    run = learned("mixed_precision", update="sequence")[1]
    assert run.stores["recurrent, accumulator"]["transfers"] == 2
    assert run.stores["recurrent, accumulator"]["accumulations"] == 2 * 4 * 4


def test_straight_writes_leave_no_store():
    assert learned("direct")[1].stores == {}


@pytest.mark.parametrize("kind", ["direct", "tiki_taka", "mixed_precision"])
def test_pulse_trains_go_to_devices_and_plain_requests_to_digital_numbers(kind):
    """A digital accumulator has no pulses: it takes the request as it is."""
    profile = profile_of(pulse_scheme="trains", max_pulses=31)
    _, network = wired(kind, profile)
    assert isinstance(network.recurrent.scheme, Counts if kind == "mixed_precision" else Trains)
    pre, post = np.linspace(-1, 1, N), np.linspace(0.001, 0.01, N)
    ask(network.recurrent, pre, post, 1)
    if kind == "mixed_precision":
        left = network.recurrent.updater.fast[:N, :N]
        assert np.abs(left).max() < granule(network.recurrent.device)
