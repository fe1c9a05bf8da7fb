"""Row kernels of dense synapses: four rows at a time, no fastmath, every sum in a stated order.

Accumulation over rows is axpy-shaped, so it vectorises as it stands; per element ``c + ((v0 a0 + v1 a1) + (v2 a2 + v3 a3))``.
"""
from __future__ import annotations

from ..arithmetic import dot
from ..contract import change, is_lateral, is_read_noisy, program, sense, spread
from ..devices.writing import write_row
from ..slots import shared
from ..storage import PAD
from ..updaters.trains import is_train, write_pairs


@shared
def busy_rows(everything, n_pre, z, pre, rank, loudness, rows):
    """List the rows that send or change, completed to a multiple of four with silent rows; return how many."""
    total, zero = rows.size, z.dtype.type(0)
    n = total
    if not everything:
        for r in range(total):
            loudness[r] = abs(z[0, r])
        for l in range(1, z.shape[0]):
            for r in range(total):
                loudness[r] += abs(z[l, r])
        for q in range(rank):
            for r in range(total):
                loudness[r] += abs(pre[q, r])
        n = 0
        for r in range(total):
            n += 1 if loudness[r] != zero else 0
    if n >= n_pre:
        for r in range(total):
            rows[r] = r
        return total
    n = 0
    for r in range(total):
        rows[n] = r
        rows[total - 1 - (r - n)] = r
        n += 1 if loudness[r] != zero else 0
    return (n + 3) // 4 * 4


@shared
def outer_rows(target, t0, t1, t2, t3, pre, post, first, rank, r0, r1, r2, r3):
    """target[t_k, i] += sum_q pre[q, r_k] * post[q, i] for four rows, ranks first <= q < rank, two at a time; `first` is even."""
    width = post.shape[1]
    for q in range(first, rank - 1, 2):
        a0, a1, a2, a3 = pre[q, r0], pre[q, r1], pre[q, r2], pre[q, r3]
        b0, b1, b2, b3 = pre[q + 1, r0], pre[q + 1, r1], pre[q + 1, r2], pre[q + 1, r3]
        for i in range(width):
            x, y = post[q, i], post[q + 1, i]
            target[t0, i] = target[t0, i] + (a0 * x + b0 * y)
            target[t1, i] = target[t1, i] + (a1 * x + b1 * y)
            target[t2, i] = target[t2, i] + (a2 * x + b2 * y)
            target[t3, i] = target[t3, i] + (a3 * x + b3 * y)
    if rank % 2 == 1:
        q = rank - 1
        a0, a1, a2, a3 = pre[q, r0], pre[q, r1], pre[q, r2], pre[q, r3]
        for i in range(width):
            x = post[q, i]
            target[t0, i] = target[t0, i] + a0 * x
            target[t1, i] = target[t1, i] + a1 * x
            target[t2, i] = target[t2, i] + a2 * x
            target[t3, i] = target[t3, i] + a3 * x


@shared
def deliver_rows(device, g, r0, r1, r2, r3, z, current, width):
    """Add four rows to every lane, two lanes at a time."""
    lanes = z.shape[0]
    for l in range(0, lanes - 1, 2):
        a0, a1, a2, a3 = z[l, r0], z[l, r1], z[l, r2], z[l, r3]
        b0, b1, b2, b3 = z[l + 1, r0], z[l + 1, r1], z[l + 1, r2], z[l + 1, r3]
        for i in range(width):
            v0 = sense(device, r0, i, g[r0, i])
            v1 = sense(device, r1, i, g[r1, i])
            v2 = sense(device, r2, i, g[r2, i])
            v3 = sense(device, r3, i, g[r3, i])
            current[l, i] = current[l, i] + ((v0 * a0 + v1 * a1) + (v2 * a2 + v3 * a3))
            current[l + 1, i] = current[l + 1, i] + ((v0 * b0 + v1 * b1) + (v2 * b2 + v3 * b3))
    if lanes % 2 == 1:
        l = lanes - 1
        a0, a1, a2, a3 = z[l, r0], z[l, r1], z[l, r2], z[l, r3]
        for i in range(width):
            v0 = sense(device, r0, i, g[r0, i])
            v1 = sense(device, r1, i, g[r1, i])
            v2 = sense(device, r2, i, g[r2, i])
            v3 = sense(device, r3, i, g[r3, i])
            current[l, i] = current[l, i] + ((v0 * a0 + v1 * a1) + (v2 * a2 + v3 * a3))


@shared
def spread_rows(device, circuit, g, r0, r1, r2, r3, z, variance):
    """variance[l, i] += sum_k spread(w[r_k, i]) z[l, r_k]^2 over four rows, two lanes at a time."""
    lanes, width = variance.shape
    for l in range(0, lanes - 1, 2):
        a0, a1, a2, a3 = z[l, r0] * z[l, r0], z[l, r1] * z[l, r1], z[l, r2] * z[l, r2], z[l, r3] * z[l, r3]
        m = l + 1
        b0, b1, b2, b3 = z[m, r0] * z[m, r0], z[m, r1] * z[m, r1], z[m, r2] * z[m, r2], z[m, r3] * z[m, r3]
        for i in range(width):
            v0 = sense(device, r0, i, g[r0, i])
            v1 = sense(device, r1, i, g[r1, i])
            v2 = sense(device, r2, i, g[r2, i])
            v3 = sense(device, r3, i, g[r3, i])
            s0, s1, s2, s3 = spread(circuit, v0), spread(circuit, v1), spread(circuit, v2), spread(circuit, v3)
            variance[l, i] = variance[l, i] + ((s0 * a0 + s1 * a1) + (s2 * a2 + s3 * a3))
            variance[m, i] = variance[m, i] + ((s0 * b0 + s1 * b1) + (s2 * b2 + s3 * b3))
    if lanes % 2 == 1:
        l = lanes - 1
        a0, a1, a2, a3 = z[l, r0] * z[l, r0], z[l, r1] * z[l, r1], z[l, r2] * z[l, r2], z[l, r3] * z[l, r3]
        for i in range(width):
            v0 = sense(device, r0, i, g[r0, i])
            v1 = sense(device, r1, i, g[r1, i])
            v2 = sense(device, r2, i, g[r2, i])
            v3 = sense(device, r3, i, g[r3, i])
            s0, s1, s2, s3 = spread(circuit, v0), spread(circuit, v1), spread(circuit, v2), spread(circuit, v3)
            variance[l, i] = variance[l, i] + ((s0 * a0 + s1 * a1) + (s2 * a2 + s3 * a3))


@shared
def fused_rows(device, circuit, eligibility, g, rows, n, pre, post, signal, z, strip, variance, weight):
    """Write a rank-one request and deliver to two lanes in one inner loop, four rows at a time; `strip` as `streaming.lay_out` left it."""
    width = g.shape[1]
    for e in range(0, n, 4):
        r0, r1, r2, r3 = rows[e], rows[e + 1], rows[e + 2], rows[e + 3]
        if is_lateral(eligibility):
            project_back(device, g, r0, pre, post, 1, weight)
            project_back(device, g, r1, pre, post, 1, weight)
            project_back(device, g, r2, pre, post, 1, weight)
            project_back(device, g, r3, pre, post, 1, weight)
        p0, p1, p2, p3 = pre[0, r0], pre[0, r1], pre[0, r2], pre[0, r3]
        a0, a1, a2, a3 = z[0, r0], z[0, r1], z[0, r2], z[0, r3]
        b0, b1, b2, b3 = z[1, r0], z[1, r1], z[1, r2], z[1, r3]
        none = p0 - p0
        for i in range(width):
            x = strip[2, PAD + i]
            g0, g1, g2, g3 = g[r0, i], g[r1, i], g[r2, i], g[r3, i]
            g0 = program(device, r0, i, g0, change(eligibility, r0, i, sense(device, r0, i, g0), p0 * x, signal), none, none, none)
            g1 = program(device, r1, i, g1, change(eligibility, r1, i, sense(device, r1, i, g1), p1 * x, signal), none, none, none)
            g2 = program(device, r2, i, g2, change(eligibility, r2, i, sense(device, r2, i, g2), p2 * x, signal), none, none, none)
            g3 = program(device, r3, i, g3, change(eligibility, r3, i, sense(device, r3, i, g3), p3 * x, signal), none, none, none)
            g[r0, i], g[r1, i], g[r2, i], g[r3, i] = g0, g1, g2, g3
            v0, v1 = sense(device, r0, i, g0), sense(device, r1, i, g1)
            v2, v3 = sense(device, r2, i, g2), sense(device, r3, i, g3)
            strip[0, i] = strip[0, i] + ((v0 * a0 + v1 * a1) + (v2 * a2 + v3 * a3))
            strip[1, i] = strip[1, i] + ((v0 * b0 + v1 * b1) + (v2 * b2 + v3 * b3))
            if is_read_noisy(circuit):
                s0, s1, s2, s3 = spread(circuit, v0), spread(circuit, v1), spread(circuit, v2), spread(circuit, v3)
                variance[0, i] = variance[0, i] + ((s0 * (a0 * a0) + s1 * (a1 * a1)) + (s2 * (a2 * a2) + s3 * (a3 * a3)))
                variance[1, i] = variance[1, i] + ((s0 * (b0 * b0) + s1 * (b1 * b1)) + (s2 * (b2 * b2) + s3 * (b3 * b3)))


@shared
def project_back(device, g, r, pre, post, rank, weight):
    """pre[q, r] = w[r, :] . post[q, :] for one row: the presynaptic factor of a lateral rule; `weight` (1, width) is workspace."""
    for i in range(g.shape[1]):
        weight[0, i] = sense(device, r, i, g[r, i])
    for q in range(rank):
        pre[q, r] = dot(weight, 0, post, q)


@shared
def ask_rows(device, eligibility, g, r0, r1, r2, r3, request, rank, scratch):
    """Fill ``scratch.drive`` with the requested change of four rows."""
    dw, signal = scratch.drive, request.signal[0]
    if is_lateral(eligibility):
        for r in (r0, r1, r2, r3):
            project_back(device, g, r, request.pre, request.post, rank, dw)
    for k in range(4):
        for i in range(dw.shape[1]):
            dw[k, i] = signal - signal
    outer_rows(dw, 0, 1, 2, 3, request.pre, request.post, 0, rank, r0, r1, r2, r3)
    for i in range(dw.shape[1]):
        dw[0, i] = change(eligibility, r0, i, sense(device, r0, i, g[r0, i]), dw[0, i], signal)
        dw[1, i] = change(eligibility, r1, i, sense(device, r1, i, g[r1, i]), dw[1, i], signal)
        dw[2, i] = change(eligibility, r2, i, sense(device, r2, i, g[r2, i]), dw[2, i], signal)
        dw[3, i] = change(eligibility, r3, i, sense(device, r3, i, g[r3, i]), dw[3, i], signal)


@shared
def write_rows(p, device, g, r0, r1, r2, r3, rank, key):
    """Write the pending request of any rank to four rows of `device` and its conductance `g`, which need not hold the weights."""
    if is_train(p.scheme):
        write_pairs(p.scheme, device, g, r0, p.request, rank, p.scratch, key)
        write_pairs(p.scheme, device, g, r1, p.request, rank, p.scratch, key)
        write_pairs(p.scheme, device, g, r2, p.request, rank, p.scratch, key)
        write_pairs(p.scheme, device, g, r3, p.request, rank, p.scratch, key)
    else:
        ask_rows(p.device, p.eligibility, p.conductance, r0, r1, r2, r3, p.request, rank, p.scratch)
        write_row(device, g, r0, p.scratch.drive, 0, p.scratch, key)
        write_row(device, g, r1, p.scratch.drive, 1, p.scratch, key)
        write_row(device, g, r2, p.scratch.drive, 2, p.scratch, key)
        write_row(device, g, r3, p.scratch.drive, 3, p.scratch, key)
