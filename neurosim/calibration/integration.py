"""The population of devices of which a trace tells little: their parameters integrated out by importance sampling.

Where a device diffuses in front of a bound, or turns back before it, its likelihood falls off steeply on one side of the bound and not at
all on the other.  The normal (Laplace) approximation of `scoring` then takes the mode for the mean: bounds come out up to a tenth too
close, and their spread too small.  Here every device gets samples phi_s ~ r_d of its parameters with their log-likelihoods, and EM runs on

    w_s ~ L_d(phi_s) N(phi_s; mu, Sigma) / r_d(phi_s),   mu = mean_d E_w[phi],   Sigma = mean_d E_w[(phi - mu) (phi - mu)']

which needs no further likelihoods, up to the maximum of the marginal likelihood sum_d log mean_s L_d N / r_d [1]_.  r_d is half a
Student t distribution around what is known of the device, half the population as to its bounds.  Each round samples around what the
last one found.  What all devices share stays as it is.

References
----------
.. [1] Wei & Tanner, J. American Statistical Association 85:699, 1990, doi:10.1080/01621459.1990.10474930: Monte Carlo EM
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, logsumexp

from ..generators import generator
from .kalman import innovations
from .score import Problem, State, counted, values_of
from .scoring import Fitted, floored

STREAM = 72       # of the generator; these samples are its only user
SAMPLES = 128     # of every device
ROUNDS = 3
STEPS = 500       # of EM on the same samples at most
GAIN = 1e-3       # of the log-likelihood, less of which ends them
FREEDOM = 5.0     # degrees, of the t distribution
WIDER = 1.5       # its scale matrix, in covariances
FEW = 5.0         # samples in effect


class Source(NamedTuple):
    """What parameters of every device were drawn from: half a t distribution, half a normal one."""

    centre: np.ndarray   # (n_devices, k) of the t distribution
    scale: np.ndarray    # (n_devices, k, k)
    middle: np.ndarray   # (n_devices, k) of the normal distribution
    across: np.ndarray   # (n_devices, k, k)


class Samples(NamedTuple):
    """Parameters that every device might have."""

    phi: np.ndarray     # (k, n_samples, n_devices)
    value: np.ndarray   # (n_samples, n_devices) log-likelihood
    log_r: np.ndarray   # (n_samples, n_devices) log of the mean density of all sources


def integrated(fitted: Fitted) -> Fitted:
    """The same fit with mean, covariance and log-likelihood of the population from samples; devices at their posterior mean.

    The posterior covariance is that of the information at the mode and of the new population: so few samples are no measure of how
    little is known of a device.
    """
    rng, known = generator(0, STREAM), fitted.posterior
    information = np.linalg.inv(known) - np.linalg.inv(fitted.state.cov)
    sources: list[Source] = []
    phi, value = np.empty((len(known[0]), 0, len(known))), np.empty((0, len(known)))
    for _ in range(ROUNDS):
        sources.append(Source(fitted.state.devices.T, WIDER * fitted.posterior, *loosened(fitted)))
        new = drawn(sources[-1], rng)
        phi = np.concatenate([phi, new], axis=1)
        value = np.concatenate([value, log_likelihoods(fitted.problem, new, fitted.state.shared)])
        samples = Samples(phi, value, log_density(sources, phi))
        state, log_likelihood = climbed(samples, fitted.state, fitted.problem.scale)
        weight, _ = weights(samples, state)
        mean, cov = moments(samples, weight)
        few = 1 / (1 + (1 / np.sum(weight**2, axis=0)) / FEW)  # so few samples tell no covariance
        fitted = fitted._replace(
            state=state._replace(devices=mean), posterior=cov + few[:, None, None] * known, log_likelihood=log_likelihood)
    return fitted._replace(posterior=np.linalg.inv(information + np.linalg.inv(fitted.state.cov)))


def drawn(source: Source, rng: np.random.Generator) -> np.ndarray:
    """(k, SAMPLES, n_devices) from one source."""
    half, (n, k) = SAMPLES // 2, source.centre.shape
    normal, chi2 = rng.standard_normal((2, half, n, k)), rng.chisquare(FREEDOM, (half, n)) / FREEDOM
    near = np.einsum("dij,sdj->sdi", np.linalg.cholesky(source.scale), normal[0]) / np.sqrt(chi2)[..., None] + source.centre
    far = np.einsum("dij,sdj->sdi", np.linalg.cholesky(source.across), normal[1]) + source.middle
    return np.moveaxis(np.concatenate([near, far]), 2, 0)


def log_density(sources: list[Source], phi: np.ndarray) -> np.ndarray:
    """Log of the mean density of the sources, (n_samples, n_devices): wherever a sample came from, it could have come from all."""
    at = np.moveaxis(phi, 0, 2)
    parts = [student(at - centre, scale, freedom) for source in sources
             for centre, scale, freedom in ((*source[:2], FREEDOM), (*source[2:], np.inf))]
    return logsumexp(parts, axis=0) - np.log(len(parts))


def loosened(fitted: Fitted) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of every device as if its trace had not told where its bounds are: those of the population, given the rest."""
    state, k = fitted.state, len(fitted.state.mean)
    rest, bounds = np.r_[0:2, 4:k], np.r_[2:4]
    slope = np.linalg.solve(state.cov[np.ix_(rest, rest)], state.cov[np.ix_(rest, bounds)]).T
    left = state.cov[np.ix_(bounds, bounds)] - slope @ state.cov[np.ix_(rest, bounds)]
    turn = np.zeros((k, k))                      # from the rest to all, bounds as the population has them on average
    turn[np.ix_(rest, rest)], turn[np.ix_(bounds, rest)] = np.eye(k - 2), slope
    cov = turn @ fitted.posterior @ turn.T
    cov[:, bounds[:, None], bounds] += left
    return (state.mean[:, None] + turn @ (state.devices - state.mean[:, None])).T, WIDER * cov


def student(away: np.ndarray, scale: np.ndarray, freedom: float) -> np.ndarray:
    """Log-density of a multivariate t distribution, normal if `freedom` is infinite, at (n_samples, n_devices, k) from its centre."""
    k = away.shape[2]
    _, log_det = np.linalg.slogdet(scale)
    square = np.einsum("sdi,dij,sdj->sd", away, np.linalg.inv(scale), away)
    if np.isinf(freedom):
        return -0.5 * (square + log_det + k * np.log(2 * np.pi))
    constant = gammaln((freedom + k) / 2) - gammaln(freedom / 2) - 0.5 * k * np.log(freedom * np.pi)
    return constant - 0.5 * log_det - 0.5 * (freedom + k) * np.log1p(square / freedom)


def log_likelihoods(problem: Problem, phi: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """Log-likelihood of every device, (n_samples, n_devices), at (n_device_parameters, n_samples, n_devices)."""
    sets = np.concatenate([phi, np.broadcast_to(shared[:, None, None], (len(shared), *phi.shape[1:]))])
    total = np.zeros(phi.shape[1:]) - 0.5 * np.log(2 * np.pi) * counted(problem.traces)
    for gap, variance, surplus in innovations(
            problem.curve, values_of(problem.curve, sets), problem.traces, problem.read_std, problem.belief):
        total += surplus - 0.5 * (np.log(variance) + gap * gap / variance)
    return np.where(np.isfinite(total), total, -np.inf)


def weights(samples: Samples, state: State) -> tuple[np.ndarray, np.ndarray]:
    """Weight of every sample, 1 in sum, and the marginal log-likelihood of every device."""
    away = np.moveaxis(samples.phi, 0, 2) - state.mean
    log_w = samples.value + student(away, np.broadcast_to(state.cov, (away.shape[1], *state.cov.shape)), np.inf) - samples.log_r
    total = logsumexp(log_w, axis=0)
    return np.exp(log_w - total), total - np.log(len(log_w))


def moments(samples: Samples, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (n_device_parameters, n_devices) and covariance (n_devices, ...) of every device; it is never without width."""
    mean = np.einsum("sd,isd->id", weight, samples.phi)
    away = samples.phi - mean[:, None]
    cov = np.einsum("sd,isd,jsd->dij", weight, away, away)
    ridge = 1e-6 * np.einsum("sdi->i", np.moveaxis(away, 0, 2) ** 2) / away[0].size
    return mean, cov + np.diag(ridge)


def climbed(samples: Samples, state: State, scale: np.ndarray) -> tuple[State, float]:
    """The population of largest marginal likelihood (EM), and that likelihood."""
    last = -np.inf
    for _ in range(STEPS):
        weight, marginal = weights(samples, state)
        value = float(marginal.sum())
        if value < last + GAIN:
            break
        last = value
        mean, cov = moments(samples, weight)
        middle = mean.mean(axis=1)
        away = mean - middle[:, None]
        state = state._replace(mean=middle, cov=floored(away @ away.T / away.shape[1] + cov.mean(axis=0), scale))
    return state, last
