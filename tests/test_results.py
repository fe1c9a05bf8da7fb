"""What `neurosim.train` returns draws itself."""
from __future__ import annotations

import functools
import inspect

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

import neurosim
from neurosim import trainer, trials
from neurosim.accounts import cost_of
from neurosim.chip import compile_chip
from neurosim.errors import InputError
from neurosim.network import Network
from neurosim.neurons.settings import Membrane
from neurosim.rules import Readout
from neurosim.rules.rule import OBSERVER
from neurosim.tasks.task import Dataset, Trials
from neurosim.tiles import siemens
from neurosim.trials import Arrays, observe
from neurosim.wiring import wire

STEPS, BATCH, N = 30, 2, 6
LIF = Membrane(step_s=2e-3, threshold=0.3)


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Tiny networks run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def task(carries_state=False):
    rng = np.random.default_rng(1)

    def trials(n_trials, starts):
        x = (rng.random((n_trials, STEPS, BATCH, 2)) < 0.3) * 1.0
        return Trials(x, rng.standard_normal((n_trials, STEPS, BATCH, 1)), np.ones((n_trials, STEPS)), np.full(n_trials, starts))

    training, test = trials(1, True), trials(3, not carries_state)
    return Dataset(2, 1, "step", lambda epoch: training, test, carries_state, {},
                   lambda outputs: {"mse": float(np.square(outputs - test.targets).mean())}, "noise")


def run_of(membrane=LIF, carries_state=False, train=neurosim.train, profile="ideal", **options):
    neuron = {} if membrane is None else {"neuron": "spiking", "membrane": membrane}
    chip = compile_chip(profile, Network(inputs=2, hidden=N, outputs=1, **neuron), 1, "float64")
    return train(chip, task(carries_state), Readout(learning_rate=1e-3), epochs=2, **options)


def test_the_raster_shows_the_spikes_of_the_last_test_in_seconds():
    run, ax = run_of(), Figure().subplots()
    assert run.plot_raster(ax=ax) is ax
    x, y = (np.asarray(values) for values in ax.lines[0].get_data())
    step, neuron = np.nonzero(run.spikes)
    assert len(step) > 20 and np.allclose(x, 2e-3 * step) and (y == neuron).all()
    assert ax.get_xlim() == pytest.approx((0, 2e-3 * STEPS)) and ax.get_xlabel() == "time (s)"


def test_what_is_recorded_is_what_the_chip_sends_in_its_first_test_trial():
    run = run_of()
    shown = observe(wire(run.chip, OBSERVER, BATCH, "step"), Arrays(task().test, run.chip), run.chip, 1, 0, True)[1]
    assert run.spikes.shape == (STEPS, N) and (run.spikes == shown[0, :, 0]).all() and (shown[0] != shown[1]).any()


def test_a_stream_goes_on_from_the_training():
    """The first step of the test hears the spikes of the last step of the training: from rest it is another raster."""
    stream, rest = run_of(carries_state=True), run_of()
    assert stream.spikes.shape == rest.spikes.shape and (stream.spikes != rest.spikes).any()


def test_a_long_trial_is_cut(monkeypatch):
    whole = run_of().spikes
    monkeypatch.setattr(trials, "MOST_RECORDED", 7 * N)
    assert (run_of().spikes == whole[:7]).all()


def test_recording_changes_no_score(monkeypatch):
    run = run_of()
    monkeypatch.setattr(trials.Tester, "spikes", lambda self, epoch, learned: None)
    assert run_of().curves[1:] == run.curves[1:]


def test_payloads_are_drawn_as_spikes():
    run = run_of(Membrane(threshold=0.3, graded_bits=4))
    assert len(np.unique(run.spikes)) > 3
    assert len(run.plot_raster(Figure().subplots()).lines[0].get_xdata()) == np.count_nonzero(run.spikes)


def test_without_axes_it_draws_into_those_of_pyplot():
    pyplot.switch_backend("agg")
    figure, ax = pyplot.subplots()
    try:
        assert run_of().plot_raster() is ax
    finally:
        pyplot.close(figure)


def test_rate_neurons_have_no_raster():
    run = run_of(membrane=None)
    assert run.spikes is None
    with pytest.raises(InputError, match=r"network\.neuron = 'tanh'; neurons that do not spike have no raster"):
        run.plot_raster()


def test_without_a_recording_there_is_nothing_to_draw():
    bare = neurosim.Run(**{**vars(run_of()), "spikes": None})
    with pytest.raises(InputError, match=r"run\.spikes = None; no spikes were recorded"):
        bare.plot_raster()


def test_it_is_the_run_of_the_trainer_and_takes_the_same_settings():
    told = []
    run = run_of(on_epoch=told.append)
    assert isinstance(run, trainer.Run) and run.curves == told and run.scores == run_of(train=trainer.train).scores
    assert inspect.signature(neurosim.train) == inspect.signature(trainer.train) and "Parameters" in inspect.getdoc(neurosim.train)


# ---- the chip and what it did ------------------------------------------------------------------------------------------------
@functools.cache
def trained(profile):
    """A run of rate neurons, which nothing below changes."""
    return run_of(None, profile=profile)


@pytest.mark.parametrize("profile", ["ideal", "reram-sb", "loihi1"])
@pytest.mark.parametrize("projection", ["recurrent", "readout"])
def test_weights_are_drawn_as_the_chip_was_made_and_as_it_is(profile, projection):
    run, axes = trained(profile), Figure().subplots(1, 3)
    made = compile_chip(profile, run.chip.network, 1, "float64").weights()[projection]
    now = run.chip.weights()[projection]
    assert run.plot_weights(projection, axes) is axes
    for ax, wanted in zip(axes, (made, now, now - made), strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), wanted)
    assert projection == "recurrent" or (now != made).any()  # the rule trains the readout


def test_wear_is_drawn_where_it_is_counted_one_by_one():
    run = trained("reram-sb")
    ax = run.plot_wear("readout", Figure().subplots())
    np.testing.assert_array_equal(ax.images[0].get_array().filled(0), run.chip.wear()["readout"])
    assert ax.images[0].colorbar.ax.get_ylabel() == "pulses" and run.chip.wear()["readout"].any()


@pytest.mark.parametrize("profile", ["ideal", "fixed8"])
def test_weights_that_are_numbers_have_no_wear(profile):
    with pytest.raises(InputError, match=r"run\.plot_wear: projection = 'recurrent'; has no pulsed devices"):
        trained(profile).plot_wear()


@pytest.mark.parametrize("draw", ["plot_weights", "plot_wear"])
def test_a_projection_that_the_chip_does_not_have_is_refused(draw):
    with pytest.raises(InputError, match="^projection = 'lateral'; this chip has inputs, recurrent, readout$"):
        getattr(trained("ideal"), draw)("lateral")


@pytest.mark.parametrize(("profile", "names"), [("hermes64", ["plus", "minus"]), ("neurram", ["both"])])
def test_conductances_are_drawn_device_by_device(profile, names):
    chip = compile_chip(profile, Network(inputs=2, hidden=N, outputs=1), 1)
    run = neurosim.Run(**{**vars(trained("ideal")), "chip": chip})
    axes = run.plot_conductance(axes=[Figure().subplots() for _ in names])
    found = siemens(chip.arrays["recurrent"], chip.profile)
    assert [ax.get_title() for ax in axes] == list(found) == names
    for ax, held in zip(axes, found.values(), strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), held)
        assert ax.images[0].get_clim()[1] == chip.profile.device.g_max_S.v


def test_conductances_that_nobody_knows_are_not_drawn():
    with pytest.raises(InputError, match="plot_conductance: projection = 'recurrent'; reram-sb.toml has no device.g_max_S"):
        trained("reram-sb").plot_conductance()


def test_costs_are_those_of_the_ledger():
    run, axes = run_of(LIF.model_copy(update={"reset": "zero"}), profile="loihi1"), Figure().subplots(1, 2)
    assert run.plot_costs(axes) is axes
    bill = cost_of(run)["learning"]
    assert [label.get_text() for label in axes[0].get_yticklabels()] == [line["operation"] for line in bill["lines"]]
    known = [line["energy_J"] for line in bill["lines"] if not isinstance(line["energy_J"], str)]
    assert [bar.get_x() + bar.get_width() for bar in axes[0].patches if not bar.get_hatch()] == pytest.approx(known)


def test_the_placement_is_that_of_the_mapping():
    ax = trained("loihi1").plot_placement(Figure().subplots())
    assert ax.get_title(loc="left") == "1 of 128 cores" and list(ax.collections[1].get_array()) == [N]


def test_figures_of_the_chip_make_axes_of_their_own():
    pyplot.switch_backend("agg")
    run = trained("reram-sb")
    try:
        assert [len(run.plot_weights()), len(run.plot_costs())] == [3, 2] and len(pyplot.get_fignums()) == 2
        assert run.plot_placement() is pyplot.gca() and run.plot_wear("inputs") is pyplot.gca() and len(pyplot.get_fignums()) == 4
    finally:
        pyplot.close("all")


@pytest.mark.parametrize(("draw", "n"), [("plot_weights", 3), ("plot_costs", 2)])
def test_too_few_axes_are_refused(draw, n):
    with pytest.raises(InputError, match=f"^axes = 1 of them; must be {n}$"):
        getattr(trained("ideal"), draw)(axes=[Figure().subplots()])
