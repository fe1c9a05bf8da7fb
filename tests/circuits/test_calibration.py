"""The surrogate of wire resistance against the exact circuit: its coefficient, and the error that is reported."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.circuits.calibration import calibrate, effective
from neurosim.circuits.nodal import Wires, solve
from neurosim.circuits.wires import Geometry

GEOMETRIES = {  # with the largest error that is accepted, of currents
    "64 x 64": (Geometry(64, 64, 1.0, 1.0, 0.0, 0.0), 1e-3), "wide": (Geometry(24, 80, 2.0, 2.0, 10.0, 20.0), 2e-3),
    "weak drivers": (Geometry(64, 64, 0.5, 0.5, 100.0, 100.0), 2e-2)}
G_MAX_S = 1e-4


@pytest.fixture(scope="module")
def found():
    return {name: calibrate(geometry, G_MAX_S) for name, (geometry, _) in GEOMETRIES.items()}


def true_errors(geometry, coupling):
    """(drop, error) of an array of full size."""
    rng = np.random.Generator(np.random.Philox(2))
    shape = (geometry.cols, geometry.rows)
    conductance = rng.uniform(0, G_MAX_S, shape) * (rng.random(shape) < 0.5)
    voltage = rng.uniform(-1, 1, (8, geometry.rows))
    exact = solve(conductance, voltage, Wires(*geometry[2:])).output_A
    perfect, size = voltage @ conductance.T, np.linalg.norm(exact)
    return np.linalg.norm(perfect - exact) / np.linalg.norm(perfect), np.linalg.norm(
        voltage @ effective(conductance, geometry, coupling).T - exact) / size


@pytest.mark.parametrize("name", GEOMETRIES)
def test_the_error_of_a_full_array_is_small_and_as_reported(found, name):
    geometry, limit = GEOMETRIES[name]
    drop, error = true_errors(geometry, found[name].coupling)
    assert error < limit < 0.1 * drop
    assert found[name].error == pytest.approx(error, rel=0.5)
    assert found[name].drop == pytest.approx(drop, rel=0.2)


@pytest.mark.parametrize("name", GEOMETRIES)
def test_the_coupling_takes_a_good_part_of_the_error_away(found, name):
    geometry, _ = GEOMETRIES[name]
    assert true_errors(geometry, found[name].coupling)[1] < 0.9 * true_errors(geometry, 0.0)[1]


def test_only_the_product_of_resistance_and_conductance_counts():
    geometry = Geometry(12, 10, 4.0, 3.0, 20.0, 10.0)
    twice = Geometry(12, 10, *(2 * ohm for ohm in geometry[2:]))
    assert np.allclose(calibrate(twice, G_MAX_S), calibrate(geometry, 2 * G_MAX_S), rtol=1e-6, atol=0)


def test_with_lines_of_one_direction_perfect_nothing_is_left():
    one = calibrate(Geometry(12, 10, 4.0, 0.0, 20.0, 0.0), G_MAX_S)
    assert one.coupling == 0 and one.error < 1e-12 and one.drop > 0.001
