"""Maximum likelihood with parameters of every device: Fisher scoring with the Laplace approximation.

Parameters of device d are phi_d ~ N(mu, Sigma), those that all devices share are psi.  Scoring climbs
sum_d [log L_d(phi_d, psi) + log N(phi_d; mu, Sigma)] in all phi_d and psi at once (the Hessian has an arrow shape); between two steps mu
and Sigma become the mean and the covariance of phi, posterior uncertainty included (EM), so that what noise adds to the scatter of the
estimates does not count as a spread of the devices.

References
----------
.. [1] Laird & Ware, Random-effects models for longitudinal data, Biometrics 38:963, 1982, doi:10.2307/2529876
"""
from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .curves import Curve
from .score import Problem, Slopes, State, counted, shared_names, slopes

LIMITS = {"log_sigma": (-8.0, 4.0), "log_write_std": (-10.5, 1.0), "c": (-1e3, 0.999), "gamma": (0.05, 50.0), "node": (0.0, 50.0)}
FLOORS = (-4.0, -5.5, -7.0, -8.5)  # of log_write_std while far from the maximum: a likelihood without noise is all cliffs
ROUGH = 20.0          # change of the log-likelihood that ends such a stage
FLAT = 1e-10          # smallest eigenvalue of Sigma, in squared units of the scales
ITERATIONS = 80
TOLERANCE = 0.1       # loss of log-likelihood that a step may bring
GAIN, PATIENCE = 0.3, 3  # the end: no gain of that much in so many steps; AIC counts in units of 2
MAX_MOVE = 1.0        # of a shared parameter in one step
MAX_OWN_MOVE = 0.5    # of a parameter of a device, in units of its scale
MAX_DAMPING = 1e8
RETRIES = 6           # steps of a device that starts again
RETRIES_NEAR = 3      # if only a bound is moved
LEAST_GAIN = 0.5      # of its log-likelihood


class Place(NamedTuple):
    """Where scoring is, and what it sees there."""

    state: State
    at: Slopes
    damping: np.ndarray  # (n_devices,) Levenberg-Marquardt


class Fitted(NamedTuple):
    """The result of scoring."""

    problem: Problem
    state: State
    log_likelihood: float      # marginal, Laplace approximation
    posterior: np.ndarray      # (n_devices, k, k) covariance of phi_d given the data
    shared_cov: np.ndarray     # (n_shared, n_shared) of psi
    iterations: int
    has_converged: bool

    @property
    def n_parameters(self) -> int:
        """Of mu, Sigma and psi."""
        n = len(self.state.mean)
        return n + n * (n + 1) // 2 + len(self.state.shared)

    @property
    def n_readings(self) -> int:
        """That the likelihood is of."""
        return int(counted(self.problem.traces).sum())

    @property
    def aic(self) -> float:
        """Akaike information criterion."""
        return 2 * self.n_parameters - 2 * self.log_likelihood


def limits(curve: Curve) -> np.ndarray:
    """(n_shared, 2) range of the shared parameters."""
    return np.array([LIMITS.get(name, LIMITS.get(name.split("_")[0], LIMITS["node"])) for name in shared_names(curve)])


def prior_log_density(state: State) -> np.ndarray:
    """log N(phi_d; mu, Sigma) of every device."""
    away = state.devices - state.mean[:, None]
    _, log_det = np.linalg.slogdet(state.cov)
    return -0.5 * (np.einsum("id,id->d", away, np.linalg.solve(state.cov, away)) + log_det + len(away) * np.log(2 * np.pi))


def step(problem: Problem, place: Place, is_joint: bool, floor: float) -> State:
    """One damped scoring step in phi, and in psi if joint."""
    state, (_, gradient, information) = place.state, place.at
    n_own, scale = len(state.devices), problem.scale
    precision = np.linalg.inv(state.cov)
    gradient, information = gradient.copy(), information.copy()
    gradient[:, :n_own] -= (precision @ (state.devices - state.mean[:, None])).T
    information[:, :n_own, :n_own] += precision
    diagonal = np.einsum("dii->di", information)  # a view
    diagonal += place.damping[:, None] * diagonal + 1e-9 / np.concatenate([scale, np.ones(len(state.shared))]) ** 2
    own, cross, rest = information[:, :n_own, :n_own], information[:, :n_own, n_own:], information[:, n_own:, n_own:].sum(axis=0)
    solved = np.linalg.solve(own, np.concatenate([gradient[:, :n_own, None], cross], axis=2))
    free, follow = solved[:, :, 0], solved[:, :, 1:]
    shared = state.shared
    if is_joint:
        left = rest - np.einsum("dip,diq->pq", cross, follow)
        move = np.linalg.solve(left, gradient[:, n_own:].sum(axis=0) - np.einsum("dip,di->p", cross, free))
        move *= min(1.0, MAX_MOVE / max(np.abs(move).max(), 1e-12))
        shared = np.clip(shared + move, *limits(problem.curve).T)
        shared[1] = max(shared[1], floor)
    own_move, bound = (free - follow @ (shared - state.shared)).T, MAX_OWN_MOVE * scale[:, None]
    return state._replace(devices=positive(state.devices + np.clip(own_move, -bound, bound)), shared=shared)


def positive(devices: np.ndarray) -> np.ndarray:
    """The same devices with both steps positive: the steps are |step +- half_difference|, so that the two could change places."""
    up, down = np.abs(devices[0] + devices[1]), np.abs(devices[0] - devices[1])
    return np.concatenate([[(up + down) / 2, (up - down) / 2], devices[2:]])


def posterior(state: State, at: Slopes) -> np.ndarray:
    """Covariance of the parameters of every device, shared ones as they are."""
    n_own = len(state.devices)
    return np.linalg.inv(at.information[:, :n_own, :n_own] + np.linalg.inv(state.cov))


def population(state: State, at: Slopes, scale: np.ndarray) -> State:
    """The mean and the covariance of the parameters of the devices (EM)."""
    mean = state.devices.mean(axis=1)
    away = state.devices - mean[:, None]
    cov = away @ away.T / state.devices.shape[1] + posterior(state, at).mean(axis=0)
    return state._replace(mean=mean, cov=floored(cov, scale))


def floored(cov: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """A covariance without eigenvalues below `FLAT`, in units of the scales: it can be inverted."""
    values, vectors = np.linalg.eigh(cov / np.outer(scale, scale))
    cov = (vectors * np.maximum(values, FLAT)) @ vectors.T * np.outer(scale, scale)
    return (cov + cov.T) / 2


def marginal_of_devices(state: State, at: Slopes) -> np.ndarray:
    """Log-likelihood of every device with its parameters integrated out (Laplace)."""
    _, log_det = np.linalg.slogdet(posterior(state, at))
    return at.value + prior_log_density(state) + 0.5 * log_det + 0.5 * len(state.devices) * np.log(2 * np.pi)


def moved(problem: Problem, place: Place, is_joint: bool, floor: float) -> tuple[Place, bool]:
    """Take one step where it gains; whether it was taken.

    A joint step is taken as a whole.  In a step of the devices alone each is on its own: those that gain do not wait for the others.
    """
    trial = step(problem, place, is_joint, floor)
    there = slopes(problem, trial)
    gain = there.value + prior_log_density(trial) - place.at.value - prior_log_density(place.state)
    is_better = gain > -TOLERANCE / len(gain)  # False also if it is not a number
    damping = np.clip(np.where(is_better, place.damping / 6, place.damping * 8), 1e-9, MAX_DAMPING)
    if is_joint:
        is_taken = bool(np.sum(gain) > -TOLERANCE)
        return (Place(trial, there, damping) if is_taken else place._replace(damping=damping)), is_taken
    return chosen(is_better, Place(trial, there, damping), place._replace(damping=damping)), True


def chosen(is_new: np.ndarray, new: Place, old: Place) -> Place:
    """Device by device the new or the old place; both with the same shared parameters."""
    at = Slopes(*(np.where(is_new.reshape(-1, *[1] * (b.ndim - 1)), a, b) for a, b in zip(new.at, old.at)))
    return Place(old.state._replace(devices=np.where(is_new, new.state.devices, old.state.devices)), at,
                 np.where(is_new, new.damping, old.damping))


def second_chance(problem: Problem, place: Place, start: State) -> Place:
    """Let every device climb again from other places; keep what is better.

    From the median of the population and its first bounds: a device whose bound was lost out of sight early on finds nothing there that
    leads back.  And with one bound beyond its own and the mean one: a bound that explains by chance where a trace turned holds it fast.
    """
    devices = np.repeat(np.median(place.state.devices, axis=1)[:, None], place.state.devices.shape[1], axis=1)
    devices[2:4] = start.devices[2:4]
    place = again(problem, place, devices, RETRIES)
    for bound, outward in ((2, 1.0), (3, -1.0)):
        devices = place.state.devices.copy()
        farther = outward * devices[bound] + np.sqrt(place.state.cov[bound, bound])
        devices[bound] = outward * np.maximum(farther, outward * place.state.mean[bound])
        place = again(problem, place, devices, RETRIES_NEAR)
    return place


def again(problem: Problem, place: Place, devices: np.ndarray, steps: int) -> Place:
    """Climb from `devices`, each on its own; those that end at a larger marginal likelihood stay there: a spike is high, but narrow."""
    state = place.state._replace(devices=devices)
    there = Place(state, slopes(problem, state), np.full(devices.shape[1], 1e-2))
    for _ in range(steps):
        there, _ = moved(problem, there, False, -np.inf)
    gain = marginal_of_devices(there.state, there.at) - marginal_of_devices(place.state, place.at)
    return chosen(gain > LEAST_GAIN, there, place)


def maximise(problem: Problem, start: State, *, is_fixed: bool = False, is_near: bool = False, iterations: int = ITERATIONS,
             watch: Callable[[int, float], None] | None = None) -> Fitted:
    """Climb to the maximum.

    Parameters
    ----------
    start : where to begin
    is_fixed : keep psi, mu and Sigma, which come from other devices
    is_near : the start is near the maximum
    watch : called with the iteration and the marginal log-likelihood
    """
    floors = [-np.inf] if is_fixed or is_near else [*FLOORS, -np.inf]
    shared = start.shared.copy()
    shared[1] = max(shared[1], floors[0])
    state = start._replace(shared=shared)
    place = Place(state, slopes(problem, state), np.full(start.devices.shape[1], 1e-2))
    best, calm, turn, is_joint, is_retried = -np.inf, 0, 0, not is_fixed, is_near
    while turn < iterations and place.damping.min() < MAX_DAMPING:
        turn += 1
        place, is_taken = moved(problem, place, is_joint, floors[0])
        is_joint = not is_fixed and is_taken
        if not is_taken:
            continue
        if not is_fixed:
            place = place._replace(state=population(place.state, place.at, problem.scale))
        value = float(marginal_of_devices(place.state, place.at).sum())
        if watch is not None:
            watch(turn, value)
        is_rough = len(floors) > 1
        calm = 0 if value > best + (ROUGH if is_rough else GAIN) else calm + 1
        best = max(value, best)
        if is_rough and calm:
            floors, calm, best = floors[1:] if place.state.shared[1] < floors[0] + 0.5 else floors[-1:], 0, -np.inf
        elif calm == PATIENCE and not is_retried:
            place, calm, best, is_retried = second_chance(problem, place, start), 0, -np.inf, True
        elif calm == PATIENCE:
            break
    value = float(marginal_of_devices(place.state, place.at).sum())
    return Fitted(
        problem, place.state, value, posterior(place.state, place.at), _shared_cov(place.state, place.at), turn, calm >= PATIENCE)


def _shared_cov(state: State, at: Slopes) -> np.ndarray:
    n = len(state.devices)
    cross = at.information[:, :n, n:]
    left = at.information[:, n:, n:].sum(axis=0) - np.einsum("dip,dij,djq->pq", cross, posterior(state, at), cross)
    return np.linalg.pinv(left, hermitian=True)
