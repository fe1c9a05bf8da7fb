"""Trained networks in the formats of devices and of other simulators.

A format is proved by its client: a program that others wrote, which loads the files and computes the same.  What a format cannot hold is
refused with the reason; what it loses is in the manifest and in the fidelity report.
"""
from __future__ import annotations

from pathlib import Path
from typing import Any

from .parcel import Options
from .trained import TrainedNetwork, of_chip, of_run
from .writing import export_network

__all__ = ["Options", "TrainedNetwork", "export_chip", "export_network", "of_chip", "of_run"]


def export_chip(chip: Any, to: str, out: str | Path, vectors: int = 0, dataset: Any = None, **options: Any) -> dict[str, Any]:
    """Write the network that a chip holds now; see `writing.export_network`.

    Parameters
    ----------
    dataset : of the task, for calibration, vectors and scores
    options : fields of `parcel.Options`
    """
    return export_network(of_chip(chip, dataset), to, out, vectors, Options(**options))
