"""Elementary functions of the kernels: stated errors, and the same bits compiled and in plain Python."""
from __future__ import annotations

import re

import numpy as np
import pytest
from assemble import IS_PLAIN, maybe_compiled

from neurosim.arithmetic import (
    _exp_single,
    _tanh_single,
    bits_float,
    clip,
    dot,
    either,
    exp,
    float_bits,
    log,
    log_unit,
    lowest,
    nonzero,
    ones,
    sincos_turn,
    tanh,
)
from neurosim.storage import zeros

POINTS = 10_001 if IS_PLAIN else 1_000_001
F = np.float32


@maybe_compiled
def evaluate(which, x, out, second):
    """One of the functions over an array of float32."""
    for i in range(x.size):
        if which == 0:
            out[i] = log_unit(x[i])
        elif which == 1:
            out[i] = exp(x[i])
        elif which == 2:
            out[i] = tanh(x[i])
        else:
            out[i], second[i] = sincos_turn(x[i])


FUNCTIONS = ("log", "exp", "tanh", "sincos")


def values(name, x, evaluate=evaluate):
    """(x, first value, second value), all in float64."""
    x = np.ascontiguousarray(x, F)
    out, second = np.zeros(x.size, F), np.zeros(x.size, F)
    evaluate(FUNCTIONS.index(name), x, out, second)
    return x.astype(np.float64), out.astype(np.float64), second.astype(np.float64)


def stated_error(function):
    """The figure in the first line of a docstring."""
    return float(re.search(r"error (\d\S*e-\d+)", function.__doc__).group(1))


def test_logarithm_is_good_to_one_ulp_on_the_unit_interval():
    """Down to 2^-25, the smallest argument that a normal is made of; above 2^-24, an ulp of the result."""
    x, found, _ = values("log", np.concatenate([np.linspace(2**-25, 1, POINTS), np.geomspace(2**-25, 1, POINTS)]))
    wanted = np.log(x)
    assert (np.abs(found - wanted) <= 1.01 * np.spacing(np.abs(wanted).astype(F))).all()


def test_logarithm_of_one_is_zero_and_nothing_below_is_positive():
    """The root of -2 log u must be real for each of the last draws below one."""
    last = F(1) - np.arange(2_000, dtype=F) * F(2**-24)
    _, found, _ = values("log", last)
    assert found[0] == 0 and (found[1:] < 0).all()


def test_exponential_has_the_stated_relative_error():
    """What its docstring says, within +-87."""
    x, found, _ = values("exp", np.linspace(-87, 87, POINTS))
    assert (np.abs(found / np.exp(x) - 1)).max() <= stated_error(_exp_single) < 2e-7


def test_exponential_is_clamped_and_exact_at_zero():
    _, found, _ = values("exp", [0.0, -1e30, 1e30, -87, 87])
    assert found[0] == 1 and found[1] == found[3] > 0 and found[2] == found[4] < np.inf


def test_hyperbolic_tangent_has_the_stated_error():
    """What its docstring says, over +-12, and closely around 5.8, where it is largest."""
    x, found, _ = values("tanh", np.concatenate([np.linspace(-12, 12, POINTS), np.linspace(5.7, 6.0, POINTS)]))
    assert np.abs(found - np.tanh(x)).max() <= stated_error(_tanh_single) < 1e-6


def test_hyperbolic_tangent_is_odd_and_never_beyond_one():
    x, found, _ = values("tanh", np.linspace(-12, 12, POINTS))
    assert (values("tanh", -x)[1] == -found).all()
    assert np.abs(found).max() == 1


def test_hyperbolic_tangent_is_relatively_exact_near_zero():
    x, found, _ = values("tanh", np.geomspace(1e-30, 1e-2, 1001))
    assert np.abs(found / np.tanh(x) - 1).max() <= 4e-7


def test_sine_and_cosine_of_a_turn():
    """2e-7, largest, over one turn; on the circle to 4e-7."""
    u, sine, cosine = values("sincos", np.arange(POINTS) / POINTS)
    assert np.abs(sine - np.sin(2 * np.pi * u)).max() <= 2e-7
    assert np.abs(cosine - np.cos(2 * np.pi * u)).max() <= 2e-7
    assert np.abs(sine**2 + cosine**2 - 1).max() <= 4e-7


def test_quarter_turns_are_exact():
    _, sine, cosine = values("sincos", [0.0, 0.25, 0.5, 0.75])
    assert (sine == [0, 1, 0, -1]).all() and (cosine == [1, 0, -1, 0]).all()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_plain_python_gives_the_same_bits(name):
    """2000 arguments; trivially true in the plain-Python run of the suite."""
    x = np.random.default_rng(1).random(2_000).astype(F) * F(1 - 2**-24)
    x = x + F(2**-25) if name == "log" else x if name == "sincos" else F(20) * x - F(10)
    fast, plain = values(name, x), values(name, x, getattr(evaluate, "py_func", evaluate))
    assert all((a == b).all() for a, b in zip(fast, plain, strict=True))


@pytest.mark.parametrize("function", [exp, tanh])
def test_double_precision_is_that_of_the_library(function):
    x = np.linspace(-5, 5, 100)
    found = np.array([function(v) for v in x])
    assert found.dtype == np.float64
    assert np.abs(found / getattr(np, function.__name__)(x) - 1).max() < 5e-16


def test_bits_go_to_floats_and_back():
    for value, bits in ((1.0, 0x3F800000), (-2.0, 0xC0000000), (0.0, 0), (np.inf, 0x7F800000)):
        assert float_bits(F(value)) == bits and bits_float(np.uint32(bits)) == F(value)
    assert np.isnan(bits_float(float_bits(F(np.nan))))


# ---- clip ------------------------------------------------------------------------------------------------------------
@maybe_compiled
def clip_all(x, low, high):
    for i in range(x.size):
        x[i] = clip(x[i], low, high)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clip_limits_and_keeps_what_is_not_a_number(dtype):
    """A loss that is not finite must not come out of a bounded device as a bound."""
    x = np.array([-np.inf, -1.5, -1, 0.25, 1, 1.5, np.inf, np.nan], dtype)
    clip_all(x, dtype(-1), dtype(1))
    assert (x[:-1] == [-1, -1, -1, 0.25, 1, 1, 1]).all() and np.isnan(x[-1])


# ---- dot -------------------------------------------------------------------------------------------------------------
@maybe_compiled
def dots(a, b, out):
    for r in range(a.shape[0]):
        out[r] = dot(a, r, b, 1)


def stated_order(x):
    """Sum over blocks into 64 strided partial sums, then halving."""
    partial = np.zeros(64, x.dtype)
    for base in range(0, x.size, 64):
        partial = partial + x[base:base + 64]
    while partial.size > 1:
        partial = partial[:partial.size // 2] + partial[partial.size // 2:]
    return partial[0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [64, 320])
def test_dot_sums_in_the_stated_order_to_the_bit(dtype, width):
    """Compiled to vectors of 64 or in plain Python: badly conditioned sums show any other order."""
    rng = np.random.default_rng(2)
    a, b, found = zeros((9, width), dtype), zeros((2, width), dtype), np.zeros(9, dtype)
    a[...], b[...] = rng.standard_normal(a.shape) * 10.0 ** rng.integers(-6, 7, a.shape), rng.standard_normal(b.shape)
    dots(a, b, found)
    assert found.tobytes() == np.array([stated_order(row * b[1]) for row in a]).tobytes()
    assert np.allclose(found, (a.astype(np.float64) * b[1]).sum(1), rtol=0, atol=1e-6 * np.abs(a * b[1]).sum(1).max())


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 3e-7), (np.float64, 1e-15)])
def test_the_logarithm_of_ratios_from_1_on(dtype, rtol):
    x = np.logspace(0, 15, 301).astype(dtype)
    assert np.allclose([log(value) for value in x], np.log(x.astype(np.float64)), rtol=rtol, atol=rtol)
    assert log(dtype(1)) == 0 and type(log(dtype(2))) is dtype


@maybe_compiled
def count_bits(words, out):
    """Set bits of every word."""
    for i in range(words.size):
        out[i] = ones(words[i])


@pytest.mark.parametrize("kind", [np.uint32, np.uint64])
def test_bits_are_counted(kind):
    words = np.array([0, 1, 2**31, 2**32 - 1, 0xDEADBEEF, 0x55555555, *range(2, 60)], kind)
    if kind is np.uint64:
        words = np.concatenate([words, words << np.uint64(31), ~words])
    counts = np.zeros(words.size, np.int64)
    count_bits(words, counts)
    assert counts.tolist() == [bin(int(word)).count("1") for word in words]


@maybe_compiled
def where(x, mask, first):
    """Which numbers of every block are not 0, and the first of them."""
    for block in range(mask.size):
        mask[block] = nonzero(x, 64 * block)
        first[block] = lowest(mask[block]) if mask[block] != np.uint64(0) else -1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_not_zero_is_found(dtype):
    rng = np.random.default_rng(1)
    x = np.where(rng.random(640) < np.repeat(np.linspace(0, 1, 10), 64), rng.standard_normal(640), 0.0).astype(dtype)
    x[200], x[201], x[202] = np.nan, -0.0, 1e-42
    mask, first = np.zeros(10, np.uint64), np.zeros(10, np.int64)
    where(x, mask, first)
    found = [k for k in range(640) if int(mask[k // 64]) >> k % 64 & 1]
    assert found == np.flatnonzero(x).tolist()
    assert first.tolist() == [next((k for k in range(64) if x[64 * b + k] != 0), -1) for b in range(10)]


@pytest.mark.parametrize("real", [np.float32, np.float64])
def test_either_is_one_of_two_whatever_the_other_is(real):
    @maybe_compiled
    def all_of(x, a, b, out):
        for i in range(x.size):
            out[i] = either(x[i] > x[i] - x[i], a[i], b[i])

    x, a, b = np.array([1, -1, 0, np.nan], real), np.array([2, np.nan, 3, 4], real), np.array([np.nan, 5, 6, 7], real)
    out = np.zeros(4, real)
    all_of(x, a, b, out)
    assert out.tolist() == [2, 5, 6, 7]
