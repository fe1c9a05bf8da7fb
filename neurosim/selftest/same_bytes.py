"""Same settings, same bytes: in every process, with any number of threads, in pieces of any length, side by side and one by one.

All combinations are run as plain Python, whose bytes are those of the compiled loop; each rule and each class of devices compiled too.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..generators import generator
from .one_process import differences
from .promise import Outcome, Size
from .small_training import Combination, Span, every, few, places, representatives

COMMAND = (sys.executable, "-m", "neurosim.selftest.one_process")
STREAM = 7112
THREADS = {"short": (1, 2), "full": (1, 2, 4)}  # a process each, one after the other
SPLITS, SPLIT = {"short": 15, "full": 200}, {"short": 5, "full": 10}  # runs that are cut, and of how many combinations
BATCHES = {"short": 5, "full": None}  # profiles whose samples are shown side by side; all classes
EPOCHS = {"short": 1, "full": 2}
SPANS = {"short": Span(3, 2), "full": Span(20, 5)}
MOST_CUTS = 3
HIDDEN, HIDDEN_COMPILED = 4, 32  # fewer than 32 are stored the other way round
COUNTERS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
LONGEST_S = 4 * 3600


class Found(NamedTuple):
    """What the first process printed, and in what the others differ from it."""

    printed: Mapping[str, Any]
    failures: list[str]


def check(size: Size, seed: int, folder: Path, command: Sequence[str] = COMMAND) -> Outcome:
    """Run everything in several processes; see `promise.Check`."""
    some, threads, rng, draws = few(), THREADS[size], generator(seed, STREAM), SPLITS[size]
    cut = {"span": SPANS[size], "split": [
        [*combination, ends_of(combination, SPANS[size], rng)] for combination in (some[k % SPLIT[size]] for k in range(draws))]}
    common = {"seed": seed, "hidden": HIDDEN, "epochs": EPOCHS[size], "batched": representatives()[:BATCHES[size]]}
    if size == "short":
        first = compared({**common, **cut, "trained": some}, threads, True, folder, command)
        found = [first]
    else:
        first = compared({**common, "trained": every()}, threads, True, folder, command)
        found = [first, compared({**common, **cut, "trained": some, "hidden": HIDDEN_COMPILED}, threads, False, folder, command)]
    failures = [text for one in found for text in one.failures]
    run = [result for one in found for result in one.printed["trained"].values() if "refused" not in result]
    refused = Counter(result["refused"] for result in first.printed["trained"].values() if "refused" in result)
    wrong = sum("moved" not in result for result in run)
    moved = sum(result.get("moved") == "yes" for result in run)
    batches = sum(len(one.printed["batched"]) for one in found)
    compiled = "" if size == "short" else f", {len(some)} of them compiled too"
    count = len(first.printed["trained"]) - refused.total()
    figure = (
        f"{count} combinations of rule and profile{compiled}, in {len(threads)} processes with {' / '.join(map(str, threads))} threads, "
        f"{draws} random splits, {batches} batches: {len(failures)} differences; weights moved in {moved} of {len(run) - wrong} trainings")
    skipped = tuple(f"{count} combinations: {text}" for text, count in refused.items())
    return Outcome(len(run) + draws + batches if run else 0, tuple(failures), figure, skipped)


def ends_of(combination: Combination, span: Span, rng: np.random.Generator) -> list[int]:
    """Steps after which a run is cut: one to three of those that are possible."""
    possible = places(combination.rule, span)
    count = min(int(rng.integers(1, MOST_CUTS + 1)), len(possible))
    return sorted(int(end) for end in rng.choice(possible, count, replace=False))


def compared(work: Mapping[str, Any], threads: Sequence[int], is_plain: bool, folder: Path, command: Sequence[str] = COMMAND) -> Found:
    """Do the same in a process for each number of threads; splits and batches, which are compared with themselves, in the first alone."""
    how = "plain" if is_plain else "compiled"
    printed: list[Mapping[str, Any]] = []
    for k, count in enumerate(threads):
        file = folder / f"{how}-{k}.json"
        file.write_text(json.dumps(work if k == 0 else {**work, "split": (), "batched": ()}), encoding="utf-8")
        ended = subprocess.run(
            [*command, str(file)], env=environment(count, k, is_plain), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=LONGEST_S)
        if ended.returncode:
            empty: dict[str, Any] = {"trained": {}, "split": [], "batched": {}}
            text = f"{how}, threads = {count}: the process ended with {ended.returncode}: {ended.stderr.strip()[-300:]}"
            return Found(printed[0] if printed else empty, [text])
        printed.append(json.loads(ended.stdout))
    one, *others = printed
    failures = [f"{name}, {how}: {result['failed']}" for name, result in one["trained"].items() if "failed" in result]
    for count, other in zip(threads[1:], others, strict=True):
        for name in differences(one["trained"], other["trained"]):
            parts = ", ".join(differences(one["trained"].get(name, {}), other["trained"].get(name, {})))
            failures.append(f"{name}, {how}: {parts} differ between processes with {threads[0]} and {count} threads")
    for (rule, profile, ends), names in zip(work.get("split", ()), one["split"], strict=True):
        if names:
            after = ", ".join(map(str, ends))
            failures.append(f"{Combination(rule, profile)}, {how}: cut after step {after}, {len(names)} arrays differ, first {names[0]}")
    failures += [f"{name}, {how}: samples side by side differ from samples one by one" for name, same in one["batched"].items() if not same]
    return Found(one, failures)


def environment(threads: int, hash_seed: int, is_plain: bool) -> dict[str, str]:
    """Variables of a process with so many threads, and another order of sets."""
    found = {name: value for name, value in os.environ.items() if name != "NEUROSIM_PYTHON"}
    found |= dict.fromkeys(COUNTERS, str(threads))
    found |= {"PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return {**found, "NEUROSIM_PYTHON": "1"} if is_plain else found
