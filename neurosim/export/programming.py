"""How the devices of a crossbar are brought to their conductances: a program-and-verify schedule from the profile's own device model.

Every device begins where a reset leaves it (a pair) or at weight 0, is sent the pulses that its nominal model needs from there, and is
read; pulses go on until the reading is within half a nominal step of the target.  What no profile knows, amplitudes among it, is
``unavailable``.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..devices.pulses import fire
from ..profile import Profile
from ..pulsed import build, granularity, hidden_of
from ..quantity import number
from ..tiles import UNAVAILABLE
from .conductances import Crossbar, device_of, nominal

HEADER = "step,tile,row,col,device,op,pulses,amplitude_V,width_s,g_expected_S,g_tol_S"
NAMES = ("plus", "minus")
MOST = 10_000    # pulses that are looked ahead
STILL = 0.01     # of the nominal step: where a pulse moves a device by less, it is at its end


class Ladder(NamedTuple):
    """States of a nominal device after 0, 1, 2 ... pulses of one direction (1 up, -1 down), normalised, and its nominal step."""

    states: np.ndarray
    direction: int
    step: float

    def pulses(self, wanted: np.ndarray) -> np.ndarray:
        """Whole number of pulses that ends nearest to each wanted state, int64; -1 where it is more than half a step out of reach."""
        rungs, wanted = self.direction * self.states, self.direction * wanted
        above = np.clip(np.searchsorted(rungs, wanted), 1, len(rungs) - 1) if len(rungs) > 1 else np.zeros(wanted.shape, np.int64)
        below = np.maximum(above - 1, 0)
        nearest = np.where(wanted - rungs[below] <= rungs[above] - wanted, below, above)
        return np.where((wanted > rungs[-1] + self.step / 2) | (wanted < rungs[0] - self.step / 2), -1, nearest).astype(np.int64)

    def after(self, pulses: np.ndarray) -> np.ndarray:
        """The states that so many pulses lead to."""
        return self.states[np.clip(pulses, 0, len(self.states) - 1)]


def ladder(profile: Profile, direction: int) -> Ladder:
    """What pulses of one direction do to a nominal device, from where a reset leaves it, or from 0."""
    section = device_of(nominal(profile))
    device = build(section, hidden_of(section, (1, 1), 0, 0), 1.0, np.asarray, 0, 0, np.float64)
    step = granularity(section)
    states = [number(section.reset) if section.cell == "one_sided_pair" else 0.0]
    while len(states) <= MOST:
        after = float(fire(device, 0, 0, np.float64(states[-1]), np.float64(direction), np.float64(0), np.float64(0)))
        if not direction * (after - states[-1]) > STILL * step:
            break
        states.append(after)
    return Ladder(np.array(states), direction, step)


def schedule(crossbars: list[Crossbar], profile: Profile) -> str:
    """``program.csv``: every device of every tile is begun with (step 0), pulsed (step 1) and read (step 2)."""
    up, down, width = ladder(profile, 1), ladder(profile, -1), profile.latency.t_write_pulse_s
    pulse_s, lines = UNAVAILABLE if width is None else repr(float(width.v)), [HEADER]
    for k, one in enumerate(crossbars):
        plans = [plan(one, name, profile, up, down) for name in NAMES]
        places = [(i, j, name, found) for i in range(len(one.plus)) for j in range(one.plus.shape[1])
                  for name, found in zip(NAMES, plans, strict=True)]
        tolerance = repr(one.held.unit_S * up.step / 2)
        for i, j, name, found in places:
            start = float(found.start_S[i, j])
            lines.append(f"0,{k},{i},{j},{name},reset,{UNAVAILABLE},{UNAVAILABLE},{UNAVAILABLE},{start!r},{UNAVAILABLE}")
        for i, j, name, found in places:
            count, end = int(found.pulses[i, j]), float(found.end_S[i, j])
            if count != 0:
                op, said = "set" if end >= found.start_S[i, j] else "reset", UNAVAILABLE if count < 0 else count
                lines.append(f"1,{k},{i},{j},{name},{op},{said},{UNAVAILABLE},{pulse_s},{end!r},{tolerance}")
        for i, j, name, found in places:
            lines.append(f"2,{k},{i},{j},{name},read,0,{UNAVAILABLE},{UNAVAILABLE},{float(found.target_S[i, j])!r},{tolerance}")
    return "\n".join([*lines, ""])


class Plan(NamedTuple):
    """Of every device (rows, pairs): the conductance it begins at, pulses (-1: out of reach), where they lead, and where it shall be."""

    start_S: np.ndarray
    pulses: np.ndarray
    end_S: np.ndarray
    target_S: np.ndarray


def plan(one: Crossbar, name: str, profile: Profile, up: Ladder, down: Ladder) -> Plan:
    """What is done to the plus or the minus devices of a tile.

    A device of both signs that is split over two columns is sent down pulses if its weight is negative, and its size is in the minus
    column; against a reference it moves both ways from weight 0, and the reference is only read.
    """
    held, section = one.held, device_of(profile)
    target = one.plus if name == "plus" else one.minus
    is_pair, has_reference = section.cell == "one_sided_pair", section.g_min_S is not None
    if has_reference and name == "minus":
        return Plan(target, np.zeros(target.shape, np.int64), target, target)
    state = (target - held.zero_S) / held.unit_S
    state = -state if name == "minus" and not is_pair else state
    rises = state >= up.states[0]
    falls = np.zeros(target.shape, np.int64) if is_pair else down.pulses(state)  # nothing but a lucky reset leaves less in a pair
    pulses = np.where(rises, up.pulses(state), falls)
    reached = np.where(rises, up.after(pulses), down.after(pulses))
    end = held.zero_S + held.unit_S * (reached if has_reference else np.abs(reached))
    start = np.full(target.shape, held.zero_S + held.unit_S * up.states[0])
    return Plan(start, pulses, np.where(pulses < 0, target, end), target)


def about(profile: Profile) -> dict[str, Any]:
    """The order of the schedule, where it stops, and what it starts from, for the manifest."""
    section, width = device_of(profile), profile.latency.t_write_pulse_s
    is_pair = section.cell == "one_sided_pair"
    return {
        "order": "tile by tile: step 0 resets every device, step 1 pulses it, step 2 reads it",
        "stop": "step 2 reads within g_tol_S of g_expected_S, half a nominal step (device.dw_min); otherwise pulse and read again",
        "max_iterations": UNAVAILABLE,
        "longest_train": UNAVAILABLE if section.max_pulses is None else int(section.max_pulses.v),
        "pulses": f"of a nominal device ({section.update_model}) from g_expected_S of step 0 to the whole number that ends nearest; "
                  f"{UNAVAILABLE} where the target is out of its reach (devices differ)",
        "start": "what a reset leaves behind (device.reset)" if is_pair else "weight 0; how a device gets there is not in the profile",
        "direction": "up pulses" if is_pair else "against a reference: set is up, reset is down" if section.g_min_S is not None else
                     "up pulses for plus devices, down pulses for minus devices: the two columns are the two signs of one device",
        "amplitude_V": f"{UNAVAILABLE}: the profile has none", "width_s": UNAVAILABLE if width is None else float(width.v)}
