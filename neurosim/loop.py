"""The loop over trials and steps: the only hot code.

Per step: input transform -> hidden currents (inputs, recurrence, read path, perturbation) -> hidden activity -> lateral transform
-> outputs -> losses -> broadcast -> requests.  A request made at step t is applied while the weights stream by at step t + 1
(update every step), or added up and programmed at the end of the trial (update every sequence).  Only arrays handed in are changed.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .contract import (
    Broadcast,
    Local,
    converts_input,
    converts_output,
    credit,
    decode,
    deliver,
    disturb,
    encode,
    gauge,
    inject,
    is_jittery,
    is_mergeable,
    is_plastic,
    is_read_noisy,
    presynaptic_pass,
    record,
    shake,
    step,
    sweep,
    transmit,
)
from .random import Key
from .schedules import after_step, after_trial, due
from .slots import shared

# random streams; each projection adds its number, 0..4
HIDDEN_NOISE, OUTPUT_NOISE, HIDDEN_NEURON, OUTPUT_NEURON, CHANNEL, WRITE, READ, JITTER = 0, 1, 2, 3, 4, 16, 32, 48
IN, RECURRENT, LATERAL, OUT, INPUT_LATERAL = 0, 1, 2, 3, 4


class Network(NamedTuple):
    """What `run` advances."""

    hidden: tuple         # neuron models
    output: tuple
    hidden_source: tuple  # deliberate perturbations
    output_source: tuple
    hidden_rule: tuple    # second and third factor, per population
    output_rule: tuple
    lateral_rule: tuple
    input_lateral_rule: tuple
    channel: tuple
    inputs: tuple         # Projections
    recurrent: tuple
    lateral: tuple
    readout: tuple
    input_lateral: tuple


class Activity(NamedTuple):
    """State and workspace, (lanes, width) unless said."""

    u: np.ndarray
    u_hat: np.ndarray
    current: np.ndarray
    x: np.ndarray
    x_hat: np.ndarray      # what is sent on; survives from step to step
    drive: np.ndarray
    y: np.ndarray
    noise: np.ndarray      # (batch, width) hidden perturbation
    noise_out: np.ndarray  # (batch, width_out)
    error: np.ndarray      # (batch, width_out)
    no_error: np.ndarray   # (batch, width) zero
    no_input_error: np.ndarray  # (batch, width_in) zero
    reference: np.ndarray  # (batch,) loss of every sample in this step, clean pass
    perturbed: np.ndarray  # (batch,) last pass
    square: np.ndarray     # (batch,)
    silent: np.ndarray     # zero
    sink: np.ndarray       # never read


@shared
def clear(array):
    """Set a 2-D array to zero."""
    zero = array.dtype.type(0)
    for l in range(array.shape[0]):
        for i in range(array.shape[1]):
            array[l, i] = zero


@shared
def pass_on(p, rank, z, current, batch, seed, number, now):
    """Send `z` through a projection: converters, pending writes and product in one sweep, jitter, read noise."""
    if is_read_noisy(p.circuit):
        clear(p.variance)
    encode(p.circuit, z, p.lines)
    lines = p.lines if converts_input(p.circuit) else z
    collected = p.sums if converts_output(p.circuit) else current
    if converts_output(p.circuit):
        clear(p.sums)
    sweep(p.synapses, p, rank, lines, collected, Key(seed, WRITE + number, now))
    if is_jittery(p.jitter):
        shake(p.jitter, p.synapses, Key(seed, JITTER + number, now), now)
        deliver(p.synapses, p.jitter.noise, lines, collected, lines.shape[0] - batch, lines.shape[0])
    disturb(p.circuit, p, Key(seed, READ + number, now), lines, collected)
    decode(p.circuit, collected, current)
    if rank > 0:
        p.request.rank[0] = 0


@shared
def load(u, x, batch):
    """Show the inputs of one step, (batch, n), to the lanes of every pass."""
    for l in range(u.shape[0]):
        for i in range(x.shape[1]):
            u[l, i] = x[l % batch, i]


@shared
def perturb(current, noise):
    """Add `noise` (batch, width) to the last pass."""
    batch, width = noise.shape
    for b in range(batch):
        for i in range(width):
            current[current.shape[0] - batch + b, i] += noise[b, i]


@shared
def measure(y, target, weight, error, reference, perturbed):
    """Squared error of every sample, averaged over the outputs and times `weight`, in the first and the last pass.

    Fills the error of the first pass; returns the means over the batch.
    """
    batch, n = target.shape
    last = y.shape[0] - batch
    clean = noisy = y.dtype.type(0)
    for b in range(batch):
        c = p = y.dtype.type(0)
        for i in range(n):
            e = y[b, i] - target[b, i]
            d = y[last + b, i] - target[b, i]
            error[b, i] = e * weight
            c += e * e
            p += d * d
        reference[b] = c * weight / y.dtype.type(n)
        perturbed[b] = p * weight / y.dtype.type(n)
        clean += reference[b]
        noisy += perturbed[b]
    return clean / y.dtype.type(batch), noisy / y.dtype.type(batch)


@shared
def remember(p, z, first, batch):
    """Make the activity `z` of the lanes from `first` on the presynaptic factor of a request; call before `z` changes."""
    if is_plastic(p.eligibility):
        offset, pre = p.request.rank[0], p.request.pre
        for b in range(batch):
            for j in range(min(pre.shape[1], z.shape[1])):
                pre[offset + b, j] = z[first + b, j]


@shared
def ask(rule, p, local, broadcast, batch):
    """Complete a request with the factors of the target neurons."""
    if is_plastic(p.eligibility):
        offset, signal = p.request.rank[0], p.request.signal
        post = p.request.post[offset:offset + batch]
        credit(rule, local, broadcast, post, signal)
        if is_mergeable(p.eligibility):
            for b in range(batch):
                for i in range(post.shape[1]):
                    post[b, i] = post[b, i] * signal[b]
        p.request.rank[0] = offset + batch


@shared
def ask_alike(p, other):
    """Complete a request onto the same neurons as `other`, whose `post` it shares."""
    if is_plastic(p.eligibility):
        for b in range(p.request.signal.size):
            p.request.signal[b] = other.request.signal[b]
        p.request.rank[0] = other.request.rank[0]


def run(network, schedule, recorder, activity, x, target, weight, starts, losses, seed, first_step, is_last):
    """Run trials.

    Parameters
    ----------
    network, schedule, recorder, activity : Network, schedule, recorder, Activity
    x, target : (n_trials, n_steps, batch, n_in), (n_trials, n_steps, batch, n_out)
    weight : (n_trials, n_steps), share of a step in the loss; 0 where nothing is asked
    starts : (n_trials,) uint8, 1 where the state is reset before the trial
    losses : (n_trials, 2), mean loss per weighted step of the clean and of the perturbed pass, written
    seed : int
    first_step : int, steps already done; random draws depend on it, so that a resumed run equals an unbroken one
    is_last : int, 1 if pending requests must be written before returning; 0 if another call goes on from here

    Returns
    -------
    int
        Steps done; negative if the loss of the last of them was not finite, which ends the run.
    """
    w_in, w_rec, lateral, w_out, front = (
        network.inputs, network.recurrent, network.lateral, network.readout, network.input_lateral)
    u, u_hat, current, xs, x_hat = activity.u, activity.u_hat, activity.current, activity.x, activity.x_hat
    drive, y, square = activity.drive, activity.y, activity.square
    broadcast = Broadcast(activity.reference, activity.perturbed, square)
    n_trials, n_steps, batch, _ = x.shape
    last = current.shape[0] - batch
    zero = losses.dtype.type(0)
    hidden_pre = presynaptic_pass(network.hidden_rule) * last
    output_pre = presynaptic_pass(network.output_rule) * last
    now = first_step
    for trial in range(n_trials):
        if starts[trial] == 1:
            clear(xs)
            clear(x_hat)
        clean = perturbed = total_weight = zero
        for t in range(n_steps):
            load(u, x[trial, t], batch)
            clear(u_hat)
            pass_on(front, due(schedule, front.request), u, u_hat, batch, seed, INPUT_LATERAL, now)
            remember(front, u_hat, 0, batch)
            clear(current)
            pass_on(w_in, due(schedule, w_in.request), u_hat, current, batch, seed, IN, now)
            pass_on(w_rec, due(schedule, w_rec.request), x_hat, current, batch, seed, RECURRENT, now)
            remember(w_in, u_hat, hidden_pre, batch)
            remember(w_rec, x_hat, hidden_pre, batch)
            if last > 0:
                inject(network.hidden_source, Key(seed, HIDDEN_NOISE, now), now, activity.noise)
                perturb(current, activity.noise)
            step(network.hidden, Key(seed, HIDDEN_NEURON, now), current, xs)
            clear(x_hat)
            pass_on(lateral, due(schedule, lateral.request), xs, x_hat, batch, seed, LATERAL, now)
            remember(lateral, x_hat, 0, batch)
            clear(drive)
            pass_on(w_out, due(schedule, w_out.request), x_hat, drive, batch, seed, OUT, now)
            remember(w_out, x_hat, output_pre, batch)
            if last > 0:
                inject(network.output_source, Key(seed, OUTPUT_NOISE, now), now, activity.noise_out)
                perturb(drive, activity.noise_out)
            step(network.output, Key(seed, OUTPUT_NEURON, now), drive, y)
            a, b = measure(
                y, target[trial, t], weight[trial, t], activity.error, activity.reference, activity.perturbed)
            clean += a
            perturbed += b
            total_weight += weight[trial, t]
            record(recorder, trial, t, x_hat, y)
            transmit(network.channel, Key(seed, CHANNEL, now), now, broadcast)
            hidden = Local(current[:batch], current[last:], activity.noise, activity.no_error)
            sent = Local(x_hat[:batch], x_hat[last:], activity.noise, activity.no_error)
            shown = Local(u_hat[:batch], u_hat[last:], activity.no_input_error, activity.no_input_error)
            output = Local(drive[:batch], drive[last:], activity.noise_out, activity.error)
            for k in range(batch):
                square[k] = zero
            gauge(network.hidden_rule, hidden, square)
            gauge(network.output_rule, output, square)
            ask(network.hidden_rule, w_rec, hidden, broadcast, batch)
            ask_alike(w_in, w_rec)
            if starts[trial] == 1 and t == 0:  # nothing has been recurrent yet: the authors skip this update
                for k in range(w_rec.request.signal.size):
                    w_rec.request.signal[k] = zero
            ask(network.lateral_rule, lateral, sent, broadcast, batch)
            ask(network.input_lateral_rule, front, shown, broadcast, batch)
            ask(network.output_rule, w_out, output, broadcast, batch)
            now += 1
            after_step(schedule, front, batch)
            after_step(schedule, w_in, batch)
            after_step(schedule, w_rec, batch)
            after_step(schedule, lateral, batch)
            after_step(schedule, w_out, batch)
            if not (a - a == zero and b - b == zero):
                return first_step - now
        share = total_weight if total_weight > zero else losses.dtype.type(1)
        losses[trial, 0] = clean / share
        losses[trial, 1] = perturbed / share
        after_trial(schedule, front, Key(seed, WRITE + INPUT_LATERAL, now))
        after_trial(schedule, w_in, Key(seed, WRITE + IN, now))
        after_trial(schedule, w_rec, Key(seed, WRITE + RECURRENT, now))
        after_trial(schedule, lateral, Key(seed, WRITE + LATERAL, now))
        after_trial(schedule, w_out, Key(seed, WRITE + OUT, now))
    if is_last == 1:  # a silent sweep writes what the last step asked for; it reads nothing that is kept
        clear(u)
        pass_on(front, due(schedule, front.request), u, u_hat, batch, seed, INPUT_LATERAL, now)
        pass_on(w_in, due(schedule, w_in.request), u, activity.sink, batch, seed, IN, now)
        pass_on(w_rec, due(schedule, w_rec.request), activity.silent, activity.sink, batch, seed, RECURRENT, now)
        pass_on(lateral, due(schedule, lateral.request), activity.silent, activity.sink, batch, seed, LATERAL, now)
        pass_on(w_out, due(schedule, w_out.request), activity.silent, drive, batch, seed, OUT, now)
    return now - first_step
