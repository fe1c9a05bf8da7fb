"""LIF networks as clients of NIR step them: forward Euler in float64, from exactly the numbers that are in the file.

    LIF:      v <- v + dt/tau (v_leak - v + r I)
    CubaLIF:  i <- i + dt/tau_syn (w_in I - i),  v <- v + dt/tau_mem (v_leak - v + r i)
    both:     I = W_in x(t) + b + W_rec s(t-1);  s = v > v_threshold;  v <- v_reset where s = 1;  y = W_out s

The exact step of our neurons, v <- keep v + ..., is the Euler step of another time constant: 1 - dt/tau' = keep = exp(-dt/tau), so that
``tau' = dt / (1 - exp(-dt/tau))``.
"""
from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .parcel import Arrays

Nodes = Mapping[str, Mapping[str, np.ndarray]]


def euler_tau(tau: np.ndarray, step: float) -> np.ndarray:
    """The time constant whose Euler step decays as much as the exact step of `tau`; never below `step`."""
    return step / -np.expm1(-step / tau)


def exact_tau(tau: np.ndarray, step: float) -> np.ndarray:
    """The inverse of `euler_tau`, for ``tau > step``."""
    return -step / np.log1p(-step / tau)


def discrete(gain: np.ndarray) -> np.ndarray:
    """What an input is worth in a step: 1 where it differs from 1 by no more than the rounding of the numbers that it is made of."""
    return np.where(np.isclose(gain, 1, rtol=1e-6, atol=0), 1.0, gain)


def run_euler(nodes: Nodes, step: float, inputs: np.ndarray) -> Arrays:
    """What a client computes from rest.

    Parameters
    ----------
    nodes : "w_in" (weight, bias), "w_rec", "w_out" (weight) and "lif" with the fields of LIF or CubaLIF, as in the file
    step : dt, in units of the time constants

    Returns
    -------
    "spikes", "v" (after the reset), "potential" (before it), each (steps, hidden), and "outputs" (steps, outputs)
    """
    doubles = {name: {key: np.asarray(array, np.float64) for key, array in fields.items()} for name, fields in nodes.items()}
    w_in, w_rec, w_out, lif = (doubles[name] for name in ("w_in", "w_rec", "w_out", "lif"))
    is_cuba = "tau_syn" in lif
    decay = step / lif["tau_mem" if is_cuba else "tau"]
    keep, gain = 1 - decay, discrete(lif["r"] * decay)
    keep_synapse, worth = (1 - step / lif["tau_syn"], discrete(lif["w_in"] * (step / lif["tau_syn"]))) if is_cuba else (0.0, 1.0)
    v, current, sent, rows = lif["v_leak"].copy(), np.zeros(len(decay)), np.zeros(len(decay)), []
    for x in np.asarray(inputs, np.float64):
        arriving = w_in["weight"] @ x + w_in["bias"] + w_rec["weight"] @ sent
        current = keep_synapse * current + worth * arriving
        moved = lif["v_leak"] + keep * (v - lif["v_leak"]) + gain * current
        fires = moved > lif["v_threshold"]
        v, sent = np.where(fires, lif["v_reset"], moved), fires.astype(np.float64)
        rows.append((sent, v, moved, w_out["weight"] @ sent))
    sizes = (len(decay),) * 3 + (len(w_out["weight"]),)
    return {name: np.array([row[k] for row in rows]).reshape(len(rows), size)
            for k, (name, size) in enumerate(zip(("spikes", "v", "potential", "outputs"), sizes))}
