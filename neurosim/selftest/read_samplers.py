"""Samples of the random effects of reads, neurons, time and the third factor, and where they lie in the laws that are stated.

Weights are those of the inputs of a chip, read by the loop's own verb; time passes at once, neurons and channel act by their own slots.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..arguments import Projection
from ..chip import Chip, compile_chip
from ..circuits.output_noise import OutputNoise
from ..contract import age, receive, step, transmit
from ..devices.flicker import components
from ..generators import generator
from ..network import Network
from ..quantity import number
from ..random import Key
from ..rules import ANP
from ..rules.rule import OBSERVER
from ..storage import padded, zeros
from ..tiles import inside
from ..verbs import AGE, CHANNEL, HIDDEN_NEURON, IN, pass_on
from ..wiring import hidden_neuron, sizes_of, wire
from .laws import Sample, folded, lognormal, normal, places
from .write_samplers import INSIDE, POSTS, Case, directions, placed

STREAM = 7102   # of weights and inputs
INPUTS, LANES = 3, 32
OUTPUTS = 256   # of a chip whose outputs differ
NEURONS, RADIUS = 200, 0.05  # of a chip whose neurons differ, each with 20 others around it: few have room for more
SPAN = 1e4      # seconds, or times t0, that devices are left alone


def answers(p: Projection, z: np.ndarray, seed: int, now: int) -> np.ndarray:
    """What one read returns, (lanes, post), of inputs (lanes, pre)."""
    lines, sums = zeros(p.lines.shape, z.dtype), zeros(p.sums.shape, z.dtype)
    lines[:, :z.shape[1]] = z
    pass_on(p, 0, lines, sums, z.shape[0], seed, IN, now)
    return sums


def projection(chip: Chip, lanes: int) -> Projection:
    """The weights from the inputs, behind their read path."""
    network: Any = wire(chip, OBSERVER, lanes, "step").network  # to the loop its parts are any tuples
    found: Projection = network.inputs
    return found


def of_reads(case: Case) -> dict[str, Sample]:
    """read_noise_rel, read_noise_abs, w_noise and out_noise: normal, afresh at every read, and so spread (w the weights, z the inputs):

    ``v |w z|``, ``v |z|``, ``v |z|`` or of phase-change devices ``v sqrt(sum |w| z^2)``, and ``v`` times the weight of a unit, which is u::

        rel: v sqrt(sum (w z)^2)   abs, w_noise: v u sqrt(sum z^2)   pcm: v sqrt(u sum |w| z^2)   out: v u
    """
    rng = generator(case.seed, STREAM)
    chip = placed(case, rng.uniform(-0.6, 0.6, (POSTS, INPUTS)))
    array, field, io = chip.arrays["inputs"], case.name.partition(".")[2], case.profile.io
    p, w, unit, found = projection(chip, LANES), array.weights(), array.scale, []
    for now in range(-(-case.n // (LANES * POSTS))):
        z = rng.standard_normal((LANES, INPUTS))
        power = np.square(z).sum(axis=1)[:, None] + np.zeros((LANES, POSTS))
        variance = {
            "read_noise_rel": np.square(z) @ np.square(w).T, "read_noise_abs": unit**2 * power, "out_noise": unit**2 + 0 * power,
            "w_noise": unit * (np.square(z) @ np.abs(w).T) if io.w_noise_model == "pcm" else unit**2 * power}[field]
        seen = answers(p, z, case.seed, now)[:, :POSTS]
        found.append(places(normal(z @ w.T, case.value * np.sqrt(variance)), seen, case.seed))
    return {"read": np.concatenate(found)}


def of_lines(case: Case) -> dict[str, Sample]:
    """inp_noise: normal on every input line, seen through weights of which each passes one line on."""
    chip = placed(case, np.eye(POSTS))
    p, unit, rng, found = projection(chip, LANES), chip.arrays["inputs"].weights()[0, 0], generator(case.seed, STREAM), []
    for now in range(-(-case.n // (LANES * POSTS))):
        z = rng.standard_normal((LANES, POSTS))
        found.append(places(normal(z, case.value), answers(p, z, case.seed, now)[:, :POSTS] / unit, case.seed))
    return {"line": np.concatenate(found)}


def chips(case: Case, outputs: int) -> Iterator[tuple[Case, int]]:
    """As many cases of other seeds as there must be chips of so many outputs, and their number."""
    for k in range(-(-case.n // outputs)):
        yield case._replace(seed=case.seed + k), k


def of_outputs(case: Case) -> dict[str, Sample]:
    """v_offset_dtod, out_nonlinearity_dtod and out_noise_dtod: what differs from output to output, from one read of every chip.

    Offset o of ``y = x - o (x + 2 x_r)``; curvature |n (1 + v xi)| of ``y = x / (1 + c |x|)``; spread |n (1 + v xi)|, as it is built.
    """
    io, field, found = case.profile.io, case.name.partition(".")[2], []
    for one, _ in chips(case, OUTPUTS):
        chip = placed(one, np.full((OUTPUTS, INPUTS), INSIDE))
        p, array = projection(chip, 1), chip.arrays["inputs"]
        if field == "out_noise_dtod":
            seen, mean = inside(p.circuit, OutputNoise).sd[:OUTPUTS] / array.scale, number(io.out_noise)
            found.append(places(folded(mean, mean * case.value), seen, one.seed))
            continue
        z = np.full((1, INPUTS), 0.5)
        x, y = (z @ array.weights().T)[0] / array.scale, answers(p, z, one.seed, 0)[0, :OUTPUTS] / array.scale
        if field == "v_offset_dtod":
            offset = (x - y) / (x - 2 * number(io.v_offset_w_min) * z.sum())
            found.append(places(normal(0.0, case.value), offset, one.seed))
        else:
            mean = number(io.out_nonlinearity) / number(io.adc_range, 1.0)
            found.append(places(folded(mean, mean * case.value), (x / y - 1) / x, one.seed))
    return {"output": np.concatenate(found)}


def of_neurons(case: Case) -> dict[str, Sample]:
    """gain_cv, offset_std and intrinsic_std: the potential of neurons that receive 1 is 1 + v xi, frozen or afresh at every step."""
    found, is_frozen = [], case.name != "noise.intrinsic_std"
    for one, k in chips(case, NEURONS):
        network = Network(inputs=1, hidden=NEURONS, outputs=1, connectivity="local", radius=RADIUS)
        if is_frozen or k == 0:
            neuron = hidden_neuron(compile_chip(one.profile, network, one.seed, "float64", "digital"), 1)
        current = zeros((1, padded(NEURONS)), np.float64)
        current[:] = 1
        if is_frozen:
            receive(neuron, current)
        else:
            step(neuron, Key(case.seed, HIDDEN_NEURON, k), current, np.zeros_like(current))
        found.append(places(normal(1.0, case.value), current[0, :NEURONS], one.seed))
    return {"neuron": np.concatenate(found)}


def of_broadcasts(case: Case) -> dict[str, Sample]:
    """third_factor_noise: what arrives less what was sent, normal, afresh at every step."""
    chip, lanes = compile_chip(case.profile, Network(inputs=1, hidden=2, outputs=1), case.seed, "float64", "digital"), POSTS
    wired, found = wire(chip, ANP(learning_rate=0.1).build(sizes_of(chip, lanes, "step")), lanes, "step"), []
    channel, broadcast = wired.network.channel, wired.activity.broadcast
    for now in range(-(-case.n // broadcast.values.size)):
        broadcast.values[:] = 0.5
        transmit(channel, Key(case.seed, CHANNEL, now), now, broadcast)
        found.append(places(normal(0.5, case.value), broadcast.values, case.seed))
    return {"broadcast": np.concatenate(found)}


def of_time(case: Case) -> dict[str, Sample]:
    """drift_nu_dtod, leak_lifetime_dtod, diffusion_per_sqrt_s and read_flicker_rel: what is left of a weight after some time.

    ::

        drift: ((t + t0) / t0)^-nu, nu |1 + v xi|        leak: exp(-t / tau), tau exp(v xi)
        diffusion: w + v sqrt(t) xi                      flicker: w (1 + e), e normal, variances of its components added up
    """
    time, field, sign = case.profile.time, case.name.partition(".")[2], np.abs(directions(case.n))
    chip = placed(case, INSIDE * sign)
    array = chip.arrays["inputs"]
    t0_s, lifetime_s = number(time.drift_t0_s), number(time.leak_lifetime_s)
    passed_s = {"drift_nu_dtod": SPAN * t0_s, "leak_lifetime_dtod": lifetime_s / 2}.get(field, SPAN)
    age(array.device, array.conductance, Key(case.seed, AGE + IN, 0), np.float64(passed_s))
    left = array.weights() / (INSIDE * array.scale)
    if field == "drift_nu_dtod":
        nu = -np.log(left) / np.log((passed_s + t0_s) / t0_s)
        return {"exponent": places(folded(1.0, case.value), nu / number(time.drift_nu), case.seed)}
    if field == "leak_lifetime_dtod":
        return {"lifetime": places(lognormal(0.0, case.value), passed_s / lifetime_s / -np.log(left), case.seed)}
    if field == "diffusion_per_sqrt_s":
        return {"weight": places(normal(1.0, case.value * passed_s**0.5 / INSIDE), left, case.seed)}
    relaxation_s, sd = components(case.value, number(time.read_flicker_s))
    variance = (sd**2 * (1 - np.exp(-2 * passed_s / relaxation_s))).sum()
    return {"read": places(normal(1.0, variance**0.5), left, case.seed)}
