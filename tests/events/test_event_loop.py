"""The event loop: one pass over the population equals `receive` and `step`, compiled equals plain Python, pieces equal the whole."""
from __future__ import annotations

import doctest

import numpy as np
import pytest
from event_parts import DELAYS, NEURONS, N, made

from neurosim.compiled import compiled
from neurosim.events import contract
from neurosim.events import network as module
from neurosim.events.neurons import FUSED, Resident
from neurosim.neurons.receptors import ConductanceLIF

STEPS = 150
ALL = [(neuron, "next step", "poisson", "rows") for neuron in NEURONS]
ALL += [("two receptors", delay, "both signs", "rows") for delay in DELAYS]
ALL += [("kicks", "one delay", "trains", "core"), ("two receptors", "next step", "poisson", "core")]
ALL += [("two receptors", "axons", "trains", "auto")]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one[:2], other[:2])) and one.membranes.tobytes() == other.membranes.tobytes()


def watched(network, steps=STEPS):
    return network.run(steps, watch=range(0, N, 7))


@pytest.mark.parametrize(("case", "precision"), [(case, "float32") for case in ALL] + [(case, "float64") for case in ALL[::3]])
def test_compiled_equals_plain_python_bit_for_bit(case, precision, monkeypatch):
    neuron, delay, source, form = case
    here = watched(made(neuron, delay, source, form, precision))
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    there = watched(made(neuron, delay, source, form, precision))
    assert here.step.size > 20 and same(here, there)


@pytest.mark.parametrize("case", ALL, ids=", ".join)
def test_one_pass_equals_receive_and_step(case, monkeypatch):
    """Spikes and membranes to the last bit, with numbers in place of rows as well; to rounding where arrivals are summed elsewhere."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    neuron, delay, source, form = case
    fused, stepped = (made(neuron, delay, source, form, "float64") for _ in range(2))
    stepped.neuron = stepped.each
    first = watched(fused)
    fillings = dict(contract.fire.fillings)
    try:
        contract.fire.fillings.clear()
        second = watched(stepped)
    finally:
        contract.fire.fillings.update(fillings)
    assert isinstance(fused.neuron, (*FUSED, Resident)) or neuron == "AdEx"
    assert first.step.size > 20 and (first.step == second.step).all() and (first.neuron == second.neuron).all()
    if isinstance(fused.neuron, Resident):
        assert np.allclose(first.membranes, second.membranes, rtol=0, atol=1e-12)
    else:
        assert same(first, second)


@pytest.mark.parametrize("case", ALL[::2], ids=", ".join)
def test_a_run_in_pieces_is_the_whole(case):
    neuron, delay, source, form = case
    whole, cut = watched(made(neuron, delay, source, form)), made(neuron, delay, source, form)
    pieces, begin = [], 0
    for length in (1, 40, 0, 9, 100):
        piece = watched(cut, length)
        pieces.append((piece.step + begin, piece.neuron, piece.membranes))
        begin += length
    step, neuron_, membrane = (np.concatenate(column) for column in zip(*pieces))
    assert begin == STEPS and same(whole, (step, neuron_, *whole[2:5], membrane) and whole._replace(
        step=step, neuron=neuron_, membranes=membrane))


def test_a_full_log_is_emptied_and_the_run_goes_on(monkeypatch):
    whole = watched(made())
    monkeypatch.setattr(module, "BLOCK", 1)
    monkeypatch.setattr(module, "WATCHED_STEPS", 7)
    assert same(whole, watched(made()))


def test_spikes_and_synaptic_events_are_counted():
    network = made(source="trains")
    out = np.bincount(np.repeat(np.arange(N), network.synapses.bounds[:, -1] - network.synapses.bounds[:, 0]), minlength=N)
    run = network.run(STEPS)
    assert network.counts[0] == run.step.size and network.counts[1] == out[run.neuron].sum()
    source = network.source
    sent = source.line[: source.first[STEPS]]
    assert network.counts[2] == (source.bounds[sent, -1] - source.bounds[sent, 0]).sum()


def test_conductances_are_not_fed_below_zero(monkeypatch):
    network = made("conductances", source="both signs")
    network.run(STEPS)
    assert isinstance(network.neuron, ConductanceLIF)
    assert (network.neuron.e >= 0).all() and (network.neuron.i >= 0).all() and network.neuron.i.max() > 0


def test_the_example_of_the_class_is_true():
    assert doctest.run_docstring_examples(module.EventNetwork, {"np": np}, verbose=False) is None
    result = doctest.DocTestRunner(verbose=False)
    for test in doctest.DocTestFinder().find(module.EventNetwork, globs={"np": np}):
        result.run(test)
    assert result.summarize(verbose=False).failed == 0 and result.tries > 3


def test_the_plain_function_is_the_source_of_the_compiled_one(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    assert compiled(module.simulate) is module.simulate
