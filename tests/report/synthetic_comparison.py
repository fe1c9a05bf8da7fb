"""Folders of comparisons that nobody ran: every part of the summary, and what goes wrong, as large as wanted."""
from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import statistics
from pathlib import Path

from neurosim.generators import generator

RULES, CHIPS = ("frozen", "ANP", "trace", "SANP-CV"), ("ideal", "reram-sb", "pcm-hermes", "loihi1", "dynap-se1")
HOSTILE = (
    "<script>window.broken = 1</script>", "a|b *c* `d` & \"e\" 'f' {{g}} $h ${i} %{x} @0", "<img src=x onerror=window.broken=1>",
    "</script><b>")
YARDSTICKS = {
    "frozen_least_squares": "frozen, least-squares readout", "frozen_same_rule": "frozen, same readout rule", "true_bptt": "true BPTT",
    "one_step": "one-step backpropagation"}
SKILL = {"frozen": 0.0, "ANP": 0.11, "trace": 0.17, "SANP-CV": 0.145}
EASE = {"ideal": 1.0, "reram-sb": 0.55, "pcm-hermes": 0.8, "loihi1": 0.9, "dynap-se1": 0.05}


def name_of(*parts):
    """Sixteen hexadecimal digits, as of a digest."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def write(folder, rules=RULES, others=CHIPS, seeds=(1, 2, 3, 4, 5), epochs=60, other="chip", has_failures=True, has_extras=True):
    """Write a comparison of rules by another axis and return its summary.

    Parameters
    ----------
    other : name of the second axis; a numeric one ("noise") makes scores fall along it
    has_failures : one run diverged, one failed, one did nothing; one chip has no energy
    has_extras : thresholds, transfer, tuning and diagnostics
    """
    folder = Path(folder)
    (folder / "runs").mkdir(parents=True)
    draws = generator(7, 1)
    groups, yardsticks, failures, plan = [], [], [], []
    means = {}
    for k, value in enumerate(others):
        level = EASE.get(value, 1 - 0.16 * k) if other == "chip" else 1 - 0.2 * k
        for kind, gain in (("frozen_least_squares", 0.0), ("frozen_same_rule", -0.02), ("true_bptt", 0.24), ("one_step", 0.05)):
            scores = {seed: 0.72 + gain * (1 if kind == "true_bptt" else level) + 0.006 * draws.standard_normal() for seed in seeds}
            point = {} if kind == "true_bptt" else {other: value}
            if point or k == 0:
                means[kind, value] = scores
                yardsticks.append(group(point, kind, scores, {seed: "complete" for seed in seeds}))
                for seed in seeds:
                    run(folder, kind, point, seed, scores[seed], epochs, {})
        means["true_bptt", value] = means["true_bptt", others[0]]
        for r, rule in enumerate(rules):
            point, scores, states = {"rule": rule, other: value}, {}, {}
            skill = SKILL.get(rule, 0.1) * level
            no_energy = has_failures and k == 1
            for s, seed in enumerate(seeds):
                states[seed] = "complete"
                scores[seed] = 0.72 + skill + 0.012 * draws.standard_normal()
                if has_failures and (r, k, s) in ((1, 1, 2), (2, len(others) - 1, 0)):
                    states[seed], scores[seed] = ("diverged", math.nan) if r == 1 else ("failed", math.nan)
                    message = ("diverged at step 1240: a conductance is not finite" if r == 1
                               else "device.g_max_S = 0.0; must be greater than 0")
                    failures.append({"run": name_of("learn", point, seed), "kind": "learn", "point": point, "seed": seed,
                                     "status": states[seed], "message": message})
                if has_failures and (r, k) == (0, 0):
                    states[seed] = "nothing happened"
                cost = costs(r, k, no_energy)
                plan.append({"run": name_of("learn", point, seed), "kind": "learn", "point": point, "seed": seed})
                run(folder, "learn", point, seed, scores[seed], epochs, cost, states[seed])
            one = group(point, "learn", scores, states)
            one["against"] = {YARDSTICKS[kind]: against(scores, means[kind, value], len(rules) * len(others)) for kind in YARDSTICKS}
            one["predictors"], one["cost"] = {"constant": {"mean": 0.09}, "linear": {"mean": 0.05}}, costs(r, k, no_energy)
            one["warnings"] = ["the learning rate is below one pulse"] if has_failures and (r, k) == (1, 1) else []
            groups.append(one)
    record = {
        "schema": 1, "kind": "grid", "title": f"Which rule learns on which {other}", "note": "Copying of 4 symbols, 100 hidden neurons.",
        "status": "complete",
        "axes": [{"name": "rule", "key": "rule", "values": list(rules)}, {"name": other, "key": f"chip.{other}", "values": list(others)}],
        "seeds": list(seeds), "budget": {"of": "forward_passes", "amount": 2e6}, "groups": groups, "yardsticks": yardsticks,
        "failures": failures, "caveats": ["The readout is fitted off the chip, so its devices are not part of any energy."],
        "unverified": [{"chip": "reram-sb", "number": "io.out_noise", "v": 0.06, "status": "assumed", "source": "our choice"},
                       {"chip": "reram-sb", "number": "device.g_max_S", "v": 2.5e-05, "status": "unverified",
                        "source": "a figure, read by eye"}],
        "provenance": {"neurosim": "0.1.0", "python": "3.11.7", "numpy": "2.3.5", "cpu": "AMD EPYC", "experiment_digest": "a9be9a77" * 8}}
    if has_extras:
        record |= extras(rules, others, other)
    text = json.dumps(cleaned(record), indent=1)
    (folder / "comparison.json").write_text(text, encoding="utf-8")
    (folder / "plan.json").write_text(json.dumps({"runs": plan}), encoding="utf-8")
    return json.loads(text)


def cleaned(value):
    """NaN as null."""
    if isinstance(value, dict):
        return {str(key): cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def group(point, kind, scores, states):
    """A group, or a yardstick, over its seeds."""
    finite = [value for value in scores.values() if math.isfinite(value)]
    mean, sd = statistics.fmean(finite), statistics.stdev(finite) if len(finite) > 1 else math.nan
    half = 2.776 * sd / math.sqrt(len(finite))
    return {
        "point": point, "kind": kind, "score": "accuracy", "is_higher_better": True, "mean": mean, "lo": mean - half, "hi": mean + half,
        "sd": sd, "n": len(finite), "scores": {"test_mse": {"mean": 0.1 * (1 - mean), "sd": 0.1 * sd}},
        "seeds": {seed: {"run": name_of(kind, point, seed), "status": states[seed], "value": value} for seed, value in scores.items()}}


def against(scores, others, tests):
    """The difference to a yardstick, pair by pair."""
    pairs = [scores[seed] - others[seed] for seed in scores if math.isfinite(scores[seed])]
    mean, sd = statistics.fmean(pairs), statistics.stdev(pairs) if len(pairs) > 1 else math.nan
    half = 2.776 * sd / math.sqrt(len(pairs))
    t = abs(mean) / (sd / math.sqrt(len(pairs)))
    p = min(1.0, math.exp(-0.8 * t))
    return {"mean": mean, "lo": mean - half, "hi": mean + half, "n": len(pairs), "effect": mean / sd, "p": p,
            "p_corrected": min(1.0, p * tests)}


def costs(r, k, no_energy):
    """What learning took."""
    if no_energy:
        return {"learning_J": "unavailable", "learning_s": "unavailable", "writes": 4000 * r, "inference_J": "unavailable",
                "inference_s": "unavailable", "latency_s": "unavailable", "is_bound": False, "unavailable": ["static power", "pulses"]}
    return {"learning_J": 1e-6 * (r + 1) * 7**k, "learning_s": 0.01 * (r + 1), "writes": 120_000 * r * (k + 1), "inference_J": 2e-9 * 5**k,
            "inference_s": 1e-5, "latency_s": 1e-6, "is_bound": False, "unavailable": []}


def run(folder, kind, point, seed, value, epochs, cost, status="complete"):
    """The folder of one run."""
    place = folder / "runs" / name_of(kind, point, seed)
    place.mkdir()
    (place / "run.json").write_text(json.dumps(cleaned({
        "schema": 1, "run": place.name, "kind": kind, "status": status, "message": "", "point": point, "seed": seed,
        "scores": {"accuracy": value, "test_mse": 0.1 * (1 - value)}, "cost": cost, "passes": 2})), encoding="utf-8")
    draws, text = generator(seed, int(place.name[:8], 16)), io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["epoch", "forward_passes", "train_loss", "test_mse", "accuracy", "writes", "energy_J"])
    last = epochs if status != "diverged" else epochs // 3
    for epoch in range(last + 1):
        end = value if math.isfinite(value) else 0.5
        reached = 0.3 + (end - 0.3) * (1 - math.exp(-5 * epoch / epochs)) + 0.008 * draws.standard_normal()
        share, joules = epoch / epochs, cost.get("learning_J", "")
        writer.writerow([epoch, 20_000 * epoch, "" if epoch == 0 else 0.1 * (1 - reached) + 0.001, 0.1 * (1 - reached), reached,
                         round(cost.get("writes", 0) * share * (1 + 0.03 * seed)), "" if isinstance(joules, str) else joules * share])
    (place / "curves.csv").write_text(text.getvalue(), encoding="utf-8")


def extras(rules, others, other):
    """Thresholds, transfer, tuning and diagnostics."""
    axis = other if other != "chip" else "noise"
    learning = [rule for rule in rules if rule != "frozen"]
    return {
        "thresholds": [
            {"point": {"rule": rule}, "axis": axis, "level": None if k == 1 else 1.1 + k, "lo": None if k == 1 else 0.9 + k,
             "hi": None if k == 1 else 1.6 + k, "n": 5,
             "says": f"does not break up to 4 x the {axis}" if k == 1
             else f"breaks at {1.1 + k:g} ({0.9 + k:g} to {1.6 + k:g}) x the {axis}"}
            for k, rule in enumerate(learning)],
        "transfer": [
            {"point": {"rule": rule, other: others[0]}, "chips": [1, 2, 3],
             "ages": [{"age_s": age, "score": "accuracy", "matrix": [
                 [None if (i, j) == (2, 0) else 0.9 - fall - (0.1 + 0.02 * k) * (i != j) - 0.01 * i for j in range(3)] for i in range(3)]}
                for age, fall in ((0, 0.0), (3600, 0.02), (2592000, 0.09))],
             "says": "loses 0.1 on another instance of the chip, and 0.09 in a month"} for k, rule in enumerate(learning)],
        "tuning": {
            "keys": ["rule.learning_rate", "rule.sigma"], "trials": 8, "seeds": [42], "per": ["rule"], "score": "train_loss",
            "found": [{"point": {"rule": rule}, "chosen": {"rule.learning_rate": 1e-3, "rule.sigma": 1e-2}, "value": 0.02 + 0.004 * k,
                       "tried": [{"settings": {"rule.learning_rate": 10.0 ** -(1 + t / 2), "rule.sigma": 10.0 ** -(1 + t % 3)},
                                  "value": 0.02 + 0.004 * k + 0.006 * (t - 4) ** 2} for t in range(8)]}
                      for k, rule in enumerate(learning)]},
        "diagnostics": [
            {"point": {"rule": rule, other: value}, "name": "gradient", "values": {
                "cosine": {"mean": 0.3 - 0.05 * k - 0.02 * j, "sd": 0.03}, "relative_norm": {"mean": 1.1 + 0.2 * k, "sd": 0.2}}}
            for k, rule in enumerate(learning) for j, value in enumerate(others)]}
