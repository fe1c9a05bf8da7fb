"""Arithmetic that vectorises without fastmath and gives the same bits compiled and in plain Python.

No libm call (PyPI's llvmlite has no vector libm), no bare float literal next to a float32 (Numba widens to float64, NumPy does
not), one stated order for every sum.
"""
from __future__ import annotations

import math

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from .slots import UNWRAPPED, inlined

F = np.float32
LANES = 64  # partial sums of `dot`; every row is padded to a multiple of it


@intrinsic
def _float_bits(context, x):
    return types.uint32(types.float32), lambda ctx, b, sig, args: b.bitcast(args[0], ir.IntType(32))


@intrinsic
def _bits_float(context, x):
    return types.float32(types.uint32), lambda ctx, b, sig, args: b.bitcast(args[0], ir.FloatType())


def float_bits(x):
    """The 32 bits of a float32."""
    return np.asarray(x, F).view(np.uint32)[()]


def bits_float(x):
    """The float32 with these 32 bits."""
    return np.asarray(x, np.uint32).view(F)[()]


@intrinsic
def _ones(context, word):
    return word(word), lambda ctx, b, sig, args: b.ctpop(args[0])


def ones(word):
    """Number of set bits of an unsigned NumPy integer, in its own type; one instruction where the machine has it, and it vectorises."""
    return type(word)(int(word).bit_count())


overload(float_bits)(lambda x: lambda x: _float_bits(x))
overload(ones)(lambda word: lambda word: _ones(word))
overload(bits_float)(lambda x: lambda x: _bits_float(x))


@inlined
def log_unit(x):
    """Natural logarithm of a normal float32 x > 0; Cephes logf, error 1 ulp on (0, 1)."""
    bits = float_bits(x)
    exponent = np.int32(bits >> np.uint32(23)) - np.int32(126)
    m = bits_float(np.uint32((bits & np.uint32(0x007FFFFF)) | np.uint32(0x3F000000)))
    small = m < F(0.70710677)
    e = F(exponent) - (F(1) if small else F(0))
    m = (m + m if small else m) - F(1)
    z = m * m
    p = F(7.0376836292e-2)
    p = p * m + F(-1.1514610310e-1)
    p = p * m + F(1.1676998740e-1)
    p = p * m + F(-1.2420140846e-1)
    p = p * m + F(1.4249322787e-1)
    p = p * m + F(-1.6668057665e-1)
    p = p * m + F(2.0000714765e-1)
    p = p * m + F(-2.4999993993e-1)
    p = p * m + F(3.3333331174e-1)
    y = p * m * z + e * F(-2.12194440e-4) - F(0.5) * z
    return m + y + e * F(0.693359375)


@inlined
def _exp_single(x):
    """Two to an integer times a polynomial (Cephes expf); relative error 1.2e-7 for |x| < 87, clamped there."""
    x = F(-87) if x < F(-87) else x
    x = F(87) if x > F(87) else x
    k = np.floor(x * F(1.44269504088896341) + F(0.5))
    r = (x - k * F(0.693359375)) - k * F(-2.12194440e-4)
    p = F(1.9875691500e-4)
    p = p * r + F(1.3981999507e-3)
    p = p * r + F(8.3334519073e-3)
    p = p * r + F(4.1665795894e-2)
    p = p * r + F(1.6666665459e-1)
    p = p * r + F(5.0000001201e-1)
    return (p * (r * r) + r + F(1)) * bits_float(np.uint32((np.int32(k) + np.int32(127)) << np.int32(23)))


def exp(x):
    """Exponential: polynomial in float32 (vectorises), libm in float64 (golden tests)."""
    return _exp_single(x) if isinstance(x, np.float32) else np.float64(math.exp(x))


@overload(exp)
def _exp_typed(x):
    return (lambda x: _exp_single(x)) if x == types.float32 else (lambda x: math.exp(x))


def log(x):
    """Natural logarithm of a normal number above 0: polynomial in float32 (vectorises), libm in float64 (golden tests)."""
    return log_unit(x) if isinstance(x, np.float32) else np.float64(math.log(x))


@overload(log)
def _log_typed(x):
    return (lambda x: log_unit(x)) if x == types.float32 else (lambda x: math.log(x))


@inlined
def clip(x, low, high):
    """x limited to [low, high]; NaN stays NaN."""
    x = high if x > high else x
    return low if x < low else x


@inlined
def sincos_turn(u):
    """sin and cos of 2 pi u for float32 u in [0, 1): quarter turns and a minimax polynomial."""
    q = u * F(4)
    k = np.int32(q + F(0.5))
    r = (q - F(k)) * F(1.5707963267948966)
    s2 = r * r
    sine = r * (F(1) + s2 * (F(-1.6666654611e-1) + s2 * (F(8.3321608736e-3) + s2 * F(-1.9515295891e-4))))
    cosine = F(1) - F(0.5) * s2 + s2 * s2 * (
        F(4.166664568298827e-2) + s2 * (F(-1.388731625493765e-3) + s2 * F(2.443315711809948e-5)))
    swap = (k & 1) == 1
    a = cosine if swap else sine
    b = sine if swap else cosine
    return (-a if (k & 2) != 0 else a), (-b if ((k + 1) & 2) != 0 else b)


@inlined
def _tanh_single(x):
    """Rational 13/6 form, clamped; largest error 4.2e-7."""
    x = F(-7.9053111) if x < F(-7.9053111) else x
    x = F(7.9053111) if x > F(7.9053111) else x
    s = x * x
    p = F(-2.76076847742355e-16)
    p = p * s + F(2.00018790482477e-13)
    p = p * s + F(-8.60467152213735e-11)
    p = p * s + F(5.12229709037114e-08)
    p = p * s + F(1.48572235717979e-05)
    p = p * s + F(6.37261928875436e-04)
    p = p * s + F(4.89352455891786e-03)
    q = F(1.19825839466702e-06)
    q = q * s + F(1.18534705686654e-04)
    q = q * s + F(2.26843463243900e-03)
    q = q * s + F(4.89352518554385e-03)
    return x * p / q


def tanh(x):
    """Hyperbolic tangent: rational in float32 (vectorises), libm in float64 (golden tests)."""
    return _tanh_single(x) if isinstance(x, np.float32) else np.float64(math.tanh(x))


@overload(tanh)
def _tanh_typed(x):
    return (lambda x: _tanh_single(x)) if x == types.float32 else (lambda x: math.tanh(x))


def dot(a, row, b, lane):
    """``sum_i a[row, i] * b[lane, i]`` over whole rows, in one stated order: 64 strided partial sums, then halving.

    `a`, `b`: C-contiguous (..., width), width a multiple of 64.  The only reduction of the engine: stating its order replaces
    ``fastmath={"reassoc"}``.  Compiled to vectors of 64, which LLVM cuts to whatever the machine has; the bits are the same.
    """
    partial = np.zeros(LANES, b.dtype)
    for base in range(0, b.shape[1], LANES):
        partial += a[row, base:base + LANES] * b[lane, base:base + LANES]
    while partial.size > 1:
        partial = partial[:partial.size // 2] + partial[partial.size // 2:]
    return partial[0]


@intrinsic
def _dot(context, a, row, b, lane):
    real = a.dtype

    def generate(ctx, builder, signature, args):
        element = ctx.get_value_type(real)
        vector = ir.VectorType(element, LANES)
        arrays = [ctx.make_array(kind)(ctx, builder, value) for kind, value in ((a, args[0]), (b, args[2]))]
        width = builder.extract_value(arrays[1].shape, 1)
        starts = [builder.gep(array.data, [builder.mul(index, builder.extract_value(array.shape, 1))])
                  for array, index in zip(arrays, (args[1], args[3]))]
        total = cgutils.alloca_once_value(builder, ir.Constant(vector, [0.0] * LANES))
        with cgutils.for_range_slice(builder, width.type(0), width, width.type(LANES), inc=True) as (base, _):
            parts = []
            for start in starts:
                here = builder.bitcast(builder.gep(start, [base]), vector.as_pointer())
                parts.append(builder.load(here, align=real.bitwidth // 8))
            builder.store(builder.fadd(builder.load(total), builder.fmul(*parts)), total)
        partial, size = builder.load(total), LANES
        while size > 1:
            size //= 2
            halves = [builder.shuffle_vector(partial, partial, ir.Constant(ir.VectorType(ir.IntType(32), size), list(range(k, k + size))))
                      for k in (0, size)]
            partial = builder.fadd(*halves)
        return builder.extract_element(partial, ir.Constant(ir.IntType(32), 0))

    return real(a, types.intp, b, types.intp), generate


overload(dot)(lambda a, row, b, lane: lambda a, row, b, lane: _dot(a, row, b, lane))


def nonzero(x, begin):
    """Which of the `LANES` numbers ``x[begin + k]`` are not 0: bit k of a uint64; what is not a number is not 0."""
    return np.uint64(sum(1 << k for k in range(LANES) if x[begin + k] != 0))


@intrinsic
def _nonzero(context, x, begin):
    def generate(ctx, builder, signature, args):
        vector = ir.VectorType(ctx.get_value_type(x.dtype), LANES)
        here = builder.gep(ctx.make_array(x)(ctx, builder, args[0]).data, [args[1]])
        numbers = builder.load(builder.bitcast(here, vector.as_pointer()), align=x.dtype.bitwidth // 8)
        return builder.bitcast(builder.fcmp_unordered("!=", numbers, ir.Constant(vector, [0.0] * LANES)), ir.IntType(LANES))

    return types.uint64(x, types.intp), generate


def lowest(word):
    """Number of the lowest set bit of a uint64 that is not 0."""
    return (int(word) & -int(word)).bit_length() - 1


@intrinsic
def _lowest(context, word):
    return types.int64(types.uint64), lambda ctx, b, sig, args: b.cttz(args[0], ir.Constant(ir.IntType(1), 1))


overload(nonzero)(lambda x, begin: lambda x, begin: _nonzero(x, begin))
overload(lowest)(lambda word: lambda word: _lowest(word))


def either(condition, a, b):
    """`a` if the condition holds, else `b`; both are known.

    Written as ``a if condition else b``, two numbers just loaded become one load from one of two places, which does not vectorise.
    """
    return a if condition else b


@intrinsic
def _either(context, condition, a, b):
    return a(types.boolean, a, a), lambda ctx, builder, sig, args: builder.select(args[0], args[1], args[2])


overload(either, jit_options={"forceinline": True, **UNWRAPPED})(lambda condition, a, b: lambda condition, a, b: _either(condition, a, b))
