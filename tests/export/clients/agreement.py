"""Of the clients: compare what a program computed with what was expected, and do what a host does."""
from pathlib import Path

import numpy as np


def agree(name, found, wanted, tol):
    """Print the comparison; the tolerance is relative to the largest value, but at least to 1."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    if found.shape != wanted.shape:
        print(f"{name}: shape {found.shape} instead of {wanted.shape}")
        return False
    error = np.abs(found.astype(float) - wanted.astype(float))
    limit = tol * max(1.0, np.abs(wanted).max(initial=0.0))
    within = bool(np.isfinite(found.astype(float)).all() and (error <= limit).all())
    print(f"{name}: shape {found.shape}, largest error {error.max(initial=0):.3g} of {limit:.3g}, {(error > limit).sum()} differ")
    return within


def host_outputs(file, sent):
    """What a host reads of spikes (steps, n) with the ``readout.npz`` beside a network's file."""
    readout = np.load(Path(file).with_name("readout.npz"), allow_pickle=False)
    y, outputs = np.zeros(len(readout["weights"])), []
    for spikes in sent:
        y = readout["kept"] * y + (1 - readout["kept"]) * (readout["level"] * (readout["weights"] @ spikes))
        outputs.append(y)
    return np.array(outputs)
