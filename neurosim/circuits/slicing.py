"""Weights and inputs cut into slices of few bits: how a core of crossbars multiplies with devices of few levels.

A weight is held as the difference of two conductances, in every slice; the slices are added with their places in a number system of
base ``2^s``.  Conductances are in units of the largest one, so that they lie between `g_min` = R_min / R_max and 1.

References
----------
The equations are those of CrossSim 3.2.0 (T. P. Xiao et al., Sandia National Laboratories, github.com/sandialabs/cross-sim), re-stated
and held against its recorded results; the design is that of Xiao et al., IEEE Trans. Circuits Syst. I 69 (2022) 1480.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..errors import InputError


class Slices(NamedTuple):
    """A weight matrix on arrays: ``W = sum_k weight_per_unit[k] (plus[k] - minus[k])``.

    Parameters
    ----------
    plus : (slices, n_out, n_in), conductances
    minus : the same, or (slices, 1, 1) where one reference serves all
    weight_per_unit : (slices,), weight per unit of conductance
    """

    plus: np.ndarray
    minus: np.ndarray
    weight_per_unit: np.ndarray

    def weights(self) -> np.ndarray:
        """The matrix (n_out, n_in) that is held."""
        return np.tensordot(self.weight_per_unit, self.plus - self.minus, 1)


class Converter(NamedTuple):
    """An ADC behind the difference of two columns.

    Parameters
    ----------
    bits : int, sign included
    top : float, largest current that it can tell, in units of largest conductance x largest input
    each_slice : bool, whether every input slice is converted and the codes are added, instead of one conversion of their analog sum
    """

    bits: int
    top: float
    each_slice: bool = False


def sign_magnitude(value: np.ndarray, bits: int, top: float) -> np.ndarray:
    """Round to ``2^bits - 2`` steps over +-top, clipped; zero is a level (DAC and ADC of sign and magnitude)."""
    steps = 2 ** (bits - 1) - 1
    return np.rint(np.clip(value / top, -1.0, 1.0) * steps) / steps * top


def quantised_cells(conductance: np.ndarray, g_min: float, bits: int) -> np.ndarray:
    """Round to the nearest of ``2^bits`` levels, even steps from `g_min` to 1."""
    steps = 2**bits - 1
    return np.rint((conductance - g_min) * steps / (1 - g_min)) / steps * (1 - g_min) + g_min


def balanced(weights: np.ndarray, g_min: float, cell_bits: int | None = None) -> Slices:
    """One pair of cells for a weight: ``G+- = g_min + (1 - g_min) max(+-W / max|W|, 0)``, rounded to cells of `cell_bits` bits.

    Raises
    ------
    InputError
        If all weights are zero, or `g_min` is not at least 0 and below 1.
    """
    largest = _largest(weights, g_min)
    plus, minus = (g_min + (1 - g_min) * np.maximum(sign * weights / largest, 0.0) for sign in (1, -1))
    if cell_bits is not None:
        plus, minus = quantised_cells(plus, g_min, cell_bits), quantised_cells(minus, g_min, cell_bits)
    return Slices(plus[None], minus[None], np.array([largest / (1 - g_min)]))


def balanced_slices(weights: np.ndarray, bits: int, n_slices: int, g_min: float) -> Slices:
    """Pairs of cells for the digits of ``rint(W / max|W| (2^(bits-1) - 1))``: magnitude in base 2^s, s = (bits - 1) / slices rounded up.

    A digit d of a positive weight is ``G+ = g_min + (1 - g_min) d / (2^s - 1)``, with G- = g_min, and the other way round.

    Raises
    ------
    InputError
        As `balanced`; or if `bits` is below 2 or there are not 1 to ``bits - 1`` slices.
    """
    largest = _largest(weights, g_min)
    _countable(bits, n_slices, bits - 1)
    most = 2 ** (bits - 1) - 1
    level = np.rint(weights / largest * most).astype(np.int64)
    place, base_bits = _places(bits - 1, n_slices)
    plus, minus = (_cells(np.maximum(sign * level, 0), place, base_bits, g_min) for sign in (1, -1))
    return Slices(plus, minus, _per_unit(largest / most, place, base_bits, g_min))


def offset_slices(weights: np.ndarray, bits: int, n_slices: int, g_min: float) -> Slices:
    """Single cells for the digits of ``rint(W / max|W| (2^(bits-1) - 1)) + 2^(bits-1)``; a reference holds those of ``2^(bits-1)``.

    Raises
    ------
    InputError
        As `balanced`; or if `bits` is below 2 or there are not 1 to `bits` slices.
    """
    largest = _largest(weights, g_min)
    _countable(bits, n_slices, bits)
    most = 2 ** (bits - 1) - 1
    level = np.rint(weights / largest * most).astype(np.int64) + 2 ** (bits - 1)
    place, base_bits = _places(bits, n_slices)
    reference = _cells(np.full((1, 1), 2 ** (bits - 1)), place, base_bits, g_min)
    return Slices(_cells(level, place, base_bits, g_min), reference, _per_unit(largest / most, place, base_bits, g_min))


def input_slices(x: np.ndarray, bits: int, slice_bits: int) -> np.ndarray:
    """Digits of ``rint(|x| (2^m - 1))``, m = bits - 1, in base 2^s, least significant first, with the sign of x; from -1 to 1.

    Parameters
    ----------
    x : (n_in,), clipped to +-1
    bits, slice_bits : sign included; of one slice, s

    Returns
    -------
    (slices, n_in)
    """
    _countable(bits, slice_bits, bits - 1)
    level = np.rint(np.minimum(np.abs(x), 1.0) * (2 ** (bits - 1) - 1)).astype(np.int64)
    place = np.arange(-(-(bits - 1) // slice_bits)) * slice_bits
    return np.sign(x) * ((level >> place[:, None]) & (2**slice_bits - 1)) / (2**slice_bits - 1)


def add_slices(results: np.ndarray, bits: int, slice_bits: int) -> np.ndarray:
    """Sum of the results (slices, ...) of `input_slices`, each worth 2^s times the one before, in the scale of the whole input.

    An analog accumulator does it by ``sum <- (sum + result) / 2^s``; a factor then makes up for what the halving took.
    """
    magnitude, total = bits - 1, np.zeros(results.shape[1:])
    for result in results:
        total = (total + result) / 2**slice_bits
    return total * (2**slice_bits - 1) * 2.0 ** (slice_bits * len(results)) / (2**magnitude - 1)


def ideal_current(plus: np.ndarray, minus: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Difference of the currents of two arrays (n_out, n_in) with perfect wires."""
    return (plus - minus) @ x


def multiply(
    array: Slices, x: np.ndarray, dac: tuple[int, int | None] | None = None, adc: Converter | None = None,
    current: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray] = ideal_current,
) -> np.ndarray:
    """``W x`` as the core computes it.

    Parameters
    ----------
    x : (n_in,), inputs from -1 to 1
    dac : (bits, bits of a slice or None for whole inputs); None for exact inputs
    adc : Converter; None for exact outputs
    current : (plus, minus, x) -> difference of the currents of two arrays; `ideal_current` has perfect wires

    Returns
    -------
    (n_out,), in units of the weight times the input
    """
    bits, slice_bits = dac if dac is not None else (0, None)
    if slice_bits is None:
        inputs = (x if dac is None else sign_magnitude(x, bits, 1.0))[None]
    else:
        inputs = input_slices(x, bits, slice_bits)
    total = np.zeros(array.plus.shape[1])
    for plus, minus, weight in zip(array.plus, array.minus, array.weight_per_unit):
        results = np.stack([current(plus, minus, one) for one in inputs])
        if adc is not None and adc.each_slice:
            results = sign_magnitude(results, adc.bits, adc.top)
        collected = results[0] if slice_bits is None else add_slices(results, bits, slice_bits)
        if adc is not None and not adc.each_slice:
            collected = sign_magnitude(collected, adc.bits, adc.top)
        total += weight * collected
    return total


def _largest(weights: np.ndarray, g_min: float) -> float:
    largest = float(np.abs(weights).max(initial=0.0))
    if not 0 < largest < np.inf:
        raise InputError("weights", f"have a largest magnitude of {largest:g}; must be greater than 0 and finite")
    if not 0 <= g_min < 1:
        raise InputError("g_min", f"= {g_min:g}; must be at least 0 and below 1, the largest conductance")
    return largest


def _countable(bits: int, count: int, most: int) -> None:
    if bits < 2:
        raise InputError("bits", f"= {bits}; must be at least 2, one of them the sign")
    if not 1 <= count <= most:
        raise InputError("slices", f"= {count}; must be from 1 to {most} for {bits} bits")


def _places(bits: int, n_slices: int) -> tuple[np.ndarray, int]:
    """(place of every slice in bits, bits of a slice)."""
    base_bits = -(-bits // n_slices)
    return np.arange(n_slices) * base_bits, base_bits


def _cells(level: np.ndarray, place: np.ndarray, base_bits: int, g_min: float) -> np.ndarray:
    """Conductances of the digits of `level`, one slice for each place."""
    return g_min + (1 - g_min) * ((level >> place[:, None, None]) & (2**base_bits - 1)) / (2**base_bits - 1)


def _per_unit(step: float, place: np.ndarray, base_bits: int, g_min: float) -> np.ndarray:
    """Weight per unit of conductance of every slice."""
    return step * (2**base_bits - 1) * 2.0**place / (1 - g_min)
