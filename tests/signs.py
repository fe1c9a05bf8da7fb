"""Perturbations by signs: rows over which means of products are exact, and the exact variance of the trace rule under them."""
from __future__ import annotations

import numpy as np

from neurosim.selftest.linear_network import forward, step_credits


def orthogonal_signs(factors):
    """(runs, factors) of +-1: an orthogonal array of strength 3, so means of products of up to three factors are exact.

    Sylvester's Hadamard matrix on top of its negative (Seiden 1954): products of an odd number of factors average to 0 over a row and
    its negative, products of two different ones because the columns are orthogonal.
    """
    signs = np.ones((1, 1))
    while signs.shape[0] < factors:
        signs = np.block([[signs, signs], [signs, -signs]])
    return np.vstack([signs, -signs])[:, :factors]


def trace_variance(c):
    """Variance of the trace rule's estimate for each sample by itself, (B, post, pre) by name; signs, decay 1, third factor "error".

    With C_k(u; t) = sum_{s >= max(t, u)} dL_s / dh_k(u), what the loss from t on owes to the perturbation of neuron k at step u, the
    estimate is a quadratic form in the signs, and signs are 1 when squared:

        g_ij = sum_{t, k, u} x_j(t) C_k(u; t) xi_i(t) xi_k(u)
        var g_ij = sum_{k != i, t, u} (x_j(t) C_k(u; t))^2 + sum_{t < u} (x_j(t) C_i(u; t) + x_j(u) C_i(t; u))^2
    """
    weights = c.chip.weights()
    to_go = np.cumsum(step_credits(weights, c)[::-1], axis=0)[::-1]
    steps = len(to_go)
    owed = np.array([[to_go[max(t, u), u] for u in range(steps)] for t in range(steps)])  # (t, u, B, N)
    found = {}
    for name, pre in (("recurrent", forward(weights, c)[0][:-1]), ("inputs", c.x)):
        everyone = np.einsum("tbj,tubk->bj", pre**2, owed**2)[:, None, :]
        itself = np.einsum("tbj,tubi->bij", pre**2, owed**2)
        product = pre[:, None, :, None, :] * owed[..., None]
        pairs = np.square(product + product.swapaxes(0, 1))[np.triu_indices(steps, 1)].sum(axis=0)
        found[name] = everyone - itself + pairs
    return found
