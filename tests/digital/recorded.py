"""Recorded runs (tests/golden/digital), and the comparison with them."""
from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent.parent / "golden" / "digital"


def recorded(name, kind, **changes):
    """(specification, inputs, recorded arrays of the trace) of a file; `changes` to the specification."""
    with np.load(FOLDER / f"{name}.npz") as file:
        arrays = {key: file[key] for key in file.files}
    fields = {field.name for field in dataclasses.fields(kind)}
    spec = kind(**{**{key: value for key, value in arrays.items() if key in fields}, **changes})
    trace = {key: arrays[key] for key in ("spikes", "u", "v", "outputs") if key in arrays}
    return spec, arrays["inputs"], trace


def differing(trace, expected):
    """Names of the recorded arrays that a trace does not reproduce bit for bit."""
    return [name for name, array in expected.items() if not np.array_equal(getattr(trace, name), array)]
