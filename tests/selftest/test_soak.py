"""Memory and time of long learning: kept here, and what leaks or becomes slower is found."""
from __future__ import annotations

import sys

import pytest

from neurosim.selftest import soak
from neurosim.selftest.soak import Length, Sample, judged

LENGTH = Length(10, 100, False, 0.97)
WORSE = """
import time
from neurosim import trainer
from neurosim.selftest import soak
held, looked = [], trainer.astray
def leak_and_dawdle(arrays):
    held.append(b"x" * (100_000 + len(held)))
    until = time.process_time() + 2e-5 * len(held)
    while time.process_time() < until:
        pass
    return looked(arrays)
trainer.astray = leak_and_dawdle
soak.LENGTHS["short"] = soak.Length(10, 500, False, 0.8)
soak.main()
"""


def test_a_long_run_takes_no_more_memory_and_no_more_time_at_the_end(tmp_path):
    outcome = soak.check("short", 1, tmp_path)
    assert outcome.is_kept and outcome.checked == 50_000, outcome.failures


def test_a_run_that_leaks_and_becomes_slower_is_found(tmp_path, monkeypatch):
    monkeypatch.setitem(soak.LENGTHS, "short", Length(10, 500, False, 0.8))
    outcome = soak.check("short", 1, tmp_path, (sys.executable, "-c", WORSE))
    assert [text.partition(" ")[0] for text in outcome.failures] == ["memory", "steps"], outcome.failures


def test_a_run_that_breaks_down_is_found(tmp_path):
    outcome = soak.check("short", 1, tmp_path, (sys.executable, "-c", "import sys; sys.exit('no chip')"))
    assert not outcome.is_kept and outcome.failures == ("the process ended with 1: no chip",)


def samples(step_s=lambda k: 1e-5, work_s=lambda k: 1e-3, resident=lambda k: 10**8, count=200):
    return [Sample(5 * (k + 1), step_s(k), work_s(k), resident(k)) for k in range(count)]


@pytest.mark.parametrize(("found", "said"), [
    (samples(), ""),
    (samples(resident=lambda k: 10**8 + 5 * 10**3 * k), ""),  # 0.8 %
    (samples(resident=lambda k: 10**8 + 7 * 10**3 * k), "memory grew by 1.12 %"),
    (samples(resident=lambda k: 10**8 + 10**9 * (k == 190)), ""),
    (samples(step_s=lambda k: 1e-5 * (1 + 0.02 * k / 200)), ""),
    (samples(step_s=lambda k: 1e-5 * (1 + 0.05 * k / 200)), "done at 0.962 of the rate"),
    (samples(lambda k: 1e-5 * (1 + k / 200), lambda k: 1e-3 * (1 + k / 200)), ""),  # all of the machine is slower
    (samples(count=199), "995 of 1000 steps"), ([], "0 of 1000 steps"), (samples()[180:], "in 20 blocks")])
def test_growth_and_slowdown_are_found(found, said):
    outcome = judged(found, LENGTH)
    assert said in " ".join(outcome.failures)
    assert outcome.is_kept == (not said)
