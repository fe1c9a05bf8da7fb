"""What the machine can do is measured at every level of its caches."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.bench import limits, machine
from neurosim.bench.machine import Caches


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def folder_with(place, *caches):
    for k, (kind, level, size) in enumerate(caches):
        (place / f"index{k}").mkdir()
        for name, text in (("type", kind), ("level", level), ("size", size)):
            (place / f"index{k}" / name).write_text(f"{text}\n")
    return place


def test_caches_are_those_of_the_machine(tmp_path):
    found = machine.caches(folder_with(
        tmp_path, ("Data", 1, "48K"), ("Instruction", 1, "32K"), ("Unified", 2, "1024K"), ("Unified", 3, "16M")))
    assert found == Caches({"L1": 48 * 1024, "L2": 2**20, "L3": 2**24}, True)
    assert [found.level(size) for size in (48 * 1024, 48 * 1024 + 1, 2**24, 2**25)] == ["L1", "L2", "L3", "memory"]


@pytest.mark.parametrize("size", ["many", "", "-"])
def test_caches_that_cannot_be_read_are_assumed(tmp_path, size):
    assert machine.caches(tmp_path) == Caches(machine.USUAL, False)
    assert not machine.caches(folder_with(tmp_path, ("Data", 1, size))).is_known


def test_every_level_is_measured_and_assumed_sizes_are_marked(monkeypatch):
    monkeypatch.setattr(limits, "caches", lambda: Caches({"L1": 128, "L2": 256}, False))
    lines = limits.measure(1, 256, 8)
    assert [(line.what, line.where[:2]) for line in lines] == [
        *[(what, place) for what in ("read", "update") for place in ("L1", "L2", "me")], ("sgemm", "Nu")]
    assert all(line.rate.median > 0 for line in lines) and all("assumed" in line.where for line in lines[:-1])


def test_the_kernels_touch_every_word():
    words = np.arange(5, dtype=np.uint64)
    assert limits.read(words, 2) == 30 and words[0] == 30  # 10, which becomes the first word, and 10 + 10 again
    limits.update(words, np.uint64(2), 3)
    assert words.tolist() == [36, 7, 8, 9, 10]


def test_sizes_are_written_as_people_do():
    assert [limits.size_text(size) for size in (512, 2048, 3 * 2**20)] == ["512 B", "2 KiB", "3 MiB"]
