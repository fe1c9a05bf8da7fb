"""The numbers of a profile: what they are, where they come from, and how a wrong one is refused."""
from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

from neurosim.errors import InputError
from neurosim.profile import Profile, explain, load

GOOD = """\
schema = 1

[chip]
id = "test"
name = "Test array"
kind = "analog_imc"

[topology]
array_rows = 64
array_cols = 32

[weights]
format = "conductance"
headroom = 2

[device]
update_model = "soft_bounds"
dw_min = { v = 0.01, lo = 0.005, hi = 0.02, status = "measured", src = "lab" }
up_down = 0.0
w_max = 1.0
w_min = -1.0

[io]
dac_bits = 7
dac_range = 1.0

[noise]
gain_cv = 0.1

[sources]
topology = "data sheet"
weights = "our choice"
device = "notebook 12"
lab = "notebook 13"
io = "data sheet"
noise = "notebook 14"
"""
EXPONENTIAL = "exp_A_up = -1.0\nexp_A_down = -0.1\nexp_gamma_up = 5\nexp_gamma_down = 5\nexp_a = -0.5\nexp_b = -0.5"
STUCK = EXPONENTIAL.replace("-1.0", "99").replace("-0.1", "99")
DW_MIN = "dw_min = { v = 0.01, lo = 0.005, hi = 0.02, status = \"measured\", src = \"lab\" }"


@pytest.fixture
def write(tmp_path):
    """A file with the good profile in which text was replaced."""

    def written(old: str = "", new: str = "") -> Path:
        assert old in GOOD
        path = tmp_path / "test.toml"
        path.write_text(GOOD.replace(old, new, 1) if old else GOOD, encoding="utf-8")
        return path

    return written


def refusal(path) -> str:
    """The one sentence with which a profile is refused."""
    with pytest.raises(InputError) as caught:
        load(path)
    text = str(caught.value)
    assert "\n" not in text and text
    return text


# what a profile says

def test_a_bare_number_has_the_source_of_its_section(write):
    profile = load(write())
    found = {field: (quantity, source) for field, quantity, source in profile.quantities()}
    assert found["device.w_max"][1] == "notebook 12"
    assert found["device.w_max"][0].status is None
    assert found["device.dw_min"][1] == "notebook 13"
    assert (profile.device.dw_min.v, profile.device.dw_min.lo, profile.device.dw_min.hi) == (0.01, 0.005, 0.02)
    assert profile.device.dw_min.status == "measured"


def test_absent_is_none_and_not_zero(write):
    profile = load(write())
    assert profile.device.dw_min_std is None
    assert profile.io.adc_bits is None
    assert profile.energy.e_mvm_J is None
    assert "energy.e_mvm_J" not in [field for field, _, _ in profile.quantities()]


def test_a_whole_number_stays_one_and_a_real_becomes_one(write):
    profile = load(write())
    assert type(profile.io.dac_bits.v) is int
    assert type(profile.weights.headroom.v) is float


def test_absent_sections_are_there_and_know_nothing(write):
    profile = load(write("[noise]\ngain_cv = 0.1\n", ""))
    assert profile.noise.gain_cv is None
    assert load("ideal").device is None


def test_a_profile_does_not_change(write):
    profile = load(write())
    with pytest.raises(ValueError, match="frozen"):
        profile.device.dw_min.v = 1.0
    with pytest.raises(ValueError, match="frozen"):
        profile.weights = None


def test_a_profile_survives_pickling_and_compares_by_value(write):
    profile = load(write())
    assert pickle.loads(pickle.dumps(profile)) == profile
    assert load(write("gain_cv = 0.1", "gain_cv = 0.2")) != profile


def test_an_energy_without_a_source_is_refused_and_with_one_is_kept(write):
    path = write("[sources]", "[energy]\ne_mvm_J = 13.4e-9\n\n[sources]\nenergy = \"data sheet\"")
    assert load(path).energy.e_mvm_J.v == 13.4e-9
    path = write("[sources]", "[energy]\ne_mvm_J = 13.4e-9\n\n[sources]")
    assert refusal(path).startswith("test.toml: energy.e_mvm_J = 1.34e-08; has no source: [sources] needs energy")


@pytest.mark.parametrize("model, extra", [("constant_step", ""), ("soft_bounds", ""), ("exp_step", EXPONENTIAL)])
def test_every_update_model_can_be_used(write, model, extra):
    assert load(write('"soft_bounds"', f'"{model}"\n{extra}')).device.update_model == model


@pytest.mark.parametrize("text, said", [
    ("gain_cv = 0.3", "gain differs from neuron to neuron"), ("offset_std = 0.3", "offset differs"),
    ("intrinsic_std = 0.3", "every neuron is noisy")])
def test_every_neuron_effect_is_told(write, text, said):
    assert any(said in effect.text for effect in explain(load(write("gain_cv = 0.1", text))))


# what is refused

BROKEN = [
    ("dw_min = { v = 0.01", "dw_min = { v = -1", "device.dw_min.v = -1; must be greater than 0"),
    (DW_MIN, "dw_min = -1", "device.dw_min = -1; must be greater than 0"),
    (DW_MIN, "dw_min = 3.0", "device.dw_min = 3; must be at most w_max - w_min = 2"),
    (DW_MIN, "dw_min = nan", "device.dw_min = nan; must be a finite number"),
    (DW_MIN, "dw_min = { v = inf }", "device.dw_min.v = inf; must be a finite number"),
    (DW_MIN, 'dw_min = "0.01"', 'device.dw_min = "0.01"; must be a number, greater than 0 or a table'),
    (DW_MIN, "dw_min = true", "device.dw_min = true; must be a number"),
    (DW_MIN, "dw_min = [0.01]", "device.dw_min = [0.01]; must be a number"),
    (DW_MIN, "dw_min = 2020-01-01", "device.dw_min = 2020-01-01; dates"),
    (DW_MIN, "", "device.dw_min: is missing"),
    (DW_MIN, "dw_mim = 0.01", "device.dw_mim = 0.01; there is no such key; did you mean dw_min?"),
    (DW_MIN, 'dw_min = { status = "measured" }', "device.dw_min.v: is missing"),
    (DW_MIN, "dw_min = { v = 0.01, sttus = 1 }", "device.dw_min: has no key sttus; did you mean status?"),
    ('"measured"', '"mesured"', 'device.dw_min.status = "mesured"; must be one of'),
    ("lo = 0.005", "lo = 0.5", "device.dw_min: has lo = 0.5; must be at most v = 0.01"),
    ("hi = 0.02", "hi = 0.001", "device.dw_min: has hi = 0.001; must be at least v = 0.01"),
    ('src = "lab"', 'src = "lap"', 'device.dw_min.src = "lap"; must be a key of [sources]; did you mean lab?'),
    ('src = "lab"', 'src = ""', "device.dw_min.src"),
    ('lab = "notebook 13"', 'lab = " "', "sources.lab"),
    ('lab = "notebook 13"', "lab = 13", "sources.lab = 13; must be text"),
    ('io = "data sheet"\n', "", "io.dac_bits = 7; has no source: [sources] needs io"),
    ("w_max = 1.0", "w_max = 0.0", "device.w_max = 0.0; must be greater than 0"),
    ("w_min = -1.0", "w_min = 0.5", "device.w_min = 0.5; must be at most 0"),
    ("up_down = 0.0", "up_down = 1.0", "device.up_down = 1.0; must be"),
    ("up_down = 0.0", "dw_min_dtod = -0.1", "device.dw_min_dtod = -0.1; must be at least 0"),
    ("up_down = 0.0", "stuck_prob = 1.5\nstuck_range = 0.1", "device.stuck_prob = 1.5; must be from 0"),
    ("up_down = 0.0", "stuck_prob = 0.1", "device.stuck_range: is missing; device.stuck_prob needs it"),
    ("up_down = 0.0", "max_pulses = 0", "device.max_pulses = 0; must be"),
    ("up_down = 0.0", "max_pulses = 3.5", "device.max_pulses = 3.5; must be a whole number"),
    ("up_down = 0.0", "exp_a = 1.0", 'device.exp_a: has no use with device.update_model = "soft_bounds"; remove it'),
    ('"soft_bounds"', '"exp_step"', 'device.exp_A_up: is missing; device.update_model = "exp_step" needs it'),
    ('"soft_bounds"', f'"exp_step"\n{STUCK}', "device.exp_A_up: is so large"),
    ('"soft_bounds"', '"soft_bound"', 'device.update_model = "soft_bound"; must be one of'),
    ("dac_bits = 7", "", "io.dac_bits: is missing; io.dac_range needs it"),
    ("dac_range = 1.0", "", "io.dac_range: is missing; io.dac_bits needs it"),
    ("dac_bits = 7", "dac_bits = 1", "io.dac_bits = 1; must be from 2 to 24"),
    ("array_cols = 32", "", "topology.array_cols: is missing; topology.array_rows needs it"),
    ("headroom = 2", "headroom = 0.5", "weights.headroom = 0.5; must be at least 1"),
    ("headroom = 2", "bits = 8", 'weights.bits: has no use with weights.format = "conductance"; remove it'),
    ('"conductance"\nheadroom = 2', '"fixed_point"', 'weights.bits: is missing; weights.format = "fixed_point"'),
    ('"conductance"\nheadroom = 2', '"float"', 'device: has no use with weights.format = "float"; remove it'),
    ('"conductance"', '"conductances"', 'weights.format = "conductances"; must be one of'),
    ('kind = "analog_imc"', 'kind = "analogue"', 'chip.kind = "analogue"; must be one of'),
    ('kind = "analog_imc"', "", "chip.kind: is missing"),
    ('id = "test"', 'id = "Test array"', 'chip.id = "Test array"; must consist of a-z, 0-9, - and _'),
    ('id = "test"', "id = 3", "chip.id = 3; must be text"),
    ("gain_cv = 0.1", "gain_sd = 0.1", "noise.gain_sd = 0.1; there is no such key"),
    ("[noise]", "[nois]", "nois: is a table that does not exist; did you mean noise?"),
    ("schema = 1", "schema = 1\nnoise2 = 3", "noise2 = 3; this key does not exist; did you mean noise?"),
    ("schema = 1", 'schema = 1\nfile = "x"', 'file = "x"; this key does not exist'),
    ("schema = 1", "schema = 1\nenergy = 3", "energy = 3; must be a table"),
    ("schema = 1", "schema = 2", "schema = 2; must be 1"),
    ("schema = 1", "schema = true", "schema = true; must be 1"),
    ("schema = 1", "", "schema: is missing; must be 1"),
    ("schema = 1", "schema = ", "is not TOML (Invalid value (at line 1"),
    ("headroom = 2", "headroom = 2\nheadroom = 3", "is not TOML ("),
]


@pytest.mark.parametrize("old, new, said", BROKEN, ids=[said.partition(";")[0] for _, _, said in BROKEN])
def test_a_broken_profile_is_refused_with_field_value_and_what_is_allowed(write, old, new, said):
    assert f"test.toml: {said}".replace(": =", " =") in refusal(write(old, new))


@pytest.mark.parametrize("section", ["chip", "weights", "device"])
def test_a_missing_section_is_named(tmp_path, section):
    path = tmp_path / "test.toml"
    path.write_text(re.sub(rf"\[{section}\].*?\n\n", "", GOOD, flags=re.DOTALL))
    assert refusal(path).startswith(f"test.toml: {section}: is missing")


def test_a_profile_made_in_python_is_checked_too():
    with pytest.raises(InputError, match=r"profile: device: is missing; weights.format = \"conductance\" needs it"):
        Profile(chip=load("ideal").chip, weights={"format": "conductance"})


def test_a_path_may_be_text_or_a_path_and_may_start_with_a_byte_order_mark(write):
    path = write()
    assert load(str(path)) == load(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load(path).chip.id == "test"
