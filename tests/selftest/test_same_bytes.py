"""Same settings, same bytes: kept here, and whatever depends on anything else is found."""
from __future__ import annotations

import json
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim import loop
from neurosim.profile import load, names
from neurosim.rules import RULES
from neurosim.selftest import one_process, same_bytes, small_training
from neurosim.selftest.small_training import Combination, Span, every, few, learned, observed, pieces, places, trained, update_of

SPAN = Span(3, 2)
ANP = Combination("anp", "brainscales2")
QUICK = [combination for combination in few() if combination.rule in ("anp", "readout", "rflo", "sanp_cv", "reward_hebb")]


@pytest.fixture
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


# ---- the promise ----------------------------------------------------------------------------------------------------------------
def test_same_settings_give_the_same_bytes(tmp_path):
    outcome = same_bytes.check("short", 1, tmp_path)
    assert outcome.is_kept, outcome.failures
    assert outcome.checked == len(few()) + same_bytes.SPLITS["short"] + 5 and not outcome.skipped


def test_the_short_one_has_every_rule_and_every_class_of_devices_and_the_full_one_everything():
    assert {combination.rule for combination in few()} == set(RULES) and len(few()) == len(set(few()))
    assert {combination.profile for combination in few()} == set(small_training.representatives())
    assert len(every()) == len(RULES) * len(names()) and set(few()) <= set(every())
    assert {load(name).neuron.arithmetic for name in small_training.representatives()} == set(small_training.MEMBRANES)


# ---- splits ---------------------------------------------------------------------------------------------------------------------
WHOLE = {}


def is_same_in_pieces(data, combinations):
    combination = data.draw(st.sampled_from(combinations))
    ends = data.draw(st.sets(st.sampled_from(places(combination.rule, SPAN)), min_size=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROSIM_PYTHON", "1")
        if combination not in WHOLE:
            WHOLE[combination] = learned(combination, 1, 4, SPAN)
        assert one_process.differences(WHOLE[combination], learned(combination, 1, 4, SPAN, ends)) == []


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.data())
def test_where_a_run_is_cut_changes_no_byte(data):
    is_same_in_pieces(data, QUICK)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.data())
def test_wherever_a_run_is_cut_no_byte_changes(data):
    is_same_in_pieces(data, few())


@settings(deadline=None)
@given(st.builds(Span, st.integers(1, 6), st.integers(1, 6)).flatmap(
    lambda span: st.tuples(st.just(span), st.sets(st.integers(1, span.total)))))
def test_pieces_are_the_whole_run_in_order_and_end_where_they_should(found):
    span, ends = found
    steps, borders, at = [], set(), 0
    for cut in pieces(span, ends):
        steps += [(trial, step) for trial in range(cut.trial, cut.last_trial) for step in range(cut.step, cut.last_step)]
        borders.add(len(steps))
        assert len(steps) > at
        at = len(steps)
    assert steps == [divmod(k, span.steps) for k in range(span.total)] and ends <= borders


def test_what_is_written_per_trial_is_cut_between_trials_only():
    assert update_of("anp") == "step" and places("anp", SPAN) == list(range(1, 6))
    assert update_of("trace") == "sequence" and places("trace", SPAN) == [2, 4]


# ---- planted faults -------------------------------------------------------------------------------------------------------------
def test_noise_from_a_global_generator_is_found(plain, monkeypatch):
    quiet, perturb = trained(ANP, 1, 4), loop.perturb
    assert quiet == trained(ANP, 1, 4) and quiet["moved"] == "yes" and quiet != trained(ANP, 2, 4)

    def careless(source, key, now, potential, noise):
        perturb(source, key, now, potential, noise)
        potential[0, 0] += np.float32(np.random.normal())  # noqa: NPY002 (the fault)
    monkeypatch.setattr(loop, "perturb", careless)
    found = one_process.differences(trained(ANP, 1, 4), trained(ANP, 1, 4))
    assert {"chip state", "curves", "devices"} <= set(found) and "moved" not in found


def test_a_run_that_counts_its_steps_anew_after_a_cut_is_found(plain, monkeypatch):
    whole = learned(ANP, 1, 4, SPAN)
    assert learned(ANP, 1, 4, SPAN, [5]) == whole
    monkeypatch.setattr(small_training, "compiled", lambda: lambda *given: loop.run(*given[:-2], 0, given[-1]))
    assert learned(ANP, 1, 4, SPAN) == whole
    assert any("conductance" in name for name in one_process.differences(whole, learned(ANP, 1, 4, SPAN, [5])))


def test_what_one_sample_does_to_another_is_found(plain, monkeypatch):
    together, alone = observed("fixed8", 1, 4)
    assert together == alone
    load_one = loop.load

    def leaking(u, row, batch):
        load_one(u, row, batch)
        u[-1, 0] += u[0, 0]
    monkeypatch.setattr(loop, "load", leaking)
    together, alone = observed("fixed8", 1, 4)
    assert together != alone


FAKE = """
import json, os, sys
work, one = json.load(open(sys.argv[1])), os.environ["OMP_NUM_THREADS"] == "1"
assert (os.environ.get("NEUROSIM_PYTHON") == "1") == ("plain" in sys.argv[1])
print(json.dumps({{"trained": {{"a": {{"outputs": {outputs}, "curves": "2", "moved": "yes"}}, "b": {other}}},
                   "split": [["learned/x", "learned/y"] if k == 1 else [] for k, _ in enumerate(work["split"])],
                   "batched": {{name: name != "pcm" for name in work["batched"]}}}}))
"""


def fake(outputs='"1"', other='{"moved": "no"}'):
    return sys.executable, "-c", FAKE.format(outputs=outputs, other=other)


def found_by(tmp_path, command, is_plain=True, **work):
    return same_bytes.compared({"trained": [], "split": [], "batched": [], **work}, (1, 2, 4), is_plain, tmp_path, command).failures


def test_differences_between_processes_are_named(tmp_path):
    assert found_by(tmp_path, fake()) == found_by(tmp_path, fake(), False) == []
    assert found_by(tmp_path, fake('os.environ["OMP_NUM_THREADS"]')) == [
        f"a, plain: outputs differ between processes with 1 and {count} threads" for count in (2, 4)]
    assert found_by(tmp_path, fake('hash("a")'), False)[1] == "a, compiled: outputs differ between processes with 1 and 4 threads"
    assert found_by(tmp_path, fake(other='{"failed": "ValueError: x"}')) == ["b, plain: ValueError: x"]
    assert found_by(tmp_path, fake(other='{"refused": "x"} if one else {"moved": "no"}'))[0].startswith("b, plain: moved, refused differ")


def test_differences_of_pieces_and_batches_are_named(tmp_path):
    assert found_by(tmp_path, fake(), split=[["anp", "ideal", [2]], ["np", "pcm", [37, 63]]], batched=["ideal", "pcm"]) == [
        "np on pcm, plain: cut after step 37, 63, 2 arrays differ, first learned/x",
        "pcm, plain: samples side by side differ from samples one by one"]


def test_a_process_that_breaks_down_is_found(tmp_path):
    outcome = same_bytes.check("short", 1, tmp_path, (sys.executable, "-c", "import sys; sys.exit('no chip')"))
    assert not outcome.is_kept and outcome.failures == ("plain, threads = 1: the process ended with 1: no chip",)


def test_what_is_refused_is_told_and_what_fails_is_a_failure(plain, tmp_path, monkeypatch):
    refused = Combination("anp", next(name for name in names() if load(name).topology.recurrent is False))
    monkeypatch.setattr(one_process, "trained", lambda *given: trained(*given) if given[0] is refused else {}["no"])
    assert "neurons cannot feed each other" in one_process.tried(refused, 1, 4)["refused"]
    assert one_process.tried(ANP, 1, 4) == {"failed": "KeyError: 'no'"}
    printed = {"trained": {"x": {"refused": "no"}, "y": {"refused": "no"}, "z": {"moved": "yes"}}, "split": [], "batched": {}}
    monkeypatch.setattr(same_bytes, "compared", lambda *given: same_bytes.Found(json.loads(json.dumps(printed)), []))
    outcome = same_bytes.check("short", 1, tmp_path)
    assert outcome.skipped == ("2 combinations: no",) and "1 combinations" in outcome.figure and "moved in 1 of 1" in outcome.figure
