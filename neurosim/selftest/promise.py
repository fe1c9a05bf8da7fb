"""A promise: what is claimed, how much of it is checked, and what came out."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

Size = Literal["short", "full"]  # the gate's, and that of ``--full``


class Outcome(NamedTuple):
    """What a check of a promise found.

    Attributes
    ----------
    checked : how many cases were tried; a promise of which nothing was tried is not kept
    failures : a sentence for each case in which it was not kept
    figure : what was measured, in words with its unit
    skipped : sentences about cases that could not be tried here, and why
    """

    checked: int
    failures: tuple[str, ...]
    figure: str
    skipped: tuple[str, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether something was tried and all of it held."""
        return self.checked > 0 and not self.failures


class Promise(NamedTuple):
    """A line of ``neurosim selftest``.

    Attributes
    ----------
    says : the promise, a few words
    wanted : the figure that keeps it, in words
    module : that checks it, a name inside this package; it has ``check(size, seed, folder) -> Outcome``, where `folder` is empty, the
        check's own and removed afterwards, and all that is random follows from `seed`
    """

    says: str
    wanted: str
    module: str


Check = Callable[[Size, int, Path], Outcome]
