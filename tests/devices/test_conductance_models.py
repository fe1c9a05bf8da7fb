"""Programmed devices: the laws behind the recordings, and what is refused."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.devices.conductance_models import Piece, Relaxing, curve, flicker_growth
from neurosim.devices.conductance_presets import CMO_HFOX, DAY, HERMES_1, HERMES_2, NEURRAM, PCM, PHASE_CHANGE, SONOS
from neurosim.errors import InputError
from neurosim.generators import generator

N = 40_000
MODELS = {**PHASE_CHANGE, "wan": NEURRAM, "cmo": CMO_HFOX[2.0]}
EXACT = {"programming": (0.0,), "exponent_spread": (Piece((0.0,)),), "flicker": (Piece((0.0,)),)}


def rng(block=0):
    return generator(1, 77, block)


def test_the_first_piece_that_reaches_answers():
    pieces = (Piece((1.0,), until=0.5), Piece((0.0, 2.0), high=1.5))
    assert curve(pieces, np.array([0.0, 0.4, 0.5, 0.6, 1.0])).tolist() == [1.0, 1.0, 1.0, 1.2, 1.5]


def test_a_piece_can_be_of_the_logarithm_or_times_a_power():
    r = np.array([0.1, 0.7])
    assert np.allclose(curve((Piece((3.0, 2.0), is_of_log=True),), r), 3 + 2 * np.log(r))
    assert np.allclose(curve((Piece((0.5,), power=-0.65),), r), 0.5 * r**-0.65)


@pytest.mark.parametrize("model", [PCM, HERMES_1, HERMES_2])
def test_drift_is_a_power_law_that_starts_at_t0(model):
    written = model._replace(**EXACT).write(np.linspace(1, 10, 7), rng())
    ratio = [model.at(written, t) / written.programmed for t in (0.0, 9 * model.t0_s, 99 * model.t0_s)]
    assert (ratio[0] == 1).all()
    assert np.allclose(ratio[1], 10.0**-written.own) and np.allclose(ratio[2], ratio[1]**2)


def test_flicker_variance_grows_with_the_logarithm_of_time():
    growth = [flicker_growth(t, 1e-6)**2 for t in (1.0, 10.0, 100.0)]
    assert np.allclose(np.diff(growth), np.log(10), rtol=1e-5)
    assert flicker_growth(1e-6, 1e-6) == flicker_growth(0.0, 1e-6) == 0


def test_read_noise_has_its_standard_deviation():
    written = PCM._replace(programming=(0.0,)).write(np.full(N, 20.0), rng())
    drifted = PCM.at(written, 3600.0)
    error = (PCM.read(written, 3600.0, rng(1)) - drifted) / PCM.read_sd(written, drifted, 3600.0)
    assert abs(error.mean()) < 5 / np.sqrt(N) and abs(error.std() - 1) < 5 / np.sqrt(2 * N)


def test_a_phase_change_device_without_errors_is_read_as_it_was_written():
    model = PCM._replace(exponent=(Piece((0.0,)),), **EXACT)
    target = np.linspace(0, 25, 11)
    assert (model.read(model.write(target, rng()), 3600.0, rng(1)) == target).all()


@pytest.mark.parametrize("name", MODELS)
def test_no_conductance_is_negative_and_the_same_generator_gives_the_same_devices(name):
    model, t = MODELS[name], 1.0
    target = np.full(1000, getattr(model, "g_min_uS", 0.0))
    first, second = (model.read(model.write(target, rng()), t, rng(1)) for _ in range(2))
    assert (first >= 0).all() and first.tobytes() == second.tobytes()


def test_a_fit_is_not_asked_between_its_times():
    written = NEURRAM.write(np.array([10.0]), rng())
    with pytest.raises(InputError, match="t_s = 3600; must be one of 1, 86400, 172800"):
        NEURRAM.at(written, 3600.0)
    with pytest.raises(InputError, match="day = 0.5; must be one of 0, 1"):
        SONOS.sd_nA(np.array([10.0]), 0.5)


def test_a_device_of_a_fit_that_is_high_stays_high():
    written = NEURRAM.write(np.full(N, 20.0), rng())
    first, later = (NEURRAM.at(written, t) - 20 for t in (1.0, DAY))
    assert np.allclose(later / first, NEURRAM.sd(np.array(20.0), DAY) / NEURRAM.sd(np.array(20.0), 1.0))


def test_relaxation_moves_mean_and_spread_with_the_logarithm_of_time():
    model = CMO_HFOX[0.2]._replace(programming=(0.0,))
    written = model.write(np.full(N, 50.0), rng())
    for t in (1.0, 100.0, 1e5):
        moved, sd = model.at(written, t) - 50, 0.41183342 + 0.04201137 * np.log(t)
        assert abs(moved.mean() + 0.08900206 * np.log(t)) < 5 * sd / np.sqrt(N) and abs(moved.std() - sd) < 5 * sd / np.sqrt(2 * N)


def test_relaxation_is_not_known_before_one_second():
    model: Relaxing = CMO_HFOX[2.0]
    with pytest.raises(InputError, match="t_s = 0.5; must be at least 1"):
        model.at(model.write(np.array([50.0]), rng()), 0.5)


@pytest.mark.parametrize(("name", "target", "message"), [
    ("PCMLike", 26.0, "target = 26 uS; must be from 0 to 25"), ("wan", -1.0, "target = -1 uS; must be from 0 to 40"),
    ("cmo", 5.0, "target = 5 uS; must be from 9 to 88.2"), ("Hermes1", np.nan, "target = nan uS")])
def test_a_conductance_that_no_device_has_is_refused(name, target, message):
    with pytest.raises(InputError, match=message):
        MODELS[name].write(np.array([10.0, target]), rng())
