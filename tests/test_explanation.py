"""A profile in plain words: what follows from its numbers, and which of them are no fact."""
from __future__ import annotations

from neurosim.explanation import effects_of, unsure
from neurosim.profile import explain, load


def test_what_devices_forget_stands_beside_the_effects():
    profile = load("reram-sb")
    found = effects_of(profile)
    assert found[:len(explain(profile))] == explain(profile) and len(found) == len(explain(profile)) + 1
    assert "235" in found[-1].text and found[-1].source.startswith("computed from the numbers of [device]")
    assert effects_of(load("ideal")) == []


def test_every_number_that_is_unverified_or_assumed_is_listed_with_its_source():
    found = {one["number"]: one for one in unsure(load("dynapse2"))}
    assert found["energy.e_hop_J"] == {
        "number": "energy.e_hop_J", "v": 78e-12, "status": "unverified", "source": load("dynapse2").sources["moradi2018"]}
    assert {one["status"] for one in found.values()} == {"unverified", "assumed"} and unsure(load("ideal")) == []
