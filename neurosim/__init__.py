"""neurosim: neuromorphic hardware that learns on the chip, simulated with its devices' noise.

Importing the package loads neither numba nor brian2; names are resolved on first use.
"""
from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_WHERE = {
    "Chip": "chip", "compile_chip": "chip", "Network": "network", "Run": "results", "train": "results",
    "NeurosimError": "errors", "InputError": "errors", "MappingError": "errors", "DivergenceError": "errors",
    "read_comparison": "compare.frames", "export_chip": "export",
}
_MODULES = ("profile", "reference", "rules", "tasks", "yardsticks")

__all__ = [*sorted(_WHERE), *_MODULES, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(importlib.import_module(f".{_WHERE[name]}", __name__), name)
    if name in _MODULES:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module 'neurosim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
