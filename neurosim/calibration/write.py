"""From a fit to the fields of a profile, and to the text of its file."""
from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..toml import toml_value
from .curves import NODES
from .detection import hidden_noises, hidden_spreads
from .fit import Candidate
from .scoring import Fitted
from .table import Table

UNSEEN = 0.9  # a mean parameter whose variance is to this share prior was not determined by the traces
DIGITS = 6


def device_fields(fitted: Fitted) -> dict[str, Any]:
    """The numbers of [device], as in hardware_profiles/README.md, normalised units; a number that is not known is absent.

    What the traces cannot tell from nothing (`below_detection`) is not known either.
    """
    known = estimates(fitted)
    return {key: value for key, value in known.items() if key not in below_detection(fitted, known)}


def estimates(fitted: Fitted) -> dict[str, Any]:
    """All numbers of [device] that the model has.

    The population of the fit in the terms of aihwkit's PulsedDevice (Rasch et al. 2021, arXiv:2104.02184): step_up =
    dw_min (min(up_down, 0) + g + r), step_down = dw_min (-max(up_down, 0) + g - r), g ~ N(1, dw_min_dtod), r ~ N(0, up_down_dtod).
    """
    curve = fitted.problem.curve
    mean, cov = full_steps(fitted)
    index = {name: i for i, name in enumerate(curve.per_device)}
    std = np.sqrt(np.diag(cov))
    up, down = mean[0] + mean[1], mean[0] - mean[1]
    dw_min = max(up, down)
    fields: dict[str, Any] = {"update_model": curve.update_model}
    if curve.update_model == "linear_step":
        fields["noise"] = curve.noise
    fields |= {"dw_min": dw_min, "dw_min_dtod": std[0] / dw_min, "up_down_dtod": std[1] / dw_min,
               "up_down": 1 - down / up if down < up else up / down - 1}
    for field, name in (("w_max", "upper"), ("w_min", "lower")):
        i = index[name]
        fields |= {field: mean[i], f"{field}_dtod": std[i] / abs(mean[i])}
    for side, bound in (("up", fields["w_max"]), ("down", fields["w_min"])):
        if f"slope_{side}" in index:
            i = index[f"slope_{side}"]
            fields |= {f"gamma_{side}": mean[i] * abs(bound), f"gamma_{side}_dtod": std[i] * abs(bound)}
    if "exponent" in index:
        i, j = index["exponent"], index["tilt"]
        up, down = (max(exponent, 0.0) for exponent in (mean[i] + mean[j], mean[i] - mean[j]))
        gamma = max(up, down)
        fields |= {"pow_gamma": gamma, "pow_gamma_dtod": std[i] / gamma, "pow_up_down_dtod": std[j] / gamma,
                   "pow_up_down": 1 - down / up if down < up else up / down - 1}
    shared = dict(zip(curve.shape, fitted.state.shared[2:]))
    if curve.update_model == "exp_step":
        fields |= {"exp_A_up": amplitude(shared["c_up"]), "exp_A_down": amplitude(shared["c_down"]),
                   "exp_gamma_up": abs(shared["gamma_up"]), "exp_gamma_down": abs(shared["gamma_down"]),
                   "exp_a": 0.5 if curve.label == "exp_step_late" else -0.5, "exp_b": 0.0}
    if curve.update_model == "piecewise_step":
        fields |= {f"piecewise_{side}": [shared.get(f"{side}_{k}", 1.0) for k in range(NODES)] for side in ("up", "down")}
    fields |= {"dw_min_std": math.exp(fitted.state.shared[0]), "write_noise_std": math.exp(fitted.state.shared[1]) / dw_min}
    if fitted.problem.traces.read_std:  # readings that repeat to the last digit say nothing about noise
        fields["read_noise_abs"] = fitted.problem.traces.read_std
    return {key: [round_to(v) for v in value] if isinstance(value, list) else value if isinstance(value, str) else round_to(value)
            for key, value in fields.items()}


def full_steps(fitted: Fitted) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of the parameters of devices, with the steps that dw_min means: exp_step is fitted by its step at w = 0."""
    turn = turned(fitted)
    return turn @ fitted.state.mean, turn @ fitted.state.cov @ turn.T


def turned(fitted: Fitted) -> np.ndarray:
    """Matrix from the parameters of a device as fitted to those of `full_steps`."""
    turn = np.eye(len(fitted.state.mean))
    if fitted.problem.curve.update_model == "exp_step":
        up, down = (1 - fitted.state.shared[2:4])
        turn[:2, :2] = np.array([[up + down, up - down], [up - down, up + down]]) / 2
    return turn


SPREADS = {"step": "dw_min_dtod", "half_difference": "up_down_dtod", "upper": "w_max_dtod", "lower": "w_min_dtod",
           "slope_up": "gamma_up_dtod", "slope_down": "gamma_down_dtod", "exponent": "pow_gamma_dtod", "tilt": "pow_up_down_dtod"}
SILENT = 10.0  # a limit that many times the estimate is none
NOISES = ("dw_min_std", "write_noise_std")


def below_detection(fitted: Fitted, known: Mapping[str, Any] | None = None) -> dict[str, float | None]:
    """Fields that the traces cannot tell from 0, each with what it is at most; None if they say nothing about it."""
    known = estimates(fitted) if known is None else known
    turn = turned(fitted)
    cov = turn @ fitted.state.cov @ turn.T
    limits: dict[str, float | None] = {}
    for i, most in hidden_spreads(cov, turn @ fitted.posterior @ turn.T).items():
        field = SPREADS[fitted.problem.curve.per_device[i]]
        times = most / np.sqrt(cov[i, i])
        limits[field] = round_to(known[field] * times) if times < SILENT else None
    for i, most in hidden_noises(fitted.state.shared, fitted.shared_cov).items():
        limits[NOISES[i]] = round_to(most / (known["dw_min"] if NOISES[i] == "write_noise_std" else 1.0))
    return limits


def amplitude(c: float) -> float:
    """A of aihwkit's exponential step; see `curves.exponential`."""
    return -c / (1 - c)


def unseen_bounds(fitted: Fitted) -> list[str]:
    """Bounds that the traces never reached: their number is where the search began, no measurement."""
    share = fitted.posterior.mean(axis=0)[[2, 3], [2, 3]] / np.diag(fitted.state.cov)[2:4]
    return [field for field, value in zip(("w_max", "w_min"), share) if value > UNSEEN]


def correlations(fitted: Fitted) -> dict[str, dict[str, float]]:
    """Correlation of the parameters over devices."""
    std = np.sqrt(np.diag(fitted.state.cov))
    names = fitted.problem.curve.per_device
    table = fitted.state.cov / np.outer(std, std)
    return {a: {b: round(float(table[i, j]), 3) for j, b in enumerate(names) if j > i} for i, a in enumerate(names[:-1])}


def report(table: Table, candidates: list[Candidate]) -> dict[str, Any]:
    """What was found, for ``--json``: the profile fields of the best model, every model by AIC, and the fit of every device."""
    best = candidates[0].fitted
    traces = best.problem.traces
    return {
        "file": table.file, "sha256": table.sha256, "n_devices": len(traces.names), "n_readings": best.n_readings,
        "g_min_S": traces.g_min_S, "g_max_S": traces.g_max_S, "model": candidates[0].label,
        "smaller_than": smaller_than(candidates), "device": device_fields(best),
        "write_and_read_noise_are_separated": traces.read_std is not None, "bounds_not_reached": unseen_bounds(best),
        "below_detection": below_detection(best),
        "standard_errors": dict(zip(("log_dw_min_std", "log_write_noise"), np.sqrt(np.diag(best.shared_cov)[:2]).tolist())),
        "correlations": correlations(best),
        "models": [{
            "model": c.label, "aic": c.fitted.aic, "log_likelihood": c.fitted.log_likelihood, "n_parameters": c.fitted.n_parameters,
            "has_converged": c.fitted.has_converged, "held_out": c.held_out._asdict()} for c in candidates],
        "devices": {name: dict(zip(best.problem.curve.per_device, map(float, best.state.devices[:, d])))
                    for d, name in enumerate(traces.names)}}


def smaller_than(candidates: list[Candidate]) -> str | None:
    """The model with the least AIC, where one with fewer parameters was preferred to it."""
    least = min(candidates, key=lambda candidate: candidate.fitted.aic)
    return least.label if least is not candidates[0] else None


def profile_tables(table: Table, fitted: Fitted, name: str) -> dict[str, Any]:
    """The tables of the profile; every number of [device] has a status and the source of all is the file."""
    unseen = unseen_bounds(fitted)
    traces = fitted.problem.traces
    device: dict[str, Any] = {}
    for key, value in device_fields(fitted).items():
        if isinstance(value, str | list):
            device[key] = value
        else:
            status = "assumed" if key.removesuffix("_dtod") in unseen else "fit"
            device[key] = {"v": value, "status": status, **({"src": "reach"} if status == "assumed" else {})}
    far = "w_max" if device["w_max"]["v"] >= -device["w_min"]["v"] else "w_min"  # g_max_S is the conductance there
    reach = traces.g_min_S + (abs(device[far]["v"]) + 1) / 2 * (traces.g_max_S - traces.g_min_S)
    device |= {"g_min_S": {"v": round_to(traces.g_min_S), "status": "fit"}, "g_max_S": {**device[far], "v": round_to(reach)}}
    where = f"{table.file}, SHA-256 {table.sha256}"
    sources = {"weights": "our choice: a conductance of the device is the weight",
               "device": f"neurosim profiles fit: {len(traces.names)} devices, {fitted.n_readings} readings; {where}"}
    if unseen:
        sources["reach"] = f"the devices did not get there: about the largest state seen in {where}"
    return {"schema": 1, "chip": {"id": name, "name": f"Device fitted to {table.file}", "kind": "analog_imc"},
            "weights": {"format": "conductance"}, "device": device, "sources": sources}


def profile_text(tables: Mapping[str, Any]) -> str:
    """The tables as TOML, one number a line."""
    lines = [f"schema = {tables['schema']}"]
    for section, fields in tables.items():
        if isinstance(fields, Mapping):
            lines += ["", f"[{section}]"]
            lines += [f"{key} = {_inline(value)}" for key, value in fields.items()]
    return "\n".join(lines) + "\n"


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_value(inner)}" for key, inner in value.items()) + " }"
    return toml_value(value)


def profile_id(stem: str) -> str:
    """A file name as the id of a profile: a-z, 0-9, - and _."""
    return re.sub(r"[^a-z0-9_-]+", "-", stem.lower()).strip("-_") or "fitted-device"


def round_to(value: float) -> float:
    """Six significant digits: more would pretend."""
    return float(f"{float(value):.{DIGITS}g}")
