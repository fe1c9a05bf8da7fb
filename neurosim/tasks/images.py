"""Images shown pixel by pixel, with the class asked for at the end."""
from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from ..errors import InputError
from .answers import answer_predictors, asked_last, class_scores
from .task import Dataset, Trials, check_load, check_size, generator

SPLIT, ORDER, PERMUTATION = 41, 42, 43  # random streams
CLASSES = 10


class Images(NamedTuple):
    """Labelled images as sequences.

    pixels : (n_images, n_steps) float64, one pixel a step; labels : (n_images,) int, 0 ... 9
    """

    pixels: np.ndarray
    labels: np.ndarray


def permuted(images: Images) -> Images:
    """The pixels in a random order that is the same for every image, seed and run."""
    return images._replace(pixels=images.pixels[:, generator(0, PERMUTATION).permutation(images.pixels.shape[1])])


def image_dataset(
    images: Images, seed: int, batch: int, n_train: int | None, n_test: int, ask_steps: int, about: str,
) -> Dataset:
    """Split the images and make the trials.

    The images are shuffled by (seed); the first `n_test`, rounded up to whole batches, test and the next `n_train` train.
    An epoch shows them in an order that depends on (seed, epoch), as many whole batches as they fill: the rest, fewer than
    `batch`, has its turn in other epochs.

    Parameters
    ----------
    n_train : None takes all that the test leaves
    ask_steps : number of last steps that count; the target there is one-hot of the label

    Raises
    ------
    InputError
        There are too few images, or steps, for what is asked.
    """
    check_load(seed, batch)
    total, n_steps = images.pixels.shape
    n_test = -(-n_test // batch) * batch
    n_train = max(total - n_test, 0) if n_train is None else n_train
    if n_train < batch or n_train + n_test > total:
        raise InputError(
            "task", f"has {total} images; {n_test} for the test in whole batches and {max(n_train, batch)} for the training "
            f"with batch = {batch} are more")
    if ask_steps > n_steps:
        raise InputError("task.ask_steps", f"= {ask_steps}; an image has {n_steps} steps")
    n_updates = n_train // batch
    for n_trials in (n_updates, n_test // batch):
        check_size("trials x steps x batch x outputs", n_trials, n_steps, batch, CLASSES)
    shuffled = generator(seed, SPLIT).permutation(total)
    training = shuffled[n_test:n_test + n_train]
    show = partial(trials_of, images, batch=batch, ask_steps=ask_steps)
    test = show(shuffled[:n_test])

    def train(epoch: int) -> Trials:
        return show(generator(seed, ORDER, epoch).permutation(training)[:n_updates * batch])

    return Dataset(
        n_inputs=1, n_outputs=CLASSES, update="sequence", train=train, test=test, carries_state=False,
        predictors=answer_predictors(train(0), test, "all pixels"), scores=partial(class_scores, test, ask_steps),
        about=f"{about}; {n_steps} steps, {n_train} images train and {n_test} test")


def trials_of(images: Images, chosen: np.ndarray, batch: int, ask_steps: int) -> Trials:
    """Trials of the chosen images, `batch` side by side; their number is a multiple of `batch`."""
    pixels = images.pixels[chosen].reshape(-1, batch, images.pixels.shape[1])
    answers = np.eye(CLASSES)[images.labels[chosen]].reshape(-1, batch, CLASSES)
    return asked_last(pixels.swapaxes(1, 2)[..., None], answers, ask_steps)
