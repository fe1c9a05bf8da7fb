"""A process of the promise about same bytes: does what the file that it is given says, and prints what came of it; both JSON.

Run as ``python -m neurosim.selftest.one_process FILE``.
"""
from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError, MappingError
from .small_training import Combination, Span, learned, observed, trained


def done(work: Mapping[str, Any]) -> dict[str, Any]:
    """Do it.

    Parameters
    ----------
    work : "seed" and "hidden" of all of it; "trained", [rule, profile] each, for "epochs"; "split", [rule, profile, steps after which it
        is cut] each, of a run of "span" [trials, steps]; "batched", profiles

    Returns
    -------
    "trained": by name what `small_training.trained` found, or a sentence under "refused" or "failed"; "split": for every one the arrays
    that are others than those of the whole run; "batched": whether samples side by side are those one by one, by profile.
    """
    seed, hidden, span = int(work["seed"]), int(work["hidden"]), Span(*work.get("span", (1, 1)))
    whole: dict[Combination, dict[str, bytes]] = {}
    split = []
    for rule, profile, ends in work.get("split", ()):
        combination = Combination(rule, profile)
        if combination not in whole:
            whole[combination] = learned(combination, seed, hidden, span)
        split.append(differences(whole[combination], learned(combination, seed, hidden, span, ends)))
    batched = {}
    for profile in work.get("batched", ()):
        together, alone = observed(profile, seed, hidden)
        batched[profile] = together == alone
    found = {str(pair): tried(pair, seed, hidden, work.get("epochs", 1)) for pair in (Combination(*names) for names in work["trained"])}
    return {"trained": found, "split": split, "batched": batched}


def tried(combination: Combination, seed: int, hidden: int, epochs: int = 1) -> dict[str, str]:
    """What `trained` found, or why there is nothing."""
    try:
        return trained(combination, seed, hidden, epochs)
    except (InputError, MappingError) as error:
        return {"refused": str(error)}
    except Exception as error:  # a finding, and the others still run
        return {"failed": f"{type(error).__name__}: {error}"}


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The names under which two mappings hold different things."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def main() -> None:
    """Read, do, print."""
    print(json.dumps(done(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))


if __name__ == "__main__":
    main()
