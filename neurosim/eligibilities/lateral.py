"""Eligibilities of a decorrelating matrix; see rules.decorrelation.

Both have a pass of their own over exact weights, see synapses/streaming.py.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba.extending import overload

from ..arithmetic import dot
from ..contract import change, is_dense_in_time, is_lateral, is_mergeable
from ..slots import UNWRAPPED
from ..storage import PAD
from ..synapses.streaming import in_vectors, is_streamed, send_four, stream


class Lateral(NamedTuple):
    """dw[i, j] = signal * sum_q post[q, i] (post[q] . w[:, j]) + square[i] w[i, j] (form "head")."""

    square: np.ndarray  # (width,) written by the rule


class OffDiagonal(NamedTuple):
    """dw[i, j] = sum_q pre[q, j] post[q, i] for i != j, 0 on the diagonal (form "published"): anti-Hebbian, purely local."""


is_dense_in_time.set(True, Lateral)
is_lateral.set(True, Lateral)
is_mergeable.set(False, Lateral, OffDiagonal)
is_streamed.set(True, Lateral, OffDiagonal)


@change.fill(Lateral)
def _change(eligibility, r, c, weight, drive, signal):
    return signal * drive + eligibility.square[c] * weight


@change.fill(OffDiagonal)
def _change_off_diagonal(eligibility, r, c, weight, drive, signal):
    requested = signal * drive
    return requested if r != c else drive - drive


def stream_four_off_diagonal(g, rows, e, pre, z, strip):
    """Change the four rows ``r = rows[e:e + 4]`` as `OffDiagonal` asks, and add what they then send to both lanes of `strip`."""
    width, signal = g.shape[1], strip[2, 0]
    for r in rows[e:e + 4]:
        drive = pre[0, r] * strip[2, PAD:PAD + width]
        asked = signal * drive
        asked[r] = drive[r] - drive[r]
        g[r] = g[r] + asked
    send_four(g, rows, e, pre, z, strip)


def stream_four_lateral(g, rows, e, pre, z, strip):
    """The same as `Lateral` asks, whose `square` row 3 of the strip holds."""
    width, signal = g.shape[1], strip[2, 0]
    for r in rows[e:e + 4]:
        drive = pre[0, r] * strip[2, PAD:PAD + width]
        g[r] = g[r] + (signal * drive + strip[3, PAD:PAD + width] * g[r])
    send_four(g, rows, e, pre, z, strip)


in_vectors(stream_four_off_diagonal, lambda builder, drive, weight, signal, square: builder.fmul(signal, drive), is_off_diagonal=True)
in_vectors(stream_four_lateral, lambda builder, drive, weight, signal, square: builder.fadd(
    builder.fmul(signal, drive), builder.fmul(square, weight)))


def project_four(g, rows, e, pre, post):
    """``pre[0, r] = w[r, :] . post[0, :]`` of four rows of exact weights, which the pass that follows finds in the nearest cache."""
    for k in range(4):
        pre[0, rows[e + k]] = dot(g, rows[e + k], post, 0)


@overload(project_four, jit_options=UNWRAPPED)
def _project_four(g, rows, e, pre, post):
    return project_four if g.dtype == post.dtype else lambda g, rows, e, pre, post: None  # as in `in_vectors`: never reached


@stream.fill(OffDiagonal)
def _stream_off_diagonal(eligibility, g, rows, n, pre, post, signal, z, strip):
    strip[2, 0] = signal
    for e in range(0, n, 4):
        stream_four_off_diagonal(g, rows, e, pre, z, strip)


@stream.fill(Lateral)
def _stream_lateral(eligibility, g, rows, n, pre, post, signal, z, strip):
    strip[2, 0] = signal
    for i in range(g.shape[1]):
        strip[3, PAD + i] = eligibility.square[i]
    for e in range(0, n, 4):
        project_four(g, rows, e, pre, post)
        stream_four_lateral(g, rows, e, pre, z, strip)
