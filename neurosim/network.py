"""What the user asks for: a recurrent network, before it is placed on a chip."""
from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from .errors import InputError
from .generators import generator
from .neurons.adex_settings import AdExMembrane
from .neurons.settings import Membrane
from .rules.decorrelation import Decorrelation
from .synapses.masks import block_mask, distance_mask, random_mask
from .weights_file import read

WEIGHTS, CONNECTIVITY, DELAYS = 1, 2, 3  # streams of the network's seed; each projection adds 16 times its number


class Topology(BaseModel):
    """The [network] table of an experiment: everything but the sizes that the task decides.

    h(t) = W0 x0(t) + R x(t-1), x(t) = tanh(h) (or its leaky form), y(t) = W1 x(t), with `readout_tau_steps`
    y(t) = k y(t-1) + (1 - k) W1 x(t), k = exp(-1 / tau); with decorrelation x is replaced by D x everywhere it is read.  No biases in the
    paper; `bias` adds an input that is always 1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    hidden: int = Field(ge=1, le=65535)
    neuron: Literal["tanh", "leaky", "spiking"] = "tanh"
    tau_steps: float | None = Field(default=None, gt=0, allow_inf_nan=False, description="time constant of leaky neurons")
    readout_tau_steps: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="time constant of outputs that integrate; none if absent")
    send_threshold: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="rate neurons send only when they have moved by more than this (sigma-delta)")
    membrane: Membrane | AdExMembrane | None = Field(default=None, discriminator="model", description="of spiking neurons")
    delay_steps: tuple[int, int] | None = Field(
        default=None, description="shortest and longest axonal delay of the recurrence, drawn evenly, on top of the step it takes anyway")
    connectivity: Literal["dense", "sparse", "local", "cores"] = "dense"
    density: float | None = Field(default=None, gt=0, le=1, description="sparse: share of recurrent synapses that exist")
    radius: float | None = Field(default=None, gt=0, le=0.5, description="local: largest distance on a ring of length 1")
    cores: int | None = Field(default=None, ge=1, description="cores: recurrent synapses exist within a core only")
    start: Literal["xavier", "orthogonal"] = "xavier"
    weights: str | None = Field(default=None, description="file of weights to start from (weights_file.py) instead of drawn ones")
    recurrent_scale: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    input_scale: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    bias: bool = False
    decorrelation: Decorrelation | None = None

    @model_validator(mode="after")
    def _match(self) -> Topology:
        for choice, field, chosen in (
            ("leaky", "tau_steps", self.neuron), ("spiking", "membrane", self.neuron), ("sparse", "density", self.connectivity),
            ("local", "radius", self.connectivity), ("cores", "cores", self.connectivity),
        ):
            if (chosen == choice) != (getattr(self, field) is not None):
                verb = "needs" if chosen == choice else f"is for {choice} only and must be absent with"
                where = f"'{chosen}' needs {field}" if chosen == choice else f"{field} {verb} '{chosen}'"
                raise ValueError(where)
        if self.send_threshold is not None and self.membrane is not None:
            raise ValueError("send_threshold is for rate neurons; spiking ones send spikes")
        if self.delay_steps is not None and not 0 <= self.delay_steps[0] <= self.delay_steps[1] <= 10_000:
            raise ValueError(f"delay_steps = {list(self.delay_steps)} must be two numbers from 0 to 10000, the smaller one first")
        if self.weights is not None and (self.connectivity != "dense" or self.delay_steps is not None or self.start != "xavier"):
            raise ValueError("weights is for connectivity = 'dense' without delay_steps, and stands in place of start")
        if self.cores is not None and self.cores > self.hidden:
            raise ValueError(f"cores = {self.cores} is more than hidden = {self.hidden}")
        return self


class Network(Topology):
    """A topology with the sizes of its task."""

    inputs: int = Field(ge=1, le=65535)
    outputs: int = Field(ge=1, le=65535)

    @property
    def leak_steps(self) -> float | None:
        """Time constant of the neurons in steps, None if they have no memory of their own; the mean of it if it is spread."""
        return self.tau_steps if self.membrane is None else self.membrane.tau_s / self.membrane.step_s

    @property
    def readout_share(self) -> float:
        """Part of an output that is new at every step; 1 if outputs have no memory."""
        return 1.0 if self.readout_tau_steps is None else 1 - float(np.exp(-1 / self.readout_tau_steps))

    @property
    def lines(self) -> int:
        """Input lines, the bias included."""
        return self.inputs + self.bias


class Matrices(NamedTuple):
    """Weights (post, pre) in float64 and which recurrent synapses exist."""

    inputs: np.ndarray
    recurrent: np.ndarray
    readout: np.ndarray
    mask: np.ndarray | None  # (hidden, hidden) bool, None if all exist


def xavier(n_post: int, n_pre: int, rng: np.random.Generator) -> np.ndarray:
    """Normal weights of standard deviation sqrt(2 / (n_pre + n_post)) (Glorot & Bengio 2010), as in the authors' code."""
    return rng.standard_normal((n_post, n_pre)) * np.sqrt(2 / (n_pre + n_post))


def orthogonal(n: int, rng: np.random.Generator) -> np.ndarray:
    """A random orthogonal matrix, uniform in the Haar measure (Mezzadri 2007)."""
    q, r = np.linalg.qr(rng.standard_normal((n, n)))
    return q * np.sign(np.diag(r))


def recurrent_mask(network: Network, seed: int) -> np.ndarray | None:
    """Which recurrent synapses exist; None for all-to-all."""
    n = network.hidden
    if network.density is not None:
        return random_mask(n, n, network.density, generator(seed, CONNECTIVITY))
    if network.radius is not None:
        return distance_mask(n, n, network.radius)
    if network.cores is not None:
        return block_mask(n, n, network.cores)
    return None


def draw_delays(network: Network, seed: int) -> np.ndarray | None:
    """Axonal delay of every hidden neuron, in steps; None without delays."""
    if network.delay_steps is None:
        return None
    low, high = network.delay_steps
    return generator(seed, DELAYS).integers(low, high + 1, network.hidden)


def given_weights(network: Network, path: str, readout: np.ndarray) -> Matrices:
    """The weights of a file; its readout is drawn if the file has none.

    Raises
    ------
    InputError
        If they are not of this network.
    """
    found = read(path)
    if ("bias" in found) != network.bias:
        has = "a" if "bias" in found else "no"
        raise InputError("network.weights", f"= {path!r}; has {has} bias; network.bias = {str(network.bias).lower()}")
    inputs = found["inputs"] if not network.bias else np.column_stack([found["inputs"], found["bias"]])
    readout = found.get("readout", readout)
    for array, shape, sizes in (
            (inputs, (network.hidden, network.lines), "network.hidden and the inputs of the task"),
            (readout, (network.outputs, network.hidden), "the outputs of the task and network.hidden")):
        if array.shape != shape:
            lines = f"{array.shape[0]} x {array.shape[1]}"
            raise InputError("network.weights", f"= {path!r}; has {lines} where {sizes} make {shape[0]} x {shape[1]}")
    return Matrices(inputs * network.input_scale, found["recurrent"] * network.recurrent_scale, readout, None)


def draw_weights(network: Network, seed: int) -> Matrices:
    """Initial weights; what a mask removes is made up for in the variance of what stays.

    Raises
    ------
    InputError
        If those of a file are asked for, and they are not of this network.
    """
    def stream(k: int) -> np.random.Generator:
        return generator(seed, WEIGHTS + 16 * k)

    n = network.hidden
    if network.weights is not None:
        return given_weights(network, network.weights, xavier(network.outputs, n, stream(2)))
    inputs = xavier(n, network.lines, stream(0)) * network.input_scale
    recurrent = orthogonal(n, stream(1)) if network.start == "orthogonal" else xavier(n, n, stream(1))
    mask = recurrent_mask(network, seed)
    if mask is not None:
        recurrent = recurrent * mask / np.sqrt(max(mask.mean(), 1 / mask.size))
    return Matrices(inputs, recurrent * network.recurrent_scale, xavier(network.outputs, n, stream(2)), mask)
