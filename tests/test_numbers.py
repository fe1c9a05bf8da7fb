"""Numbers of a profile that an experiment replaces, and its noise made larger."""
from __future__ import annotations

import pytest

from neurosim.errors import InputError
from neurosim.numbers import noises, with_noise, with_numbers
from neurosim.profile import load, names


def test_a_number_is_replaced_and_is_assumed_from_then_on():
    found = with_numbers(load("reram-sb"), {"io": {"out_noise": 0.2}})
    assert found.io.out_noise.v == 0.2 and found.io.out_noise.status == "assumed"
    assert "io.out_noise" in [name for name, _, _ in found.unverified()]
    assert found.device == load("reram-sb").device


def test_a_number_that_the_profile_does_not_have_needs_no_source_of_its_own():
    found = with_numbers(load("pcm"), {"time": {"step_s": 1e-6, "drift_nu": 0.05, "drift_t0_s": 20.0}})
    assert found.time.drift_nu.v == 0.05
    assert {source for name, _, source in found.quantities() if name.startswith("time.")} == {"set by the experiment"}


@pytest.mark.parametrize("name", names())
def test_every_profile_stays_itself_if_nothing_is_replaced(name):
    assert with_numbers(load(name), {"chip": {}}).model_dump() == load(name).model_dump()


@pytest.mark.parametrize(("numbers", "said"), [
    ({"i": {"out_noise": 1.0}}, "chip.numbers.i: is no section .*did you mean io"),
    ({"io": {"out_nois": 1.0}}, "chip.numbers.io.out_nois = 1.0; is no number .*did you mean out_noise"),
    ({"io": {"out_noise": -1.0}}, "chip.numbers.io.out_noise.v = -1.0; must be at least 0"),
    ({"device": {"update_model": "linear_step"}}, "chip.numbers.device.gamma_up: is missing")])
def test_what_no_profile_could_have_is_refused(numbers, said):
    with pytest.raises(InputError, match=said):
        with_numbers(load("reram-sb"), numbers)


def test_noise_is_every_spread_and_every_random_read_and_nothing_else():
    found = {name for name, _ in noises(load("reram-sb"))}
    assert {"device.dw_min_dtod", "device.dw_min_std", "device.write_noise_std", "io.out_noise"} <= found
    assert not {"device.dw_min", "io.adc_bits", "io.dac_bits", "device.w_max"} & found


def test_noise_is_scaled_together():
    profile = load("pcm")
    before, after = dict(noises(profile)), dict(noises(with_noise(profile, 2.0)))
    assert {name: value.v for name, value in after.items()} == pytest.approx({name: 2 * value.v for name, value in before.items()})
    assert with_noise(profile, 1.0) == profile
    assert dict(noises(with_noise(profile, 0.0))) == {}


def test_a_scale_that_would_do_nothing_is_refused():
    with pytest.raises(InputError, match="fixed8.toml has no random effect"):
        with_noise(load("fixed8"), 2.0)
