"""No synapses: every neuron passes its activity straight on (all slots at their defaults)."""
from __future__ import annotations

from typing import NamedTuple


class Direct(NamedTuple):
    """Identity."""
