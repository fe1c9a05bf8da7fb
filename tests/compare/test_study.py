"""A comparison from its file to its folder: the same bytes whoever does it, and whatever interrupts it."""
from __future__ import annotations

import csv
import json
import pathlib

import pytest
from compare.small_grid import tables

from neurosim.compare import store, study, working
from neurosim.errors import InputError
from neurosim.report.comparison_table import notes_of
from neurosim.report.page import markdown

FILE = pathlib.Path("grid.toml")


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a comparison that nothing interrupted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROSIM_PYTHON", "1")
        folder = tmp_path_factory.mktemp("whole") / "out"
        study.compare(tables(), FILE, folder)
    return folder


def same(folder, other):
    """Whether two comparisons say the same, to the byte."""
    return all((folder / name).read_bytes() == (other / name).read_bytes() for name in (store.RESULTS, store.SUMMARY, store.PLAN))


def test_every_run_stands_in_the_long_form(whole):
    with open(whole / store.RESULTS, newline="") as stream:
        rows = list(csv.DictReader(stream))
    learned = {(row["chip"], row["rule"], row["seed"]): row for row in rows if row["kind"] == "learn" and row["score"] == "accuracy"}
    assert len(learned) == 8
    one = learned["fixed8", "trace", "2"]
    record = json.loads((whole / "runs" / one["run"] / "run.json").read_text())
    assert record["scores"]["accuracy"] == float(one["value"]) and record["point"] == {"chip": "fixed8", "rule": "trace"}
    assert (whole / "runs" / one["run"] / "curves.csv").read_text().splitlines()[0].startswith("epoch,forward_passes,train_loss,test_mse")
    assert {row["kind"] for row in rows} == {"learn", "frozen_least_squares", "true_bptt"}
    assert {row["score"] for row in rows} >= {"predictor constant", "cost writes"}


def test_groups_stand_beside_their_yardsticks(whole):
    record = json.loads((whole / store.SUMMARY).read_text())
    assert record["status"] == "complete" and record["seeds"] == [1, 2] and len(record["groups"]) == 4
    frozen, trace = record["groups"][2], record["groups"][3]
    assert set(trace["against"]) == {"frozen, least-squares readout", "frozen, same readout rule", "true BPTT"}
    assert set(frozen["against"]) == {"frozen, least-squares readout", "true BPTT"}
    assert trace["against"]["frozen, same readout rule"]["mean"] == pytest.approx(trace["mean"] - frozen["mean"])
    assert trace["cost"]["writes"] > 0 and trace["predictors"]["constant"]["mean"] > 0
    assert {one["name"] for one in record["yardsticks"]} == {"frozen, least-squares readout", "true BPTT"}
    assert any(text.startswith("2 seeds per combination") for text in record["caveats"])


def test_a_run_of_it_can_be_repeated_by_itself(whole):
    from neurosim import experiment

    run = next(one for one in json.loads((whole / store.PLAN).read_text())["runs"] if one["kind"] == "learn" and one["seed"] == 2)
    alone = experiment.load(whole / "runs" / run["run"] / "experiment.toml")
    assert alone.train.seeds == (2,) and alone.chip.profile == run["point"]["chip"]


def test_interrupted_and_gone_on_with_it_says_the_same(whole, tmp_path, monkeypatch):
    folder, done = tmp_path / "out", []
    perform = working.perform

    def stops(text):
        if len(done) % 5 == 4:
            done.append(None)
            raise KeyboardInterrupt
        done.append(text)
        return perform(text)
    monkeypatch.setattr("neurosim.compare.crew.perform", stops)
    with pytest.raises(KeyboardInterrupt):
        study.compare(tables(), FILE, folder)
    assert json.loads((folder / store.SUMMARY).read_text())["status"] == "interrupted" and len(store.finished(folder)) == 4
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            study.resume(folder)
    monkeypatch.setattr("neurosim.compare.crew.perform", perform)
    assert study.resume(folder)["status"] == "complete" and same(folder, whole)


def test_a_run_with_a_defect_fails_alone_and_is_run_again_the_next_time(whole, tmp_path, monkeypatch):
    learned = working.KINDS["learn"]

    def breaks(case, chip, job, rows):
        if job["point"]["rule"] == "trace" and job["seed"] == 1:
            raise ZeroDivisionError("for the test")
        return learned(case, chip, job, rows)
    monkeypatch.setitem(working.KINDS, "learn", breaks)
    record = study.compare(tables(), FILE, tmp_path / "out")
    assert record["status"] == "incomplete" and len(record["failures"]) == 2
    assert record["failures"][0]["message"].startswith("ZeroDivisionError: for the test (test_study.py, line ")
    assert record["groups"][1]["n"] == 1 and record["groups"][1]["seeds"]["1"]["status"] == "failed"
    monkeypatch.setitem(working.KINDS, "learn", learned)
    assert study.resume(tmp_path / "out")["status"] == "complete" and same(tmp_path / "out", whole)


def test_what_diverges_is_an_outcome_and_is_kept(tmp_path):
    rule = [{"name": "trace", "learning_rate": 1e30}]
    record = study.compare(tables(rule=rule, yardsticks=[]), FILE, tmp_path / "out")
    assert record["status"] == "complete" and {one["status"] for one in record["failures"]} == {"diverged"}
    assert record["groups"][0]["mean"] != record["groups"][0]["mean"] and "diverged at step" in record["failures"][0]["message"]


@pytest.mark.parametrize(("change", "said"), [
    ({"threshold": {"axis": "noise"}}, "compare.threshold.axis = noise; must be an axis of two or more numbers: this grid has none"),
    ({"transfer": {"profiles": ["pcn"]}}, "did you mean pcm"), ({"diagnostics": ["gradients"]}, "did you mean gradient"),
    ({"tune": {"search": {"rule.learning_rate": {"log": [1e-3, 1e-1]}}, "seeds": [2]}}, "seed 2 is one of the comparison")])
def test_options_that_nothing_could_follow_are_refused_before_anything_is_written(tmp_path, change, said):
    with pytest.raises(InputError, match=said):
        study.compare(tables(**change), FILE, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_there_is_nothing_to_go_on_with_in_another_folder(tmp_path):
    with pytest.raises(InputError, match="holds neither a run nor a comparison that could go on"):
        study.resume(tmp_path)


def test_everything_that_can_be_asked_for_beside_scores_is_there(tmp_path):
    wanted = {"chip.profile": ["pcm"], "chip.noise_scale": [0.0, 1.0], "rule": [{"name": "trace", "learning_rate": 1e-2}],
              "diagnostics": ["units", "perturbation"], "transfer": {"ages_s": [0.0, 86400.0], "profiles": ["fixed8"]},
              "threshold": {"axis": "noise_scale"}, "tune": {"search": {"rule.learning_rate": {"log": [1e-3, 1e-1]}}, "trials": 2},
              "budget": {"forward_passes": 200.0}, "reach": 0.01}
    record = study.compare(tables(**wanted), FILE, tmp_path / "out")
    assert record["status"] == "complete" and not record["failures"]
    assert {one["name"] for one in record["diagnostics"]} == {"units", "perturbation"} and len(record["diagnostics"]) == 4
    assert {(one["to"], one["point"]["noise_scale"]) for one in record["transfer"]} == {
        (profile, scale) for profile in ("pcm", "fixed8") for scale in ("0", "1")}
    assert [len(age["matrix"]) for one in record["transfer"] for age in one["ages"]] == [2] * 8
    assert record["groups"][0]["reach"]["forward_passes"]["n"] == 2 and record["groups"][0]["reach"]["energy_J"] == "unavailable"
    assert "## Results" in markdown(tmp_path / "out") and "accuracy 0.01" in markdown(tmp_path / "out")
    assert any("accuracy 0.01 " in note for note in notes_of(record))
    assert len(record["thresholds"]) == 1 and record["tuning"]["found"][0]["chosen"]
    assert set(record["groups"][0]["against"]) == {"frozen, least-squares readout", "frozen, same readout rule", "true BPTT"}
    assert store.finished(tmp_path / "out") > {job["run"] for job in json.loads((tmp_path / "out" / store.PLAN).read_text())["runs"]}
