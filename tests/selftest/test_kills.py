"""The promise about killed workers and commands: kept, and a table that is another one is found."""
from __future__ import annotations

import shutil

from neurosim.compare import store
from neurosim.selftest import kills


def test_killed_workers_and_a_killed_command_change_no_table(tmp_path):
    found = kills.check("short", 1, tmp_path)
    assert found.is_kept and found.checked == 3, found.failures


def test_another_table_and_what_is_left_are_found(tmp_path):
    for name in ("whole", "found"):
        (tmp_path / name / store.RUNS).mkdir(parents=True)
        for file in kills.NAMES:
            (tmp_path / name / file).write_text("x")
    assert kills.differences(tmp_path / "found", tmp_path / "whole") == []
    (tmp_path / "found" / store.RESULTS).write_text("y")
    (tmp_path / "found" / store.PLAN).unlink()
    (tmp_path / "found" / store.RUNS / ".a.part").mkdir()
    assert kills.differences(tmp_path / "found", tmp_path / "whole") == [
        "results.csv is another", "plan.json is another", ".a.part is left in runs"]


def test_a_comparison_that_is_over_too_soon_is_no_proof(tmp_path, monkeypatch):
    """Nobody is killed, and the command ends by itself: the promise says so instead of being kept."""
    def compare(wanted, file, folder, workers=1):
        (folder / store.RUNS).mkdir(parents=True)
        for name in kills.NAMES:
            (folder / name).write_text("x")

    class Over:
        def poll(self):
            return 0

        def kill(self):
            shutil.copytree(tmp_path / "whole", tmp_path / "commands", dirs_exist_ok=True)

        def wait(self):
            return 0
    monkeypatch.setattr(kills.study, "compare", compare)
    monkeypatch.setattr(kills, "started", lambda arguments, processes: Over())
    found = kills.check("short", 1, tmp_path)
    assert found.failures == ("only 0 of 2 workers could be killed before the comparison was over",
                              "the comparison was over before it was killed 1 times")
