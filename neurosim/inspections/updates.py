"""What becomes of the updates that a rule asks for."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..chip import Chip
from ..requests import changes, plastic
from ..tiles import exists
from .measured import Found, NotMeasured, measured

TRIALS, STEPS = 5, 100


@measured()
def updates(case: Any, chip: Chip, run: Any) -> Found:
    """Requested beside realised changes of the weights in a few more trials (or steps, where every step writes), by projection.

    "recurrent_realised": sum |realised| / sum |requested|; "recurrent_gain": <realised, requested> / <requested, requested>, 1 if requests
    are met in the mean; "recurrent_moved": share of the requests other than 0 after which the weight was another; "recurrent_sign": share
    of these that moved the way they should.  Left out, with a "why", is what `requests.changes` leaves out, and what nothing was asked of,
    for instance because changes add up first (``train.optimizer.write_threshold``).
    """
    is_whole = (case.update or ("sequence" if case.regime.window else case.dataset.update)) == "sequence"
    seen = list(changes(case, chip, TRIALS if is_whole else STEPS))
    found: Found = {}
    for name in seen[0] if seen else ():
        there = exists(chip.arrays[name])
        requested, realised = (
            np.concatenate([getattr(one[name], part)[there].astype(np.float64) for one in seen]) for part in ("requested", "realised"))
        is_asked = requested != 0
        if not is_asked.any():
            continue
        is_moved = is_asked & (realised != 0)
        found[f"{name}_realised"] = np.abs(realised).sum() / np.abs(requested).sum()
        found[f"{name}_gain"] = np.vdot(realised, requested) / np.vdot(requested, requested)
        found[f"{name}_moved"] = is_moved.sum() / is_asked.sum()
        found[f"{name}_sign"] = np.mean(np.sign(realised) == np.sign(requested), where=is_moved) if is_moved.any() else np.nan
    missing = [name for name in plastic(case, chip) if f"{name}_realised" not in found]
    why = f"no request for {', '.join(missing)} went to the weights themselves in these {len(seen)} {'trials' if is_whole else 'steps'}"
    if not found:
        raise NotMeasured(why)
    return {**found, **({"why": why} if missing else {})}
