"""Rows of exact weights in one pass: written, read by two lanes, and left behind, with explicit vectors.

A store and a later load whose addresses agree in their last 12 bits make the processor wait, as if the load needed what was stored; LLVM
cannot know that, and rows of 512 or 1024 numbers agree in them all the time.  So what a sweep reads and adds up beside the rows lies in a
strip of its own (`strip_for`), as far from the rows, modulo 4096 bytes, as there is room.
"""
from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from ..slots import UNWRAPPED, constant, shared, slot
from ..storage import PAD, padded
from ..vectors import INDEX, Vectors, own_length

PAGE = 4096  # bytes after which addresses look alike

is_streamed = constant("is_streamed", False, "True if `stream` serves these requests though they are more than outer products.")


def strip_for(width: int, dtype: Any, cells: np.ndarray | None = None) -> np.ndarray:
    """Workspace of a pass that writes and reads: (4, at least width + 64), rows a quarter and three quarters of a page from `cells`.

    Row 0 and 1 are the sums of two lanes; rows 2 and 3, from their 65th number on, the postsynaptic factors and what else the requests of
    a postsynaptic neuron depend on.  The first number of row 2 is the third factor of requests that it is not multiplied into.
    """
    size = np.dtype(dtype).itemsize
    half = PAGE // 2 // size
    row = padded(width + PAD + half, 2 * half) - half
    raw = np.zeros(4 * row * size + PAGE, np.uint8)
    start = ((0 if cells is None else cells.ctypes.data) + PAGE // 4 - raw.ctypes.data) % PAGE
    return raw[start:start + 4 * row * size].view(dtype).reshape(4, row)


def stream_four(g, rows, e, pre, z, strip):
    """Add ``pre[0, r] * post`` to the four rows ``r = rows[e:e + 4]`` and what they then send to both lanes of `strip`.

    Per element ``sum + ((g0 a0 + g1 a1) + (g2 a2 + g3 a3))``, as everywhere.
    """
    width, r = g.shape[1], rows[e:e + 4]
    post = strip[2, PAD:PAD + width]
    for k in range(4):
        g[r[k]] = g[r[k]] + pre[0, r[k]] * post
    send_four(g, rows, e, pre, z, strip)


def send_four(g, rows, e, pre, z, strip):
    """Add what the four rows send to both lanes of `strip`; they are not written, and `pre` is not looked at."""
    width, r = g.shape[1], rows[e:e + 4]
    for l in range(2):
        sent = [g[r[k]] * z[l, r[k]] for k in range(4)]
        strip[l, :width] = strip[l, :width] + ((sent[0] + sent[1]) + (sent[2] + sent[3]))


def in_vectors(function, asked, is_off_diagonal=False):
    """Make vector code the compiled form of a function of four rows, see `stream_four`.

    Parameters
    ----------
    function : its plain form, (g, rows, e, pre, z, strip)
    asked : of (builder, drive, weight, third factor, row 3 of the strip), vectors all of them: the requested change; None writes nothing
    is_off_diagonal : whether cell (r, r) is asked for ``drive - drive`` instead; then there are no more rows than columns
    """
    @intrinsic
    def code(context, g, rows, e, pre, z, strip):
        def generate(ctx, builder, signature, args):
            v = Vectors(ctx, builder, g.dtype, own_length(ctx))
            g_, rows_, pre_, z_, strip_ = (v.array(signature.args[k], args[k]) for k in (0, 1, 3, 4, 5))
            width, lane, far = (builder.extract_value(array.shape, 1) for array in (g_, z_, strip_))
            listed = [builder.load(v.place(rows_, args[2], INDEX(k))) for k in range(4)]
            row = [v.place(g_, builder.mul(r, width)) for r in listed]
            factor = [v.filled(v.place(pre_, r)) for r in listed] if asked else []
            activity = [[v.filled(v.place(z_, r, *(lane,) * l)) for r in listed] for l in range(2)]
            sums, signal = (v.place(strip_), v.place(strip_, far)), v.filled(v.place(strip_, far, far))
            post, beside = (v.place(strip_, *(far,) * k, INDEX(PAD)) for k in (2, 3))

            def extreme(order):
                return lambda a, b: builder.select(builder.icmp_signed(order, a, b), a, b)

            def block(i, has_diagonal):
                weight = [v.load(pointer, i) for pointer in row]
                if asked:
                    drive = [builder.fmul(a, v.load(post, i)) for a in factor]
                    changes = [asked(builder, one, value, signal, v.load(beside, i)) for one, value in zip(drive, weight)]
                    if has_diagonal:
                        none = [builder.fsub(one, one) for one in drive]
                        changes = [v.at(builder.sub(r, i), nothing, change) for r, nothing, change in zip(listed, none, changes)]
                    weight = [builder.fadd(value, change) for value, change in zip(weight, changes)]
                    for pointer, value in zip(row, weight):
                        v.store(value, pointer, i)
                for total, a in zip(sums, activity):
                    sent = [builder.fmul(value, one) for value, one in zip(weight, a)]
                    both = builder.fadd(builder.fadd(sent[0], sent[1]), builder.fadd(sent[2], sent[3]))
                    v.store(builder.fadd(v.load(total, i), both), total, i)

            parts = [(INDEX(0), width, False)]
            if is_off_diagonal:  # the blocks from the first to the last with a diagonal cell lie apart: one alone, as a rule
                first, last = (builder.and_(functools.reduce(extreme(order), listed), INDEX(-v.size)) for order in "<>")
                after = builder.add(last, INDEX(v.size))
                parts = [(INDEX(0), first, False), (first, after, True), (after, width, False)]
            for start, stop, has_diagonal in parts:
                with cgutils.for_range_slice(builder, start, stop, INDEX(v.size), inc=True) as (i, _):
                    block(i, has_diagonal)
            return ctx.get_dummy_value()

        return types.void(g, rows, types.intp, pre, z, strip), generate

    @overload(function, jit_options={"forceinline": True, **UNWRAPPED})
    def typed(g, rows, e, pre, z, strip):
        if g.dtype != strip.dtype:  # weights in fewer bytes: typed for them as well, and never reached
            return lambda g, rows, e, pre, z, strip: None
        return lambda g, rows, e, pre, z, strip: code(g, rows, e, pre, z, strip)


in_vectors(stream_four, lambda builder, drive, weight, signal, beside: drive)
in_vectors(send_four, None)


@shared
def lay_sums(current, strip):
    """Put the sums of one or two lanes into the strip."""
    for l in range(current.shape[0]):
        for i in range(current.shape[1]):
            strip[l, i] = current[l, i]


@shared
def take_up(strip, current):
    """Take the sums back from the strip."""
    for l in range(current.shape[0]):
        for i in range(current.shape[1]):
            current[l, i] = strip[l, i]


@shared
def lay_out(post, current, strip):
    """Fill the strip: sums so far, and the postsynaptic factors."""
    lay_sums(current, strip)
    for i in range(post.shape[1]):
        strip[2, PAD + i] = post[0, i]


@shared
def stream_outer(eligibility, g, rows, n, pre, post, signal, z, strip):
    """The pass of plain outer products, into whose `post` the third factor is multiplied."""
    for e in range(0, n, 4):
        stream_four(g, rows, e, pre, z, strip)


@slot(default=stream_outer)
def stream(eligibility, g, rows, n, pre, post, signal, z, strip):
    """Write a rank-one request to `n` rows of exact weights and deliver them to two lanes, each weight touched once.

    g : (rows, width), width a multiple of 64; rows : list of rows; pre, post : (1, rows), (1, width), of the request; signal : its third
    factor; z : (2, rows); strip : see `lay_out`.  For eligibilities that ask for outer products, or are `is_streamed`.
    """


@shared
def send(g, rows, n, z, strip):
    """Add `n` rows of exact weights to both lanes."""
    for e in range(0, n, 4):
        send_four(g, rows, e, z, z, strip)
