"""The store of an updater that gathers requests before they reach the weights: a second array of the chip's devices, or digital numbers."""
from __future__ import annotations

from typing import Any

import numpy as np

from .chip import NAMES, Chip
from .devices.pulses import is_pulsed
from .errors import InputError
from .placement import on_devices
from .quantity import number
from .synapses.fan_in import FanIn
from .synapses.sparse import Sparse
from .updaters.gathering import DIGITAL, Gathering

FAST = 8  # on top of the number of an array: the number of its fast array
CHOPPED = ("chopped", "agad")
LEARNED = ("inputs", "recurrent", "readout")


def gathered(chip: Chip, name: str, gathering: Gathering, inner: Any) -> Any:
    """The updater of a projection on pulsed devices around `inner`; `inner` itself for exact, digital and fixed-point weights.

    A fast array starts at weight 0, on devices of its own drawn from the same profile, with the same weight per unit of conductance.

    Raises
    ------
    InputError
        If the synapses are sparse, because a transfer reads whole rows, or if choppers would belong to outputs.
    """
    array = chip.arrays[name]
    if not is_pulsed(array.device):
        return inner
    if isinstance(array.synapses, Sparse):
        raise InputError("train.updater.kind", f"= '{gathering.kind}'; needs network.connectivity = 'dense', its rows are read one by one")
    if isinstance(array.synapses, FanIn) and gathering.kind in CHOPPED:
        raise InputError(
            "train.updater.kind", f"= '{gathering.kind}'; choppers belong to input lines, and {name} onto {array.n_post} outputs is "
            "stored by output; set chip.readout = 'digital'")
    rows = array.n_post if isinstance(array.synapses, FanIn) else array.n_pre
    fast, noise, lsb, top = None, 0.0, 0.0, 0.0
    if gathering.kind not in DIGITAL:
        spare = on_devices(
            f"{name}, fast", NAMES.index(name) + FAST, np.zeros((array.n_post, array.n_pre)), True, array.synapses, chip.profile,
            array.scale, chip.seed, chip.dtype, np.zeros(1) if chip.clock_s is None else chip.clock_s)
        fast = spare.device, spare.conductance
        io = chip.profile.io
        noise = number(io.out_noise) * array.scale
        if io.adc_bits is not None and io.adc_range is not None:
            top = float(2 ** (int(io.adc_bits.v) - 1) - 1)
            lsb = number(io.adc_range) / top * array.scale
    return gathering.build(inner, fast, array.conductance, rows, noise, lsb, top)
