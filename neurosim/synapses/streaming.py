"""Rows of exact weights in one pass: written, read by two lanes, and left behind, with explicit vectors.

A store and a later load whose addresses agree in their last 12 bits make the processor wait, as if the load needed what was stored; LLVM
cannot know that, and rows of 512 or 1024 numbers agree in them all the time.  So what a sweep reads and adds up beside the rows lies in a
strip of its own (`strip_for`), as far from the rows, modulo 4096 bytes, as there is room.
"""
from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from ..slots import UNWRAPPED, shared
from ..storage import PAD, padded
from ..vectors import INDEX, Vectors

PAGE = 4096  # bytes after which addresses look alike


def strip_for(width: int, dtype: Any, cells: np.ndarray | None = None) -> np.ndarray:
    """Workspace of a pass that writes and reads: (3, at least width + 64), rows a quarter and three quarters of a page from `cells`.

    Row 0 and 1 are the sums of two lanes; row 2, from its 65th number on, the postsynaptic factors.
    """
    size = np.dtype(dtype).itemsize
    half = PAGE // 2 // size
    row = padded(width + PAD + half, 2 * half) - half
    raw = np.zeros(3 * row * size + PAGE, np.uint8)
    start = ((0 if cells is None else cells.ctypes.data) + PAGE // 4 - raw.ctypes.data) % PAGE
    return raw[start:start + 3 * row * size].view(dtype).reshape(3, row)


def stream_four(g, rows, e, pre, z, strip):
    """Add ``pre[0, r] * post`` to the four rows ``r = rows[e:e + 4]`` and what they then send to both lanes of `strip`.

    Per element ``sum + ((g0 a0 + g1 a1) + (g2 a2 + g3 a3))``, as everywhere.
    """
    width, r = g.shape[1], rows[e:e + 4]
    post = strip[2, PAD:PAD + width]
    for k in range(4):
        g[r[k]] = g[r[k]] + pre[0, r[k]] * post
    for l in range(2):
        sent = [g[r[k]] * z[l, r[k]] for k in range(4)]
        strip[l, :width] = strip[l, :width] + ((sent[0] + sent[1]) + (sent[2] + sent[3]))


def send_four(g, rows, e, pre, z, strip):
    """Add what the four rows send to both lanes of `strip`; they are not written, and `pre` is not looked at."""
    width, r = g.shape[1], rows[e:e + 4]
    for l in range(2):
        sent = [g[r[k]] * z[l, r[k]] for k in range(4)]
        strip[l, :width] = strip[l, :width] + ((sent[0] + sent[1]) + (sent[2] + sent[3]))


def _compile(function, writes):
    """Vector code of `stream_four` or `send_four`."""
    @intrinsic
    def code(context, g, rows, e, pre, z, strip):
        def generate(ctx, builder, signature, args):
            v = Vectors(ctx, builder, g.dtype)
            g_, rows_, pre_, z_, strip_ = (v.array(signature.args[k], args[k]) for k in (0, 1, 3, 4, 5))
            width, send, far = (builder.extract_value(array.shape, 1) for array in (g_, z_, strip_))
            listed = [builder.load(v.place(rows_, args[2], INDEX(k))) for k in range(4)]
            row = [v.place(g_, builder.mul(r, width)) for r in listed]
            factor = [v.filled(v.place(pre_, r)) for r in listed] if writes else []
            activity = [[v.filled(v.place(z_, r, *(send,) * l)) for r in listed] for l in range(2)]
            sums, post = (v.place(strip_), v.place(strip_, far)), v.place(strip_, far, far, INDEX(PAD))
            with cgutils.for_range_slice(builder, INDEX(0), width, INDEX(v.size), inc=True) as (i, _):
                weight = [v.load(pointer, i) for pointer in row]
                if writes:
                    change = v.load(post, i)
                    weight = [builder.fadd(value, builder.fmul(a, change)) for value, a in zip(weight, factor)]
                    for pointer, value in zip(row, weight):
                        v.store(value, pointer, i)
                for total, a in zip(sums, activity):
                    sent = [builder.fmul(value, one) for value, one in zip(weight, a)]
                    both = builder.fadd(builder.fadd(sent[0], sent[1]), builder.fadd(sent[2], sent[3]))
                    v.store(builder.fadd(v.load(total, i), both), total, i)
            return ctx.get_dummy_value()

        return types.void(g, rows, types.intp, pre, z, strip), generate

    @overload(function, jit_options={"forceinline": True, **UNWRAPPED})
    def typed(g, rows, e, pre, z, strip):
        if g.dtype != strip.dtype:  # weights in fewer bytes: typed for them as well, and never reached
            return lambda g, rows, e, pre, z, strip: None
        return lambda g, rows, e, pre, z, strip: code(g, rows, e, pre, z, strip)


_compile(stream_four, True)
_compile(send_four, False)


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
def stream(g, rows, n, pre, z, strip):
    """Write a rank-one request to `n` rows of exact weights and deliver them to two lanes, each weight touched once.

    g : (rows, width), width a multiple of 64; rows : list of rows; pre : (1, rows); z : (2, rows); strip : see `lay_out`.
    """
    for e in range(0, n, 4):
        stream_four(g, rows, e, pre, z, strip)


@shared
def send(g, rows, n, z, strip):
    """Add `n` rows of exact weights to both lanes."""
    for e in range(0, n, 4):
        send_four(g, rows, e, z, z, strip)
