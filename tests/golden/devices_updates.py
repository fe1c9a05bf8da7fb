"""Recorded pulse trains (aihwkit_update_stats.npz/json): mean and spread of thousands of updates of one outer product.

``args`` of a case: longest train, update management, train management and, if there is one, the resolution of the probabilities; ``x``
and ``d`` are the factors of ``dW = -lr d x^T``; devices are exact, their step ``dw_min``.
"""
from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Iterator

import numpy as np
from numba import njit

from neurosim.contract import Request
from neurosim.devices.constant_step import ConstantStep
from neurosim.linking import OPTIONS
from neurosim.random import Key
from neurosim.storage import padded, zeros
from neurosim.updaters.bits import bits_of
from neurosim.updaters.trains import Trains, met, prepare

F = np.float64


def count(scheme, device, request, times, seed, kept):
    """Signed pulses of every cell, one update after another."""
    for now in range(times):
        prepare(scheme, device, request, 1, Key(seed, 16, now))
        for j in range(kept.shape[2]):
            for i in range(kept.shape[1]):
                pulses = float(met(scheme, 0, j, i))
                kept[now, i, j] = pulses if request.pre[0, j] * request.post[0, i] > 0 else -pulses


if os.environ.get("NEUROSIM_PYTHON") != "1":
    count = njit(**OPTIONS)(count)


def updates(x: np.ndarray, d: np.ndarray, lr: float, step: float, args: list[float], times: int) -> np.ndarray:
    """Weight changes, (times, d.size, x.size)."""
    pre, post = zeros((1, padded(x.size)), F), zeros((1, padded(d.size)), F)
    pre[0, :x.size], post[0, :d.size] = np.sqrt(lr) * x, -np.sqrt(lr) * d
    cells = [np.full((1, 64), value, F) for value in (step, step, 1.0, -1.0)]
    device = ConstantStep(F(step), F(args[0]), *cells, F(0), F(0))
    chances, bits = (np.zeros_like(pre), np.zeros_like(post)), (bits_of(pre, args[0]), bits_of(post, args[0]))
    scheme = Trains(int(args[1]), int(args[2]), F(args[3] if len(args) > 3 else 0), *chances, *bits, np.zeros(1, np.int64))
    kept = np.zeros((times, d.size, x.size))
    count(scheme, device, Request(pre, post, zeros(1, F), np.zeros(1, np.int64)), times, 1, kept)
    return step * kept


def check(path: pathlib.Path) -> Iterator[tuple[str, float, float]]:
    """Mean within 5 standard errors of both recordings, spread within 8 % where pulses are not rare."""
    data, about = np.load(path), json.loads(path.with_suffix(".json").read_text())
    for name, facts in about.items():
        ours = updates(data["x"].astype(F), data["d"].astype(F), facts["lr"], facts["dw_min"], facts["args"], facts["R"])
        mean, sd, wanted = data[f"{name}_mean"], data[f"{name}_std"], data[f"{name}_theory_std"]
        error = np.sqrt((wanted**2 + ours.var(axis=0)) / facts["R"]) + 0.02 * facts["dw_min"]
        yield f"{name}: mean, in standard errors", float((np.abs(ours.mean(axis=0) - mean) / error).max()), 5.0
        often = wanted > 0.3 * facts["dw_min"]
        if often.any():
            yield f"{name}: standard deviation", float(np.abs(ours.std(axis=0)[often] / sd[often] - 1).max()), 0.08


CHECKS = {"aihwkit_update_stats": check}
