"""What all spiking neurons share: their memory, and how it is put at rest or copied from one pass to the other."""
from __future__ import annotations

import numpy as np

from ..slots import shared


@shared
def fill_rows(array, row):
    """Every lane = `row`."""
    for l in range(array.shape[0]):
        for i in range(array.shape[1]):
            array[l, i] = row[i]


@shared
def clear_rows(array):
    """Every lane = 0, for any type of number."""
    for l in range(array.shape[0]):
        for i in range(array.shape[1]):
            array[l, i] = array[l, i] - array[l, i]


@shared
def copy_clean(array, batch):
    """Lanes of later passes = lanes of the clean pass."""
    for l in range(batch, array.shape[0]):
        for i in range(array.shape[1]):
            array[l, i] = array[l % batch, i]


def steps_of(refractory_s, step_s):
    """Whole steps of a refractory period: rounded as Brian2 does, half a step and more counts as one."""
    return np.rint(np.asarray(refractory_s) / step_s).astype(np.int32)
