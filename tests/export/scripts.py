"""Networks for scripts of simulators, damage to their data, and what a simulator, started once for all of them, says."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
from export.clients import client
from export.networks import awkward, spiking

from neurosim.export import export_network
from neurosim.export.deterministic import npz_bytes
from neurosim.network import draw_delays


def network(membrane, delays=None, **topology):
    """A trained network, made awkward; what its neurons are is changed afterwards."""
    trained = altered(awkward(spiking()), **membrane)
    changed = trained.network.model_copy(update={"delay_steps": delays, **topology})
    return replace(trained, network=changed, delays=draw_delays(changed, 1), bias=trained.bias if changed.bias else None)


def altered(trained, **membrane):
    """The same matrices with another membrane."""
    changed = trained.network.model_copy(update={"membrane": trained.network.membrane.model_copy(update=membrane)})
    return replace(trained, network=changed)


def bump(arrays):
    """The smallest change that a weight can hold and the tolerance shows."""
    arrays["inputs"][0, 0] += 1e-6


def transpose(arrays):
    """The recurrence the other way round."""
    arrays["recurrent"] = arrays["recurrent"].T.copy()


def times(name, factor):
    """An array that is so many times as large."""
    def harm(arrays):
        arrays[name] = arrays[name] * factor
    return harm


def lower_reset(arrays):
    """Neurons that reset below where they should."""
    arrays["reset"] = arrays["reset"] - 0.01


def verdicts_on(python, to, folder, cases, harmed, more=()):
    """What the simulator says: of every network of `cases`, and of every damage to the data of another; "equal" or "different" by name.

    Parameters
    ----------
    cases : networks by name
    harmed : (network, damage) by name
    more : names of exports that are in the folder already
    """
    script = f"network_{to}.py"
    for name, trained in cases.items():
        export_network(trained, to, folder / name, 40)
        with np.load(folder / name / "expected.npz", allow_pickle=False) as expected:
            assert 0.02 < expected["spikes"].mean() < 0.6 and expected["outputs"].any()
    for name, (trained, harm) in harmed.items():
        export_network(trained, to, folder / name, 40)
        with np.load(folder / name / "network.npz", allow_pickle=False) as file:
            arrays = dict(file)
        harm(arrays)
        (folder / name / "network.npz").write_bytes(npz_bytes(arrays))
    names = [*cases, *harmed, *more]
    found = client(python, "run_script.py", *(folder / name / file for name in names for file in (script, "expected.npz")))
    said = [line for line in found.stdout.splitlines() if line in ("equal", "different")]
    assert len(said) == len(names) and found.returncode == 1, found.stdout + found.stderr  # 1: some differ
    return dict(zip(names, said))
