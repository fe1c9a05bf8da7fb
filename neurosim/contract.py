"""The contract of the loop: which slots exist, what they get, what they may change.

Index letters: `i` post, `j` pre, `r` row, `c` column, `l` lane, `b` sample, `q` rank of a request.
Lanes = passes x batch: the `batch` clean lanes first, the perturbed ones after them.
All activity arrays are ``(lanes, width)``, width = n rounded up to 64, padding zero.  All synaptic arrays are ``(rows, width)``,
C-contiguous on a 64-byte boundary.  The dtype of the arrays is the precision; every parameter is a NumPy scalar of that dtype.

Three kinds of slot, by cost:

* *cell* slots are scalar (``change, program, sense, spread``).  The connectivity's sweep calls them in its inner loop, LLVM inlines and
  vectorises them: this is how one sweep serves every device and every rule at the speed of a hand-fused kernel.
  No allocation, no libm call, every constant cast to the dtype.
* *population* slots see arrays (``step, inject, credit, transmit, encode, ...``), once per step, O(n).
* *sweep* slots own the order over synapses (``sweep, deliver, correlate, commit, blank``); one file per connectivity.

Locality is the argument list: a rule sees `Local` of its own neurons and `Broadcast`, nothing else.  A slot that a class does not
fill takes its default; one without a default must be filled.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .slots import constant, slot


class Request(NamedTuple):
    """A change asked for and not yet applied: ``drive[i, j] = sum_q pre[q, j] * post[q, i]``."""

    pre: np.ndarray     # (rank, width_pre)
    post: np.ndarray    # (rank, width_post), shared by projections onto the same neurons
    signal: np.ndarray  # (batch,) third factor of every sample; an eligibility with memory per cell reads signal[0]
    rank: np.ndarray    # (1,) int64, rows in use; 0 means nothing is pending


class Scratch(NamedTuple):
    """Workspace of one projection; contents never survive a call."""

    rows: np.ndarray      # (rows,) int64, the rows to visit
    loudness: np.ndarray  # (rows,) summed |activity| and |request| of a row; 0 means nothing to do
    drive: np.ndarray     # (4, cells of the longest row, padded)
    uniform: np.ndarray   # (same,)
    normal: np.ndarray    # (same,) cycle-to-cycle noise
    second: np.ndarray    # (same,) write noise


class Projection(NamedTuple):
    """One bundle of synapses on one device: parts and arrays."""

    synapses: tuple
    device: tuple
    circuit: tuple
    jitter: tuple
    eligibility: tuple
    conductance: np.ndarray  # (rows, width), in units of the weight; changed in place by the sweep alone
    total: np.ndarray        # (rows, width) accumulated request when update = "sequence", else (4, 64)
    variance: np.ndarray     # (lanes, width_post) of the read noise, if the circuit has any, else (1, 64)
    lines: np.ndarray        # (lanes, width_pre) workspace of a DAC
    sums: np.ndarray         # (lanes, width_post) workspace of an ADC
    request: Request
    scratch: Scratch


class Local(NamedTuple):
    """All that a rule may know about its target neurons; every array is (batch, width)."""

    reference: np.ndarray  # potential in the clean pass
    perturbed: np.ndarray  # potential in the perturbed pass (the same array when there is one pass)
    injected: np.ndarray   # noise put in on purpose
    error: np.ndarray      # target error of this very neuron; zero for hidden neurons


class Broadcast(NamedTuple):
    """The only global quantities; every array is (batch,)."""

    reference: np.ndarray  # loss of the clean pass
    perturbed: np.ndarray  # loss of the perturbed pass
    square: np.ndarray     # squared activity difference summed over every population whose rule asks for it


# ---- constants, folded at compile time -------------------------------------------------------------------------------
passes = constant("passes", 1, "Passes that the rule needs in lock-step: 1, or 2 (clean and perturbed).")
draws = constant("draws", 0, "Random draws per write of a cell: 0 none (sweep fuses), 1 uniform, 2 + normal, 3 + second normal.")
is_dense_in_time = constant("is_dense_in_time", False, "True if the eligibility changes cells whose row is silent (traces, decay).")
is_lateral = constant("is_lateral", False, "True if the presynaptic factor is the back-projected post: pre[q,j] = w[j,:] . post[q,:].")
is_plastic = constant("is_plastic", True, "False if these synapses never change.")
is_mergeable = constant("is_mergeable", True, "False if `change` is not just the drive: requests of several steps cannot be merged.")
is_jittery = constant("is_jittery", False, "True if the perturbed lanes see weights of their own.")


# ---- cell slots ------------------------------------------------------------------------------------------------------
def _same(device, r, c, conductance):
    return conductance


def _square(circuit, weight):
    return weight * weight


def _drive(eligibility, r, c, weight, drive, signal):
    return drive


@slot(default=_same)
def sense(device, r, c, conductance):
    """Effective weight of cell (r, c); default: the conductance itself."""


@slot
def program(device, r, c, conductance, dw, uniform, normal, second):
    """New conductance of cell (r, c) after a request `dw`, in units of the weight.

    Must return `conductance` unchanged, bit for bit, if dw = 0: padding and silent rows rely on it.
    """


@slot(default=_square)
def spread(circuit, weight):
    """Variance that a cell of this weight adds to its output, per unit of input power."""


@slot(default=_drive)
def change(eligibility, r, c, weight, drive, signal):
    """Requested change of cell (r, c); default: the drive, into which the signal is multiplied already.

    May update arrays of its own at [r, c].
    """


# ---- population slots ------------------------------------------------------------------------------------------------
def _no_credit(rule, local, broadcast, post, signal):
    pass


def _no_measure(rule, local, square):
    pass


def _clean(rule):
    return 0


def _as_sent(circuit, z, lines):
    pass


def _quiet(circuit, p, key, z, current):
    pass


def _as_collected(circuit, collected, current):
    pass


def _no(circuit):
    return False


def _not_recorded(recorder, trial, t, sent, y):
    pass


def _exact(channel, key, now, broadcast):
    pass


def _no_draws(device, key, first, scratch):
    pass


def _still(jitter, synapses, key, now):
    pass


@slot
def step(neuron, key, current, z):
    """Advance a population: `current` (lanes, width) in, `z` (lanes, width) changed in place.

    A wrapper (mismatch, intrinsic noise) may change `current` first: what it leaves there is the potential that rules see.
    """


@slot
def inject(source, key, t, out):
    """Fill `out` (batch, width) with the deliberate perturbation of step t; padding stays zero."""


@slot(default=_no_measure)
def gauge(rule, local, square):
    """Add the squared activity difference of this population to `square` (batch,), for a rule normalised over the network."""


@slot(default=_no_credit)
def credit(rule, local, broadcast, post, signal):
    """Write the second factor into `post` (batch, width) and the third into `signal` (batch,); once per population and step."""


@slot(default=_clean)
def presynaptic_pass(rule):
    """Which pass the presynaptic factor is taken from: 0 clean, 1 perturbed."""


@slot(default=_exact)
def transmit(channel, key, now, broadcast):
    """Change the broadcast losses, in place, as the channel does on the way to the neurons."""


@slot(default=_not_recorded)
def record(recorder, trial, t, sent, y):
    """Keep what is wanted of step t: `sent` (lanes, width) hidden activity as sent on, `y` (lanes, width_out)."""


@slot(default=_no)
def converts_input(circuit):
    """Whether the input lines carry ``p.lines``, filled by `encode`, instead of the activity; answers a literal."""


@slot(default=_no)
def converts_output(circuit):
    """Whether the columns collect in ``p.sums``, which `decode` converts, instead of in the current; answers a literal."""


@slot(default=_as_sent)
def encode(circuit, z, lines):
    """Fill `lines` with what the input lines carry of the activity `z` (DAC)."""


@slot(default=_no)
def is_read_noisy(circuit):
    """Whether the sweep must fill ``p.variance`` with sum_j spread(w[i,j]) z[j]^2; answers a literal."""


@slot(default=_quiet)
def disturb(circuit, p, key, z, current):
    """Add the read noise of projection `p`, read with the lines `z`, to `current` (lanes, width)."""


@slot(default=_as_collected)
def decode(circuit, collected, current):
    """Convert what was collected in ``p.sums`` (ADC) and add it to `current`."""


@slot(default=_no_draws)
def roll(device, key, first, scratch):
    """Fill the random rows of `scratch` for the cells from `first` on; a device with draws > 0 fills this."""


@slot(default=_still)
def shake(jitter, synapses, key, now):
    """Draw the weight perturbation of this step (weight perturbation rules)."""


# ---- sweep slots -----------------------------------------------------------------------------------------------------
def _copy(synapses, p, rank, z, current, key):
    for l in range(z.shape[0]):
        for i in range(z.shape[1]):
            current[l, i] = z[l, i]


def _nothing_to_deliver(synapses, cells, z, current, first, last):
    pass


def _nothing_to_commit(synapses, p, key):
    pass


def _nothing_to_add(synapses, p):
    pass


def _no_padding(synapses, cells):
    pass


@slot(default=_copy)
def sweep(synapses, p, rank, z, current, key):
    """Visit every row with something to do: program the first `rank` pairs of the request, add the row to every lane (default: copy)."""


@slot(default=_nothing_to_deliver)
def deliver(synapses, cells, z, current, first, last):
    """Plain product for the lanes first <= l < last: current[l] += cells^T z[l]; `cells` is laid out like the conductance."""


@slot(default=_nothing_to_add)
def correlate(synapses, p):
    """Add the pending request to ``p.total`` (sequence mode)."""


@slot(default=_nothing_to_commit)
def commit(synapses, p, key):
    """Program ``p.total`` into the device and clear it (end of a trial, sequence mode)."""


@slot(default=_no_padding)
def blank(synapses, cells):
    """Set the cells of `cells` that are padding to zero."""
