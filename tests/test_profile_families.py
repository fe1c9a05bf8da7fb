"""Profiles that extend others, and numbers in tables inside a section."""
from __future__ import annotations

import tomllib

import pytest

from neurosim.errors import InputError
from neurosim.profile import load

BASE = """schema = 1
chip = { id = "base", name = "Base", kind = "digital" }
[topology]
n_cores = { v = 4, lo = 2, status = "published", src = "paper" }
neurons_per_core = 16
[neuron]
state_bits = { u = 24, v = 23 }
[weights]
format = "float"
[energy]
origin = "paper"
e_synop_J = 1e-12
[energy.sets.other]
e_synop_J = { v = 2e-12, src = "other" }
[sources]
topology = "T"
paper = "P"
neuron = "N"
energy = "E"
other = "O"
"""


def saved(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


def test_a_profile_that_extends_another_says_only_what_is_different(tmp_path):
    base = saved(tmp_path, "base.toml", BASE)
    child = saved(tmp_path, "child.toml", """schema = 1
extends = "base.toml"
chip = { id = "child", name = "Child" }
topology = { n_cores = 8 }
neuron = { state_bits = { v = 20 } }
""")
    found, before = load(child), load(base)
    assert (found.chip.id, found.chip.kind) == ("child", "digital")
    assert found.topology.n_cores.v == 8 and found.topology.n_cores.lo is None and found.topology.neurons_per_core.v == 16
    assert {name: bits.v for name, bits in found.neuron.state_bits.items()} == {"u": 24, "v": 20}
    assert found.energy.sets["other"].e_synop_J.v == 2e-12 and found.digest != before.digest and found.file == "child.toml"
    base.write_text(BASE.replace("16", "17"))
    assert load(child).digest != found.digest and load(child).topology.neurons_per_core.v == 17


@pytest.mark.parametrize("before", ["{ v = 24 }", "{ lo = 24 }", "{ v = 24, lo = 20 }"])
def test_a_table_whose_keys_are_those_of_a_number_is_a_table(tmp_path, before):
    """States may be called v."""
    saved(tmp_path, "base.toml", BASE.replace("{ u = 24, v = 23 }", before))
    child = 'schema = 1\nextends = "base.toml"\nneuron = { state_bits = { hi = 7 } }\nenergy = { sets = { other = { e_hop_J = 3e-12 } } }\n'
    found = load(saved(tmp_path, "child.toml", child + '[sources]\nneuron = "N2"\n'))
    assert set(found.neuron.state_bits) == {*tomllib.loads(f"x = {before}")["x"], "hi"} and found.neuron.state_bits["hi"].v == 7
    other = found.energy.sets["other"]
    assert (other.e_synop_J.v, other.e_synop_J.src, other.e_hop_J.v) == (2e-12, "other", 3e-12)


def test_a_shipped_profile_can_be_extended(tmp_path):
    found = load(saved(tmp_path, "mine.toml", 'schema = 1\nextends = "reram-sb"\n[device]\ndw_min = 0.01\n'))
    assert found.device.dw_min.v == 0.01 and found.device.w_max == load("reram-sb").device.w_max


@pytest.mark.parametrize(("line", "said"), [
    ("extends = 3", "extends = 3; must be the name of a shipped profile or a path beside this file"),
    ('extends = "child.toml"', "goes round in a circle"), ('extends = "nothing.toml"', "nothing.toml: no such file"),
    ('extends = "rerum-sb"', "extends = \"rerum-sb\"; must be a path that ends with .toml, or one of"),
])
def test_a_wrong_parent_is_refused(tmp_path, line, said):
    with pytest.raises(InputError, match=said):
        load(saved(tmp_path, "child.toml", f"schema = 1\n{line}\n"))


def test_a_line_of_too_many_parents_is_refused(tmp_path):
    saved(tmp_path, "0.toml", BASE)
    for k in range(1, 12):
        saved(tmp_path, f"{k}.toml", f'schema = 1\nextends = "{k - 1}.toml"\n')
    assert load(tmp_path / "8.toml").chip.id == "base"
    with pytest.raises(InputError, match="more than 8 files deep"):
        load(tmp_path / "11.toml")


def test_numbers_in_tables_and_sets_are_quantities_with_their_sources(tmp_path):
    found = {name: (quantity.v, source) for name, quantity, source in load(saved(tmp_path, "base.toml", BASE)).quantities()}
    assert found["neuron.state_bits.u"] == (24, "N") and found["energy.e_synop_J"] == (1e-12, "E")
    assert found["energy.sets.other.e_synop_J"] == (2e-12, "O") and found["topology.n_cores"] == (4, "P")


@pytest.mark.parametrize(("old", "new", "said"), [
    ("u = 24", "u = 99", "neuron.state_bits.u = 99; must be"), ("[energy.sets.other]", "[energy.sets.Other]", "energy.sets"),
    ("e_synop_J = 1e-12", "e_synop_J = -1.0", "energy.e_synop_J = -1"),
    ('src = "other"', 'src = "othre"', '"othre"; must be a key of .sources.'),
    ("v = 23", 'v = "23"', "neuron.state_bits.v"), ("e_synop_J = 1e-12", "e_synops_J = 1e-12", "there is no such key"),
    ("neurons_per_core = 16", "neurons_per_core = 16\nnoc = 'ring'", 'topology.noc = "ring"; must be'),
    ("neurons_per_core = 16", "neurons_per_core = 16\nmesh_shape = [0, 2]", "mesh_shape"),
])
def test_what_is_wrong_inside_is_named(tmp_path, old, new, said):
    with pytest.raises(InputError, match=said):
        load(saved(tmp_path, "base.toml", BASE.replace(old, new, 1)))
