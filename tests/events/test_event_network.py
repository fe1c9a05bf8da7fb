"""EventNetwork: closed forms, the same network in the learning loop, and one sentence for what is wrong."""
from __future__ import annotations

import numpy as np
import pytest
from event_parts import NEURONS, made
from scipy.integrate import solve_ivp

from neurosim.chip import compile_chip
from neurosim.compiled import compiled
from neurosim.errors import InputError
from neurosim.events import Connections, EventNetwork
from neurosim.network import Network
from neurosim.neurons.settings import Membrane
from neurosim.recorders.membranes import Traces
from neurosim.rules.rule import OBSERVER
from neurosim.wiring import wire

PAIR = Connections(np.array([0]), np.array([1]), np.array([2.0]), 3)


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def test_a_spike_arrives_after_its_delay():
    """Neuron 0 fires in step 0; 1 is kicked over the threshold in step 3."""
    network = EventNetwork(2, Membrane(reset="zero"), PAIR)
    network.potentials = [1.5, 0.0]
    run = network.run(10, watch=[1])
    assert run.step.tolist() == [0, 3] and run.neuron.tolist() == [0, 1]
    assert run.membranes.tolist() == [[0.0]] * 10


def test_the_membrane_after_one_event_is_the_double_exponential():
    """tau dv/dt = -v + s: v(t) = w tau_s / (tau - tau_s) (exp(-t / tau) - exp(-t / tau_s)), for both kinds of synapse."""
    settings = Membrane(synapse_s=5e-3, inhibitory_s=12e-3, threshold=100.0)
    network = EventNetwork(2, settings, precision="float64")
    network.train_input([0, 0], [0, 1], Connections(np.array([0, 1]), np.array([0, 1]), np.array([0.8, -0.6])))
    v = network.run(100, watch=[0, 1]).membranes
    t = 1e-3 * np.arange(1, 101)
    for column, (weight, tau) in enumerate(((0.8, 5e-3), (-0.6, 12e-3))):
        expected = weight * tau / (20e-3 - tau) * (np.exp(-t / 20e-3) - np.exp(-t / tau))
        assert np.allclose(v[:, column], expected, rtol=0, atol=1e-13)


def test_a_held_conductance_pulls_towards_its_reversal():
    """With a time constant of ages: v -> (E + g E_e) / (1 + g) with the rate (1 + g) / tau, exactly."""
    settings = Membrane(
        synapse_s=1e9, inhibitory_s=1e9, reversal_e=0.9, reversal_i=-0.5, reset="value", threshold=5.0, resting=-0.2)
    network = EventNetwork(2, settings, precision="float64")
    network.train_input([0, 0], [0, 1], Connections(np.array([0, 1]), np.array([0, 1]), np.array([1.5, -0.7])))
    v = network.run(60, watch=[0, 1]).membranes
    t = 1e-3 * np.arange(1, 61)
    for column, (g, reversal) in enumerate(((1.5, 0.9), (0.7, -0.5))):
        end = (-0.2 + g * reversal) / (1 + g)
        assert np.allclose(v[:, column], end + (-0.2 - end) * np.exp(-t * (1 + g) / 20e-3), rtol=0, atol=1e-9)


@pytest.mark.parametrize("settings", [
    {"membrane": Membrane(synapse_s=5e-3, refractory_s=2e-3), "input_scale": 8.0, "recurrent_scale": 4.0},
    {"membrane": Membrane(adaptation_s=0.05, jump=0.1, spread={"tau_s": 0.2}), "input_scale": 1.5, "delay_steps": (0, 5), "bias": True},
    {"membrane": Membrane(synapse_s=5e-3, inhibitory_s=9e-3, adaptation_s=0.05, jump=0.1), "input_scale": 10.0, "recurrent_scale": 5.0},
    {"membrane": Membrane(
        synapse_s=5e-3, inhibitory_s=9e-3, reversal_e=5.0, reversal_i=-1.0, reset="zero", refractory_s=2e-3, spread={"tau_s": 0.2}),
     "input_scale": 3.0, "recurrent_scale": 2.0, "delay_steps": (0, 5), "bias": True},
], ids=["exponential", "adaptive, delays, bias", "two receptors", "conductances, delays, bias"])
@pytest.mark.parametrize("profile", ["ideal", "reram-sb"])
def test_the_hidden_layer_of_a_chip_is_that_of_the_learning_loop(settings, profile):
    """Same spikes, membranes to rounding: the sums are taken in another order.  Weights are those that the devices hold."""
    steps, network = 120, Network(inputs=6, hidden=25, outputs=2, neuron="spiking", **settings)
    chip = compile_chip(profile, network, 4, "float64")
    events = EventNetwork.of_chip(chip)
    exact = compile_chip("ideal", network, 4, "float64")
    for name in ("inputs", "recurrent"):
        array = exact.arrays[name]
        array.conductance[...] = 0
        from neurosim.synapses.layout import arrange
        array.conductance[...] = arrange(array.synapses, chip.weights()[name], np.float64)
    rng = np.random.default_rng(2)
    shown = (rng.random((steps, 6)) < 0.2) * rng.choice([0.5, 1.0], (steps, 6))
    wired = wire(exact, OBSERVER, 1, "step")
    kept = Traces(*(np.zeros((1, steps, 1, 25)) for _ in range(2)))
    full = np.concatenate([shown, np.ones((steps, 1))], axis=1) if network.bias else shown
    compiled()(
        wired.network, wired.schedule, kept, wired.activity, full[None, :, None], np.zeros((1, steps, 1, 2)), np.ones((1, steps)),
        np.ones(1, np.uint8), np.zeros((1, 2)), 4, 0, 1)
    events.chip_input(chip, shown)
    run = events.run(steps, watch=range(25))
    assert run.step.size > 30 and (run.dense() == kept.sent[0, :, 0]).all()
    assert np.abs(run.membranes - kept.membrane[0, :, 0]).max() < 1e-11


@pytest.mark.parametrize("more", [{}, {"synapse_s": 5e-3}], ids=str)
def test_graded_spikes_are_refused(more):
    with pytest.raises(InputError, match="membrane.graded_bits: is for the learning loop"):
        EventNetwork(2, Membrane(graded_bits=4, **more), PAIR)


def test_rate_neurons_are_refused():
    with pytest.raises(InputError, match="network.neuron = 'tanh'.*must be 'spiking'"):
        EventNetwork.of_chip(compile_chip("ideal", Network(inputs=2, hidden=4, outputs=1), 1))


@pytest.mark.parametrize(("n", "more", "named"), [
    (0, {}, "n = 0; must be at least 1"), (70_000, {}, "neurons = 70000; must be at most 65536"),
    (2, {"precision": "float16"}, "precision = 'float16'"), (2, {"form": "matrix"}, "form = 'matrix'; must be 'auto', 'rows' or 'core'"),
    (2, {"form": "core"}, "form = 'core'; needs weights on a grid"), (1, {}, "connections.post: must be whole numbers from 0 to 0"),
])
def test_a_wrong_network_is_one_sentence(n, more, named):
    with pytest.raises(InputError, match=named.replace("(", r"\(")):
        EventNetwork(n, Membrane(), PAIR, **more)


@pytest.mark.parametrize(("call", "named"), [
    (lambda net: net.poisson_input(-1.0, 1.0), "rate_Hz = -1; must be between 0 and 1000 per step"),
    (lambda net: net.poisson_input(float("nan"), 1.0), "rate_Hz = nan"),
    (lambda net: net.poisson_input(1.0, float("inf")), "weight = inf; must be finite"),
    (lambda net: net.run(-1), "steps = -1; must not be negative"),
    (lambda net: net.run(1, watch=[99]), "watch: must be numbers of neurons, from 0 to 39"),
    (lambda net: net.train_input([2, 1], [0, 0], PAIR._replace(delay_steps=1)), "in the order of time"),
    (lambda net: net.train_input([-1], [0], PAIR._replace(delay_steps=1)), "must not be negative"),
    (lambda net: net.train_input([1], [-1], PAIR._replace(delay_steps=1)), "line: must not be negative"),
    (lambda net: net.train_input([1], [0.5], PAIR._replace(delay_steps=1)), "two equally long rows of whole numbers"),
    (lambda net: net.train_input([1], [0], PAIR), "delay_steps: must be 1 for what comes from outside"),
    (lambda net: net.train_input([1], [0], PAIR._replace(delay_steps=1), [float("nan")]), "value: must be finite"),
    (lambda net: setattr(net, "potentials", [1.0, 2.0]), "potentials: must be a finite number or 40 of them"),
])
def test_a_wrong_call_is_one_sentence(call, named):
    network = made()
    before = network.run(3).step.size
    with pytest.raises(InputError, match=named):
        call(network)
    assert network.run(3).steps == 3 and before >= 0


def test_potentials_can_be_set_whatever_lies_around_the_membrane():
    for name in NEURONS:
        network = made(name)
        network.potentials = 0.25
        assert (network.potentials == 0.25).all()


def test_another_seed_is_another_poisson_source_and_another_mismatch():
    first, second = made("kicks, spread, refractory"), made("kicks, spread, refractory", seed=4)
    assert not np.array_equal(first.each.threshold, second.each.threshold)
    assert not np.array_equal(made().run(100).step, made(seed=4).run(100).step)


def test_conductances_converge_with_the_first_order():
    """Two kicks of decaying conductances; the membrane 20 ms later against a solver's: errors fall with dt to the power 1 +- 0.1."""
    def derivative(t, x):
        v, e, i = x
        return [(-v + e * (4.0 - v) + i * (-1.0 - v)) / 20e-3, -e / 5e-3, -i / 10e-3]

    exact = solve_ivp(derivative, (0, 20e-3), [0.0, 1.5, 0.7], rtol=1e-12, atol=1e-14).y[0, -1]
    errors, sizes = [], [1e-3 / 2**k for k in range(5)]
    for step_s in sizes:
        settings = Membrane(
            step_s=step_s, synapse_s=5e-3, inhibitory_s=10e-3, reversal_e=4.0, reversal_i=-1.0, reset="value", threshold=50.0)
        network = EventNetwork(1, settings, precision="float64")
        network.train_input([0, 0], [0, 1], Connections(np.array([0, 1]), np.array([0, 0]), np.array([1.5, -0.7])))
        steps = round(20e-3 / step_s)
        errors.append(abs(network.run(steps, watch=[0]).membranes[-1, 0] - exact))
    orders = np.diff(np.log(errors)) / np.diff(np.log(sizes))
    assert (np.abs(orders - 1) < 0.1).all(), orders
