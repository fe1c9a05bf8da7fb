"""Netlists of crossbars, and what ngspice makes of them."""
from __future__ import annotations

import re

import numpy as np
import pytest

from neurosim.circuits import spice
from neurosim.circuits.nodal import Wires, solve
from neurosim.circuits.sinh_cells import SinhCells, solve_cells
from neurosim.errors import InputError, NeurosimError

WIRES = Wires(2.0, 3.0, 50.0, 20.0)

def array(n_out, n_in, seed=1):
    rng = np.random.Generator(np.random.Philox(seed))
    conductance = rng.uniform(1e-6, 1e-4, (n_out, n_in))
    conductance[rng.random((n_out, n_in)) < 0.1] = 0.0
    return conductance, rng.uniform(-0.3, 0.3, n_in)


def test_a_netlist_has_a_source_for_every_input_an_ammeter_for_every_output_and_a_resistor_for_every_cell():
    conductance, voltage = array(3, 4)
    lines = spice.netlist(conductance, voltage, WIRES, title="two\nlines").splitlines()
    assert lines[0] == "two lines" and lines[-1] == ".end"
    assert [line for line in lines if line.startswith("vin_")] == [f"vin_{j} in_{j} 0 dc {float(voltage[j])!r}" for j in range(4)]
    assert [line for line in lines if line.startswith("vs_")] == [f"vs_{i} out_{i} 0 dc 0" for i in range(3)]
    cells = {tuple(map(int, re.match(r"rc_(\d+)_(\d+)", line).groups())): float(line.split()[-1]) for line in lines if line[:3] == "rc_"}
    assert cells == {(i, j): 1 / conductance[i, j] for i, j in zip(*map(np.ndarray.tolist, np.nonzero(conductance)))}
    assert sum(line.startswith(("ri_", "ro_")) for line in lines) == 2 * 12


def test_the_terminals_are_in_series_with_the_outer_segments():
    lines = spice.netlist(*array(3, 4), WIRES).splitlines()
    assert "ri_0_2 in_2 a_0_2 52.0" in lines and "ri_1_2 a_0_2 a_1_2 2.0" in lines
    assert "ro_1_3 out_1 b_1_3 23.0" in lines and "ro_1_2 b_1_3 b_1_2 3.0" in lines


def test_a_segment_without_resistance_is_one_node():
    text = spice.netlist(np.full((2, 2), 1e-4), np.ones(2), Wires(0.0, 0.0))
    assert "ri_" not in text and "ro_" not in text and "rc_1_0 in_0 out_1 10000.0" in text


def test_a_netlist_has_one_vector():
    with pytest.raises(InputError, match="a netlist has one vector"):
        spice.netlist(np.ones((2, 2)), np.ones((3, 2)), WIRES)


def test_without_ngspice_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert not spice.is_installed()
    with pytest.raises(NeurosimError, match="apt-get install ngspice"):
        spice.run(spice.netlist(*array(2, 2), WIRES))


class TestLive:
    """Where ngspice is installed."""

    pytestmark = pytest.mark.spice

    @pytest.mark.parametrize("size, wires", (
        ((1, 1), WIRES), ((7, 5), Wires(1.0, 1.0)), ((12, 17), WIRES._replace(sense_at_first=True)), ((32, 32), Wires(1.0, 0.0, 100.0)),
        ((32, 32), WIRES)))
    def test_linear_cells_agree(self, size, wires):
        conductance, voltage = array(*size, seed=sum(size))
        expected = solve(conductance, voltage, wires).output_A
        found = spice.run(spice.netlist(conductance, voltage, wires))
        assert np.abs(found - expected).max() <= 1e-9 * np.abs(expected).max()

    @pytest.mark.parametrize("size, steepness", (((4, 6), 3.0), ((16, 16), 2.0), ((32, 32), 3.0)))
    def test_sinh_cells_agree(self, size, steepness):
        conductance, voltage = array(*size, seed=sum(size))
        expected = solve_cells(SinhCells(conductance, steepness), voltage, WIRES).output_A
        found = spice.run(spice.netlist(conductance, voltage, WIRES, steepness))
        assert np.abs(found - expected).max() <= 1e-9 * np.abs(expected).max()

    def test_a_netlist_that_ngspice_cannot_read_is_reported(self):
        with pytest.raises(NeurosimError, match="ngspice returned 0 of 1 currents"):
            spice.run("broken\nvs_0 out_0 0 dc 0\nx1 out_0 0 no_such_circuit\n.end\n")
