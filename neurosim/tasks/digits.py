"""Digits: small handwritten digits, read pixel by pixel."""
from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from .csv_columns import read_columns
from .images import Images, image_dataset, permuted
from .task import Dataset, Task

DIGITS_PATH = Path(__file__).parent / "data" / "digits.csv.gz"
SIDE = 8  # pixels
MOST_INK = 16  # a pixel counts the black dots among 4 x 4
COLUMNS = (*(f"pixel_{k}" for k in range(SIDE * SIDE)), "digit")


class Digits(Task):
    """Tell which digit an 8 x 8 image shows, one pixel a step.

    1797 images of handwritten digits [1]_, shipped.  An image is 64 steps of one input, its ink from 0 to 1, in a
    fixed random order, the same for every image, seed and run, so that neighbours in time are not neighbours in the image.
    The target is one-hot of the digit and counts in the last `ask_steps` steps only.  The state is reset before every
    image.

    The seed decides which images test; all others train, in a new order every epoch.

    Parameters
    ----------
    permuted : bool, False shows the pixels row by row
    ask_steps : int, number of last steps that count; more than 1 asks before all pixels are shown
    test_images : int, rounded up to whole batches; the training images are the rest, those that fill no batch have their
        turn in other epochs

    Notes
    -----
    ``scores`` adds "accuracy": the share of images whose largest output, in the mean over the steps that count, is the
    right one; chance is 0.1.

    Difficulty, defaults, mean and standard deviation over seeds 1, 2, 3.  "Frozen" is a least-squares readout of 100 tanh
    neurons with random weights that never learn, fitted to epoch 0; "BPTT" trains all weights of the same network; both in
    float64 without noise:

    ===================================================  ===============  =============
    predictor                                            mse              accuracy
    ===================================================  ===============  =============
    constant                                             0.0901           chance
    linear (all pixels), no memory needed                0.0354           0.937 ± 0.018
    frozen, Xavier                                       0.0290 ± 0.0005  0.913 ± 0.006
    frozen, orthogonal, ``recurrent_scale`` 0.9          0.0249 ± 0.0009  0.944 ± 0.010
    frozen, orthogonal                                   0.0234 ± 0.0010  0.962 ± 0.006
    frozen, orthogonal, ``input_scale`` 0.3              0.0233 ± 0.0011  0.970 ± 0.006
    frozen, orthogonal 0.9, ``ask_steps`` 8              0.0631 ± 0.0023  0.773 ± 0.050
    BPTT, orthogonal 0.9, 20 epochs of Adam at 1e-3      0.0142 ± 0.0009  0.968 ± 0.010
    ===================================================  ===============  =============

    In reading order, ``permuted = False``, the first three frozen ones have accuracy 0.843 ± 0.046, 0.931 ± 0.005 and
    0.961 ± 0.011.  One image of the test is 0.003.

    References
    ----------
    .. [1] Alpaydin, Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998,
       doi:10.24432/C50P49, CC BY 4.0; the copy is scikit-learn's
    """

    name: Literal["digits"] = "digits"
    permuted: bool = True
    ask_steps: int = Field(default=1, ge=1, le=SIDE * SIDE)
    test_images: int = Field(default=360, ge=1, le=1796)

    default_batch: ClassVar[int] = 20

    def load(self, seed: int, batch: int) -> Dataset:
        """Make the arrays; see `Task.load`."""
        images = read_digits()
        return image_dataset(
            permuted(images) if self.permuted else images, seed, batch, None, self.test_images, self.ask_steps,
            "handwritten digits 8 x 8 of UCI optdigits (CC BY 4.0), "
            f"pixel by pixel in {'a fixed random' if self.permuted else 'reading'} order")


def read_digits() -> Images:
    """The 1797 shipped images, row by row, ink from 0 to 1."""
    table = read_columns(DIGITS_PATH, COLUMNS)
    return Images(table[:, :-1] / MOST_INK, table[:, -1].astype(np.int64))
