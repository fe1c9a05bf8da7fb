"""Recorded statistics of programmed devices: aihwkit's inference noise models and CrossSim's programming errors.

What is known to be a peculiarity of the recorded programs and is not followed by the package:

* aihwkit does not rescale the noise of its Wan model when g_max is not 40 uS.  The check therefore takes the fit as a function of
  g / g_max with the g_max of the recording; in the package 40 uS is the unit of the fit and no range that a user chooses.
* aihwkit collapses a pair of devices into one weight after programming and splits it again, with a new scale, before drift.  The sweep
  over weights (``_w_prog``) is checked as it was programmed; later times of the sweep are not, those of single conductances are.
* CrossSim's SONOS model shifts the mean with time in ways that the package does not know; its spread at the recorded mean is checked.

Limits: 2 % of a mean or 0.02 standard deviations; 2 % of a standard deviation; 2 % of a percentile; or 5 standard errors of the two
samples, the recorded and the one made here, where that is more: skewed distributions, and percentiles near 0.
"""
from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from neurosim.devices import conductance_presets as presets
from neurosim.devices.conductance_models import Fitted, PhaseChange, Piece, Relaxing, Saturating
from neurosim.devices.conductance_pairs import Pair, to_pairs, to_weights
from neurosim.generators import generator

SAMPLES = 60_000
RECORDED = 40_000  # devices behind a recording that does not say how many
Case = tuple[str, float, float]


def compared(name: str, samples: np.ndarray, recorded: np.ndarray, n: int) -> Iterator[Case]:
    """Errors in units of their limits.

    Parameters
    ----------
    samples : (targets, SAMPLES), of the model
    recorded : (targets, 5), mean, standard deviation, 5th, 50th and 95th percentile of `n` recorded devices
    """
    recorded, noise = recorded.astype(np.float64), np.sqrt(1 / n + 1 / samples.shape[1])
    mean, sd = samples.mean(axis=1), samples.std(axis=1)
    yield f"{name}: mean", worst(mean - recorded[:, 0], np.maximum(0.02 * np.abs(recorded[:, 0]), 0.02 * recorded[:, 1])), 1.0
    kurtosis = ((samples - mean[:, None])**4).mean(axis=1) / np.maximum(sd, 1e-12)**4
    yield f"{name}: sd", worst(sd - recorded[:, 1], recorded[:, 1] * np.maximum(0.02, 5 * noise * np.sqrt((kurtosis - 1) / 4))), 1.0
    shares = np.array([0.05, 0.5, 0.95])
    reach = 5 * noise * np.sqrt(shares * (1 - shares))  # in probability: holds for any distribution
    places = (np.concatenate([shares - reach, shares, shares + reach]) * (samples.shape[1] - 1)).astype(int)
    low, middle, high = np.split(np.partition(samples, places, axis=1)[:, places], 3, axis=1)
    limit = np.maximum(0.02 * np.abs(recorded[:, 2:]), np.where(recorded[:, 2:] < middle, middle - low, high - middle))
    yield f"{name}: percentiles", worst(middle - recorded[:, 2:], limit), 1.0


def worst(error: np.ndarray, limit: np.ndarray) -> float:
    """Largest error in units of its limit."""
    return float((np.abs(error) / np.maximum(limit, 1e-9)).max())


def times(arrays: dict[str, np.ndarray], name: str) -> Iterator[tuple[float, np.ndarray, bool]]:
    """(time, recorded statistics, whether read noise is in them) of every time of a model."""
    for key, value in arrays.items():
        model, _, what = key.partition("__")
        if model == name and what.startswith("t"):
            t, _, quiet = what[1:].partition("_")
            yield float(t), value, quiet != "noread"


def inference_noise(path: Path) -> Iterator[Case]:
    """aihwkit's models: (targets, 5) of every model as programmed, of the drift exponent, and at every recorded time."""
    arrays, facts = dict(np.load(path)), json.loads(path.with_suffix(".json").read_text())["models"]
    for number, name in enumerate(sorted({key.partition("__")[0] for key in arrays if key.endswith("__g")})):
        model, rng = model_of(name, facts[name]), generator(1, number)
        n = facts[name].get("N", RECORDED)
        target = np.repeat(arrays[f"{name}__g"][:, None], SAMPLES, axis=1)
        written = model.write(target, rng)
        yield from compared(f"{name} prog", written.programmed, arrays[f"{name}__prog"], n)
        if f"{name}__nu" in arrays:
            yield from compared(f"{name} nu", written.own, arrays[f"{name}__nu"], n)
        for t, recorded, is_noisy in times(arrays, name):
            now = model.read(written, t, rng) if is_noisy else model.at(written, t)
            yield from compared(f"{name} {t:g} s{'' if is_noisy else ', no read noise'}", now, recorded, n)
        if f"{name}_w_prog" in arrays and isinstance(model, PhaseChange):
            yield from pairs(name, model, arrays[f"{name}_w_target"].astype(np.float64), arrays[f"{name}_w_prog"], rng)


def pairs(
    name: str, model: PhaseChange, weight: np.ndarray, recorded: np.ndarray, rng: np.random.Generator
) -> Iterator[Case]:
    """A sweep of weights, mean and sd of 4 000 programmed pairs each: sd within 6 % (5 sigma), mean within 2 % or 0.09 sd."""
    pair = to_pairs(np.repeat(weight[:, None], SAMPLES // 4, axis=1), model.g_max_uS)
    found = to_weights(Pair(model.program(pair.plus, rng), model.program(pair.minus, rng), pair.scale))
    mean, sd = found.mean(axis=1), found.std(axis=1)
    yield f"{name} pairs: mean", worst(mean - recorded[0], np.maximum(0.02 * np.abs(recorded[0]), 0.09 * recorded[1])), 1.0
    yield f"{name} pairs: sd", worst(sd - recorded[1], 0.06 * recorded[1]), 1.0


def model_of(name: str, facts: dict) -> PhaseChange | Fitted | Relaxing:
    """The model of a recording, with the numbers that its description gives."""
    kind = name.partition("_")[0]
    if kind == "ReRamWan":
        return Fitted(facts["g_max"], tuple(map(float, facts["coeffs"])), tuple((Piece(tuple(c)),) for c in facts["coeffs"].values()))
    if kind == "ReRamCMO":
        decay, read = facts["decay_dict"], facts["read_dict"]
        slope, constant = decay["std"]
        programming = next(c for percent, c in facts["coeff_dict"].items() if float(percent) == facts["acceptance_range_effective"])
        return Relaxing(
            facts["g_min"], facts["g_max"], tuple(programming), decay["mean"][0], (constant, slope), read["K"], read["t_read"])
    return presets.PHASE_CHANGE[kind]._replace(
        g_max_uS=facts["g_max"], t0_s=facts["t_0"], t_read_s=facts["t_read"], programming=tuple(facts["prog_coeff"]))


GAUSSIAN = {"PCMJoshi": presets.PCM_JOSHI, "RRAMMilo": presets.RERAM_MILO, "RRAMWan": presets.NEURRAM_CROSSSIM}


def crosssim_devices(path: Path) -> Iterator[Case]:
    """``dev_NAME`` (3, targets): normalised conductance, mean and sd of 20 000 programmed devices; sd within 2 %."""
    facts = json.loads(path.with_suffix(".json").read_text())["cases"]
    for number, (key, (target, mean, sd)) in enumerate((k, v) for k, v in np.load(path).items() if k.startswith("dev_")):
        name, about = key.removeprefix("dev_"), facts[key]
        if name.startswith("SONOS"):
            model: Saturating = presets.SONOS_READ if about["kind"] == "read_noise" else presets.SONOS
            full_nA = VREAD_V / about["Rmin"] * 1e9
            found = model.sd_nA(mean * full_nA, float(about["time_days"])) / full_nA
            yield f"{name}: sd", worst(found - sd, 0.02 * sd), 1.0
            continue
        full_uS = 1e6 / about["Rmin"]
        written = GAUSSIAN[name].write(np.repeat(target[:, None] * full_uS, 2 * SAMPLES, axis=1), generator(2, number))
        found = written.programmed / full_uS
        yield f"{name}: sd", worst(found.std(axis=1) - sd, 0.02 * sd), 1.0
        yield f"{name}: mean", worst(found.mean(axis=1) - mean, np.maximum(0.02 * mean, 0.05 * sd)), 1.0


VREAD_V = 0.1  # of every CrossSim case: device.Vread

CHECKS = {"aihwkit_inference_noise": inference_noise, "crosssim": crosssim_devices}
