"""The digits that the benchmark uses here, in place of MNIST."""
from __future__ import annotations

import numpy as np

from ..generators import generator
from ..tasks.digits import SIDE, read_digits
from .learning import Samples

SPLIT = 63  # random stream


def digits(seed: int, side: int = 20, n_test: int = 360) -> tuple[Samples, Samples]:
    """Training and test images, black and white, `side` x `side`.

    The 1797 digits of 8 x 8 pixels that the package ships (UCI, see tasks/digits.py), enlarged; NeuroSim has MNIST cut to 20 x 20.

    Parameters
    ----------
    seed : decides which images test
    """
    shown = read_digits()
    order = generator(seed, SPLIT).permutation(len(shown.labels))
    images = (enlarged(shown.pixels.reshape(-1, SIDE, SIDE), side) >= 0.5).astype(np.float64).reshape(len(order), -1)
    training, test = order[n_test:], order[:n_test]
    return Samples(images[training], shown.labels[training]), Samples(images[test], shown.labels[test])


def enlarged(images: np.ndarray, side: int) -> np.ndarray:
    """Images (n, rows, rows) as (n, side, side), bilinear between the centres of their pixels."""
    n = images.shape[1]
    at = np.clip((np.arange(side) + 0.5) * n / side - 0.5, 0, n - 1)
    low = np.minimum(at.astype(int), n - 2)
    matrix = np.zeros((side, n))
    matrix[np.arange(side), low] = 1 - (at - low)
    matrix[np.arange(side), low + 1] = at - low
    return np.asarray(matrix @ images @ matrix.T)
