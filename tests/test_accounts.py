"""What a run did and cost: the test's reads follow from the training's, and every part is found once."""
from __future__ import annotations

import pytest
from small_chips import network

from neurosim.accounts import READS, cost_of, counted, used_of, wear_of
from neurosim.chip import compile_chip
from neurosim.rules import ANP
from neurosim.tasks import MackeyGlass
from neurosim.trainer import train


@pytest.fixture(scope="module")
def run():
    """Crossbars of two tiles per matrix and more, trained for a moment in plain Python."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROSIM_PYTHON", "1")
        chip = compile_chip("hermes64", network(inputs=1, outputs=1, hidden=20), 1)
        return train(chip, MackeyGlass(steps=60, test_steps=24), ANP(learning_rate=1e-3), epochs=2, batch=3)


def test_the_reads_of_a_test_are_those_that_would_be_counted(run):
    tested = counted(run.chip, run.inference)
    lines = {line["operation"]: line["count"] for line in cost_of(run)["inference"]["lines"]}
    for what, key in zip(("matrix-vector products", "conversions"), READS, strict=True):
        assert lines[what] == sum(one[key] for one in tested.values()) > 0


def test_arrays_that_are_known_are_not_counted_again(run):
    known = counted(run.chip, run.counts)
    assert cost_of(run, known) == cost_of(run)
    doubled = {name: {**one, "products": 2 * one["products"]} for name, one in known.items()}
    before, after = ({line["operation"]: line["count"] for line in cost_of(run, arrays)["learning"]["lines"]}
                     for arrays in (known, doubled))
    assert after["matrix-vector products"] == 2 * before["matrix-vector products"]


def test_pulses_are_summed_by_seed(run):
    known = counted(run.chip, run.counts)
    wear = wear_of({"4": known})["wear"]["4"]
    assert wear["pulses_up"] == sum(one["pulses_up"] for one in known.values()) and wear_of({"4": {}}) == {}


def test_what_is_used_is_that_of_the_first_seed():
    report = compile_chip("loihi1", network()).mapping
    used = used_of({"3": report, "7": {}})["mapping"]
    assert used["neurons"] == {"used": 40, "available": 131072} and used["cores"] == {"used": 1, "available": 128}
    assert used_of({}) == {} and used_of({"1": compile_chip("ideal", network()).mapping}) == {}
