"""The comparison in examples/: its tables, its search and its statistics, on made-up scores."""
from __future__ import annotations

import math
import sys
import tomllib
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
sys.path.insert(0, str(EXAMPLES))

import claim_cases  # noqa: E402
import claim_pages  # noqa: E402
import paper_claim  # noqa: E402

from neurosim import session  # noqa: E402

TABLES = [path for path in sorted(EXAMPLES.glob("*.toml")) if "[[table]]" in path.read_text()]


def test_a_search_is_every_combination_and_a_plus_sets_two_fields_alike():
    settings = claim_cases.settings_of({"search": {"rule.sigma": [1, 2], "rates.hidden+rates.readout": [3, 4]}})
    assert settings == [{"rule": {"sigma": s}, "rates": {"hidden": r, "readout": r}} for s in (1, 2) for r in (3, 4)]
    assert claim_cases.settings_of({}) == []


def test_rows_are_shared_changed_and_added():
    plan = {"row": [{"label": "a", "rule": {"name": "x"}}, {"label": "b"}]}
    assert claim_cases.rows_of(plan, {"use": "all"}) == plan["row"]
    changed = claim_cases.rows_of(plan, {"use": ["b", "a"], "rows": [{"label": "a", "rule": {"sigma": 1}}, {"label": "c"}]})
    assert changed == [{"label": "b"}, {"label": "a", "rule": {"name": "x", "sigma": 1}}, {"label": "c"}]


def test_one_case_of_every_kind_runs_first():
    """Kinds differ in more than numbers: they are compiled apart."""
    cases = [{"rule": {"name": name, "rate": rate}, "seeds": [k]} for k, (name, rate) in enumerate(
        [("a", 1), ("a", 0.1), ("b", 1), ("a", 1), ("b", 2), ("c", 1)])]
    assert claim_cases.kinds_first(cases) == [0, 2, 5, 1, 3, 4]
    assert claim_cases.kinds_first([{"on": True}, {"on": False}, {"on": True}]) == [0, 1, 2]


def test_what_a_case_switches_off_is_off(monkeypatch, tmp_path):
    """`chip.without` reaches the chip that is trained."""
    seen = []

    def prepare(settings, profile, seed):
        seen.append(profile)
        raise KeyError("far enough")

    monkeypatch.setattr(session, "prepare", prepare)
    for without in ([], ["io"]):
        table = {"task": {"name": "copying"}, "network": {"hidden": 4}, "train": {"epochs": 1},
                 "chip": {"profile": "reram-sb", "without": without}}
        with pytest.raises(KeyError):
            claim_cases.perform((claim_cases.case_of(table, {}, 1, False), str(tmp_path)))
    assert seen[0].io.dac_bits is not None and seen[1].io.dac_bits is None


def test_the_lowest_training_loss_wins_and_what_diverged_never_does():
    losses = {1e-3: {"train_loss": 0.2}, 1e-2: {"train_loss": 0.1}, 1e-1: {"diverged": "at once"}, 1.0: {"train_loss": math.nan}}
    rows = [{"label": "a", "rule": {"name": "readout"}, "search": {"rule.learning_rate": list(losses)}}]
    common = {"task": {}, "train": {}}
    tables = [{**common, "title": "one", "rows": list(rows)}, {**common, "title": "two", "rates_of": "one", "rows": list(rows)}]
    seen = []

    def perform_all(cases, what):
        seen.extend(case["experiment"]["train"]["seeds"][0] for case in cases)
        return [losses[case["experiment"]["rule"]["learning_rate"]] for case in cases]

    paper_claim.searched({"search_seeds": [42, 43]}, tables, perform_all)
    assert seen == [42, 43] * 4  # the second table searches nothing
    for table in tables:
        assert table["rows"][0]["rule"] == {"name": "readout", "learning_rate": 1e-2} and table["rows"][0]["chosen"] == "learning_rate 0.01"


def test_intervals_are_students():
    """Five values 1 ... 5: standard deviation sqrt(2.5), t = 2.776 at 4 degrees of freedom."""
    mean, half = claim_pages.interval([1.0, 2, 3, 4, 5])
    assert mean == 3 and half == pytest.approx(2.776 * math.sqrt(2.5 / 5), rel=1e-12)
    assert claim_pages.cell([0.5, None, 0.5], 2) == "0.50 ± 0.00 (1 of 3 diverged)" and claim_pages.cell([None]) == "diverged"


def test_differences_are_paired_by_seed():
    table = {"title": "t", "score": "accuracy", "against": "base"}
    rows = [{"label": "base"}, {"label": "rule"}]
    base = [{"accuracy": a, "mse": 0.1, "cpu_s": 1.0} for a in (0.1, 0.9)]
    better = [{"accuracy": a + 0.05, "mse": 0.1, "cpu_s": 1.0, "broadcasts": 2.0, "passes": 2} for a in (0.1, 0.9)]
    line = claim_pages.text_of(table, rows, ["", ""], [base, better])[-2]
    assert "| +0.050 ± 0.000 |" in line and line.startswith("| rule | 0.550 ±") and "| 2 | 2 |" in line


def test_what_explodes_counts_as_diverged_where_the_table_says_so():
    table = {"title": "t", "score": "mse", "diverged_above": 1.0}
    text = claim_pages.text_of(table, [{"label": "a"}], [""], [[{"mse": 0.5, "cpu_s": 1.0}, {"mse": 7.0, "cpu_s": 1.0}]])
    assert "0.5000 (1 of 2 diverged)" in text[-2]


def test_a_summary_shows_what_each_loses_from_table_to_table():
    parts = [({"title": title}, [{"label": "a"}], [[{"accuracy": value} for value in values]])
             for title, values in (("ideal", (0.9, 0.8)), ("chip", (0.7, 0.6)))]
    assert claim_pages.summary("accuracy", parts)[-2] == "| a | 0.850 ± 0.635 | 0.650 ± 0.635 (-0.200 ± 0.000) |"


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_row_of_every_table_is_an_experiment(path):
    """Settings are read and checked as `neurosim run` would."""
    from neurosim.experiment import experiment_of
    plan = tomllib.loads(path.read_text())
    labels = [row["label"] for row in plan.get("row", [])]
    for table in plan["table"]:
        rows = claim_cases.rows_of(plan, table)
        assert rows and (table.get("use", "all") == "all" or set(table["use"]) <= set(labels))
        assert "against" not in table or table["against"] in [row["label"] for row in rows]
        for row in rows:
            for setting in claim_cases.settings_of(row) or [{}]:
                if "rates_of" not in table:
                    experiment_of(claim_cases.case_of(table, claim_cases.merged(row, setting), 1, True)["experiment"], EXAMPLES / path.name)
