"""The [train.optimizer] table."""
from __future__ import annotations

import math

import numpy as np
import pytest

from neurosim import trainer
from neurosim.chip import compile_chip
from neurosim.errors import InputError
from neurosim.network import Network
from neurosim.rules import ANP, Trace
from neurosim.tasks import Copying
from neurosim.tasks.task import Trials
from neurosim.trials import Arrays, Regime
from neurosim.updaters.memory import Accumulated, Adam, Clipped, MatrixRMS, Momentum, Plain
from neurosim.updaters.optimizer import Optimizer, schedule

CELLS = np.zeros((4, 64), np.float32)


def built(name="recurrent", rate=0.1, turns=4, **settings):
    return Optimizer(**settings).build(name, CELLS, 25, rate, turns)


def test_schedules_start_at_one_and_fall_towards_the_last():
    assert schedule("none", 10).tolist() == [1]
    assert np.allclose(schedule("linear", 4), [1, 0.75, 0.5, 0.25])
    assert np.allclose(schedule("cosine", 4, 0.1), [0.1 + 0.9 * (0.5 + 0.5 * math.cos(math.pi * k / 4)) for k in range(4)])


def test_nothing_said_is_nothing_done():
    updater = built()
    assert Optimizer().is_plain and isinstance(updater, Plain) and updater.factor.tolist() == [1]


@pytest.mark.parametrize(("kind", "part"), [("sgd", Plain), ("momentum", Momentum), ("rms", MatrixRMS), ("adam", Adam)])
def test_every_kind_has_its_part_and_its_rate(kind, part):
    """The request carries the rule's rate: what normalises gets the rate itself, what does not gets the ratio."""
    updater = built(hidden=kind, recurrent_rate=0.02, decay="linear")
    assert isinstance(updater, part) and updater.factor.dtype == np.float32
    assert updater.factor[0] == pytest.approx(0.2 if kind in ("sgd", "momentum") else 0.02)
    assert updater.factor[3] == pytest.approx(updater.factor[0] / 4)


def test_rates_are_separate_and_lateral_synapses_have_none():
    settings = dict(readout="adam", readout_rate=0.5, input_rate=0.3)
    assert built("readout", **settings).factor[0] == pytest.approx(0.5)
    assert built("inputs", **settings).factor[0] == pytest.approx(3)
    assert built("recurrent", **settings).factor[0] == pytest.approx(1)
    assert built("lateral", **settings).factor.tolist() == [1]


def test_clip_and_threshold_wrap_in_this_order_and_the_readout_is_written_as_it_comes():
    updater = built(hidden="adam", clip=0.1, write_threshold=0.2)
    assert isinstance(updater, Accumulated) and isinstance(updater.inner, Clipped) and isinstance(updater.inner.inner, Adam)
    assert isinstance(built("readout", clip=0.1, write_threshold=0.2), Clipped)


# ---- how trials are shown ----------------------------------------------------------------------------------------------
def stream(steps=6, batch=2):
    values = np.arange(steps * batch, dtype=float).reshape(1, steps, batch, 1)
    return Trials(values, 10 * values, np.ones((1, steps)), np.array([True]))


def chip():
    return compile_chip("ideal", Network(inputs=1, hidden=3, outputs=1))


def test_windows_cut_a_stream_and_say_where_the_twin_is_resynchronised():
    arrays = Arrays(stream(), chip(), Regime(window=2))
    assert arrays.inputs.shape == (3, 2, 2, 1) and arrays.starts.tolist() == [1, 2, 2]
    assert arrays.inputs[:, :, 0, 0].ravel().tolist() == [0, 2, 4, 6, 8, 10]
    assert Arrays(stream(), chip(), Regime(window=2, resync=False)).starts.tolist() == [1, 0, 0]


def test_copies_stand_beside_the_samples_in_order():
    arrays = Arrays(stream(), chip(), Regime(copies=3))
    assert arrays.inputs.shape == (1, 6, 6, 1) and arrays.inputs[0, 1, :, 0].tolist() == [2, 3] * 3
    assert arrays.targets[0, 1, :, 0].tolist() == [20, 30] * 3


def test_a_window_must_divide_the_trial():
    with pytest.raises(InputError, match=r"train.window = 4; must divide the 6 steps"):
        Arrays(stream(), chip(), Regime(window=4))


@pytest.mark.parametrize(("rule", "regime", "what"), [
    (Trace(learning_rate=0.1), Regime(), "this rule"), (ANP(learning_rate=0.1), Regime(Optimizer(hidden="adam")), "train.optimizer")])
def test_what_learns_per_sequence_refuses_a_write_at_every_step(rule, regime, what):
    network = Network(inputs=4, hidden=3, outputs=4)
    task = Copying(symbols=2, length=2, delay=0, updates_per_epoch=1, test_sequences=1)
    with pytest.raises(InputError, match=rf"train.update = 'step'; {what} needs 'sequence'"):
        trainer.train(compile_chip("ideal", network), task, rule, epochs=1, batch=1, update="step", regime=regime)
