"""A profile in plain words: its effects, and the numbers in it that are no fact."""
from __future__ import annotations

from typing import Any

from .forgetting import sentence
from .placement import geometry_of
from .profile import Effect, Profile, explain
from .quantity import number


def effects_of(profile: Profile) -> list[Effect]:
    """What the profile does to a network, and what follows from its numbers: how long devices remember, what wires take."""
    found = explain(profile)
    forgets = sentence(profile.device)
    if forgets:
        found.append(Effect(forgets, "", "computed from the numbers of [device], without noise and spread"))
    topology, device = profile.topology, profile.device
    if topology.wire_row_Ohm is not None and device is not None and device.g_max_S is not None:
        from .circuits.calibration import calibrate  # loads scipy

        rows, cols = (int(number(most, 256.0)) for most in (topology.array_rows, topology.array_cols))
        wires = calibrate(geometry_of(profile, cols, rows), number(device.g_max_S))
        found.append(Effect(
            f"wires of a full array take {wires.drop:.2%} of the currents; what stands for them in the loop is wrong by {wires.error:.2%}",
            "", "against the exact circuit, random weights and inputs"))
    return found


def unsure(profile: Profile) -> list[dict[str, Any]]:
    """The numbers of a profile that nobody has looked up, or that are a choice; a result may rest on any of them."""
    return [{"number": name, "v": quantity.v, "status": quantity.status, "source": source}
            for name, quantity, source in profile.unverified()]
