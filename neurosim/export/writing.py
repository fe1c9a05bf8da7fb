"""An export on disk: the files of the format, ``manifest.json``, and ``expected.npz`` if vectors are wanted; all of it or nothing."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..errors import InputError
from ..report.text import json_text
from ..run_folder import refuse_existing, write_folder
from .deterministic import npz_bytes
from .fidelity import fidelity
from .parcel import Options, Parcel
from .registry import exporter_of
from .trained import TrainedNetwork

MANIFEST, EXPECTED, SCHEMA = "manifest.json", "expected.npz", 1


def export_network(
    trained: TrainedNetwork, to: str, out: str | Path, vectors: int = 0, options: Options | None = None
) -> dict[str, Any]:
    """Write a trained network in a format.

    Parameters
    ----------
    to : see `registry.FORMATS`
    out : folder to make
    vectors : steps of the task's test inputs in ``expected.npz``, with what a correct client computes from them; 0: no such file

    Returns
    -------
    What ``manifest.json`` holds.

    Raises
    ------
    InputError
        If the format cannot hold the network, with the reason; nothing is written then.
    """
    options = options or Options()
    if options.loop_identity and to != "nir":
        raise InputError("--loop-identity", f"is for --to nir; '{to}' has no such loop")
    refuse_existing(Path(out))
    parcel = exporter_of(to)(trained, options)
    record = manifest(trained, to, parcel)
    files = {**parcel.files, MANIFEST: json_text(record), **expected(trained, parcel, vectors)}
    write_folder(Path(out), files)
    return record


def manifest(trained: TrainedNetwork, to: str, parcel: Parcel) -> dict[str, Any]:
    """What the files are, what they were made of, and what was lost on the way."""
    network = trained.network
    return {
        "schema": SCHEMA, "format": to, "format_version": parcel.version, "client": parcel.client, "neurosim": __version__,
        "source": dict(trained.origin), "profile": trained.profile.file,
        "shapes": {"inputs": network.inputs, "hidden": network.hidden, "outputs": network.outputs},
        "dt_s": step_of(trained, parcel), "tolerance": parcel.tol, "tensors": [tensor._asdict() for tensor in parcel.tensors],
        "conventions": dict(parcel.about), "fidelity": fidelity(trained, parcel), "files": sorted(parcel.files), **parcel.manifest}


def step_of(trained: TrainedNetwork, parcel: Parcel) -> float | None:
    """Duration of a step in the files."""
    return trained.step_s if parcel.step_s is None else parcel.step_s


def expected(trained: TrainedNetwork, parcel: Parcel, steps: int) -> Mapping[str, str | bytes]:
    """The vectors with which a client is compared: inputs of the task, then those that were made to be difficult, from rest.

    Raises
    ------
    InputError
        If there is no task whose inputs could be shown.
    """
    if steps == 0:
        return {}
    if steps < 0:
        raise InputError("--vectors", f"= {steps}; must be at least 0")
    shown = trained.shown(steps)
    if len(shown) < steps:
        raise InputError("--vectors", f"= {steps}; the test of the task has {len(shown)} steps")
    inputs = parcel.encode(shown)
    if parcel.edges is not None:
        inputs = np.concatenate([inputs, parcel.edges(inputs) if callable(parcel.edges) else parcel.edges])
    step_s = step_of(trained, parcel)
    scale = {"tol": np.float64(parcel.tol), **({} if step_s is None else {"dt": np.float64(step_s)})}
    found = {EXPECTED: {"inputs": inputs, **parcel.run(inputs), **scale}}
    if parcel.vectors is not None:
        found |= {name: {**arrays, **scale} for name, arrays in parcel.vectors(inputs).items()}
    packed = {name: npz_bytes({key: np.asarray(array) for key, array in arrays.items()}) for name, arrays in found.items()}
    return packed if parcel.stimulus is None else {**packed, **parcel.stimulus(inputs)}
