"""Every part keeps what it remembers where one walk finds it: put back into a part made afresh, it goes on with the same bytes."""
from __future__ import annotations

import sys
from typing import NamedTuple

import assemble
import components
import numpy as np
import pytest

from neurosim import loop
from neurosim.arguments import Scratch
from neurosim.errors import InputError
from neurosim.standing import arrays_of, digests_of, moved, put_back

STEPS, FEW = 4, 2  # of each part alone; of several together, in the gate
LISTS = {
    "neuron": components.NEURONS, "synapses": components.SYNAPSES, "device": components.DEVICES, "circuit": components.CIRCUITS,
    "rule": components.RULES, "channel": components.CHANNELS, "decorrelation": assemble.DECORRELATIONS, "readout": assemble.LEAKS}
TOGETHER = {  # with which a part has something to remember
    "updater": {"update": "sequence", "device": "soft bounds"}, "gatherer": {"update": "sequence", "device": "soft bounds"},
    "scheme": {"update": "step", "device": "soft bounds"}}




def alone():
    """Every part by itself, under both updates."""
    for kind, parts in LISTS.items():
        for name in parts:
            for update in ("sequence",) if name in components.NEEDS_SEQUENCE else ("step", "sequence"):
                yield {"rule": "anp", kind: name, "update": update}
    yield from gathering()


def gathering():
    """What updates pass on their way to devices of pulses."""
    for kind, rest in TOGETHER.items():
        for name in {"updater": components.UPDATERS, "gatherer": components.GATHERERS, "scheme": components.SCHEMES}[kind]:
            yield {"rule": "anp", **rest, kind: name}


def together():
    """Every part once, several in a network."""
    groups = (("neuron", "synapses", "channel", "readout"), {"rule": "anp"}), (("rule", "device", "circuit", "decorrelation"), {})
    for kinds, rule in groups:
        for k in range(max(len(LISTS[kind]) for kind in kinds)):
            parts = {**rule, **{kind: list(LISTS[kind])[k % len(LISTS[kind])] for kind in kinds}}
            yield {**parts, "update": "sequence" if k % 2 or parts["rule"] in components.NEEDS_SEQUENCE else "step"}
    yield from gathering()


def advance(wired, blocks, first, start, steps):
    network, schedule, state = wired
    x, y, weight, _ = blocks
    starts = np.full(len(x), start, np.uint8)
    losses, kept = np.zeros((len(x), 2), np.float32), assemble.recording(len(x), steps, 1, 5, 2, np.float32)
    with np.errstate(all="ignore"):
        done = loop.run(network, schedule, kept, state, x, y, weight, starts, losses, 3, first, 0)
    return done, losses.tobytes(), kept.outputs.tobytes(), kept.hidden.tobytes()


def check(parts, steps=FEW):
    first, second = (assemble.data(1, steps, seed=seed) for seed in (1, 2))
    unbroken = assemble.make(**parts, steps=steps)
    fresh = digests_of(arrays_of(unbroken))
    done = advance(unbroken, first, 0, 1, steps)[0]
    kept = moved(arrays_of(unbroken), fresh)
    wanted = advance(unbroken, second, done, 0, steps), digests_of(arrays_of(unbroken))
    other = assemble.make(**parts, steps=steps)
    put_back(arrays_of(other), kept)
    assert (advance(other, second, done, 0, steps), digests_of(arrays_of(other))) == wanted
    return kept


@pytest.mark.parametrize("parts", list(together()), ids=lambda parts: ", ".join(parts.values()))
def test_what_parts_remember_can_be_put_back(parts):
    assert check(parts)


@pytest.mark.slow
@pytest.mark.parametrize("parts", list(alone()), ids=lambda parts: ", ".join(parts.values()))
def test_what_a_part_remembers_can_be_put_back(parts):
    assert check(parts, STEPS)


def test_every_listed_part_is_among_them():
    seen = {(kind, name) for parts in together() for kind, name in parts.items()}
    assert {(kind, name) for kind, parts in LISTS.items() for name in parts} <= seen


@pytest.mark.parametrize(("parts", "lost"), [
    ({"update": "sequence", "updater": "adam"}, "updater/mean"), ({"neuron": "leaky"}, "2/x"), ({}, "request/rank"),
    ({"channel": "delayed"}, "channel"), ({"circuit": "quiet", "device": "drift"}, "clock")], ids=str)
def test_something_that_is_not_put_back_is_noticed(monkeypatch, parts, lost):
    kept = moved

    def without(arrays, fresh):
        return {name: array for name, array in kept(arrays, fresh).items() if lost not in name}

    check({"rule": "anp", "update": "step", **parts})
    monkeypatch.setattr(sys.modules[__name__], "moved", without)
    with pytest.raises(AssertionError):
        check({"rule": "anp", "update": "step", **parts})


class Pair(NamedTuple):
    left: object
    right: object


def test_paths_are_names_of_fields_and_shared_memory_is_listed_once():
    row = np.arange(4.0)
    part = {"a": Pair(row, (row, Pair(row[:2], 3.0))), "b": Pair(row.reshape(2, 2), np.zeros(0))}
    assert {path: array.size for path, array in arrays_of(part).items()} == {"a/left": 4, "a/right/1/left": 2}


def test_workspace_is_left_out():
    row = np.ones(3)
    assert arrays_of(Pair(Scratch(*[row] * 11), None)) == {}


def test_only_what_moved_is_kept():
    part = Pair(np.zeros(3), np.zeros(2))
    fresh = digests_of(arrays_of(part))
    part.right[1] = 5
    kept = moved(arrays_of(part), fresh)
    part.right[1] = 6
    assert list(kept) == ["right"] and kept["right"][1] == 5  # a copy


@pytest.mark.parametrize("kept", [{"up": np.ones(2)}, {"right": np.ones(3)}, {"right": np.ones(2, np.float32)}])
def test_what_does_not_fit_is_refused_and_changes_nothing(kept):
    part = Pair(np.zeros(3), np.zeros(2))
    with pytest.raises(InputError, match="^checkpoint: "):
        put_back(arrays_of(part), {"left": np.ones(3), **kept})
    assert not part.left.any()
