"""The figures of a run: of its first seed, and of the curves of all."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import chip_figure, plots


def draw(session: Any, summary: Mapping[str, Any]) -> None:
    """Write ``curves.png`` and ``chip.png`` of a run of which a seed is trained.

    Parameters
    ----------
    session : `session.Session`
    summary : what `report.summary.summarise` returns

    Raises
    ------
    NeurosimError
        If one of them cannot be written.
    """
    folder, first, name = session.folder, session.outcomes[0], session.profile.chip.name
    plots.save_figure(folder / "curves.png", first.about, session.rows, summary, *session.forecast)
    chip_figure.save_chip(
        folder / "chip.png", f"{name}, seed {first.seed}: {first.about}", session.profile, session.mapping[str(first.seed)],
        session.costs[str(first.seed)], *session.recurrent)
