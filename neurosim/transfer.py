"""What was learned on one chip, on another one: its weights programmed onto other instances, onto other profiles, and after a rest.

An instance is a serial number: mismatch, write noise, stuck devices and read paths are drawn from it (`chip.compile_chip`).  The network
stays the one that was trained: connectivity, delays and the spread of its neurons' own parameters.  Weights reach another chip of the same
profile as the devices held them, with the same weight per unit of conductance; another profile gets them as the chip read them, scaled as
that profile scales initial weights.  Digital weights are copied.

While a chip waits nothing is written and no time is spent on anything else: devices drift, leak and wander as their profile has it.
"""
from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from .chip import Chip, Trained, compile_chip
from .errors import DivergenceError, InputError
from .profile import Profile, load
from .waiting import wait


def transfer(
    case: Any, chip: Chip, run: Any, instances: Sequence[int], ages_s: Sequence[float] = (0.0,), profiles: Sequence[Profile | str] = ()
) -> list[dict[str, Any]]:
    """Test what was learned on other chips.

    Parameters
    ----------
    case : yardsticks.Case of the run
    chip : as training has left it; is left as it is
    run : trainer.Run of it
    instances : serial numbers; that of the trained chip stands, with its own profile, for the very devices that learned
    ages_s : seconds that every chip waits before the test, each from the same moment on
    profiles : other ones, by name, path or as they are

    Returns
    -------
    One row for every profile, instance and age: "profile", "chip" (the instance), "age_s", and the scores; "clipped", how many weights were
    beyond what the devices hold, if any; "note", if time does nothing to this chip or the test diverged; instead of scores "refused", a
    sentence, if the network cannot be placed there.

    Raises
    ------
    InputError
        If an instance or an age cannot be one, or the run cannot be tested again.
    """
    check(instances, ages_s)
    if run.retest is None:
        raise InputError("run.retest", "= None; what was learned can be tested elsewhere only with a run of trainer.train")
    own, others = chip.profile, [load(one) if isinstance(one, str) else one for one in profiles]
    return [row for profile in (own, *others) for one in instances for row in _on(case, chip, run, profile, one, ages_s)]


def check(instances: Sequence[int], ages_s: Sequence[float]) -> None:
    """Refuse what is no serial number and what is no time.

    Raises
    ------
    InputError
    """
    for place, one in enumerate(instances):
        if not 0 <= one < 2**64:
            raise InputError(f"instances[{place}]", f"= {one}; must be at least 0 and below 2**64")
    for place, seconds in enumerate(ages_s):
        if not (seconds >= 0 and math.isfinite(seconds)):
            raise InputError(f"ages_s[{place}]", f"= {seconds:g}; must be at least 0 s, and finite")


def placed(chip: Chip, profile: Profile, instance: int, is_kin: bool = False) -> Chip:
    """The weights of a trained chip on another one.

    Parameters
    ----------
    is_kin : whether the other profile is the same chip with other numbers, which gets weights as if it had the same profile

    Raises
    ------
    InputError
        If the network does not fit there, or its neurons do not.
    """
    names, is_same = chip.mapping["projections"], is_kin or profile is chip.profile
    matrices = {name: chip.arrays[name].stored() if is_same else chip.arrays[name].weights() for name in names}
    scales = {name: chip.arrays[name].scale for name in names if is_same}
    readout = "chip" if chip.arrays["readout"].on_chip else "digital"
    return compile_chip(
        profile, chip.network, chip.seed, np.dtype(chip.dtype).name, readout, Trained(matrices, scales), instance)


def _on(case: Any, chip: Chip, run: Any, profile: Profile, instance: int, ages_s: Sequence[float]) -> Iterator[dict[str, Any]]:
    """The rows of one chip."""
    about = {"profile": profile.file.removesuffix(".toml"), "chip": instance}
    is_very_one = profile is chip.profile and instance == chip.device_seed
    try:
        other = chip if is_very_one else placed(chip, profile, instance)
    except InputError as error:
        yield from ({**about, "age_s": float(seconds), "refused": str(error)} for seconds in ages_s)
        return
    kept = {name: array.copy() for name, array in other.state().items()}
    clipped = 0 if is_very_one else sum(array.clipped for array in other.arrays.values())
    for seconds in ages_s:
        row: dict[str, Any] = {**about, "age_s": float(seconds), **({"clipped": clipped} if clipped else {})}
        try:
            if seconds > 0 and not wait(other, float(seconds), case.seed):
                row["note"] = f"nothing is known of what time does to the weights of {profile.file}"
            row.update(run.retest(other)[0])
        except DivergenceError as error:
            row.update(test_mse=math.nan, note=str(error))
        except InputError as error:
            row["refused"] = str(error)
        finally:
            other.restore(kept)
        yield row
