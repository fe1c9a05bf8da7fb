"""Products of a matrix with many lanes, and sums of many outer products.

Both are ``c[l, :] += sum_r a[l, r] w[r, :]``.  Of four rows of `w` 64 bytes stay in registers while all lanes of a block pass by; what
belongs to a lane lies packed, so that nothing but `w`, once, is fetched with the stride of a matrix.  Every sum has a stated order, the
same on any machine and for any number of threads, which a BLAS does not promise.
"""
from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from ..arguments import Panel
from ..contract import is_exact, is_read_noisy, sense
from ..slots import UNWRAPPED, shared
from ..storage import zeros
from ..vectors import INDEX, REGISTER, Vectors
from .rows import deliver_rows, spread_rows
from .streaming import lay_sums, send, take_up

MANY = 8     # lanes from which it pays to pack them
RANKS = 64   # outer products, likewise
BLOCK = 128  # lanes that are packed at a time


def panel_for(rows: int, dtype: Any) -> Panel:
    """Workspace for a matrix of so many rows."""
    rows, size = max(4, rows), REGISTER // np.dtype(dtype).itemsize
    return Panel(zeros(rows * BLOCK, dtype), zeros((BLOCK, size), dtype), zeros((rows, size), dtype), np.arange(rows))


def _sent(w, rows, e, column, packed, first, sums, lanes):
    """What four rows send to every lane, (lanes, size) each."""
    a = packed[first:first + 4 * lanes].reshape(lanes, 4)
    return [w[rows[e + k], column:column + sums.shape[1]] * a[:, k:k + 1] for k in range(4)]


def four_rows(w, rows, e, column, packed, first, sums, lanes):
    """Add four rows ``r = rows[e:e + 4]`` of `w`, 64 bytes of them from `column` on: ``c + ((w0 a0 + w1 a1) + (w2 a2 + w3 a3))``.

    packed : flat, lane l has its four factors from ``first + 4 l`` on; sums : (at least lanes, numbers in 64 bytes)
    """
    sent = _sent(w, rows, e, column, packed, first, sums, lanes)
    sums[:lanes] = sums[:lanes] + ((sent[0] + sent[1]) + (sent[2] + sent[3]))


def two_pairs(w, rows, e, column, packed, first, sums, lanes):
    """The same as ``(c + (w0 a0 + w1 a1)) + (w2 a2 + w3 a3)``, the order of `rows.outer_rows`."""
    sent = _sent(w, rows, e, column, packed, first, sums, lanes)
    sums[:lanes] = (sums[:lanes] + (sent[0] + sent[1])) + (sent[2] + sent[3])


def _compile(function, in_pairs):
    """Vector code of `four_rows` or `two_pairs`."""
    @intrinsic
    def code(context, w, rows, e, column, packed, first, sums, lanes):
        def generate(ctx, builder, signature, args):
            v = Vectors(ctx, builder, w.dtype)
            w_, rows_, packed_, sums_ = (v.array(signature.args[k], args[k]) for k in (0, 1, 4, 6))
            width = builder.extract_value(w_.shape, 1)
            listed = [builder.load(v.place(rows_, args[2], INDEX(k))) for k in range(4)]
            part = [v.load(v.place(w_, builder.mul(r, width)), args[3]) for r in listed]
            start, total_of = v.place(packed_, args[5]), v.place(sums_)
            with cgutils.for_range(builder, args[7]) as loop:
                factor = builder.gep(start, [builder.mul(loop.index, INDEX(4))])
                here = builder.mul(loop.index, INDEX(v.size))
                sent = [builder.fmul(part[k], v.filled(builder.gep(factor, [INDEX(k)]))) for k in range(4)]
                left, right, total = builder.fadd(sent[0], sent[1]), builder.fadd(sent[2], sent[3]), v.load(total_of, here)
                if in_pairs:
                    total = builder.fadd(builder.fadd(total, left), right)
                else:
                    total = builder.fadd(total, builder.fadd(left, right))
                v.store(total, total_of, here)
            return ctx.get_dummy_value()

        return types.void(w, rows, types.intp, types.intp, packed, types.intp, sums, types.intp), generate

    @overload(function, jit_options={"forceinline": True, **UNWRAPPED})
    def typed(w, rows, e, column, packed, first, sums, lanes):
        if w.dtype != sums.dtype:  # weights in fewer bytes: typed for them as well, and never reached
            return lambda w, rows, e, column, packed, first, sums, lanes: None
        return lambda w, rows, e, column, packed, first, sums, lanes: code(w, rows, e, column, packed, first, sums, lanes)


_compile(four_rows, False)
_compile(two_pairs, True)


def fetch(c, first, column, sums, lanes):
    """Sums of the lanes from `first` on, 64 bytes of each from `column` on."""
    sums[:lanes] = c[first:first + lanes, column:column + sums.shape[1]]


def put(c, first, column, sums, lanes):
    """Put back what `fetch` took."""
    c[first:first + lanes, column:column + sums.shape[1]] = sums[:lanes]


def _compile_move(function, is_fetch):
    """Vector code of `fetch` or `put`; LLVM would gather numbers of many lanes."""
    @intrinsic
    def code(context, c, first, column, sums, lanes):
        def generate(ctx, builder, signature, args):
            v = Vectors(ctx, builder, c.dtype)
            c_, sums_ = v.array(signature.args[0], args[0]), v.array(signature.args[3], args[3])
            width, packed = builder.extract_value(c_.shape, 1), v.place(sums_)
            start = v.place(c_, builder.mul(args[1], width), args[2])
            with cgutils.for_range(builder, args[4]) as loop:
                far, near = builder.mul(loop.index, width), builder.mul(loop.index, INDEX(v.size))
                if is_fetch:
                    v.store(v.load(start, far), packed, near)
                else:
                    v.store(v.load(packed, near), start, far)
            return ctx.get_dummy_value()

        return types.void(c, types.intp, types.intp, sums, types.intp), generate

    @overload(function, jit_options={"forceinline": True, **UNWRAPPED})
    def typed(c, first, column, sums, lanes):
        return lambda c, first, column, sums, lanes: code(c, first, column, sums, lanes)


_compile_move(fetch, True)
_compile_move(put, False)


@shared
def deliver_many(device, g, rows, n, z, current, panel):
    """Add `n` listed rows to every lane, in the order of `rows.deliver_rows`."""
    packed, sums = panel.packed, panel.sums
    (lanes, width), size = current.shape, sums.shape[1]
    for first in range(0, lanes, BLOCK):
        block = min(BLOCK, lanes - first)
        for e in range(0, n, 4):
            for l in range(block):
                for k in range(4):
                    packed[e * block + 4 * l + k] = z[first + l, rows[e + k]]
        for column in range(0, width, size):
            fetch(current, first, column, sums, block)
            if is_exact(device):
                for e in range(0, n, 4):
                    four_rows(g, rows, e, column, packed, e * block, sums, block)
            else:
                for e in range(n):
                    for i in range(size):
                        panel.weights[e, i] = sense(device, rows[e], column + i, g[rows[e], column + i])
                for e in range(0, n, 4):
                    four_rows(panel.weights, panel.order, e, 0, packed, e * block, sums, block)
            put(current, first, column, sums, block)


@shared
def deliver_listed(device, circuit, g, rows, n, z, current, variance, scratch):
    """Add `n` listed rows to every lane, and their spread to `variance` if reads are noisy."""
    lanes, width = current.shape
    if lanes >= MANY:
        deliver_many(device, g, rows, n, z, current, scratch.panel)
    elif lanes > 2:
        for e in range(0, n, 4):
            deliver_rows(device, g, rows[e], rows[e + 1], rows[e + 2], rows[e + 3], z, current, width)
    else:
        lay_sums(current, scratch.strip)
        if is_exact(device) and lanes == 2:
            send(g, rows, n, z, scratch.strip)
        else:
            for e in range(0, n, 4):
                deliver_rows(device, g, rows[e], rows[e + 1], rows[e + 2], rows[e + 3], z, scratch.strip, width)
        take_up(scratch.strip, current)
    if is_read_noisy(circuit):
        for e in range(0, n, 4):
            spread_rows(device, circuit, g, rows[e], rows[e + 1], rows[e + 2], rows[e + 3], z, variance)


@shared
def outer_many(total, pre, post, rank, panel):
    """``total[r, :] += sum_q pre[q, r] post[q, :]``, in the order of `rows.outer_rows`; `rank` is a multiple of four."""
    packed, sums = panel.packed, panel.sums
    (rows, width), size, most = total.shape, sums.shape[1], panel.order.size // 4 * 4
    for begin in range(0, rank, most):
        n = min(most, rank - begin)
        for first in range(0, rows, BLOCK):
            block = min(BLOCK, rows - first)
            for q in range(0, n, 4):
                for k in range(4):
                    for l in range(block):
                        packed[q * block + 4 * l + k] = pre[begin + q + k, first + l]
            for column in range(0, width, size):
                fetch(total, first, column, sums, block)
                for q in range(0, n, 4):
                    two_pairs(post[begin:begin + n], panel.order, q, column, packed, q * block, sums, block)
                put(total, first, column, sums, block)
