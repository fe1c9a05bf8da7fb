"""Weights that are only read, in fewer bytes: int8 without a changed bit, bfloat16 within its tolerance."""
from __future__ import annotations

import numpy as np
import pytest
from shipped_profiles import RECURRENT

from neurosim.chip import compile_chip
from neurosim.compiled import compiled
from neurosim.devices.fixed_point import FixedPoint
from neurosim.devices.frozen import FrozenBfloat16, FrozenInt8
from neurosim.frozen import FEW, LARGE, bfloat16, in_bfloat16, in_int8
from neurosim.network import Network
from neurosim.profile import load
from neurosim.quantity import number
from neurosim.rules import ANP
from neurosim.rules.rule import OBSERVER
from neurosim.storage import zeros
from neurosim.verbs import pass_on
from neurosim.wiring import sizes_of, wire

N = 40
PROFILES = [name for name in RECURRENT if load(name).weights.format == "fixed_point"]
EXACT = [name for name in PROFILES if number(load(name).weights.bits) <= 8]


def observer(profile, lanes=1, precision="float32", hidden=N):
    return wire(compile_chip(profile, Network(inputs=2, hidden=hidden, outputs=1), precision=precision), OBSERVER, lanes, "step")


def product(p, run=pass_on, lanes=1):
    z, current = zeros((lanes, 64), p.lines.dtype), zeros((lanes, 64), p.lines.dtype)
    z[:, :N] = np.random.default_rng(3).standard_normal((lanes, N))
    run(p, 0, z, current, lanes, 5, 1, 0)
    return z, current


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("profile", PROFILES)
def test_products_of_every_shipped_grid_of_8_bits_keep_their_bits(profile, precision):
    wired = observer(profile, precision=precision)
    frozen = in_int8(wired, 0).network.recurrent
    assert isinstance(frozen.device, FrozenInt8) == (profile in EXACT)
    if profile in EXACT:
        assert frozen.conductance.dtype == np.int8 and frozen.conductance.any() and frozen.conductance.ctypes.data % 64 == 0
        current = product(frozen)[1]
        assert current.any() and current.tobytes() == product(wired.network.recurrent)[1].tobytes()


def test_there_are_grids_of_8_bits_and_wider_ones():
    assert {"fixed8", "loihi2", "reckon", "odin"} <= set(EXACT) and {"loihi1", "truenorth"} <= set(PROFILES) - set(EXACT)


@pytest.mark.parametrize(("level", "is_exact"), [(-128, True), (127, True), (-129, False), (128, False), (0.5, False), (np.nan, False)])
def test_levels_at_the_ends_of_int8_are_exact_and_beyond_them_the_weights_stay(level, is_exact):
    wired = observer("reckon")
    wired.network.recurrent.conductance[1, 2] = level
    frozen = in_int8(wired, 0).network.recurrent
    assert isinstance(frozen.device, FrozenInt8) == is_exact
    if is_exact:
        assert frozen.conductance[1, 2] == level
        assert product(frozen)[1].tobytes() == product(wired.network.recurrent)[1].tobytes()


def test_compiled_equals_plain_python_bit_for_bit():
    wired = observer("fixed8", 2)
    for frozen in (in_int8(wired, 0), in_bfloat16(observer("ideal", 2))):
        p = frozen.network.recurrent
        assert p.conductance.dtype.itemsize < 4
        assert product(p, compiled(pass_on), 2)[1].tobytes() == product(p, lanes=2)[1].tobytes()


def test_the_copy_is_of_now_and_the_chip_keeps_its_own():
    wired = observer("fixed8")
    before = in_int8(wired, 0).network.recurrent
    wired.network.recurrent.conductance[0, 0] += 1
    after = in_int8(wired, 0).network.recurrent
    assert after.conductance[0, 0] == before.conductance[0, 0] + 1 and wired.network.recurrent.conductance.dtype == np.float32


def test_small_networks_many_lanes_and_what_learns_stay_as_they_are():
    wired = observer("fixed8")
    assert in_int8(wired) is wired and in_int8(observer("fixed8", FEW + 1), 0).network.recurrent.conductance.dtype == np.float32
    chip = compile_chip("fixed8", Network(inputs=2, hidden=N, outputs=1))
    learning = wire(chip, ANP(learning_rate=0.1).build(sizes_of(chip, 1, "step")), 1, "step")
    assert in_int8(learning, 0) is learning and in_bfloat16(learning) is learning
    assert isinstance(learning.network.recurrent.device.inner, FixedPoint)
    assert 1700**2 * 4 < LARGE < 2000**2 * 4


def test_every_bfloat16_is_the_nearest_and_ties_go_to_even():
    values = np.array([1, -1, 0, -0.0, 1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-8 + 2**-20, 3.0e38, 1e-30], np.float32)
    wanted = np.array([1, -1, 0, -0.0, 1, 1 + 2**-6, 1 + 2**-7, 3.0e38, 1e-30])
    found = (bfloat16(values).astype(np.uint32) << np.uint32(16)).view(np.float32)
    assert np.allclose(found, wanted, rtol=2**-9, atol=0) and (np.signbit(found) == np.signbit(values)).all()
    assert (found[:7] == wanted[:7]).all()


def test_bfloat16_stays_within_its_tolerance_and_is_only_for_exact_weights():
    wired = observer("ideal")
    exact, rounded = wired.network.recurrent, in_bfloat16(wired).network.recurrent
    assert isinstance(rounded.device, FrozenBfloat16)
    (z, a), (_, b) = product(exact), product(rounded)
    reach = 2.0**-9 * np.abs(z[0, :N]).astype(np.float64) @ np.abs(exact.conductance[:N].astype(np.float64))
    moved = np.abs(a[0].astype(np.float64) - b[0])
    assert (moved <= reach + 1e-6).all() and moved.max() > 0.05 * reach.max()
    for other in (observer("fixed8"), observer("ideal", precision="float64")):
        assert in_bfloat16(other).network.recurrent.conductance is other.network.recurrent.conductance
