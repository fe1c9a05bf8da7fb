"""Compile the loop once per combination of part types; cached on disk under the hash of all sources."""
from __future__ import annotations

import functools
import os
import types

from numba import njit

from . import loop
from .slots import source_digest


def compiled(function=loop.run):
    """The loop, or another verb, for the sources as they are now: compiled, or plain Python if NEUROSIM_PYTHON=1 (slow; for tests)."""
    if os.environ.get("NEUROSIM_PYTHON") == "1":
        return function
    return _compile(function, source_digest())


@functools.cache
def _compile(function, digest):
    name = f"{function.__name__}_{digest}"  # numba does not notice that another file changed: the hash in the name makes a new cache entry
    named = types.FunctionType(function.__code__, function.__globals__, name)
    named.__qualname__ = name
    named.__module__ = function.__module__
    return njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(named)
