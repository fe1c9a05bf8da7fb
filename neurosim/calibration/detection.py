"""Spreads and noises that the traces cannot tell from nothing, and how large they can be at most.

A variance counts as seen if its estimate is above 2 standard errors (97.7 %, one-sided).  The standard error of the population variance
Sigma_ii follows from the Fisher information of a variance component, 1/2 sum_d [(Sigma + V_d)^-1]_ii^2, V_d what noise leaves unknown
of device d; to judge whether it is there at all, Sigma_ii = 0 is put in.  The limit of what is not seen is the estimate + 2 standard
errors.

References
----------
.. [1] Searle, Casella & McCulloch, Variance Components, 1992, sec. 6.3: information of variance components
"""
from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

ERRORS = 2.0      # standard errors
NOTHING = 1e-9    # variance in place of 0, in units of a typical one


def hidden_noises(shared: np.ndarray, shared_cov: np.ndarray) -> Mapping[int, float]:
    """Cycle noise (0) and write noise (1) that are not seen, and their limits (standard deviations).

    Parameters
    ----------
    shared, shared_cov : psi, whose first two are logarithms of standard deviations, and its covariance

    Notes
    -----
    The likelihood knows the variance v = exp(2 log s), also at v = 0 where log s is nowhere: its standard error is 2 v that of log s.
    """
    hidden = {}
    for i in (0, 1):
        variance = math.exp(2 * shared[i])
        error = 2 * variance * math.sqrt(max(shared_cov[i, i], 0.0))
        if not variance > ERRORS * error:
            hidden[i] = math.sqrt(variance + ERRORS * error)
    return hidden


def hidden_spreads(cov: np.ndarray, posterior: np.ndarray) -> Mapping[int, float]:
    """Parameters of devices whose spread is not seen, by number, and the limits of their spreads (standard deviations).

    Parameters
    ----------
    cov : (k, k) Sigma
    posterior : (n_devices, k, k) covariance of the parameters of every device given its trace and the population
    """
    size = np.sqrt(np.diag(cov))
    scaled, unknown = cov / np.outer(size, size), posterior / np.outer(size, size)
    information = np.linalg.inv(unknown) - np.linalg.inv(scaled)
    hidden = {}
    for i in range(len(size)):
        without = scaled.copy()
        without[i, :] = without[:, i] = 0.0
        without[i, i] = NOTHING
        if not 1.0 > ERRORS * _error(without, information, i):
            hidden[i] = float(size[i] * math.sqrt(1.0 + ERRORS * _error(scaled, information, i)))
    return hidden


def _error(cov: np.ndarray, information: np.ndarray, i: int) -> float:
    """Standard error of variance i: of (Sigma + V)^-1 = Sigma^-1 (Sigma^-1 + V^-1)^-1 V^-1."""
    precision = np.linalg.inv(cov)
    weight = (precision @ np.linalg.inv(precision + information) @ information)[:, i, i]
    total = float(np.sum(weight**2))
    return math.sqrt(2 / total) if total > 0 else math.inf
