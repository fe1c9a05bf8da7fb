"""What a comparison, or a run, left in its folder."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ...bounded import read_json
from ...errors import InputError

SUMMARY, RUN, CURVES, RUNS = "comparison.json", "run.json", "curves.csv", "runs"
WHAT = "the summary of a comparison or of a run"
LISTS = ("axes", "groups", "yardsticks", "thresholds", "transfer", "diagnostics", "failures", "caveats", "unverified", "seeds")
TABLES = ("budget", "tuning", "provenance")


class Found(NamedTuple):
    """A folder that can be reported.

    Attributes
    ----------
    record : what ``comparison.json`` holds, every optional list and table present; a run folder is a comparison of one group
    is_single : whether it is a run folder
    """

    folder: Path
    record: Mapping[str, Any]
    is_single: bool = False

    @property
    def groups(self) -> list[Any]:
        """What was compared."""
        return list(self.record["groups"])

    @property
    def axes(self) -> list[str]:
        """Names of the axes, the rule first and the chip second if they are among them."""
        names = [str(axis.get("name", axis.get("key", "?"))) for axis in self.record["axes"]]
        names += [str(name) for group in self.groups for name in group["point"]]
        first = [name for name in ("rule", "chip") if name in names]
        return list(dict.fromkeys([*first, *names]))

    def values(self, axis: str) -> list[Any]:
        """Values of an axis, in the order of the experiment."""
        said = [value for one in self.record["axes"] if str(one.get("name", one.get("key"))) == axis for value in one.get("values", [])]
        return list({str(value): value for value in [*said, *(g["point"][axis] for g in self.groups if axis in g["point"])]}.values())

    def place(self, run: str) -> str:
        """Path of a run inside the folder."""
        return "" if self.is_single else f"{RUNS}/{run}"


def load(folder: Path) -> Found:
    """Read the summary of a comparison or of a run.

    Raises
    ------
    InputError
        If the folder holds neither, or what it holds is no summary.
    """
    folder = Path(folder)
    if not folder.is_dir():
        problem = "is a file; must be the folder of a comparison or of a run" if folder.exists() else "no such folder"
        raise InputError(str(folder), problem)
    if (folder / SUMMARY).is_file():
        return Found(folder, checked(read_json(folder / SUMMARY, WHAT), folder / SUMMARY))
    record = read_json(folder / RUN, WHAT) if (folder / RUN).is_file() else {}
    if "yardsticks" in record or ("scores" in record and (folder / CURVES).is_file()):
        from .single_run import as_comparison

        return Found(folder, checked(as_comparison(record, folder), folder / RUN), is_single=True)
    if isinstance(record.get("status"), str) and "point" not in record and record:
        raise InputError(str(folder / RUN), f"= {record['status']}; the run has no scores, so there is nothing to report")
    raise InputError(str(folder), f"holds neither {SUMMARY} nor the {RUN} of `neurosim run`; name the folder of a comparison or of a run")


def checked(record: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The record with every optional part, each of the right kind.

    Raises
    ------
    InputError
        Naming the part that is not.
    """
    full = {"title": "", "note": "", "status": "", **record}
    for name in LISTS:
        full[name] = full.get(name) or []
        if not isinstance(full[name], list):
            raise InputError(f"{path}: {name}", "must be a list")
        if name not in ("caveats", "seeds") and not all(isinstance(one, dict) for one in full[name]):
            raise InputError(f"{path}: {name}", "must be a list of tables")
    for name in TABLES:
        full[name] = full.get(name) or {}
        if not isinstance(full[name], dict):
            raise InputError(f"{path}: {name}", "must be a table")
    if not isinstance(record.get("groups"), list):
        raise InputError(f"{path}: groups", "is missing; must be a list of tables")
    parts: dict[str, Any] = {"point": {}, "seeds": {}, "against": {}, "predictors": {}, "scores": {}, "cost": {}}
    for name in ("groups", "yardsticks", "thresholds", "transfer", "diagnostics", "failures"):
        for place, one in enumerate(full[name]):
            wrong = [key for key in parts if key in one and one[key] is not None and not isinstance(one[key], dict)]
            if wrong:
                raise InputError(f"{path}: {name}[{place}].{wrong[0]}", "must be a table")
            full[name][place] = {**one, **{key: one.get(key) or {} for key in parts if name in ("groups", "yardsticks") or key == "point"}}
    return full
