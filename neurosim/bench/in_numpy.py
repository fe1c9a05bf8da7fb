"""Online ANP in NumPy: float32, both passes in one product, rank-one updates in place, its fastest normals."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..generators import generator
from ..network import Network, draw_weights

NOISE = 4005  # random stream
F = np.float32


def online(network: Network, rate: float, sigma: float, x: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    """A function that learns all steps from a state of zero and goes on with the weights; it returns the clean losses.

    Parameters
    ----------
    network : one output, no bias, tanh; the weights are those that a chip of seed 1 starts with
    x, y : (steps, 1, 1) inputs and targets
    """
    hidden, settings = network.hidden, network.decorrelation
    drawn = draw_weights(network, 1)
    w_in, w_rec, w_out = (np.ascontiguousarray(m, F) for m in drawn[:3])
    lateral = np.eye(hidden, dtype=F)
    scale, scatter = F(rate * np.sqrt(hidden + 2)), F(sigma)
    share = F(0 if settings is None else settings.rate)
    rng = generator(1, NOISE)

    def decorrelate(sent: np.ndarray) -> None:
        x_hat = sent[:, 0]
        if settings is not None and settings.form == "head":  # (x x^T - diag(x^2)) D without a product of matrices
            lateral[...] -= share * (np.outer(x_hat, x_hat @ lateral) - (x_hat * x_hat)[:, None] * lateral)
        else:
            change = np.outer(share * x_hat, x_hat)
            np.fill_diagonal(change, 0)
            lateral[...] -= change

    def run() -> np.ndarray:
        sent, losses = np.zeros((hidden, 2), F), np.zeros(len(x), F)
        for t in range(len(x)):
            before = sent[:, 0].copy()
            h = w_rec @ sent
            h += w_in * x[t, 0, 0]
            h[:, 1] += scatter * rng.standard_normal(hidden, F)
            sent = np.tanh(h)
            if settings is not None:
                sent = lateral @ sent
            out = w_out @ sent
            out[:, 1] += scatter * rng.standard_normal(1, F)
            error = out - y[t, 0, 0]
            losses[t] = error[0, 0] ** 2
            change = -scale * (error[0, 1] ** 2 - losses[t])
            a, b = h[:, 1] - h[:, 0], out[:, 1] - out[:, 0]
            post = (change / (a @ a)) * a
            if t > 0:
                w_rec[...] += np.outer(post, before)
            w_in[:, 0] += post * x[t, 0, 0]
            w_out[...] += (change / b[0]) * sent[:, 0]
            if settings is not None:
                decorrelate(sent)
        return losses
    return run
