"""Looks at what a run did, on request: how good the updates are, what gets lost on the way, which neurons do nothing, which noise matters.

Every inspection is a function (case, chip, run) -> numbers by name; it leaves the trained chip as it is.  What cannot be measured for a
rule, a task or a chip is "unavailable", and "why" says why.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..chip import Chip
from ..errors import InputError
from ..sentences import hint, shown
from .converter import converter
from .gradient import gradient
from .measured import Found
from .noise import noise
from .perturbation import perturbation
from .units import units
from .updates import updates

INSPECTIONS: dict[str, Callable[[Any, Chip, Any], Found]] = {
    "gradient": gradient, "perturbation": perturbation, "converter": converter, "updates": updates, "units": units, "noise": noise}


def check(names: Sequence[str], where: str = "inspections") -> None:
    """Refuse what is no inspection.

    Parameters
    ----------
    where : field that holds the names, for messages

    Raises
    ------
    InputError
    """
    for place, name in enumerate(names):
        if name not in INSPECTIONS:
            raise InputError(
                f"{where}[{place}]", f"= {shown(name)}; must be one of {', '.join(INSPECTIONS)}{hint(name, tuple(INSPECTIONS))}")


def inspect(case: Any, chip: Chip, run: Any, names: Sequence[str], where: str = "inspections") -> dict[str, Found]:
    """Inspect a run.

    Parameters
    ----------
    case : yardsticks.Case of the run
    chip : as training has left it; is left as it is
    run : trainer.Run of it
    names : keys of `INSPECTIONS`
    where : field that holds the names, for messages

    Returns
    -------
    What each inspection found, by its name.

    Raises
    ------
    InputError
        If there is no such inspection.
    """
    check(names, where)
    return {name: INSPECTIONS[name](case, chip, run) for name in names}
