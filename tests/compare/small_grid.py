"""A grid so small that plain Python runs it in seconds: that of ``neurosim selftest``."""
from __future__ import annotations

from neurosim.selftest.small_grid import TEXT, tables

__all__ = ["TEXT", "tables"]
