"""Profiles of real chips: they hold what the facts say, mark what is unsure, and are refused as soon as one line is wrong."""
from __future__ import annotations

import re
from collections import Counter
from typing import get_args

import pytest
from shipped_profiles import CHIPS, DEVICES

from neurosim.chip import compile_chip
from neurosim.errors import InputError, MappingError
from neurosim.network import Network
from neurosim.profile import load, names, profiles_folder
from neurosim.quantity import Status

# typed by hand from the facts, not from the files
FACTS = {
    "loihi1": {
        "topology.n_cores": 128, "topology.neurons_per_core": 1024, "topology.synapse_mem_bits_per_core": 1048576, "weights.bits": 9,
        "time.max_delay_steps": 62, "neuron.decay_bits": 12, "plasticity.tag_bits": 9, "energy.p_static_W": 0.104,
        "energy.e_synop_J": 23.6e-12, "energy.e_neuron_active_J": 81e-12, "energy.e_neuron_idle_J": 52e-12, "energy.e_hop_J": 3e-12,
        "energy.e_plastic_update_J": 120e-12, "energy.sets.sanafe2025.e_synop_J": 35.5e-12, "validity.supply_V": 0.75,
        "energy.sets.sanafe2025.e_spike_out_J": 69.3e-12, "energy.sets.sanafe2025.e_message_J": 111e-12, "latency.t_synop_s": 3.5e-9},
    "loihi2": {"topology.n_cores": 128, "topology.neurons_per_core": 8192, "weights.bits": 8, "io.spike_payload_bits": 32},
    "truenorth": {
        "topology.n_cores": 4096, "topology.neurons_per_core": 256, "topology.max_fan_in": 256, "time.step_s": 1e-3,
        "time.max_delay_steps": 15, "neuron.state_bits.v": 20, "energy.e_synop_J": 2.297e-12, "energy.p_static_W": 64.43e-3,
        "energy.e_hop_J": 2.3e-12},
    "odin": {
        "topology.neurons_per_core": 256, "topology.synapse_mem_bits_per_core": 262144, "chip.area_m2": 8.6e-8, "weights.bits": 4,
        "energy.e_synop_J": 8.43e-12, "energy.p_idle_W_per_Hz": 1.78e-12, "energy.p_static_W": 27.3e-6, "time.clock_Hz": 75e6},
    "reckon": {
        "topology.neurons_per_core": 256, "weights.bits": 8, "neuron.state_bits.v": 16, "plasticity.trace_bits.output": 10,
        "energy.e_synop_J": 5.3e-12, "chip.supply_V": 0.5, "chip.area_m2": 4.5e-7},
    "spinnaker1": {
        "topology.n_cores": 18, "chip.node_nm": 130, "energy.p_static_W": 0.35, "energy.p_core_active_W": 0.034,
        "energy.e_message_J": 1e-9, "energy.sets.hoeppner2019.e_synop_J": 13.3e-9},
    "spinnaker2": {"topology.n_cores": 152, "chip.node_nm": 22, "energy.e_synop_J": 0.45e-9, "energy.e_neuron_active_J": 2.19e-9},
    "xylo-audio": {"topology.neurons_per_core": 1000, "topology.max_fan_out": 64, "neuron.max_spikes_per_step": 31, "weights.bits": 8},
    "speck2": {"topology.n_cores": 9, "neuron.state_bits.v": 16, "energy.p_static_W": 0.42e-3},
    "dynapse2": {
        "topology.n_cores": 4, "topology.max_fan_in": 64, "weights.base_values.3": 8.0, "noise.mismatch_cv.all": 0.2,
        "energy.e_spike_out_J": 260e-12},
    "brainscales2": {
        "topology.neurons_per_core": 512, "topology.max_fan_in": 128, "time.speedup": 1000, "weights.bits": 7,
        "noise.readout_noise_lsb": 2, "synapse.tau_max_s": 30e-6},
    "texel": {"topology.n_cores": 2, "topology.neurons_per_core": 90, "topology.max_fan_in": 58, "energy.p_static_W": 27.4e-6},
    "tianjic": {"topology.n_cores": 156, "topology.neurons_per_core": 256, "chip.area_m2": 14.44e-6},
    "akida": {"topology.n_cores": 80, "topology.neurons_per_core": 1_200_000 // 80},
    "innatera-t1": {"topology.neurons_per_core": 500, "weights.bits": 6},
    "hermes64": {
        "topology.n_cores": 64, "topology.array_rows": 256, "topology.array_cols": 256, "io.dac_bits": 8, "io.adc_bits": 8,
        "device.g_max_S": 20.7e-6, "energy.e_mvm_J": 13.4e-9, "latency.t_mvm_s": 133e-9},
    "ibm14pcm": {"topology.n_cores": 34, "topology.array_rows": 512},
    "neurram": {"topology.n_cores": 48, "device.g_max_S": 40e-6, "device.read_noise_rel": 0.01, "chip.node_nm": 130},
    "reram-hfox": {"device.dw_min": 0.4622, "device.write_noise_std": 0.5841, "device.stuck_prob": 0.0977, "io.adc_bits": 9},
    "subthreshold-generic": {"topology.neurons_per_core": 256, "noise.temporal_cv": 0.02, "energy.e_spike_out_J": 25.9e-12},
}
UNVERIFIED = {
    "loihi1": set(), "truenorth": set(), "odin": set(), "reckon": set(), "akida": set(), "neurram": set(), "texel": set(),
    "loihi2": {"chip.node_nm", "chip.area_m2", "topology.neurons_per_core"},
    "spinnaker1": {"topology.neurons_per_core", "time.max_delay_steps", "neuron.state_bits.v", "weights.bits"},
    "brainscales2": {"chip.area_m2"}, "speck2": {"chip.node_nm"}, "hermes64": {"chip.area_m2"},
    "dynapse2": {"noise.mismatch_cv.all", "energy.e_spike_out_J", "energy.e_message_J", "energy.e_hop_J", "energy.e_synop_J",
                 "validity.supply_V"},
    "ibm14pcm": {"chip.node_nm", "topology.n_cores", "topology.array_rows", "topology.array_cols"},
}


def text_of(name) -> str:
    return (profiles_folder() / f"{name}.toml").read_text(encoding="utf-8")


def test_the_lists_of_the_tests_have_every_shipped_profile():
    assert set(DEVICES) <= set(names()) and set(FACTS) == set(CHIPS)


@pytest.mark.parametrize("name", CHIPS)
def test_a_chip_holds_what_the_facts_say(name):
    found = {field: quantity.v for field, quantity, _ in load(name).quantities()}
    assert {field: found.get(field) for field in FACTS[name]} == pytest.approx(FACTS[name], rel=1e-12)


@pytest.mark.parametrize("name", CHIPS)
def test_every_number_of_a_chip_says_how_sure_it_is_unless_it_is_taken_over(name):
    inherited = 'extends = "' in text_of(name)
    assert inherited or all(quantity.status for _, quantity, _ in load(name).quantities())
    assert all('status = "' in line for line in text_of(name).splitlines() if "{ v = " in line)


@pytest.mark.parametrize("name", UNVERIFIED)
def test_what_nobody_has_looked_up_is_marked(name):
    assert {field for field, quantity, _ in load(name).unverified() if quantity.status == "unverified"} == UNVERIFIED[name]


@pytest.mark.parametrize("name", CHIPS)
def test_the_range_of_a_weight_is_a_choice_and_a_guessed_device_says_so(name):
    profile = load(name)
    unsure = {field for field, _, _ in profile.unverified()}
    assert profile.weights.range is None or "weights.range" in unsure
    assert profile.device is None or profile.device.fit == "published fit" or {"device.dw_min", "device.w_max"} <= unsure


@pytest.mark.parametrize("name", CHIPS)
def test_a_file_begins_with_what_it_is_and_how_far_to_trust_it(name):
    assert re.match(r"(# .+\n){1,2}schema = 1\n", text_of(name))


@pytest.mark.parametrize("name", CHIPS)
def test_every_source_of_a_chip_is_used(name):
    profile = load(name)
    used = {quantity.src or field.partition(".")[0] for field, quantity, _ in profile.quantities()}
    own = set(re.findall(r"^(\w+) = ", text_of(name).partition("[sources]")[2], re.MULTILINE))
    assert own and own <= used


def test_the_readme_counts_the_numbers_of_every_chip_by_status():
    readme = (profiles_folder() / "README.md").read_text(encoding="utf-8")
    head = next(line for line in readme.splitlines() if line.startswith("| profile |") and "secondary" in line)
    columns = [cell.strip() for cell in head.split("|")][4:-1]
    assert set(columns) - {"-"} <= set(get_args(Status))
    for name in CHIPS:
        row = next(line for line in readme.splitlines() if line.startswith(f"| `{name}` |"))
        counts = Counter(quantity.status or "-" for _, quantity, _ in load(name).quantities())
        assert dict(zip(columns, map(int, row.split("|")[4:-1]))) == {status: counts[status] for status in columns}
        assert set(counts) <= set(columns)


# ---- limits --------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "hidden", "said"), [
    ("odin", 300, "256"), ("texel", 60, "58 (topology.max_fan_in"), ("xylo-audio", 70, "64 (topology.max_fan_out"),
    ("truenorth", 254, "256 (topology.max_fan_in")])
def test_a_network_that_is_too_large_for_a_chip_is_refused(name, hidden, said):
    with pytest.raises(MappingError, match=re.escape(said)):
        compile_chip(name, Network(inputs=3, hidden=hidden, outputs=2))


# ---- one line wrong -------------------------------------------------------------------------------------------------------------
BROKEN = [  # chip, what stands there, what instead, what is said
    ("loihi1", "n_cores ", "n_core ", "topology.n_core = a table; there is no such key; did you mean n_cores?"),
    ("loihi1", "v = 128,", "v = 128.5,", "topology.n_cores.v = 128.5"),
    ("loihi1", "v = 1024,", 'v = "1024",', "topology.neurons_per_core.v"),
    ("loihi1", "v = 23.6e-12", "v = nan", "energy.e_synop_J.v"),
    ("loihi1", "v = 81e-12", "v = -81e-12", "energy.e_neuron_active_J.v = -8.1e-11"),
    ("loihi1", "v = 111e-12", "v = inf", "energy.sets.sanafe2025.e_message_J.v"),
    ("loihi1", "[energy.sets.sanafe2025]", '[energy.sets."SANA FE"]', "energy.sets"),
    ("loihi1", 'src = "frady2020"', 'src = "fraday2020"', '= "fraday2020"; must be a key of [sources]; did you mean frady2020?'),
    ("loihi1", 'status = "derived"', 'status = "guessed"', "topology.cores_per_tile.status"),
    ("loihi1", "lo = 113e-9", "lo = 1.0", "latency.t_sync_s"),
    ("loihi1", 'kind = "digital"', 'kind = "analog"', 'chip.kind = "analog"'),
    ("loihi1", 'noc = "mesh"', 'noc = "torus"', 'topology.noc = "torus"'),
    ("loihi1", "[8, 4]", "[8, 0]", "topology.mesh_shape"),
    ("loihi1", "u = { v = 24", "u = { v = 99", "neuron.state_bits.u.v = 99"),
    ("loihi1", 'u = "wrap"', 'u = "ignore"', "neuron.state_overflow.u"),
    ("loihi1", 'decay = "mult"', 'decay = "exact"', "neuron.decay"),
    ("truenorth", "[weights]", "[weight]", "weight: is a table that does not exist"),
    ("truenorth", "v = 9,", "v = 1,", "weights.bits.v = 1"),
    ("truenorth", 'rounding = "nearest"', "", "weights.rounding: is missing"),
    ("truenorth", "recurrent = true", "recurrent = 1", "topology.recurrent"),
    ("odin", "v = 0.086e-6", "v = 0.0", "chip.area_m2.v = 0.0"),
    ("odin", 'id = "odin"', 'id = "ODIN"', 'chip.id = "ODIN"'),
    ("odin", "schema = 1", "schema = 2", "schema = 2; must be 1"),
    ("reckon", 'rounding = "stochastic"', 'rounding = "random"', 'neuron.rounding = "random"'),
    ("reckon", 'third_factor_scope = "per_neuron"', "third_factor_bits = 16", "plasticity.third_factor_range: is missing"),
    ("spinnaker1", 'update_form = "software"', 'update_form = ["software"]', "plasticity.update_form"),
    ("speck2", "[noise]", "[noise]\ndrift_nu = 0.1", "noise.drift_nu = 0.1; there is no such key"),
    ("dynapse2", "all = { v = 0.2", "all = { v = -0.2", "noise.mismatch_cv.all.v = -0.2"),
    ("brainscales2", "v = 1000.0", "v = 0.0", "time.speedup.v = 0.0"),
    ("brainscales2", "[io]", "[device]\ndw_min = 0.1\n[io]", "device"),
    ("texel", "v = 0.25, ", "", "weights.range.v: is missing"),
    ("hermes64", 'extends = "pcm"', "", "weights.format: is missing"),
    ("hermes64", 'extends = "pcm"', 'extends = "pmc"', "did you mean pcm?"),
    ("hermes64", "\nw_min = { v = 0.0", "\nw_min = { v = -1.0", "device.w_min = -1"),
    ("neurram", "[energy]", "[energy]\ne_mvm_pJ = 8410.0", "energy.e_mvm_pJ = 8410.0; there is no such key; did you mean e_mvm_J?"),
    ("reram-hfox", "stuck_range", "# stuck_range", "device.stuck_range: is missing"),
]


@pytest.mark.parametrize(("name", "found", "instead", "said"), BROKEN, ids=[f"{name}-{said}" for name, _, _, said in BROKEN])
def test_a_chip_with_one_line_wrong_is_refused_and_the_field_is_named(tmp_path, name, found, instead, said):
    path = tmp_path / f"{name}.toml"
    text = re.sub(" += ", " = ", text_of(name))
    assert found in text
    path.write_text(text.replace(found, instead, 1))
    with pytest.raises(InputError) as caught:
        load(path)
    sentence = str(caught.value)
    assert said in sentence and sentence.startswith((f"{name}.toml: ", "profile = ")) and "\n" not in sentence
