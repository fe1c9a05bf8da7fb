"""The reads of aihwkit's analog tile, and that the check of them can fail."""
from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest
from assemble import IS_PLAIN
from devices_reads import check_reads, path_of

from neurosim.verbs import pass_on

FILE = pathlib.Path(__file__).parent / "devices" / "aihwkit_mvm_update.npz"
CASES = json.loads(FILE.with_suffix(".json").read_text())["cases"]
EXACT = [name for name in CASES if name.startswith("io_")]


def copied(folder, wanted, change=lambda arrays, cases: None):
    """The recorded file with these cases only, changed."""
    with np.load(FILE, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file if name.startswith("mvm_") or name.rpartition("_")[0] in wanted}
    cases = {name: json.loads(json.dumps(CASES[name])) for name in wanted}
    change(arrays, cases)
    path = folder / FILE.name
    np.savez(path, **arrays)
    path.with_suffix(".json").write_text(json.dumps({"cases": cases}))
    return path


def test_every_noise_free_read_is_that_of_aihwkit(tmp_path):
    found = list(check_reads(copied(tmp_path, EXACT)))
    assert len(found) == len(EXACT) == 10
    assert [name for name, error, limit in found if not error <= limit] == []


@pytest.mark.skipif(IS_PLAIN, reason="tens of thousands of reads")
def test_noisy_reads_have_the_means_and_spreads_of_aihwkit(tmp_path):
    found = list(check_reads(copied(tmp_path, ["noisy_preset_io", "noisy_sto_round"])))
    assert len(found) == 4
    assert [name for name, error, limit in found if not error <= limit] == []


@pytest.mark.parametrize("name", EXACT)
def test_another_output_fails(tmp_path, name):
    def change(arrays, cases):
        arrays[f"{name}_y"][0, 0] += 1e-4
    (_, error, limit), = check_reads(copied(tmp_path, [name], change))
    assert error > limit


@pytest.mark.parametrize(("name", "field", "value"), [
    ("io_7b9b_none", "inp_bound", 0.9), ("io_7b9b_none", "inp_res", 0.01), ("io_7b9b_absmax", "noise_management", ".NONE"),
    ("io_7b9b_absmax_iter_ob2", "bound_management", ".NONE"), ("io_8b8b_const1.5", "nm_thres", 1.4), ("io_npsum", "out_bound", 2.0),
    ("io_asym", "inp_asymmetry", 0.11), ("io_asym", "out_asymmetry", 0.06), ("io_nonlin", "out_nonlinearity", 0.45),
    ("io_rseries", "r_series", 0.021), ("io_rseries", "v_offset_w_min", -0.9), ("io_irdrop1", "ir_drop", 0.9),
    ("io_irdrop1_lowratio", "ir_drop_g_ratio", 6000.0)])
def test_another_parameter_fails(tmp_path, name, field, value):
    def change(arrays, cases):
        cases[name]["params"][field] = value
    (_, error, limit), = check_reads(copied(tmp_path, [name], change))
    assert error > limit


def test_other_sizes_are_checked_as_well(tmp_path):
    def change(arrays, cases):
        arrays["mvm_X"] = arrays["mvm_X"][:3]
        arrays["mvm_W"] = arrays["mvm_W"][:11]
        arrays["io_7b9b_absmax_y"] = arrays["io_7b9b_absmax_y"][:3, :11]
    (_, error, limit), = check_reads(copied(tmp_path, ["io_7b9b_absmax"], change))
    assert error <= limit


def test_a_wrong_spread_fails(tmp_path):
    """200 reads, a spread that is 1.5 times too large: at 24 outputs, 5 sigma of an estimate from 200 reads are 0.25."""
    def change(arrays, cases):
        arrays["noisy_wnoise_add_std"] *= 1.5
    found = {name: error for name, error, _ in check_reads(copied(tmp_path, ["noisy_wnoise_add"], change), 200, pass_on)}
    assert 0.33 - 0.17 < found["noisy_wnoise_add, spread"] < 0.33 + 0.17


@pytest.mark.parametrize(("field", "value"), [("w_read_asymmetry_dtod", 0.1), ("out_scale", 2.0), ("bm_test_negative_bound", False)])
def test_what_has_no_counterpart_is_refused(field, value):
    with pytest.raises(ValueError, match="no counterpart"):
        path_of({**CASES["io_npsum"]["params"], field: value})
