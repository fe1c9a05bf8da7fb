"""What is accepted as a file of pulse traces, and what is refused."""
from __future__ import annotations

import hashlib

import pytest

from neurosim.calibration.table import MIN_DEVICES, MIN_PULSES, read_table
from neurosim.errors import InputError

HEADER = "device,pulse,polarity,conductance_S"


def rows(n_devices=MIN_DEVICES, n_pulses=2 * MIN_PULSES):
    """Devices that go up, then down; row r of the list is line r + 2 of the file."""
    half = n_pulses // 2
    return [f"d{d},{t},{0 if t == 0 else 1 if t <= half else -1},{1e-6 * (1 + min(t, n_pulses - t) + d / 10)!r}"
            for d in range(n_devices) for t in range(n_pulses + 1)]


def table(tmp_path, lines, header=HEADER):
    path = tmp_path / "pulses.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return read_table(path)


def test_devices_and_readings_keep_their_order(tmp_path):
    found = table(tmp_path, rows())
    assert list(found.devices) == [f"d{d}" for d in range(MIN_DEVICES)]
    assert [reading.pulse for reading in found.devices["d0"]] == list(range(2 * MIN_PULSES + 1))
    assert found.sha256 == hashlib.sha256((tmp_path / "pulses.csv").read_bytes()).hexdigest()


def test_columns_can_stand_in_any_order_and_polarities_be_words(tmp_path):
    words = {"1": "up", "-1": "down", "0": "none"}
    turned = [",".join(["x", g, words[s], t, d]) for d, t, s, g in (line.split(",") for line in rows())]
    found = table(tmp_path, turned, "note,conductance_S,polarity,pulse,device")
    plain = table(tmp_path, rows())
    assert found.devices == plain.devices


@pytest.mark.parametrize("row, text, message", [
    (5, "d0,5,1,abc", "pulses.csv: row 7, column conductance_S = 'abc'; must be a finite number"),
    (5, "d0,5,1,nan", "row 7, column conductance_S = 'nan'; must be a finite number"),
    (5, "d0,5,1,inf", "row 7, column conductance_S = 'inf'"),
    (5, "d0,5,1,1_0", "row 7, column conductance_S = '1_0'"),
    (5, "d0,5,1,", "row 7, column conductance_S = ''"),
    (5, "d0,-5,1,1e-6", "row 7, column pulse = '-5'; must be a whole number from 0"),
    (5, "d0,5.5,1,1e-6", "row 7, column pulse = '5.5'; must be a whole number"),
    (5, "d0,x,1,1e-6", "row 7, column pulse = 'x'"),
    (5, "d0,1e30,1,1e-6", "row 7, column pulse = '1e30'"),
    (5, "d0,5,2,1e-6", "row 7, column polarity = '2'; must be 1 or up, -1 or down, 0 or none"),
    (5, "d0,5,,1e-6", "row 7, column polarity = ''"),
    (5, ",5,1,1e-6", "row 7, column device = ''"),
    (5, "d0,5,1", "row 7 has 3 fields; the header has 4"),
    (5, "d0,3,1,1e-6", "row 7, column pulse = 3; must be at least 4, the pulse of device d0 in row 6"),
    (5, "d0,4,-1,1e-6", "row 7, column pulse = 4; device d0 has the other polarity for this pulse in row 6"),
])
def test_what_a_row_cannot_hold_is_refused_with_its_place(tmp_path, row, text, message):
    lines = rows()
    lines[row] = text
    with pytest.raises(InputError) as caught:
        table(tmp_path, lines)
    assert message in str(caught.value).replace("row 7: has", "row 7 has") and "\n" not in str(caught.value)


@pytest.mark.parametrize("raw, message", [
    (b"", "pulses.csv: is empty"), (b"  \n", "is empty"), (b"\xff\xfe\x00\x01", "is not UTF-8 text"),
    (b"\x00\x01\x02,", "zero bytes"), (HEADER.encode() + b"\n", "has 0 devices; a fit needs at least 8"),
    (b"device,pulse,polarity\n", "column conductance_S: is missing"),
    (b"device,device,pulse,polarity,conductance_S\n", "column device: occurs 2 times"),
])
def test_what_is_no_table_is_refused(tmp_path, raw, message):
    (tmp_path / "pulses.csv").write_bytes(raw)
    with pytest.raises(InputError) as caught:
        read_table(tmp_path / "pulses.csv")
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_no_such_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is not a file"):
        read_table(tmp_path)


def test_the_same_traces_twice_are_refused(tmp_path):
    with pytest.raises(InputError, match="pulses in order, no trace twice"):
        table(tmp_path, rows() * 2)


def test_too_few_devices_pulses_or_directions_are_refused(tmp_path):
    with pytest.raises(InputError, match="has 7 devices; a fit needs at least 8"):
        table(tmp_path, rows(n_devices=7))
    with pytest.raises(InputError, match="device d0 has 10 readings after a pulse; a fit needs at least 20"):
        table(tmp_path, rows(n_pulses=10))
    with pytest.raises(InputError, match="has no down pulse; a fit needs both directions"):
        table(tmp_path, [line.replace(",-1,", ",1,") for line in rows()])


def test_more_rows_than_there_is_room_for_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("neurosim.calibration.table.MAX_ROWS", 3)
    (tmp_path / "long.csv").write_text("device,pulse,polarity,conductance_S\n" + "".join(f"a,{k},1,1e-6\n" for k in range(4)))
    with pytest.raises(InputError, match="long.csv: row 4: is one too many; at most 3 are read"):
        read_table(tmp_path / "long.csv")


@pytest.mark.parametrize("name", ["d\x10", "d" * 61, "\x1b[2J"])
def test_a_device_whose_name_cannot_be_printed_is_refused(tmp_path, name):
    (tmp_path / "a.csv").write_text(f"device,pulse,polarity,conductance_S\n{name},0,0,1e-6\n")
    with pytest.raises(InputError, match="row 2, column device = .*; must be the name or number of a device"):
        read_table(tmp_path / "a.csv")


def test_a_control_character_is_no_blank(tmp_path):
    """str.strip takes it for one, and 13 siemens would become 3."""
    (tmp_path / "a.csv").write_text("device,pulse,polarity,conductance_S\na,0,0,\x1c3\n")
    with pytest.raises(InputError, match="row 2, column conductance_S = .*; must be a finite number"):
        read_table(tmp_path / "a.csv")
