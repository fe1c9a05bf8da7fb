"""Results of a comparison as tables of pandas and arrays of xarray."""
from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..bounded import read_json
from ..errors import InputError
from . import store
from .plan import LEARN

if TYPE_CHECKING:
    import pandas
    import xarray

EXTRA = "tables"
ABOUT = ("run", "kind", "seed", "status", "score", "value")


@dataclass(frozen=True)
class Comparison:
    """A comparison on the disk.

    Attributes
    ----------
    folder : of the comparison
    summary : what its ``comparison.json`` holds
    """

    folder: Path
    summary: dict[str, Any]

    def to_dataframe(self) -> pandas.DataFrame:
        """``results.csv``: one row per run and score; labels of axes are text, seeds whole numbers.

        Raises
        ------
        InputError
            If pandas is not installed.
        """
        frame: pandas.DataFrame = needed("pandas").read_csv(
            self.folder / store.RESULTS, dtype={"run": str, "kind": str, "seed": "int64", "status": str, "score": str, "value": "float64",
                                                **{axis["name"]: str for axis in self.summary["axes"]}}, keep_default_na=False,
            na_values={"value": [""]})
        return frame

    def to_xarray(self) -> xarray.Dataset:
        """Scores and costs of the rules by axis and seed: dimensions are the axes in order, then ``seed``; what is missing is NaN.

        Raises
        ------
        InputError
            If xarray is not installed.
        """
        needed("xarray")
        axes = {axis["name"]: axis["values"] for axis in self.summary["axes"]}
        frame = self.to_dataframe()
        frame = frame[(frame["kind"] == LEARN) & (frame["score"] != "")]
        wide = frame.pivot_table(index=[*axes, "seed"], columns="score", values="value", dropna=False, aggfunc="first", observed=True)
        return wide.to_xarray().reindex({**axes, "seed": self.summary["seeds"]})


def needed(name: str) -> Any:
    """An optional library.

    Raises
    ------
    InputError
        If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(name, f"is not installed; pip install 'neurosim-chip[{EXTRA}]' has it") from error


def read_comparison(folder: str | Path) -> Comparison:
    """The comparison in a folder.

    Raises
    ------
    InputError
        If there is none, or it has not come to a summary yet.
    """
    folder = Path(folder)
    try:
        summary = read_json(folder / store.SUMMARY, "the summary of a comparison")
        if summary["kind"] != "grid" or not (folder / store.RESULTS).is_file():
            raise ValueError
    except (InputError, ValueError, KeyError) as error:
        raise InputError(str(folder), "holds no comparison of a grid that has come to its end") from error
    return Comparison(folder, summary)
