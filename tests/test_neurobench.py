"""NeuroBench metrics against formulas that are written out, network by network."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim import neurobench, replay
from neurosim.chip import compile_chip
from neurosim.errors import InputError
from neurosim.network import Network, recurrent_mask
from neurosim.neurobench import UNAVAILABLE
from neurosim.neurons.settings import Membrane
from neurosim.rules import ANP, Decorrelation
from neurosim.tasks.task import Dataset, Trials, error_scores
from neurosim.trainer import train

I, H, O, T, B = 2, 7, 3, 9, 2  # inputs, hidden, outputs, steps, samples
STILL = ANP(learning_rate=1e-30, sigma=0.01)  # learns nothing that a float could hold
BARE = I * H + H * H + O * H  # weights of a network without bias line


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Tiny networks run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def trials(n_trials=2, starts=True, seed=1):
    rng = np.random.default_rng(seed)
    shown, wanted = (rng.standard_normal((n_trials, T, B, n)) for n in (I, O))
    return Trials(shown, wanted, np.ones((n_trials, T)), np.full(n_trials, starts))


def measured(profile="ideal", n_trials=2, carries_state=False, alter=None, **settings):
    """The metrics of a network that has been trained and has learned nothing, its run and its chip."""
    chip = compile_chip(profile, Network(**{"inputs": I, "hidden": H, "outputs": O, **settings}), 1)
    if alter is not None:
        alter(chip)
    test = trials(n_trials, starts=not carries_state, seed=2)
    dataset = Dataset(
        I, O, "step", lambda epoch: trials(), test, carries_state, {}, lambda outputs: error_scores(test, outputs), "random numbers")
    run = train(chip, dataset, STILL, epochs=1)
    return neurobench.measure(run, test.active), run, chip


def operations(found):
    counts = found["synaptic_operations"]
    return counts["dense"], counts["effective_macs"], counts["effective_acs"]


# ---- networks --------------------------------------------------------------------------------------------------------
def test_dense_tanh():
    """Rate neurons are never 0: all is effective but the recurrence of the first step.  The bias is a weight and no operation."""
    found, run, _ = measured(bias=True)
    assert found["parameters"] == BARE + H and found["executions"] == 2 * T * B
    assert found["footprint_bytes"] == {"weights": 4 * (BARE + H), "state": 4 * H, "total": 4 * (BARE + 2 * H)}
    assert (found["connection_sparsity"], found["activation_sparsity"]) == (0, 0)
    assert operations(found) == (BARE, pytest.approx(I * H + H * H * (T - 1) / T + O * H), 0)
    assert found["synaptic_operations"]["dense_macs"] == BARE and found["synaptic_operations"]["dense_acs"] == 0
    assert found["membrane_updates"].startswith(UNAVAILABLE) and found["correctness"]["accuracy"].startswith(UNAVAILABLE)
    assert found["correctness"]["mse"] == pytest.approx(run.scores["test_mse"])
    assert found["correctness"]["smape"] == pytest.approx(200 * np.mean(
        np.abs(run.outputs - run.targets) / (np.abs(run.outputs) + np.abs(run.targets))))


@pytest.mark.parametrize("settings", [
    {"connectivity": "sparse", "density": 0.4}, {"connectivity": "local", "radius": 0.15}], ids=["sparse", "local"])
def test_absent_synapses_are_dense_operations_and_neither_parameters_nor_effective(settings):
    found, _, chip = measured(**settings)
    there = int(recurrent_mask(chip.network, 1).sum())
    assert 0 < there < H * H and found["parameters"] == BARE - H * H + there
    assert found["footprint_bytes"]["weights"] == 4 * (BARE - H * H + there)
    assert found["connection_sparsity"] == pytest.approx((H * H - there) / BARE)
    assert operations(found) == (BARE, pytest.approx(I * H + there * (T - 1) / T + O * H), 0)


def test_spiking_lif():
    """Spikes accumulate; inputs that are no spikes are multiplied.  State: activity, potential, steps of silence."""
    found, run, _ = measured(n_trials=1, neuron="spiking", membrane=Membrane(threshold=0.02), input_scale=8.0)
    spikes = next(run.replay()).sent
    assert np.array_equal(spikes[0, :, 0], run.spikes) and 0 < spikes.mean() < 1 and set(np.unique(spikes)) == {0, 1}
    assert found["activation_sparsity"] == pytest.approx(1 - spikes.sum() / (T * B * H))
    assert found["membrane_updates"] == H and found["footprint_bytes"]["state"] == 3 * 4 * H
    acs = (spikes[:, :-1].sum() * H + spikes.sum() * O) / (T * B)
    assert operations(found) == (BARE, I * H, pytest.approx(acs))
    assert found["synaptic_operations"]["dense_acs"] == H * H + O * H
    assert found["synaptic_operations"]["by_projection"]["inputs"] == {"dense": I * H, "effective": I * H, "kind": "MAC"}


def test_sigma_delta():
    """What is sent are changes, counted by the neurons themselves; real numbers, so MACs.  State: what was sent last, and the value."""
    found, run, _ = measured(n_trials=1, send_threshold=0.3)
    counter = run.replay.args[0].network.hidden.events
    before = int(counter.sum())
    shown = next(run.replay())
    events = int(counter.sum()) - before
    assert 0 < events < T * B * H and found["activation_sparsity"] == pytest.approx(1 - events / (T * B * H))
    last = int((shown.sent[0, -1] != shown.sent[0, -2]).sum())
    assert operations(found) == (BARE, pytest.approx(I * H + ((events - last) * H + events * O) / (T * B)), 0)
    assert found["footprint_bytes"]["state"] == 2 * 4 * H


def test_fixed8_with_weights_that_are_zero():
    """One byte per weight; whole columns and rows of zeros are no effective operations."""
    def alter(chip):
        chip.arrays["recurrent"].conductance[1] = 0  # all from neuron 1 or all onto it, whatever the layout
        chip.arrays["inputs"].conductance[...] = 5
        chip.arrays["readout"].conductance[...] = 0

    found, _, chip = measured("fixed8", alter=alter)
    matrix = chip.weights()["recurrent"]
    zeros = int((matrix == 0).sum())
    assert zeros >= H
    assert found["footprint_bytes"] == {"weights": BARE, "state": 4 * H, "total": BARE + 4 * H}
    assert found["connection_sparsity"] == pytest.approx((O * H + zeros) / BARE)
    assert operations(found) == (BARE, pytest.approx(I * H + (H * H - zeros) * (T - 1) / T), 0)


def test_decorrelated():
    """Lateral matrices are the identity as long as nothing is learned: of n x n weights n are not 0.  State: activity on both sides."""
    found, run, _ = measured(decorrelation=Decorrelation(rate=1e-300, inputs=True))
    assert found["parameters"] == BARE + H * H + I * I and found["footprint_bytes"]["state"] == 2 * 4 * H
    assert found["connection_sparsity"] == pytest.approx((H * H - H + I * I - I) / (BARE + H * H + I * I))
    assert operations(found) == (
        BARE + H * H + I * I, pytest.approx(I * H + I + H + H * H * (T - 1) / T + O * H), 0)
    shown = next(run.replay())
    assert np.array_equal(shown.neurons, shown.sent) and np.array_equal(shown.lines, shown.inputs)


def test_a_state_that_is_carried_on_makes_every_step_of_the_recurrence_effective():
    assert operations(measured(carries_state=True)[0])[1] == BARE


def test_axons_with_delays_remember_and_conductances_have_no_bits():
    """A ring of the longest delay and the present step, beside the activity."""
    assert measured(delay_steps=(0, 2))[0]["footprint_bytes"]["state"] == 4 * H * (1 + 3)
    found = measured("idealized")[0]["footprint_bytes"]
    assert found["weights"].startswith(UNAVAILABLE) and found["total"] == found["weights"] and found["state"] == 4 * H


# ---- the replay ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("settings", [{}, {"decorrelation": Decorrelation(rate=0.05, inputs=True)}], ids=["at once", "step by step"])
@pytest.mark.parametrize("profile", ["ideal", "reram-es"])
def test_the_replay_repeats_the_last_test(profile, settings):
    """The readout of what was sent is the output of the test, up to its noise; with noise the same draws give the same activity."""
    _, run, chip = measured(profile, carries_state=True, **settings)
    first, second = (next(run.replay()) for _ in range(2))
    assert np.array_equal(first.sent, second.sent) and first.sent.shape == (2, T, B, H)
    if profile == "ideal":
        assert np.allclose(first.sent @ chip.weights()["readout"].T, run.outputs, atol=1e-6)
    if settings:
        assert np.abs(first.sent - first.neurons).max() > 1e-4 and np.abs(first.lines - first.inputs).max() > 1e-4


def test_blocks_of_trials_give_what_all_trials_give(monkeypatch):
    for settings in ({}, {"neuron": "spiking", "membrane": Membrane(threshold=0.02)}):
        whole = measured(n_trials=5, carries_state=True, **settings)[0]
        monkeypatch.setattr(replay, "MOST_KEPT", 2 * T * B * H)
        assert measured(n_trials=5, carries_state=True, **settings)[0] == whole
        monkeypatch.undo()
        monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def test_correctness_is_that_of_the_steps_that_count_and_absent_where_it_means_nothing():
    """One target of 0 makes sMAPE meaningless, constant targets R2; a step that does not count changes nothing."""
    _, run, _ = measured()
    active = np.ones((2, T))
    active[0, 0] = 0
    whole = neurobench.measure(run, active)["correctness"]
    targets = run.targets.copy()
    targets[0, 0] = 0
    again = type(run)(**{**vars(run), "targets": targets})
    assert neurobench.measure(again, active)["correctness"] == whole and isinstance(whole["smape"], float)
    assert neurobench.measure(again, np.ones((2, T)))["correctness"]["smape"].startswith(UNAVAILABLE + "a target is 0")
    own = type(run)(**{**vars(run), "scores": {**run.scores, "smape": 12.0, "accuracy": 0.5}})
    assert neurobench.measure(own, active)["correctness"] == {**whole, "smape": 12.0, "accuracy": 0.5}
    flat = neurobench.measure(type(run)(**{**vars(run), "targets": np.ones_like(targets)}), active)["correctness"]
    assert flat["r2"] == UNAVAILABLE + "a target is constant" and flat["smape"] > 0


def test_a_run_that_cannot_be_repeated_is_refused():
    _, run, _ = measured()
    with pytest.raises(InputError, match=r"run\.replay = None; the test trials cannot be shown again"):
        neurobench.measure(type(run)(**{**vars(run), "replay": None}), np.ones((2, T)))


# ---- functions of arrays ---------------------------------------------------------------------------------------------
def test_operations_by_hand():
    """2 x 3 weights, one of them 0; four executions with 2, 0, 1 and 3 activations that are not 0."""
    matrix = np.array([[1.0, 0.0, 2.0], [3.0, -1.0, 4.0]])
    binary = np.array([[1.0, -1, 0], [0, 0, 0], [0, 0, 1], [1, 1, 1]])
    assert neurobench.synaptic_operations(matrix, binary) == (24, 2 * 2 + 1 * 2 + 2 * 2, True)
    assert neurobench.synaptic_operations(matrix, binary / 2) == (24, 10, False)
    assert neurobench.activation_sparsity(binary) == 6 / 12 and neurobench.connection_sparsity([matrix, np.zeros((1, 4))]) == 5 / 10
