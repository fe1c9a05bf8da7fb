"""A perceptron of two layers, trained online as MLP+NeuroSim trains it: gradients in NumPy, weights on devices or digital.

Source: Chen, Peng, Yu 2018, IEEE TCAD 37:3067, doi:10.1109/TCAD.2018.2789723, and Train.cpp, Array.cpp, Mapping.cpp of MLP+NeuroSim V3.0
(github.com/neurosim/MLP_NeuroSim_V3.0): stochastic gradient descent, inputs and hidden activity of one bit, sums of 8 bits, no noise of
reads.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..generators import generator
from .weights import Weights

START, ORDER = 61, 62  # random streams
RATES = 0.4, 0.2  # of the layers; Param.cpp


class Samples(NamedTuple):
    """Images and their classes, by number."""

    images: np.ndarray  # (n, n_inputs) 0 or 1
    labels: np.ndarray  # (n,) int


class Perceptron(NamedTuple):
    """Two layers of sigmoid neurons without bias."""

    first: Weights
    second: Weights


def start(n_inputs: int, n_hidden: int, n_outputs: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Initial weights of both layers (post, pre): thirds from -1 to 1, all equally likely."""
    rng = generator(seed, START)
    return rng.integers(-3, 4, (n_hidden, n_inputs)) / 3, rng.integers(-3, 4, (n_outputs, n_hidden)) / 3


def sigmoid(x: np.ndarray) -> np.ndarray:
    """``1 / (1 + exp(-x))``."""
    return np.asarray(1 / (1 + np.exp(-x)))


def forward(network: Perceptron, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Activity of both layers, (n, n_hidden) and (n, n_outputs); what is sent on of hidden activity is 1 from 1/2 on, else 0."""
    a = sigmoid(network.first.sums(images))
    return a, sigmoid(network.second.sums((a >= 0.5).astype(np.float64)))


def requests(
    a: np.ndarray, y: np.ndarray, back: np.ndarray, image: np.ndarray, wanted: np.ndarray, rates: tuple[float, float] = RATES
) -> tuple[np.ndarray, np.ndarray]:
    """Changes that are asked of both layers, (post, pre), after one image.

    ``d2 = 2 (y - y*) y (1 - y)``, ``d1 = (W2^T d2) a (1 - a)``; ``-rate d1 x^T`` and ``-rate d2 a^T``.

    Parameters
    ----------
    a, y : (n_hidden,), (n_outputs,) activity
    back : (n_outputs, n_hidden) weights of the second layer
    image, wanted : (n_inputs,), (n_outputs,)
    """
    delta = 2 * (y - wanted) * y * (1 - y)
    hidden = (back.T @ delta) * a * (1 - a)
    return np.outer(-rates[0] * hidden, image), np.outer(-rates[1] * delta, a)


def learn(network: Perceptron, samples: Samples, seed: int, epoch: int, rates: tuple[float, float] = RATES) -> None:
    """Show all images once, in an order that depends on (seed, epoch), and write after each of them."""
    wanted = np.eye(int(samples.labels.max()) + 1)
    for k in generator(seed, ORDER, epoch).permutation(len(samples.images)):
        image = samples.images[k]
        a, y = forward(network, image[None])
        for layer, change in zip(
                network, requests(a[0], y[0], network.second.read(), image, wanted[samples.labels[k]], rates), strict=True):
            layer.change(change)


def accuracy(network: Perceptron, samples: Samples) -> float:
    """Share of images whose largest output is that of their class."""
    return float(np.mean(forward(network, samples.images)[1].argmax(axis=1) == samples.labels))


def trained(network: Perceptron, training: Samples, test: Samples, epochs: int, seed: int) -> list[float]:
    """Accuracy on the test after every epoch."""
    found = []
    for epoch in range(epochs):
        learn(network, training, seed, epoch)
        found.append(accuracy(network, test))
    return found
