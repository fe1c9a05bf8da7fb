"""The program for ReckOn: its transactions, what it refuses, and that a decoder of its own computes the same bits from it."""
from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from export.clients import client
from export.integer_chips import agrees, busiest, exported, is_active, level_of, limited, resized, trained, unbiased, with_network, written

import neurosim.digital.reckon
from neurosim.digital.reckon import ReckOn
from neurosim.errors import InputError
from neurosim.export import Options
from neurosim.export.formats import reckon
from neurosim.export.integers import reckon_of
from neurosim.export.registry import exporter_of
from neurosim.export.semantics import run_float

NAME = "reckon.spi"
GOLDEN = Path(__file__).parents[2] / "golden"


def text(spec):
    """The program of a specification."""
    return reckon.HEADER + "".join(f"{address:08x} {data:08x}\n" for address, data in reckon.program(spec))


def test_the_recorded_program_is_written_byte_for_byte():
    """Made by hand and run on the chip's published Verilog (golden/export/reckon.*); golden/digital has the same network as arrays."""
    with np.load(GOLDEN / "digital" / "reckon.npz", allow_pickle=False) as file:
        names = ("weights_in", "weights_rec", "weights_out", "alpha", "threshold", "kappa", "shift_in", "shift_rec", "shift_out", "reset")
        fields = {name: file[name] for name in names if name in file.files}
    if "reset" in fields:
        fields["reset"] = str(fields["reset"])
    assert text(ReckOn(**fields)) == (GOLDEN / "export" / NAME).read_text()


def test_the_decoder_agrees_with_the_recorded_run():
    done = client(sys.executable, "run_reckon.py", GOLDEN / "export" / NAME, GOLDEN / "export" / "reckon.npz")
    assert done.returncode == 0, done.stdout + done.stderr


KINDS = {
    "zero": lambda: trained("reckon"), "subtract": lambda: trained("reckon", reset="subtract", tau_s=500e-3),
    "no bias": lambda: unbiased(trained("reckon", threshold=0.5))}


@pytest.mark.parametrize("kind", KINDS)
def test_the_decoder_computes_the_same_bits(tmp_path, kind):
    record, expected, folder = exported(KINDS[kind](), "reckon", tmp_path)
    assert is_active(expected["spikes"]) and len(np.unique(expected["outputs"])) > 20
    assert [tensor["error"] for tensor in record["tensors"]] == [0.0] * len(record["tensors"])
    assert agrees(sys.executable, "reckon", folder / NAME)


@pytest.mark.parametrize(("hidden", "inputs", "outputs"), [(13, 5, 16), (70, 6, 3)])
def test_odd_and_large_networks_agree_too(tmp_path, hidden, inputs, outputs):
    """13 neurons leave half a pair, 70 need registers 65 and 66 and five groups of weights."""
    network = resized(trained("reckon", tau_s=500e-3), hidden, inputs, outputs)
    network = replace(network, recurrent=network.recurrent * 12 / hidden, bias=np.abs(network.bias) / 4)
    shown = np.arange(30 * inputs).reshape(30, inputs) * 7 % 5 < 2
    found = written(network, "reckon", tmp_path, shown)
    assert 0.05 < found["spikes"].mean() < 0.6 and agrees(sys.executable, "reckon", tmp_path / NAME)


def test_an_export_without_losses_gives_the_outputs_of_the_task(tmp_path):
    """The chip reads every spike one tick later: shifted, and in units of the task, they are W s."""
    network = trained("reckon")
    parcel, shown = exporter_of("reckon")(network, Options()), network.shown(40)
    found = parcel.run(parcel.encode(shown))
    assert np.allclose(parcel.decode(found), found["spikes"] @ network.readout.T, atol=1e-12)
    exact = run_float(network, shown)["spikes"]
    assert (found["spikes"] != exact).mean() < 0.02  # the same neurons in whole numbers


def test_leaky_outputs_keep_the_nearest_part_and_say_so():
    network = with_network(trained("reckon"), readout_tau_steps=10.0)
    chip = reckon_of(network, "reckon", False)
    assert chip.spec.kappa == 116 and "outputs keep 0.90625 from tick to tick, the trained ones 0.9048374" in chip.lost
    assert reckon_of(trained("reckon"), "reckon", False).spec.kappa == 0
    parcel, found = exporter_of("reckon")(network, Options()), run_float(network, network.shown(40))["outputs"]
    assert np.allclose(parcel.decode(parcel.run(parcel.encode(network.shown(40)))), found, atol=0.1 * np.abs(found).max())


def test_the_bias_is_an_input_that_always_fires():
    network = trained("reckon")
    chip = reckon_of(network, "reckon", False)
    assert chip.has_line and np.allclose(chip.spec.weights_in[:, -1] * level_of(network), network.bias)
    assert exporter_of("reckon")(network, Options()).encode(np.zeros((1, 6)))[:, -1].tolist() == [1, 1]


@pytest.mark.parametrize(("sizes", "said"), [
    ((257, 6, 5), "reckon: weights_in: neurons: has 257; this chip has room for 256"),
    ((12, 256, 5), "reckon: weights_in: inputs: has 257; this chip has room for 256"),
    ((12, 6, 17), "reckon: weights_out: outputs: has 17; this chip has room for 16")])
def test_a_network_larger_than_the_chip_is_refused(sizes, said):
    with pytest.raises(InputError) as caught:
        exporter_of("reckon")(resized(trained("reckon"), *sizes), Options())
    assert str(caught.value) == said


def test_neurons_of_a_pair_that_differ_are_refused():
    spec = reckon_of(trained("reckon"), "reckon", False).spec
    fields = {name: getattr(spec, name) for name in ("weights_in", "weights_rec", "weights_out", "threshold", "kappa")}
    alpha = spec.alpha.copy()
    alpha[3] += 1
    with pytest.raises(InputError, match="of neurons 2 and 3; a pair shares one"):
        neurosim.digital.reckon.ReckOn(alpha=alpha, **fields)


DAMAGES = {
    "input weight": lambda spec, i: {"weights_in": plus(spec.weights_in, (i, 0))},
    "recurrent weight": lambda spec, i: {"weights_rec": plus(spec.weights_rec, ((i + 1) % len(spec.weights_rec), i))},
    "readout weight": lambda spec, i: {"weights_out": plus(spec.weights_out, (0, i))},
    "transposed": lambda spec, i: {"weights_rec": spec.weights_rec.T},
    "bias": lambda spec, i: {"weights_in": np.column_stack([spec.weights_in[:, :-1], 0 * spec.weights_in[:, -1]])},
    "reset": lambda spec, i: {"reset": "subtract"},
    "threshold": lambda spec, i: {"threshold": spec.threshold + spec.threshold // 20},
    "leak": lambda spec, i: {"alpha": spec.alpha + 1},
    "high bits of the leak": lambda spec, i: {"alpha": spec.alpha + 2**12 if spec.alpha[0] < 2**15 else spec.alpha - 2**12},
    "shift": lambda spec, i: {"shift_in": spec.shift_in - 1},
    "recurrent shift": lambda spec, i: {"shift_rec": spec.shift_rec - 1},
    "readout shift": lambda spec, i: {"shift_out": spec.shift_out - 1},
    "kappa": lambda spec, i: {"kappa": spec.kappa + 1}}


def plus(weights, place):
    """One weight off by one."""
    copy = weights.copy()
    copy[place] += 1 if copy[place] < 127 else -1
    return copy


def leaky():
    """With leaky outputs."""
    return with_network(limited(trained("reckon"), -100, 100), readout_tau_steps=10.0)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return exported(leaky(), "reckon", tmp_path_factory.mktemp("reckon"))


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_decoder_notices_a_damaged_program(original, tmp_path, damage):
    _, expected, folder = original
    folder = shutil.copytree(folder, tmp_path / "damaged")
    spec = reckon_of(leaky(), "reckon", False).spec
    (folder / NAME).write_text(text(replace(spec, **DAMAGES[damage](spec, busiest(expected["spikes"])))))
    assert not agrees(sys.executable, "reckon", folder / NAME)


@pytest.mark.parametrize("end", ["80010000 00000000\n", "00010009 00000001\n"])
def test_the_decoder_wants_a_program_that_ends_and_only_infers(tmp_path, end):
    _, _, folder = exported(trained("reckon"), "reckon", tmp_path)
    lines = (folder / NAME).read_text().splitlines(keepends=True)
    (folder / NAME).write_text("".join([*lines[:-1], end, *lines[-1:]]))
    assert client(sys.executable, "run_reckon.py", folder / NAME, folder / "expected.npz").returncode == 1
