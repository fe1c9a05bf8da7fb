"""From a chip and the parts of a rule to the arguments of the loop."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .channels.exact import Exact
from .channels.imperfect import Delayed, Noisy, Quantised
from .chip import Chip
from .circuits.quiet import Quiet
from .circuits.read_path import OUTPUTS, Site, build
from .clock import AGE_EVERY, Clock, Stopped
from .contract import (
    Broadcast,
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
from .devices.pulses import is_pulsed
from .digital_neurons import spiking_neurons, trace_bits
from .eligibilities.filtered import Filtered, FilteredInBits, behind
from .eligibilities.outer import Fixed, Outer
from .errors import InputError
from .generators import generator
from .io_path import read_path_of
from .loop import Activity, Network
from .network import draw_delays
from .neurons.imperfect import Mismatched
from .neurons.imperfect import Noisy as NoisyNeuron
from .neurons.leaky import Leaky, LeakyLinear
from .neurons.sending import SigmaDelta, counting
from .neurons.tanh import Linear, Tanh
from .placement import Array, twin
from .quantity import number
from .refusals import check_neurons, check_receptors, check_rule
from .rules.none import NoCredit
from .rules.rule import Parts, Sizes, still
from .schedules import EverySequence, EveryStep
from .storage import aligned, padded, zeros
from .store import LEARNED, check_room, gathered
from .synapses.by_sign import BySign
from .synapses.delay import axonal_delay
from .synapses.layout import longest_row
from .synapses.read_only import read_only
from .synapses.stale import StaleTwin
from .updaters.bits import bits_of
from .updaters.gathering import Gathering
from .updaters.memory import Plain
from .updaters.optimizer import Optimizer, schedule
from .updaters.trains import LONGEST, MOST_PAIRS, Counts, Deterministic, Trains
from .updaters.transfer import is_indirect
from .workspace import workspace

CHUNK = 16  # steps whose requests are added up in one visit of the weights (sequence updates)


class Wired(NamedTuple):
    """What `loop.run` takes, but for the data."""

    network: Network
    schedule: Any
    activity: Activity
    lanes: int


class Memory(NamedTuple):
    """How requests become changes: an optimizer, the rate that the requests carry, and the updates of the whole training."""

    optimizer: Optimizer
    rate: float
    turns: int


def wire(
    chip: Chip, parts: Parts, batch: int, update: str, steps: int = 1, memory: Memory | None = None, gathering: Gathering | None = None
) -> Wired:
    """Connect the slots of a rule to a chip.

    Parameters
    ----------
    update : "step" or "sequence"
    steps : steps of a sequence, over which a decorrelating projection averages; 1 for updates at every step
    memory : of sequence updates; requests are written as they are if absent
    gathering : where the requests of pulsed devices go first; straight into the weights if absent

    Raises
    ------
    InputError
        If the rule or the optimizer learns per trial and the update is "step".
    MappingError
        If the chip has no room for the fast arrays of `gathering`.
    """
    network, dtype = chip.network, chip.dtype
    lanes = batch * max(passes(parts.hidden), passes(parts.output))
    sequence, hidden = update == "sequence", hidden_neuron(chip, lanes)
    check_rule(chip, parts, update, memory is not None and not memory.optimizer.is_plain)
    learns = parts.broadcasts > 0 or passes(parts.hidden) > 1 or not isinstance(parts.output, NoCredit)

    def project(name: str, eligibility: Any, jitter: Any, post: np.ndarray | None = None) -> Projection:
        rank = batch
        if sequence and is_deferred(parts.hidden) and name in ("recurrent", "inputs"):
            rank = batch * (steps + 1)
        elif sequence and is_mergeable(eligibility):
            rank = batch * CHUNK
        updater: Any = Plain(aligned(np.ones(1), dtype))
        if sequence and memory is not None:
            updater = memory.optimizer.build(
                name, chip.arrays[name].conductance, chip.arrays[name].synapse_count, memory.rate, memory.turns)
            if name in ("lateral", "input_lateral") and network.decorrelation is not None and network.decorrelation.falls:
                updater = Plain(aligned(schedule(memory.optimizer.decay, memory.turns), dtype))
        if gathering is not None and gathering.kind != "direct" and is_plastic(eligibility) and name in LEARNED:
            updater = gathered(chip, name, gathering, updater)
        return _projection(chip, chip.arrays[name], eligibility, jitter, updater, lanes, batch, rank, sequence, post)

    def learned(name: str, post: np.ndarray | None = None) -> Projection:
        cells = chip.arrays[name].conductance
        jitter = parts.jitter(name, cells)
        eligibility = parts.eligibility(name, cells, jitter)
        if name == "readout":
            bits = trace_bits(chip.profile, network)
            eligibility = behind(network.readout_share, eligibility, network.hidden, batch, dtype, bits, chip.seed)
        return project(name, eligibility, jitter, post)

    def decorrelating(name: str, n: int) -> tuple[Any, Projection]:
        array, settings = chip.arrays[name], network.decorrelation
        still_cells = still(name, array.conductance)
        if settings is None or name not in chip.mapping["projections"] or not learns:
            return NoCredit(), project(name, Fixed(), still_cells)
        rule, eligibility = settings.build(n, batch, steps if sequence else 1, dtype)
        p = project(name, eligibility, still_cells)
        if settings.stale_input_twin and name == "input_lateral" and lanes > batch:
            if chip.profile.io.bound_management is not None:
                raise InputError(
                    f"{chip.profile.file}: io.bound_management",
                    f"= '{chip.profile.io.bound_management}'; cannot repeat the reads of network.decorrelation.stale_input_twin")
            p = p._replace(synapses=StaleTwin(p.synapses, twin(array)))
        return rule, p

    recurrent, delays = learned("recurrent"), draw_delays(network, chip.seed)
    inputs = learned("inputs", recurrent.request.post)
    if ports(hidden) == 2:
        check_receptors(chip, parts, (inputs, recurrent))
        inputs, recurrent = (p._replace(synapses=BySign(p.synapses)) for p in (inputs, recurrent))
    if delays is not None:
        recurrent = recurrent._replace(delay=axonal_delay(delays, lanes, dtype))
    lateral_rule, lateral = decorrelating("lateral", network.hidden)
    input_lateral_rule, input_lateral = decorrelating("input_lateral", network.lines)
    state = activity(network.lines, network.hidden, network.outputs, lanes, batch, dtype, listens(parts.hidden), ports(hidden))
    loop_network = Network(
        hidden, _output_neuron(chip), parts.source("hidden", network.hidden), parts.source("output", network.outputs),
        parts.hidden, parts.output, lateral_rule, input_lateral_rule, _channel(chip, state.broadcast.values.size),
        inputs, recurrent, lateral, learned("readout"), input_lateral,
        _clock(chip) if learns else Stopped())
    check_room(chip, loop_network)
    return Wired(loop_network, EverySequence() if sequence else EveryStep(), state, lanes)


def sizes_of(chip: Chip, batch: int, update: str, steps: int = 1, turns: int = 1, decay: str = "none") -> Sizes:
    """What a rule may know."""
    network, leak, membrane = chip.network, chip.network.leak_steps, chip.network.membrane
    synapse_s, realised = None if membrane is None else membrane.synapse_s, chip.mapping.get("neuron")
    if realised is not None and membrane is not None:  # the chip's own neurons
        leak, synapse_s = realised["tau_s"]["realised"] / membrane.step_s, realised.get("synapse_s", {}).get("realised")
    keep = 0.0 if leak is None else float(np.exp(-1 / leak))
    synapse = 0.0 if membrane is None or synapse_s is None else float(np.exp(-membrane.step_s / synapse_s))
    return Sizes(
        network.lines, network.hidden, network.outputs, batch, update, chip.dtype, steps, turns, decay, keep, membrane is not None, synapse,
        1 - network.readout_share)


def broadcast(batch: int, n_out: int, needs: int, dtype: Any) -> Broadcast:
    """Zeroed broadcast; `needs` is what the rule listens to, see `contract.listens`."""
    flat = zeros(batch * (3 + 2 * n_out), dtype)
    values = flat[:batch * (2, 3, 3 + 2 * n_out)[needs]]
    error, change = flat[3 * batch:(3 + n_out) * batch], flat[(3 + n_out) * batch:]
    return Broadcast(
        values[:batch], values[batch:2 * batch], zeros((2, batch), dtype), flat[2 * batch:3 * batch], error.reshape(batch, n_out),
        change.reshape(batch, n_out), values)


def activity(n_in: int, n_hidden: int, n_out: int, lanes: int, batch: int, dtype: Any, needs: int = 0, kinds: int = 1) -> Activity:
    """Zeroed state and workspace; `needs` is what the rule listens to, `kinds` of synapse the `ports` of the hidden neurons."""
    front, wide, out = padded(n_in), padded(n_hidden), padded(n_out)
    return Activity(
        zeros((lanes, front), dtype), zeros((lanes, front), dtype),
        zeros((kinds * lanes, wide), dtype), zeros((lanes, wide), dtype), zeros((lanes, wide), dtype),
        zeros((lanes, out), dtype), zeros((lanes, out), dtype),
        zeros((batch, wide), dtype), zeros((batch, out), dtype), zeros((batch, out), dtype),
        zeros((batch, wide), dtype), zeros((batch, front), dtype),
        zeros((batch, wide), dtype), zeros((batch, wide), dtype), zeros((batch, n_out), dtype), broadcast(batch, n_out, needs, dtype),
        zeros((lanes, wide), dtype), zeros((kinds * lanes, wide), dtype))


def _projection(
    chip: Chip, array: Array, eligibility: Any, jitter: Any, updater: Any, lanes: int, batch: int, rank: int, sequence: bool,
    post: np.ndarray | None
) -> Projection:
    dtype, cells = chip.dtype, array.conductance
    rank = rank if post is None else post.shape[0]
    request = Request(
        zeros((rank, padded(array.n_pre)), dtype), zeros((rank, padded(array.n_post)), dtype) if post is None else post,
        zeros(batch, dtype), np.zeros(1, np.int64))
    circuit, longest, rows = _circuit(chip, array, lanes), longest_row(array.synapses, cells), cells.shape[0]
    total = zeros(cells.shape if sequence and not isinstance(eligibility, Fixed) else (4, padded(1)), dtype)
    variance = zeros((lanes, padded(array.n_post)) if is_read_noisy(circuit) else (1, padded(1)), dtype)
    lines, sums = zeros((lanes, padded(array.n_pre)), dtype), zeros((lanes, padded(array.n_post)), dtype)
    scheme = _scheme(chip, array, eligibility, updater, request, sequence)
    return Projection(
        array.synapses if is_plastic(eligibility) else read_only(array.synapses), array.device, circuit, jitter, eligibility, updater,
        scheme, cells, total, variance, lines, sums, request, workspace(rows, longest, dtype, cells))


def _scheme(chip: Chip, array: Array, eligibility: Any, updater: Any, request: Request, sequence: bool) -> Any:
    """How requests become pulses: as the profile says where a request is an outer product, else cell by cell; none into digital numbers."""
    device, dtype = chip.profile.device, chip.dtype
    if is_indirect(updater) and not is_pulsed(updater.device):
        return Counts()
    kind = "counts" if device is None or not array.on_chip else device.pulse_scheme or "counts"
    if device is None or kind == "counts" or sequence or not isinstance(eligibility, Outer | Filtered | FilteredInBits):
        return Counts()
    (rank, n_pre), n_post = request.pre.shape, request.post.shape[1]
    if rank > MOST_PAIRS:
        raise InputError("train.batch", f"= {rank}; must be at most {MOST_PAIRS} with device.pulse_scheme = \"{kind}\"")
    managed = int(bool(device.update_management)), int(bool(device.train_management)), np.dtype(dtype).type(0)
    chances, slots = (zeros((rank, n_pre), dtype), zeros((rank, n_post), dtype)), np.zeros(rank, np.int64)
    if kind == "deterministic":
        return Deterministic(*managed, *chances, slots)
    most = number(device.max_pulses, LONGEST)
    return Trains(*managed, *chances, bits_of(request.pre, most), bits_of(request.post, most), slots)


def _circuit(chip: Chip, array: Array, lanes: int) -> Any:
    """Read path of an array, in units of the weight; partial sums of several row tiles each bring their own output noise."""
    if not array.on_chip or array.name not in chip.mapping["projections"]:
        return Quiet()
    tiles = chip.mapping["projections"][array.name].get("row_tiles", 1)
    site = Site(array.n_pre, array.n_post, lanes, array.conductance.shape, array.scale, chip.dtype, tiles)
    return build(read_path_of(chip.profile, tiles), site, generator(chip.device_seed, OUTPUTS + 16 * list(chip.arrays).index(array.name)))


def _clock(chip: Chip) -> Any:
    """The chip's clock.  A test does not wait: it reads the devices as training has left them."""
    if chip.clock_s is None:
        return Stopped()
    step_s, rest_s = (np.float64(number(quantity)) for quantity in (chip.profile.time.step_s, chip.profile.time.rest_s))
    return Clock(chip.clock_s, step_s, rest_s, AGE_EVERY)


def hidden_neuron(chip: Chip, lanes: int) -> Any:
    """The hidden population of a chip, mismatch and noise included."""
    check_neurons(chip)
    real, network = np.dtype(chip.dtype).type, chip.network
    neuron: Any = Tanh()
    if network.tau_steps is not None:
        share = zeros(padded(network.hidden), chip.dtype)
        share[:network.hidden] = 1 - np.exp(-1 / network.tau_steps)
        neuron = Leaky(share)
    if network.membrane is not None:
        spiking = spiking_neurons(chip.profile, network, chip.seed, lanes, chip.dtype)
        neuron = counting(spiking, padded(network.hidden))
    elif network.send_threshold is not None:
        width = padded(network.hidden)
        neuron = SigmaDelta(neuron, real(network.send_threshold), zeros((lanes, width), chip.dtype), np.zeros(width, np.int64))
    if chip.gain is not None and chip.offset is not None:
        neuron = Mismatched(neuron, chip.gain, chip.offset)
    intrinsic = number(chip.profile.noise.intrinsic_std)
    if intrinsic:
        normal = zeros(lanes * padded(network.hidden), chip.dtype)
        neuron = NoisyNeuron(neuron, real(intrinsic), network.hidden, normal)
    return neuron


def _output_neuron(chip: Chip) -> Any:
    share = chip.network.readout_share
    return Linear() if share == 1 else LeakyLinear(np.dtype(chip.dtype).type(share))


def _channel(chip: Chip, values: int) -> Any:
    """The broadcast channel: noise, then converter, then delay."""
    plasticity, real, dtype = chip.profile.plasticity, np.dtype(chip.dtype).type, chip.dtype
    channel: Any = Exact()
    if plasticity is None:
        return channel
    noise, delay = number(plasticity.third_factor_noise), int(number(plasticity.third_factor_delay_steps))
    if noise:
        channel = Noisy(channel, real(noise), zeros(padded(values), dtype))
    if plasticity.third_factor_bits is not None:
        top = 2 ** int(plasticity.third_factor_bits.v) - 1
        channel = Quantised(channel, real(number(plasticity.third_factor_range) / top), real(top))
    if delay:
        channel = Delayed(channel, zeros((delay, values), dtype))
    return channel
