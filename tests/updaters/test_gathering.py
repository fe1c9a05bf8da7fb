"""Updaters that gather requests before they reach the weights: Tiki-Taka, choppers, AGAD and mixed precision."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import projection
from components import CIRCUITS, GATHERERS, Bench
from pydantic import ValidationError
from worn_devices import within

from neurosim import chip, profile
from neurosim.contract import condition, sweep
from neurosim.devices.constant_step import ConstantStep
from neurosim.eligibilities.outer import Outer
from neurosim.errors import InputError
from neurosim.network import Network
from neurosim.random import Key
from neurosim.rules import ANP
from neurosim.rules.rule import still
from neurosim.schedules import EverySequence, after_trial
from neurosim.storage import padded, zeros
from neurosim.synapses.layout import choose
from neurosim.updaters.gathering import Gathering
from neurosim.updaters.transfer import modulate, transfer
from neurosim.wiring import sizes_of, wire

N, STEP = 6, 0.001


def fine(cells):
    """Exact devices whose step is small."""
    real = cells.dtype.type
    arrays = [np.full(cells.shape, value, cells.dtype) for value in (STEP, STEP, 10.0, -10.0)]
    return ConstantStep(real(STEP), real(1023), *arrays, real(0), real(0))


def gathering(kind, **settings):
    def make(inner, device, cells):
        fast = np.zeros_like(cells)
        return Gathering(kind=kind, **settings).build(inner, (device(fast), fast), cells, N, 0.0, 0.0, 0.0)
    return make


def made(gatherer, sequence=False):
    bench = Bench(N, 1, 1, np.float64)
    return projection(
        bench, choose(N, N, None, True), np.zeros((N, N)), fine, CIRCUITS["quiet"], lambda cells, j: Outer(),
        lambda cells: still("", cells), sequence, gatherer=gatherer)


def ask(p, pre, post, now):
    """One request, written as the loop does it, update every step."""
    z, current = zeros((1, padded(N)), np.float64), zeros((1, padded(N)), np.float64)
    p.request.pre[0, :N], p.request.post[0, :N] = pre, post
    modulate(p.updater, p.request, 1)
    sweep(p.synapses, p, 1, z, current, Key(1, 16, now))
    transfer(p.updater, p, Key(1, 24, now))


def cells(array):
    return array[:N, :N]


def test_requests_go_to_the_fast_array_and_the_weights_stay():
    p = made(gathering("tiki_taka", gain=3.0, every=1000))
    pre, post = np.linspace(-1, 1, N), np.linspace(0.02, -0.01, N)
    ask(p, pre, post, 0)
    assert (p.conductance == 0).all()
    assert np.abs(cells(p.updater.fast) - 3 * np.outer(pre, post)).max() < STEP


def test_a_row_of_the_fast_array_is_carried_over_when_its_turn_comes():
    p = made(gathering("tiki_taka", rate=0.5, every=2))
    p.updater.fast[:N, :N] = np.arange(N * N).reshape(N, N) / 100
    fast = p.updater.fast.copy()
    for now in range(2 * 2):
        ask(p, np.zeros(N), np.zeros(N), now)
    assert np.abs(cells(p.conductance)[:2] - 0.5 * cells(fast)[:2]).max() <= STEP + 1e-12 and (p.conductance[2:] == 0).all()
    assert (p.updater.fast == fast).all()


def test_rows_take_turns():
    p = made(gathering("tiki_taka", every=1))
    for now in range(N + 2):
        assert p.updater.state[1] == now % N
        ask(p, np.zeros(N), np.zeros(N), now)


def test_the_buffer_sends_whole_pulses_and_keeps_the_rest():
    p = made(gathering("tiki_taka_v2", rate=0.1, every=1, kept=0.25))
    p.updater.fast[0, :3] = 0.0355, -0.0355, 0.0085  # times the rate: 3.55, -3.55 and 0.85 steps
    ask(p, np.zeros(N), np.zeros(N), 0)
    assert np.allclose(p.conductance[0, :3], [3 * STEP, -3 * STEP, 0], atol=1e-12)
    assert np.allclose(p.updater.hidden[0, :3], np.array([3.55 - 0.75 * 3, -3.55 + 0.75 * 3, 0.85]) * STEP, atol=1e-12)


def test_choppers_average_an_offset_of_the_fast_array_away():
    """An offset that nobody asked for: what is transferred of it has the sign of the chopper; 400 sweeps, 5 sigma of a fair coin."""
    sums = {}
    for kind in ("tiki_taka_v2", "chopped"):
        p = made(gathering(kind, rate=0.01, every=1, kept=0.0, **({"chop_chance": 0.5} if kind == "chopped" else {})))
        p.updater.fast[:N, :N] = 0.1  # one step per read
        for now in range(400 * N):
            ask(p, np.zeros(N), np.zeros(N), now)
        sums[kind] = np.abs(cells(p.conductance) / STEP).max()
    assert sums["tiki_taka_v2"] == pytest.approx(400, abs=1)
    assert sums["chopped"] < 5 * np.sqrt(400)


def test_agad_subtracts_the_offset_once_the_chopper_has_flipped():
    p = made(gathering("agad", rate=0.01, every=1, kept=0.0, chop_chance=0.1, follow=0.5))
    p.updater.fast[:N, :N] = 0.1
    for now in range(400 * N):
        ask(p, np.zeros(N), np.zeros(N), now)
    before = p.conductance.copy()
    for now in range(400 * N, 600 * N):
        ask(p, np.zeros(N), np.zeros(N), now)
    assert (cells(p.updater.past) > 0.099).all() and (p.conductance == before).all()


def test_a_chopped_request_is_written_and_read_with_the_same_sign():
    p = made(gathering("chopped", rate=1.0, every=1000, chop_chance=0.0))
    p.updater.chop[:N] = [1, -1, 1, -1, 1, -1]
    ask(p, np.ones(N), np.full(N, 0.01), 0)
    assert np.allclose(cells(p.updater.fast), 0.01 * p.updater.chop[:N, None], atol=STEP)


def test_mixed_precision_loses_nothing():
    """Weights and accumulator together are the sum of all requests; the weights move by whole steps."""
    p, rng, total = made(gathering("mixed_precision", every=3)), np.random.default_rng(1), np.zeros((N, N))
    for now in range(30):
        pre, post = rng.standard_normal(N) * 0.1, rng.standard_normal(N) * 0.1
        total += np.outer(pre, post)
        ask(p, pre, post, now)
    steps = cells(p.conductance) / STEP
    assert np.allclose(steps, np.rint(steps), atol=1e-6)
    assert np.allclose(cells(p.conductance) + cells(p.updater.fast), total, atol=1e-9)
    assert (np.abs(cells(p.updater.fast)) < STEP).all()


@pytest.mark.parametrize("kind", ["tiki_taka", "chopped", "mixed_precision"])
def test_a_trial_is_gathered_as_its_sum(kind):
    p = made(gathering(kind, every=1000), sequence=True)
    p.total[:N, :N] = np.outer(np.linspace(-1, 1, N), np.linspace(0.01, 0.03, N))
    wanted = p.total.copy()
    after_trial(EverySequence(), p, 0, Key(1, 16, 0))
    assert (p.conductance == 0).all() and np.abs(cells(p.updater.fast) - cells(wanted)).max() <= STEP
    assert (p.total == 0).all()


def test_inner_updaters_come_first():
    p = made(gathering("tiki_taka", gain=2.0), sequence=True)
    p = p._replace(updater=p.updater._replace(inner=p.updater.inner._replace(factor=np.full(1, 0.1))))
    total = np.ones((4, 64))
    condition(p.updater, 0, total)
    assert np.allclose(total, 0.2)


@pytest.mark.parametrize(("settings", "said"), [
    ({"kind": "direct", "gain": 2.0}, "gain has no use"), ({"kind": "mixed_precision", "rate": 0.2}, "rate has no use"),
    ({"kind": "tiki_taka", "follow": 0.3}, "follow has no use"), ({"kind": "tikitaka"}, "tiki_taka"),
    ({"kind": "agad", "every": 0}, "every")])
def test_settings_without_use_are_refused(settings, said):
    with pytest.raises(ValidationError, match=said):
        Gathering(**settings)


def wired(profile_name, kind="tiki_taka", **network):
    made_chip = chip.compile_chip(profile.load(profile_name), Network(inputs=2, hidden=6, outputs=2, **network), readout="digital")
    rule = ANP(learning_rate=0.1)
    return made_chip, wire(made_chip, rule.build(sizes_of(made_chip, 1, "step")), 1, "step", gathering=Gathering(kind=kind)).network


def test_a_chip_gives_the_fast_array_devices_of_its_own():
    made_chip, network = wired("reram-sb")
    weights, fast = (within(part.device).inner for part in (made_chip.arrays["recurrent"], network.recurrent.updater))
    assert not np.array_equal(weights.step_up, fast.step_up) and weights.granule == fast.granule
    assert network.recurrent.updater.noise > 0 and network.recurrent.updater.lsb > 0
    assert not hasattr(network.readout.updater, "fast")  # digital: written directly


def test_exact_weights_are_written_directly():
    assert not hasattr(wired("ideal")[1].recurrent.updater, "fast")


def test_sparse_rows_cannot_be_transferred():
    with pytest.raises(InputError, match="needs network.connectivity = 'dense'"):
        wired("reram-sb", connectivity="sparse", density=0.5)


@pytest.mark.parametrize("kind", ["chopped", "agad"])
def test_choppers_of_a_readout_that_is_stored_by_output_are_refused(kind):
    """They would flip the sign of inputs when a request is written, and that of outputs when it is read."""
    made_chip = chip.compile_chip(profile.load("reram-sb"), Network(inputs=2, hidden=6, outputs=2), readout="chip")
    parts = ANP(learning_rate=0.1).build(sizes_of(made_chip, 1, "step"))
    with pytest.raises(InputError, match="choppers belong to input lines"):
        wire(made_chip, parts, 1, "step", gathering=Gathering(kind=kind))


def test_every_kind_is_listed():
    kinds = Gathering.model_fields["kind"].annotation.__args__
    assert len(GATHERERS) == len(kinds)
