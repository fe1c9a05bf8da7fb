"""Read path without losses."""
from __future__ import annotations

from typing import NamedTuple


class Quiet(NamedTuple):
    """No read noise, no converters; compiles to nothing (every slot at its default)."""
