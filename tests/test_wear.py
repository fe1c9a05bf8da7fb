"""A profile's endurance at work: how long devices last, what is around what, and what a profile may say about it."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.ageing import changing
from neurosim.devices.constant_step import ConstantStep
from neurosim.devices.drift import Drift
from neurosim.devices.endurance import ClosingWindow, Mortal
from neurosim.devices.one_sided_pair import OneSidedPair
from neurosim.devices.pulses import fire
from neurosim.devices.referenced import Referenced
from neurosim.devices.wired import Wired
from neurosim.devices.worn import Worn
from neurosim.devices.write_noise import WriteNoise
from neurosim.errors import InputError
from neurosim.placement import place
from neurosim.profile import SECTIONS, Profile, explain, load
from neurosim.synapses.layout import matrix_of
from neurosim.wear import cycles_of

WEAR = {"endurance_cycles": 50.0, "endurance_mode": "stuck"}
WINDOW = {**WEAR, "endurance_mode": "window"}


def profile_of(topology=None, time=None, **device):
    """A profile of pulsed devices with these fields of [device]."""
    nominal = {"update_model": "constant_step", "dw_min": 0.01, "w_max": 1.0, "w_min": -1.0}
    return Profile(
        chip={"id": "test", "name": "Test", "kind": "ideal"}, weights={"format": "conductance"}, sources=dict.fromkeys(SECTIONS, "a test"),
        topology=topology or {}, time=time or {}, device={**nominal, **device})


def placed(value=0.3, shape=(20, 10), seed=1, index=1, **tables):
    return place("recurrent", index, np.full(shape, value), None, profile_of(**tables), seed, np.float64)


def kinds(device):
    """Types from the outside to the inside."""
    found = []
    while device is not None:
        found.append(type(device))
        device = getattr(device, "inner", None)
    return found


def cells(array, matrix):
    return matrix_of(array.synapses, matrix, array.n_post, array.n_pre)


# ---- how long devices last -------------------------------------------------------------------------------------------------
def test_cycles_to_failure_are_log_normal_about_their_median():
    section, n = profile_of(**WEAR | {"endurance_cycles": 1e6}, endurance_spread=0.7).device, 40_000
    log = np.log(cycles_of(section, (200, 200), 3, 1))
    assert abs(log.mean() - np.log(1e6)) < 5 * 0.7 / np.sqrt(n) and abs(log.std() - 0.7) < 5 * 0.7 / np.sqrt(2 * n)
    assert abs((log < np.log(1e6)).mean() - 0.5) < 5 * 0.5 / np.sqrt(n)


def test_without_a_spread_all_devices_last_alike_and_never_less_than_a_pulse():
    assert (cycles_of(profile_of(**WEAR).device, (3, 4), 1, 1) == 50).all()
    short = cycles_of(profile_of(**WEAR | {"endurance_cycles": 1.0}, endurance_spread=3.0).device, (100, 100), 1, 1)
    assert short.min() == 1 and (short == np.rint(short)).all()


def test_every_array_and_seed_has_ends_of_its_own_and_the_same_again():
    ends = [placed(**WEAR, endurance_spread=0.5, seed=seed, index=index).device.inner.cycles for seed, index in (
        (1, 1), (1, 1), (1, 2), (2, 1))]
    assert (ends[0] == ends[1]).all() and (ends[0] != ends[2]).any() and (ends[0] != ends[3]).any()


# ---- what is around what ---------------------------------------------------------------------------------------------------
def test_every_pulsed_array_counts_and_none_ends_without_an_endurance():
    for name in ("reram-sb", "idealized", "pcm"):
        array = place("recurrent", 1, np.full((4, 5), 0.1), None, load(name), 1, np.float32)
        assert isinstance(array.device, Worn) and not {Mortal, ClosingWindow} & set(kinds(array.device))
        assert array.state()["pulses_up"] is array.device.up and array.device.up.shape == array.conductance.shape
    assert "pulses_up" not in place("recurrent", 1, np.full((4, 5), 0.1), None, load("fixed8"), 1, np.float32).state()


def test_the_end_goes_around_what_a_write_does_and_the_window_around_the_bounds():
    drifts = {"step_s": 1.0, "drift_nu": 0.05, "drift_t0_s": 1.0}
    device = placed(**WINDOW, time=drifts, write_noise_std=1.0, update_model="soft_bounds", reference_mean=0.1).device
    assert kinds(device)[:-1] == [Worn, Mortal, WriteNoise, Drift, ClosingWindow, Referenced]
    wires = {"array_rows": 8, "array_cols": 8, "wire_row_Ohm": 1.0, "wire_col_Ohm": 1.0, "driver_Ohm": 1.0, "sense_Ohm": 1.0}
    assert kinds(placed(**WEAR, topology=wires, g_max_S=1e-5).device) == [Wired, Worn, Mortal, ConstantStep]


def test_both_devices_of_a_pair_end_by_themselves():
    pair = {"cell": "one_sided_pair", "w_min": 0.0, "refresh_upper": 0.75, "refresh_lower": 0.25}
    array = placed(**WINDOW, **pair, endurance_spread=0.5)
    assert isinstance(array.device.inner, OneSidedPair)
    plus, minus = array.device.inner.plus, array.device.inner.minus
    assert kinds(plus) == kinds(minus) == [Mortal, ClosingWindow, ConstantStep] and (plus.cycles != minus.cycles).any()
    assert {name for name in changing(array.device) if name.startswith(("plus", "minus"))} == {
        f"{half}_{what}_seen" for half in ("plus", "minus") for what in ("endurance", "window")}


def test_the_window_is_that_of_every_device_in_units_of_the_weight():
    array = placed(**WINDOW, w_max_dtod=0.1, w_min_dtod=0.2)
    window, device = array.device.inner.inner, array.device.inner.inner.inner
    assert np.allclose(window.middle + window.half, device.upper) and np.allclose(window.middle - window.half, device.lower)


def test_the_window_of_a_device_with_a_reference_is_shifted_by_it():
    array = placed(**WINDOW, update_model="soft_bounds", w_max_dtod=0.1, reference_mean=0.2, reference_std=0.1)
    window, part = array.device.inner.inner, array.device.inner.inner.inner
    shift = cells(array, part.reference)
    assert np.allclose(cells(array, window.middle + window.half), cells(array, part.inner.upper) - shift)


@pytest.mark.filterwarnings("error")
def test_padding_endures_nothing_and_nothing_is_divided_by_it():
    array = placed(**WINDOW)
    cycles = array.device.inner.cycles
    assert (cells(array, cycles) == 50).all() and np.count_nonzero(cycles) == 200 < cycles.size
    zero = np.float64(0)
    assert fire(array.device, 19, 60, zero, zero, zero, zero) == 0


def test_a_placed_device_keeps_its_weight_from_its_last_pulse_on():
    array = placed(**WEAR, write_noise_std=2.0)
    g, rng = array.conductance, np.random.Generator(np.random.Philox(5))
    values = []
    for _ in range(60):
        g[0, 0] = fire(array.device, 0, 0, g[0, 0], np.float64(1), *rng.standard_normal(2))
        values.append(g[0, 0])
    assert len(set(values[:50])) == 50 and set(values[49:]) == {values[49]}
    assert array.device.up[0, 0] == array.device.inner.seen[0, 0] == 60


# ---- profile ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("device", "message"), [
    ({"endurance_cycles": 1e6}, "device.endurance_mode: is missing; device.endurance_cycles needs it"),
    ({"endurance_mode": "stuck"}, "device.endurance_mode: has no use with no device.endurance_cycles; remove it"),
    ({"endurance_spread": 0.1}, "device.endurance_spread: has no use with no device.endurance_cycles; remove it")])
def test_what_a_number_needs_is_said(device, message):
    with pytest.raises(InputError, match=message):
        profile_of(**device)


@pytest.mark.parametrize(("field", "value"), [
    ("endurance_cycles", 0.5), ("endurance_cycles", 1e16), ("endurance_spread", -0.1), ("endurance_spread", 6.0),
    ("endurance_mode", "slowly")])
def test_a_value_out_of_range_is_refused(tmp_path, field, value):
    lines = {"update_model": "constant_step", "dw_min": 0.01, "w_max": 1.0, "w_min": -1.0, **WEAR, field: value}
    text = "".join(f"{key} = {value!r}\n" for key, value in lines.items())
    path = tmp_path / "wear.toml"
    path.write_text(
        'schema = 1\nchip = { id = "t", name = "T", kind = "ideal" }\nweights = { format = "conductance" }\n'
        f'sources = {{ device = "a test" }}\n[device]\n{text}')
    with pytest.raises(InputError, match=f"wear.toml: device.{field}"):
        load(path)


def test_explain_tells_that_devices_wear_out_and_how():
    told = {effect.text: effect.numbers for effect in explain(profile_of(**WINDOW, endurance_spread=0.3))}
    assert told["a device wears out after so many pulses (end: window)"] == "device.endurance_cycles = 50"
    assert any("endures differs" in text for text in told)
    assert not any("endure" in text or "wears" in text for text in (effect.text for effect in explain(profile_of())))
