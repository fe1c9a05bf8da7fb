"""The [time] table at work: which devices it makes, with which numbers, and a chip that ages while it learns."""
from __future__ import annotations

import numpy as np
import pytest
from worn_devices import within

from neurosim.ageing import CHANGING, changing
from neurosim.chip import compile_chip
from neurosim.clock import Clock, Stopped
from neurosim.devices.drift import Drift
from neurosim.devices.flicker import Flicker
from neurosim.devices.leak import Leak
from neurosim.devices.write_noise import WriteNoise
from neurosim.errors import InputError
from neurosim.network import Network
from neurosim.placement import place
from neurosim.profile import SECTIONS, Profile, explain
from neurosim.rules import ANP
from neurosim.rules.rule import OBSERVER
from neurosim.synapses.layout import matrix_of
from neurosim.tasks import MackeyGlass
from neurosim.trainer import train
from neurosim.wiring import sizes_of, wire

DRIFT = {"drift_nu": 0.05, "drift_nu_dtod": 0.3, "drift_t0_s": 20.0}
LEAK = {"leak_lifetime_s": 100.0, "leak_lifetime_dtod": 0.4, "leak_reset": 0.1, "diffusion_per_sqrt_s": 0.01}
FLICKER = {"read_flicker_rel": 0.02, "read_flicker_s": 1e-6}
EVERYTHING = {"step_s": 1e-3, "rest_s": 0.5, **DRIFT, **LEAK, **FLICKER}


def profile_of(time, format_="conductance", **device):
    """A profile of pulsed devices with this [time]."""
    nominal = {"update_model": "constant_step", "dw_min": 0.01, "w_max": 1.0, "w_min": -1.0}
    tables = {"device": {**nominal, **device}} if format_ == "conductance" else {}
    return Profile(
        chip={"id": "test", "name": "Test", "kind": "ideal"}, weights={"format": format_}, time=time,
        sources=dict.fromkeys(SECTIONS, "a test"), **tables)


def placed(time, shape=(100, 200), seed=1, **device):
    return place("recurrent", 1, np.full(shape, 0.3), None, profile_of({"step_s": 1.0, **time}, **device), seed, np.float64)


def cells(array, matrix):
    return matrix_of(array.synapses, matrix, array.n_post, array.n_pre)


# ---- devices ---------------------------------------------------------------------------------------------------------------
def test_without_a_number_for_it_nothing_ages():
    for time in ({}, {"drift_nu": 0.0, "drift_t0_s": 1.0}, {"read_flicker_rel": 0.0, "read_flicker_s": 1.0}):
        assert not isinstance(within(placed(time).device), Drift | Leak | Flicker)


@pytest.mark.parametrize(("time", "kind"), [
    (DRIFT, Drift), (LEAK, Leak), ({"diffusion_per_sqrt_s": 0.01}, Leak), (FLICKER, Flicker)])
def test_each_effect_has_a_device_of_its_own(time, kind):
    assert isinstance(within(placed(time).device), kind)


def test_write_noise_goes_around_what_time_does():
    device = within(placed(EVERYTHING, write_noise_std=2.0).device)
    assert [type(part) for part in (device, device.inner, device.inner.inner, device.inner.inner.inner)] == [
        WriteNoise, Flicker, Leak, Drift]


def test_exponents_have_mean_and_spread_of_the_profile():
    array = placed(DRIFT)
    nu, n = cells(array, within(array.device).exponent), 20_000
    assert abs(nu.mean() - 0.05) < 5 * 0.015 / np.sqrt(n) and abs(nu.std() - 0.015) < 5 * 0.015 / np.sqrt(2 * n) + 1e-4
    assert (nu >= 0).all() and within(array.device).t0_s == 20


def test_lifetimes_are_log_normal_and_the_rest_is_in_units_of_the_weight():
    array = placed(LEAK)
    log_rate, n = np.log(cells(array, within(array.device).rate)), 20_000
    assert abs(log_rate.mean() + np.log(100)) < 5 * 0.4 / np.sqrt(n) and abs(log_rate.std() - 0.4) < 5 * 0.4 / np.sqrt(2 * n)
    assert np.allclose(cells(array, within(array.device).reset), 0.1 * array.scale)
    assert np.allclose(cells(array, within(array.device).diffusion), 0.01 * array.scale)


def test_padding_neither_leaks_nor_wanders():
    array = placed(LEAK, shape=(5, 6))
    for matrix in (within(array.device).rate, within(array.device).reset, within(array.device).diffusion):
        assert np.count_nonzero(matrix) == 30


def test_stuck_devices_neither_drift_nor_leak():
    array = placed({**DRIFT, **LEAK}, stuck_prob=0.2, stuck_range=0.5)
    leak, drift = within(array.device), within(array.device).inner
    is_stuck = cells(array, drift.inner.upper) == cells(array, drift.inner.lower)
    assert 0 < is_stuck.sum() == array.stuck
    for matrix in (leak.rate, leak.diffusion, drift.exponent):
        assert ((cells(array, matrix) == 0) == is_stuck).all()


def test_an_effect_that_is_switched_on_changes_no_other_draw():
    alone, together = within(placed(DRIFT).device), within(placed({**DRIFT, **LEAK}).device)
    assert (alone.exponent == together.inner.exponent).all()
    assert (within(placed({}).device).upper == together.inner.inner.upper).all()


def test_weights_are_those_of_a_read_at_the_present():
    array = placed(EVERYTHING, write_noise_std=2.0)
    before = array.weights()
    drift, leak, flicker = within(array.device).inner.inner.inner, within(array.device).inner.inner, within(array.device).inner
    drift.remaining[...], leak.lost[...], flicker.excess[...] = 0.5, 0.25, 0.125
    assert np.allclose(array.weights(), 1.125 * 0.5 * (before - 0.25 * (before - 0.1 * array.scale)))


def test_every_array_that_changes_is_part_of_the_state():
    state = placed(EVERYTHING, write_noise_std=2.0).state()
    assert set(state) == {
        "conductance", "persistent", "pulses_up", "pulses_down", "pulses_lost",
        *(f"{name}_{field}" for kind, (name, fields) in CHANGING.items() if kind in (Drift, Leak, Flicker) for field in fields)}
    assert set(changing(placed({}).device)) == {"pulses_up", "pulses_down", "pulses_lost"}


def test_both_devices_of_a_pair_age_with_draws_of_their_own():
    array = placed(EVERYTHING, cell="one_sided_pair", w_min=0.0, refresh_upper=0.75, refresh_lower=0.25)
    pair = within(array.device)
    exponents = [cells(array, half.inner.inner.exponent).ravel() for half in (pair.plus, pair.minus)]
    assert abs(np.corrcoef(exponents)[0, 1]) < 5 / np.sqrt(exponents[0].size)
    assert {f"{half}_drift_remaining" for half in ("plus", "minus")} < set(array.state())
    pair.plus.inner.inner.remaining[...] = 0.5
    assert np.allclose(array.weights(), 0.15)


# ---- profile ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("time", "message"), [
    (DRIFT, "time.step_s: is missing; time.drift_nu needs it"), ({"rest_s": 1.0}, "time.step_s: is missing; time.rest_s needs it"),
    ({"step_s": 1.0, "drift_nu": 0.1}, "time.drift_t0_s: is missing; time.drift_nu needs it"),
    ({"step_s": 1.0, "drift_nu_dtod": 0.1}, "time.drift_nu: is missing; time.drift_nu_dtod needs it"),
    ({"step_s": 1.0, "leak_reset": 0.1}, "time.leak_lifetime_s: is missing; time.leak_reset needs it"),
    ({"step_s": 1.0, "read_flicker_s": 0.1}, "time.read_flicker_rel: is missing; time.read_flicker_s needs it"),
    ({"step_s": 1.0, "read_flicker_rel": 0.1}, "time.read_flicker_s: is missing; time.read_flicker_rel needs it")])
def test_what_a_number_needs_is_said(time, message):
    with pytest.raises(InputError, match=message):
        profile_of(time)


def test_devices_that_are_not_there_cannot_age():
    with pytest.raises(InputError, match='time.drift_nu: has no use with weights.format = "float"; remove it'):
        profile_of({"step_s": 1.0, **DRIFT}, "float")
    assert profile_of({"step_s": 1.0, "rest_s": 1.0}, "float").time.step_s.v == 1


def test_explain_tells_what_time_does():
    texts = " ".join(effect.text for effect in explain(profile_of(EVERYTHING)))
    for words in ("fades as a power of the time", "relaxes exponentially", "wanders at random", "slow 1/f error", "lifetime of a weight"):
        assert words in texts


# ---- a chip that ages ------------------------------------------------------------------------------------------------------
def chip_of(time, seed=3, **device):
    return compile_chip(profile_of(time, **device), Network(inputs=1, hidden=4, outputs=1), seed)


def test_all_devices_of_a_chip_read_one_clock_which_is_part_of_its_state():
    chip = chip_of({"step_s": 1e-3, **DRIFT})
    clocks = [within(chip.arrays[name].device).clock for name in ("inputs", "recurrent", "readout")]
    assert all(np.shares_memory(clock, chip.clock_s) for clock in clocks) and chip.state()["clock/now_s"] is chip.clock_s
    assert chip_of({}).clock_s is None and "clock/now_s" not in chip_of({}).state()


def test_time_runs_while_a_chip_learns_and_not_while_it_is_tested():
    chip = chip_of({"step_s": 1e-3, "rest_s": 0.5})
    rule = ANP(learning_rate=0.01, sigma=0.01)
    learning = wire(chip, rule.build(sizes_of(chip, 1, "step")), 1, "step").network.clock
    assert isinstance(learning, Clock) and (learning.step_s, learning.rest_s) == (1e-3, 0.5)
    assert isinstance(wire(chip, OBSERVER, 1, "step").network.clock, Stopped)
    assert isinstance(wire(chip_of({}), rule.build(sizes_of(chip, 1, "step")), 1, "step").network.clock, Stopped)


def test_a_chip_that_learns_drifts_and_tells_the_time(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    chip = chip_of({"step_s": 10.0, **DRIFT}, dw_min_std=0.3)
    train(chip, MackeyGlass(steps=66, test_steps=16), ANP(learning_rate=1e-3, sigma=0.01), epochs=1, batch=1)
    assert chip.clock_s[0] == pytest.approx(660.0)
    remaining = cells(chip.arrays["recurrent"], within(chip.arrays["recurrent"].device).remaining)
    assert (remaining < 1).any() and (remaining > 0.7).all()


def test_restoring_a_state_sets_the_clock_back():
    chip = chip_of({"step_s": 10.0, **EVERYTHING})
    kept = {name: array.copy() for name, array in chip.state().items()}
    for array in chip.state().values():
        array += 1
    chip.restore(kept)
    assert chip.clock_s[0] == 0 and all((array == kept[name]).all() for name, array in chip.state().items())
