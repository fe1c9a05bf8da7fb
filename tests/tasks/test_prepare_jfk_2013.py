"""How the shipped weather file is made."""
import gzip
import hashlib

import numpy as np
import pytest

from neurosim.tasks.data.prepare_jfk_2013 import hold, pack, prepare
from neurosim.tasks.weather import JFK_COLUMNS, SHIPPED_PATH

SOURCE = """\
origin,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib,time_hour
EWR,1,1,1,1,1,1,1,1,1,2013-01-01T06:00:00Z
JFK,39.02,26.06,59.37,260,12.65858,NA,0,NA,10,2013-01-01T07:00:00Z
JFK,39.02,26.06,59.37,260,12.65858,NA,0,1012.6,10,2013-01-01T06:00:00Z
JFK,41,NA,57,270,14.9,NA,0.01,1012,9,2013-01-01T09:00:00Z
"""


def test_gaps_hold_the_last_value():
    np.testing.assert_array_equal(hold(np.array([1.0, np.nan, np.nan, 4.0, np.nan])), [1.0, 1.0, 1.0, 4.0, 4.0])
    with pytest.raises(ValueError, match="first value"):
        hold(np.array([np.nan, 1.0]))


def test_rows_of_the_airport_are_put_on_an_hourly_grid(tmp_path):
    (tmp_path / "weather.csv").write_text(SOURCE)
    text, gaps = prepare(tmp_path / "weather.csv")
    assert text.splitlines() == [
        ",".join(JFK_COLUMNS),
        "2013-01-01T06:00:00Z,39.02,26.06,59.37,260,12.6586,0,1012.6,10",
        "2013-01-01T07:00:00Z,39.02,26.06,59.37,260,12.6586,0,1012.6,10",
        "2013-01-01T08:00:00Z,39.02,26.06,59.37,260,12.6586,0,1012.6,10",
        "2013-01-01T09:00:00Z,41,26.06,57,270,14.9,0.01,1012,9",
    ]
    assert gaps["temp"] == 1 and gaps["dewp"] == 2 and gaps["pressure"] == 2


def test_packing_is_deterministic():
    assert pack("abc") == pack("abc") and gzip.decompress(pack("abc")) == b"abc"


def test_shipped_file_is_the_one_that_its_readme_describes():
    content = gzip.decompress(SHIPPED_PATH.read_bytes())
    assert hashlib.sha256(content).hexdigest() in (SHIPPED_PATH.parent / "README.md").read_text()
    lines = content.decode().splitlines()
    assert len(lines) == 8731
    times = np.array([line.split(",")[0].rstrip("Z") for line in lines[1:]], dtype="datetime64[s]")
    assert (np.diff(times) == np.timedelta64(1, "h")).all()
