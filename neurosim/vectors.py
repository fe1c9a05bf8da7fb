"""Vectors in kernels, for the few loops that LLVM does not make vectors of as it should."""
from __future__ import annotations

from typing import Any

from llvmlite import ir

REGISTER = 64  # bytes of the longest that a machine has; where it has shorter ones, LLVM cuts
INDEX = ir.IntType(64)


class Vectors:
    """Writes vector code for numbers of one type.

    Parameters
    ----------
    context, builder : of Numba, where the code goes
    real : Numba's type of a number
    length : bytes of a vector
    """

    def __init__(self, context: Any, builder: Any, real: Any, length: int = REGISTER) -> None:
        self.length = length
        self.size = length * 8 // real.bitwidth
        self.type = ir.VectorType(context.get_value_type(real), self.size)
        self.context, self.builder = context, builder

    def at(self, place: Any, inside: Any, outside: Any) -> Any:
        """`outside`, but for the number at this place, if there is such a place, `inside`."""
        small = ir.IntType(32)
        places = ir.Constant(ir.VectorType(small, self.size), list(range(self.size)))
        is_there = self.builder.icmp_signed("==", self._everywhere(self.builder.trunc(place, small)), places)
        return self.builder.select(is_there, inside, outside)

    def array(self, kind: Any, value: Any) -> Any:
        """An array that was handed in."""
        return self.context.make_array(kind)(self.context, self.builder, value)

    def place(self, array: Any, *offsets: Any) -> Any:
        """Where the number at the sum of these offsets lies."""
        total = INDEX(0)
        for offset in offsets:
            total = self.builder.add(total, offset)
        return self.builder.gep(array.data, [total])

    def load(self, pointer: Any, i: Any) -> Any:
        """The numbers from the i-th after the pointer on, which lie on a boundary of vectors."""
        return self.builder.load(self._at(pointer, i), align=self.length)

    def store(self, value: Any, pointer: Any, i: Any) -> None:
        """Put numbers where `load` finds them."""
        self.builder.store(value, self._at(pointer, i), align=self.length)

    def filled(self, pointer: Any) -> Any:
        """One number, everywhere."""
        return self._everywhere(self.builder.load(pointer))

    def _everywhere(self, value: Any) -> Any:
        nothing = ir.Constant(ir.VectorType(value.type, self.size), ir.Undefined)
        single = self.builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
        return self.builder.shuffle_vector(single, nothing, ir.Constant(ir.VectorType(ir.IntType(32), self.size), [0] * self.size))

    def _at(self, pointer: Any, i: Any) -> Any:
        return self.builder.bitcast(self.builder.gep(pointer, [i]), self.type.as_pointer())


def own_length(context: Any) -> int:
    """Bytes of a register of this machine: what is loaded and stored in halves needs twice the instructions and registers."""
    return REGISTER if "+avx512f" in context.codegen().magic_tuple()[2] else REGISTER // 2
