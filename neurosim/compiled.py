"""Compile the loop, and what else walks over all cells, once per combination of part types;
cached on disk under the hash of all sources."""
from __future__ import annotations

import functools
import importlib.util
import os
import sys
import types

from numba import njit
from numba.np import linalg

from . import loop
from .linking import OPTIONS
from .slots import source_digest


def compiled(function=loop.run):
    """The loop, or another function of slots, for the sources as they are now: compiled, or plain Python if NEUROSIM_PYTHON=1."""
    if os.environ.get("NEUROSIM_PYTHON") == "1":
        return function
    return _compile(function, source_digest())


def _find_blas():
    """Whether numba could call a BLAS, without loading the whole of SciPy for the answer; no kernel here asks for one.

    Numba itself loads SciPy when a function is called that needs it.
    """
    if importlib.util.find_spec("scipy") is None:
        raise ImportError("needs SciPy")


def _start_numba():
    """Load the part of numba that asks for a BLAS while it is imported: half of the time from there to the first kernel."""
    if "numba.np.arraymath" not in sys.modules:
        asked, linalg.ensure_blas = linalg.ensure_blas, _find_blas
        try:
            importlib.import_module("numba.np.arraymath")
        finally:
            linalg.ensure_blas = asked


@functools.cache
def _compile(plain, digest):
    _start_numba()
    name = f"{plain.__name__}_{digest}"  # numba does not notice that another file changed: the hash in the name makes a new cache entry
    function = types.FunctionType(plain.__code__, plain.__globals__, name)
    function.__qualname__ = name
    function.__module__ = plain.__module__
    return njit(cache=True, _nrt=False, **OPTIONS)(function)
