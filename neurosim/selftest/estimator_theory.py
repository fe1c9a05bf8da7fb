"""Exact variance of what perturbation rules estimate from one step of a linear network, and the mean of ANP over several steps.

With y = W1 h and h = W0 x + a, a the perturbation of the potentials, the loss difference of a sample is a quadratic form

    dL = c . a + a^T Q a,   c = 2/O W1^T (y - y*),   Q = W1^T W1 / O

For xi a vector of independent standard normals, and C a symmetric matrix (Isserlis 1918, doi:10.1093/biomet/12.1-2.134)

    E[xi_i^2 (c . xi)^2]     = |c|^2 + 2 c_i^2
    E[xi_i^2 (xi^T C xi)^2]  = (tr C)^2 + 2 tr C^2 + 4 C_ii tr C + 8 (C^2)_ii =: S_i(C)

and products of an odd number of normals average to zero, so the linear and the quadratic part of dL add up in the variance; all of it
is exact for any sigma, in units of the loss over the weight, squared.  Without the quadratic part and for one sample, the variance over
the squared gradient, both summed over a matrix, is N + 1 for node perturbation, N_in N + 1 for weight perturbation (Werfel, Xie, Seung
2005, doi:10.1162/089976605774320539: it grows with the number of what is perturbed, N and N_in N) and N - 1 for ANP, which divides by
the length of the perturbation.  The readout is not perturbed here; it learns by the delta rule.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from .linear_network import Case, Matrices, forward, gradient, one_step, squares, step_credits


class Spread(NamedTuple):
    """Of the estimate of the gradient of the input weights from one trial of one step.

    Attributes
    ----------
    variance : of the estimate, summed over the matrix
    squared : what it is compared with: the squared gradient, as the rule adds samples up
    """

    variance: float
    squared: float

    @property
    def ratio(self) -> float:
        """Variance over squared gradient."""
        return self.variance / self.squared


def sixth(form: np.ndarray) -> np.ndarray:
    """S_i(C) of a symmetric matrix C: E[xi_i^2 (xi^T C xi)^2], (n,)."""
    trace, square = np.trace(form), form @ form
    return trace**2 + 2 * np.trace(square) + 4 * np.diag(form) * trace + 8 * np.diag(square)


def _parts(c: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x (B, I), c (B, N) and Q (N, N)."""
    readout = c.chip.weights()["readout"]
    return c.x[0], step_credits(c.chip.weights(), c)[0, 0], c.weight[0] * readout.T @ readout / len(readout)


def _of_neurons(c: Case, each: np.ndarray) -> Spread:
    """Samples are perturbed apart and averaged; `each` (B, N): variance of a sample's second and third factor, without x_j."""
    samples = c.x.shape[1]
    return Spread(float(np.einsum("bi,bj->", each, c.x[0] ** 2)) / samples**2, squares(c)["inputs"] / samples**2)


def node_variance(c: Case, sigma: float) -> Spread:
    """Node perturbation, one dL for each sample.

        g_ij = x_j xi_i dL / sigma:   var g_ij = x_j^2 (|c|^2 + c_i^2 + sigma^2 S_i(Q))
    """
    _, credit, form = _parts(c)
    return _of_neurons(c, np.square(credit).sum(axis=1, keepdims=True) + credit**2 + sigma**2 * sixth(form))


def activity_variance(c: Case, sigma: float) -> Spread:
    """ANP, one dL and one |a|^2 for each sample, scale N.

    The direction n = a / |a| does not depend on the length r = |a| / sigma, E[r^2] = N, and moments of n are those of xi over E[r^k],
    N (N + 2) and N (N + 2) (N + 4) for k = 4 and 6:

        g_ij = N x_j n_i (c . n + sigma r n^T Q n)
        var g_ij = x_j^2 (N (|c|^2 + 2 c_i^2) / (N + 2) - c_i^2 + sigma^2 N^2 S_i(Q) / ((N + 2) (N + 4)))
    """
    _, credit, form = _parts(c)
    n = len(form)
    linear = n / (n + 2) * (np.square(credit).sum(axis=1, keepdims=True) + 2 * credit**2) - credit**2
    return _of_neurons(c, linear + sigma**2 * n**2 / ((n + 2) * (n + 4)) * sixth(form))


def weight_variance(c: Case, sigma: float) -> Spread:
    """Weight perturbation, one matrix Z of normals and one dL, the mean, for all samples.

    With G the gradient, and U = mean_b x_b x_b^T, the quadratic part is that of the matrix Q x U over all pairs (i, j), whose trace is
    tr Q tr U, and whose square Q^2 x U^2:

        g_ij = Z_ij dL / sigma:   var g_ij = |G|^2 + G_ij^2 + sigma^2 S_ij(Q x U)
    """
    x, _, form = _parts(c)
    slope, spread = gradient(c)["inputs"], x.T @ x / len(x)
    both = np.kron(form, spread)
    return Spread(float((np.square(slope).sum() + slope**2).sum() + sigma**2 * sixth(both).sum()), float(np.square(slope).sum()))


VARIANCES: dict[str, Callable[[Case, float], Spread]] = {"anp": activity_variance, "np": node_variance, "wp": weight_variance}


def shares(covariance: np.ndarray) -> np.ndarray:
    """N E[a a^T / |a|^2] for a normal a with this covariance, (N, N); its trace is N.

    In its eigenbasis E[l_i z_i^2 / sum_k l_k z_k^2] = int_0^inf l_i / (1 + 2 l_i s) prod_k (1 + 2 l_k s)^(-1/2) ds.
    """
    values, vectors = np.linalg.eigh(covariance)
    x, w = np.polynomial.legendre.leggauss(400)
    u = (x + 1) / 2
    s, ds = u / (1 - u), w / 2 / (1 - u) ** 2
    spread = 1 + 2 * np.multiply.outer(values, s)
    share = (values[:, None] / spread / np.sqrt(spread).prod(axis=0) * ds).sum(axis=1)
    return len(values) * (vectors * share) @ vectors.T


def differences(c: Case) -> Iterator[np.ndarray]:
    """Covariance of the difference of ANP's passes at the hidden neurons in every step, over sigma^2: sum_k R^k R^k^T, (N, N)."""
    recurrent = c.chip.weights()["recurrent"]
    covariance, power = np.zeros_like(recurrent), np.eye(len(recurrent))
    for _ in range(len(c.x)):
        covariance, power = covariance + power @ power.T, recurrent @ power
        yield covariance


def mixing(c: Case) -> np.ndarray:
    """M(t) of every step, (T, N, N): what ANP sees of the credit of a step is M(t) times it.

    Its difference a(t) is the noise of the step and what the recurrence made of that of earlier steps, and M(t) = N E[a a^T / |a|^2].  M
    is the identity in the first step alone, so the rule is biased later; M has positive eigenvalues that sum to N, so it never points
    uphill.
    """
    return np.array([shares(covariance) for covariance in differences(c)])


def activity_target(c: Case) -> Matrices:
    """What the mean update of ANP is minus of: the gradient of every step by itself through the shape of the differences.

    Those of the outputs, b + W1 a with b their own noise, are not equally large everywhere even in the first step.
    """
    weights = c.chip.weights()
    h, y = forward(weights, c)
    error = 2 / y.shape[2] * c.weight[:, None, None] * (y - c.target)
    seen = [shares(np.eye(y.shape[2]) + weights["readout"] @ covariance @ weights["readout"].T) for covariance in differences(c)]
    return {**gradient(c, one_step(c), mixing(c)), "readout": np.einsum("toi,tbi,tbj->oj", np.array(seen), error, h[1:]) / c.x.shape[1]}
