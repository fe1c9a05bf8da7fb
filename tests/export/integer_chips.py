"""Networks that were trained with the integer neurons of a chip, their exports, and what a client says of them."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
from export.clients import client
from export.networks import ZERO, awkward, spiking

from neurosim.export import Options, export_network
from neurosim.export.deterministic import npz_bytes
from neurosim.export.registry import exporter_of

STEPS = 60
PROFILES = {"xylo": "xylo-audio", "loihi": "loihi1", "reckon": "reckon", "sanafe": "loihi1"}
MEMBRANES = {"xylo": {"reset": "subtract", "synapse_s": 5e-3, "threshold": 0.4}}


def trained(to, **membrane):
    """An awkward network that has learned for an epoch with the neurons of the chip of a format, which may be changed afterwards."""
    network = awkward(spiking(PROFILES[to], 12, 1, **MEMBRANES.get(to, {})))
    return with_membrane(network, **membrane) if membrane else network


def level_of(network):
    """Weight of one level of the profile."""
    return float(network.profile.weights.range.v) / (2 ** (int(network.profile.weights.bits.v) - 1) - 1)


def limited(network, low, high):
    """The same with the weights of the hidden neurons within so many levels."""
    level = level_of(network)
    inputs, recurrent, bias = (np.clip(array, low * level, high * level) for array in (network.inputs, network.recurrent, network.bias))
    return replace(network, inputs=inputs, recurrent=recurrent, bias=bias)


def with_network(network, **topology):
    """The same matrices under another topology."""
    return replace(network, network=network.network.model_copy(update=topology))


def with_membrane(network, **membrane):
    """The same matrices under another membrane."""
    return with_network(network, membrane=network.network.membrane.model_copy(update=membrane))


def unbiased(network):
    """The same without a bias."""
    return replace(with_network(network, bias=False), bias=None)


def resized(network, hidden, inputs, outputs):
    """The same network over and over until it has these sizes, without a task."""
    shapes = {"inputs": (hidden, inputs), "recurrent": (hidden, hidden), "readout": (outputs, hidden)}
    arrays = {name: np.resize(getattr(network, name), shape) for name, shape in shapes.items()}
    bias = None if network.bias is None else np.resize(network.bias, hidden)
    return replace(with_network(network, hidden=hidden, inputs=inputs, outputs=outputs), bias=bias, dataset=None, **arrays)


def exported(network, to, folder, steps=STEPS, options=None):
    """Export with vectors; the record, what is expected, and the new folder within `folder`."""
    record = export_network(network, to, folder / to, steps, options)
    with np.load(folder / to / "expected.npz", allow_pickle=False) as file:
        return record, {name: file[name] for name in file.files}, folder / to


def written(network, to, folder, inputs):
    """Files and vectors of an export without a task, from inputs as the task would give them."""
    parcel = exporter_of(to)(network, Options())
    shown = parcel.encode(inputs)
    found = {"inputs": shown, **parcel.run(shown)}
    for name, content in {**parcel.files, "expected.npz": npz_bytes(found)}.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return found


def agrees(python, to, file):
    """Whether the client of a format computes the expected vectors beside a file; its last lines tell."""
    done = client(python, f"run_{to}.py", file, file.with_name("expected.npz"))
    print(done.stdout, done.stderr)
    assert "differ" in done.stdout or done.returncode == 0, "it did not come to a comparison"
    return done.returncode == 0


def is_active(spikes):
    """Neither silence nor everything at once, and at least half of the neurons take part."""
    fires = np.asarray(spikes) > 0
    return 0.02 < fires.mean() < 0.6 and fires.any(axis=0).mean() >= 0.5


def busiest(spikes):
    """The neuron that fires most, of those that others hear."""
    counts = np.asarray(spikes).sum(axis=0)
    counts[ZERO] = 0
    return int(counts.argmax())
