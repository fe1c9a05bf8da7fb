"""Compile the loop, and what else walks over all cells, once per combination of part types;
cached on disk under the hash of all sources."""
from __future__ import annotations

import functools
import os
import types

from numba import njit

from . import loop
from .slots import source_digest


def compiled(function=loop.run):
    """The loop, or another function of slots, for the sources as they are now: compiled, or plain Python if NEUROSIM_PYTHON=1."""
    if os.environ.get("NEUROSIM_PYTHON") == "1":
        return function
    return _compile(function, source_digest())


@functools.cache
def _compile(plain, digest):
    name = f"{plain.__name__}_{digest}"  # numba does not notice that another file changed: the hash in the name makes a new cache entry
    function = types.FunctionType(plain.__code__, plain.__globals__, name)
    function.__qualname__ = name
    function.__module__ = plain.__module__
    return njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(function)
