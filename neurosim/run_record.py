"""What a run has reached, and the files that say so."""
from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .accounts import used_of, wear_of
from .errors import DivergenceError
from .experiment import Experiment, file_digest, resolved
from .explanation import unsure
from .ledger import energies_of
from .plugins import sources
from .report.cost import brief
from .report.provenance import provenance
from .report.summary import Outcome, summarise
from .report.text import curves_text, json_text
from .writing import write_text

EXPERIMENT = "experiment.toml"


@dataclass(frozen=True)
class Session:
    """What a run has reached.

    Attributes
    ----------
    facts : of every checkpoint
    rows : of ``curves.csv``
    mapping, counts : by seed, as text
    arrays, costs : by seed, what every array of the chip did, and every store, and what all of it cost
    neurobench : by seed, see `neurobench.measure`
    outcomes : of the seeds that are trained
    verdicts : by seed, what did nothing, see `health.idle`
    forecast : targets and outputs of the first seed
    recurrent : its recurrent weights before and after, and which of them exist, (post, pre)
    earlier : [seconds of wall time before the run was stopped]
    """

    experiment: Experiment
    folder: Path
    profile: Any
    command: str
    began: float
    facts: dict[str, int | float | str]
    rows: list[dict[str, Any]] = field(default_factory=list)
    mapping: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, Any] = field(default_factory=dict)
    costs: dict[str, Any] = field(default_factory=dict)
    neurobench: dict[str, Any] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    verdicts: dict[int, Any] = field(default_factory=dict)
    forecast: list[np.ndarray] = field(default_factory=list)
    recurrent: list[np.ndarray] = field(default_factory=list)
    earlier: list[float] = field(default_factory=lambda: [0.0])


def sentences(session: Session, kind: str) -> list[str]:
    """The "errors" or "warnings" of all seeds, each said once, and of which seeds unless it is all of them."""
    by_text: dict[str, list[int]] = {}
    for seed, verdict in session.verdicts.items():
        for text in getattr(verdict, kind):
            by_text.setdefault(text, []).append(seed)
    everybody = list(session.verdicts)
    return [text if found == everybody else f"seed {', '.join(map(str, found))}: {text}" for text, found in by_text.items()]


def finish(session: Session, status: str, message: str = "") -> dict[str, Any]:
    """Write everything but the checkpoints; ``run.json`` comes last, and no figure that cannot be written keeps it from being there.

    Who interrupts a run does not wait for figures.
    """
    folder, outcomes = session.folder, session.outcomes
    summary = summarise(outcomes) if outcomes else {}
    warnings = sentences(session, "warnings")
    record = {
        "schema": 1, "status": status, **({"message": message} if message else {}), **summary,
        **({"warnings": warnings} if warnings else {}),
        **wear_of(session.arrays), **used_of(session.mapping), **({"cost": brief(session.costs)} if session.costs else {}),
        "neurobench": session.neurobench, "unverified": unsure(session.profile),
        "provenance": origin(session)}
    write_text(folder / EXPERIMENT, resolved(session.experiment))
    write_text(folder / "curves.csv", curves_text(session.rows))
    write_text(folder / "mapping.json", json_text(session.mapping))
    write_text(folder / "ledger.json", json_text({
        "counts": session.counts, "arrays": session.arrays, "cost": session.costs, "energies": energies_of(session.profile)}))
    try:
        if outcomes and status != "interrupted":
            from .report.run_figures import draw

            draw(session, summary)
    finally:
        write_text(folder / "run.json", json_text(record))
    return record


def origin(session: Session) -> dict[str, Any]:
    """Provenance of this run."""
    data = getattr(session.experiment.task, "data", None)
    is_file = isinstance(data, str) and os.path.isabs(data) and os.path.isfile(data)
    return {
        "seeds": list(session.experiment.train.seeds), "experiment_digest": session.facts["experiment"],
        "profile": session.profile.chip.name, "profile_digest": session.facts["profile"],
        **({"without": list(session.experiment.chip.without)} if session.experiment.chip.without else {}),
        **({"data": data, "data_digest": file_digest(str(data))} if is_file else {}),
        **sources(session.experiment.rule, session.experiment.task),
        **provenance(), "command": session.command, "wall_s": round(session.earlier[0] + time.perf_counter() - session.began, 3),
    }


def status_of(error: BaseException) -> str:
    """What became of the run."""
    if isinstance(error, DivergenceError):
        return "diverged"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
