"""The one physical clock of a chip, in seconds since its devices were programmed; it decides when they age."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .slots import constant, slot

AGE_EVERY = 64  # steps: what happens within them happens to devices as they were at the last of these moments

is_running = constant("is_running", False, "True if time passes.")


class Stopped(NamedTuple):
    """Time does not pass: the profile does not say how long a step takes, or nothing is learned and devices are read as they are."""


class Clock(NamedTuple):
    """A step takes `step_s`; before a trial that starts from rest, but the first, `rest_s` pass as well."""

    now_s: np.ndarray  # (1,) float64, shared with every device of the chip
    step_s: float      # float64
    rest_s: float      # float64
    every: int         # devices age at the start of such a trial, and every so many steps


is_running.set(True, Clock)


def _no(clock):
    """Time does not pass."""


def _never(clock, is_start, now):
    """Nothing ages."""
    return False


def _beginning(clock):
    """It is when the chip was programmed."""
    return 0.0


@slot(default=_no)
def tick(clock):
    """Let the time of one step pass."""


@slot(default=_no)
def pause(clock):
    """Let the time between two trials pass."""


@slot(default=_never)
def is_time_to_age(clock, is_start, now):
    """Whether devices must be brought up to date before step `now`; `is_start` if a trial starts from rest with it."""


@slot(default=_beginning)
def present(clock):
    """Seconds since the chip was programmed."""


@tick.fill(Clock)
def _tick(clock):
    clock.now_s[0] += clock.step_s


@pause.fill(Clock)
def _pause(clock):
    clock.now_s[0] += clock.rest_s


@is_time_to_age.fill(Clock)
def _is_time_to_age(clock, is_start, now):
    return is_start or now % clock.every == 0


@present.fill(Clock)
def _present(clock):
    return clock.now_s[0]
