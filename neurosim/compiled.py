"""Compile the loop once per combination of part types; cached on disk under the hash of all sources."""
from __future__ import annotations

import functools
import os
import types

from numba import njit

from . import loop
from .slots import source_digest


def compiled():
    """The loop for the sources as they are now: compiled, or plain Python if NEUROSIM_PYTHON=1 (slow; tests and debuggers)."""
    if os.environ.get("NEUROSIM_PYTHON") == "1":
        return loop.run
    return _compile(source_digest())


@functools.cache
def _compile(digest):
    name = f"run_{digest}"  # numba does not notice that another file changed: the hash in the name makes a new cache entry
    function = types.FunctionType(loop.run.__code__, loop.run.__globals__, name)
    function.__qualname__ = name
    function.__module__ = loop.__name__
    return njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(function)
