"""Effects do something and nothing else, and one that does nothing, or too much, is found."""
from __future__ import annotations

from neurosim import tiles
from neurosim.circuits import read_path
from neurosim.profile import load
from neurosim.selftest import effects_on
from neurosim.selftest.effects_on import Runs, check, is_ideal, problems
from neurosim.selftest.lines import OWN, WRITING, Own, wrong
from neurosim.selftest.made_up_profiles import profiles
from neurosim.selftest.small_grid import plain


def test_every_effect_does_something_and_changes_its_own_counts_alone(tmp_path):
    outcome = check("short", 1, tmp_path)
    assert outcome.is_kept, outcome.failures


def found(profile, name):
    with plain():
        return list(problems(profile, name, Runs()))


def test_an_effect_that_does_nothing_is_found(monkeypatch):
    profile = profiles()["read"]
    assert found(profile, "io.inp_asymmetry") == []
    built = read_path.build
    monkeypatch.setattr("neurosim.wiring.build", lambda path, site, rng: built(path._replace(inp_asymmetry=0.0), site, rng))
    assert found(profile, "io.inp_asymmetry") == ["changes nothing"]


def test_an_effect_that_changes_another_line_is_found(monkeypatch):
    def conversions(profile, activations, outputs):
        return {**counted(profile, activations, outputs), **({} if profile.io.inp_asymmetry is None else {"adc_conversions": outputs})}

    profile, counted = profiles()["read"], tiles.converted
    monkeypatch.setattr(tiles, "converted", conversions)
    assert found(profile, "io.inp_asymmetry") == ["changes adc_conversions, not its own"] * 2  # in either pair of runs


def test_an_effect_that_leaves_its_own_line_as_it_was_is_found(monkeypatch):
    profile = profiles()["read"]
    monkeypatch.setattr(tiles, "converted", lambda profile, activations, outputs: {"row_activations": activations})
    assert found(profile, "io.dac_bits") == ["leaves dac_conversions as before"] * 2


def test_noise_that_is_counted_as_pulses_is_found(monkeypatch):
    """Writing noise changes what the next steps ask for, but not what the first write asks for."""
    profile = load("reram-sb")
    assert found(profile, "device.dw_min_std") == []
    pulses = tiles.pulses

    def more(array):
        up, down = pulses(array)
        return up + (0 if tiles.inside(array.device, tiles.Worn).inner.spread_ctoc == 0 else 1), down
    monkeypatch.setattr(tiles, "pulses", more)
    assert any("pulses_up" in problem for problem in found(profile, "device.dw_min_std"))


def test_what_is_left_of_a_chip_with_everything_off_is_found(monkeypatch):
    runs, profile = Runs(), load("reram-sb")
    with plain():
        ideal = runs(load("ideal"))
        assert is_ideal(profile, runs, ideal)
        monkeypatch.setattr(effects_on.effects, "switches", lambda profile: {})
        assert not is_ideal(profile, runs, ideal)


def test_lines_are_told_by_name():
    assert list(wrong({"a", "c"}, Own(("a", "b"), ()))) == ["changes c, not its own", "leaves b as before"]
    assert list(wrong({"a", "c"}, Own(("a",), ("c", "d")))) == []


def test_the_table_names_effects_that_there_are():
    known = {effect for profile in (*profiles().values(), load("reckon"), load("neurram"))
             for effect in effects_on.effects.switches(profile)}
    assert set(OWN) | set(WRITING) <= known
