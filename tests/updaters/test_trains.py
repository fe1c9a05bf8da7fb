"""Pulse trains on rows and columns."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import CIRCUITS, SCHEMES, SYNAPSES, Bench

from neurosim.contract import sweep
from neurosim.devices.constant_step import ConstantStep
from neurosim.eligibilities.outer import Outer
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.storage import padded, zeros
from neurosim.synapses.layout import choose, matrix_of
from neurosim.updaters.bits import bits_of, digits, fill_bits, majority

STEP = 0.001
X = np.array([0.9, -0.4, 0.2, 0.0, -0.7, 0.05])
D = np.array([0.8, -0.3, 0.1, -0.6])


def exact_steps(cells):
    real = cells.dtype.type
    arrays = [np.full(cells.shape, value, cells.dtype) for value in (STEP, STEP, 10.0, -10.0)]
    return ConstantStep(real(STEP), real(31), *arrays, real(0), real(0))


def written(scheme, rate, times, mask=None, few=False, pre=X, post=D, **managed):
    """Weight changes of `times` separate requests of the same outer product, (times, post, pre), in steps."""
    n_post, n_pre = len(post), len(pre)
    bench = Bench(n_pre, 1, 1, np.float64)
    synapses = choose(n_post, n_pre, mask, not few)
    p = projection(
        bench, synapses, np.zeros((n_post, n_pre)), exact_steps, CIRCUITS["quiet"], lambda cells, j: Outer(),
        lambda cells: still("", cells), scheme=SCHEMES[scheme])
    p = p._replace(scheme=p.scheme._replace(**managed))
    z, current, changes = zeros((1, padded(n_pre)), np.float64), zeros((1, padded(n_post)), np.float64), []
    for now in range(times):
        before = matrix_of(p.synapses, p.conductance, n_post, n_pre)
        p.request.pre[0, :n_pre], p.request.post[0, :n_post] = pre * np.sqrt(rate), post * np.sqrt(rate)
        sweep(p.synapses, p, 1, z, current, Key(1, 16, now))
        changes.append((matrix_of(p.synapses, p.conductance, n_post, n_pre) - before) / STEP)
    return np.rint(np.array(changes))


def theory(rate, manages_update=1, manages_train=1, most=31):
    """Mean and standard deviation of the number of pulses of every cell, and the slots of a train."""
    x, d = np.abs(X).max(), np.abs(D).max()
    k = rate * x * d / STEP
    slots = min(np.ceil(k), most) if manages_train else most
    limited = d * min(1, most / k)
    a = np.sqrt(rate / (STEP * slots))
    ratio = np.sqrt(x / limited) if manages_update else 1
    chance = np.outer(np.minimum(a * ratio * np.abs(D), 1), np.minimum(a / ratio * np.abs(X), 1))
    return slots * chance * np.sign(np.outer(D, X)), np.sqrt(slots * chance * (1 - chance)), slots


@pytest.mark.parametrize(("rate", "managed"), [
    (0.02, {}), (0.05, {}), (0.001, {}), (0.02, {"manages_train": 0}), (0.02, {"manages_train": 0, "manages_update": 0})])
@pytest.mark.parametrize("scheme", ["trains", "deterministic"])
def test_pulses_have_the_mean_and_spread_of_theory(scheme, rate, managed):
    """150 requests, 5 sigma."""
    changes = written(scheme, rate, 150, **managed)
    mean, sd, _ = theory(rate, **managed)
    if scheme == "deterministic":
        assert (changes == changes[0]).all() and np.abs(changes[0] - mean).max() <= 0.5 + 1e-9
    else:
        assert (np.abs(changes.mean(axis=0) - mean) <= 5 * sd / np.sqrt(150) + 1e-9).all()
        assert (np.abs(changes.std(axis=0) - sd) <= 5 * np.maximum(sd, 0.3) / np.sqrt(150)).all()


def test_a_request_is_met_in_the_mean_up_to_saturation():
    changes = written("trains", 0.02, 200)
    wanted = 0.02 * np.outer(D, X) / STEP
    assert (np.abs(changes.mean(axis=0) - wanted) < 5 * (changes.std(axis=0) + 0.05) / np.sqrt(200)).all()


def test_cells_of_a_row_are_correlated_because_they_share_its_bits():
    """Two cells of column 0, 400 requests: covariance BL p_x (1 - p_x) p_1 p_2 = 2.3, where cells drawn one by one had none."""
    changes = written("trains", 0.02, 400, manages_train=0)
    a = np.sqrt(0.02 / (STEP * 31))
    px, p1, p2 = a * 0.9 * np.sqrt(0.8 / 0.9), a * 0.8 * np.sqrt(0.9 / 0.8), a * 0.6 * np.sqrt(0.9 / 0.8)
    wanted = 31 * px * (1 - px) * p1 * p2
    found = np.cov(changes[:, 0, 0], -changes[:, 3, 0])[0, 1]
    assert wanted > 2 and abs(found - wanted) < 5 * 7.7 / np.sqrt(400)


def test_layouts_are_pulsed_alike():
    """Dense rows, rows of a readout and sparse rows share the bits of lines, so that exact devices end in the same weights."""
    dense = written("trains", 0.02, 5)
    assert (dense == written("trains", 0.02, 5, few=True)).all()
    mask = SYNAPSES["sparse"](len(D), len(X))
    assert (written("trains", 0.02, 5, mask=mask) == dense * mask).all()


def test_a_managed_train_is_as_short_as_the_request_allows():
    assert theory(0.001)[2] == 1
    assert set(np.unique(np.abs(written("trains", 0.001, 50)))) == {0.0, 1.0}


def test_silent_lines_and_no_request_fire_nothing():
    assert (written("trains", 0.02, 20)[:, :, 3] == 0).all()
    assert (written("trains", 0.02, 3, post=np.zeros(4)) == 0).all()


def test_resolution_rounds_the_probabilities():
    coarse = written("trains", 0.02, 150, resolution=0.0625, manages_train=0)
    slots = 31
    a = np.sqrt(0.02 / (STEP * slots))
    d, x = a * np.sqrt(0.9 / 0.8) * np.abs(D), a * np.sqrt(0.8 / 0.9) * np.abs(X)
    chance = np.outer(np.rint(d / 0.0625) * 0.0625, np.rint(x / 0.0625) * 0.0625)
    sd = np.sqrt(slots * chance * (1 - chance))
    assert (np.abs(np.abs(coarse.mean(axis=0)) - slots * chance) <= 5 * sd / np.sqrt(150) + 1e-9).all()


def bits(chance, slots, times=1):
    """Bits of lines with these chances, (times, slots, lines)."""
    chance = np.atleast_2d(np.asarray(chance, np.float32))
    drawn, found = bits_of(chance, slots), []
    for now in range(times):
        fill_bits(Key(1, 16, now), 0, slots, chance, drawn)
        found.append([drawn[0, s // 32] >> np.uint32(s % 32) & 1 for s in range(slots)])
        assert not (drawn[0, -1] >> np.uint64((slots - 1) % 32 + 1)).any()  # nothing beyond the last slot
    return np.array(found)


@pytest.mark.parametrize("slots", [1, 31, 32, 33, 63])
def test_chances_of_0_and_1_are_exact_and_what_is_no_number_sends_nothing(slots):
    found = bits([0, 1, -1, np.nan, 2.0**-26], slots, 5)
    assert (found[:, :, 1] == 1).all() and not found[:, :, [0, 2, 3, 4]].any()


@pytest.mark.parametrize("chance", [0.0, 1.0, 0.5, 0.3, 2.0**-24, 1 - 2.0**-24])
def test_majority_digit_by_digit_is_the_comparison_of_two_numbers(chance):
    """Against ``u < p`` on 24 digits, for 32 numbers at once."""
    numbers = np.random.default_rng(1).integers(0, 2**24, 32)
    numbers[:4] = 0, 2**24 - 1, max(int(chance * 2**24) - 1, 0), min(int(chance * 2**24), 2**24 - 1)
    level, below = digits(np.float32(chance)), np.uint64(0)
    for d in range(24):
        inverse = sum(int(1 - (number >> d & 1)) << k for k, number in enumerate(numbers))
        below = majority(np.uint64(inverse), below, level >> np.uint64(d))
    if chance < 1:
        assert [int(below) >> k & 1 for k in range(32)] == [int(number < int(level)) for number in numbers]
    assert abs(int(level) - np.float32(chance) * 2**24) <= 0.5


@pytest.mark.parametrize("slots", [31, 63])
def test_bits_come_with_their_chance_and_independently(slots):
    """60 trains on 40 lines: the mean of every line, neighbouring slots, slots a word apart and neighbouring lines; 5 sigma."""
    chance = np.linspace(0.01, 0.99, 40)
    found = bits(chance, slots, 60)
    sd = np.sqrt(chance * (1 - chance))
    assert (np.abs(found.mean(axis=(0, 1)) - chance) < 5 * sd / np.sqrt(60 * slots)).all()
    x = (found - chance) / sd
    pairs = [(x[:, 1:], x[:, :-1]), (x[1:], x[:-1]), (x[:, :, 1:], x[:, :, :-1])] + ([(x[:, 32:], x[:, :31])] if slots > 32 else [])
    for a, b in pairs:
        assert abs((a * b).mean()) < 5 / np.sqrt(a.size)


def test_chances_next_to_powers_of_two_are_met():
    """20 480 bits each."""
    chance = np.array([0.5, 0.25 + 2.0**-24, 0.75 - 2.0**-24, 0.125])
    found = bits(np.repeat(chance, 16), 32, 40).reshape(-1, 4, 16)
    assert (np.abs(found.mean(axis=(0, 2)) - chance) < 5 * np.sqrt(chance * (1 - chance) / 20_480)).all()


def test_trains_longer_than_a_word_are_met_in_the_mean():
    """100 requests on trains of 63 slots."""
    bench = Bench(len(X), 1, 1, np.float64)
    p = projection(
        bench, choose(len(D), len(X), None, True), np.zeros((len(D), len(X))),
        lambda cells: exact_steps(cells)._replace(most=np.float64(63)), CIRCUITS["quiet"],
        lambda cells, j: Outer(), lambda cells: still("", cells), scheme=SCHEMES["trains"])
    p = p._replace(scheme=p.scheme._replace(
        pre_bits=bits_of(p.request.pre, 63), post_bits=bits_of(p.request.post, 63), manages_train=0))
    z, current = zeros((1, padded(len(X))), np.float64), zeros((1, padded(len(D))), np.float64)
    p.request.pre[0, :len(X)], p.request.post[0, :len(D)] = X * np.sqrt(0.02), D * np.sqrt(0.02)
    for now in range(100):
        sweep(p.synapses, p, 1, z, current, Key(1, 16, now))
    wanted = 0.02 * np.outer(D, X) / STEP
    found = matrix_of(p.synapses, p.conductance, len(D), len(X)) / STEP / 100
    assert (np.abs(found - wanted) < 5 * np.sqrt(np.abs(wanted) / 100) + 1e-9).all()
