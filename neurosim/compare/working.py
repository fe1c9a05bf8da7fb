"""One run of a comparison, by itself: what a worker does with a job, from its text to the files of its folder."""
from __future__ import annotations

import json
import math
import os
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..accounts import cost_of, spent_of
from ..errors import DivergenceError, NeurosimError
from ..experiment import Experiment, experiment_of, resolved
from ..explanation import unsure
from ..report.cost import brief
from ..report.text import curves_text, json_text
from ..session import prepare, profile_of
from .plan import SEARCHED

Outcome = dict[str, Any]
"""``run``, ``status``, ``message``, ``files`` (text by name), ``cpu_s``, ``wall_s``, ``worker`` (process id)."""
IDLE, DIVERGED, COMPLETE, FAILED = "nothing happened", "diverged", "complete", "failed"


def perform(text: str) -> Outcome:
    """Do a job; what goes wrong in it is part of what comes back.

    Parameters
    ----------
    text : `plan.Job.text`

    Notes
    -----
    Linear algebra runs on one thread: NumPy adds up in another order on two, and the same run would not give the same bytes.
    """
    from threadpoolctl import threadpool_limits

    job = json.loads(text)
    began, wall = time.process_time(), time.perf_counter()
    files: dict[str, str] = {}
    try:
        with threadpool_limits(1):
            record, rows, experiment = measured(job)
        files = {"experiment.toml": resolved(experiment), "run.json": json_text(record), "curves.csv": curves_text(rows)}
        status, message = record["status"], record["message"]
    except NeurosimError as error:
        status, message = FAILED, str(error)
    except Exception as error:  # one run that fails does not stop the rest
        last = traceback.extract_tb(error.__traceback__)[-1]
        status = FAILED
        message = f"{type(error).__name__}: {error} ({Path(last.filename).name}, line {last.lineno}; a defect, please report it)"
    return {"run": job["run"], "status": status, "message": message, "files": files, "cpu_s": time.process_time() - began,
            "wall_s": time.perf_counter() - wall, "worker": os.getpid()}


def perform_all(texts: list[str]) -> list[Outcome]:
    """Do several jobs, one after the other."""
    return [perform(text) for text in texts]


def measured(job: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]], Experiment]:
    """The record of a run, the rows of its curve, and its experiment."""
    experiment = experiment_of(job["tables"], Path("experiment.toml"))
    profile, seed = profile_of(experiment), job["seed"]
    case, chip = prepare(experiment, profile, seed)
    record: dict[str, Any] = {
        "schema": 1, "run": job["run"], "kind": job["kind"], "status": COMPLETE, "message": "", "point": job["point"], "seed": seed,
        "scores": {}, "predictors": dict(case.dataset.predictors)}
    rows: list[dict[str, Any]] = []
    try:
        found = KINDS[job["kind"]](case, chip, job, rows)
    except DivergenceError as error:
        found = {"status": DIVERGED, "message": str(error)}
    record |= found
    return {**record, "unverified": unsure(profile)}, rows, experiment


def learned(case: Any, chip: Any, job: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Train on the chip, and look at what was asked for."""
    from .. import health, inspections, trainer, transfer
    from .budget import within

    before = {name: array.copy() for name, array in chip.state().items()}
    epochs, until = within(case, chip, job.get("budget", {}))
    run = trainer.train(
        chip, case.dataset, case.rule, epochs=epochs, batch=case.batch, seed=case.seed, update=case.update, regime=case.regime,
        on_epoch=rows.append, account=spent_of, until=until)
    found: dict[str, Any] = {**reached(run), "cost": brief({"": cost_of(run)})[""]}
    verdict = health.idle(case, chip, before, run, measures=SEARCHED not in job["point"])  # nobody reads why a search has left it
    if verdict.errors:
        found |= {"status": IDLE, "message": "; ".join(verdict.errors)}
    if verdict.warnings:
        found["warnings"] = verdict.warnings
    if "diagnostics" in job:
        found["diagnostics"] = inspections.inspect(case, chip, run, job["diagnostics"])
    if "transfer" in job:
        found["transfer"] = transfer.transfer(case, chip, run, **job["transfer"])
    return found


def frozen_same_rule(case: Any, chip: Any, job: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The same rule on the readout alone."""
    from .. import trainer
    from ..rules.rule import with_frozen_recurrence
    from .budget import within

    epochs, until = within(case, chip, job.get("budget", {}), with_frozen_recurrence)
    run = trainer.train(
        chip, case.dataset, case.rule, epochs=epochs, batch=case.batch, seed=case.seed, update=case.update, regime=case.regime,
        adapt=with_frozen_recurrence, on_epoch=rows.append, account=spent_of, until=until)
    return {**reached(run), "cost": brief({"": cost_of(run)})[""], "note": "input and recurrent weights fixed"}


def reached(run: Any) -> dict[str, Any]:
    """Scores of the last epoch, and what it took."""
    last = run.curves[-1]
    return {"scores": run.scores, "train_loss": last["train_loss"], "passes": run.counts["passes"], "epochs": last["epoch"],
            "forward_passes": last["forward_passes"]}


def frozen_least_squares(case: Any, chip: Any, job: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A linear readout fitted off the chip to what the untrained chip shows."""
    from .. import yardsticks

    scores, note = yardsticks.frozen_least_squares(case)
    return {"scores": renamed(scores), "note": note}


def gradients(name: str) -> Callable[..., dict[str, Any]]:
    """Backpropagation on ideal weights, through all steps or through one."""
    def run(case: Any, chip: Any, job: Mapping[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
        from .. import yardsticks
        from .budget import within

        passes = {key: value for key, value in job.get("budget", {}).items() if key == "forward_passes"}  # it makes no writes on any chip
        if passes and case.bptt_epochs is None:
            case = case._replace(epochs=within(case, chip, passes)[0])
        scores, note = getattr(yardsticks, name)(case)
        if not math.isfinite(scores["mse"]):
            return {"status": DIVERGED, "message": f"{name} diverged", "note": note}
        return {"scores": renamed(scores), "note": note}
    return run


def renamed(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores as a run has them."""
    return {"test_mse" if name == "mse" else name: value for name, value in scores.items()}


KINDS: dict[str, Callable[..., dict[str, Any]]] = {
    "learn": learned, "frozen_same_rule": frozen_same_rule, "frozen_least_squares": frozen_least_squares,
    "one_step": gradients("one_step"), "true_bptt": gradients("true_bptt")}


def versions() -> dict[str, str]:
    """What decides the bytes of a run on this machine, for a comparison of workers."""
    import numba
    import numpy

    from .. import __version__

    return {"neurosim": __version__, "numpy": numpy.__version__, "numba": numba.__version__}
