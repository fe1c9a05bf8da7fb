"""Spiking networks that run event by event, without learning."""
from __future__ import annotations

from .connections import Connections, at_random
from .network import EventNetwork
from .spikes import Spikes

__all__ = ["Connections", "EventNetwork", "Spikes", "at_random"]
