"""What a rule may spend."""
from __future__ import annotations

import pathlib

import pytest
from compare.small_grid import tables

from neurosim import session
from neurosim.compare.budget import passes_of_epoch, spent, within
from neurosim.compare.grid import grid_of, points
from neurosim.errors import InputError
from neurosim.rules.rule import with_frozen_recurrence


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def prepared(name="trace", chip="fixed8"):
    found = points(grid_of(tables(rule=[{"name": name, "learning_rate": 1e-2}], **{"chip.profile": [chip]}), pathlib.Path("grid.toml")))[0]
    return session.prepare(found.experiment, session.profile_of(found.experiment), 1)


def test_an_epoch_costs_what_the_trainer_counts():
    from neurosim import trainer

    for name in ("trace", "readout"):
        case, chip = prepared(name)
        run = trainer.train(chip, case.dataset, case.rule, epochs=1, batch=case.batch, seed=1)
        assert passes_of_epoch(case, chip) == run.curves[-1]["forward_passes"]


def test_a_rule_with_one_pass_gets_twice_the_epochs():
    case, chip = prepared()
    each = passes_of_epoch(case, chip)
    assert within(case, chip, {"forward_passes": 6.5 * each}) == (6, None)
    assert within(case, chip, {"forward_passes": 6.5 * each}, with_frozen_recurrence) == (13, None)
    assert within(*prepared("readout"), {"forward_passes": 6.5 * each}) == (13, None)


def test_less_than_an_epoch_is_refused():
    case, chip = prepared()
    with pytest.raises(InputError, match="compare.budget.forward_passes = 1; one epoch takes "):
        within(case, chip, {"forward_passes": 1.0})


def test_training_stops_at_the_end_of_the_epoch_in_which_it_is_spent():
    from neurosim import trainer
    from neurosim.accounts import spent_of

    def run(epochs, until=None):
        case, chip = prepared()
        return trainer.train(chip, case.dataset, case.rule, epochs=epochs, batch=case.batch, seed=1, account=spent_of, until=until)
    whole = run(6)
    writes = [row["writes"] for row in whole.curves]
    assert writes == sorted(writes) and writes[0] == 0 < writes[-1]
    short = run(6, spent("writes", writes[3], "fixed8.toml"))
    assert [row["epoch"] for row in short.curves] == [0, 1, 2, 3]
    assert short.scores["accuracy"] == whole.curves[3]["accuracy"] and [row["writes"] for row in short.curves] == writes[:4]


def test_what_nobody_counts_is_no_budget():
    case, chip = prepared(chip="ideal")
    epochs, until = within(case, chip, {"writes": 10.0})
    assert epochs == case.epochs
    with pytest.raises(InputError, match="on ideal.toml nobody knows writes, so that it is no budget"):
        until({"writes": float("nan")})
