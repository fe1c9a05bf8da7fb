"""Hardware profiles: the shipped ones hold what their sources say, and a broken one is refused in one sentence."""
from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from neurosim import profile as profiles
from neurosim.errors import InputError
from neurosim.profile import explain, load, names, profiles_folder
from neurosim.quantity import Section, Status

SHIPPED = ("fixed8", "ideal", "reram-es", "reram-sb")
MINIMAL = 'schema = 1\nchip = { id = "test", name = "Test", kind = "ideal" }\nweights = { format = "float" }\n'


def refusal(path) -> str:
    """The one sentence with which a profile is refused."""
    with pytest.raises(InputError) as caught:
        load(path)
    text = str(caught.value)
    assert "\n" not in text and text
    return text


def lineage(name) -> list[Path]:
    """The file of a shipped profile after those that it extends."""
    path = profiles_folder() / f"{name}.toml"
    parent = tomllib.loads(path.read_text(encoding="utf-8")).get("extends")
    return [*(lineage(parent) if parent else ()), path]


def numbers_in(table, field="") -> Iterator[str]:
    """Dotted field of every number in the tables of a file, but of lists that are one thing."""
    for key, value in table.items() if isinstance(table, dict) else enumerate(table):
        name = f"{field}.{key}".removeprefix(".")
        is_number = isinstance(value.get("v") if isinstance(value, dict) else value, int | float)
        if is_number and not isinstance(value, bool):
            yield name
        elif isinstance(value, dict | list) and key != "mesh_shape":
            yield from numbers_in(value, name)


# what is shipped

def test_the_shipped_profiles_are_known_by_name():
    assert set(SHIPPED) <= set(names())


@pytest.mark.parametrize("name", names())
def test_every_shipped_profile_loads_and_is_named_after_its_id(name):
    profile = load(name)
    assert profile.chip.id == name
    assert profile.file == f"{name}.toml"
    assert profile.digest == hashlib.sha256(b"".join(path.read_bytes() for path in lineage(name))).hexdigest()


@pytest.mark.parametrize("name", names())
def test_every_shipped_number_has_a_source(name):
    for field, _, source in load(name).quantities():
        assert source, field


@pytest.mark.parametrize("name", names())
def test_every_number_in_a_shipped_file_is_among_the_quantities(name):
    written = [field for path in lineage(name) for field in numbers_in(tomllib.loads(path.read_text(encoding="utf-8")))]
    assert set(written) - {"schema"} == {field for field, _, _ in load(name).quantities()}


# aihwkit 1.2.0: ReRamSBPresetDevice and ReRamESPresetDevice
SOFT_BOUNDS = dict(
    dw_min=0.002, dw_min_dtod=0.3, dw_min_std=3.75, up_down=0.0, up_down_dtod=0.01, w_max=1.25, w_max_dtod=0.3 / 1.25,
    w_min=-0.75, w_min_dtod=0.3 / 0.75, write_noise_std=56.0, max_pulses=31)
EXP_STEP = dict(
    dw_min=0.00135, dw_min_dtod=0.2, dw_min_std=5.0, up_down=0.259359, up_down_dtod=0.05, w_max=1.0, w_max_dtod=0.3,
    w_min=-1.0, w_min_dtod=0.3, write_noise_std=75.0, max_pulses=31, exp_A_up=-1.18445, exp_A_down=-0.081404,
    exp_gamma_up=5.0, exp_gamma_down=5.0, exp_a=-0.5, exp_b=-0.5)


@pytest.mark.parametrize("name, model, fit, values", [
    ("reram-sb", "soft_bounds", "loose fit", SOFT_BOUNDS), ("reram-es", "exp_step", "published fit", EXP_STEP)])
def test_the_reram_devices_are_the_presets_of_aihwkit(name, model, fit, values):
    device = load(name).device
    known = {key: value.v for key, value in device if hasattr(value, "v")}
    assert known == pytest.approx(values, rel=1e-12)
    assert (device.update_model, device.fit) == (model, fit)


@pytest.mark.parametrize("name", ["reram-sb", "reram-es"])
def test_the_reram_read_path_is_the_preset_of_aihwkit(name):
    profile = load(name)
    values = {key: value.v for key, value in profile.io if value is not None}
    assert values == {"dac_bits": 7, "dac_range": 1.0, "adc_bits": 9, "adc_range": 20.0, "out_noise": 0.1}
    assert (profile.topology.n_cores.v, profile.topology.array_rows.v, profile.topology.array_cols.v) == (64, 256, 256)
    assert {field for field, _, _ in profile.unverified()} == {
        "topology.n_cores", "topology.array_rows", "topology.array_cols", "weights.headroom"}


@pytest.mark.parametrize("name", ["reram-sb", "reram-es"])
def test_the_reram_profiles_map_the_largest_weight_to_the_same_conductance(name):
    profile = load(name)
    nominal = min(profile.device.w_max.v, -profile.device.w_min.v)
    assert nominal / profile.weights.headroom.v == pytest.approx(0.6, rel=1e-3)


def test_fixed8_has_8_bits_and_marks_its_own_choices():
    profile = load("fixed8")
    assert (profile.weights.bits.v, profile.weights.range.v, profile.weights.rounding) == (8, 1.0, "stochastic")
    assert profile.weights.range.status == "assumed"
    sizes = (profile.topology.n_cores, profile.topology.neurons_per_core, profile.topology.max_fan_in)
    assert {size.status for size in sizes} == {"assumed"}


def test_ideal_does_nothing_to_a_network():
    assert explain(load("ideal")) == []


# explain

def test_explain_tells_every_effect_that_is_on_with_its_numbers_and_source():
    told = explain(load("reram-sb"))
    numbers = " ".join(effect.numbers for effect in told)
    for field in ("device.dw_min = 0.002", "device.write_noise_std = 56", "io.adc_bits = 9, io.adc_range = 20",
                  "io.out_noise = 0.1", "device.max_pulses = 31", "topology.array_rows = 256"):
        assert field in numbers
    assert all(text and numbers and source for text, numbers, source in told)
    assert any("Gong et al. 2018" in effect.source for effect in told)
    assert any(effect.source.startswith("assumed: ") for effect in told)


def test_explain_is_silent_about_what_is_zero_or_unknown():
    numbers = " ".join(effect.numbers for effect in explain(load("reram-sb")))
    assert "up_down = " not in numbers
    assert "stuck" not in numbers
    assert "gain_cv" not in " ".join(effect.numbers for effect in explain(load("fixed8")))


# what is no profile

def test_an_unknown_name_says_where_the_known_ones_are_listed_and_the_nearest():
    said = refusal("reram-bs")
    assert said.startswith('profile = "reram-bs"; must be one of the profiles that `neurosim profiles list` names')
    assert said.endswith(("did you mean reram-es?", "did you mean reram-sb?"))


@pytest.mark.parametrize("name", ["", "..", "README", "no such chip", "a\nb", "\0"])
def test_a_strange_name_is_refused(name):
    assert "must be one of" in refusal(name)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    assert "no such file" in refusal(tmp_path / "none.toml")
    assert "no such file" in refusal(str(tmp_path / "none.toml"))


def test_a_directory_is_refused(tmp_path):
    assert "is a directory; must be a TOML file" in refusal(tmp_path)


@pytest.mark.parametrize("raw, said", [
    (b"", "is empty"), (b" \n\t\n", "is empty"), (b"# nothing\n", "schema: is missing"),
    (b"\xff\xfe\x00", "is not UTF-8 text (byte 0"), (b"x = " + b"[" * 5000, "is not TOML"),
    (b"#" * (2**18 + 1), "is larger than 256 KiB"), (b"[" + b"a." * 2000 + b"a]\nb = 1", "a key of more than 32 parts"),
    (b"schema = 1\n[chip]\nx = " + b"[" * 60 + b"]" * 60, "nested more than 32 deep")])
def test_a_file_that_is_no_profile_is_refused(tmp_path, raw, said):
    path = tmp_path / "test.toml"
    path.write_bytes(raw)
    assert said in refusal(path)


# where profiles are

def test_the_folder_inside_an_installed_package_comes_first(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "neurosim"
    inside, beside = package / "hardware_profiles", tmp_path / "site-packages" / "hardware_profiles"
    for folder, text in ((inside, MINIMAL), (beside, MINIMAL.replace('"test"', '"beside"'))):
        folder.mkdir(parents=True)
        (folder / "test.toml").write_text(text)
    monkeypatch.setattr(profiles, "__file__", str(package / "profile.py"))
    assert profiles_folder() == inside
    assert names() == ["test"]
    assert load("test").chip.id == "test"


def test_the_folder_beside_the_package_serves_a_checkout(tmp_path, monkeypatch):
    (tmp_path / "neurosim").mkdir()
    (tmp_path / "hardware_profiles").mkdir()
    (tmp_path / "hardware_profiles" / "test.toml").write_text(MINIMAL)
    monkeypatch.setattr(profiles, "__file__", str(tmp_path / "neurosim" / "profile.py"))
    assert load("test").file == "test.toml"


def test_without_any_folder_a_name_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(profiles, "__file__", str(tmp_path / "neurosim" / "profile.py"))
    assert names() == []
    assert refusal("ideal").startswith('profile = "ideal"; must be')


def test_reading_profiles_needs_neither_numpy_nor_numba():
    code = "import sys, neurosim.profile as p; p.load('ideal'); print('numpy' in sys.modules, 'numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "False"]


# wires

WIRED = (
    'schema = 1\nchip = { id = "test", name = "Test", kind = "analog_imc" }\nweights = { format = "conductance" }\n'
    'device = { update_model = "constant_step", dw_min = 0.01, w_max = 1.0, w_min = -1.0, g_max_S = 1e-4 }\n'
    'topology = { wire_row_Ohm = 1.0, wire_col_Ohm = 0.0, driver_Ohm = 50.0, sense_Ohm = 0.0 }\n'
    'sources = { device = "a test", topology = "a test" }\n')


def test_wires_that_are_known_are_explained_and_perfect_ones_are_not(tmp_path):
    path = tmp_path / "wires.toml"
    path.write_text(WIRED)
    told = [effect.text for effect in explain(load(path)) if "topology" in effect.numbers]
    assert told == [
        "voltages drop along the input lines of an array",
        "the voltage that drives an input line drops with the current that the line takes"]


@pytest.mark.parametrize("found, instead, said", [
    (", sense_Ohm = 0.0", "", "topology.sense_Ohm: is missing; topology.driver_Ohm needs it"),
    ("wire_row_Ohm = 1.0, ", "", "topology.wire_row_Ohm: is missing; topology.driver_Ohm needs it"),
    (", g_max_S = 1e-4", "", "device.g_max_S: is missing; topology.wire_row_Ohm needs it"),
    ("wire_row_Ohm = 1.0", "wire_row_Ohm = -1.0", "topology.wire_row_Ohm = -1.0; must be at least 0"),
    ("g_max_S = 1e-4", "g_max_S = 0.0", "device.g_max_S = 0.0; must be greater than 0"),
])
def test_wires_that_are_half_known_are_refused(tmp_path, found, instead, said):
    path = tmp_path / "wires.toml"
    assert found in WIRED
    path.write_text(WIRED.replace(found, instead))
    assert said in refusal(path)


def test_wires_need_devices_with_conductances(tmp_path):
    path = tmp_path / "wires.toml"
    path.write_text(MINIMAL + WIRED.splitlines()[4] + '\nsources = { topology = "a test" }\n')
    assert refusal(path) == "wires.toml: device: is missing; topology.wire_row_Ohm needs it"


# the explanation for users

def readme() -> str:
    return (profiles_folder() / "README.md").read_text(encoding="utf-8")


def sections() -> list[tuple[str, type[Section]]]:
    return [(name, type(getattr(load("reram-es"), name))) for name in profiles.SECTIONS]


def test_the_readme_explains_every_field_and_no_other():
    table = readme().partition("## Fields")[2].partition("\n## ")[0]
    section, told = "", {}
    for line in table.splitlines():
        cell = line.split("|")[1] if line.startswith("|") else ""
        if heading := re.match(r" \*\*\[(\w+)\]\*\*", cell):
            section = heading[1]
            told[section] = set()
        elif section:
            told[section] |= set(re.findall(r"`(\w+)`", cell))
    assert told.pop("sources") == set()
    assert told == {name: set(model.model_fields) for name, model in sections()}


def test_the_example_in_the_readme_is_a_profile_of_less_than_50_lines(tmp_path):
    example = readme().partition("## Your own profile")[2].partition("```toml\n")[2].partition("```")[0]
    path = tmp_path / "our_array.toml"
    path.write_text(example)
    assert example.count("\n") < 50
    assert load(path).device.dw_min.v == 0.01


def test_the_readme_explains_every_status_and_every_shipped_profile():
    text = readme()
    for word in (*get_args(Status), *names()):
        assert f"| `{word}` |" in text
