"""A device whose weight is its conductance less that of a reference device."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..contract import draws
from .pulses import fire, is_clear
from .writing import wrap


class Referenced(NamedTuple):
    """w = v - v_ref: the inner device obeys its law in v; aihwkit SoftBoundsReferenceDevice and PowStepReferenceDevice.

    A reference at the symmetry point of each device, where an up and a down pulse cancel, makes w = 0 the point that cancelling pulses
    end at (zero shifting; Gong et al. 2022, IEDM, doi:10.1109/IEDM45625.2022.10019569).
    """

    inner: tuple
    reference: np.ndarray  # (rows, width) v_ref, in units of the weight


draws.set(2, Referenced)
wrap(Referenced)


@is_clear.fill(Referenced)
def _is_clear(device, r, c, conductance, pulses):
    return is_clear(device.inner, r, c, conductance + device.reference[r, c], pulses)


@fire.fill(Referenced)
def _fire(device, r, c, conductance, pulses, normal, second):
    reference = device.reference[r, c]
    moved = fire(device.inner, r, c, conductance + reference, pulses, normal, second) - reference
    return moved if abs(pulses) > pulses - pulses else conductance
