"""What is done to arrays of lanes, whatever they hold: cleared, filled, made equal to those of the clean pass."""
from __future__ import annotations

from .slots import shared


@shared
def clear(array):
    """Set a 2-D array to zero, for any type of number."""
    zero = array.dtype.type(0)
    for l in range(array.shape[0]):
        for i in range(array.shape[1]):
            array[l, i] = zero


@shared
def fill(array, row):
    """Every lane = `row`."""
    for l in range(array.shape[0]):
        for i in range(array.shape[1]):
            array[l, i] = row[i]


@shared
def resynchronise(array, batch):
    """Put the lanes of all later passes into the state of the clean one, lanes ``l < batch``."""
    for l in range(batch, array.shape[0]):
        for i in range(array.shape[1]):
            array[l, i] = array[l % batch, i]
