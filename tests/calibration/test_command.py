"""neurosim profiles fit: from a CSV file to a profile, a plot and a report."""
from __future__ import annotations

import json

import numpy as np
import pytest
from calibration.synthetic import Truth, csv_text, measured
from typer.testing import CliRunner

from neurosim import cli, profile

TRUTH = Truth("soft_bounds", "additive", up_down=0.0)


@pytest.fixture(scope="module")
def pulses(tmp_path_factory):
    """A CSV file with every second reading of 10 devices."""
    path = tmp_path_factory.mktemp("fit") / "pulses.csv"
    path.write_text(csv_text(measured(TRUTH, 10, 160, half_cycle=40, reads=1).traces, every=2))
    return path


def call(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments], prog_name="neurosim")


def refused(result):
    assert result.exit_code == 2, result.output
    assert result.stdout == "" and result.stderr.count("\n") == 1
    return result.stderr


def test_a_profile_a_plot_and_a_report_are_made(pulses, tmp_path):
    result = call("profiles", "fit", pulses, "--model", "soft_bounds", "--out", tmp_path / "ours.toml", "--plot", tmp_path / "ours.png",
                  "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["model"] == "soft_bounds" and report["n_devices"] == 10 and report["n_readings"] == 800
    found = profile.load(tmp_path / "ours.toml")
    assert found.device.dw_min.v == report["device"]["dw_min"] and found.sources["device"].endswith(report["sha256"])
    assert call("profiles", "check", tmp_path / "ours.toml").stdout.startswith("ours.toml is valid")
    assert (tmp_path / "ours.png").read_bytes().startswith(b"\x89PNG")
    in_siemens = report["device"]["dw_min"] * (report["g_max_S"] - report["g_min_S"]) / 2
    rate = in_siemens / (report["device"]["w_max"] * (report["g_max_S"] - report["g_min_S"]) / 2)
    assert rate == pytest.approx(TRUTH.dw_min / TRUTH.w_max, rel=5 * TRUTH.dw_min_dtod / np.sqrt(10))
    assert 0.75 < report["band_coverage"] < 0.99  # 0.9 if all is right; ten devices
    assert list(tmp_path.glob("*.part")) == []


def test_the_result_is_told_in_words(pulses):
    result = call("profiles", "fit", pulses, "--model", "constant_step")
    assert result.exit_code == 0, result.output
    assert "constant_step" in result.stdout and "10 devices, 800 readings" in result.stdout
    assert "no repeated reads: write_noise_std holds write and read noise together" in result.stdout
    assert "fitting constant_step" in result.stderr


@pytest.mark.parametrize("option, value, message", [
    ("--model", "cubic", "--model = 'cubic'; must be one of auto, constant_step"),
    ("--out", "x.json", "must end in .toml"), ("--plot", "x.jpg", "must end in .png"),
    ("--out", "no/such/x.toml", "there is no folder"), ("--plot", "no/such/x.png", "there is no folder"),
])
def test_what_cannot_be_is_refused_before_anything_is_fitted(pulses, option, value, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert message in refused(call("profiles", "fit", pulses, option, value))


def test_a_profile_is_never_written_over(pulses, tmp_path):
    (tmp_path / "ours.toml").write_text("mine")
    assert "already exists" in refused(call("profiles", "fit", pulses, "--out", tmp_path / "ours.toml"))
    assert (tmp_path / "ours.toml").read_text() == "mine"


def test_a_file_that_is_no_table_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "bad.csv").write_text("device,pulse,polarity,conductance_S\na,0,0,NaN\n")
    assert "bad.csv: row 2, column conductance_S = 'NaN'; must be a finite number" in refused(call("profiles", "fit", tmp_path / "bad.csv"))
