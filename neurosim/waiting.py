"""A chip that is switched off: time passes, devices drift, leak and wander, nothing is read or written."""
from __future__ import annotations

from .chip import NAMES, Chip
from .compiled import compiled
from .contract import age, is_ageing
from .random import Key
from .trials import kernel_seed
from .verbs import AGE, IN, INPUT_LATERAL, LATERAL, OUT, RECURRENT

NUMBERS = {"inputs": IN, "recurrent": RECURRENT, "lateral": LATERAL, "readout": OUT, "input_lateral": INPUT_LATERAL}


def wait(chip: Chip, seconds: float, seed: int) -> bool:
    """Let time pass: the clock of the chip moves on, and its devices are brought up to it.

    Parameters
    ----------
    seed : of what is random in it (diffusion, slow read noise)

    Returns
    -------
    Whether there is anything that time changes.
    """
    aged = [name for name in NAMES if is_ageing(chip.arrays[name].device)]
    if chip.clock_s is None or not aged:
        return False
    chip.clock_s[0] += seconds
    for name in aged:
        array = chip.arrays[name]
        key = Key(kernel_seed(seed, "waiting"), AGE + NUMBERS[name], 0)
        compiled(grown_old)(array.device, array.conductance, key, float(chip.clock_s[0]))
    chip.settle()
    return True


def grown_old(device, conductance, key, now_s):
    """Bring the devices of an array up to a time."""
    age(device, conductance, key, now_s)
