"""A device that does what it is told."""
from __future__ import annotations

from typing import NamedTuple

from ..contract import is_exact, program


class Ideal(NamedTuple):
    """Conductance = weight, no bounds, no noise."""


is_exact.set(True, Ideal)


@program.fill(Ideal)
def _program(device, r, c, conductance, dw, uniform, normal, second):
    return conductance + dw
