"""ReckOn's write of a weight: its truth table, and its statistics."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.contract import draws, program, roll, sense
from neurosim.devices.plus_minus_one import plus_minus_one
from neurosim.digital.reckon import stochastic_update
from neurosim.random import Key, words
from neurosim.workspace import workspace

LSB = np.float64(1 / 128)
DEVICE = plus_minus_one(LSB, 8, np.float64)
SAMPLES = 20_480


def by_hand(weight, request, lr_p, lr_r, word):
    """The rule in Python's unbounded integers: p = sat32(|d| << lr_p) >> lr_r, w + sign(d) if p >= word, no wrap."""
    if request == 0:
        return weight
    p = min(abs(request) * 2**lr_p, 0xFFFFFFFF) // 2**lr_r
    moved = weight + (1 if request > 0 else -1)
    return moved if (p >= word or request == -2**31) and moved in range(-128, 128) else weight


def test_the_update_is_the_rule_of_the_chip():
    rng, moved = np.random.default_rng(3), 0
    for _ in range(5000):
        weight, word = int(rng.integers(-128, 128)), int(rng.integers(0, 2**32)) >> int(rng.integers(0, 31))
        request = int(rng.integers(-2**31, 2**31)) >> int(rng.integers(0, 31))
        lr_p, lr_r = (int(shift) for shift in rng.integers(0, 32, 2))
        found = stochastic_update(np.int64(weight), np.int64(request), lr_p, lr_r, np.int64(word))
        assert found == by_hand(weight, request, lr_p, lr_r, word)
        moved += found != weight
    assert 500 < moved < 4500


@pytest.mark.parametrize(("weight", "asked", "lr_p", "lr_r", "word", "left"), [
    (5, 7, 4, 0, 112, 6), (5, 7, 4, 0, 113, 5), (5, -7, 4, 2, 28, 4), (5, -7, 4, 2, 29, 5), (5, 0, 31, 0, 0, 5),
    (5, 3, 31, 0, 2**32 - 1, 6), (5, 3, 31, 1, 2**31 - 1, 6), (5, 3, 31, 1, 2**31, 5),  # 3 << 31 saturates at 2^32 - 1
    (127, 9, 31, 0, 0, 127), (-128, -9, 31, 0, 0, -128), (-127, -9, 31, 0, 0, -128), (5, -2**31, 0, 31, 2**32 - 1, 4)])
def test_single_cases_by_hand(weight, asked, lr_p, lr_r, word, left):
    assert stochastic_update(np.int64(weight), np.int64(asked), lr_p, lr_r, np.int64(word)) == left


def write(level, asked, word):
    """Level after a request of so many levels, with this random word."""
    return program(DEVICE, 0, 0, np.float64(level), LSB * asked, np.float64(word >> 16), np.float64(word & 0xFFFF), np.float64(0))


@pytest.mark.parametrize("asked", [0.25, -0.25, 0.75, 2.0**-20, 1.0, 3.5])
def test_a_write_moves_by_one_if_the_word_is_below_the_share_of_a_level(asked):
    chance = min(abs(asked), 1) * 2**32
    for word in (0, int(chance) - 1, min(int(chance), 2**32 - 1), min(int(chance) + 1, 2**32 - 1), 2**32 - 1):
        assert write(3, asked, word) == 3 + (np.sign(asked) if min(chance, 2**32 - 1) >= word else 0)


def test_the_random_words_have_all_32_bits_and_are_those_of_the_key():
    scratch, key = workspace(0, 128, np.float32), Key(3, 4, 5)
    roll(DEVICE, key, 64, scratch)
    found = scratch.uniform.astype(np.int64) * 2**16 + scratch.normal.astype(np.int64)
    assert draws(DEVICE) == 2
    for cell in (0, 17, 40, 63, 127):
        counter, word = 16 * ((64 + cell) // 64) + cell % 16, (64 + cell) % 64 // 16
        assert found[cell] == int(words(key, counter)[word])
    assert len(set(found & 0xFFFF)) > 100


@pytest.mark.parametrize("asked", [0.3, -0.07, 0.9])
def test_the_mean_change_is_the_request(asked):
    """20480 writes; the variance of one is p (1 - p), 5 sigma."""
    scratch = workspace(0, SAMPLES, np.float32)
    roll(DEVICE, Key(1, 2, 3), 0, scratch)
    drawn = zip(scratch.uniform, scratch.normal)
    moves = [program(DEVICE, 0, 0, np.float64(3), LSB * asked, u, n, u) - 3 for u, n in drawn]
    p = abs(asked)
    assert abs(np.mean(moves) - asked) < 5 * np.sqrt(p * (1 - p) / SAMPLES)
    assert set(moves) == {0, np.sign(asked)}


def test_a_level_is_a_weight():
    assert sense(DEVICE, 0, 0, np.float64(-5)) == -5 * LSB
