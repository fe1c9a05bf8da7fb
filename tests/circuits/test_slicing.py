"""Weights and inputs in slices."""
from __future__ import annotations

import numpy as np
import pytest

from neurosim.circuits.slicing import (
    Converter,
    add_slices,
    balanced,
    balanced_slices,
    input_slices,
    multiply,
    offset_slices,
    quantised_cells,
    sign_magnitude,
)
from neurosim.errors import InputError

G_MIN = 0.01


def matrix(n_out=5, n_in=8):
    return np.random.Generator(np.random.Philox(3)).normal(0, 0.4, (n_out, n_in))


def inputs(n_in=8):
    return np.random.Generator(np.random.Philox(4)).uniform(-1, 1, n_in)


def rounded(weights, bits):
    most = 2 ** (bits - 1) - 1
    return np.rint(weights / np.abs(weights).max() * most) / most * np.abs(weights).max()


def test_a_sign_magnitude_converter_has_an_odd_number_of_levels_zero_among_them():
    found = np.unique(sign_magnitude(np.linspace(-5, 5, 1001), 4, 2.0))
    assert np.allclose(found, np.linspace(-2, 2, 15), rtol=0, atol=1e-15) and 0.0 in found


def test_cells_have_their_number_of_levels_from_the_smallest_to_the_largest_conductance():
    found = np.unique(quantised_cells(np.linspace(G_MIN, 1, 1001), G_MIN, 3))
    assert np.allclose(found, G_MIN + (1 - G_MIN) * np.arange(8) / 7, rtol=1e-14, atol=0)


def test_a_pair_of_cells_holds_the_weight_on_one_side():
    weights = matrix()
    array = balanced(weights, G_MIN)
    assert np.allclose(array.weights(), weights, rtol=1e-13, atol=1e-16)
    assert np.array_equal(array.plus[0] > G_MIN, weights > 0) and np.array_equal(array.minus[0] > G_MIN, weights < 0)
    assert max(array.plus.max(), array.minus.max()) == 1.0 and min(array.plus.min(), array.minus.min()) == G_MIN


@pytest.mark.parametrize("n_slices", (1, 2, 3, 4, 8))
@pytest.mark.parametrize("g_min", (0.0, G_MIN, 0.3))
def test_any_number_of_slices_holds_the_same_rounded_weights(n_slices, g_min):
    weights = matrix()
    for cut in (balanced_slices, offset_slices):
        array = cut(weights, 9, n_slices, g_min)
        assert array.plus.shape == (n_slices, 5, 8) and array.plus.min() >= g_min and array.plus.max() <= 1
        assert np.allclose(array.weights(), rounded(weights, 9), rtol=0, atol=1e-13)


def test_a_slice_has_no_more_levels_than_its_bits():
    for array, levels in ((balanced_slices(matrix(40, 40), 9, 4, G_MIN), 4), (offset_slices(matrix(40, 40), 8, 2, G_MIN), 16)):
        assert all(len(np.unique(np.round(cells, 12))) <= levels for cells in array.plus)


@pytest.mark.parametrize("slice_bits", (1, 2, 3, 7))
def test_slices_of_an_input_add_up_to_the_rounded_input(slice_bits):
    x = inputs()
    digits = input_slices(x, 8, slice_bits)
    assert digits.shape == (-(-7 // slice_bits), 8) and np.abs(digits).max() <= 1
    assert np.allclose(add_slices(digits, 8, slice_bits), np.rint(x * 127) / 127, rtol=0, atol=1e-14)


@pytest.mark.parametrize("dac", (None, (8, None), (8, 1), (8, 3)))
def test_a_core_multiplies_what_it_holds_with_what_it_is_shown(dac):
    weights, x = matrix(), inputs()
    shown = x if dac is None else np.rint(x * 127) / 127
    for array in (balanced(weights, G_MIN), balanced_slices(weights, 9, 4, G_MIN), offset_slices(weights, 8, 2, G_MIN)):
        assert np.allclose(multiply(array, x, dac), array.weights() @ shown, rtol=0, atol=1e-12)


def test_an_adc_rounds_the_sum_or_every_slice():
    weights, x = matrix(), inputs()
    array = balanced(weights, 0.0)
    per_unit = float(array.weight_per_unit[0])
    exact = multiply(array, x, (8, 2))
    assert np.allclose(
        multiply(array, x, (8, 2), Converter(6, 4.0)), sign_magnitude(exact / per_unit, 6, 4.0) * per_unit, rtol=0, atol=1e-13)
    slices = np.stack([sign_magnitude((array.plus - array.minus)[0] @ one, 6, 4.0) for one in input_slices(x, 8, 2)])
    assert np.allclose(
        multiply(array, x, (8, 2), Converter(6, 4.0, each_slice=True)), add_slices(slices, 8, 2) * per_unit, rtol=0, atol=1e-13)


@pytest.mark.parametrize("call, said", (
    (lambda: balanced(np.zeros((2, 2)), G_MIN), "weights: have a largest magnitude of 0"),
    (lambda: balanced(np.full((2, 2), np.nan), G_MIN), "must be greater than 0 and finite"),
    (lambda: balanced(matrix(), 1.0), "g_min = 1; must be at least 0 and below 1"),
    (lambda: balanced_slices(matrix(), 1, 1, G_MIN), "bits = 1; must be at least 2"),
    (lambda: balanced_slices(matrix(), 5, 5, G_MIN), "slices = 5; must be from 1 to 4 for 5 bits"),
    (lambda: offset_slices(matrix(), 5, 0, G_MIN), "slices = 0; must be from 1 to 5"),
    (lambda: input_slices(inputs(), 4, 4), "slices = 4; must be from 1 to 3"),
))
def test_what_cannot_be_sliced_is_refused_in_a_sentence(call, said):
    with pytest.raises(InputError, match=said):
        call()
