"""What every listed part inherits: see components.py."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import IS_PLAIN, arrays, by_port, data, execute, make, matrices, maybe_compiled, projection, recording
from components import (
    AGEING,
    CHANNELS,
    CIRCUITS,
    DEVICES,
    ELIGIBILITIES,
    FROZEN,
    NEEDS_NOISE,
    NEEDS_SEQUENCE,
    NEURONS,
    NOISY_CIRCUITS,
    ON_GRID,
    PULSED,
    RESTLESS,
    RULES,
    SYNAPSES,
    UNBOUNDED,
    Bench,
)

from neurosim import loop
from neurosim.contract import age, blank, correlate, deliver, draws, receive, sense, step, sweep, transmit
from neurosim.devices.pulses import fire, granule
from neurosim.devices.writing import write_row
from neurosim.eligibilities.outer import Outer
from neurosim.random import Key
from neurosim.rules.rule import still
from neurosim.storage import padded, zeros
from neurosim.synapses.layout import arrange, choose, matrix_of
from neurosim.wiring import broadcast
from neurosim.workspace import workspace

SAMPLES = 1_000 if IS_PLAIN else 100_000
ROWS = 1 if IS_PLAIN else 4  # of cells, each by itself, where hundreds of pulses are fired: the plain loop has time for one row


def key(now=0):
    return Key(5, 1, now)


# ---- neurons ---------------------------------------------------------------------------------------------------------
def advance(neuron, now, current, z):
    """What the loop does with what has arrived, `current` (ports * lanes, width)."""
    receive(neuron, current)
    step(neuron, Key(1, 2, now), current[:z.shape[0]], z)


@pytest.mark.parametrize("name", NEURONS)
def test_neuron_is_finite_for_finite_input(name):
    bench = Bench(n=5)
    current, z = zeros((2, 64), np.float32), zeros((2, 64), np.float32)
    current[:, :5] = np.array([-1e30, -5, 0, 5, 1e30])
    neuron = NEURONS[name](bench)
    advance(neuron, 0, by_port(neuron, current), z)
    assert np.isfinite(z).all()
    assert (z[:, 5:] == 0).all()


@pytest.mark.parametrize("name", [name for name in NEURONS if name not in RESTLESS])
def test_zero_input_from_rest_stays_at_rest(name):
    current, z = zeros((2, 64), np.float32), zeros((2, 64), np.float32)
    neuron = NEURONS[name](Bench())
    advance(neuron, 0, by_port(neuron, current), z)
    assert (z == 0).all()


@pytest.mark.parametrize("name", NEURONS)
def test_neuron_does_not_depend_on_other_neurons(name):
    rng = Bench().rng
    first, second = zeros((2, 64), np.float32), zeros((2, 64), np.float32)
    first[:, :5] = rng.standard_normal((2, 5))
    second[:, 2] = first[:, 2]
    results = []
    for current in (first, second):
        z = zeros((2, 64), np.float32)
        neuron = NEURONS[name](Bench())
        advance(neuron, 0, by_port(neuron, current), z)
        results.append(z[:, 2].copy())
    assert (results[0] == results[1]).all()


@pytest.mark.skipif(IS_PLAIN, reason="compares with compiled code")
@pytest.mark.parametrize("name", NEURONS)
def test_a_driven_neuron_is_the_same_compiled_bit_for_bit(name):
    """60 steps in float32, with currents strong enough for every neuron to fire: a literal of another precision would show."""
    ends = []
    for run in (advance, maybe_compiled(advance)):
        neuron, rng, z, seen = NEURONS[name](Bench(n=5)), np.random.default_rng(4), zeros((2, 64), np.float32), []
        for now in range(60):
            current = zeros((2, 64), np.float32)
            current[:, :5] = 2 * rng.standard_normal((2, 5))
            current = by_port(neuron, current)
            run(neuron, now, current, z)
            seen += [current.tobytes(), z.tobytes()]
        ends.append(seen)
        assert z.any() or any(np.frombuffer(sent, np.float32).any() for sent in seen[1::2])
    assert ends[0] == ends[1]


# ---- synapses --------------------------------------------------------------------------------------------------------
def synapse_case(name, layout, n_post=7, n_pre=6, dtype=np.float64, lanes=3, **parts):
    mask = SYNAPSES[name](n_post, n_pre)
    bench = Bench(n_pre, lanes, 1, dtype)
    weights = bench.rng.standard_normal((n_post, n_pre)) * (1 if mask is None else mask)
    synapses = choose(n_post, n_pre, mask, layout == "pre-major")
    p = projection(
        bench, synapses, weights, parts.get("device", DEVICES["ideal"]), parts.get("circuit", CIRCUITS["quiet"]),
        lambda cells, j: Outer(), lambda cells: still("", cells), parts.get("sequence", False))
    z = zeros((lanes, padded(n_pre)), dtype)
    z[:, :n_pre] = bench.rng.standard_normal((lanes, n_pre))
    return p, weights, z


CONNECTIVITIES = [(name, layout) for name in SYNAPSES for layout in (("pre-major", "post-major") if name == "dense" else ("csr",))]


@pytest.mark.parametrize(("name", "layout"), CONNECTIVITIES)
def test_sweep_and_deliver_equal_the_dense_product(name, layout):
    p, weights, z = synapse_case(name, layout)
    for send in (lambda c: sweep(p.synapses, p, 0, z, c, key()), lambda c: deliver(p.synapses, p.conductance, z, c, 0, 3)):
        current = zeros((3, 64), np.float64)
        send(current)
        assert np.allclose(current[:, :7], z[:, :6] @ weights.T, rtol=1e-13, atol=1e-14)
        assert (current[:, 7:] == 0).all()


@pytest.mark.parametrize(("name", "layout"), CONNECTIVITIES)
def test_silence_delivers_nothing_and_changes_nothing(name, layout):
    p, _, z = synapse_case(name, layout)
    before, current = p.conductance.copy(), zeros((3, 64), np.float64)
    z[...] = 0
    p.request.post[0, :7] = 1.0
    sweep(p.synapses, p, 1, z, current, key())
    assert (current == 0).all()
    assert (p.conductance == before).all()


@pytest.mark.parametrize(("name", "layout"), CONNECTIVITIES)
def test_correlate_is_the_transpose_of_deliver(name, layout):
    p, _, z = synapse_case(name, layout, sequence=True, lanes=1)
    y = Bench().rng.standard_normal(7)
    current = zeros((1, 64), np.float64)
    deliver(p.synapses, p.conductance, z, current, 0, 1)
    p.request.pre[0], p.request.post[0, :7], p.request.rank[0] = z[0], y, 1
    correlate(p.synapses, p)
    assert np.isclose(current[0, :7] @ y, (p.total * p.conductance).sum(), rtol=1e-12)


@pytest.mark.parametrize(("name", "layout"), CONNECTIVITIES)
def test_a_request_is_written_as_the_outer_product(name, layout):
    p, weights, z = synapse_case(name, layout)
    rng = Bench().rng
    pre, post = rng.standard_normal(6), rng.standard_normal(7)
    p.request.pre[0, :6], p.request.post[0, :7] = pre, post
    current = zeros((3, 64), np.float64)
    sweep(p.synapses, p, 1, z, current, key())
    exists = 1 if SYNAPSES[name](7, 6) is None else SYNAPSES[name](7, 6)
    wanted = weights + np.outer(post, pre) * exists
    assert np.allclose(matrix_of(p.synapses, p.conductance, 7, 6), wanted, rtol=1e-13, atol=1e-14)
    assert np.allclose(current[:, :7], z[:, :6] @ wanted.T, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("name", "layout"), CONNECTIVITIES)
def test_layout_round_trip_and_blank_padding(name, layout):
    p, weights, _ = synapse_case(name, layout)
    assert (matrix_of(p.synapses, p.conductance, 7, 6) == weights).all()
    cells = p.conductance + 1
    blank(p.synapses, cells)
    assert (matrix_of(p.synapses, cells, 7, 6) != 0).sum() == (7 * 6 if SYNAPSES[name](7, 6) is None else SYNAPSES[name](7, 6).sum())
    assert cells.sum() == pytest.approx(weights.sum() + (cells != 0).sum(), rel=1e-12)


# ---- devices ---------------------------------------------------------------------------------------------------------
@maybe_compiled
def write_all(device, g, dw, scratch, key_):
    """Write the same request to every cell, through the row kernel."""
    for r in range(g.shape[0]):
        for k in range(g.shape[1]):
            scratch.drive[0, k] = dw
        write_row(device, g, r, scratch.drive, 0, scratch, key_)


def array_of(name, start=0.1, shape=None):
    """(device, conductance, scratch) of many cells that start at `start`."""
    shape = shape or (4, padded(SAMPLES // 4))
    cells = zeros(shape, np.float32)
    cells[...] = np.rint(start / 0.01) if name in ON_GRID else start
    return DEVICES[name](cells), cells, scratch_of(shape[1])


def scratch_of(width, dtype=np.float32):
    return workspace(0, width, dtype)


@pytest.mark.parametrize("name", DEVICES)
def test_no_request_changes_nothing_bit_for_bit(name):
    device, g, scratch = array_of(name, shape=(4, 64))
    before = g.copy()
    write_all(device, g, np.float32(0), scratch, key())
    assert g.tobytes() == before.tobytes()


@pytest.mark.parametrize("name", FROZEN)
def test_a_frozen_device_never_changes(name):
    cells = np.rint(10 * Bench().rng.standard_normal((4, 64))).astype(np.float32)
    device, g = FROZEN[name](cells)
    before = g.copy()
    write_all(device, g, np.float32(0.5), scratch_of(64), key())
    assert g.dtype == before.dtype and g.tobytes() == before.tobytes() and g.any()


@pytest.mark.parametrize("name", PULSED)
def test_no_pulse_changes_nothing_bit_for_bit(name):
    device, g, _ = array_of(name, shape=(4, 64))
    for normal in (-3.0, 0.0, 3.0):
        fired = [fire(device, 1, k, g[1, k], np.float32(0), np.float32(normal), np.float32(normal)) for k in range(64)]
        assert np.array(fired).tobytes() == g[1].tobytes()


def innermost(device):
    """What is wrapped, and what shifts it."""
    shift = np.zeros(1, np.float32)
    while hasattr(device, "inner"):
        shift = getattr(device, "reference", shift)
        device = device.inner
    return device, shift


def state_of(device, g):
    """What a device remembers: the conductance, unless write noise lies between them."""
    while not hasattr(device, "persistent") and hasattr(device, "inner"):
        device = device.inner
    return getattr(device, "persistent", g)


@pytest.mark.parametrize("name", [name for name in DEVICES if name not in UNBOUNDED])
@pytest.mark.parametrize("dw", [5.0, -5.0])
def test_conductance_stays_within_bounds(name, dw):
    device, g, scratch = array_of(name, shape=(ROWS, 64))
    for now in range(20):
        write_all(device, g, np.float32(dw), scratch, key(now))
    state = state_of(device, g)
    inner, shift = innermost(device)
    upper = inner.upper if hasattr(inner, "upper") else inner.top
    lower = inner.lower if hasattr(inner, "lower") else -inner.top
    assert (state <= upper - shift).all() and (state >= lower - shift).all()


@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("dw", [0.03, -0.03])
def test_mean_response_has_the_sign_of_the_request(name, dw):
    device, g, scratch = array_of(name)
    before = g.copy()
    write_all(device, g, np.float32(dw), scratch, key())
    mean, sd = (g - before).mean(dtype=np.float64), (g - before).std(dtype=np.float64)
    assert np.sign(mean) == np.sign(dw)
    assert abs(mean) > 5 * sd / np.sqrt(g.size)


@pytest.mark.parametrize("name", DEVICES)
def test_the_same_key_gives_the_same_result_and_another_key_another(name):
    results = []
    for now in (0, 0, 1):
        device, g, scratch = array_of(name, shape=(4, 64))
        write_all(device, g, np.float32(0.025), scratch, key(now))
        results.append(g.tobytes())
    assert results[0] == results[1]
    assert (results[0] != results[2]) == (draws(device) > 0)


@pytest.mark.parametrize("name", PULSED)
def test_a_train_fired_at_once_or_pulse_by_pulse_has_the_same_law(name):
    """Mean and standard deviation after 9 pulses asked for in one request and in nine, at 5 sigma; a start where no bound is near."""
    ends = []
    for requests, size in ((1, 9), (9, 1)):
        device, g, scratch = array_of(name, start=0.1)
        step = granule(device)
        for now in range(requests):
            write_all(device, g, np.float32(size * step), scratch, key(now))
        ends.append(state_of(device, g).astype(np.float64))
    moved = [end - np.float32(0.1) for end in ends]
    error = np.hypot(*(m.std() for m in moved)) / np.sqrt(g.size)
    assert abs(moved[0].mean() - moved[1].mean()) < 5 * error + 1e-6
    assert abs(moved[0].std() / moved[1].std() - 1) < 5 / np.sqrt(g.size) + 1e-3


@pytest.mark.parametrize("name", AGEING)
def test_no_time_changes_no_device_and_some_time_does(name):
    device, g, *_ = array_of(name, shape=(4, 64))
    everywhere, seen = slice(None), []
    for now_s in (0.0, 0.0, 1e4):
        seen.append(sense(device, everywhere, everywhere, g))
        age(device, g, key(), np.float64(now_s))
    assert (seen[0] == seen[1]).all() and (seen[1] == seen[2]).all()
    assert (sense(device, everywhere, everywhere, g) != seen[0]).mean() > 0.8 and np.isfinite(g).all()


# ---- channels --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", CHANNELS)
def test_channel_leaves_shapes_and_is_finite(name):
    bench = Bench(batch=3)
    for needs in range(3):
        losses = broadcast(3, 2, needs, np.float32)
        channel = CHANNELS[name](bench, losses.values.size)
        for now in range(5):
            losses.values[...] = np.linspace(0, 2, losses.values.size)
            transmit(channel, key(now), now, losses)
            assert all(np.isfinite(a).all() and a.dtype == np.float32 for a in losses)


# ---- read paths ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", CIRCUITS)
def test_padding_of_the_current_stays_zero_and_noise_is_there_only_if_asked(name):
    p, weights, z = synapse_case("dense", "pre-major", circuit=CIRCUITS[name])
    z[...] = np.clip(z, -1, 1)
    results = []
    for now in range(2):
        current = zeros((3, 64), np.float64)
        loop.pass_on(p, 0, z, current, 1, 3, 1, now)
        assert (current[:, 7:] == 0).all()
        results.append(current)
    assert (results[0] != results[1]).any() == (name in NOISY_CIRCUITS)
    clipped = z[:, :6] @ weights.T if "adc" not in name else np.clip(z[:, :6] @ weights.T, -4, 4)
    assert np.abs(results[0][:, :7] - clipped).max() < (1e-12 if name == "quiet" else 0.6)


# ---- rules -----------------------------------------------------------------------------------------------------------
def change_of(rule, inputs=None, n=5, **more):
    """Recurrent, input and readout change of one trial, ideal device."""
    more.setdefault("update", "sequence" if rule in NEEDS_SEQUENCE else "step")
    network, schedule, state = make(rule=rule, dtype=np.float64, n=n, **more)
    x, y, weight, starts = inputs
    before = [p.conductance.copy() for p in (network.inputs, network.recurrent, network.readout)]
    kept = recording(*x.shape[:3], n, y.shape[3], np.float64)
    loop.run(network, schedule, kept, state, x, y, weight, starts, np.zeros((len(x), 2)), 3, 0, 1)
    return [p.conductance - b for p, b in zip((network.inputs, network.recurrent, network.readout), before, strict=True)]


@pytest.mark.parametrize(("name", "update"), [
    (name, update) for name in RULES for update in ("step", "sequence") if update == "sequence" or name not in NEEDS_SEQUENCE])
def test_no_loss_changes_no_weight(name, update):
    x, y, weight, starts = data(1, 4, dtype=np.float64)
    weight[...] = 0  # nothing is asked at any step
    assert all((change == 0).all() for change in change_of(name, (x, y, weight, starts), update=update))


@pytest.mark.parametrize("name", RULES)
def test_padding_never_learns(name):
    for change, (rows, cols) in zip(change_of(name, data(1, 4, dtype=np.float64)), ((2, 5), (5, 5), (2, 5)), strict=True):
        assert (change[rows:] == 0).all() and (change[:, cols:] == 0).all()


@pytest.mark.parametrize("name", [name for name in RULES if name != "readout"])
def test_every_matrix_learns(name):
    """Two trials: a baseline is known from the second on."""
    neuron = "noisy" if name in NEEDS_NOISE else "tanh"
    assert all((change != 0).any() for change in change_of(name, data(2, 4, dtype=np.float64), neuron=neuron))


def test_readout_rule_leaves_the_recurrence_alone():
    w_in, w_rec, w_out = change_of("readout", data(1, 4, dtype=np.float64))
    assert (w_in == 0).all() and (w_rec == 0).all() and (w_out != 0).any()


@pytest.mark.parametrize("name", ELIGIBILITIES)
def test_eligibility_without_request_or_signal_changes_nothing(name):
    from neurosim.contract import change

    cells = zeros((4, 64), np.float64)
    cells[...] = 0.3
    assert change(ELIGIBILITIES[name](cells), 1, 2, np.float64(0.3), np.float64(0), np.float64(0)) == 0


@pytest.mark.parametrize("update", ["step", "sequence"])
@pytest.mark.parametrize("synapses", ["dense", "sparse"])
@pytest.mark.parametrize("device", ["ideal", "write noise", "fixed point"])
def test_splitting_a_run_changes_no_bit(update, synapses, device):
    """run(6 trials) = run(2) + run(4), and a trial cut in the middle is the same trial."""
    parts = dict(synapses=synapses, device=device, update=update, circuit="read noise")
    x, y, weight, starts = data(6, 4)
    results = []
    for cuts in ((0, 6), (0, 2, 6)):
        network, schedule, state = make(**parts)
        done = 0
        for a, b in zip(cuts[:-1], cuts[1:], strict=True):
            kept = recording(b - a, 4, 1, 5, 2, np.float32)
            done += loop.run(
                network, schedule, kept, state, x[a:b], y[a:b], weight[a:b], starts[a:b], np.zeros((b - a, 2), np.float32), 3, done,
                int(b == 6))
        results.append([a.tobytes() for a in arrays((network.recurrent.conductance, network.readout.conductance, state.x_hat))])
    assert results[0] == results[1]


@pytest.mark.parametrize("device", ["write noise", "write noise, flicker, leak, drift"])
def test_a_trial_cut_in_the_middle_is_the_same_trial(device):
    x, y, weight, starts = data(1, 8)
    results = []
    for cuts in ((0, 8), (0, 3, 8)):
        network, schedule, state = make(device=device, circuit="read noise")
        for a, b in zip(cuts[:-1], cuts[1:], strict=True):
            kept = recording(1, b - a, 1, 5, 2, np.float32)
            loop.run(
                network, schedule, kept, state, x[:, a:b].copy(), y[:, a:b].copy(), weight[:, a:b].copy(),
                starts if a == 0 else np.zeros(1, np.uint8), np.zeros((1, 2), np.float32), 3, a, int(b == 8))
        results.append([a.tobytes() for a in arrays((network.recurrent.conductance, state.x_hat))])
    assert results[0] == results[1]


def test_a_loss_that_is_not_finite_stops_the_run_at_its_step():
    x, y, weight, starts = data(1, 6)
    y[0, 3, 0, 0] = np.nan
    _, _, done = execute(loop.run, {}, inputs=(x, y, weight, starts))
    assert done == -4


def test_matrices_are_what_the_devices_store():
    assert matrices(Bench(), device="fixed point")[0].dtype == np.float64
    assert (arrange(choose(5, 5, None, True), np.eye(5), np.float32)[:5, :5] == np.eye(5)).all()
