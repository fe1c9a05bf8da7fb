"""Permuted sequential MNIST: images of 28 x 28 pixels from a file of the user, read pixel by pixel."""
from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from ..errors import InputError
from ..untrusted import MAX_BYTES, Arrays, npz_arrays
from .images import CLASSES, Images, image_dataset, permuted
from .task import Dataset, Task

SIDE = 28          # pixels
MOST_IMAGES = 125_000  # of a file: they take 0.8 GB as float64, MNIST has 70000
KERAS = ("x_train", "y_train", "x_test", "y_test")


class PsMNIST(Task):
    """Tell which of ten classes a 28 x 28 image shows, one pixel a step.

    The file is an ``.npz`` archive with the arrays x, (n, 28, 28) or (n, 784) uint8, and y, (n,) whole numbers from 0
    to 9: MNIST [1]_ or anything of its layout.  x_train, y_train, x_test, y_test, as Keras packs it, do as well and are joined.  It is
    yours to bring; numpy.savez makes one.  Every ``pool`` x ``pool``
    pixels are averaged and scaled to [0, 1]; the ``784 / pool**2`` pixels are shown in a fixed random order [2]_, the same for
    every image, seed and run.  The target is one-hot of the class and counts in the last `ask_steps` steps only.  The
    state is reset before every image.

    Training and test images are drawn from the whole file, by the seed: the file's own order, for instance MNIST's 60000
    to train and 10000 to test, is not kept.  Every epoch shows the training images in an order of its own.

    Parameters
    ----------
    data : path of the archive
    train_images : int; a rest that fills no batch has its turn in other epochs
    test_images : int, rounded up to whole batches
    pool : {1, 2, 4}, pixels that are averaged in each direction: 784, 196 or 49 steps
    permuted : bool, False shows the pixels row by row
    ask_steps : int, number of last steps that count

    Notes
    -----
    The targets of 5000 images at 784 steps take 0.3 GB; ``pool = 4`` takes a sixteenth, also of the time.  No image is shipped,
    so there are no errors of trivial predictors or frozen networks to quote: a run reports those of its own file.

    ``scores`` adds "accuracy": the share of images whose largest output, in the mean over the steps that count, is the
    right one; chance is 0.1.

    References
    ----------
    .. [1] LeCun, Bottou, Bengio, Haffner, Gradient-based learning applied to document recognition, Proc. IEEE 86, 1998,
       doi:10.1109/5.726791
    .. [2] Le, Jaitly, Hinton, A simple way to initialize recurrent networks of rectified linear units, 2015,
       arXiv:1504.00941
    """

    name: Literal["psmnist"] = "psmnist"
    data: str
    train_images: int = Field(default=5000, ge=1, le=10_000_000)
    test_images: int = Field(default=1000, ge=1, le=10_000_000)
    pool: Literal[1, 2, 4] = 1
    permuted: bool = True
    ask_steps: int = Field(default=1, ge=1, le=SIDE * SIDE)

    default_batch: ClassVar[int] = 20

    @field_validator("data", mode="before")
    @classmethod
    def accept_path(cls, data: object) -> object:
        """A `pathlib.Path` is as good as its text."""
        return os.fspath(data) if isinstance(data, os.PathLike) else data

    def load(self, seed: int, batch: int) -> Dataset:
        """Make the arrays; see `Task.load`."""
        path = Path(self.data)
        images = pooled(*read_images(path), self.pool)
        return image_dataset(
            permuted(images) if self.permuted else images, seed, batch, self.train_images, self.test_images, self.ask_steps,
            f"{path.name}, 28 x 28 averaged over {self.pool} x {self.pool}, pixel by pixel in "
            f"{'a fixed random' if self.permuted else 'reading'} order")


def pooled(x: np.ndarray, y: np.ndarray, pool: int) -> Images:
    """Average blocks of ``pool`` x ``pool`` pixels; ink from 0 to 1."""
    side = SIDE // pool
    blocks = x.reshape(len(x), side, pool, side, pool)
    ink = blocks.sum(axis=(2, 4), dtype=np.float64).reshape(len(x), -1)
    ink /= 255.0 * pool**2  # in place: all images take 0.8 GB
    return Images(ink, y.astype(np.int64))


def read_images(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The arrays x and y of an archive.

    Raises
    ------
    InputError
        No such file, what `untrusted.npz_arrays` refuses, an array is missing, of another shape or type, holds more than
        125000 images or a class that is none of 0 ... 9.
    """
    if not path.is_file():
        raise InputError("task.data", f"= {str(path)!r}; {'not a file' if path.exists() else 'no such file'}")
    arrays = npz_arrays(path, ("x", "y", *KERAS), most_dimensions=3, most_cells=MAX_BYTES, with_others=True)
    if set(KERAS) <= set(arrays):
        parts = [check_images(path, arrays, *(f"{kind}_{part}" for kind in "xy")) for part in ("train", "test")]
        return np.concatenate([x.reshape(-1, SIDE, SIDE) for x, _ in parts]), np.concatenate([y for _, y in parts])
    return check_images(path, arrays, "x", "y")


def check_images(path: Path, arrays: Arrays, name_x: str, name_y: str) -> tuple[np.ndarray, np.ndarray]:
    """One pair of arrays, checked."""
    for name in (name_x, name_y):
        if name not in arrays:
            raise InputError(path.name, f"has no array {name}; needs x and y, has {', '.join(arrays) or 'none that is read'}")
    x, y = arrays[name_x], arrays[name_y]
    if x.dtype != np.uint8 or x.shape[1:] not in ((SIDE, SIDE), (SIDE * SIDE,)):
        raise InputError(f"{path.name}: {name_x}", f"has type {x.dtype} and shape {x.shape}; must be uint8, (n, 28, 28) or (n, 784)")
    if y.dtype.kind not in "iu" or y.shape != (len(x),):
        raise InputError(f"{path.name}: {name_y}", f"has type {y.dtype} and shape {y.shape}; must be whole numbers, ({len(x)},)")
    if not 0 < len(x) <= MOST_IMAGES:
        raise InputError(f"{path.name}: {name_x}", f"holds {len(x) or 'no'} images; must be 1 to {MOST_IMAGES}")
    if y.min() < 0 or y.max() >= CLASSES:
        raise InputError(f"{path.name}: {name_y}", f"runs from {y.min()} to {y.max()}; must be from 0 to {CLASSES - 1}")
    return x, y
