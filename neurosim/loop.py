"""The loop over trials and steps: the only hot code.

Per step: input transform -> hidden currents (inputs, recurrence, read path, perturbation) -> hidden activity -> lateral transform
-> outputs -> losses -> broadcast -> requests.  A request made at step t is applied while the weights stream by at step t + 1
(update every step), or added up and programmed at the end of the trial (update every sequence).  Only arrays handed in are changed.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .clock import Stopped, is_running, is_time_to_age, pause, present, tick
from .contract import (
    Broadcast,
    Local,
    align,
    arriving,
    close,
    explain,
    forget,
    gauge,
    hush,
    launch,
    listens,
    measures,
    note,
    pair,
    presynaptic_pass,
    receive,
    record,
    rest,
    slope,
    step,
    transmit,
    wants_slope,
)
from .lanes import clear, resynchronise
from .random import Key
from .schedules import after_step, after_trial, due
from .verbs import (
    CHANNEL,
    CHOICE,
    HIDDEN_NEURON,
    HIDDEN_NOISE,
    IN,
    INPUT_LATERAL,
    LATERAL,
    OUT,
    OUTPUT_NEURON,
    OUTPUT_NOISE,
    RECURRENT,
    WRITE,
    ask,
    ask_alike,
    differ,
    grow_older,
    innovate,
    load,
    measure,
    pass_on,
    perturb,
    remember,
    report,
)


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
    clock: tuple = Stopped()


class Activity(NamedTuple):
    """State and workspace, (lanes, width) unless said."""

    u: np.ndarray
    u_hat: np.ndarray
    current: np.ndarray    # (ports * lanes, width)
    x: np.ndarray
    x_hat: np.ndarray      # what is sent on; survives from step to step
    drive: np.ndarray
    y: np.ndarray
    noise: np.ndarray      # (batch, width) hidden perturbation
    noise_out: np.ndarray  # (batch, width_out)
    error: np.ndarray      # (batch, width_out)
    no_error: np.ndarray   # (batch, width) zero
    no_input_error: np.ndarray  # (batch, width_in) zero
    arrived: np.ndarray    # (batch, width) difference of the received currents, for rules that measure
    slope: np.ndarray      # (batch, width) of the hidden activation, for rules that want it
    explained: np.ndarray  # (batch, n_out) inbound sums at the outputs
    broadcast: Broadcast
    silent: np.ndarray     # zero
    sink: np.ndarray       # (ports * lanes, width) never read


def run(network, schedule, recorder, activity, x, target, weight, starts, losses, seed, first_step, is_last):
    """Run trials.

    Parameters
    ----------
    network, schedule, recorder, activity : Network, schedule, recorder, Activity
    x, target : (n_trials, n_steps, batch, n_in), (n_trials, n_steps, batch, n_out)
    weight : (n_trials, n_steps), share of a step in the loss; 0 where nothing is asked
    starts : (n_trials,) uint8, 1 where the state is reset before the trial, 2 where the perturbed pass is resynchronised with the clean one
    losses : (n_trials, 2), mean loss per weighted step of the clean and of the perturbed pass, written; or (n_trials, 3) for trials that
        are run in pieces: sums over the weighted steps of both passes, and of the weights, added to what the last piece left there
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
    drive, y, broadcast = activity.drive, activity.y, activity.broadcast
    n_trials, n_steps, batch, _ = x.shape
    lanes = xs.shape[0]
    last, potential = lanes - batch, current[:lanes]
    zero = losses.dtype.type(0)
    hidden_pre = presynaptic_pass(network.hidden_rule) * last
    output_pre = presynaptic_pass(network.output_rule) * last
    now, in_pieces = first_step, losses.shape[1] == 3
    for trial in range(n_trials):
        if starts[trial] == 1:
            clear(xs)
            clear(x_hat)
            clear(y)
            rest(network.hidden)
            rest(network.output)
            hush(w_in.delay)
            hush(w_rec.delay)
        elif starts[trial] == 2:
            resynchronise(xs, batch)
            resynchronise(x_hat, batch)
            resynchronise(y, batch)
            align(network.hidden, batch)
            align(network.output, batch)
            pair(w_in.delay, batch)
            pair(w_rec.delay, batch)
        if starts[trial] == 1 and now > 0:
            pause(network.clock)
        clean = perturbed = total_weight = zero
        if in_pieces:
            clean, perturbed, total_weight = losses[trial, 0], losses[trial, 1], losses[trial, 2]
        for t in range(n_steps):
            if is_running(network.clock) and is_time_to_age(network.clock, t == 0 and starts[trial] == 1, now):
                now_s = present(network.clock)
                grow_older(front, seed, INPUT_LATERAL, now, now_s)
                grow_older(w_in, seed, IN, now, now_s)
                grow_older(w_rec, seed, RECURRENT, now, now_s)
                grow_older(lateral, seed, LATERAL, now, now_s)
                grow_older(w_out, seed, OUT, now, now_s)
            load(u, x[trial, t], batch)
            clear(u_hat)
            pass_on(front, due(schedule, front.request), u, u_hat, batch, seed, INPUT_LATERAL, now)
            remember(front, u_hat, 0, batch)
            clear(current)
            launch(w_in.delay, u_hat)
            launch(w_rec.delay, x_hat)
            from_input, from_hidden = arriving(w_in.delay, u_hat), arriving(w_rec.delay, x_hat)
            pass_on(w_in, due(schedule, w_in.request), from_input, current, batch, seed, IN, now)
            pass_on(w_rec, due(schedule, w_rec.request), from_hidden, current, batch, seed, RECURRENT, now)
            remember(w_in, from_input, hidden_pre, batch)
            remember(w_rec, from_hidden, hidden_pre, batch)
            receive(network.hidden, current)
            if measures(network.hidden_rule):
                differ(potential, batch, activity.arrived)
            perturb(network.hidden_source, Key(seed, HIDDEN_NOISE, now), now, potential, activity.noise)
            step(network.hidden, Key(seed, HIDDEN_NEURON, now), potential, xs)
            if measures(network.hidden_rule):
                innovate(potential, batch, activity.arrived, activity.noise)
            if wants_slope(network.hidden_rule):
                slope(network.hidden, potential, xs, activity.slope)
            clear(x_hat)
            pass_on(lateral, due(schedule, lateral.request), xs, x_hat, batch, seed, LATERAL, now)
            remember(lateral, x_hat, 0, batch)
            clear(drive)
            pass_on(w_out, due(schedule, w_out.request), x_hat, drive, batch, seed, OUT, now)
            if starts[trial] == 1 and t == 0:
                forget(w_out.eligibility)
            remember(w_out, x_hat, output_pre, batch)
            perturb(network.output_source, Key(seed, OUTPUT_NOISE, now), now, drive, activity.noise_out)
            step(network.output, Key(seed, OUTPUT_NEURON, now), drive, y)
            a, b = measure(
                y, target[trial, t], weight[trial, t], activity.error, broadcast.reference, broadcast.perturbed)
            clean += a
            perturbed += b
            total_weight += weight[trial, t]
            record(recorder, trial, t, network.hidden, x_hat, y)
            hidden = Local(potential[:batch], potential[last:], activity.noise, activity.no_error, activity.slope, x_hat[:batch])
            sent = Local(x_hat[:batch], x_hat[last:], activity.noise, activity.no_error, activity.slope, x_hat[:batch])
            shown = Local(
                u_hat[:batch], u_hat[last:], activity.no_input_error, activity.no_input_error, activity.no_input_error, u_hat[:batch])
            output = Local(drive[:batch], drive[last:], activity.noise_out, activity.error, activity.noise_out, y[:batch])
            if listens(network.hidden_rule) > 0:
                clear(activity.explained)
                explain(network.hidden_rule, Key(seed, CHOICE, now), t, hidden, activity.explained)
                report(y, activity.error, activity.explained, broadcast)
            gauge(network.hidden_rule, hidden, broadcast.square[0])
            gauge(network.output_rule, output, broadcast.square[1])
            transmit(network.channel, Key(seed, CHANNEL, now), now, broadcast)
            note(network.hidden_rule, t, hidden, broadcast)
            ask(network.hidden_rule, w_rec, hidden, broadcast, batch)
            ask_alike(w_in, w_rec)
            if starts[trial] == 1 and t == 0:  # nothing has been recurrent yet: the authors skip this update
                for k in range(w_rec.request.signal.size):
                    w_rec.request.signal[k] = zero
                forget(w_in.eligibility)  # what the last trial asked for is written by now
                forget(w_rec.eligibility)
            ask(network.lateral_rule, lateral, sent, broadcast, batch)
            ask(network.input_lateral_rule, front, shown, broadcast, batch)
            ask(network.output_rule, w_out, output, broadcast, batch)
            now += 1
            tick(network.clock)
            after_step(schedule, front, batch)
            after_step(schedule, w_in, batch)
            after_step(schedule, w_rec, batch)
            after_step(schedule, lateral, batch)
            after_step(schedule, w_out, batch)
            if not (a - a == zero and b - b == zero):
                return first_step - now
        share = total_weight if total_weight > zero and not in_pieces else losses.dtype.type(1)
        losses[trial, 0] = clean / share
        losses[trial, 1] = perturbed / share
        if in_pieces:
            losses[trial, 2] = total_weight
        turn = now // n_steps - 1
        close(network.hidden_rule, turn, n_steps, w_rec.request.post)
        after_trial(schedule, front, turn, Key(seed, WRITE + INPUT_LATERAL, now))
        after_trial(schedule, w_in, turn, Key(seed, WRITE + IN, now))
        after_trial(schedule, w_rec, turn, Key(seed, WRITE + RECURRENT, now))
        after_trial(schedule, lateral, turn, Key(seed, WRITE + LATERAL, now))
        after_trial(schedule, w_out, turn, Key(seed, WRITE + OUT, now))
    if is_last == 1:  # a silent sweep writes what the last step asked for; it reads nothing that is kept
        clear(u)
        pass_on(front, due(schedule, front.request), u, u_hat, batch, seed, INPUT_LATERAL, now)
        pass_on(w_in, due(schedule, w_in.request), u, activity.sink, batch, seed, IN, now)
        pass_on(w_rec, due(schedule, w_rec.request), activity.silent, activity.sink, batch, seed, RECURRENT, now)
        pass_on(lateral, due(schedule, lateral.request), activity.silent, activity.sink[:lanes], batch, seed, LATERAL, now)
        pass_on(w_out, due(schedule, w_out.request), activity.silent, drive, batch, seed, OUT, now)
    return now - first_step
