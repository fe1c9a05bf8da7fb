"""Devices by the labels of MLP+NeuroSim: levels, nonlinearity up and down, cycle noise; as profiles.

A pulse moves a device along ``G(p) = B (1 - exp(-p / A)) + Gmin``, ``B = (Gmax - Gmin) / (1 - exp(-N / A))``, p from 0 to N, with an A of
its own for either direction: with g the conductance as a share of the range, a pulse up is ``g + (1 - exp(-1 / A)) (B - g)``, a pulse down
``g + (1 - exp(1 / A)) (B - g)``, both linear in g, which is a `LinearStepAdditive`.  The label NL stands for A / N.

Sources: Chen, Peng, Yu 2018, NeuroSim, IEEE TCAD 37:3067, doi:10.1109/TCAD.2018.2789723; the table of devices and accuracies is that of
the user manual of MLP+NeuroSim V3.0 (github.com/neurosim/MLP_NeuroSim_V3.0).
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError
from ..profile import SECTIONS, Profile

SOURCE = "NeuroSim MLP+ V3.0 (Chen, Peng, Yu 2018, TCAD, doi:10.1109/TCAD.2018.2789723), user manual"
# A NL / N by powers of NL, lowest first: fitted to the table of the manual, to 4e-5 of A for |NL| up to 6 and 6e-4 up to 9
FIT = (1.26265823, 3.61680364e-4, -1.19713179e-2, 1.07562763e-3, -6.36527583e-4, 1.81140620e-4, -3.02075430e-5, 2.52278934e-6,
       -7.91697958e-8)


class Labels(NamedTuple):
    """A device as NeuroSim describes it, and how well a 400-100-10 perceptron learned 20 x 20 MNIST on it there.

    nonlinearity_down is negative where down steps are large at high conductance; spread_ctoc in units of the range, for one pulse.
    on_off is the ratio of the bounds: a reference is subtracted from every read, which leaves it a role at the start alone, see `started`.
    """

    levels_up: int
    levels_down: int
    nonlinearity_up: float
    nonlinearity_down: float
    spread_ctoc: float
    on_off: float
    accuracy: float  # V3.0, weights from -1 to 1


PUBLISHED = {
    "EpiRAM": Labels(64, 64, 0.5, -0.5, 0.02, 50.2, 0.92),
    "GST PCM": Labels(110, 110, 0.105, 2.4, 0.015, 19.8, 0.89),
    "HZO FeFET": Labels(32, 32, 1.75, 1.46, 0.005, 45.0, 0.88),
    "TaOx/HfOx": Labels(128, 128, 0.04, -0.63, 0.037, 10.0, 0.80),
    "Ag:a-Si": Labels(97, 100, 2.4, -4.88, 0.035, 12.5, 0.72),
    "PCMO": Labels(50, 50, 3.68, -6.76, 0.01, 6.84, 0.33),
    "AlOx/HfO2": Labels(40, 40, 1.94, -0.61, 0.05, 4.43, 0.20),
}
SRAM_ACCURACY = 0.94  # 6 bits, of the same table


def time_constant(nonlinearity: float) -> float:
    """A / N of a label of at most 9, with its sign."""
    return float(np.polynomial.polynomial.polyval(abs(nonlinearity), FIT)) / nonlinearity


def straight_lines(labels: Labels) -> tuple[tuple[float, float], tuple[float, float]]:
    """(change at g = 0, share of g lost) of a pulse up and of one down, g from 0 to 1."""
    a_up, a_down = time_constant(labels.nonlinearity_up), time_constant(labels.nonlinearity_down)
    lost_up = 1 - np.exp(-1 / (a_up * labels.levels_up))
    lost_down = 1 - np.exp(1 / (a_down * labels.levels_down))
    return (
        (float(lost_up / (1 - np.exp(-1 / a_up))), float(lost_up)),
        (float(lost_down / (1 - np.exp(-1 / a_down))), float(lost_down)))


def profile_of(name: str, labels: Labels) -> tuple[Profile, float]:
    """The device in a profile, its range 2 long, and the middle of its range, which a reference device has (weights are from -1 to 1).

    Cycle noise is the same for both directions in NeuroSim and in proportion to the step at the origin in ours: the origin is put where
    a pulse up and a pulse down are equally large.  Of a train, NeuroSim adds the noise at the end, ours from pulse to pulse.

    Raises
    ------
    InputError
        If they are equally large nowhere in the range.
    """
    (start_up, lost_up), (start_down, lost_down) = straight_lines(labels)
    origin = (start_up + start_down) / (lost_up + lost_down)
    if not 0 < origin < 1:
        raise InputError(
            f"{name}: nonlinearity", f"= {labels.nonlinearity_up:g} up, {labels.nonlinearity_down:g} down; a pulse up and a pulse down "
            "must be equally large somewhere in the range")
    step, highest, lowest = 2 * (start_up - lost_up * origin), 2 * (1 - origin), -2 * origin  # a weight is 2 g - 1
    tables: dict[str, Any] = {
        "chip": {"id": "labels", "name": name, "kind": "analog_imc"}, "weights": {"format": "conductance"}, "file": name,
        "sources": dict.fromkeys(SECTIONS, SOURCE), "device": {
            "technology": name, "fit": "published fit", "update_model": "linear_step", "noise": "additive", "dw_min": step,
            "dw_min_std": 2 * labels.spread_ctoc / step, "w_max": highest, "w_min": lowest, "gamma_up": lost_up * highest / step,
            "gamma_down": -lost_down * lowest / step, "max_pulses": max(labels.levels_up, labels.levels_down)}}
    return Profile(**tables), 1 - 2 * origin


def started(matrix: np.ndarray, labels: Labels) -> np.ndarray:
    """Initial weights as NeuroSim's program writes them.

    It sets conductances to ``(w + 1) / 2 (Gmax - Gmin)``, Gmin not added, but not below Gmin: weights ``max(w - 2 / (on_off - 1), -1)``.
    """
    return np.maximum(matrix - 2 / (labels.on_off - 1), -1.0)
