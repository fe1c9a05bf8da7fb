"""Slots: the named places in the simulation loop, filled by the type of their first argument.

A slot is called like a function.  Inside compiled code Numba picks the filling from the NamedTuple class of the first
argument while it compiles; in plain Python a dictionary look-up does the same at each call.
"""
from __future__ import annotations

import functools
import hashlib
import inspect
import pathlib
from collections.abc import Callable
from typing import Any

from numba.extending import overload, register_jitable

from .direct import answer_directly, direct
from .linking import compiler_of_parts

UNWRAPPED: Any = {"no_cfunc_wrapper": True, "no_cpython_wrapper": True, "pipeline_class": compiler_of_parts}
_inlined = register_jitable(forceinline=True, **UNWRAPPED)  # a helper that LLVM must inline, so that the loop around the call can vectorise

_HERE = pathlib.Path(__file__).parent
_sources = {_HERE / f"{name}.py" for name in (
    "slots", "linking", "direct", "arithmetic", "vectors", "random", "defaults", "arguments", "contract", "reading", "schedules", "clock",
    "verbs", "loop", "compiled")}
# every file that fills a slot joins when it is imported, inside this package or outside
_names: dict[pathlib.Path, set[str]] = {  # of the modules that were made of a file: numba's cache on disk looks classes up by them
    _HERE / f"{name.replace('.', '/')}.py": {f"{__package__}.{name}"} for name in (
        "recorders.membranes", "updaters.tally", "bench.kernels", "bench.pulses", "events.contract", "events.core", "events.loop",
        "events.neurons", "events.outgoing", "events.sources", "events.spike_log", "neurons.int8_tanh",
        "devices.frozen", "synapses.read_only")}
_sources |= _names.keys()  # what only some programs import; the name of the compiled loop, and so its cache, is one for all of them
_digest: list[str] = []  # of the sources as they were imported, once it was asked for


@functools.cache
def _file_of(name):
    """The path of a source file, this one in place of what is none; cached, as hundreds of functions ask while a program starts."""
    path = pathlib.Path(name or __file__)
    return path if path.exists() else pathlib.Path(__file__)


def parameters_of(function):
    """Names of the parameters, in order; of a plain function without `inspect`, which takes ten times as long."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_kwonlyargcount or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return tuple(inspect.signature(function).parameters)
    return code.co_varnames[:code.co_argcount]


def count_in(item):
    """Make the file that defines a function or class part of the cache name, and the module that it was imported as."""
    path = _file_of(item.__code__.co_filename) if hasattr(item, "__code__") else _file_of(inspect.getsourcefile(item))
    _sources.add(path)
    _names.setdefault(path, set()).add(item.__module__)
    _digest.clear()


def joined(decorate):
    """The decorator, which also counts the file of what it decorates."""
    def decorated(function):
        count_in(function)
        return decorate(function)
    return decorated


inlined = joined(_inlined)
shared = joined(register_jitable(**UNWRAPPED))  # as it is; LLVM may inline it.  Numba's inline="always" made wrong code of the loop


def slot(stub=None, *, default=None):
    """Make an open, statically dispatched function out of a documented stub; `default` serves classes that do not fill it."""
    if stub is None:
        return functools.partial(slot, default=default)
    signature = inspect.signature(stub)
    wanted = tuple(signature.parameters)
    fillings: dict[type, Callable] = {}

    def chosen(*args):
        return fillings.get(getattr(args[0], "instance_class", type(None)), default)

    def typed(*args):
        filling = chosen(*args)
        return filling if filling is None or direct(filling) is None else None

    @functools.wraps(stub)
    def call(*args):
        filling = fillings.get(type(args[0]), default)
        if filling is None:
            raise TypeError(f"{type(args[0]).__name__} does not fill the slot {stub.__name__}{signature}")
        return filling(*args)

    def fill(*classes):
        """Decorate the filling of this slot for parameters of the given classes."""
        def register(function):
            if parameters_of(function) != wanted:
                raise TypeError(
                    f"{function.__module__}.{function.__qualname__}{inspect.signature(function)} does not fit "
                    f"slot {stub.__name__}{signature}"
                )
            fillings.update((cls, function) for cls in classes)
            count_in(function)
            return function
        return register

    typed.__signature__ = signature
    # forced: a cell slot that stays a call stops the loop around it from vectorising
    overload(call, jit_options={"forceinline": True, **UNWRAPPED})(typed)
    answer_directly(call, chosen)
    call.fill = fill
    call.fillings = fillings
    return call


def constant(name, otherwise, doc):
    """Make a slot that answers a compile-time constant per class: ``draws.set(2, SoftBounds)``.

    LLVM folds the answer, so a branch on it costs nothing in the loop.
    """
    def fallback(part):
        return otherwise

    fallback.answers = otherwise

    def stub(part):
        pass

    stub.__name__, stub.__qualname__, stub.__doc__ = name, name, doc
    answer = slot(stub, default=fallback)

    def set_answer(value, *classes):
        def known(part):
            return value

        known.answers = value
        for cls in classes:
            answer.fillings[cls] = known
            count_in(cls)

    answer.set = set_answer
    return answer


def source_digest():
    """Hash of every source file that the compiled loop depends on; part of its cache name.

    The files are read once, and again when one is imported or reloaded: this is asked many times a second, and an edit that nobody has
    imported does not run.
    """
    if not _digest:
        kept = sorted(path for path in _sources if path.exists())
        texts = (path.read_bytes() + " ".join(sorted(_names.get(path, ()))).encode() for path in kept)
        _digest.append(hashlib.sha256(b"".join(texts)).hexdigest()[:12])
    return _digest[0]
