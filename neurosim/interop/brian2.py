"""A spiking network as a Brian2 `Network`: same weights, delays and parameters, in dimensionless potentials and seconds.

Order of a step: here a spike of step t arrives in step t + 1, where the membrane first moves, then fires, then is reset.  Brian2 delivers
at the end of step t, so that is the same if resets come before synapses, which the schedule of the network says.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError
from ..neurons.adex import AdEx
from ..neurons.exponential_synapse import ExponentialSynapse
from ..neurons.graded import Graded
from ..neurons.integrators import INTEGRATORS
from ..neurons.lif import LIF, AdaptiveLIF
from ..neurons.receptors import ConductanceLIF, Receptors
from ..neurons.sending import Counting

DECAYS = ("dge/dt = -ge / tau_e : 1", "dgi/dt = -gi / tau_i : 1", "tau_e : second (constant)", "tau_i : second (constant)")
SCHEDULE = ["start", "groups", "thresholds", "resets", "synapses", "end"]


class Bridge(NamedTuple):
    """A Brian2 network that is ready to run, and what watches it."""

    network: Any   # brian2.Network
    neurons: Any   # NeuronGroup, variable `v`
    spikes: Any    # SpikeMonitor
    states: Any    # StateMonitor of v, None if not wanted
    step_s: float


class Group(NamedTuple):
    """Equations and parameters of a population."""

    equations: list[str]
    parameters: dict[str, np.ndarray]
    threshold: str
    reset: list[str]
    arrives: str  # what a synapse does to its neuron
    method: str = "exact"
    below: str = ""  # the same for weights below 0, if that is something else


def tau_of(keep: np.ndarray, step_s: float) -> np.ndarray:
    """Time constant, s, of ``keep = exp(-step / tau)``."""
    return -step_s / np.log(np.asarray(keep, np.float64))


def group_of(neuron: Any, n: int, step_s: float) -> Group:
    """What Brian2 has to know of a population of neurosim.

    Raises
    ------
    InputError
        If the neurons have no equations in Brian2, or send graded spikes.
    """
    if isinstance(neuron, Counting):
        return group_of(neuron.inner, n, step_s)
    if isinstance(neuron, ExponentialSynapse):
        inner = group_of(neuron.inner, n, step_s)
        equations = [*inner.equations, "ds/dt = -s / tau_s : 1", "tau_s : second (constant)"]
        return inner._replace(
            equations=[line.replace("- v) / tau", "- v + s) / tau") for line in equations],
            parameters={**inner.parameters, "tau_s": tau_of(neuron.keep[:n], step_s)}, arrives="s_post += weight")
    if isinstance(neuron, Graded):
        bits = int(np.rint(np.log2(float(neuron.top) + 1)))
        raise InputError("network.membrane.graded_bits", f"= {bits}; the spikes of --backend 'brian2' carry no payload, leave it out")
    if isinstance(neuron, AdaptiveLIF):
        inner = group_of(neuron.base, n, step_s)
        equations = [*inner.equations, "da/dt = -a / tau_a : 1", "tau_a : second (constant)", "jump : 1 (constant)"]
        parameters = {**inner.parameters, "tau_a": tau_of(neuron.fade[:n], step_s), "jump": neuron.jump[:n]}
        return inner._replace(
            equations=equations, parameters=parameters, threshold="v > threshold + a", reset=[*inner.reset, "a += jump"])
    if isinstance(neuron, Receptors):
        inner = group_of(neuron.inner, n, step_s)
        return inner._replace(
            equations=[*(line.replace("- v) / tau", "- v + ge + gi) / tau") for line in inner.equations), *DECAYS],
            parameters={**inner.parameters, **_decays(neuron, n, step_s)}, arrives="ge_post += weight", below="gi_post += weight")
    if isinstance(neuron, ConductanceLIF):
        inner = group_of(neuron.inner, n, step_s)  # exponential Euler holds the conductances during a step as well
        pulled = "(resting - v + ge * (reversal_e - v) + gi * (reversal_i - v))"
        equations = [line.replace("(resting - v)", pulled) for line in inner.equations]
        return inner._replace(
            equations=[*equations, *DECAYS, "reversal_e : 1 (constant)", "reversal_i : 1 (constant)"], method="exponential_euler",
            parameters={**inner.parameters, **_decays(neuron, n, step_s), "reversal_e": neuron.reversal_e[:n],
                        "reversal_i": neuron.reversal_i[:n]}, arrives="ge_post += weight", below="gi_post -= weight")
    if isinstance(neuron, AdEx):
        return _adex(neuron, n, step_s)
    if not isinstance(neuron, LIF):
        raise InputError("--backend", f"= 'brian2'; {type(neuron).__name__} neurons do not spike")
    is_ever_silent = bool(neuron.silence[:n].any())  # Brian2 loses the kicks of the very step of a spike even if refractory = 0
    equations = [
        "dv/dt = (resting - v) / tau : 1" + " (unless refractory)" * is_ever_silent, "tau : second (constant)",
        *(f"{name} : 1 (constant)" for name in ("resting", "threshold", "after")), "silence : second (constant)"]
    parameters = {"tau": tau_of(neuron.keep[:n], step_s), "resting": neuron.resting[:n], "threshold": neuron.threshold[:n],
                  "after": neuron.after[:n], "silence": neuron.silence[:n] * step_s}
    return Group(equations, parameters, "v > threshold", ["v += after" if neuron.carry == 1 else "v = after"], "v_post += weight")


def _decays(neuron: Any, n: int, step_s: float) -> dict[str, np.ndarray]:
    """Time constants of both kinds of synapse."""
    return {"tau_e": tau_of(neuron.keep_e[:n], step_s), "tau_i": tau_of(neuron.keep_i[:n], step_s)}


def _adex(neuron: AdEx, n: int, step_s: float) -> Group:
    """The same equations; the method is that of the integrator."""
    is_ever_silent, has_synapse = bool(neuron.silence[:n].any()), neuron.kicks == 0
    rows = {"resting": neuron.resting, "sharp": neuron.sharp, "turn": neuron.turn, "cut": neuron.cut, "after": neuron.after,
            "couple": neuron.couple, "jump": neuron.jump}
    times = {"tau": neuron.pace, "tau_w": neuron.pace_w, **({"tau_s": neuron.pace_s} if has_synapse else {})}
    current = " + s" if has_synapse else ""
    flag, rise = " (unless refractory)" * is_ever_silent, "resting - seen + sharp * exp((seen - turn) / sharp) - w"
    equations = [
        f"dv/dt = started * ({rise}{current}) / tau : 1{flag}", "dw/dt = started * (couple * (seen - resting) - w) / tau_w : 1",
        "seen = clip(v, -1e300, cut) : 1",
        "started : 1 (shared)", *(["ds/dt = -s / tau_s : 1"] if has_synapse else []),
        *(f"{name} : 1 (constant)" for name in rows), *(f"{name} : second (constant)" for name in (*times, "silence"))]
    parameters = {name: row[:n] for name, row in rows.items()}
    parameters |= {name: step_s / row[:n].astype(np.float64) for name, row in times.items()} | {"silence": neuron.silence[:n] * step_s}
    method = next(name for name, kind in INTEGRATORS.items() if isinstance(neuron.integrator, kind))
    return Group(equations, parameters, "v > cut", ["v = after", "w += jump"], f"{'s' if has_synapse else 'v'}_post += weight", method)


def build(
    neuron: Any, inputs: np.ndarray, recurrent: np.ndarray, events: np.ndarray, step_s: float, delays: np.ndarray | None = None,
    keep_states: bool = True,
) -> Bridge:
    """A network that starts one step early, so that its step t + 1 is step t here.

    Parameters
    ----------
    neuron : the hidden population, lane 0 of it
    inputs, recurrent : weights (post, pre)
    events : (steps, n_inputs) what the inputs send; every number other than 0 is an event of that size
    step_s : time of a step
    delays : axonal delay of every neuron, in steps

    Raises
    ------
    InputError
        If the neurons do not spike.
    """
    post, pre = np.nonzero(recurrent)
    later = np.zeros(pre.size) if delays is None else np.asarray(delays)[pre]
    return build_from(
        neuron, recurrent.shape[0], inputs, Synapses(pre, post, recurrent[post, pre], later), events, step_s, keep_states)


class Synapses(NamedTuple):
    """Recurrent synapses as columns."""

    pre: np.ndarray
    post: np.ndarray
    weight: np.ndarray
    delay_steps: np.ndarray  # beyond the step that it takes anyway


def build_from(
    neuron: Any, n: int, inputs: np.ndarray, recurrent: Synapses, events: np.ndarray, step_s: float, keep_states: bool = True,
    start: np.ndarray | None = None,
) -> Bridge:
    """`build` for synapses as columns, each with a delay of its own; `start` (n,) potentials below threshold, at rest if absent."""
    import brian2 as b2

    made, second = group_of(neuron, n, step_s), b2.second
    clock = b2.Clock(dt=step_s * second)
    neurons = b2.NeuronGroup(
        n, "\n".join(made.equations), threshold=made.threshold, reset="\n".join(made.reset), method=made.method, clock=clock,
        name="hidden*", refractory="silence" if made.parameters["silence"].any() else False)
    for name, values in made.parameters.items():
        is_time = name.startswith("tau") or name == "silence"
        setattr(neurons, name, values * second if is_time else values)
    resting = np.asarray(made.parameters["resting"], float)
    back = 1.0 if isinstance(neuron, AdEx) else np.exp(step_s / made.parameters["tau"])  # what the early step will have taken
    neurons.v = resting if start is None else resting + (start - resting) * back
    step, line = np.nonzero(events)
    sources = b2.SpikeGeneratorGroup(events.shape[1], line, step * step_s * second, clock=clock, name="inputs*")
    sizes = b2.TimedArray(np.asarray(events, float), dt=step_s * second, name="sizes*")

    def connect(source: Any, pre: np.ndarray, post: np.ndarray, weight: np.ndarray, later: Any, factor: str, names: dict) -> list[Any]:
        """Synapses by the sign of the weight, if that makes a difference."""
        parts = []
        for does, chosen in ((made.arrives, (weight > 0) | (not made.below)), (made.below, (weight < 0) & bool(made.below))):
            if chosen.any():
                one = b2.Synapses(source, neurons, "weight : 1", on_pre=does + factor, namespace=names, clock=clock)
                one.connect(i=pre[chosen], j=post[chosen])
                one.weight = weight[chosen]
                one.delay = later[chosen] * step_s * second
                parts.append(one)
        return parts

    to, line = np.nonzero(inputs)
    parts = [neurons, sources, *connect(
        sources, line, to, np.asarray(inputs, float)[to, line], np.zeros(to.size), " * sizes(t, i)", {"sizes": sizes})]
    parts += connect(
        neurons, recurrent.pre, recurrent.post, np.asarray(recurrent.weight, float), np.asarray(recurrent.delay_steps), "", {})
    spikes, states = b2.SpikeMonitor(neurons), None
    if keep_states:
        states = b2.StateMonitor(neurons, "v", record=True, when="after_resets", clock=clock)
        parts.append(states)
    network = b2.Network([*parts, spikes])
    network.schedule = SCHEDULE
    return Bridge(network, neurons, spikes, states, step_s)


def run(bridge: Bridge, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Spikes, (steps, n) 0 or 1, and membranes after every step, (steps, n); the latter are empty if they are not kept."""
    import brian2 as b2

    bridge.network.run(bridge.step_s * b2.second, namespace={})
    if "started" in bridge.neurons.variables:  # neurons that do not stay where they start wait for the first events
        bridge.neurons.started = 1
    bridge.network.run(steps * bridge.step_s * b2.second, namespace={})
    sent = np.zeros((steps + 1, bridge.neurons.N))
    sent[np.rint(np.asarray(bridge.spikes.t / b2.second) / bridge.step_s).astype(int), np.asarray(bridge.spikes.i)] = 1
    if bridge.states is None:
        return sent[1:], np.zeros((0, bridge.neurons.N))
    return sent[1:], np.asarray(bridge.states.v).T[1:steps + 1]
