"""The honest test of the device layer: every switch that is on changes what comes out, and with all of them off nothing is left."""
from __future__ import annotations

import pytest
from shipped_profiles import DEVICES

from neurosim import effects
from neurosim.errors import InputError
from neurosim.profile import SECTIONS, Profile, load
from neurosim.quantity import effects as declared
from neurosim.selftest.effects_on import Runs, is_ideal, problems_at_once, small
from neurosim.selftest.made_up_profiles import DEVICE, MODELS, TIME, made_up, profiles

MADE_UP = profiles()
SHIPPED = {name: load(name) for name in (*DEVICES, "dynapse2", "loihi1", "reckon")}
EVERY = {**SHIPPED, **MADE_UP}
EFFECTS = [(profile, name) for profile in EVERY for name in effects.switches(EVERY[profile])]
RUNS = Runs()


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Slots run as plain Python, nothing is compiled."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


@pytest.mark.parametrize(("profile", "name"), EFFECTS, ids=[f"{profile}-{name}" for profile, name in EFFECTS])
def test_every_effect_changes_the_result_and_of_what_is_counted_its_own_lines(profile, name):
    assert list(problems_at_once(small(EVERY[profile], name), name, RUNS)) == []


@pytest.mark.parametrize("profile", EVERY)
def test_with_everything_off_a_chip_is_ideal_bit_for_bit(profile):
    assert is_ideal(EVERY[profile], RUNS, RUNS(SHIPPED["ideal"]))


@pytest.mark.parametrize("profile", EVERY)
def test_an_effect_is_gone_from_the_profile_that_goes_without_it_and_takes_nothing_else_along(profile):
    found = effects.switches(EVERY[profile])
    loose = {"device.dw_min", "device.max_pulses"}  # finer steps are steps, longer trains have an end
    for name in found:
        left = set(effects.switches(effects.without(EVERY[profile], [name]))) - loose
        mirrored = {"device.w_min_dtod"} if name == "device.cell" else set()  # one device for both signs has two bounds
        assert left - mirrored == set(found) - effects.closed(found, [name]) - loose - mirrored


def test_the_profiles_here_have_every_effect_that_there_is():
    sections = {name: Profile.model_fields[name].annotation for name in SECTIONS}
    fields = {f"{section}.{field}" for section, profile_section in ((s, getattr(EVERY[p], s)) for s in sections for p in EVERY)
              for field, _, _ in declared(profile_section)}
    there = (fields | set(effects.TEXTS)) - {*effects.LIMITS, *effects.PART_OF}
    assert {name for _, name in EFFECTS} == there


def test_a_section_stands_for_its_effects():
    off = effects.without(SHIPPED["reram-sb"], ["io"])
    assert not any(name.startswith("io.") for name in effects.switches(off)) and off.device == SHIPPED["reram-sb"].device


def test_what_is_said_of_time_and_of_no_device_stays_when_the_devices_go():
    said = {"mode": "clocked", "max_delay_steps": 8}
    profile = made_up("x", weights={"format": "conductance"}, device=DEVICE | MODELS["linear"], time={**TIME, **said})
    left = effects.without(profile, ["all"]).time
    assert (left.mode, left.max_delay_steps.v, left.drift_nu, left.leak_lifetime_s) == ("clocked", 8, None, None)


def test_going_without_nothing_is_the_same_profile():
    assert effects.without(SHIPPED["pcm"], []) is SHIPPED["pcm"]


def test_finer_steps_leave_write_noise_and_the_longest_request_as_they_are():
    before = SHIPPED["reram-es"].device
    after = effects.without(SHIPPED["reram-es"], ["device.dw_min"]).device
    assert after.dw_min.v < before.dw_min.v / 30
    assert after.write_noise_std.v * after.dw_min.v == pytest.approx(before.write_noise_std.v * before.dw_min.v)
    assert after.max_pulses.v * after.dw_min.v == pytest.approx(before.max_pulses.v * before.dw_min.v)
    assert after.dw_min_std.v**2 * after.dw_min.v == pytest.approx(before.dw_min_std.v**2 * before.dw_min.v)


def test_without_its_curve_a_device_keeps_the_step_that_controllers_reckon_with():
    from neurosim.pulsed import granularity

    for name in ("reram-es", "reram-sb", "pcm"):
        flat = effects.without(SHIPPED[name], ["device.update_model"]).device
        assert flat.update_model == "constant_step" and granularity(flat) == pytest.approx(granularity(SHIPPED[name].device))


def test_nonlinear_outputs_stay_as_they_are_when_the_range_they_refer_to_is_gone():
    io = {"adc_bits": 8, "adc_range": 4.0, "out_nonlinearity": 0.8}
    assert effects.without(made_up("x", io=io), ["io.adc_bits"]).io.out_nonlinearity.v == pytest.approx(0.2)


def test_devices_go_when_nothing_that_they_carry_is_left():
    profile = MADE_UP["aged"]
    assert effects.without(profile, ["weights.format"]).device is None
    assert effects.without(profile, ["device"]).device is not None


@pytest.mark.parametrize(("name", "said"), [
    ("device.write_noise", "did you mean device.write_noise_std?"), ("time.drift_nu", "on are "),
    ("device.exp_a", "(it goes with device.update_model)")])
def test_a_name_that_is_no_effect_of_the_profile_is_refused(name, said):
    with pytest.raises(InputError) as refused:
        effects.without(SHIPPED["reram-es"], ["io", name], "chip.without")
    assert refused.value.where == "chip.without[1]"
    assert refused.value.problem.startswith(f'= "{name}"; is no effect that is on in reram-es.toml') and said in str(refused.value)


def test_an_ideal_chip_has_nothing_to_switch_off():
    with pytest.raises(InputError, match="is no effect that is on in ideal.toml; it is ideal"):
        effects.without(SHIPPED["ideal"], ["io"])
