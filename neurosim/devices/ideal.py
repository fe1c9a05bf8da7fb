"""A device that does what it is told."""
from __future__ import annotations

from typing import NamedTuple

from ..contract import program


class Ideal(NamedTuple):
    """Conductance = weight, no bounds, no noise."""


@program.fill(Ideal)
def _program(device, r, c, conductance, dw, uniform, normal, second):
    return conductance + dw
