"""Weights on devices: what is written is what the profile allows, and what differs from it differs as the profile says."""
from __future__ import annotations

import numpy as np
import pytest
from worn_devices import within

from neurosim import effects
from neurosim.circuits.nodal import Wires, solve
from neurosim.devices.constant_step import ConstantStep
from neurosim.devices.exp_step import ExpStep
from neurosim.devices.fixed_point import FixedPoint, FixedPointNearest
from neurosim.devices.ideal import Ideal
from neurosim.devices.linear_step import LinearStepAdditive
from neurosim.devices.plus_minus_one import PlusMinusOne
from neurosim.devices.wired import Wired
from neurosim.devices.write_noise import WriteNoise
from neurosim.network import generator, xavier
from neurosim.placement import absent, digital, place, twin
from neurosim.profile import SECTIONS, Profile, load
from neurosim.synapses.dense import Dense
from neurosim.synapses.direct import Direct
from neurosim.synapses.fan_in import FanIn
from neurosim.synapses.layout import matrix_of
from neurosim.synapses.sparse import Sparse

N_POST, N_PRE = 60, 50
MATRIX = xavier(N_POST, N_PRE, generator(1, 1))
MASK = generator(1, 2).random(MATRIX.shape) < 0.3
RERAM = ("reram-sb", "reram-es")


def profile_of(format_, device=None, **weights):
    """A profile with these weights and this device, and a made-up source for every number."""
    tables = {"weights": {"format": format_, **weights}, **({"device": device} if device else {})}
    return Profile(chip={"id": "test", "name": "Test", "kind": "ideal"}, sources=dict.fromkeys(SECTIONS, "a test"), **tables)


def pulsed(headroom=1.0, **device):
    """A profile of pulsed devices, alike and exact unless said."""
    nominal = {"update_model": "constant_step", "dw_min": 0.01, "w_max": 1.0, "w_min": -1.0}
    return profile_of("conductance", {**nominal, **device}, headroom=headroom)


def placed(profile, matrix=MATRIX, mask=None, seed=1, index=1, dtype=np.float64, name="recurrent"):
    profile = load(profile) if isinstance(profile, str) else profile
    return place(name, index, matrix if mask is None else matrix * mask, mask, profile, seed, dtype)


def bounds(array, matrix):
    """One of the device's arrays as a matrix (post, pre)."""
    return matrix_of(array.synapses, matrix, array.n_post, array.n_pre)


def inner(array):
    return getattr(within(array.device), "inner", within(array.device))


# ---- exact weights --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("mask", [None, MASK], ids=["dense", "sparse"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_ideal_array_gives_back_what_was_written(mask, dtype):
    array = placed("ideal", mask=mask, dtype=dtype)
    assert isinstance(array.device, Ideal) and array.conductance.dtype == dtype
    assert (array.weights() == (MATRIX if mask is None else MATRIX * mask).astype(dtype)).all()
    assert (array.scale, array.clipped, array.stuck, array.on_chip) == (1.0, 0, 0, True)


def test_a_digital_array_is_exact_and_not_on_the_chip():
    array = digital("readout", MATRIX, None, np.float64)
    assert isinstance(array.device, Ideal) and not array.on_chip and (array.weights() == MATRIX).all()


def test_an_absent_array_passes_the_activity_on():
    array = absent("lateral", 5, np.float32)
    assert isinstance(array.synapses, Direct) and (array.weights() == np.eye(5)).all()


@pytest.mark.parametrize(("name", "shape", "mask", "kind"), [
    ("inputs", (60, 50), None, Dense), ("readout", (2, 50), None, FanIn), ("lateral", (2, 2), None, Dense),
    ("input_lateral", (3, 3), None, Dense), ("recurrent", (60, 50), MASK, Sparse),
])
def test_the_layout_follows_the_shape_and_the_mask(name, shape, mask, kind):
    array = placed("ideal", MATRIX[:shape[0], :shape[1]], mask, name=name)
    assert isinstance(array.synapses, kind)


def test_state_is_what_learning_changes():
    assert list(placed("ideal").state()) == ["conductance"]
    noisy = placed("reram-sb")
    assert noisy.state()["conductance"] is noisy.conductance and noisy.state()["persistent"] is within(noisy.device).persistent


def test_a_twin_is_a_copy():
    array = placed("ideal")
    copy = twin(array)
    assert (copy == array.conductance).all() and not np.shares_memory(copy, array.conductance)


# ---- fixed point ----------------------------------------------------------------------------------------------------------
def test_fixed_point_weights_are_the_nearest_levels():
    array = placed("fixed8")
    lsb = 1 / 127
    assert isinstance(array.device.inner, FixedPoint) and (array.device.inner.lsb, array.device.inner.top) == (pytest.approx(lsb), 127)
    assert (array.conductance == np.rint(array.conductance)).all()
    assert np.abs(array.weights() - np.clip(MATRIX, -1, 1)).max() <= lsb / 2 * (1 + 1e-12)
    assert array.scale == lsb and array.clipped == 0


def test_fixed_point_weights_beyond_the_range_are_clipped_and_counted():
    array = placed("fixed8", MATRIX * 10)
    beyond = np.abs(np.rint(MATRIX * 1270)) > 127
    assert array.clipped == beyond.sum() > 0
    assert np.allclose(np.abs(array.weights()[beyond]), 1.0)


@pytest.mark.parametrize(("bits", "levels"), [(2, 3), (4, 15), (8, 255)])
def test_levels_are_symmetric_about_zero(bits, levels):
    array = placed(profile_of("fixed_point", bits=bits, range=0.5, rounding="nearest"), np.linspace(-1, 1, 4000).reshape(40, 100))
    values = np.unique(array.conductance)
    assert isinstance(array.device.inner, FixedPointNearest) and len(values) == levels and (values == -values[::-1]).all()
    assert array.weights().max() == pytest.approx(0.5)


def test_a_profile_chooses_writes_of_one_level():
    reckon = placed("reckon")
    memory = reckon.device.inner
    assert isinstance(memory, PlusMinusOne) and (memory.lsb, memory.upper) == (pytest.approx(1 / 127), 127)
    assert (reckon.conductance == np.rint(reckon.conductance)).all()
    assert np.abs(reckon.weights() - np.clip(MATRIX, -1, 1)).max() <= (1 + 1e-12) / 254
    other = effects.without(load("reckon"), ["plasticity.update_rounding"])
    assert isinstance(placed(other).device.inner, FixedPoint)
    assert "one level at most" in effects.switches(load("reckon"))["weights.bits"].text


# ---- pulsed devices -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("update_model", "kind"), [("constant_step", ConstantStep), ("soft_bounds", LinearStepAdditive)])
def test_the_update_model_chooses_the_device(update_model, kind):
    assert isinstance(within(placed(pulsed(update_model=update_model)).device), kind)


def test_the_shipped_devices_are_what_their_files_say():
    assert isinstance(inner(placed("reram-sb")), LinearStepAdditive) and isinstance(inner(placed("reram-es")), ExpStep)


def test_an_exact_device_gives_back_what_was_written():
    array = placed(pulsed())
    assert not isinstance(within(array.device), WriteNoise)
    assert (array.weights() == MATRIX).all() and (array.clipped, array.stuck) == (0, 0)


@pytest.mark.parametrize(("device", "nominal"), [({"w_max": 1.25, "w_min": -0.75}, 0.75), ({"w_max": 0.5, "w_min": -2.0}, 0.5), ({}, 1.0)])
@pytest.mark.parametrize("headroom", [1.0, 1.6])
def test_the_largest_weight_takes_one_over_headroom_of_the_smaller_nominal_bound(device, nominal, headroom):
    array = placed(pulsed(headroom, **device))
    assert np.abs(MATRIX).max() / array.scale == pytest.approx(nominal / headroom, rel=1e-12)


@pytest.mark.parametrize("name", RERAM)
def test_the_scale_of_a_shipped_device_puts_the_largest_weight_at_six_tenths(name):
    assert np.abs(MATRIX).max() / placed(name).scale == pytest.approx(0.6, rel=1e-3)


def test_a_matrix_of_zeros_has_a_scale():
    array = placed("reram-sb", np.zeros((4, 4)))
    assert array.scale == 1.0 and np.isfinite(array.weights()).all()


@pytest.mark.parametrize("mask", [None, MASK], ids=["dense", "sparse"])
@pytest.mark.parametrize("name", RERAM)
def test_what_a_device_remembers_is_within_its_own_bounds_and_as_near_to_the_weight_as_they_let_it(name, mask):
    array = placed(name, mask=mask)
    upper, lower = (bounds(array, getattr(inner(array), side)) for side in ("upper", "lower"))
    wanted = MATRIX if mask is None else MATRIX * mask
    state = bounds(array, within(array.device).persistent)
    assert (upper >= 0).all() and (lower <= 0).all()
    assert (state == np.clip(wanted, lower, upper)).all()
    assert array.clipped == (state != wanted).sum() > 0


def test_bounds_and_steps_have_the_spread_of_the_profile():
    profile = pulsed(dw_min_dtod=0.3, w_max_dtod=0.2, w_min=-0.5, w_min_dtod=0.1, up_down=0.1, up_down_dtod=0.05)
    array = placed(profile, np.full((200, 200), 0.1))
    device, n = within(array.device), 40_000
    for matrix, mean, sd in (
        (device.upper, 1.0, 0.2), (device.lower, -0.5, 0.05), (device.step_up, 0.01, 0.01 * np.hypot(0.3, 0.05)),
        (device.step_down, 0.01 * 0.9, 0.01 * np.hypot(0.3, 0.05)),
    ):
        cells = bounds(array, matrix) / array.scale
        assert abs(cells.mean() - mean) < 5 * sd / np.sqrt(n)
        assert abs(cells.std() - sd) < 5 * sd / np.sqrt(2 * n) + 0.01 * sd  # steps and bounds are folded at 0: 3 sigma away


def test_up_and_down_steps_are_fluctuating_together_and_apart():
    array = placed(pulsed(dw_min_dtod=0.3, up_down_dtod=0.1), np.full((200, 200), 0.1))
    up, down = (bounds(array, m) / array.scale / 0.01 for m in (within(array.device).step_up, within(array.device).step_down))
    assert (up + down).std() / 2 == pytest.approx(0.3, rel=0.05) and (up - down).std() / 2 == pytest.approx(0.1, rel=0.05)


def test_a_soft_bounds_device_steps_by_less_the_nearer_it_is_to_the_bound():
    array = placed("reram-sb")
    device = inner(array)
    share = bounds(array, device.fade_up)
    upper, step = bounds(array, device.upper), bounds(array, device.step_up)
    ok = step < 0.9 * upper
    assert np.allclose(share[ok], (step / upper)[ok], rtol=1e-9)
    assert device.granule == pytest.approx(0.002 * array.scale)


def test_the_padding_of_a_pulsed_device_cannot_move():
    array = placed("reram-sb")
    device = within(array.device).inner
    for matrix in (device.step_up, device.step_down, device.fade_up, device.fade_down, device.upper, device.lower):
        padding = matrix.copy()
        padding[:N_PRE, :N_POST] = 0
        assert not padding.any()


def test_write_noise_has_its_standard_deviation_and_is_not_remembered():
    array = placed(pulsed(write_noise_std=5.0), np.full((200, 200), 0.3))
    sd = 5.0 * 0.01 * array.scale
    noise = array.weights() - bounds(array, within(array.device).persistent)
    assert within(array.device).sigma == pytest.approx(sd)
    assert abs(noise.mean()) < 5 * sd / np.sqrt(noise.size) and abs(noise.std() - sd) < 5 * sd / np.sqrt(2 * noise.size)
    assert (bounds(array, within(array.device).persistent) == 0.3).all()


def test_the_granule_of_an_exponential_step_is_the_mean_step_at_zero():
    """Of an up and a down pulse of a nominal device at w = 0, in units of the weight."""
    array, section = placed("reram-es"), load("reram-es").device
    up, down = (
        max(1 - a.v * np.exp(sign * 5.0 * -0.5), 0) for a, sign in ((section.exp_A_up, 1), (section.exp_A_down, -1)))
    mean = 0.00135 * (up + (1 - 0.259359) * down) / 2
    assert inner(array).granule == pytest.approx(mean * array.scale, rel=1e-9)


# ---- stuck devices ---------------------------------------------------------------------------------------------------------
def test_stuck_devices_are_as_many_as_the_profile_says_and_cannot_move():
    array = placed(pulsed(stuck_prob=0.1, stuck_range=0.2), np.full((200, 200), 0.9))
    up, down, upper, lower = (bounds(array, getattr(within(array.device), side)) for side in ("step_up", "step_down", "upper", "lower"))
    is_stuck = upper == lower
    assert array.stuck == is_stuck.sum() and abs(is_stuck.mean() - 0.1) < 5 * np.sqrt(0.1 * 0.9 / is_stuck.size)
    assert not up[is_stuck].any() and not down[is_stuck].any() and up[~is_stuck].all()
    assert np.abs(array.weights()[is_stuck]).max() <= 0.2 * array.scale * (1 + 1e-12)
    assert (array.weights()[is_stuck] == upper[is_stuck]).all()
    assert array.clipped == array.stuck  # nothing else is out of reach here


def test_devices_that_hold_no_synapse_are_not_counted():
    array = placed(pulsed(stuck_prob=0.2, stuck_range=0.2), mask=MASK)
    stuck = bounds(array, within(array.device).upper) == bounds(array, within(array.device).lower)
    assert array.stuck == (stuck & MASK).sum()
    assert array.clipped == ((array.weights() != MATRIX) & MASK).sum()


# ---- randomness ------------------------------------------------------------------------------------------------------------
def everything(array):
    """Bytes of every array of a placed matrix."""
    device = inner(array)
    state = [a for name, a in array.state().items() if not name.startswith("pulses")]  # all 0
    return [a.tobytes() for a in (*state, *(a for a in device if isinstance(a, np.ndarray)))]


@pytest.mark.parametrize("name", RERAM)
def test_the_same_seed_gives_the_same_devices_bit_for_bit(name):
    assert everything(placed(name)) == everything(placed(name))


@pytest.mark.parametrize("change", [{"seed": 2}, {"index": 2}], ids=["seed", "array"])
def test_another_seed_or_array_gives_other_devices(change):
    assert not set(everything(placed("reram-sb"))) & set(everything(placed("reram-sb", **change)))


def test_an_effect_that_is_switched_on_changes_no_other_draw():
    quiet, noisy = placed(pulsed(w_max_dtod=0.2)), placed(pulsed(w_max_dtod=0.2, write_noise_std=5.0, dw_min_dtod=0.3))
    assert (within(quiet.device).upper == inner(noisy).upper).all()


def test_both_precisions_see_the_same_devices():
    single, double = placed("reram-sb", dtype=np.float32), placed("reram-sb", dtype=np.float64)
    assert (single.conductance == double.conductance.astype(np.float32)).all()
    assert (inner(single).upper == inner(double).upper.astype(np.float32)).all()


# ---- wires ----------------------------------------------------------------------------------------------------------------
OHM = {"wire_row_Ohm": 1.0, "wire_col_Ohm": 2.0, "driver_Ohm": 20.0, "sense_Ohm": 10.0}


def on_lines(**topology):
    """Pulsed devices on arrays with wires."""
    profile = pulsed(headroom=1.5, g_max_S=1e-4, w_max=1.25)
    return profile.model_copy(update={"topology": type(profile.topology)(**topology)})


@pytest.mark.parametrize("mask", [None, MASK], ids=["dense", "sparse"])
def test_weights_are_what_the_circuit_of_the_arrays_leaves_of_them(mask):
    array = placed(on_lines(array_rows=32, array_cols=40, **OHM), mask=mask)
    written = bounds(array, array.conductance)
    siemens = 1e-4 / (1.25 * array.scale)  # the nominal bound that is larger, in units of the weight
    exact = np.zeros_like(written)
    for i in range(0, N_POST, 40):
        for j in range(0, N_PRE, 32):
            block = written[i:i + 40, j:j + 32] * siemens
            exact[i:i + 40, j:j + 32] = sum(
                sign * solve(np.maximum(sign * block, 0), np.eye(block.shape[1]), Wires(*OHM.values())).output_A.T
                for sign in (1, -1)) / siemens
    drop = np.linalg.norm(written - exact)
    assert isinstance(array.device, Wired)
    assert 0.004 * np.linalg.norm(exact) < drop and np.linalg.norm(array.weights() - exact) < 0.05 * drop


@pytest.mark.parametrize("topology", [{}, {"array_rows": 32, "array_cols": 40}, dict.fromkeys(OHM, 0.0)], ids=["unknown", "arrays", "zero"])
def test_without_resistance_there_is_no_wrapper(topology):
    assert isinstance(within(placed(on_lines(**topology)).device), ConstantStep)


def test_what_wires_take_is_part_of_the_state_and_follows_the_weights():
    array = placed(on_lines(**OHM))
    before = array.device.factor.copy()
    assert array.state()["wired_factor"] is array.device.factor and (before[:N_PRE, :N_POST] < 1).all()
    array.refresh()
    assert (array.device.factor == before).all()
    array.conductance[...] *= 0.5
    array.refresh()
    assert (array.device.factor[:N_PRE, :N_POST] > before[:N_PRE, :N_POST]).all()
