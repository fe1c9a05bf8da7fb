"""Shared set-up of the suite."""
from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))  # components.py, assemble.py and covering.py are imported by name
