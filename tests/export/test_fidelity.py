"""What an export is worth: scores before, exact and after."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from export.networks import rate

from neurosim.export import Options, fidelity
from neurosim.export.fidelity import fidelity as account_of
from neurosim.export.formats import npz


@pytest.fixture
def trained():
    return rate("ideal", hidden=10, epochs=1)


def test_an_exact_format_scores_as_the_matrices_do(trained):
    found = account_of(trained, npz.export(trained, Options()))
    assert found["after"] == found["exact"] and found["trials"] == found["of"] == len(trained.dataset.test.inputs)
    assert set(found["exact"]) == {"mse", "nmse", "accuracy"}


def test_an_ideal_chip_scores_as_its_matrices_do(trained):
    """The chip is in float64 and begins every trial at rest, so that only the order of sums differs."""
    found = account_of(trained, npz.export(trained, Options()))
    assert set(found["before"]) == set(found["exact"])
    assert all(found["before"][name] == pytest.approx(value, rel=1e-9) for name, value in found["exact"].items())


def test_a_format_that_loses_scores_differently_and_says_what(trained):
    parcel = replace(npz.export(trained, Options()), decode=lambda arrays: 0 * arrays["outputs"], lost=("everything",))
    found = account_of(trained, parcel)
    assert found["after"]["mse"] != found["exact"]["mse"] and found["lost"][-1] == "everything" and found["lost"][:-1] == [*trained.lost]


def test_inputs_are_encoded_for_the_client_and_its_outputs_decoded(trained):
    plain = npz.export(trained, Options())
    parcel = replace(plain, encode=lambda x: 2 * x, run=lambda x: {"counts": 3 * plain.run(x / 2)["outputs"]},
                     decode=lambda arrays: arrays["counts"] / 3)
    found = account_of(trained, parcel)
    assert found["after"]["mse"] == pytest.approx(found["exact"]["mse"], rel=1e-12)


def test_without_a_task_or_a_readout_there_are_no_scores(trained):
    parcel = npz.export(trained, Options())
    for found in (account_of(replace(trained, dataset=None, scores={}), parcel), account_of(trained, replace(parcel, decode=None))):
        assert "exact" not in found and "after" not in found
    assert "before" not in account_of(replace(trained, dataset=None, scores={}), parcel)


def test_of_a_long_test_the_first_trials_are_shown_by_their_squared_error(trained, monkeypatch):
    steps, batch = trained.dataset.test.inputs.shape[1:3]
    monkeypatch.setattr(fidelity, "MOST_STEPS", steps * batch + 1)
    found = account_of(trained, npz.export(trained, Options()))
    assert found["trials"] == 1 < found["of"] and set(found["after"]) == {"mse"} and np.isfinite(found["after"]["mse"])


def test_a_state_that_is_carried_on_is_said_to_be_lost(trained):
    dataset = replace(trained.dataset, carries_state=True)
    found = account_of(replace(trained, dataset=dataset), npz.export(trained, Options()))
    assert "the exported network starts at rest" in found["lost"][-1]
