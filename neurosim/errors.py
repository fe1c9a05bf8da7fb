"""Errors that users see.

    NeurosimError
    ├── InputError        a file, a setting or a size is wrong: one sentence, exit code 2
    │   └── MappingError  the network does not fit the chip
    ├── DivergenceError   the numbers left the finite range while running: exit code 1
    └── IdleError         a run ended, and what it was for did not happen: exit code 1
"""
from __future__ import annotations


class NeurosimError(Exception):
    """Base of every error that neurosim raises on purpose."""

    exit_code = 1


class InputError(NeurosimError):
    """A file, a setting or a size is wrong.

    Parameters
    ----------
    where : str
        File and field, for instance ``weather.toml: rule.learning_rate``.
    problem : str
        The value and what is allowed, for instance ``= -1.0; must be greater than 0``.
    """

    exit_code = 2

    def __init__(self, where: str, problem: str) -> None:
        self.where, self.problem = where, problem
        super().__init__(f"{where} {problem}" if problem.startswith("=") else f"{where}: {problem}")

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str]]:
        """Errors travel between processes; the default would rebuild one from its sentence alone."""
        return type(self), (self.where, self.problem)


class MappingError(InputError):
    """The network does not fit the chip."""


class DivergenceError(NeurosimError):
    """A number that the run depends on is no longer finite.

    Parameters
    ----------
    step : int
        Training step, counted from 0, at which it was first seen.
    quantity : str
        What was not finite.
    last_good : str
        Where the last finite state is.
    unit : str
        Of the quantity; empty if it has none of its own.
    """

    def __init__(self, step: int, quantity: str, last_good: str, unit: str = "") -> None:
        self.step, self.quantity, self.last_good, self.unit = step, quantity, last_good, unit
        named = f"{quantity} ({unit})" if unit else quantity
        super().__init__(f"diverged at step {step}: {named} is not finite; last good state: {last_good}")

    def __reduce__(self) -> tuple[type[DivergenceError], tuple[int, str, str, str]]:
        """See `InputError.__reduce__`."""
        return type(self), (self.step, self.quantity, self.last_good, self.unit)


class IdleError(NeurosimError):
    """A run ended well, but part of what it was for did not happen: nothing was learned, or nothing was perturbed."""
