"""Broadcast channel without losses."""
from __future__ import annotations

from typing import NamedTuple


class Exact(NamedTuple):
    """Every neuron receives the losses as they are (the slot's default)."""
