"""Latency and pace against times worked out by hand."""
from __future__ import annotations

import pytest
from small_chips import network, profile_of

from neurosim.chip import compile_chip
from neurosim.latency import Latency, Pace, latency, pace, seconds
from neurosim.neurons.settings import Membrane

COUNTS = {"steps": 10, "samples": 2, "passes": 1, "synaptic_events": 20 * 600}
TIMES = {"t_synop_s": 1e-9, "t_neuron_s": 2e-9, "t_hop_s": 5e-9, "t_sync_s": 1e-7}
MESH = {"n_cores": 8, "neurons_per_core": 10, "noc": "mesh", "mesh_shape": [2, 4]}
SPIKING = {"neuron": "spiking", "membrane": Membrane(step_s=5e-4)}


def test_the_fullest_core_and_the_farthest_tile_set_the_latency():
    """40 neurons on 4 cores of one column: 150 synaptic events and 10 neurons on each, 3 hops between the first and the last."""
    chip = compile_chip(profile_of(topology=MESH, latency=TIMES), network())
    assert latency(chip, COUNTS) == Latency(pytest.approx(150e-9 + 20e-9 + 15e-9 + 100e-9), ())


def test_times_that_nobody_knows_are_named():
    chip = compile_chip(profile_of(topology=MESH, latency={"t_synop_s": 1e-9}), network())
    assert latency(chip, COUNTS) == Latency(pytest.approx(150e-9), ("t_neuron_s", "t_hop_s", "t_sync_s"))
    assert latency(compile_chip(profile_of(topology=MESH), network()), COUNTS).step_s is None


def test_arrays_take_a_product_for_the_recurrence_and_one_for_a_readout_on_the_chip():
    for readout, products in (("chip", 2), ("digital", 1)):
        chip = compile_chip("hermes64", network(), readout=readout)
        assert latency(chip, COUNTS).step_s == pytest.approx(products * 133e-9)
    assert latency(compile_chip("reram-sb", network()), COUNTS) == Latency(None, ("t_mvm_s",))


@pytest.mark.parametrize(("time", "settings", "found"), [
    ({"step_s": 1e-3, "speedup": 10.0}, SPIKING, Pace(1e-3, "time.step_s")),
    ({"mode": "continuous", "speedup": 1000.0}, SPIKING, Pace(5e-7, "network.membrane.step_s / time.speedup")),
    ({"mode": "clocked"}, SPIKING, Pace(5e-4, "network.membrane.step_s: real time, assumed")),
    ({}, SPIKING, Pace(7e-6, "latency")), ({"mode": "clocked"}, {}, Pace(7e-6, "latency"))])
def test_what_holds_a_chip_back(time, settings, found):
    chip = compile_chip(profile_of(time=time), network(**settings))
    assert pace(chip, Latency(7e-6, ())) == found


def test_nothing_is_known_of_an_ideal_chip():
    assert pace(compile_chip("ideal", network()), Latency(None, ())).step_s is None
    assert seconds(COUNTS, None) is None and seconds(COUNTS, 1e-3) == pytest.approx(0.02)
