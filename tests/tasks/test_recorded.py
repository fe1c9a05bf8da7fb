"""A recording of events as a task."""
from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.errors import InputError
from neurosim.tasks.recorded import Recorded


@pytest.fixture
def recording(tmp_path):
    """Line 1 sends one step before the target is 1: 80 steps of 2 ms."""
    rng = np.random.default_rng(1)
    sent = rng.random(80) < 0.3
    rows = [f"{0.002 * k + 0.0005},1" for k in np.flatnonzero(sent)]
    (tmp_path / "spikes.csv").write_text("\n".join(["t_s,address", *rows]) + "\n")
    (tmp_path / "curve.csv").write_text("\n".join(["y,other", *(f"{int(s)},0.5" for s in sent)]) + "\n")
    return tmp_path, sent


def task(folder, **settings):
    usual = {"data": str(folder / "spikes.csv"), "lines": 3, "step_s": 2e-3, "targets": str(folder / "curve.csv"), "columns": ["y"]}
    return Recorded(**{**usual, **settings})


def test_events_and_curves_meet_step_by_step(recording):
    folder, sent = recording
    data = task(folder).load(1, 1)
    train, test = data.train(0), data.test
    shown = np.concatenate([train.inputs[0, :, 0], test.inputs[0, :, 0]])
    assert shown.shape == (80, 3) and (shown[:, 1] == sent).all() and not shown[:, [0, 2]].any()
    assert (np.concatenate([train.targets[0, :, 0, 0], test.targets[0, :, 0, 0]]) == sent).all()
    assert test.inputs.shape[1] == 20 and data.carries_state and train.starts.all() and not test.starts.any()
    assert data.predictors["linear (present events)"] < 1e-20 < data.predictors["constant"]


def test_two_columns_are_two_outputs(recording):
    data = task(recording[0], columns=["other", "y"]).load(1, 1)
    assert data.n_outputs == 2 and (data.test.targets[..., 0] == 0.5).all()


def test_what_does_not_fit_is_refused(recording):
    folder, _ = recording
    with pytest.raises(InputError, match="below the 0.08 s that are shown"):
        task(folder, step_s=1e-3).load(1, 1)
    with pytest.raises(InputError, match="whole number from 0 to 0"):
        task(folder, lines=1).load(1, 1)
    with pytest.raises(InputError, match="must be 1"):
        task(folder).load(1, 2)
    with pytest.raises(InputError, match="does not exist"):
        task(folder, columns=["z"]).load(1, 1)
    with pytest.raises(ValidationError, match="data"):
        Recorded(lines=1, targets="curve.csv", columns=["y"])
