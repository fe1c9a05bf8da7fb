"""What the README says about files from strangers is what the code does: its numbers are the constants, its places exist."""
from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from neurosim import bounded, checkpoint, plugins, profile, sentences, toml, untrusted
from neurosim.calibration import table
from neurosim.export import untrusted_hdf5, untrusted_nir
from neurosim.report.watch import server
from neurosim.tasks import csv_columns

ROOT = Path(__file__).resolve().parents[1]
SECTION = (ROOT / "README.md").read_text().partition("## Files from strangers\n")[2].partition("\n## ")[0]
MIB, KIB = 2**20, 2**10
NUMBERS = {  # row of the table -> every number of its line, in order
    "profile, experiment": (toml.MAX_BYTES // KIB, toml.MAX_PARTS, sentences.DEEPEST, profile.MOST_PARENTS),
    "code that it names": (plugins.MAX_BYTES // MIB,),
    "checkpoint": (checkpoint.MAX_BYTES // MIB, checkpoint.MAX_OBJECTS),
    "CSV of data": (csv_columns.MAX_BYTES // MIB, csv_columns.MAX_CELLS),
    "CSV of pulses": (table.MAX_BYTES // MIB, table.MAX_ROWS),
    "npz": (untrusted.MAX_ENTRIES, untrusted.MAX_BYTES // MIB, untrusted.MAX_CELLS),
    "NIR": (untrusted_hdf5.MEMORY // MIB, untrusted_hdf5.CPU_S, int(untrusted_nir.WAIT_S), untrusted_hdf5.MAX_CELLS),
    "folder of a run": (bounded.MOST_TEXT // MIB, bounded.MOST_ROWS, server.MOST_PAGE // MIB),
}


def row(name):
    """The line of the table that begins so."""
    (found,) = (line for line in SECTION.splitlines() if line.startswith(f"| {name}"))
    return found


@pytest.mark.parametrize("name", NUMBERS)
def test_limits_are_those_of_the_code(name):
    words = re.sub(r"HDF5|127\.0\.0\.1", "", row(name))
    assert tuple(map(int, re.findall(r"\d+", words))) == NUMBERS[name]


def test_every_row_is_checked():
    rows = [line for line in SECTION.splitlines() if line.startswith("| ")]
    assert len(rows) - 1 == len(NUMBERS)


def test_schemas_are_those_that_are_written():
    assert f"`schema = {profile.SCHEMA}`, checkpoints {checkpoint.SCHEMA} (1 is still read)" in SECTION
    assert profile.SCHEMA == bounded.SCHEMA and checkpoint.READ == (1, checkpoint.SCHEMA)


def test_addresses_are_those_that_are_listened_on():
    from neurosim.compare import crew

    assert server.HOST == "127.0.0.1" and 'host="127.0.0.1"' in inspect.getsource(crew.crew_of)


def test_options_and_files_that_it_names_exist():
    from neurosim import permission

    assert permission.OPTION in SECTION
    for place in ("requirements-dev.lock", "LICENCES.md", "tests/stored", ".ci/versions"):
        assert place in SECTION and (ROOT / place).exists()
