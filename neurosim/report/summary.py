"""The result of a run in numbers and in one sentence."""
from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """What one seed gave.

    scores : of the last epoch, "test_mse" among them
    predictors : test mean squared error by name
    yardsticks : see `yardsticks.Yardstick`
    about : what the data is
    """

    seed: int
    scores: Mapping[str, float]
    predictors: Mapping[str, float]
    yardsticks: Sequence[Any]
    about: str


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Scores of the run, of the predictors and of the yardsticks over seeds, and the verdict; what is not finite is None."""
    ours = {name: spread({o.seed: o.scores[name] for o in outcomes}) for name in outcomes[0].scores}
    predictors = {
        name: spread({o.seed: o.predictors[name] for o in outcomes if name in o.predictors})
        for name in outcomes[0].predictors}
    found = [(o.seed, yardstick) for o in outcomes for yardstick in o.yardsticks]
    yardsticks = {
        name: {
            **spread({seed: y.mse for seed, y in found if y.name == name}),
            "scores": {
                score: spread({seed: y.scores.get(score, math.nan) for seed, y in found if y.name == name})
                for score in next(y.scores for _, y in found if y.name == name)},
            "note": next(y.note for _, y in found if y.name == name),
        }
        for name in dict.fromkeys(y.name for _, y in found)}
    result: dict[str, Any] = {
        "task": outcomes[0].about, "scores": ours, "predictors": predictors, "yardsticks": yardsticks}
    return {"verdict": verdict(result), **result}


def spread(values: Mapping[int, float]) -> dict[str, Any]:
    """Mean and standard deviation over seeds and the value of each seed.

    The standard deviation is that of a sample, divided by n - 1, and None for fewer than two finite values.
    """
    finite = [value for value in values.values() if math.isfinite(value)]
    return {
        "mean": statistics.fmean(finite) if finite else None,
        "sd": statistics.stdev(finite) if len(finite) > 1 else None,
        "seeds": {str(seed): value if math.isfinite(value) else None for seed, value in values.items()},
    }


def verdict(result: Mapping[str, Any]) -> str:
    """Which predictors and yardsticks the run beats, in plain words.

    Seeds are compared with themselves: "beats" and "does not beat" hold for every seed, what lies between says for how many.
    """
    ours = result["scores"]["test_mse"]["seeds"]
    beaten, unbeaten, mixed, diverged = [], [], [], []
    for name, other in {**result["predictors"], **result["yardsticks"]}.items():
        pairs = [(ours[seed], value) for seed, value in other["seeds"].items() if value is not None]
        wins = sum(mine < value for mine, value in pairs)
        if not pairs:
            diverged.append(name)
        elif wins == len(pairs):
            beaten.append(name)
        elif wins == 0:
            unbeaten.append(name)
        else:
            mixed.append(f"{name} ({wins} of {len(pairs)} seeds)")
    clauses = [f"beats {joined(beaten)}" if beaten else "beats nothing that it was compared with"]
    clauses += [f"does not beat {joined(unbeaten)}"] if unbeaten else []
    clauses += [f"beats in part {joined(mixed)}"] if mixed else []
    clauses += [f"{joined(diverged)} diverged"] if diverged else []
    if not (beaten or unbeaten or mixed or diverged):
        return "compared with nothing"
    return "; ".join(clauses)


def joined(names: Sequence[str]) -> str:
    """``a, b and c``; a comma inside a name becomes "with"."""
    plain = [name.replace(", ", " with ") for name in names]
    return " and ".join(filter(None, (", ".join(plain[:-1]), plain[-1])))
