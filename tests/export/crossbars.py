"""Trained networks on chips of conductances: programmed onto a pair, onto devices of both signs, onto lines with resistance."""
from __future__ import annotations

import functools
import os
from dataclasses import replace

import numpy as np
from export.networks import awkward, rate, spiking

from neurosim.chip import Trained, compile_chip
from neurosim.export import of_chip
from neurosim.profile import load
from neurosim.selftest import made_up_profiles

WIRES = {"wire_row_Ohm": 2.0, "wire_col_Ohm": 3.0, "driver_Ohm": 0.0, "sense_Ohm": 0.0}
DRIVEN = {"wire_row_Ohm": 2.0, "wire_col_Ohm": 3.0, "driver_Ohm": 50.0, "sense_Ohm": 20.0}
NETWORKS = {"rate": rate, "spiking": spiking}


def made_up(model, topology=None, **device):
    """A profile of one of the made-up devices, 100 uS at most."""
    tables = made_up_profiles.device(model)
    device = {**tables["device"], "g_max_S": 1e-4, "stuck_prob": None, "stuck_range": None, **device}
    device = {key: value for key, value in device.items() if value is not None}
    return made_up_profiles.made_up(
        "made-up", weights=tables["weights"], device=device, topology=topology or {},
        io={"dac_bits": 7, "dac_range": 1.0, "adc_bits": 9, "adc_range": 20.0}, latency={"t_write_pulse_s": 1e-7})


PROFILES = {
    "neurram": lambda: load("neurram"), "hermes64": lambda: load("hermes64"),
    "wired": lambda: made_up("linear", WIRES), "driven": lambda: made_up("linear", DRIVEN), "wired pair": lambda: made_up("pair", WIRES),
    "tiled": lambda: made_up("pair", {**WIRES, "array_rows": 4, "array_cols": 8, "n_cores": 64}),
    "referenced": lambda: made_up("soft", g_min_S=1e-6, w_min_dtod=0.02, w_max_dtod=0.02, write_noise_std=0.0)}


@functools.cache
def on_chip(kind="rate", profile="neurram", **topology):
    """A network that was trained without devices, then programmed onto a chip of the profile; of kind "awkward" see `asked`."""
    if kind == "awkward":
        return asked("rate", profile)
    before = os.environ.get("NEUROSIM_PYTHON")
    os.environ["NEUROSIM_PYTHON"] = "1"
    try:
        trained = NETWORKS[kind]("ideal", hidden=10, epochs=1, **topology)
        chip = compile_chip(PROFILES[profile](), trained.network, 1, "float64", trained=Trained(trained.chip.weights()))
        chip.settle()
        return of_chip(chip, trained.dataset)
    finally:
        os.environ.pop("NEUROSIM_PYTHON") if before is None else os.environ.update(NEUROSIM_PYTHON=before)


def asked(kind="rate", profile="wired"):
    """An awkward network of which the profile's nominal devices are asked to hold the weights; nobody's chip."""
    return replace(awkward(NETWORKS[kind]("ideal", hidden=10, epochs=1)), profile=PROFILES[profile]())


def is_active(found):
    """Whether a network does something, and not everything."""
    if "spikes" in found:
        return 0.01 < found["spikes"].mean() < 0.6
    return np.std(found["h"]) > 0.05 and np.std(found["outputs"]) > 0.01
