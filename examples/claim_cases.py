"""What paper_claim.py runs: cases out of a file of tables, a rate search with the same budget for every row, one case after another."""
from __future__ import annotations

import hashlib
import itertools
import json
import math
import os
import pathlib
import time
from typing import Any

from neurosim.compare.plan import without_numbers

HERE = pathlib.Path(__file__).parent


def merged(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """`base` with the tables of `change` merged into it."""
    result = dict(base)
    for key, value in change.items():
        result[key] = merged(result[key], value) if isinstance(value, dict) and isinstance(result.get(key), dict) else value
    return result


def rows_of(plan: dict[str, Any], table: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a table; `use` takes rows of the file by label ("all": all), rows of its own change these or come after them."""
    shared, own = plan.get("row", []), table.get("rows", [])
    wanted = [row["label"] for row in shared] if table.get("use") == "all" else table.get("use", [])
    changes = {row["label"]: row for row in own}
    rows = [merged(row, changes.pop(row["label"], {})) for label in wanted for row in shared if row["label"] == label]
    return rows + [row for row in own if row["label"] in changes]


def settings_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    """What `search` makes of a row: every combination of its values, none if there is nothing to search; ``a+b`` sets two fields alike."""
    search, settings = row.get("search", {}), []
    for values in itertools.product(*search.values()) if search else ():
        change: dict[str, Any] = {}
        for names, value in zip(search, values, strict=True):
            for name in names.split("+"):
                nested = value
                for part in reversed(name.split(".")):
                    nested = {part: nested}
                change = merged(change, nested)
        settings.append(change)
    return settings


def case_of(table: dict[str, Any], row: dict[str, Any], seed: int, quick: bool) -> dict[str, Any]:
    """Everything that decides one number."""
    experiment = {name: table[name] for name in ("task", "network", "chip", "train") if name in table}
    experiment = merged(experiment, {name: row[name] for name in ("task", "network", "chip", "train", "rule") if name in row})
    experiment.setdefault("rule", {"name": "readout", "learning_rate": 1e-3})
    experiment["train"] = {**experiment["train"], "seeds": [seed]}
    if quick:
        experiment["train"]["epochs"] = 1
        experiment["task"] = {**experiment["task"], **table.get("quick", {})}
    return {"experiment": experiment, "yardstick": row.get("yardstick"), "rates": row.get("rates", {})}


def kinds_first(cases: list[dict[str, Any]]) -> list[int]:
    """The order to run cases in: one of every kind first, a kind being what differs in more than numbers.

    Cases of a kind run the same compiled loop; side by side, two workers would compile it at the same time, each for itself.
    """
    kinds = [json.dumps(without_numbers(case), sort_keys=True) for case in cases]
    first = [k for k, kind in enumerate(kinds) if kinds.index(kind) == k]
    return first + sorted(set(range(len(cases))) - set(first))


def perform(work: tuple[dict[str, Any], str]) -> dict[str, Any]:
    """Scores of one case; read back from `folder` if they are there."""
    case, folder = work
    key = hashlib.sha256(json.dumps(case, sort_keys=True).encode()).hexdigest()[:20]
    file = pathlib.Path(folder) / f"{key}.json"
    if file.exists():
        return dict(json.loads(file.read_text()))
    from neurosim import experiment, session, trainer, yardsticks
    from neurosim.errors import DivergenceError

    settings = experiment.experiment_of(case["experiment"], HERE / "paper_claim.toml")
    began = time.process_time()
    prepared, chip = session.prepare(settings, session.profile_of(settings), settings.train.seeds[0])
    scores: dict[str, Any]
    try:
        if case["yardstick"] is None:
            run = trainer.train(
                chip, prepared.dataset, prepared.rule, epochs=prepared.epochs, batch=prepared.batch, seed=prepared.seed,
                update=prepared.update, regime=prepared.regime)
            steps = run.counts["steps"]
            scores = {**run.scores, "mse": run.scores["test_mse"], "train_loss": run.curves[-1]["train_loss"],
                      "passes": run.counts["passes"], "steps": steps,
                      "broadcasts": run.counts["broadcast_values"] / max(steps * run.counts["samples"], 1),
                      "curve": [[row["forward_passes"] / prepared.batch, row["train_loss"], row["test_mse"]] for row in run.curves[1:]]}
        elif case["yardstick"] == "least_squares":
            scores = dict(yardsticks.frozen_least_squares(prepared)[0])
        else:
            scores = gradient(prepared, case["yardstick"], case["rates"])
        if "nmse" in scores:
            scores.setdefault("nrmse", math.sqrt(scores["nmse"]))
    except DivergenceError as error:
        scores = {"diverged": str(error)}
    scores["cpu_s"] = time.process_time() - began
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(scores))
    unfinished.replace(file)
    return scores


def gradient(case: Any, kind: str, rates: dict[str, float]) -> dict[str, Any]:
    """Backpropagation on ideal weights, through all steps of a window or through one."""
    from neurosim import reference, yardsticks

    data = yardsticks.WithBias(case.dataset, case.network.lines, "step" if case.regime.window else case.update)
    rate = reference.Gradients(rates["hidden"], rates["hidden"], rates["readout"])
    decorrelation = case.network.decorrelation
    window = case.regime.window or (1 if kind == "one_step" else yardsticks.WINDOW)  # the authors' BP writes after every step
    curve = reference.train(
        yardsticks.ideal_weights(case.network, case.seed), data, rate, case.epochs, horizon=None if kind == "bptt" else 1,
        window=window, decay=case.regime.optimizer.decay,
        **({} if decorrelation is None else {"decorrelation_rate": decorrelation.rate, "form": decorrelation.form,
                                            "decorrelation_falls": decorrelation.falls}))
    n_trials, n_steps = data.train(0).inputs.shape[:2]
    shown = [float(n_trials * n_steps * (k + 1)) for k in range(len(curve.test_loss))]
    return {**curve.scores, "train_loss": float(curve.train_loss[-1]), "passes": 1,
            "curve": [list(row) for row in zip(shown, map(float, curve.train_loss), map(float, curve.test_loss), strict=False)]}
