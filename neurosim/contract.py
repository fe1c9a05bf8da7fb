"""The contract of the loop: which slots exist, what they get, what they may change.

Index letters: `i` post, `j` pre, `r` row, `c` column, `l` lane, `b` sample, `q` rank of a request.
Lanes = passes x batch: the `batch` clean lanes first, the perturbed ones after them.
All activity arrays are ``(lanes, width)``, width = n rounded up to 64, padding zero.  All synaptic arrays are ``(rows, width)``,
C-contiguous on a 64-byte boundary.  The dtype of the arrays is the precision; every parameter is a NumPy scalar of that dtype.

Three kinds of slot, by cost:

* *cell* slots are scalar (``change, program, sense, spread``).  The connectivity's sweep calls them in its inner loop, LLVM inlines and
  vectorises them: one sweep serves every device and every rule at the speed of a hand-fused kernel.  No allocation, no libm call, and no
  literal in arithmetic: where it is compiled ``x * 2`` is float64 for a float32 x; fields of the part and their sums keep the precision.
  One of two loaded numbers is chosen by `arithmetic.either`: an ``if`` around a load does not vectorise.
* *population* slots see arrays (``step, inject, credit, transmit, encode, ...``), once per step, O(n); ``close`` and ``condition`` once
  per trial.
* *sweep* slots own the order over synapses (``sweep, deliver, correlate, commit, blank``); one file per connectivity.

What slots get is in arguments.py: projections with their requests and workspace, and all that a rule may know.  What a neuron remembers
beside what it sends is its own: it puts it at `rest` and `align`s the passes.  Between neurons and synapses lies a delay (``launch``,
``arriving``), which delivers at once by default.  Neurons that tell two kinds of synapse apart (`ports`) receive (2 lanes, width), see
synapses/by_sign.py.

A rule answers at every step (``credit``), or, if `is_deferred`, when the trial is over: at every step its neurons may `explain` part of
the output difference, the loop broadcasts the rest, the rule keeps what it needs (``note``), and `close` writes the second factors of
all steps.  What a neuron `measures` is its own innovation.  An updater conditions the sum of a trial before it is written.

Locality is the argument list: a rule sees `Local` of its own neurons and `Broadcast`, nothing else.  A slot that a class does not
fill takes its default; one without a default must be filled.

Neurons may count in whole numbers of their chip (neurons/whole_numbers.py); between slots everything is in weights and potentials.

More slots stand beside what they serve: devices/pulses.py (a device of pulses fills `fire` instead of `program`), devices/writing.py (how a
row is written, and `writes_by_row`: a memory that counts its writes is not written within a read), updaters/trains.py
(outer products as pulse trains), updaters/transfer.py (stores between rule and device), reading.py (one read of an array),
synapses/read_only.py (`collect`: what never changes is read without a sweep that writes).  Where constants allow it, a sweep takes a
faster way to the same bits: synapses/streaming.py, synapses/products.py.
"""
from __future__ import annotations

from . import defaults
from .arguments import Broadcast, Local, Projection, Request, Scratch  # noqa: F401 (part of the contract: what slots get)
from .slots import constant, slot

# ---- constants, folded at compile time -------------------------------------------------------------------------------
passes = constant("passes", 1, "Passes that the rule needs in lock-step: 1, or 2 (clean and perturbed).")
draws = constant("draws", 0, "Random draws per write of a cell: 0 none (sweep may fuse), 1 uniform, 2 + normal, 3 + second normal.")
is_exact = constant("is_exact", False, "True if the conductance is the weight and a request is added to it as it is: no device at all.")
is_dense_in_time = constant("is_dense_in_time", False, "True if the eligibility changes cells whose row is silent (traces, decay).")
is_lateral = constant("is_lateral", False, "True if the presynaptic factor is the back-projected post: pre[q,j] = w[j,:] . post[q,:].")
is_plastic = constant("is_plastic", True, "False if these synapses never change.")
is_mergeable = constant("is_mergeable", True, "False if `change` is not just the drive: requests of several steps cannot be merged.")
is_jittery = constant("is_jittery", False, "True if the perturbed lanes see weights of their own.")
is_silent = constant("is_silent", False, "True if the source never perturbs.")
is_antithetic = constant("is_antithetic", False, "True if half of the perturbation goes to each pass, with opposite signs.")
listens = constant("listens", 0, "What the rule needs broadcast: 0 losses, 1 also the slope, 2 also errors and changes of the outputs.")
measures = constant("measures", False, "True if `injected` is measured: potential minus received current, differenced over passes.")
wants_slope = constant("wants_slope", False, "True if the rule reads the slope of its neurons.")
is_ageing = constant("is_ageing", False, "True if a device changes while time passes: the loop then lets it `age`.")
ports = constant("ports", 1, "Kinds of synapse that a neuron tells apart: 1, or 2 (weights above 0, weights below).")
is_deferred = constant("is_deferred", False, "True if the requests of a trial are completed at its end, by `close`.")


# ---- cell slots ------------------------------------------------------------------------------------------------------
@slot(default=defaults.same)
def sense(device, r, c, conductance):
    """Effective weight of cell (r, c); default: the conductance itself."""


@slot
def program(device, r, c, conductance, dw, uniform, normal, second):
    """New conductance of cell (r, c) after a request `dw`, in units of the weight.

    Must return `conductance` unchanged, bit for bit, if dw = 0: padding and silent rows rely on it.
    """


@slot(default=defaults.square)
def spread(circuit, weight):
    """Variance that a cell of this weight adds to its output, per unit of input power."""


@slot(default=defaults.drive)
def change(eligibility, r, c, weight, drive, signal):
    """Requested change of cell (r, c); default: the drive, into which the signal is multiplied already.

    May update arrays of its own at [r, c].
    """


# ---- population slots ------------------------------------------------------------------------------------------------
@slot
def step(neuron, key, current, z):
    """Advance a population: `current` (lanes, width) in, `z` (lanes, width) changed in place.

    `receive` came first: `current` is what it made of what had arrived, without the rows of other kinds of synapse.  A wrapper (intrinsic
    noise) may change `current`: what it leaves there is the potential that rules see.
    """


@slot(default=defaults.as_received)
def receive(neuron, current):
    """Turn `current` (ports * lanes, width) into potentials, in place, as far as no noise is in them (mismatch of gain and offset).

    With two `ports` the first `lanes` rows hold what came through weights above 0, the others what came through weights below; only the
    first `lanes` rows are looked at afterwards.
    """


@slot(default=defaults.nothing_to_rest)
def rest(neuron):
    """Put what a population remembers itself at rest; at the start of a trial whose state is reset.

    What a rate neuron remembers is what it sends, `z`, which the loop clears.
    """


@slot(default=defaults.nothing_to_align)
def align(neuron, batch):
    """Copy what the neurons of the clean pass remember, lanes ``l < batch``, to those of the other passes."""


@slot(default=defaults.no_membrane)
def membrane(neuron, l, i):
    """Membrane potential of neuron i in lane l after a step; not a number if it has none (cell slot)."""


@slot(default=defaults.unit_slope)
def slope(neuron, current, z, out):
    """Fill `out` (batch, width) with dz/dcurrent of the clean pass after `step`; padding is arbitrary."""


@slot(default=defaults.not_launched)
def launch(delay, z):
    """Put what the presynaptic neurons send, `z` (lanes, width), on its way; once per step, before it arrives."""


@slot(default=defaults.at_once)
def arriving(delay, z):
    """What reaches the synapses in this step, (lanes, width): `z` itself without a delay."""


@slot(default=defaults.nothing_on_its_way)
def hush(delay):
    """Clear what is on its way; at the start of a trial whose state is reset."""


@slot(default=defaults.nothing_to_pair)
def pair(delay, batch):
    """Copy what is on its way in the clean pass, lanes ``l < batch``, to the other passes."""


@slot
def inject(source, key, t, out):
    """Fill `out` (batch, width) with the deliberate perturbation of step t; padding stays zero."""


@slot(default=defaults.no_measure)
def gauge(rule, local, square):
    """Write the squared activity difference, summed over this population, into `square` (batch,); part of the broadcast."""


@slot(default=defaults.no_credit)
def credit(rule, local, broadcast, post, signal):
    """Write the second factor into `post` (batch, width) and the third into `signal` (batch,); once per population and step."""


@slot(default=defaults.nothing_explained)
def explain(rule, key, t, local, explained):
    """Add to `explained` (batch, n_out) the output difference that the neurons expect: inbound sums at the outputs.

    Comes before the broadcast of the same step; `key` for draws of the rule's own.
    """


@slot(default=defaults.not_noted)
def note(rule, t, local, broadcast):
    """Keep what a deferred rule needs of step t; every array of the rule that is indexed by a neuron is that neuron's own."""


@slot(default=defaults.nothing_to_close)
def close(rule, turn, n_steps, post):
    """Fill the second factors of a whole trial, `post` (n_steps * batch, width), third factor included, and update own state.

    Row ``t * batch + b``; `turn` counts trials.  For rules with `is_deferred`, which fill this instead of `credit`.
    """


@slot(default=defaults.as_asked)
def condition(updater, turn, total):
    """Turn the request of a trial, `total` (rows, width), into the change to write, in place; `turn` counts trials."""


@slot(default=defaults.clean)
def presynaptic_pass(rule):
    """Which pass the presynaptic factor is taken from: 0 clean, 1 perturbed."""


@slot(default=defaults.exact)
def transmit(channel, key, now, broadcast):
    """Change ``broadcast.values``, in place, as the channel does on the way to the neurons."""


@slot(default=defaults.not_recorded)
def record(recorder, trial, t, neuron, sent, y):
    """Keep what is wanted of step t: `sent` (lanes, width) activity of the hidden `neuron` as sent on, `y` (lanes, width_out)."""


@slot(default=defaults.no)
def converts_input(circuit):
    """Whether the input lines carry ``p.lines``, filled by `encode`, instead of the activity; answers a literal."""


@slot(default=defaults.no)
def converts_output(circuit):
    """Whether the columns collect in ``p.sums``, which `decode` converts, instead of in the current; answers a literal."""


@slot(default=defaults.as_sent)
def encode(circuit, z, lines):
    """Fill `lines` with what the input lines carry of the activity `z` (DAC)."""


@slot(default=defaults.no)
def is_read_noisy(circuit):
    """Whether the sweep must fill ``p.variance`` with sum_j spread(w[i,j]) z[j]^2; answers a literal."""


@slot(default=defaults.quiet)
def disturb(circuit, p, key, z, current):
    """Add the read noise of projection `p`, read with the lines `z`, to `current` (lanes, width)."""


@slot(default=defaults.as_collected)
def decode(circuit, collected, current):
    """Convert what was collected in ``p.sums`` (ADC) and add it to `current`."""


@slot(default=defaults.no_draws)
def roll(device, key, first, scratch):
    """Fill the random rows of `scratch` for the cells from `first` on; a device with draws > 0 fills this."""


@slot(default=defaults.ageless)
def age(device, conductance, key, now_s):
    """Bring every device up to the time `now_s`, float64 seconds since the chip was programmed; a device with `is_ageing` fills this.

    Comes at the start of a trial and every so many steps of a long one (`clock.Clock`), never goes back, and must not depend on how the
    time is split.  May change `conductance` (rows, width) and arrays of its own.
    """


@slot(default=defaults.still)
def shake(jitter, synapses, key, now):
    """Draw the weight perturbation of this step (weight perturbation rules)."""


@slot(default=defaults.nothing_astray)
def stray(jitter, synapses, z, current, batch):
    """Add what the weight perturbation delivers to the last `batch` lanes; a jitter with `is_jittery` fills this."""


@slot(default=defaults.as_it_came)
def recall(eligibility, b, j, sent):
    """Presynaptic factor of input j for sample b, which has just sent `sent` (cell slot); once per step.

    May update an array of its own at [b, j].
    """


@slot(default=defaults.nothing_to_forget)
def forget(eligibility):
    """Clear what is remembered of earlier trials; at the start of a trial whose state is reset."""


# ---- sweep slots -----------------------------------------------------------------------------------------------------
@slot(default=defaults.copy)
def sweep(synapses, p, rank, z, current, key):
    """Visit every row with something to do: program the first `rank` pairs of the request, add the row to every lane (default: copy)."""


@slot(default=defaults.nothing_to_deliver)
def deliver(synapses, cells, z, current, first, last):
    """Plain product for the lanes first <= l < last: current[l] += cells^T z[l]; `cells` is laid out like the conductance."""


@slot(default=defaults.nothing_to_add)
def correlate(synapses, p):
    """Add the pending request to ``p.total`` (sequence mode)."""


@slot(default=defaults.nothing_to_commit)
def commit(synapses, p, key):
    """Program ``p.total`` into the device and clear it (end of a trial, sequence mode)."""


@slot(default=defaults.no_padding)
def blank(synapses, cells):
    """Set the cells of `cells` that are padding to zero."""
