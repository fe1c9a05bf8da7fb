"""What a run keeps."""
from __future__ import annotations

import numpy as np

from neurosim.contract import record
from neurosim.neurons.tanh import Tanh
from neurosim.recorders.activity import Forgetful, Recording


def shown(lanes=4):
    """Activity of two passes of two samples: 5 hidden neurons, 3 outputs, padded."""
    rng = np.random.default_rng(1)
    return rng.standard_normal((lanes, 64)), rng.standard_normal((lanes, 64))


def recording(steps=2, hidden_steps=2, trials=3):
    return Recording(np.full((trials, steps, 2, 3), np.nan), np.full((trials, hidden_steps, 2, 5), np.nan))


def test_the_clean_pass_is_kept_at_its_place():
    kept, (sent, y) = recording(), shown()
    record(kept, 1, 0, Tanh(), sent, y)
    assert (kept.outputs[1, 0] == y[:2, :3]).all() and (kept.hidden[1, 0] == sent[:2, :5]).all()
    assert np.isfinite(kept.outputs).sum() == 2 * 3 and np.isfinite(kept.hidden).sum() == 2 * 5


def test_an_array_that_is_full_is_not_written():
    kept, (sent, y) = recording(steps=2, hidden_steps=1), shown()
    for t in range(4):
        record(kept, 0, t, Tanh(), sent + t, y + t)
    assert (kept.outputs[0] == y[:2, :3] + np.arange(2)[:, None, None]).all()
    assert (kept.hidden[0, 0] == sent[:2, :5]).all() and np.isnan(kept.hidden[1:]).all()


def test_hidden_activity_is_optional():
    kept, (sent, y) = recording(hidden_steps=0), shown()
    record(kept, 0, 0, Tanh(), sent, y)
    assert np.isfinite(kept.outputs[0, 0]).all() and kept.hidden.size == 0


def test_a_forgetful_recorder_keeps_nothing():
    sent, y = shown()
    before = sent.copy(), y.copy()
    record(Forgetful(), 0, 0, Tanh(), sent, y)
    assert (sent == before[0]).all() and (y == before[1]).all()
