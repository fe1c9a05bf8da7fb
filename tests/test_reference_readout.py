"""Identities of the least-squares readout; what it recovers is tested in test_reference.py."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.errors import InputError
from neurosim.reference_network import Weights, forward
from neurosim.reference_readout import least_squares_readout, respond, squared_error, windows
from neurosim.tasks.task import Trials


def generator(seed):
    return np.random.Generator(np.random.Philox(key=np.array([seed, 6], np.uint64)))


def trials(rng, n_trials=2, steps=7, starts=(True, False)):
    x, y = (rng.standard_normal((n_trials, steps, 3, n)) for n in (2, 1))
    return Trials(x, y, (rng.random((n_trials, steps)) < 0.5) * 1.0, np.array(starts))


@pytest.mark.parametrize("length", [1, 3, 7, 100])
def test_windows_cover_every_step_once_and_in_order(length):
    found = list(windows(trials(generator(1)), length))
    for trial in (0, 1):
        steps = [t for k, piece, _ in found if k == trial for t in range(piece.start, piece.stop)]
        assert steps == list(range(7))
    assert [reset for _, piece, reset in found if piece.start == 0] == [True, False]
    assert not any(reset for _, piece, reset in found if piece.start > 0)
    assert max(piece.stop - piece.start for _, piece, _ in found) <= length


def test_the_response_runs_on_where_no_start_resets_it():
    rng = generator(2)
    weights = Weights(rng.standard_normal((4, 2)), rng.standard_normal((4, 4)) / 2, rng.standard_normal((1, 4)), np.eye(2), np.eye(4), 1.0)
    t = trials(rng)
    whole = forward(weights, t.inputs.reshape(14, 3, 2))
    outputs, state = respond(weights, t)
    np.testing.assert_allclose(outputs.reshape(14, 3, 1), whole.outputs, rtol=1e-12)
    np.testing.assert_allclose(state.activity, whole.state.activity, rtol=1e-12)


def test_only_steps_that_count_are_judged():
    t = trials(generator(3))
    outputs = np.where(t.active[:, :, None, None] > 0, t.targets + 2.0, 1e9)
    assert squared_error(outputs, t) == pytest.approx(4.0)


def test_the_unit_of_the_features_does_not_matter():
    rng = generator(4)
    rows, targets = rng.standard_normal((60, 8)), rng.standard_normal((60, 2))
    plain, ridge = least_squares_readout(rows, targets)
    scaled, same = least_squares_readout(1000 * rows, targets)
    assert ridge == same
    np.testing.assert_allclose(1000 * scaled, plain, rtol=1e-9)


def test_without_a_ridge_the_residual_is_orthogonal_to_the_features():
    rng = generator(5)
    rows, targets = rng.standard_normal((60, 8)), rng.standard_normal((60, 2))
    w_out, _ = least_squares_readout(rows, targets, 0.0)
    assert np.abs(rows.T @ (targets - rows @ w_out.T)).max() < 1e-11


def test_a_part_that_leaves_no_rows_is_refused():
    with pytest.raises(InputError, match=r"held_out = 0.2; leaves no rows to fit or to judge out of 2"):
        least_squares_readout(np.ones((2, 1)), np.ones((2, 1)))
