"""Networks of any combination of listed parts, without a chip: what the contract and bit tests run."""
from __future__ import annotations

import os

import numpy as np
from components import (
    AGEING,
    CHANNELS,
    CIRCUITS,
    DEVICES,
    GATHERERS,
    NEURONS,
    ON_GRID,
    PULSED,
    RULES,
    SCHEMES,
    STEP,
    SYNAPSES,
    UPDATERS,
    Bench,
)
from numba import njit

from neurosim.clock import Clock, Stopped
from neurosim.contract import (
    Broadcast,
    Local,
    Projection,
    Request,
    is_deferred,
    is_mergeable,
    is_plastic,
    is_read_noisy,
    listens,
    passes,
    ports,
)
from neurosim.devices.pulses import is_pulsed
from neurosim.eligibilities.filtered import Filtered, behind
from neurosim.eligibilities.outer import Fixed, Outer
from neurosim.linking import OPTIONS
from neurosim.loop import Network
from neurosim.neurons.leaky import LeakyLinear
from neurosim.neurons.tanh import Linear
from neurosim.recorders.activity import Recording
from neurosim.rules import Decorrelation
from neurosim.rules.none import NoCredit
from neurosim.rules.rule import Sizes, still
from neurosim.schedules import EverySequence, EveryStep
from neurosim.storage import padded, zeros
from neurosim.synapses.by_sign import BySign
from neurosim.synapses.direct import Direct
from neurosim.synapses.layout import arrange, choose, longest_row
from neurosim.synapses.sparse import Sparse
from neurosim.synapses.stale import StaleTwin
from neurosim.updaters.memory import Plain
from neurosim.updaters.trains import Counts
from neurosim.updaters.transfer import is_indirect
from neurosim.wiring import activity
from neurosim.workspace import workspace

IS_PLAIN = os.environ.get("NEUROSIM_PYTHON") == "1"
LEAKS = {"linear": 1, "leaky": 0.3, "leaky, trace of 7 bits": 0.3}
DECORRELATIONS = {
    "none": None, "published": Decorrelation(rate=0.01, inputs=True), "head": Decorrelation(rate=0.01, form="head"),
    "stale twin": Decorrelation(rate=0.01, form="head", inputs=True, stale_input_twin=True)}


def local_of(reference, perturbed, injected, error, slope=None, activity=None):
    """`Local` of a rule that wants neither slope nor activity, unless they are given."""
    unseen = np.full_like(reference, np.nan)
    return Local(reference, perturbed, injected, error, unseen if slope is None else slope, unseen if activity is None else activity)


def heard(reference, perturbed, square=None, slope=None, error=None, change=None):
    """`Broadcast` of a rule that listens to the losses, and to what else is given."""
    nan = np.full((len(reference), 1), np.nan, reference.dtype)
    square = np.full((2, len(reference)), np.nan) if square is None else square
    return Broadcast(
        reference, perturbed, square, nan[:, 0] if slope is None else slope, nan if error is None else error,
        nan if change is None else change, np.concatenate([reference, perturbed]))


def maybe_compiled(function):
    """The function as the loop would compile it, or as it is in the plain-Python run of the suite."""
    return function if IS_PLAIN else njit(**OPTIONS)(function)


def by_port(neuron, arriving):
    """What arrives, (lanes, width), as the neurons receive it: (ports * lanes, width), by its sign where they tell signs apart."""
    return np.concatenate([np.maximum(arriving, 0), np.minimum(arriving, 0)]) if ports(neuron) == 2 else arriving.copy()


def projection(
    bench, synapses, matrix, device, circuit, eligibility, jitter, sequence=False, post=None, chunk=3, updater=None, scheme=None,
    gatherer=None,
):
    """One projection; `device`, `circuit`, `eligibility` and `jitter` are makers."""
    n_post, n_pre = matrix.shape
    cells, make_device = arrange(synapses, matrix, bench.dtype), device
    device = make_device(cells)
    shaking = jitter(cells)
    chosen = eligibility(cells, shaking)
    rank = bench.batch * (chunk if sequence and is_mergeable(chosen) else 1) if post is None else post.shape[0]
    request = Request(
        zeros((rank, padded(n_pre)), bench.dtype), zeros((rank, padded(n_post)), bench.dtype) if post is None else post,
        zeros(bench.batch, bench.dtype), np.zeros(1, np.int64))
    longest, rows = longest_row(synapses, cells), cells.shape[0]
    scratch = workspace(rows, longest, bench.dtype)
    path = circuit(bench, n_pre, n_post, cells)
    variance = zeros((bench.lanes, padded(n_post)) if is_read_noisy(path) else (1, 64), bench.dtype)
    total = zeros(cells.shape if sequence else (4, 64), bench.dtype)
    lines, sums = zeros((bench.lanes, padded(n_pre)), bench.dtype), zeros((bench.lanes, padded(n_post)), bench.dtype)
    kept = Plain(np.ones(1, bench.dtype)) if updater is None else updater(cells)
    kept = kept if gatherer is None or not is_plastic(chosen) else gatherer(kept, make_device, cells)
    digital = is_indirect(kept) and not is_pulsed(kept.device)
    way = Counts() if scheme is None or sequence or digital or not isinstance(chosen, Outer | Filtered) else scheme(bench, request)
    return Projection(synapses, device, path, shaking, chosen, kept, way, cells, total, variance, lines, sums, request, scratch)


def matrices(bench, n_in=2, n_out=2, mask=None, device="ideal"):
    """Random weights (post, pre); levels where the device stores levels."""
    rng, n = bench.rng, bench.n
    weights = [rng.normal(0, 0.4, shape) for shape in ((n, n_in), (n, n), (n_out, n))]
    if mask is not None:
        weights[1] = weights[1] * mask
    return [np.rint(w / STEP) for w in weights] if device in ON_GRID else weights


def make(
    neuron="tanh", synapses="dense", device="ideal", circuit="quiet", rule="anp", decorrelation="none", update="step",
    channel="exact", dtype=np.float32, batch=1, n=5, n_in=2, n_out=2, steps=4, updater="plain", scheme="counts", gatherer="direct",
    readout="linear",
):
    """(network, schedule, activity) of a combination; `steps` of a trial, which a deferred rule must know."""
    parts = RULES[rule].build(Sizes(n_in, n, n_out, batch, update, dtype, steps, 8))
    lanes = batch * max(passes(parts.hidden), passes(parts.output))
    bench = Bench(n, lanes, batch, dtype)
    sequence, needs = update == "sequence", listens(parts.hidden)
    values = batch * (2, 3, 3 + 2 * n_out)[needs]
    mask = SYNAPSES[synapses](n, n)
    w_in, w_rec, w_out = matrices(bench, n_in, n_out, mask, device)
    settings = DECORRELATIONS[decorrelation]

    share, hidden = LEAKS[readout], NEURONS[neuron](bench)

    def learned(name, matrix, kind, post=None):
        is_split = ports(hidden) == 2 and name != "readout"
        p = projection(
            bench, kind, matrix, DEVICES[device], CIRCUITS["quiet" if is_split else circuit],
            lambda cells, j: behind(
                share if name == "readout" else 1, parts.eligibility(name, cells, j), n, batch, dtype, 7 if "bits" in readout else None, 5),
            lambda cells: parts.jitter(name, cells), sequence, post, steps + 1 if is_deferred(parts.hidden) and name != "readout" else 3,
            UPDATERS[updater] if sequence else None, SCHEMES[scheme] if device in PULSED else None,
            GATHERERS[gatherer] if device in PULSED and not isinstance(kind, Sparse) else None)
        return p._replace(synapses=BySign(kind)) if is_split else p

    def lateral(size, exists):
        quiet, none = CIRCUITS["quiet"], lambda cells: still("lateral", cells)
        if not exists:
            return NoCredit(), projection(
                bench._replace(n=size), Direct(), np.eye(size), DEVICES["ideal"], quiet, lambda cells, j: Fixed(), none)
        credit, eligibility = settings.build(size, batch, 4 if sequence else 1, dtype)
        p = projection(
            bench, choose(size, size, None, True), np.eye(size), DEVICES["ideal"], quiet, lambda cells, j: eligibility, none,
            sequence)
        stale = settings.stale_input_twin and size == n_in and lanes > batch
        return credit, p._replace(synapses=StaleTwin(p.synapses, p.conductance.copy())) if stale else p

    recurrent = learned("recurrent", w_rec, choose(n, n, mask, True))
    hidden_lateral = lateral(n, settings is not None)
    input_lateral = lateral(n_in, settings is not None and settings.inputs)
    network = Network(
        hidden, Linear() if share == 1 else LeakyLinear(bench.real(share)), parts.source("hidden", n),
        parts.source("output", n_out), parts.hidden, parts.output,
        hidden_lateral[0], input_lateral[0], CHANNELS[channel](bench, values),
        learned("inputs", w_in, choose(n, n_in, None, True), recurrent.request.post), recurrent, hidden_lateral[1],
        learned("readout", w_out, choose(n_out, n, None)), input_lateral[1], clock_of(recurrent.device) if device in AGEING else Stopped())
    return network, EverySequence() if sequence else EveryStep(), activity(n_in, n, n_out, lanes, batch, dtype, needs, ports(hidden))


def clock_of(device):
    """A running clock, and the one that the device, or one inside it, reads."""
    while not hasattr(device, "clock") and hasattr(device, "inner"):
        device = device.inner
    return Clock(getattr(device, "clock", np.zeros(1)), np.float64(0.5), np.float64(100), 3)


def data(trials=2, steps=4, batch=1, n_in=2, n_out=2, dtype=np.float32, seed=1):
    """Inputs, targets, weights of the steps, starts."""
    rng = np.random.Generator(np.random.Philox(key=np.array([seed, 1], np.uint64)))
    x, y = ((0.5 * rng.standard_normal((trials, steps, batch, k))).astype(dtype) for k in (n_in, n_out))
    return x, y, np.ones((trials, steps), dtype), np.ones(trials, np.uint8)


def recording(trials, steps, batch, n, n_out, dtype):
    """A recorder that keeps everything."""
    return Recording(np.zeros((trials, steps, batch, n_out), dtype), np.zeros((trials, steps, batch, n), dtype))


def execute(run, parts, trials=2, steps=4, seed=3, inputs=None):
    """Run a combination; every array of the network, its state, the losses and the recording."""
    network, schedule, state = make(**parts)
    dtype, batch, n = parts.get("dtype", np.float32), parts.get("batch", 1), parts.get("n", 5)
    x, y, weight, starts = inputs or data(trials, steps, batch, dtype=dtype)
    kept, losses = recording(*x.shape[:3], n, y.shape[3], dtype), np.zeros((len(x), 2), dtype)
    before = network.recurrent.conductance.copy()
    done = run(network, schedule, kept, state, x, y, weight, starts, losses, seed, 0, 1)
    return [losses, *arrays((network, state, kept))], int((network.recurrent.conductance != before).sum()), done


def arrays(part):
    """Every array inside nested NamedTuples, in order."""
    if isinstance(part, np.ndarray):
        return [part]
    return [a for item in part for a in arrays(item)] if isinstance(part, tuple) else []
