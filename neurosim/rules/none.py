"""The rule of a population that does not learn."""
from __future__ import annotations

from typing import NamedTuple


class NoCredit(NamedTuple):
    """Never asks for anything; goes with the eligibility `Fixed` (every slot at its default)."""
