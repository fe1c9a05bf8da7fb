"""Every recorded vector of the paper's authors, through the script that users run; other sizes; and files that must not pass."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import check
import numpy as np
import pytest

FILES = sorted((Path(__file__).parent / "rules").glob("*.npz"))
COMPILED = ("online_ANP_B4_decor1_input1", "seq_WP_B4")
IS_PLAIN = os.environ.get("NEUROSIM_PYTHON") == "1"  # then the plain loop is what runs, twice
SIZES, STEPS, BATCH, ETA, SIGMA = (4, 6, 3), 7, 2, 0.3, 0.05


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    """Nets of this size run faster than they compile."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")


def contents(path):
    """The arrays of a file, writable."""
    with np.load(path, allow_pickle=False) as archive:
        return {key: archive[key].copy() for key in archive.files}


def saved(tmp_path, name, data):
    path = tmp_path / f"{name}.npz"
    np.savez(path, **data)
    return str(path)


# ---- the authors' files ---------------------------------------------------------------------------------------------------------
def test_all_forms_are_there():
    assert len(FILES) == 38
    assert {path.stem.partition("_")[0] for path in FILES} == {"bp", "decor", "online", "seq"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_package_repeats_what_the_authors_code_did(path):
    error, count = check.check(path)
    assert error <= 1e-9 and count >= 5


@pytest.mark.parametrize("name", COMPILED)
def test_the_compiled_loop_repeats_it_too(name, monkeypatch):
    if not IS_PLAIN:
        monkeypatch.delenv("NEUROSIM_PYTHON")
    monkeypatch.setattr(check, "ALWAYS_COMPILED", True)
    error, count = check.check(next(path for path in FILES if path.stem == name))
    assert error <= 1e-9 and count >= 5


def test_the_script_prints_a_line_per_file_and_succeeds(capsys):
    assert check.main([str(path) for path in FILES if path.stem.startswith("bp")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["bp_B1", "bp_B4"] and not any("ABOVE" in line for line in lines)


# ---- files that must not pass -----------------------------------------------------------------------------------------------------
DAMAGED = [
    ("online_NP_B1_decor0_input0", "new1_Wf0"), ("online_NP_B1_decor0_input0", "new12_R0"),
    ("online_NP_B1_decor0_input0", "new12x2_Wf1"), ("online_NP_B1_decor0_input0", "test_loss_mean3"),
    ("online_NP_B1_decor0_input0", "train_loss_2epochs"), ("online_ANP_B1_decor1_input1", "new3_D0"),
    ("online_WP_B1_decor1_input0", "new3_D1"), ("online_BP_B1_decor0_input0", "new12_R0"), ("seq_WP_B1", "new_R0"),
    ("seq_ANP_onelabel_B1", "new_Wf1"), ("seq_NP_B1", "clean_y"), ("seq_NP_B1", "clean_xhat1"),
    ("decor_B1_input1", "after_online_paperera_D0"), ("bp_B1", "bptt_R0"), ("bp_B1", "loss"),
]


@pytest.mark.parametrize(("name", "key"), DAMAGED, ids=lambda part: part)
def test_one_number_that_is_off_by_a_millionth_is_found(tmp_path, capsys, name, key):
    data = contents(FILES[0].with_stem(name))
    first = (0,) * data[key].ndim
    data[key][first] *= 1 + 1e-6
    assert check.main([saved(tmp_path, name, data)]) == 1
    assert "ABOVE 1e-09" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "key"), DAMAGED, ids=lambda part: part)
def test_one_number_that_is_none_is_found(tmp_path, name, key):
    data = contents(FILES[0].with_stem(name))
    data[key][(-1,) * data[key].ndim] = np.nan
    assert check.main([saved(tmp_path, name, data)]) == 1


def test_one_bad_file_among_good_ones_decides(tmp_path, capsys):
    data = contents(FILES[0].with_stem("bp_B4"))
    data["grad_R0"] *= 1 + 1e-6
    good = str(FILES[0].with_stem("bp_B4"))
    assert check.main([good, saved(tmp_path, "bp_damaged", data), good]) == 1
    assert ["ABOVE" in line for line in capsys.readouterr().out.splitlines()] == [False, True, False]


def test_the_exit_code_of_the_command_says_so(tmp_path):
    data = contents(FILES[0].with_stem("bp_B1"))
    data["bptt_R0"][0, 0] *= 1 + 1e-6
    codes = [
        subprocess.run([sys.executable, check.__file__, str(path)], capture_output=True, timeout=120).returncode
        for path in (FILES[0].with_stem("bp_B1"), saved(tmp_path, "bp_B1", data))]
    assert codes == [0, 1]


def test_nothing_to_check_is_no_success():
    assert check.main([]) == 1


def test_a_name_that_says_no_form_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="must start with seq_, online_, decor_ or bp_"):
        check.main([saved(tmp_path, "other", {"a": np.zeros(1)})])


# ---- other sizes ----------------------------------------------------------------------------------------------------------------
def node_perturbation(weights, data, z1, z2, state, draws):
    """Online NP of the authors in NumPy: (weights, clean state of both passes, mean clean loss); no decorrelation."""
    w_in, w_rec, w_out = (w.copy() for w in weights)
    (clean, noisy), losses = state, []
    for t, (x, y) in enumerate(zip(data["X"], data["Y"], strict=True)):
        u = x @ data["init_D0"].T
        before, clean, noisy = (
            clean, np.tanh(u @ w_in.T + clean @ w_rec.T) @ data["init_D1"].T,
            np.tanh(u @ w_in.T + noisy @ w_rec.T + SIGMA * z1[draws + t]) @ data["init_D1"].T)
        loss = np.mean((clean @ w_out.T - y) ** 2)
        difference = np.mean((noisy @ w_out.T + SIGMA * z2[draws + t] - y) ** 2) - loss
        step = -ETA * difference / SIGMA
        w_in += step * (SIGMA * z1[draws + t]).T @ u
        w_out += step * (SIGMA * z2[draws + t]).T @ clean
        if t > 0:
            w_rec += step * (SIGMA * z1[draws + t]).T @ before
        losses.append(loss)
    return (w_in, w_rec, w_out), (clean, noisy), np.mean(losses)


def response(weights, data, inputs, targets, clean):
    """Mean loss of the trained network, its state carried over."""
    w_in, w_rec, w_out = weights
    losses = []
    for x, y in zip(inputs, targets, strict=True):
        clean = np.tanh(x @ data["init_D0"].T @ w_in.T + clean @ w_rec.T) @ data["init_D1"].T
        losses.append(np.mean((clean @ w_out.T - y) ** 2))
    return np.mean(losses)


def synthetic():
    """A file of the form online_NP with sizes of our own."""
    rng = np.random.Generator(np.random.Philox(key=np.array([8, 8], np.uint64)))
    n_in, n, n_out = SIZES
    data = {"struct": np.array(SIZES), "B": np.array(BATCH), "sigma": np.array(SIGMA), "lr": np.array(ETA), "lr_decor": np.array(0.1)}
    for key, shape in (("Wf0", (n, n_in)), ("R0", (n, n)), ("Wf1", (n_out, n))):
        data[f"init_{key}"] = rng.standard_normal(shape) * np.sqrt(2 / sum(shape))
    for key, size in (("D0", n_in), ("D1", n)):
        data[f"init_{key}"] = np.eye(size) + 0.1 * rng.standard_normal((size, size))
    for key, size in (("X", n_in), ("Y", n_out)):
        data[key] = rng.standard_normal((STEPS, BATCH, size))
    for suffix, steps in (("", STEPS), ("_2epochs", 2 * STEPS)):
        data[f"z1{suffix}"], data[f"z2{suffix}"] = (rng.standard_normal((steps, BATCH, size)) for size in (n, n_out))
    start = tuple(data[f"init_{key}"] for key in ("Wf0", "R0", "Wf1"))
    rest = (np.zeros((BATCH, n)),) * 2

    def keep(prefix, weights):
        data.update({f"{prefix}{key}": w for key, w in zip(("Wf0", "R0", "Wf1"), weights, strict=True)})
        data.update({f"{prefix}{key}": data[f"init_{key}"] for key in ("D0", "D1")})

    for count in (1, 2, STEPS):
        part = {**data, "X": data["X"][:count], "Y": data["Y"][:count]}
        weights, (clean, _), loss = node_perturbation(start, part, data["z1"], data["z2"], rest, 0)
        keep(f"new{count}_", weights)
        data[f"train_loss_mean{count}"] = loss
        data[f"test_loss_mean{count}"] = response(weights, data, 0.5 * part["X"], part["Y"], clean)
    weights, train_loss, test_loss = start, [], []
    for epoch in range(2):
        weights, (clean, _), loss = node_perturbation(weights, data, data["z1_2epochs"], data["z2_2epochs"], rest, epoch * STEPS)
        train_loss.append(loss)
        test_loss.append(response(weights, data, 0.5 * data["X"], data["Y"], clean))
    keep(f"new{STEPS}x2_", weights)
    return data | {"train_loss_2epochs": np.array(train_loss), "test_loss_2epochs": np.array(test_loss)}


def test_other_sizes_than_the_authors_pass(tmp_path):
    error, count = check.check(saved(tmp_path, "online_NP_B2_decor0_input0", synthetic()))
    assert error <= 1e-9
    assert count == 3 * 7 + 4 + 5  # five matrices and two losses after 1, 2 and 7 steps, and after two epochs


def test_other_sizes_are_checked_as_strictly(tmp_path):
    data = synthetic()
    data["new7_R0"][5, 5] += 1e-6
    assert check.main([saved(tmp_path, "online_NP_B2_decor0_input0", data)]) == 1


def test_the_wrong_rule_does_not_pass(tmp_path):
    assert check.main([saved(tmp_path, "online_ANP_B2_decor0_input0", synthetic())]) == 1
