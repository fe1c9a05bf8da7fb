"""Recorded pulse curves (aihwkit_pulse_response.npz/json) against the pulsed devices, driven through the row kernel of the loop.

``NAME__det``: the mean device, 1000 up then 1000 down from 0; ``__det_down``: 1000 down from 0; ``__d2d_W``: 64 devices with their
recorded hidden parameters, every 10th pulse; ``__c2c_*`` cycle noise alone and ``__full_*`` all noise, 400 devices each.
"""
from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numba import njit

from neurosim.devices.firing import fire_row
from neurosim.devices.hidden import Hidden, draw_hidden
from neurosim.devices.linear_step import LinearStepAdditive
from neurosim.devices.pulses import fire
from neurosim.devices.write_noise import WriteNoise
from neurosim.generators import generator
from neurosim.linking import OPTIONS
from neurosim.pulsed import build, spread_of
from neurosim.quantity import number
from neurosim.random import Key
from neurosim.sections import DeviceSection
from neurosim.storage import padded, zeros
from neurosim.workspace import workspace

EXACT = 1e-6  # both in float32, over 2000 pulses
BIAS = 0.0147  # largest mean of the recorded generator, in standard deviations: 32,768 normals in a fixed table for each array
F = np.float32
DEVICES = 20_000  # of ours, for means and standard deviations; theirs are 400
def model_of(params: dict[str, Any]) -> str:
    """The update model, from the parameters that only it has."""
    for key, model in (("piecewise_up", "piecewise_step"), ("pow_gamma", "pow_step"), ("A_up", "exp_step"), ("gamma_up", "linear_step"),
                       ("reference_std", "soft_bounds"), ("p_max", "soft_bounds"), ("mult_noise", "soft_bounds")):
        if key in params:
            return model
    return "constant_step"


def section_of(params: dict[str, Any], hidden: dict[str, Any]) -> DeviceSection:
    """The recorded parameters as the [device] section of a profile; what a form derives, it takes from the recorded mean device."""
    def given(key: str, otherwise: float = 0.0) -> float:
        value = params.get(key, otherwise)
        return otherwise if value in (None, "None") else float(value)

    model = model_of(params)
    upper, lower = (float(hidden[key][0]) for key in ("max_bound", "min_bound"))
    step = given("dw_min") or max(float(hidden["dwmin_up"][0]), float(hidden["dwmin_down"][0]))
    up_down = given("up_down") if params.get("up_down") != "None" else 1 - hidden["dwmin_down"][0] / hidden["dwmin_up"][0]
    fields: dict[str, Any] = {
        "update_model": model, "dw_min": step, "dw_min_dtod": given("dw_min_dtod"),
        "dw_min_lognormal": bool(params.get("dw_min_dtod_log_normal")), "dw_min_std": given("dw_min_std"), "up_down": float(up_down),
        "up_down_dtod": given("up_down_dtod"), "w_max": given("w_max", upper) or upper, "w_max_dtod": given("w_max_dtod"),
        "w_min": given("w_min", lower), "w_min_dtod": given("w_min_dtod"), "write_noise_std": given("write_noise_std")}
    if fields["w_min"] == 0:
        fields.update(cell="one_sided_pair", refresh_upper=1.0, refresh_lower=0.0)
    if model in ("linear_step", "soft_bounds"):
        fields["noise"] = "multiplicative" if params["mult_noise"] else "additive"
    if model == "linear_step":
        fields.update({key: given(key) for key in ("gamma_up", "gamma_down", "gamma_up_dtod", "gamma_down_dtod")})
    if "reference_std" in params:
        fields.update(reference_mean=given("reference_mean"), reference_std=given("reference_std"),
                      zero_shifted=bool(params["subtract_symmetry_point"]))
    if model == "exp_step":
        fields.update({f"exp_{key}": given(key) for key in ("A_up", "A_down", "gamma_up", "gamma_down", "a", "b")})
        fields.update(exp_noise_abs=given("dw_min_std_add"), exp_noise_slope=given("dw_min_std_slope"))
    if model == "pow_step":
        fields.update({key: given(key) for key in ("pow_gamma", "pow_gamma_dtod", "pow_up_down", "pow_up_down_dtod")})
    if model == "piecewise_step":
        fields.update(piecewise_up=[float(v) for v in params["piecewise_up"]], piecewise_down=[float(v) for v in params["piecewise_down"]])
    return DeviceSection.model_validate(fields)


def without(section: DeviceSection, *, noise: bool, spread: bool) -> DeviceSection:
    """The section without cycle and write noise, or without device-to-device spread."""
    change: dict[str, Any] = {}
    if noise:
        change.update(dw_min_std=None, write_noise_std=None, exp_noise_abs=None, exp_noise_slope=None)
    if spread:
        change.update({field: None for field in type(section).model_fields if field.endswith("_dtod")}, reference_std=None)
    return section.model_copy(update=change)


def recorded_hidden(data: Any, prefix: str, n: int) -> Hidden:
    """Hidden parameters as they were recorded, (1, n)."""
    up, down, upper, lower = (np.asarray(data[f"{prefix}{key}"], np.float64).reshape(1, n)
                              for key in ("dwmin_up", "dwmin_down", "max_bound", "min_bound"))
    return Hidden(up, down, upper, lower, (up == 0) & (down == 0))


def with_recorded_shape(device: Any, data: Any, prefix: str, n: int, cells: Any) -> Any:
    """The device with the recorded slopes, powers and references in place of its own draws."""
    def row(key: str) -> np.ndarray:
        return cells(np.abs(np.asarray(data[f"{prefix}{key}"], np.float64)).reshape(1, n))

    if hasattr(device, "inner"):
        reference = cells(np.asarray(data[f"{prefix}reference"], np.float64).reshape(1, n))
        return device._replace(inner=with_recorded_shape(device.inner, data, prefix, n, cells), reference=reference)
    if f"{prefix}slope_up" in data:
        return device._replace(fade_up=row("slope_up"), fade_down=row("slope_down"))
    if f"{prefix}gamma_up" in data:
        return device._replace(gamma_up=row("gamma_up"), gamma_down=row("gamma_down"))
    return device


def shoot(device, g, scratch, signs, every, seed, kept):
    """Fire one pulse of sign ``signs[n]`` into every cell, n = 0, 1, ...; keep every `every`-th conductance."""
    for n in range(signs.size):
        for k in range(scratch.uniform.size):
            scratch.uniform[k] = signs[n]
        fire_row(device, g, 0, scratch, Key(seed, 16, n))
        if (n + 1) % every == 0:
            for k in range(kept.shape[1]):
                kept[(n + 1) // every - 1, k] = g[0, k]


if os.environ.get("NEUROSIM_PYTHON") != "1":
    shoot = njit(**OPTIONS)(shoot)


def response(device: Any, n: int, signs: np.ndarray, every: int = 1, seed: int = 1) -> np.ndarray:
    """Conductance of `n` devices after every `every`-th pulse, (pulses, n), from 0."""
    width = padded(n)
    scratch = workspace(1, width, F)
    kept = zeros((signs.size // every, n), F)
    shoot(device, zeros((1, width), F), scratch, signs.astype(F), every, seed, kept)
    return kept.astype(np.float64)


def made(section: DeviceSection, hidden: Hidden) -> tuple[Any, Any]:
    """The device of a section in one row, and what lays a matrix out in it."""
    n = hidden.upper.shape[1]

    def cells(matrix: np.ndarray) -> np.ndarray:
        row = zeros((1, padded(n)), F)
        row[0, :n] = matrix
        return row

    device = build(section, hidden, 1.0, cells, 1, 0, F)
    sigma = number(section.write_noise_std) * number(section.dw_min)
    return (WriteNoise(device, zeros((1, padded(n)), F), F(sigma)) if sigma else device), cells


def drawn(section: DeviceSection, n: int) -> Hidden:
    """Hidden parameters of `n` devices; without spread, one mean device after another."""
    return draw_hidden(spread_of(section), (1, n), generator(1, 1))


def check(path: pathlib.Path) -> Iterator[tuple[str, float, float]]:
    """Every device of a file of this form."""
    data, about = np.load(path), json.loads(path.with_suffix(".json").read_text())
    for name, facts in about["devices"].items():
        if f"{name}__det" not in data.files or "params" not in facts:
            continue
        section = section_of(facts["params"], facts["det_hidden"])
        exact = without(section, noise=True, spread=True)
        det = data[f"{name}__det"]
        hidden = recorded_hidden({f"h_{key}": value for key, value in facts["det_hidden"].items()}, "h_", 1)
        device, cells = made(exact, hidden)
        device = with_recorded_shape(device, {f"h_{key}": value for key, value in facts["det_hidden"].items()}, "h_", 1, cells)
        half = (det.size - 1) // 2
        curve = response(device, 1, np.repeat([1.0, -1.0], half))[:, 0]
        yield f"{name}: mean device", float(np.abs(curve - det[1:]).max()), EXACT
        down = data[f"{name}__det_down"]
        yield f"{name}: mean device, down", float(np.abs(response(device, 1, -np.ones(down.size - 1))[:, 0] - down[1:]).max()), EXACT
        wanted, prefix = data[f"{name}__d2d_W"], f"{name}__d2d_hp_"
        n = wanted.shape[1]
        device, cells = made(without(section, noise=True, spread=False), recorded_hidden(data, prefix, n))
        device = with_recorded_shape(device, data, prefix, n, cells)
        every = (det.size - 1) // (len(wanted) - 1)
        curves = response(device, n, np.repeat([1.0, -1.0], half), every)
        yield f"{name}: {n} spread devices", float(np.abs(curves - wanted[1:]).max()), EXACT
        for form, kept in (("c2c", without(section, noise=False, spread=True)), ("full", section)):
            if f"{name}__{form}_mean" in data.files:
                bias = BIAS if form == "c2c" else 0.0
                yield from noisy(f"{name}: {form}", kept, data[f"{name}__{form}_mean"], data[f"{name}__{form}_std"], half, bias)


def noisy(
    name: str, section: DeviceSection, mean: np.ndarray, sd: np.ndarray, half: int, bias: float
) -> Iterator[tuple[str, float, float]]:
    """Mean and standard deviation of many devices, every 50th pulse, against those of 400 recorded ones.

    The mean in units of 3 standard errors of both; the standard deviation within 5 % and 3 standard errors of theirs.  Where cycle
    noise is all there is, the mean of the recorded generator adds up from pulse to pulse: ``bias sqrt(pulses)`` standard deviations
    are allowed for it.
    """
    device, _ = made(section, drawn(section, DEVICES))
    every = 50
    curves = response(device, DEVICES, np.repeat([1.0, -1.0], half), every, seed=3)
    theirs, spread = mean[every::every], sd[every::every]
    pulses = every * np.arange(1, theirs.size + 1)
    allowed = spread * (3 * np.sqrt(1 / 400 + 1 / DEVICES) + bias * np.sqrt(pulses)) + EXACT
    yield f"{name}, mean (3 standard errors = 1)", float((np.abs(curves.mean(axis=1) - theirs) / allowed).max()), 1.0
    relative = np.sqrt((curves.std(axis=1)**2).mean() / (spread**2).mean()) - 1
    yield f"{name}, standard deviation over the curve", abs(float(relative)), 0.05 + 3 / np.sqrt(2 * 400)


def neurosim_curve(path: pathlib.Path) -> Iterator[tuple[str, float, float]]:
    """NeuroSim's closed form G(p) = B (1 - exp(-p / A)) + Gmin as a linear-step device: single pulses from Gmin up, then down."""
    facts = json.loads(path.read_text())
    span, n = facts["Gmax"] - facts["Gmin"], {"up": facts["N_LTP"], "down": facts["N_LTD"]}
    end = {key: 1 / (1 - np.exp(-n[key] / facts[f"A_LT{letter}_pulses"])) for key, letter in (("up", "P"), ("down", "D"))}
    fade = {"up": 1 - np.exp(-1 / facts["A_LTP_pulses"]), "down": 1 - np.exp(1 / facts["A_LTD_pulses"])}
    cells = [np.full((1, 64), value) for value in (fade["up"] * end["up"], -fade["down"] * end["down"], fade["up"], fade["down"], 1, 0)]
    device = LinearStepAdditive(np.float64(1), np.float64(31), *cells, np.float64(0), np.float64(0))
    up = np.array(facts["G_det"])
    g, curve = np.float64(0), [0.0]
    for k in range(1, up.size):
        g = fire(device, 0, 0, g, np.float64(1 if k <= 100 else -1), np.float64(0), np.float64(0))
        curve.append(float(g))
    yield "noise-free curve, of the range", float(np.abs(facts["Gmin"] + span * np.array(curve) - up).max() / span), 1e-9


CHECKS = {"neurosim_realdevice": neurosim_curve, "aihwkit_pulse_response": check}
