"""Crossbars: that ngspice and badcrossbar find the same currents, that every file holds the same conductances, and what is refused."""
from __future__ import annotations

import sys
from dataclasses import replace

import h5py
import numpy as np
import pytest
from export.clients import client, needed
from export.crossbars import asked, is_active, made_up, on_chip
from required import program

from neurosim.chip import Trained, compile_chip
from neurosim.circuits.nodal import Wires
from neurosim.errors import InputError
from neurosim.export import Options, export_network, of_chip
from neurosim.export.conductances import arrays_of, crossbars_of, held, wires_of
from neurosim.export.formats import crossbar
from neurosim.export.semantics import run_float
from neurosim.placement import place
from neurosim.profile import load
from neurosim.rules import Decorrelation

STEPS = 40


@pytest.fixture
def solver():
    return needed("badcrossbar", "xbar")


def exported(trained, folder, vectors=STEPS):
    """The manifest, the crossbars, and the numbers of the tiles."""
    record = export_network(trained, "crossbar", folder, vectors)
    return record, range(len(record["conventions"]["tiles"]))


def passes(found):
    """Whether a client is content; it has to say something either way."""
    assert found.stdout or found.stderr
    return found.returncode == 0


# ---- clients ---------------------------------------------------------------------------------------------------------------
CASES = [(kind, profile) for kind in ("rate", "spiking") for profile in ("neurram", "hermes64", "wired", "wired pair", "tiled")]
CASES += [("awkward", "wired"), ("awkward", "hermes64")]


@pytest.mark.parametrize("kind, profile", [*CASES, ("rate", "driven"), ("rate", "referenced")])
class TestNgspice:
    pytestmark = pytest.mark.spice

    def test_finds_the_same_currents(self, kind, profile, tmp_path):
        _, tiles = exported(on_chip(kind, profile), tmp_path / "out")
        for k in [*tiles][:3]:
            found = client(sys.executable, "run_spice.py", tmp_path / "out" / f"tile{k}.cir", tmp_path / "out" / f"tile{k}.npz")
            assert passes(found), found.stdout + found.stderr


@pytest.mark.parametrize("kind, profile", CASES)
def test_badcrossbar_finds_the_same_currents(kind, profile, solver, tmp_path):
    _, tiles = exported(on_chip(kind, profile), tmp_path / "out")
    found = client(solver, "run_badcrossbar.py", tmp_path / "out" / "crossbar.csv", *(tmp_path / "out" / f"tile{k}.npz" for k in tiles))
    assert passes(found) and found.stdout.count("0 differ") == len(tiles), found.stdout + found.stderr


def test_no_conductance_is_minus_zero(tmp_path):
    """Training leaves -0.0 on devices of pairs: as a resistance, minus infinity."""
    trained = on_chip("rate", "hermes64")
    chip = trained.chip
    kept = {name: array.copy() for name, array in chip.state().items()}
    try:
        for name, array in chip.state().items():
            if name.endswith(("g_plus", "g_minus")):
                array[::2] = -0.0
        export_network(trained, "crossbar", tmp_path / "out")
    finally:
        chip.restore(kept)
    assert "-0.0" not in (tmp_path / "out" / "crossbar.csv").read_text()


@pytest.mark.parametrize("kind, profile", [*CASES, ("rate", "driven"), ("rate", "referenced")])
def test_every_file_holds_the_same_conductances_and_the_weights_of_the_network(kind, profile, tmp_path):
    exported(on_chip(kind, profile), tmp_path / "out")
    found = client(sys.executable, "run_crossbar_files.py", tmp_path / "out", tmp_path / "out")
    assert passes(found), found.stdout + found.stderr
    with np.load(tmp_path / "out" / "expected.npz", allow_pickle=False) as expected:
        assert is_active(expected)


# ---- damage ----------------------------------------------------------------------------------------------------------------
def moved(one):
    """One device off by one level."""
    plus = one.plus.copy()
    plus.flat[plus.argmax()] -= 0.02 * one.held.unit_S
    return one._replace(plus=plus)


DAMAGES = {  # tile, what happens to it
    "a conductance off by one level": (0, moved),
    "plus and minus swapped": (0, lambda one: one._replace(plus=one.minus, minus=one.plus)),
    "a tile transposed": (1, lambda one: one._replace(plus=one.plus.T, minus=one.minus.T)),
    "the bias row lost": (0, lambda one: one._replace(plus=one.plus[:-1], minus=one.minus[:-1])),
    "a column shifted": (0, lambda one: one._replace(plus=np.roll(one.plus, 1, axis=1))),
    "wrong w_per_S": (0, lambda one: one._replace(held=one.held._replace(weight_per_S=1.001 * one.held.weight_per_S))),
    "wrong wires": (0, lambda one: one)}


def scripts_that_see(damage):
    """No current depends on w_per_S; badcrossbar takes the wires from what is expected."""
    blind = {"wrong w_per_S": ("run_spice.py", "run_badcrossbar.py"), "wrong wires": ("run_badcrossbar.py",)}.get(damage, ())
    return [one for one in ("run_spice.py", "run_badcrossbar.py", "run_crossbar_files.py") if one not in blind]


@pytest.mark.parametrize("damage, script", [(damage, script) for damage in DAMAGES for script in scripts_that_see(damage)])
def test_damage_is_caught(damage, script, tmp_path, monkeypatch):
    tile, harm = DAMAGES[damage]
    trained = on_chip("rate", "wired")
    exported(trained, tmp_path / "whole")
    monkeypatch.setattr(crossbar, "crossbars_of", lambda *given: [
        harm(one) if k == tile else one for k, one in enumerate(crossbars_of(*given))])
    if damage == "wrong wires":
        monkeypatch.setattr(crossbar, "wires_of", lambda profile: wires_of(profile)._replace(input_Ohm=2.1))
    (tmp_path / "harmed").mkdir()
    for name, content in crossbar.export(trained, Options()).files.items():
        (tmp_path / "harmed" / name).write_bytes(content.encode() if isinstance(content, str) else content)
    expected = tmp_path / "whole" / f"tile{tile}.npz"
    if script == "run_spice.py":
        program("ngspice")
        found = client(sys.executable, script, tmp_path / "harmed" / f"tile{tile}.cir", expected)
    elif script == "run_badcrossbar.py":
        found = client(needed("badcrossbar", "xbar"), script, tmp_path / "harmed" / "crossbar.csv", expected)
    else:
        found = client(sys.executable, script, tmp_path / "harmed", tmp_path / "whole")
    assert not passes(found) and "Traceback" not in found.stderr, found.stdout + found.stderr


# ---- what the files hold ---------------------------------------------------------------------------------------------------
def test_a_pair_is_exported_as_the_chip_holds_it():
    trained = on_chip("rate", "hermes64")
    array = trained.chip.arrays["recurrent"]
    found, pair = held(array, trained.profile), array.device.inner
    each = 20.7e-6 / 2.0 / array.scale
    assert np.allclose(found.plus, pair.g_plus[:10, :10] * each, rtol=1e-13)
    assert np.allclose(found.minus, pair.g_minus[:10, :10] * each, rtol=1e-13)
    assert np.allclose(found.read, trained.recurrent, rtol=0, atol=1e-12) and (found.minus > 0).any()


def test_a_device_of_both_signs_is_in_the_column_of_its_sign():
    trained = on_chip("rate", "neurram")
    found = held(trained.chip.arrays["recurrent"], trained.profile)
    assert ((found.plus == 0) | (found.minus == 0)).all() and np.allclose(found.read, trained.recurrent, rtol=0, atol=1e-12)
    assert (found.plus > 0).any() and (found.minus > 0).any()


def test_with_g_min_a_device_stands_on_its_line_against_its_reference():
    """-1 is g_min_S, the larger bound g_max_S; the device holds its weight plus its reference."""
    trained = on_chip("rate", "referenced")
    found = held(trained.chip.arrays["recurrent"], trained.profile)
    assert found.zero_S == pytest.approx((1e-6 + 1e-4) / 2) and found.unit_S == pytest.approx((1e-4 - 1e-6) / 2)
    assert np.ptp(found.minus) > 0 and np.allclose(found.read, trained.recurrent, rtol=0, atol=1e-12)


def test_tiles_cover_the_matrices_and_say_where_they_belong(tmp_path):
    trained = on_chip("rate", "tiled")
    record, tiles = exported(trained, tmp_path / "out", 0)
    assert len(tiles) == 4 + 6 + 3
    with h5py.File(tmp_path / "out" / "crossbar.h5") as file:
        for name, matrix in (("inputs", np.hstack([trained.inputs, trained.bias[:, None]])), ("recurrent", trained.recurrent)):
            group, found = file[f"network/{name}"], np.zeros(matrix.shape)
            assert tuple(group.attrs["shape"]) == matrix.shape
            assert group.attrs["bias_row"] == (6 if name == "inputs" else -1)
            for k in group.attrs["tiles"]:
                tile = file[f"tiles/{k}"]
                weights = (tile["g_plus"][()] - tile["g_minus"][()]).T * tile.attrs["w_per_S"]
                i, j = tile.attrs["col0"], tile.attrs["row0"]
                found[i:i + weights.shape[0], j:j + weights.shape[1]] += weights
                assert tile.attrs["matrix"] == name and max(tile["g_plus"].shape) <= 8 and tile.attrs["dac_bits"] == 7
            # wires take up to some per cent from what the chip reads; the devices hold the weights themselves
            assert np.allclose(found, trained.chip.arrays[name].stored(), rtol=0, atol=1e-12)
            assert 1e-4 < np.abs(found - matrix).max() / np.abs(matrix).max() < 0.1


def test_the_exported_network_is_read_through_its_wires():
    """What it computes is that of the matrices of the exact circuit, close to the chip's own approximation of it."""
    trained = on_chip("rate", "wired pair")
    parcel = crossbar.export(trained, Options())
    outputs = parcel.run(trained.shown(STEPS))["outputs"]
    exact = crossbar.export(replace(trained, chip=None, profile=made_up("pair")), Options()).run(trained.shown(STEPS))["outputs"]
    assert 0 < np.abs(outputs - exact).max() < 0.05 * np.abs(exact).max()


def test_the_currents_of_perfect_wires_are_the_product():
    trained = on_chip("rate", "hermes64")
    one = crossbars_of({"recurrent": held(trained.chip.arrays["recurrent"], trained.profile)}, trained.profile)[0]
    volts = np.linspace(-0.2, 0.2, 10)[None]
    currents = one.currents(volts, Wires(0.0, 0.0))
    weights = (currents[:, 0::2] - currents[:, 1::2]) * one.held.weight_per_S
    assert np.allclose(weights, volts @ trained.recurrent.T, rtol=0, atol=1e-12)


def test_without_a_chip_nominal_devices_are_asked_for_the_weights(tmp_path):
    trained = asked("spiking", "wired pair")
    record, _ = exported(trained, tmp_path / "out")
    assert record["conventions"]["conductances"] == "targets on nominal devices"
    assert max(tensor["error"] for tensor in record["tensors"]) < 1e-12
    found = client(sys.executable, "run_crossbar_files.py", tmp_path / "out", tmp_path / "out")
    assert passes(found), found.stdout
    assert np.allclose(arrays_of(trained)["recurrent"].device.inner.plus.upper[:10, :10].std(), 0.0)


def test_decorrelation_has_tiles_of_its_own(tmp_path):
    trained = on_chip("rate", "hermes64", decorrelation=Decorrelation(rate=1e-2, inputs=True))
    record, tiles = exported(trained, tmp_path / "out")
    assert [tile["matrix"] for tile in record["conventions"]["tiles"]] == ["inputs", "recurrent", "readout", "lateral", "input_lateral"]
    assert any("tiles of their own" in sentence for sentence in record["fidelity"]["lost"])
    outputs = crossbar.export(trained, Options()).run(trained.shown(STEPS))["outputs"]
    assert np.allclose(outputs, run_float(trained, trained.shown(STEPS))["outputs"], rtol=0, atol=1e-9)


def test_a_digital_readout_is_numbers_beside_the_tiles(tmp_path):
    before = on_chip("rate", "neurram")
    chip = compile_chip(before.profile, before.network, 1, "float64", "digital", trained=Trained(before.chip.weights()))
    exported(of_chip(chip, before.dataset), tmp_path / "out")
    with h5py.File(tmp_path / "out" / "crossbar.h5") as file:
        assert np.array_equal(file["network/readout/weights"][()], before.readout)
        assert file["network/readout"].attrs["tiles"].size == 0 and len(file["tiles"]) == 2


def test_the_same_network_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        exported(on_chip("rate", "tiled"), tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) > 10 and all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_vectors_are_random_ones_and_those_of_the_task(tmp_path):
    exported(on_chip("spiking", "hermes64"), tmp_path / "out")
    for k, rows in enumerate((7, 10, 10)):
        with np.load(tmp_path / "out" / f"tile{k}.npz", allow_pickle=False) as found:
            assert found["inputs"].shape == (10, rows) and found["tol"] == 1e-6 and found["wire_ohm"] == 0.0
            assert set(np.unique(found["inputs"][6:])) == {0.0, 0.2}  # spikes, at the voltage of activity 1
            assert np.array_equal(found["differential"], found["outputs"][:, 0::2] - found["outputs"][:, 1::2])


# ---- refusals --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("profile, said", [
    ("fixed8", "fixed8.toml: weights.format = 'fixed_point'; a crossbar holds 'conductance'"),
    ("reram-sb", "reram-sb.toml: device.g_max_S: is missing; without it nobody knows what conductance a weight is")])
def test_a_profile_without_conductances_is_refused_with_the_field(profile, said, tmp_path):
    trained = replace(on_chip(), profile=load(profile), chip=None)
    with pytest.raises(InputError) as refused:
        export_network(trained, "crossbar", tmp_path / "out")
    assert str(refused.value) == said and not (tmp_path / "out").exists()


def test_g_min_of_a_pair_is_refused():
    trained = replace(on_chip(), profile=made_up("pair", g_min_S=1e-6), chip=None)
    with pytest.raises(InputError, match="device.g_min_S = 1e-06; is the conductance of the normalised weight -1"):
        crossbar.export(trained, Options())


def test_matrices_that_are_not_those_of_the_chip_are_refused():
    trained = on_chip()
    with pytest.raises(InputError, match="trained.recurrent: is not what trained.chip holds"):
        crossbar.export(replace(trained, recurrent=2 * trained.recurrent), Options())


def test_what_is_not_a_number_is_refused():
    trained = replace(on_chip(), chip=None)
    recurrent = trained.recurrent.copy()
    recurrent[2, 3] = np.nan
    with pytest.raises(InputError, match=r"recurrent\[2, 3\] = nan"):
        crossbar.export(replace(trained, recurrent=recurrent), Options())


def test_a_conductance_below_nothing_is_refused():
    profile = made_up("soft", g_min_S=1e-6, reference_mean=-0.9, reference_std=0.0, zero_shifted=False)
    with pytest.raises(InputError, match=r"recurrent: g_plus\[\d, \d\] = -.* S; no device conducts less than nothing"):
        held(place("recurrent", 1, -np.eye(5), None, profile, 1, np.float64)._replace(scale=0.5), profile)
