"""Results as tables and arrays."""
from __future__ import annotations

import json
import math

import pytest

from neurosim.compare.frames import needed, read_comparison
from neurosim.errors import InputError

ROWS = """run,kind,chip,hidden,seed,status,score,value
a,learn,pcm,3,1,complete,accuracy,0.5
a,learn,pcm,3,1,complete,cost writes,10.0
b,learn,pcm,3,2,complete,accuracy,0.75
c,learn,ideal,3,1,diverged,,
d,learn,ideal,3,2,complete,accuracy,1.0
y,true_bptt,ideal,3,1,complete,accuracy,1.0
"""


@pytest.fixture
def found(tmp_path):
    (tmp_path / "results.csv").write_text(ROWS)
    axes = [{"name": "chip", "values": ["pcm", "ideal"]}, {"name": "hidden", "values": ["3"]}]
    (tmp_path / "comparison.json").write_text(json.dumps({"kind": "grid", "axes": axes, "seeds": [1, 2]}))
    return read_comparison(tmp_path)


def test_the_long_form_has_every_row(found):
    frame = found.to_dataframe()
    assert list(frame.columns) == ROWS.splitlines()[0].split(",") and len(frame) == 6
    assert frame["seed"].tolist() == [1, 1, 2, 1, 2, 1] and math.isnan(frame["value"][3]) and set(frame["hidden"]) == {"3"}


def test_an_array_has_the_axes_in_order_and_no_yardsticks(found):
    data = found.to_xarray()
    assert dict(data.sizes) == {"chip": 2, "hidden": 1, "seed": 2} and data["chip"].values.tolist() == ["pcm", "ideal"]
    accuracy = data["accuracy"].sel(hidden="3")
    assert accuracy.sel(chip="pcm").values.tolist() == [0.5, 0.75]
    assert math.isnan(accuracy.sel(chip="ideal", seed=1)) and accuracy.sel(chip="ideal", seed=2) == 1.0
    assert data["cost writes"].sel(chip="pcm", hidden="3", seed=1) == 10.0


def test_what_is_no_comparison_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no comparison of a grid"):
        read_comparison(tmp_path)


def test_a_library_that_is_missing_is_named_with_its_extra():
    with pytest.raises(InputError, match=r"no_such_library: is not installed; pip install 'neurosim-chip\[tables\]'"):
        needed("no_such_library")
