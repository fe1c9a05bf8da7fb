"""NIR files: what they hold, what they refuse, and that three simulators compute the same from them."""
from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace

import h5py
import numpy as np
import pytest
from export.clients import client, needed
from export.networks import awkward, rate, spiking

from neurosim.errors import InputError
from neurosim.export import Options, export_network
from neurosim.export.euler import euler_tau, exact_tau
from neurosim.export.nir_file import Node, nir_bytes
from neurosim.export.registry import exporter_of
from neurosim.export.semantics import run_float

KINDS = {"LIF": {}, "CubaLIF": {"synapse_s": 5e-3}}
STEPS = 60


def network(kind="LIF", **membrane):
    """A trained network, made awkward; the membrane is changed afterwards."""
    return changed(awkward(spiking(**KINDS[kind])), **membrane)


def changed(trained, **membrane):
    """The same with another membrane."""
    network = trained.network
    return replace(trained, network=network.model_copy(update={"membrane": network.membrane.model_copy(update=membrane)}))


def parcel(trained, **options):
    return exporter_of("nir")(trained, Options(**options))


@pytest.fixture
def python():
    return needed("spikingjelly", "nir")


def exported(trained, folder, **options):
    """The file and its vectors, which are of neurons that do something and are not near their thresholds."""
    export_network(trained, "nir", folder, STEPS, Options(**options))
    with np.load(folder / "expected.npz", allow_pickle=False) as expected:
        assert 0.02 < expected["spikes"].mean() < 0.6 and expected["outputs"].any()
        with h5py.File(folder / "network.nir") as file:
            assert np.abs(expected["potential"] - file["node/nodes/lif/v_threshold"][()]).min() > 1e-4
    return folder / "network.nir"


@pytest.mark.clients
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("simulator", "options"), [
    ("spikingjelly", {}), ("norse", {}), ("read", {}), ("snntorch", {"loop_identity": True}), ("spikingjelly", {"loop_identity": True})])
def test_simulators_compute_the_same(kind, simulator, options, python, tmp_path):
    file = exported(network(kind), tmp_path / "out", **options)
    found = client(python, "run_nir.py", simulator, tmp_path / "out" / "expected.npz", file)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.clients
@pytest.mark.parametrize("kind", KINDS)
def test_norse_has_neurons_that_differ(kind, python, tmp_path):
    spread = {"tau_s": 0.2, "threshold": 0.1, **({"synapse_s": 0.1} if kind == "CubaLIF" else {})}
    trained = network(kind, spread=spread)
    assert parcel(trained).client == "norse 1.1.0"
    file = exported(trained, tmp_path / "out")
    found = client(python, "run_nir.py", "norse", tmp_path / "out" / "expected.npz", file)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.clients
@pytest.mark.parametrize("kind", KINDS)
def test_snn_mlir_can_compile_it(kind, python, tmp_path):
    file = exported(network(kind), tmp_path / "out")
    found = subprocess.run([python, "-m", "snn_mlir._cli", "check", str(file)], env={}, capture_output=True, text=True)
    assert found.returncode == 0 and "supported" in found.stdout, found.stdout + found.stderr


def grid_step(nodes):
    """The smallest change of a weight that the file can hold, of a synapse that is used."""
    weight = nodes["w_in/weight"]
    row = [*weight[0], *nodes["w_rec/weight"][0], nodes["w_in/bias"][0]]
    step = 1 / max(float(value).as_integer_ratio()[1] for value in row)
    weight[0, 0] += np.float32(step)


def scale(name, factor):
    def damage(nodes):
        nodes[name][...] = nodes[name][()] * np.float32(factor)
    return damage


def transpose(nodes):
    nodes["w_rec/weight"][...] = nodes["w_rec/weight"][()].T


def wrong_reset(nodes):
    nodes["lif/v_reset"][...] = np.float32(0.05)


DAMAGES = {
    "weight off by one grid step": grid_step, "transposed": transpose, "bias lost": scale("w_in/bias", 0), "reset": wrong_reset,
    "threshold": scale("lif/v_threshold", 1.1), "readout": scale("w_out/weight", 1.001), "input scale": scale("w_in/weight", 2),
    "LIF": {"tau": scale("lif/tau", 1.001), "dt": scale("lif/tau", 10), "r": scale("lif/r", 1.01)},
    "CubaLIF": {"tau": scale("lif/tau_mem", 1.001), "synapse": scale("lif/tau_syn", 1.001), "dt": scale("lif/tau_mem", 10)}}


@pytest.mark.clients
@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_are_caught(kind, python, tmp_path):
    good = exported(network(kind), tmp_path / "out")
    damages, files = {**{k: v for k, v in DAMAGES.items() if callable(v)}, **DAMAGES[kind]}, []
    for k, damage in enumerate(damages.values()):
        files.append(shutil.copy(good, tmp_path / f"{k}.nir"))
        with h5py.File(files[-1], "r+") as file:
            damage(file["node/nodes"])
    found = client(python, "run_nir.py", "spikingjelly", tmp_path / "out" / "expected.npz", good, *files)
    verdicts = [line for line in found.stdout.splitlines() if line in ("equal", "different")]
    assert dict(zip(["good", *damages], verdicts)) == {"good": "equal", **dict.fromkeys(damages, "different")}, found.stdout + found.stderr


def near(found, exact):
    """Equal as far as weights of single precision can make it."""
    return np.abs(found - exact).max() < 1e-6 * np.abs(exact).max()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{}, {"loop_identity": True}])
def test_the_euler_steps_of_the_file_are_the_exact_steps_of_the_chip(kind, options):
    trained = network(kind)
    found, exact = parcel(trained, **options).run(trained.shown(STEPS)), run_float(trained, trained.shown(STEPS))
    assert (found["spikes"] == exact["spikes"]).all() and exact["spikes"].any()
    assert near(found["v"], exact["v"]) and near(found["outputs"], exact["outputs"])


def test_time_constants_of_both_kinds_of_step_are_inverse():
    tau = np.array([1e-4, 1e-3, 20e-3, 1e3])
    assert np.allclose(exact_tau(euler_tau(tau, 1e-3), 1e-3), tau, rtol=1e-6)
    assert np.allclose(1 - 1e-3 / euler_tau(tau, 1e-3), np.exp(-1e-3 / tau), atol=1e-15)


def test_resting_is_the_zero_of_the_potential_of_the_file():
    trained = network(resting=-0.5, threshold=0.5, reset="value")
    made = parcel(trained)
    assert made.about["potential_zero"] == -0.5
    exact = run_float(trained, trained.shown(STEPS))
    found = made.run(trained.shown(STEPS))
    assert (found["spikes"] == exact["spikes"]).all() and near(found["v"] - 0.5, exact["v"])


def contents(parcel, folder):
    """Type and arrays of every node."""
    path = folder / "n.nir"
    path.write_bytes(parcel.files["network.nir"])
    with h5py.File(path) as file:
        assert file["version"][()] == b"1.0.8" and file["node/type"][()] == b"NIRGraph"
        edges = [(a.decode(), b.decode()) for a, b in file["node/edges"][()]]
        return {name: {key: item[()] for key, item in node.items()} for name, node in file["node/nodes"].items()}, edges


@pytest.mark.parametrize("kind", KINDS)
def test_the_graph_is_flat_and_in_seconds(kind, tmp_path):
    trained = network(kind)
    nodes, edges = contents(parcel(trained), tmp_path)
    types = {"input": b"Input", "w_in": b"Affine", "lif": kind.encode(), "w_rec": b"Linear", "w_out": b"Linear", "output": b"Output"}
    assert {name: node["type"] for name, node in nodes.items()} == types
    assert edges == [("input", "w_in"), ("w_in", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "w_out"), ("w_out", "output")]
    lif = nodes["lif"]
    assert all(array.dtype == np.float32 for node in nodes.values() for key, array in node.items() if key not in ("type", "shape"))
    if kind == "LIF":
        keep = np.exp(-1 / 20)
        assert (lif["r"] == 1).all() and np.allclose(nodes["w_rec"]["weight"], keep / (1 - keep) * trained.recurrent, atol=1e-4)
        assert np.allclose(lif["tau"], 1e-3 / (1 - keep))
    else:
        assert np.allclose(lif["r"], lif["tau_mem"] / 1e-3) and np.allclose(lif["w_in"], lif["tau_syn"] / 1e-3)
        assert np.allclose(lif["tau_syn"], 1e-3 / (1 - np.exp(-1 / 5)))


def test_the_loop_for_snntorch_has_a_third_node_and_its_steps(tmp_path):
    made = parcel(network(), loop_identity=True)
    nodes, edges = contents(made, tmp_path)
    assert (nodes["w_id"]["weight"] == np.eye(20)).all() and ("w_rec", "w_id") in edges and ("w_rec", "lif") not in edges
    assert np.allclose(nodes["lif"]["r"], nodes["lif"]["tau"] / 1e-4)
    assert made.step_s == 1e-4 and "the only step that snnTorch takes" in made.lost[0]
    record = export_network(network(), "nir", tmp_path / "out", 5, Options(loop_identity=True))
    assert record["dt_s"] == 1e-4 and np.load(tmp_path / "out" / "expected.npz", allow_pickle=False)["dt"] == 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_single_precision_adds_the_weights_without_rounding(kind, tmp_path):
    nodes, _ = contents(parcel(network(kind)), tmp_path)
    rows = np.hstack([nodes["w_in"]["weight"], nodes["w_in"]["bias"][:, None], nodes["w_rec"]["weight"]])
    forwards, backwards = rows.cumsum(1)[:, -1], rows[:, ::-1].cumsum(1)[:, -1]
    assert (forwards == backwards).all() and (forwards == rows.astype(float).sum(1)).all()


def test_the_same_network_gives_the_same_bytes_in_another_process_too():
    made = [nir_bytes({"a": Node("Linear", {"weight": np.ones((2, 3), np.float32)})}, [("a", "a")], {"dt": 1e-3}) for _ in range(2)]
    program = ("import numpy, sys; from neurosim.export.nir_file import Node, nir_bytes; junk = [bytes(range(256)) * k for k in range(99)];"
               "sys.stdout.buffer.write(nir_bytes({'a': Node('Linear', {'weight': numpy.ones((2, 3), numpy.float32)})},"
               "[('a', 'a')], {'dt': 1e-3}))")
    other = subprocess.run([sys.executable, "-c", program], capture_output=True).stdout
    assert made[0] == made[1] == other
    trained = network()
    assert parcel(trained).files == parcel(trained).files


def test_what_rounding_cost_is_accounted_for():
    accounts = {tensor.name: tensor for tensor in parcel(network("CubaLIF")).tensors}
    assert set(accounts) == {"inputs", "recurrent", "bias", "readout", "tau", "tau_syn", "v_threshold"}
    steps = np.array(accounts["recurrent"].step)
    assert 0 < accounts["recurrent"].error <= steps.max() / 2 and (np.log2(steps) % 1 == 0).all() and len(steps) == 20
    assert 0 < accounts["tau"].error < 1e-8


@pytest.mark.parametrize(("trained", "options", "said"), [
    (lambda: rate("ideal"), {}, "--to = 'nir'; network.neuron = 'tanh': the format has spiking neurons only"),
    (lambda: network(reset="subtract"), {}, "network.membrane.reset = 'subtract': neurons of NIR are set to v_reset"),
    (lambda: network(reset="value", reset_to=-0.3), {}, "resets to -0.3 and rests at 0"),
    (lambda: network(adaptation_s=0.1, jump=0.1), {}, "network.membrane.adaptation_s = 0.1"),
    (lambda: network(refractory_s=2e-3), {}, "network.membrane.refractory_s = 0.002"),
    (lambda: network("CubaLIF", inhibitory_s=1e-2), {}, "network.membrane.inhibitory_s = 0.01"),
    (lambda: network("CubaLIF", inhibitory_s=1e-2, reversal_e=2.0, reversal_i=-1.0), {}, "network.membrane.inhibitory_s = 0.01"),
    (lambda: network(graded_bits=4), {}, "network.membrane.graded_bits = 4"),
    (lambda: network(tau_s=1e-5), {}, "network.membrane.tau_s = 1e-05: too short for steps of 0.001 s"),
    (lambda: network(spread={"tau_s": 0.1}), {"loop_identity": True}, "snnTorch has the same neurons everywhere"),
    (lambda: replace(network(), delays=np.ones(20, int)), {}, "the format has no delays"),
    (lambda: replace(network(), network=network().network.model_copy(update={"readout_tau_steps": 3.0})), {}, "readout_tau_steps = 3"),
    (lambda: replace(network(), recurrent=np.where(np.eye(20) > 0, np.nan, network().recurrent)), {}, "recurrent[0, 0] = nan"),
    (lambda: replace(network(), readout=1e39 * network().readout), {}, "must be a finite number")])
def test_what_the_format_cannot_hold_is_refused(trained, options, said, tmp_path):
    with pytest.raises(InputError) as caught:
        export_network(trained(), "nir", tmp_path / "out", options=Options(**options))
    assert said in str(caught.value) and not (tmp_path / "out").exists()
