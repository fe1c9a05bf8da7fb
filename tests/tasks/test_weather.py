"""Weather forecasts, from the shipped table and from files of users.

``golden/weather_slice.csv.gz`` holds the header and the first 2000 of the 35064 rows of the file that the authors of
ANP use: hourly NOAA readings from 2010-01-01 on, the work of a United States agency and so in the public domain.
"""
import csv
import gzip
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.errors import InputError
from neurosim.tasks import Weather
from neurosim.tasks.weather import AUTHORS_COLUMNS, SHIPPED_PATH

SLICE = Path(__file__).parents[1] / "golden" / "weather_slice.csv.gz"
INPUTS = [
    "Visibility", "DryBulbFarenheit", "WetBulbFarenheit", "DewPointFarenheit", "RelativeHumidity", "WindSpeed",
    "WindDirection", "StationPressure", "Altimeter"]


def column(path, name):
    with gzip.open(path, "rt") as stream:
        return np.array([float(row[name]) for row in csv.DictReader(stream)])


def table(path, n_rows=300, header="date,a,b", value=lambda k, c: np.sin(0.3 * k + c) + 0.01 * (k % 7)):
    names = header.split(",")
    rows = [[f"t{k}", *(f"{value(k, c):.6f}" for c in range(1, len(names)))] for k in range(n_rows)]
    path.write_text("\n".join([header, *map(",".join, rows)]) + "\n")
    return path


def refusal(task, batch=2):
    with pytest.raises(InputError) as refused:
        task.load(0, batch)
    text = str(refused.value)
    assert "\n" not in text and len(text) < 300
    return text


def test_authors_columns_get_the_authors_inputs_and_target():
    data = Weather(data=str(SLICE), horizon_h=1).load(0, 10)
    assert (data.n_inputs, data.n_outputs, data.update, data.carries_state) == (9, 1, "step", True)
    assert data.train(0).inputs.shape == (1, 159, 10, 9) and data.test.inputs.shape == (1, 39, 10, 9)
    for c, name in enumerate(INPUTS):
        raw = column(SLICE, name)
        low, high = raw[:1600].min(), raw[:1600].max()
        block = (raw[3 * 159:4 * 159] - low) / (high - low)
        np.testing.assert_allclose(data.train(0).inputs[0, :, 3, c], block, atol=1e-14)
    assert data.train(0) is data.train(4)


def test_authors_row_count_gets_the_authors_split(tmp_path):
    path = tmp_path / "wth.csv"
    table(path, 35064, ",".join(AUTHORS_COLUMNS), value=lambda k, c: (k * (2 * c + 1)) % 101)
    data = Weather(data=str(path), horizon_h=1, normalisation="all").load(0, 10)
    assert data.train(0).inputs.shape == (1, 3359, 10, 9) and data.test.inputs.shape == (1, 146, 10, 9)
    np.testing.assert_allclose(data.test.inputs[0, 2, 1, 1], ((33600 + 146 + 2) * 5 % 101) / 100)


@pytest.mark.parametrize("horizon", [1, 12])
def test_target_is_the_column_horizon_rows_later(horizon):
    data = Weather(data=str(SLICE), horizon_h=horizon).load(0, 4)
    train = data.train(0)
    np.testing.assert_array_equal(train.targets[0, :-horizon, :, 0], train.inputs[0, horizon:, :, 1])
    np.testing.assert_array_equal(data.test.targets[0, :-horizon, :, 0], data.test.inputs[0, horizon:, :, 1])


def test_normalisation_fits_the_training_rows_or_all():
    honest = Weather(data=str(SLICE), horizon_h=1, normalisation="train").load(0, 1)
    leaking = Weather(data=str(SLICE), horizon_h=1, normalisation="all").load(0, 1)
    assert honest.train(0).inputs.min() == 0.0 and honest.train(0).inputs.max() == 1.0
    assert honest.test.inputs.max() > 1.0
    assert leaking.test.inputs.max() <= 1.0 and leaking.test.inputs.min() >= 0.0


def test_predictors_equal_a_direct_computation():
    data = Weather(data=str(SLICE), horizon_h=12).load(0, 4)
    temperature = column(SLICE, "DryBulbFarenheit")
    scale = np.ptp(temperature[:1600])
    n_train, n_test = data.train(0).targets.size, data.test.targets.size
    now, later = temperature[1600:1600 + n_test], temperature[1612:1612 + n_test]
    assert data.predictors["persistence"] == pytest.approx(np.mean((now - later) ** 2) / scale**2)
    mean = temperature[12:12 + n_train].mean()
    assert data.predictors["constant"] == pytest.approx(np.mean((mean - later) ** 2) / scale**2)

    raw = np.column_stack([column(SLICE, name) for name in INPUTS])
    raw = (raw - raw.mean(axis=0)) / raw.std(axis=0)

    def features(times, lags):
        return np.column_stack([np.ones(len(times)), *(raw[times - k] for k in range(lags))])

    for name, lags in (("linear (inputs)", 1), ("linear (24 lags)", 24)):
        fitted, judged = np.arange(lags - 1, n_train), np.arange(1600, 1600 + n_test)
        weights = np.linalg.lstsq(features(fitted, lags), temperature[fitted + 12], rcond=None)[0]
        residual = features(judged, lags) @ weights - temperature[judged + 12]
        assert data.predictors[name] == pytest.approx(np.mean(residual**2) / scale**2, rel=1e-6)


def test_shipped_table_forecasts_temperature_from_eight_columns():
    data = Weather().load(0, 10)
    assert data.n_inputs == 8
    assert data.train(0).inputs.shape == (1, 697, 10, 8) and data.test.inputs.shape == (1, 173, 10, 8)
    assert "JFK" in data.about and "CC0" in data.about and "temp 12 h ahead" in data.about
    temperature = column(SHIPPED_PATH, "temp")
    change = temperature[6984 + 12:6984 + 12 + 1730] - temperature[6984:6984 + 1730]
    assert data.predictors["persistence"] == pytest.approx(np.mean(change**2) / np.ptp(temperature[:6984]) ** 2)


@pytest.mark.parametrize("horizon", [1, 12, 24, 48])
def test_on_the_shipped_table_more_knowledge_predicts_better(horizon):
    found = Weather(horizon_h=horizon).load(0, 10).predictors
    assert found["linear (24 lags)"] < found["linear (inputs)"] < found["persistence"] < found["constant"]


def test_columns_of_a_users_file_can_be_chosen(tmp_path):
    path = table(tmp_path / "mine.csv", header="date,a,b,c")
    data = Weather(data=path, target="b", horizon_h=3, test_rows=100).load(0, 2)
    assert data.train(0).inputs.shape == (1, 98, 2, 3) and data.test.inputs.shape == (1, 48, 2, 3)
    assert data.about == "mine.csv, 300 rows; output b 3 h ahead"
    chosen = Weather(data=str(path), target="b", inputs=["c"], horizon_h=3, test_rows=100).load(0, 2)
    np.testing.assert_array_equal(chosen.test.inputs[..., 0], data.test.inputs[..., 2])
    np.testing.assert_array_equal(chosen.test.targets, data.test.targets)


def test_file_and_column_faults_are_refused_in_one_sentence(tmp_path):
    path = table(tmp_path / "mine.csv")
    assert refusal(Weather(data=str(tmp_path / "no.csv"))) == f"task.data = '{tmp_path}/no.csv'; no such file"
    assert refusal(Weather(data="")).endswith("not a file")
    assert refusal(Weather(data=path)) == (
        "task.target: is not set and mine.csv is no known table; must be one of date, a, b")
    assert refusal(Weather(data=path, target="A")) == (
        "mine.csv: column 'A': does not exist; did you mean 'a'; the file has date, a, b")
    twice = Weather(data=path, target="a", inputs=["b", "b"])
    assert refusal(twice) == "task.inputs = ['b', 'b']; names a column twice"
    assert refusal(Weather(data=path, target="date")).startswith("mine.csv: column 'date': line 2 holds 't0'; must be")
    times = table(tmp_path / "times.csv", header="date")
    assert refusal(Weather(data=times, target="date")) == (
        "task.inputs: is not set and times.csv has time stamps only; needs a column of numbers")


def test_too_few_rows_for_the_horizon_or_the_batch_are_refused(tmp_path):
    path = table(tmp_path / "mine.csv")
    task = Weather(data=path, target="a", horizon_h=40)
    assert refusal(task) == (
        "mine.csv: leaves 60 of 300 rows for the test; horizon_h = 40 with batch = 2 needs at least 64")
    assert refusal(Weather(data=path, target="a"), batch=200) == (
        "mine.csv: leaves 240 of 300 rows for the training; horizon_h = 12 with batch = 200 needs at least 412")
    too_many = Weather(data=path, target="a", test_rows=5000)
    assert refusal(too_many).startswith("mine.csv: leaves 0 of 300 rows for the training")


@pytest.mark.parametrize(("value", "message"), [
    (lambda k, c: k if c == 1 else 5, "file.csv: column 'b': has the same value in all 240 training rows; must vary"),
    (lambda k, c: 5 if c == 1 else k, "file.csv: column 'a': has the same value in all 240 training rows; must vary"),
    (lambda k, c: min(k, 200), "file.csv: column 'a': has the same value in all 48 test rows; must vary"),
    (lambda k, c: 1.5e308 * (-1)**k,
     "file.csv: column 'b': runs from -1.5e+308 to 1.5e+308; too wide or too narrow to be scaled"),
], ids=["input", "target", "test", "range"])
def test_columns_that_cannot_be_scaled_or_scored_are_refused(tmp_path, value, message):
    path = table(tmp_path / "file.csv", value=value)
    assert refusal(Weather(data=path, target="a", inputs=["b"])) == message


@pytest.mark.parametrize("settings", [
    {"horizon_h": 0}, {"horizon_h": -1}, {"horizon_h": 1.5}, {"horizon_h": True}, {"test_rows": 0}, {"inputs": []},
    {"normalisation": "test"}, {"data": 3}, {"target": 1},
])
def test_settings_outside_their_range_are_refused(settings):
    with pytest.raises(ValidationError):
        Weather(**settings)
