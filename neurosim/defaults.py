"""What a slot does for a class that does not fill it; see contract.py for what each one is for."""
from __future__ import annotations

import numpy as np


def same(device, r, c, conductance):
    """The conductance is the weight."""
    return conductance


def square(circuit, weight):
    """Variance of a read whose noise is proportional to the weight."""
    return weight * weight


def drive(eligibility, r, c, weight, drive, signal):
    """The change asked for is the drive."""
    return drive


def no_credit(rule, local, broadcast, post, signal):
    """Asks for nothing."""


def no_measure(rule, local, square):
    """Adds nothing."""


def clean(rule):
    """The clean pass."""
    return 0


def as_sent(circuit, z, lines):
    """Lines carry the activity itself."""


def quiet(circuit, p, key, z, current):
    """No noise."""


def as_collected(circuit, collected, current):
    """Columns collect in the current itself."""


def no(circuit):
    """No."""
    return False


def not_recorded(recorder, trial, t, neuron, sent, y):
    """Keeps nothing."""


def exact(channel, key, now, broadcast):
    """Losses arrive as they are."""


def no_draws(device, key, first, scratch):
    """Draws nothing."""


def ageless(device, conductance, key, now_s):
    """Does not change with time."""


def still(jitter, synapses, key, now):
    """Shakes nothing."""


def copy(synapses, p, rank, z, current, key):
    """Passes the activity straight on."""
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            current[l, i] = z[l, i]


def nothing_to_deliver(synapses, cells, z, current, first, last):
    """No synapses."""


def nothing_to_commit(synapses, p, key):
    """No synapses."""


def nothing_to_add(synapses, p):
    """No synapses."""


def no_padding(synapses, cells):
    """No synapses."""


def as_received(neuron, current):
    """The current is the potential."""


def nothing_to_rest(neuron):
    """Remembers nothing."""


def nothing_to_align(neuron, batch):
    """Remembers nothing."""


def no_membrane(neuron, l, i):
    """Has none."""
    return np.nan


def not_launched(delay, z):
    """Nothing is kept."""


def at_once(delay, z):
    """What is sent."""
    return z


def nothing_on_its_way(delay):
    """Nothing is."""


def nothing_to_pair(delay, batch):
    """Nothing is on its way."""


def unit_slope(neuron, current, z, out):
    """Slope 1 everywhere."""
    for b in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[b, i] = z.dtype.type(1)


def nothing_explained(rule, key, t, local, explained):
    """Adds nothing."""


def not_noted(rule, t, local, broadcast):
    """Keeps nothing."""


def nothing_to_close(rule, turn, n_steps, post):
    """Changes nothing."""


def as_asked(updater, turn, total):
    """Writes what was asked for."""


def nothing_astray(jitter, synapses, z, current, batch):
    """No perturbation."""


def as_it_came(eligibility, b, j, sent):
    """What was sent."""
    return sent


def nothing_to_forget(eligibility):
    """Has no memory."""
