"""Made-up profiles that between them have every effect a profile can have, and a short run that shows whether an effect does anything."""
from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..chip import compile_chip
from ..network import Network
from ..profile import SECTIONS, Profile
from ..rules import ANP
from ..tasks.task import Dataset, Trials, error_scores, only_trial
from ..trainer import Run, train

DEVICE: dict[str, Any] = {
    "dw_min": 0.02, "dw_min_dtod": 0.3, "dw_min_std": 0.5, "up_down": 0.2, "up_down_dtod": 0.1, "w_max": 1.0, "w_max_dtod": 0.3,
    "w_min": -1.0, "w_min_dtod": 0.3, "write_noise_std": 2.0, "stuck_prob": 0.3, "stuck_range": 0.5, "max_pulses": 5, "read_noise_rel": 0.1,
    "read_noise_abs": 0.1}
REFERENCES = {"reference_mean": 0.1, "reference_std": 0.1}
MODELS: dict[str, dict[str, Any]] = {
    "linear": {"update_model": "linear_step", "noise": "additive", "gamma_up": 0.5, "gamma_down": 0.4, "gamma_up_dtod": 0.2,
               "gamma_down_dtod": 0.2},
    "soft": {"update_model": "soft_bounds", "noise": "multiplicative", **REFERENCES, "zero_shifted": True, "dw_min_lognormal": True},
    "power": {"update_model": "pow_step", "pow_gamma": 1.5, "pow_gamma_dtod": 0.2, "pow_up_down": 0.2, "pow_up_down_dtod": 0.1,
              **REFERENCES},
    "exponential": {"update_model": "exp_step", "exp_A_up": -1.0, "exp_A_down": -0.1, "exp_gamma_up": 4.0, "exp_gamma_down": 4.0,
                    "exp_a": -0.5, "exp_b": -0.5, "exp_noise_abs": 0.01, "exp_noise_slope": 0.1},
    "piecewise": {"update_model": "piecewise_step", "piecewise_up": [1.5, 1.0, 0.3], "piecewise_down": [0.2, 1.0, 1.4]},
    "trains": {"update_model": "constant_step", "pulse_scheme": "trains", "update_management": True, "train_management": True},
    "worn": {"update_model": "constant_step", "endurance_cycles": 4.0, "endurance_spread": 0.5, "endurance_mode": "stuck"},
    "pair": {"update_model": "constant_step", "cell": "one_sided_pair", "w_min": 0.0, "w_min_dtod": None, "write_noise_std": None,
             "refresh_upper": 0.75, "refresh_lower": 0.25, "reset": 0.05, "reset_dtod": 0.05},
}
TIME: dict[str, Any] = {
    "step_s": 1.0, "drift_nu": 0.2, "drift_nu_dtod": 0.5, "drift_t0_s": 0.5, "leak_lifetime_s": 3.0, "leak_lifetime_dtod": 0.5,
    "leak_reset": 0.5, "diffusion_per_sqrt_s": 0.1, "read_flicker_rel": 0.2, "read_flicker_s": 10.0}
IO: dict[str, Any] = {
    "dac_bits": 4, "dac_range": 0.5, "adc_bits": 5, "adc_range": 1.5, "noise_management": "abs_max", "bound_management": "iterative",
    "bm_max_factor": 16.0, "polarity": "separate", "inp_noise": 0.1, "inp_asymmetry": 0.2, "ir_drop": 1.0, "ir_drop_g_ratio": 20.0,
    "r_series": 0.2, "v_offset_dtod": 0.1, "v_offset_w_min": -1.0, "w_noise": 0.1, "w_noise_model": "additive", "out_nonlinearity": 0.5,
    "out_nonlinearity_dtod": 0.3, "out_slope_calibration": 0.5, "out_asymmetry": 0.2, "out_noise": 0.1, "out_noise_dtod": 0.3}
CALIBRATED: dict[str, Any] = {"adc_bits": 4, "adc_rule": "calibrated", "adc_calibration_reads": 1}
MANAGED: dict[str, Any] = {
    "dac_bits": 4, "dac_range": 0.5, "adc_bits": 5, "adc_range": 1.5, "noise_management": "abs_max_np_sum", "nm_assumed_w_max": 0.6,
    "bm_max_res": 0.25}
NOISE: dict[str, Any] = {"gain_cv": 0.2, "offset_std": 0.2, "intrinsic_std": 0.1}
PLASTICITY: dict[str, Any] = {"third_factor_bits": 3, "third_factor_range": 1.0, "third_factor_delay_steps": 1, "third_factor_noise": 0.1}
WIRES: dict[str, Any] = {"wire_row_Ohm": 20.0, "wire_col_Ohm": 20.0, "driver_Ohm": 200.0, "sense_Ohm": 200.0}
TILES: dict[str, Any] = {"array_rows": 2, "array_cols": 64}


def made_up(name: str, **tables: dict[str, Any]) -> Profile:
    """A profile of these sections, every number of which has a source."""
    known = {section: {key: value for key, value in table.items() if value is not None} for section, table in tables.items()}
    return Profile.model_validate({
        "chip": {"id": "made-up", "name": "Made up", "kind": "ideal"}, "sources": dict.fromkeys(SECTIONS, "made up"), "file": name,
        "weights": {"format": "float"}, **known})


def device(model: str) -> dict[str, dict[str, Any]]:
    """Conductances of a made-up device."""
    return {"weights": {"format": "conductance", "headroom": 1.3}, "device": {**DEVICE, **MODELS[model]}}


def profiles() -> dict[str, Profile]:
    """Every made-up profile, by name."""
    on_wires = device("linear")
    on_wires["device"] = {**on_wires["device"], "g_max_S": 1e-4}
    found = [
        *(made_up(model, **device(model)) for model in MODELS if model != "linear"),
        made_up("aged", **device("linear"), time=TIME),
        made_up("wired", **on_wires, topology=WIRES),
        made_up("digital", weights={"format": "fixed_point", "bits": 4, "range": 1.0, "rounding": "stochastic"}),
        made_up("read", io=IO, noise=NOISE, plasticity=PLASTICITY),
        made_up("tiled", io={"out_noise": 0.1}, topology={**TILES, "n_cores": 64}),
        made_up("calibrated", io=CALIBRATED),
        made_up("managed", io=MANAGED),
    ]
    return {profile.file: profile for profile in found}


def dataset(n_steps: int, n_tests: int) -> Dataset:
    """Two waves to be turned into each other, learned at every step."""
    def trial(n: int, start: int) -> Trials:
        x = np.sin(1.0 + start + 1.7 * np.arange(2 * n)).reshape(n, 1, 2)
        return only_trial(x, 0.5 * x[..., ::-1], True)

    learned, tested = trial(n_steps, 0), trial(n_tests, 9)
    return Dataset(2, 2, "step", lambda epoch: learned, tested, False, {}, partial(error_scores, tested), "made up")


def short_run(profile: Profile, n_steps: int = 2, n_tests: int = 2, rate: float = 0.5, **network: Any) -> Run:
    """A short training run of a network of three neurons, and the test of it; float64."""
    chip = compile_chip(profile, Network(inputs=2, hidden=3, outputs=2, **network), seed=5, precision="float64")
    return train(chip, dataset(n_steps, n_tests), ANP(learning_rate=rate), epochs=1, batch=1)


def outcome(run: Run) -> np.ndarray:
    """Everything that a run leaves: outputs of the test and weights."""
    return np.concatenate([run.outputs.ravel(), *(matrix.ravel() for matrix in run.chip.weights().values())])
