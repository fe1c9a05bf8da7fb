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
from neurosim.updaters.trains import ones

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


@pytest.mark.parametrize("word", [0, 1, 2**63, 2**64 - 1, 0xDEADBEEF12345678, 0x5555555555555555])
def test_bits_are_counted(word):
    assert ones(np.uint64(word)) == bin(word).count("1")
