"""The chip: what fits and what does not, what was used, one instance per seed, and a state that can be put back."""
from __future__ import annotations

import copy

import numpy as np
import pytest
from shipped_profiles import RECURRENT
from small_chips import network, profile_of
from worn_devices import within

from neurosim.chip import NAMES, anew, compile_chip, mismatch
from neurosim.errors import InputError
from neurosim.network import draw_weights
from neurosim.profile import load
from neurosim.rules import Decorrelation


def arrays_of(part):
    """Every array inside nested tuples."""
    if isinstance(part, np.ndarray):
        return [part]
    return [a for item in part for a in arrays_of(item)] if isinstance(part, tuple) else []


def bytes_of(chip):
    """Everything that an instance is made of."""
    found = [a.tobytes() for name in NAMES for a in arrays_of(tuple(chip.arrays[name]))]
    return found + [a.tobytes() for a in (chip.gain, chip.offset) if a is not None]


# ---- placing ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("settings", [{}, {"bias": True}, {"connectivity": "sparse", "density": 0.3}], ids=str)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_the_ideal_chip_holds_the_weights_that_were_drawn(settings, precision):
    chip, drawn = compile_chip("ideal", network(**settings), 5, precision), draw_weights(network(**settings), 5)
    for name in ("inputs", "recurrent", "readout"):
        assert chip.weights()[name].dtype == precision
        assert (chip.weights()[name] == getattr(drawn, name).astype(precision)).all()
    assert chip.gain is None and chip.offset is None


def test_a_profile_is_given_by_name_by_path_or_as_it_is(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('schema = 1\nchip = { id = "mine", name = "Mine", kind = "ideal" }\nweights = { format = "float" }\n')
    assert compile_chip(str(path), network()).profile.chip.id == "mine"
    assert compile_chip(load("ideal"), network()).profile == compile_chip("ideal", network()).profile


@pytest.mark.parametrize(("decorrelation", "exist"), [
    (None, ()), (Decorrelation(rate=0.1), ("lateral",)), (Decorrelation(rate=0.1, inputs=True), ("lateral", "input_lateral"))])
def test_decorrelation_adds_arrays_that_start_as_the_identity(decorrelation, exist):
    chip = compile_chip("ideal", network(decorrelation=decorrelation))
    for name, n in (("lateral", 40), ("input_lateral", 3)):
        assert (name in chip.mapping["projections"]) == (name in exist) == (f"{name}/conductance" in chip.state())
        assert (chip.weights()[name] == np.eye(n)).all()


def test_a_digital_readout_is_exact_on_a_chip_of_noisy_devices():
    chip, drawn = compile_chip("reram-sb", network(), 5, "float64", "digital"), draw_weights(network(), 5)
    assert (chip.weights()["readout"] == drawn.readout).all() and not (chip.weights()["recurrent"] == drawn.recurrent).all()
    assert chip.mapping["projections"]["readout"]["digital"] is True and not chip.arrays["readout"].on_chip
    assert "readout/conductance" in chip.state() and "readout/persistent" not in chip.state()


def test_a_digital_readout_changes_nothing_else():
    chips = [compile_chip("reram-sb", network(), 5, "float32", readout) for readout in ("chip", "digital")]
    assert all((a.weights()[name] == b.weights()[name]).all() for a, b in [chips] for name in ("inputs", "recurrent"))


@pytest.mark.parametrize("settings", [{"readout": "Digital"}, {"precision": "float16"}, {"precision": "double "}, {"seed": -1}], ids=str)
def test_a_choice_that_does_not_exist_is_refused_before_anything_is_placed(settings):
    with pytest.raises(InputError):
        compile_chip("ideal", network(), **settings)


# ---- one instance per seed -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", RECURRENT)
def test_the_same_seed_is_the_same_chip_byte_for_byte_and_another_one_is_not(name):
    first, again, other = (compile_chip(name, network(), seed) for seed in (3, 3, 4))
    assert bytes_of(first) == bytes_of(again)
    assert all((first.weights()[key] != other.weights()[key]).any() for key in ("inputs", "recurrent", "readout"))


def test_two_chips_share_no_memory():
    first, second = compile_chip("reram-sb", network(), 3), compile_chip("reram-sb", network(), 3)
    assert not any(np.shares_memory(a, second.state()[name]) for name, a in first.state().items())


@pytest.mark.parametrize("name", RECURRENT)
def test_every_array_is_aligned_contiguous_and_in_the_precision_of_the_chip(name):
    for precision in ("float32", "float64"):
        chip = compile_chip(name, network(decorrelation=Decorrelation(rate=0.1, inputs=True)), 3, precision)
        for array in (a for part in chip.arrays.values() for a in arrays_of((part.device, part.conductance))):
            if array.ndim == 1:
                assert array.dtype == np.int64  # counters of a whole array, not of its cells
                continue
            assert array.flags.c_contiguous and array.ctypes.data % 64 == 0 and array.shape[-1] % 64 == 0
            assert array.dtype in (precision, np.int32)  # counts of pulses


def test_the_clock_of_a_chip_is_aligned_as_well():
    for _ in range(8):  # an array that NumPy allocates lies on the boundary by chance
        assert compile_chip(profile_of(time={"step_s": 1e-3}), network()).clock_s.ctypes.data % 64 == 0


# ---- neuron mismatch --------------------------------------------------------------------------------------------------------
def test_mismatch_has_the_spread_of_the_profile_and_leaves_the_padding_alone():
    n = 20_000
    gain, offset = mismatch(profile_of(noise={"gain_cv": 0.1, "offset_std": 0.02}), n, 1, np.float64)
    assert abs(gain[:n].mean() - 1) < 5 * 0.1 / np.sqrt(n) and abs(gain[:n].std() - 0.1) < 5 * 0.1 / np.sqrt(2 * n)
    assert abs(offset[:n].mean()) < 5 * 0.02 / np.sqrt(n) and abs(offset[:n].std() - 0.02) < 5 * 0.02 / np.sqrt(2 * n)
    assert abs(np.corrcoef(gain[:n], offset[:n])[0, 1]) < 5 / np.sqrt(n)
    assert not gain[n:].any() and not offset[n:].any() and len(gain) % 64 == 0


def test_one_kind_of_mismatch_is_enough():
    gain, offset = mismatch(profile_of(noise={"offset_std": 0.02}), 10, 1, np.float32)
    assert (gain[:10] == 1).all() and offset[:10].all() and gain.dtype == np.float32


def test_a_profile_without_mismatch_has_none():
    assert mismatch(load("fixed8"), 10, 1, np.float32) == (None, None)


# ---- the mapping report ---------------------------------------------------------------------------------------------------------
def test_the_report_says_what_was_used_of_what_there_is():
    mapping = compile_chip("fixed8", network(bias=True)).mapping
    assert mapping["profile"] == "fixed8.toml"
    assert mapping["resources"] == {"neurons": {"used": 40, "available": 128 * 1024}, "fan_in": {"used": 44, "available": 4096}}
    assert mapping["projections"]["inputs"] == {"post": 40, "pre": 4, "clipped": 0, "stuck": 0, "weight_per_unit": 1 / 127}


def test_the_report_of_pulsed_devices_counts_what_could_not_be_written():
    chip = compile_chip("reram-sb", network(), 5, "float64")
    used, array = chip.mapping["projections"]["recurrent"], chip.arrays["recurrent"]
    lost = within(array.device).persistent[:40, :40].T != draw_weights(network(), 5).recurrent
    assert used["clipped"] == lost.sum() > 0 and used["weight_per_unit"] == array.scale and used["stuck"] == 0


# ---- state ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", RECURRENT)
def test_a_state_that_is_put_back_is_the_same_bytes(name):
    chip = compile_chip(name, network(decorrelation=Decorrelation(rate=0.1)), 3)
    kept = {key: array.copy() for key, array in chip.state().items()}
    for array in chip.state().values():
        array += 1
    chip.restore(kept)
    assert {key: a.tobytes() for key, a in chip.state().items()} == {key: a.tobytes() for key, a in kept.items()}


def test_putting_back_writes_into_the_arrays_that_the_loop_holds():
    chip = compile_chip("reram-sb", network(), 3)
    held = within(chip.arrays["recurrent"].device).persistent
    other = compile_chip("reram-sb", network(), 4)
    chip.restore(other.state())
    assert within(chip.arrays["recurrent"].device).persistent is held
    assert (held == within(other.arrays["recurrent"].device).persistent).all()
    assert not np.shares_memory(held, within(other.arrays["recurrent"].device).persistent)


@pytest.mark.parametrize("damage", [
    lambda s: s.pop("readout/conductance"), lambda s: s.update({"recurrent/conductance": np.zeros((4, 64))})], ids=["missing", "shape"])
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(damage):
    chip = compile_chip("ideal", network(), 3)
    before, state = copy.deepcopy(chip.state()), {key: array + 1 for key, array in chip.state().items()}
    damage(state)
    with pytest.raises(InputError, match=r"checkpoint: (readout|recurrent)/conductance is missing or does not have the shape \(\d+, 64\)"):
        chip.restore(state)
    assert all((array == before[key]).all() for key, array in chip.state().items())


@pytest.mark.parametrize(("profile", "precision", "readout"), [("reram-sb", "float64", "chip"), ("loihi1", "float32", "digital")])
def test_a_chip_can_be_made_anew(profile, precision, readout):
    first = compile_chip(profile, network(), 7, precision, readout)
    chip = compile_chip(profile, network(), 7, precision, readout)
    for array in chip.state().values():
        array += 1
    assert bytes_of(chip) != bytes_of(first) and bytes_of(anew(chip)) == bytes_of(first)
    assert anew(chip).dtype == first.dtype and anew(chip).arrays["readout"].on_chip == (readout == "chip")
