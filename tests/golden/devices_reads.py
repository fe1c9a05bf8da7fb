"""Reads of a weight matrix through aihwkit's analog tile, noise-free and noisy; the forms of aihwkit_mvm_update."""
from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator

import numpy as np

from neurosim.circuits.read_path import ReadPath
from neurosim.mvm import circuit_for, read
from neurosim.random import Key
from neurosim.verbs import pass_on

EXACT, SPREAD = 1e-5, 0.03  # of the output; of the standard deviation
MEAN = 0.05  # of the standard deviation: 20 000 reads are good to 0.007, and aihwkit's own normals have a mean of up to 0.015
READS = 40_000
NOISE_MANAGEMENT = {
    "NONE": None, "ABS_MAX": "abs_max", "CONSTANT": "constant", "ABS_MAX_NP_SUM": "abs_max_np_sum", "AVERAGE_ABS_MAX": "running_mean"}
BOUND_MANAGEMENT = {"NONE": None, "ITERATIVE": "iterative"}
W_NOISE = {"NONE": "additive", "ADDITIVE_CONSTANT": "additive", "PCM_READ": "pcm"}
POLARITY = {"ONE_PASS": None, "POS_NEG_SEPARATE": "separate", "POS_NEG_SEPARATE_DIGITAL_SUM": "separate_digital_sum"}


def path_of(params: dict) -> ReadPath:
    """The read path of aihwkit's parameters; what has no counterpart here must be off."""
    if params.get("w_read_asymmetry_dtod", 0) != 0 or params.get("out_scale", 1) != 1 or not params.get("bm_test_negative_bound", True):
        raise ValueError("w_read_asymmetry_dtod, out_scale and one-sided bounds have no counterpart")
    if params["is_perfect"]:
        return ReadPath()

    def kind(name: str, table: dict) -> str | None:
        return table[params[name].rpartition(".")[2]]

    def top(resolution: float) -> float | None:
        """Range over step; a resolution above 1 is a number of steps."""
        if resolution <= 0:
            return None
        return 1 / (2 * (1 / resolution if resolution > 1 else resolution))

    w_noise = params["w_noise"] if not params["w_noise_type"].endswith(".NONE") else 0.0
    return ReadPath(
        dac_range=params["inp_bound"] if params["inp_bound"] > 0 else None, dac_top=top(params["inp_res"]),
        dac_rounding="stochastic" if params["inp_sto_round"] else "nearest",
        adc_range=params["out_bound"] if params["out_bound"] > 0 else None, adc_top=top(params["out_res"]),
        adc_rounding="stochastic" if params["out_sto_round"] else "nearest",
        noise_management=kind("noise_management", NOISE_MANAGEMENT), nm_threshold=params["nm_thres"] or None,
        nm_rate=params.get("nm_decay", 1e-3), nm_assumed_w_max=params.get("nm_assumed_wmax", 0.6),
        bound_management=kind("bound_management", BOUND_MANAGEMENT), bm_max_factor=params["max_bm_factor"],
        bm_max_res=params["max_bm_res"], polarity=kind("mv_type", POLARITY), inp_noise=params["inp_noise"],
        inp_asymmetry=params["inp_asymmetry"], ir_drop=params["ir_drop"], ir_drop_g_ratio=params["ir_drop_g_ratio"],
        r_series=params["r_series"], v_offset_dtod=params["v_offset_std"], v_offset_w_min=params["v_offset_w_min"], w_noise=w_noise,
        w_noise_model=str(kind("w_noise_type", W_NOISE)), out_nonlinearity=params["out_nonlinearity"],
        out_nonlinearity_dtod=params["out_nonlinearity_std"], out_slope_calibration=params["slope_calibration"],
        out_asymmetry=params["out_asymmetry"], out_noise=params["out_noise"], out_noise_dtod=params["out_noise_std"])


def check_reads(path: pathlib.Path, reads: int = READS, run: object = None) -> Iterator[tuple[str, float, float]]:
    """Every case whose parameters are known: outputs one by one, or the mean and the spread over `reads` reads of the first input."""
    cases = json.loads(path.with_suffix(".json").read_text())["cases"]
    with np.load(path, allow_pickle=False) as file:
        weights, inputs = file["mvm_W"], file["mvm_X"]
        for name, case in cases.items():
            if "params" not in case:
                continue
            wanted = path_of(case["params"])
            if f"{name}_y" in file:
                circuit = circuit_for(wanted, weights, len(inputs), inputs.dtype)
                yield name, float(np.abs(read(circuit, weights, inputs, Key(1, 0, 0), pass_on) - file[f"{name}_y"]).max()), EXACT
            if f"{name}_std" in file:
                many = np.repeat(inputs[:1], reads, axis=0)
                found = read(circuit_for(wanted, weights, reads, inputs.dtype), weights, many, Key(1, 0, 0), run).astype(np.float64)
                sd = file[f"{name}_std"].astype(np.float64)
                yield f"{name}, mean", float((np.abs(found.mean(axis=0) - file[f"{name}_mean"]) / sd).max()), MEAN
                yield f"{name}, spread", float(np.abs(found.std(axis=0) / sd - 1).max()), SPREAD


CHECKS = {"aihwkit_mvm_update": check_reads}
