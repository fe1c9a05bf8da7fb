"""Networks from ``.npz`` files of matrices, as the npz format writes them: see `arrays` for the names."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...untrusted import Arrays, npz_arrays
from ..imported import ImportedNetwork, described, membrane, needed, shared

LIF = ("step_s", "tau_s", "threshold", "resting", "reset", "subtracts")
KNOWN = ("inputs", "recurrent", "readout", "bias", "delays", "kept", "tau_steps", *LIF, "synapse_s")


def read(path: Path, step_s: float | None = None) -> ImportedNetwork:
    """The network: tanh neurons, or leaky ones where the file has ``tau_steps``, or LIF neurons where it has ``tau_s``.

    Raises
    ------
    InputError
        For what `untrusted.npz_arrays` refuses, what is missing, and neurons that differ.
    """
    arrays = npz_arrays(path, KNOWN)
    inputs, recurrent, readout = (needed(path, arrays, name, 2) for name in ("inputs", "recurrent", "readout"))
    bias = needed(path, arrays, "bias", 1) if "bias" in arrays else None
    n, rest = len(recurrent), dict[str, Any]()
    kept = shared(path, "kept", arrays.get("kept", np.zeros(())), 1)
    if not 0 <= kept < 1:
        raise InputError(f"{path.name}: kept", f"= {kept:g}; must be at least 0 and below 1")
    if kept > 0:
        rest["readout_tau_steps"] = float(-1 / np.log(kept))
    if "delays" in arrays:
        delay = shared(path, "delays", arrays["delays"], n)
        if delay != int(delay) or not 0 <= delay <= 10_000:
            raise InputError(f"{path.name}: delays", f"= {delay:g}; must be a whole number of steps from 0 to 10000")
        rest["delay_steps"] = (int(delay), int(delay)) if delay else None
    if any(name in arrays for name in (*LIF, "synapse_s")):
        rest |= {"neuron": "spiking", "membrane": neurons(path, arrays, n, step_s)}
        if "tau_steps" in arrays:
            raise InputError(f"{path.name}: tau_steps", "is of rate neurons; this file has tau_s of spiking ones as well")
    elif "tau_steps" in arrays:
        rest |= {"neuron": "leaky", "tau_steps": shared(path, "tau_steps", arrays["tau_steps"], n)}
    return described(path, inputs, recurrent, readout, bias, **rest)


def neurons(path: Path, arrays: Arrays, n: int, step_s: float | None) -> Any:
    """Their settings."""
    missing = [name for name in LIF if name not in arrays and not (name == "step_s" and step_s is not None)]
    if missing:
        raise InputError(f"{path.name}: {missing[0]}", f"is missing; spiking neurons have {', '.join(LIF)}")
    values = {name: shared(path, name, arrays[name], n) for name in (*LIF, "synapse_s") if name in arrays}
    subtracts = values.pop("subtracts")
    if subtracts not in (0, 1):
        raise InputError(f"{path.name}: subtracts", f"= {subtracts:g}; must be 0 or 1")
    values["reset_to"] = values.pop("reset")
    values["step_s"] = values["step_s"] if step_s is None else step_s
    return membrane(path, reset="subtract" if subtracts else "value", **values)
