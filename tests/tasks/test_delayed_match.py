"""Delayed match to sample."""
from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.tasks import DelayedMatch

TASK = DelayedMatch(cues=3, lines=4, rate=0.4, background=0.02, shown=6, delay=3, asked=2, updates_per_epoch=100)


@pytest.fixture(scope="module")
def trials():
    return TASK.load(1, 32).train(0)


def counts(trials):
    """Spikes of every group of lines in the first cue, the pause, the second cue and the answer: (sequences, 4, groups)."""
    spikes = trials.inputs.swapaxes(1, 2).reshape(-1, 17, 4, 4)
    return np.stack([spikes[:, a:b].sum(axis=(1, 3)) for a, b in ((0, 6), (6, 9), (9, 15), (15, 17))], axis=1)


def test_the_answer_says_whether_the_same_lines_sent_twice(trials):
    """Cues are told apart by their counts, 24 chances of 0.4 against 0.02, in all but 1 of 10^4 sequences."""
    found, same = counts(trials), trials.targets[:, -1].reshape(-1, 2)[:, 1] == 1
    first, second = found[:, 0, :3].argmax(axis=1), found[:, 2, :3].argmax(axis=1)
    assert np.mean((first == second) == same) > 0.998
    assert abs(same.mean() - 0.5) < 5 * 0.5 / np.sqrt(same.size)
    assert all(abs(np.mean(first == cue) - 1 / 3) < 5 * 0.5 / np.sqrt(same.size) for cue in range(3))


def test_lines_send_at_their_rates(trials):
    found = counts(trials)
    assert abs(found[:, 3, 3].mean() / 8 - 0.4) < 5 * np.sqrt(0.24 / 8 / len(found))
    assert abs(found[:, 1].mean() / 12 - 0.02) < 5 * np.sqrt(0.02 / 48 / len(found))
    assert set(np.unique(trials.inputs)) == {0.0, 1.0}


def test_only_the_answer_counts(trials):
    assert (trials.active[:, -2:] == 1).all() and not trials.active[:, :-2].any() and trials.starts.all()


def test_sequences_do_not_depend_on_how_they_are_batched():
    wide, narrow = (TASK.load(1, batch).test for batch in (64, 32))
    flat = [test.inputs.swapaxes(1, 2).reshape(-1, 17, 16)[:128] for test in (wide, narrow)]
    assert (flat[0] == flat[1]).all()


def test_no_linear_map_of_the_spikes_knows():
    """A match is an exclusive or of the cues: the best linear map is no better than a constant."""
    predictors = DelayedMatch(updates_per_epoch=300, test_sequences=2048).load(1, 32).predictors
    assert predictors["linear (all spikes)"] > 0.9 * predictors["constant"] and predictors["constant"] == pytest.approx(0.25, rel=0.01)


def test_a_background_as_loud_as_a_cue_is_refused():
    with pytest.raises(ValidationError, match="background = 0.5 must be below rate = 0.3"):
        DelayedMatch(background=0.5)
