"""The mapping: what a network uses of what a chip has, and one sentence for what does not fit."""
from __future__ import annotations

import numpy as np
import pytest
from small_chips import network, profile_of

from neurosim.chip import compile_chip
from neurosim.errors import MappingError
from neurosim.mapping import fit, largest
from neurosim.network import recurrent_mask
from neurosim.profile import load
from neurosim.rules import Decorrelation


def test_tiles_of_300_hidden_neurons_on_arrays_of_256():
    """W0 300 x 3: 1 x 2 tiles; R 300 x 300: 2 x 2; W1 2 x 300: 2 x 1."""
    report = fit(load("reram-sb"), network(hidden=300), "chip")
    assert {name: (used["tiles"], used["row_tiles"]) for name, used in report["projections"].items()} == {
        "inputs": (2, 1), "recurrent": (4, 2), "readout": (2, 2)}
    assert report["resources"]["tiles"] == {"used": 8, "available": 64}


@pytest.mark.parametrize(("hidden", "tiles"), [(256, (1, 1, 1)), (257, (2, 4, 2)), (512, (2, 4, 2)), (513, (3, 9, 3))])
def test_a_tile_is_cut_at_its_edge(hidden, tiles):
    report = fit(load("reram-sb"), network(hidden=hidden), "chip")
    assert tuple(used["tiles"] for used in report["projections"].values()) == tiles


def test_a_digital_readout_takes_no_tiles():
    report = fit(load("reram-sb"), network(hidden=300), "digital")
    assert report["resources"]["tiles"]["used"] == 6
    assert report["projections"]["readout"] == {"post": 2, "pre": 300, "digital": True}


def test_decorrelation_takes_tiles_of_its_own():
    settings = Decorrelation(rate=0.1, inputs=True)
    assert fit(load("reram-sb"), network(hidden=300, decorrelation=settings), "chip")["resources"]["tiles"]["used"] == 8 + 4 + 1


def test_an_ideal_chip_has_no_limits():
    assert fit(load("ideal"), network(hidden=65535), "chip")["resources"] == {}


BITS = {"format": "fixed_point", "bits": 8, "range": 1.0, "rounding": "nearest"}
CORES = {"connectivity": "cores", "cores": 4}
SPIKES = {"neuron": "spiking", "membrane": {"model": "lif"}}
LIMITS = {  # name: (tables, network, message)
    "neurons": (
        {"topology": {"n_cores": 2, "neurons_per_core": 16}}, {},
        "network.hidden = 40; needs 40 neurons, and test.toml has 32 (topology.neurons_per_core x n_cores: a test); "
        "use a larger chip (chip.profile), or network.hidden of at most 32"),
    "two limits": (
        {"topology": {"n_cores": 2, "neurons_per_core": 16, "max_fan_out": 12}}, {},
        "network.hidden = 40; needs 40 neurons, and test.toml has 32 (topology.neurons_per_core x n_cores: a test); "
        "use a larger chip (chip.profile), or network.hidden of at most 10 (topology.max_fan_out: 12 targets per neuron)"),
    "tiles": (
        {"topology": {"n_cores": 4, "array_rows": 20, "array_cols": 20}}, {},  # 2 of the inputs, 4 of the recurrence, 2 of the readout
        "network.hidden = 40; needs 8 tiles of 20 x 20, and test.toml has 4 (topology.n_cores: a test); "
        "use a larger chip (chip.profile), or network.hidden of at most 20"),
    "fan-in": (
        {"topology": {"max_fan_in": 43}}, {"bias": True},
        "network.hidden = 40; needs 44 inputs per neuron, and test.toml has 43 (topology.max_fan_in: a test); "
        "use a larger chip (chip.profile), or network.hidden of at most 39, or network.connectivity = 'sparse' with density = 0.5"),
    "fan-out": (
        {"topology": {"max_fan_out": 41}}, {},
        "network.hidden = 40; needs 42 targets per neuron, and test.toml has 41 (topology.max_fan_out: a test); "
        "use a larger chip (chip.profile), or network.hidden of at most 39, or network.connectivity = 'sparse' with density = 0.5"),
    "delays": (
        {"time": {"max_delay_steps": 8}}, {"delay_steps": (0, 9)},
        "network.delay_steps = [0, 9]; needs 10 steps of delay, and test.toml has 8 (time.max_delay_steps: a test); "
        "use delays of at most 7 steps"),
    "synapse memory": (  # 43 synapses of 8 bits for each of 10 neurons of a core
        {"topology": {"n_cores": 4, "synapse_mem_bits_per_core": 3439}, "weights": BITS}, {},
        "network.hidden = 40; needs 3440 bits of synapses per core, and test.toml has 3439 (topology.synapse_mem_bits_per_core: a test); "
        "use a larger chip (chip.profile), or network.hidden of at most 39, or network.connectivity = 'sparse' with density = 0.5"),
    "input axons": (
        {"topology": {"n_cores": 4, "max_in_axons_per_core": 42}}, {},
        "network.hidden = 40; needs 43 input axons per core, and test.toml has 42 (topology.max_in_axons_per_core: a test); "
        "use a larger chip (chip.profile), or network.hidden of at most 39, or network.connectivity = 'sparse' with density = 0.2"),
    "output axons": (  # 40 neurons of one core, or 10 that send to 4 cores each
        {"topology": {"n_cores": 4, "max_out_axons_per_core": 39}}, {},
        "network.hidden = 40; needs 40 output axons per core, and test.toml has 39 (topology.max_out_axons_per_core: a test); "
        "use a larger chip (chip.profile), or network.hidden of at most 39, or network.connectivity = 'sparse' with density = 0.2"),
    "nothing": (
        {"topology": {"max_fan_in": 3}}, {}, "network.hidden = 40; needs 43 inputs per neuron, and test.toml has 3 (topology.max_fan_in: "
        "a test); use a larger chip (chip.profile)"),
}


@pytest.mark.parametrize(("tables", "settings", "message"), LIMITS.values(), ids=LIMITS)
def test_what_does_not_fit_is_refused_with_field_value_need_limit_source_and_what_would(tables, settings, message):
    with pytest.raises(MappingError) as caught:
        compile_chip(profile_of(**tables), network(**settings))
    assert str(caught.value) == message


@pytest.mark.parametrize("topology", [
    {"n_cores": 2, "neurons_per_core": 20}, {"n_cores": 8, "array_rows": 20, "array_cols": 20}, {"max_fan_in": 43}, {"max_fan_out": 42},
    {"n_cores": 4, "max_in_axons_per_core": 43}, {"n_cores": 4, "max_out_axons_per_core": 40},
    {"n_cores": 4, "synapse_mem_bits_per_core": 3440}], ids=str)
def test_what_fits_exactly_is_accepted(topology):
    mapping = compile_chip(profile_of(topology=topology, weights=BITS), network()).mapping
    assert any(resource["used"] == resource["available"] for resource in mapping["resources"].values())


@pytest.mark.parametrize("name", [name for name in LIMITS if name not in ("delays", "nothing")])
def test_what_would_fit_does_fit_and_one_more_does_not(name):
    tables, settings, _ = LIMITS[name]
    profile = profile_of(**tables)
    most = largest(profile, network(**settings), "chip", 1)
    assert fit(profile, network(**settings, hidden=most), "chip")["resources"]
    with pytest.raises(MappingError):
        fit(profile, network(**settings, hidden=most + 1), "chip")


def test_a_limit_that_is_not_known_is_no_limit():
    assert fit(profile_of(topology={"neurons_per_core": 1}), network(), "chip")["resources"] == {}
    assert fit(profile_of(topology={"array_rows": 20, "array_cols": 20}), network(), "chip")["resources"] == {
        "tiles": {"used": 8, "available": None}}
    assert fit(profile_of(topology={"max_in_axons_per_core": 1}), network(), "chip")["resources"] == {}  # cores of what number?


def test_synapses_that_exist_are_counted():
    """A neuron of one of 4 cores of 10 neurons receives 10 recurrent and 3 input synapses, and sends to its own core only."""
    topology = {"n_cores": 4, "neurons_per_core": 10, "max_fan_in": 99, "max_fan_out": 99, "max_in_axons_per_core": 99,
                "max_out_axons_per_core": 99, "synapse_mem_bits_per_core": 9999}
    found = fit(profile_of(topology=topology, weights=BITS), network(**CORES), "digital")["resources"]
    assert {name: resource["used"] for name, resource in found.items()} == {
        "neurons": 40, "fan_in": 13, "fan_out": 40, "in_axons": 13, "out_axons": 10, "synapse_memory_bits": 10 * 13 * 8}


def test_axons_of_a_sparse_network_against_plain_counting():
    sparse = network(connectivity="sparse", density=0.05)
    mask, core = recurrent_mask(sparse, 7), np.arange(40) * 4 // 40
    topology = {"n_cores": 4, "neurons_per_core": 10, "max_in_axons_per_core": 99, "max_out_axons_per_core": 99}
    found = fit(profile_of(topology=topology), sparse, "chip", 7)["resources"]
    into = [len({j for i in range(40) for j in range(40) if mask[i, j] and core[i] == c}) + 3 for c in range(4)]
    out = [sum(len({core[i] for i in range(40) if mask[i, j]}) for j in range(40) if core[j] == c) for c in range(4)]
    assert (found["in_axons"]["used"], found["out_axons"]["used"]) == (max(into), max(out))


def test_the_density_that_is_suggested_fits():
    for name in ("fan-in", "fan-out", "synapse memory", "input axons", "output axons"):
        tables, settings, message = LIMITS[name]
        density = float(message.rpartition("= ")[2])
        sparse = network(**settings, connectivity="sparse", density=density)
        assert fit(profile_of(**tables), sparse, "chip")["resources"]


@pytest.mark.parametrize("name", ["speck2", "akida"])
def test_a_chip_without_recurrence_takes_no_recurrent_network(name):
    with pytest.raises(MappingError, match=rf"chip.profile = {name}.toml; its neurons cannot feed each other \(topology.recurrent\)"):
        compile_chip(name, network())
