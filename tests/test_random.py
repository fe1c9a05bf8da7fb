"""Counter-based random numbers."""
from __future__ import annotations

from itertools import combinations
from math import erf

import numpy as np
import pytest
from assemble import IS_PLAIN, maybe_compiled

from neurosim import verbs as loop
from neurosim.devices.pulses import SECOND
from neurosim.random import Key, box_muller, fill_normal, fill_normal_at, fill_uniform, philox, unit, words

N = 4_096 if IS_PLAIN else 262_144
LANES = 8  # whose read noise is drawn device by device


@maybe_compiled
def fill(is_normal, key, first, out):
    """Either kind."""
    if is_normal:
        fill_normal(key, first, out)
    else:
        fill_uniform(key, first, out)


def drawn(is_normal, key=Key(1, 2, 3), first=0, n=N):  # noqa: B008 (a key is immutable)
    out = np.zeros(n, np.float32)
    fill(is_normal, key, first, out)
    return out


KINDS = pytest.mark.parametrize("is_normal", [True, False], ids=["normal", "uniform"])


@pytest.mark.parametrize(("counter", "key", "wanted"), [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
     (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1))])
def test_philox_gives_the_published_answers(counter, key, wanted):
    """Known answers of Philox-4x32-10 from the Random123 distribution (kat_vectors)."""
    assert philox(*map(np.uint64, counter + key)) == wanted


def test_seed_stream_and_step_are_parts_of_the_counter():
    """Counter (cell, step, stream, 0), key = the two halves of the seed."""
    seed = 0x123456789ABCDEF0
    wanted = philox(*map(np.uint64, (7, 11, 5, 0, seed & 0xFFFFFFFF, seed >> 32)))
    assert words(Key(seed, 5, 11), 7) == wanted


def test_cells_take_their_words_in_the_stated_layout():
    """Cell k uses word (k % 64) // 16 of counter 16 (k // 64) + k % 16."""
    key, uniform, normal = Key(1, 2, 3), drawn(False, n=128), drawn(True, n=128)
    for k in (0, 15, 16, 63, 64, 100, 127):
        word = words(key, 16 * (k // 64) + k % 16)
        j = (k % 64) // 16
        assert uniform[k] == unit(word[j])
        assert normal[k] == box_muller(word[j // 2 * 2], word[j // 2 * 2 + 1])[j % 2]


@maybe_compiled
def fill_at(key, first, cells, n, out):
    """Single cells."""
    fill_normal_at(key, first, cells, n, out)


def test_single_cells_draw_what_they_draw_among_others():
    """In any order, of any row; the last block of 16 is filled up with whatever is listed behind."""
    key, everything = Key(1, 2, 3), drawn(True, n=512)
    cells = np.random.default_rng(1).permutation(256)
    for first in (0, 64, 256):
        for n in (1, 16, 17, 250):
            out = np.zeros(256, np.float32)
            fill_at(key, first, cells, n, out)
            assert (out[:n] == everything[first + cells[:n]]).all()


@KINDS
def test_a_longer_array_starts_with_the_shorter_one(is_normal):
    long = drawn(is_normal, n=1024)
    for n in (64, 192, 512):
        assert (drawn(is_normal, n=n) == long[:n]).all()
        assert (drawn(is_normal, first=n, n=128) == long[n:n + 128]).all()


@KINDS
def test_same_key_same_draw_and_every_part_of_the_key_counts(is_normal):
    keys = [Key(1, 2, 3), Key(2, 2, 3), Key(1, 3, 3), Key(1, 2, 4), Key(1 + 2**32, 2, 3)]
    draws = [drawn(is_normal, key, n=64) for key in keys]
    assert (drawn(is_normal, keys[0], n=64) == draws[0]).all()
    for a, b in combinations(draws, 2):
        assert (a == b).mean() < 0.05


@KINDS
def test_streams_steps_and_seeds_are_uncorrelated(is_normal):
    """Neighbouring keys and neighbouring cells, also of the squares."""
    keys = (Key(1, 2, 3), Key(2, 2, 3), Key(1, 3, 3), Key(1, 2, 4))
    draws = [drawn(is_normal, key).astype(np.float64) for key in keys]
    pairs = [*combinations(draws, 2), *((draws[0][k:], draws[0][:-k]) for k in (1, 16, 32, 48, 64))]
    for a, b in pairs:
        for power in (1, 2):
            x, y = (v**power - (v**power).mean() for v in (a, b))
            assert abs((x * y).mean()) < 5 * x.std() * y.std() / np.sqrt(a.size)


@pytest.mark.parametrize(
    ("is_normal", "moments", "variances"), [
        (True, (0, 1, 0, 3), (1, 2, 15, 96)),
        (False, (1 / 2, 1 / 3, 1 / 4, 1 / 5), (1 / 12, 4 / 45, 9 / 112, 16 / 225))],
    ids=["normal", "uniform"])
def test_first_four_moments(is_normal, moments, variances):
    """Within 5 standard errors; `variances` are those of x, x^2, x^3, x^4."""
    x = drawn(is_normal).astype(np.float64)
    for power, moment, variance in zip((1, 2, 3, 4), moments, variances, strict=True):
        assert abs((x**power).mean() - moment) < 5 * np.sqrt(variance / x.size)


@KINDS
def test_distribution_function(is_normal):
    """Kolmogorov-Smirnov: root n times the largest gap below 2.75 (5 sigma)."""
    x = np.sort(drawn(is_normal).astype(np.float64))
    theory = np.array([0.5 * (1 + erf(v / np.sqrt(2))) for v in x]) if is_normal else x
    steps = np.arange(x.size + 1) / x.size
    assert max((steps[1:] - theory).max(), (theory - steps[:-1]).max()) * np.sqrt(x.size) < 2.75


def test_uniforms_are_on_24_bits_below_one():
    x = drawn(False).astype(np.float64)
    assert (x >= 0).all() and (x < 1).all() and (x * 2**24 == np.rint(x * 2**24)).all()
    assert unit(np.uint64(0xFFFFFFFF)) == np.float32(1 - 2**-24) and unit(np.uint64(255)) == 0


def test_extreme_words_give_finite_normals():
    """The smallest radius and the largest, 5.9; never the root of a negative number."""
    for a in (0, 255, 256, 0x7FFFFFFF, 0x80000000, 0xFFFFFEFF, 0xFFFFFF00, 0xFFFFFFFF):
        for b in (0, 0x20000000, 0x3FFFFFFF, 0xFFFFFFFF):
            z = box_muller(np.uint64(a), np.uint64(b))
            assert np.hypot(*z) < 5.9
    assert np.hypot(*box_muller(np.uint64(0), np.uint64(0))) > 5.8


@KINDS
def test_plain_python_draws_the_same_bits(is_normal):
    """Trivially true in the plain-Python run of the suite."""
    out = np.zeros(256, np.float32)
    getattr(fill, "py_func", fill)(is_normal, Key(1, 2, 3), 64, out)
    assert (out == drawn(is_normal, first=64, n=256)).all()


@KINDS
def test_double_precision_sees_the_same_noise(is_normal):
    out = np.zeros(128)
    (fill_normal if is_normal else fill_uniform)(Key(1, 2, 3), 0, out)
    assert (out == drawn(is_normal, n=128)).all()


def test_no_two_purposes_of_the_loop_share_a_stream():
    """Populations, channel; writing (three draws), reading (also device by device) and jitter of five projections."""
    numbers = (loop.IN, loop.RECURRENT, loop.LATERAL, loop.OUT, loop.INPUT_LATERAL)
    used = [loop.HIDDEN_NOISE, loop.OUTPUT_NOISE, loop.HIDDEN_NEURON, loop.OUTPUT_NEURON, loop.CHANNEL, loop.CHOICE]
    used += [loop.HIDDEN_NOISE + 64]  # which neurons of a subset
    used += [loop.WRITE + n + k * SECOND for n in numbers for k in range(3)]
    used += [loop.READ + n for n in numbers] + [loop.JITTER + n for n in numbers]
    used += [loop.READ + n + offset + 128 * l for n in numbers for offset in (64, 128) for l in range(LANES)]
    assert len(set(used)) == len(used)
