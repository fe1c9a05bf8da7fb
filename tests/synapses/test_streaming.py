"""The pass that writes and reads exact weights: the bits of the row kernels, whatever the shape and the list of rows."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.circuits.quiet import Quiet
from neurosim.compiled import compiled
from neurosim.devices.ideal import Ideal
from neurosim.eligibilities.lateral import Lateral, OffDiagonal
from neurosim.eligibilities.outer import Outer
from neurosim.storage import zeros
from neurosim.synapses.rows import deliver_rows, fused_rows, outer_rows
from neurosim.synapses.streaming import lay_out, lay_sums, send, stream, strip_for, take_up
from neurosim.vectors import own_length


def by_rows(g, rows, n, pre, post, z, current):
    """What a pass has to give: every row written, then sent."""
    for e in range(0, n, 4):
        four = rows[e:e + 4]
        outer_rows(g, *four, pre, post, 0, 1, *four)
        deliver_rows(Ideal(), g, *four, z, current, g.shape[1])


def in_vectors(g, rows, n, pre, post, z, current, strip):
    """The pass of exact weights."""
    lay_out(post, current, strip)
    stream(Outer(), g, rows, n, pre, post, post[0, 0], z, strip)
    take_up(strip, current)


def in_slots(g, rows, n, pre, post, z, current, strip):
    """The pass of any device without draws."""
    lay_out(post, current, strip)
    fused_rows(Ideal(), Quiet(), Outer(), g, rows, n, pre, post, post[0, 0], z, strip, current, current)
    take_up(strip, current)


def reading(g, rows, n, z, current, strip):
    """The pass that does not write."""
    lay_sums(current, strip)
    send(g, rows, n, z, strip)
    take_up(strip, current)


def case(dtype, n_rows, width, seed=1):
    """Random weights, request, activity and sums; -0.0 among them."""
    rng, arrays = np.random.default_rng(seed), []
    for shape in ((n_rows, width), (1, n_rows), (1, width), (2, n_rows), (2, width)):
        array = zeros(shape, dtype)
        array[...] = rng.normal(size=shape)
        array.flat[::7] = -0.0
        arrays.append(array)
    g, pre, post, z, current = arrays
    return g, rng.permutation(n_rows), n_rows // 2 // 4 * 4, pre, post, z, current


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_rows, width", [(8, 64), (16, 128), (24, 448), (12, 512)])
@pytest.mark.parametrize("one_pass", [in_vectors, in_slots])
def test_one_pass_gives_the_bits_of_the_rows_and_leaves_other_rows_alone(one_pass, dtype, n_rows, width):
    want, got = case(dtype, n_rows, width), case(dtype, n_rows, width)
    untouched = want[0][want[1][want[2]:]].copy()
    by_rows(*want)
    compiled(one_pass)(*got, strip_for(width, dtype, got[0]))
    for a, b in zip(want, got):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()
    assert (got[0][got[1][got[2]:]] == untouched).all() and (got[6] != case(dtype, n_rows, width)[6]).any()


def test_what_the_strip_held_before_does_not_matter():
    first, second = case(np.float32, 8, 64), case(np.float32, 8, 64)
    dirty = strip_for(64, np.float32)
    dirty[...] = np.nan
    in_vectors(*first, strip_for(64, np.float32))
    in_vectors(*second, dirty)
    assert (first[6] == second[6]).all() and (first[0] == second[0]).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_that_are_only_read_give_the_bits_of_the_rows_and_stay(dtype):
    g, rows, n, _, _, z, want = case(dtype, 16, 128)
    before, got = g.copy(), want.copy()
    for e in range(0, n, 4):
        deliver_rows(Ideal(), g, *rows[e:e + 4], z, want, 128)
    compiled(reading)(g, rows, n, z, got, strip_for(128, dtype, g))
    assert want.tobytes() == got.tobytes() and g.tobytes() == before.tobytes() and want.any()


def decorrelating_in_slots(eligibility, g, rows, n, pre, post, z, current, strip, weight):
    """The pass of any device without draws; the third factor is that of a request to decorrelate."""
    lay_out(post, current, strip)
    fused_rows(Ideal(), Quiet(), eligibility, g, rows, n, pre, post, -post[0, 1], z, strip, current, weight)
    take_up(strip, current)


def decorrelating_in_vectors(eligibility, g, rows, n, pre, post, z, current, strip, weight):
    """The pass of exact weights."""
    lay_out(post, current, strip)
    stream(eligibility, g, rows, n, pre, post, -post[0, 1], z, strip)
    take_up(strip, current)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_rows, width", [(8, 64), (64, 64), (100, 128), (24, 512)])
@pytest.mark.parametrize("is_in_order", [True, False])
@pytest.mark.parametrize("form", ["published", "head"])
def test_decorrelating_gives_the_bits_of_the_rows(form, is_in_order, dtype, n_rows, width):
    want, got = case(dtype, n_rows, width), case(dtype, n_rows, width)
    if is_in_order:
        for arrays in (want, got):
            arrays[1].sort()
    square = zeros(width, dtype)
    square[...] = np.random.default_rng(3).normal(size=width)
    eligibility = OffDiagonal() if form == "published" else Lateral(square)
    diagonal = np.diagonal(want[0]).copy()
    decorrelating_in_slots(eligibility, *want, strip_for(width, dtype, want[0]), zeros((4, width), dtype))
    compiled(decorrelating_in_vectors)(eligibility, *got, strip_for(width, dtype, got[0]), zeros((4, width), dtype))
    for a, b in zip(want, got):
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes()
    assert (got[0] != case(dtype, n_rows, width)[0]).any() and (got[6] != case(dtype, n_rows, width)[6]).any()
    if form == "published":
        assert (np.diagonal(got[0]) == diagonal).all()


@pytest.mark.parametrize("features, length", [("+avx2,+fma,-avx512f", 32), ("+avx2,+avx512f,+fma", 64), ("", 32)])
def test_vectors_are_as_long_as_the_registers_of_the_machine(features, length):
    class Context:
        def codegen(self):
            return self

        def magic_tuple(self):
            return "x86_64", "some", features

    assert own_length(Context()) == length
