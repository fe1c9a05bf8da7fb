"""Fillings that are nothing, a constant or one of their arguments: answered while the caller is compiled, and not compiled themselves.

A third of what a loop calls says no more than "not this one"; for numba each would be a function to type, lower, link and optimise away.
"""
from __future__ import annotations

import dis
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from numba.core import types
from numba.core.imputils import impl_ret_borrowed
from numba.core.typing.templates import signature
from numba.extending import lower_builtin, type_callable

KINDS = {bool: types.boolean, int: types.intp, type(None): types.none}
SILENT = {"RESUME", "NOP", "COPY_FREE_VARS"}  # instructions that do nothing here


class Direct(NamedTuple):
    """What a filling answers: an argument of it, if `argument` is its number, or else `value`."""

    value: Any = None
    argument: int | None = None


def direct(filling: Callable[..., Any]) -> Direct | None:
    """What a filling comes to, as far as its code says so at once; None if it has to be compiled."""
    if hasattr(filling, "answers"):
        return Direct(filling.answers)
    steps = [step for step in dis.get_instructions(filling) if step.opname not in SILENT]
    first, last = steps[0], steps[-1]
    if len(steps) == 1 and first.opname == "RETURN_CONST" or len(steps) == 2 and first.opname in ("LOAD_CONST", "LOAD_SMALL_INT"):
        return Direct(first.argval) if last.opname.startswith("RETURN") and type(first.argval) in KINDS else None
    if len(steps) == 2 and first.opname in ("LOAD_FAST", "LOAD_FAST_BORROW") and last.opname == "RETURN_VALUE":
        code = filling.__code__
        return Direct(argument=code.co_varnames.index(first.argval)) if first.argval in code.co_varnames[:code.co_argcount] else None
    return None


def answer_directly(call: Callable[..., Any], chosen: Callable[..., Callable[..., Any] | None]) -> None:
    """Let `call` be answered where it is called, for arguments of types for which `chosen(*types)` is a filling that is `direct`."""
    def found(args: Any) -> Direct | None:
        filling = chosen(*args)
        return None if filling is None else direct(filling)

    @type_callable(call)
    def typed(context: Any) -> Callable[..., Any]:
        def of(*args: Any) -> Any:
            answer = found(args)
            if answer is None:
                return None
            kind = KINDS[type(answer.value)] if answer.argument is None else types.unliteral(args[answer.argument])
            return signature(kind, *args)
        of.__signature__ = inspect.signature(call)  # type: ignore[attr-defined]  # by which numba puts the arguments in order
        return of

    @lower_builtin(call, types.VarArg(types.Any))
    def lowered(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        answer = found(sig.args)
        if answer is None:
            raise TypeError(f"{call.__name__}: typed as what is answered directly, and is not")
        if answer.argument is None:
            return context.get_dummy_value() if answer.value is None else context.get_constant(sig.return_type, answer.value)
        value = context.cast(builder, args[answer.argument], sig.args[answer.argument], sig.return_type)
        return impl_ret_borrowed(context, builder, sig.return_type, value)
