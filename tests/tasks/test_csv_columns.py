"""Reading numbers from files that users bring."""
import gzip
import os

import numpy as np
import pytest

from neurosim.errors import InputError
from neurosim.tasks import csv_columns
from neurosim.tasks.csv_columns import read_columns, read_header

GOOD = "time,temp,Wind Speed\n2020-01-01,1.5,3\n2020-01-02,-2e1,4\n"


@pytest.fixture
def file(tmp_path):
    def write(content, name="file.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path
    return write


def refusal(path, columns=("temp",)):
    """The one sentence that the user sees."""
    with pytest.raises(InputError) as refused:
        read_columns(path, list(columns))
    text = str(refused.value)
    assert "\n" not in text and len(text) < 320
    return text


def test_columns_come_in_the_order_asked_for(file):
    path = file(GOOD)
    assert read_header(path) == ["time", "temp", "Wind Speed"]
    np.testing.assert_array_equal(read_columns(path, ["Wind Speed", "temp"]), [[3.0, 1.5], [4.0, -20.0]])


@pytest.mark.parametrize("content", [
    GOOD.replace("\n", "\r\n"), "\ufeff" + GOOD, GOOD + "\n\n", GOOD.rstrip("\n"), GOOD.replace("1.5", '"1.5"'),
    GOOD.replace("temp,", " temp ,"),
])
def test_harmless_variants_read_the_same(file, content):
    np.testing.assert_array_equal(read_columns(file(content), ["temp"]), [[1.5], [-20.0]])


def test_gzip_is_read_by_suffix(file):
    path = file(gzip.compress(GOOD.encode()), "file.csv.gz")
    np.testing.assert_array_equal(read_columns(path, ["temp"]), [[1.5], [-20.0]])


def test_missing_file_directory_and_pipe_are_refused(tmp_path):
    assert refusal(tmp_path / "none.csv") == f"task.data = '{tmp_path}/none.csv'; no such file"
    assert refusal(tmp_path).endswith("; not a file")
    os.mkfifo(tmp_path / "pipe.csv")
    assert refusal(tmp_path / "pipe.csv").endswith("; not a file")
    assert "cannot be read (File name too long)" in refusal(tmp_path / ("x" * 256))


@pytest.mark.parametrize(("content", "message"), [
    ("", "file.csv: is empty or starts with a blank line; needs a header with column names"),
    ("\n" + GOOD, "file.csv: is empty or starts with a blank line; needs a header with column names"),
    ("time,temp\n", "file.csv: has a header and no rows"),
    (b"temp\n\xff\xfe1\n", "file.csv: is not UTF-8 text (invalid start byte)"),
    (GOOD.replace("temp", "Temp"),
     "file.csv: column 'temp': does not exist; did you mean 'Temp'; the file has time, Temp, Wind Speed"),
    (GOOD.replace("temp", "x"), "file.csv: column 'temp': does not exist; the file has time, x, Wind Speed"),
    (GOOD.replace("time", "temp"), "file.csv: column 'temp': occurs 2 times in the header; names must differ"),
    (GOOD + "2020-01-03,1\n", "file.csv: line 4: has 2 fields; the header has 3"),
    (GOOD + "2020-01-03,1,2,3\n", "file.csv: line 4: has 4 fields; the header has 3"),
    (GOOD + "\n2020-01-03,1,2\n", "file.csv: line 4: is blank; every row is one time step, so none can be left out"),
    (GOOD + "x," + "9" * 200_000 + ",1\n", "file.csv: is not CSV (field larger than field limit (131072))"),
], ids=range(11))
def test_bad_content_is_refused_with_its_place(file, content, message):
    assert refusal(file(content)) == message


@pytest.mark.parametrize("value", ["warm", "", "NA", "nan", "inf", "-inf", "1e999", "1_0", "1,5"])
def test_value_that_is_no_finite_number_is_refused_with_line_and_column(file, value):
    content = GOOD.replace("-2e1", f'"{value}"')
    assert refusal(file(content)) == (
        f"file.csv: column 'temp': line 3 holds {value!r}; must be a finite number, fill gaps before use")


def test_columns_that_nobody_asked_for_may_hold_anything(file):
    np.testing.assert_array_equal(read_columns(file(GOOD.replace("-2e1", "warm")), ["Wind Speed"]), [[3.0], [4.0]])


def test_long_values_and_long_headers_are_cut_in_the_message(file):
    assert "'" + "z" * 40 + "...'" in refusal(file(GOOD.replace("-2e1", "z" * 1000)))
    many = ",".join(f"c{k}" for k in range(500))
    assert "c19 and 480 more" in refusal(file(many + "\n" + many + "\n"))


@pytest.mark.parametrize(
    "content", [b"not gzip", gzip.compress(b"temp\n" + b"1\n" * 999)[:-12], b"\x1f\x8b\x08\x00" + b"\x07" * 60],
    ids=["plain", "cut", "garbage"])
def test_broken_gzip_is_refused(file, content):
    assert "is not a complete gzip file" in refusal(file(content, "file.csv.gz"))


def test_size_is_bounded_after_unpacking(file, monkeypatch):
    monkeypatch.setattr(csv_columns, "MAX_BYTES", 1000)
    monkeypatch.setattr(csv_columns, "MAX_LINE", 500)
    packed = gzip.compress(("temp\n" + "1\n" * 5000).encode())
    assert refusal(file(packed, "bomb.csv.gz")) == "bomb.csv.gz: holds more than 1000 characters"
    assert refusal(file("temp\n" + "1" * 5000)) == "file.csv: has a line of more than 500 characters, or quotes that go on for as long"


def test_names_of_columns_do_not_reach_the_terminal_as_they_are(tmp_path):
    (tmp_path / "file.csv").write_text("\x1b[2Jtempo," + "a" * 5000 + "\n1,2\n")
    with pytest.raises(InputError) as refused:
        csv_columns.read_columns(tmp_path / "file.csv", ["tempo"])
    assert str(refused.value).isprintable() and len(str(refused.value)) < 500


def test_quotes_that_go_on_over_lines_do_not_make_one_row_of_the_file(tmp_path, monkeypatch):
    """A row of half a gigabyte of commas would be a list of gigabytes."""
    monkeypatch.setattr(csv_columns, "MAX_LINE", 100)
    (tmp_path / "file.csv").write_text("a,b\n" + ',,,"\n",' * 40)
    with pytest.raises(InputError, match="file.csv: has a line of more than 100 characters, or quotes that go on for as long"):
        csv_columns.read_columns(tmp_path / "file.csv", ["a"])
    (tmp_path / "file.csv").write_text("a,b\n" + "1,2\n" * 400)
    assert csv_columns.read_columns(tmp_path / "file.csv", ["a"]).shape == (400, 1)


def test_more_numbers_than_there_is_room_for_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_columns, "MAX_CELLS", 10)
    (tmp_path / "file.csv").write_text("a,b\n" + "1,2\n" * 6)
    with pytest.raises(InputError, match="file.csv: line 7: is one too many; at most 10 numbers are read"):
        csv_columns.read_columns(tmp_path / "file.csv", ["a", "b"])
