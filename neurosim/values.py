"""A parameter that all neurons share is a number, one that differs from neuron to neuron a row: kernels read both alike."""
from __future__ import annotations

import numpy as np
from numba import types
from numba.extending import overload

from .slots import UNWRAPPED, count_in


def at(parameter, i):
    """Entry i of a row, or the number itself (cell function, decided while it compiles)."""
    return parameter[i] if isinstance(parameter, np.ndarray) else parameter


@overload(at, jit_options={"forceinline": True, **UNWRAPPED})
def _at(parameter, i):
    if isinstance(parameter, types.Array):
        return lambda parameter, i: parameter[i]
    return lambda parameter, i: parameter


count_in(at)


def shared_by_all(part, n):
    """The part with every row whose first `n` entries are the same as a number, nested parts as well.

    Rows are one-dimensional; what is two-dimensional is state.  A kernel reads a number from a register, a row from memory.
    """
    changed = {}
    for name, value in part._asdict().items():
        if hasattr(value, "_asdict"):
            changed[name] = shared_by_all(value, n)
        elif isinstance(value, np.ndarray) and value.ndim == 1 and value.size >= n and (value[:n] == value[0]).all():
            changed[name] = value.dtype.type(value[0])
    return part._replace(**changed)
