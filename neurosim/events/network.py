"""A recurrent network of spiking neurons that runs without learning, event by event: for networks of any sparsity, and for speed."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import poisson

from ..chip import Chip
from ..compiled import compiled
from ..contract import ports
from ..errors import InputError
from ..network import draw_delays
from ..neurons.graded import Graded
from ..neurons.population import Population as Settings
from ..neurons.sending import Counting
from ..storage import padded, zeros
from ..values import shared_by_all
from ..wiring import hidden_neuron
from .connections import Connections, arrange, between, check, rows
from .loop import Population, simulate
from .neurons import FUSED, resident
from .sources import Poisson, Quiet, Trains
from .spike_log import Log
from .spikes import Spikes

BLOCK = 4096  # spikes of room in the log beyond one for every neuron
WATCHED_STEPS = 10_000


class EventNetwork:
    """Spiking neurons, synapses between them, and what comes from outside.

    Parameters
    ----------
    n : neurons, at most 65,536
    membrane : settings of the neurons, those of the [network.membrane] table
    connections : synapses between the neurons, none if absent
    form : how synapses are held: "rows", "core" or "auto", see `connections.arrange`
    seed : of mismatch and of Poisson sources
    precision : "float32" or "float64"

    Notes
    -----
    A step: what has arrived reaches the neurons; those above threshold spike; their spikes are put on their way and arrive `delay_steps`
    later, 1 at the soonest.  Runs go on where the last one stopped; the result depends neither on how a run is cut nor on threads.

    Examples
    --------
    >>> from neurosim.events import Connections, EventNetwork, at_random
    >>> from neurosim.neurons.settings import Membrane
    >>> pair = Connections(np.array([0]), np.array([1]), np.array([2.0]), 5)
    >>> network = EventNetwork(2, Membrane(reset="zero"), pair)
    >>> network.potentials = [1.5, 0.0]
    >>> run = network.run(20)
    >>> run.step.tolist(), run.neuron.tolist()
    ([0, 5], [0, 1])
    """

    def __init__(
        self, n: int, membrane: Settings, connections: Connections | None = None, form: str = "auto", seed: int = 1,
        precision: str = "float32",
    ) -> None:
        if n < 1:
            raise InputError("n", f"= {n}; must be at least 1")
        if precision not in ("float32", "float64"):
            raise InputError("precision", f"= '{precision}'; must be 'float32' or 'float64'")
        self.n, self.step_s, self.seed, self.steps, self.dtype = n, membrane.step_s, seed, 0, np.dtype(precision)
        none = np.zeros(0, np.int64)
        neuron = membrane.build(n, 1, seed, self.dtype)  # type: ignore[attr-defined]
        self._own(neuron, connections or Connections(none, none, np.zeros(0)), form)

    def _own(self, neuron: Any, connections: Connections, form: str) -> None:
        """Take neurons and synapses; rows that hold one number become that number where the kernels read both."""
        if isinstance(neuron, Graded) or isinstance(getattr(neuron, "inner", None), Graded):
            raise InputError("membrane.graded_bits", "is for the learning loop; here a spike is a spike, leave it out")
        self.each = neuron  # one row per parameter
        self.kinds = ports(neuron)
        self.synapses, depth = arrange(connections, self.n, self.n, self.kinds, self.dtype, form)
        self.source: Any = Quiet()
        self.ring = zeros((depth, self.kinds, padded(self.n)), self.dtype)
        self.neuron = resident(shared_by_all(neuron, self.n), self.ring) if isinstance(neuron, FUSED) else neuron
        self.counts = np.zeros(3, np.int64)

    @classmethod
    def of_chip(cls, chip: Chip, form: str = "auto") -> EventNetwork:
        """The hidden layer of a chip with the weights that its devices hold now: what the learning loop computes without converters
        and read noise, one sample at a time.

        Give it inputs with `chip_input`.

        Raises
        ------
        InputError
            If its neurons do not spike.
        """
        network = chip.network
        if network.membrane is None or network.decorrelation is not None:
            what = f"neuron = '{network.neuron}'" if network.membrane is None else "decorrelation"
            raise InputError(f"network.{what}", "; must be 'spiking', without decorrelation, to run event by event")
        if "neuron" in chip.mapping:
            raise InputError(
                f"{chip.profile.file}: neuron.arithmetic", f"= '{chip.profile.neuron.arithmetic}'; integer neurons run step by step: "
                "use the learning loop, neurosim.digital, or chip.without = [\"neuron.arithmetic\"]")
        delays, self = draw_delays(network, chip.seed), cls.__new__(cls)
        self.n, self.step_s, self.seed, self.steps, self.dtype = network.hidden, network.membrane.step_s, chip.seed, 0, np.dtype(chip.dtype)
        neuron = hidden_neuron(chip, 1)
        recurrent = between(chip.weights()["recurrent"])
        recurrent = recurrent._replace(delay_steps=1 if delays is None else 1 + delays[recurrent.pre])
        self._own(neuron.inner if isinstance(neuron, Counting) else neuron, recurrent, form)
        return self

    def chip_input(self, chip: Chip, shown: np.ndarray) -> None:
        """Show `shown`, (steps, inputs), through the input weights of the chip; every number other than 0 is an event of that size."""
        if chip.network.bias:
            shown = np.concatenate([shown, np.ones((len(shown), 1))], axis=1)
        step, line = np.nonzero(shown)
        self.train_input(step, line, between(chip.weights()["inputs"]), shown[step, line])

    @property
    def potentials(self) -> np.ndarray:
        """Membrane potentials, (n,); may be set before or between runs."""
        return self._membranes()[0, :self.n].copy()

    @potentials.setter
    def potentials(self, values: Any) -> None:
        """A number for all, or one for every neuron."""
        values = np.asarray(values, self.dtype)
        if values.shape not in ((), (self.n,)) or not np.isfinite(values).all():
            raise InputError("potentials", f"must be a finite number or {self.n} of them")
        self._membranes()[0, :self.n] = values

    def _membranes(self) -> np.ndarray:
        neuron: Any = self.neuron
        while not hasattr(neuron, "v"):
            neuron = neuron.inner if hasattr(neuron, "inner") else neuron.base
        return neuron.v

    def poisson_input(self, rate_Hz: float, weight: float) -> None:
        """Give every neuron Poisson spikes of this total rate, independent of those of all others, through synapses of this weight.

        Replaces what came from outside before.
        """
        if not 0 <= rate_Hz * self.step_s <= 1000:
            raise InputError("rate_Hz", f"= {rate_Hz:g}; must be between 0 and 1000 per step")
        if not np.isfinite(weight):
            raise InputError("weight", f"= {weight}; must be finite")
        mean = rate_Hz * self.step_s
        below = poisson.cdf(np.arange(int(mean + 12 * np.sqrt(mean) + 24)), mean)
        thresholds = np.floor(below * 2.0**32) - 1
        thresholds = np.maximum(thresholds[thresholds < 2.0**32 - 1], 0).astype(np.uint32)
        thresholds = np.pad(thresholds, (0, -thresholds.size % 4), constant_values=np.uint32(2**32 - 1))
        port = 1 if self.kinds == 2 and weight < 0 else 0
        width = padded(self.n)
        self.source = Poisson(
            thresholds, self.dtype.type(weight), port, zeros(width, np.uint32), zeros(width, np.int32), self.n)

    def train_input(self, step: Any, line: Any, connections: Connections, value: Any = 1.0) -> None:
        """Give the network recorded spikes: input `line` sends `value` in `step`, through `connections` from lines to neurons.

        They arrive in that very step, as inputs do in a learning network; delays of `connections` must be 1.  Steps count from the start of
        the network.  Replaces what came from outside before.

        Raises
        ------
        InputError
            What is no list of spikes of these lines in the order of time, or no list of synapses.
        """
        step, line = np.asarray(step), np.asarray(line)
        if step.ndim != 1 or step.shape != line.shape or {step.dtype.kind, line.dtype.kind} - set("iu"):
            raise InputError("step, line", "must be two equally long rows of whole numbers")
        if (np.diff(step) < 0).any() or (step < 0).any():
            raise InputError("step", "must not be negative, and in the order of time")
        lines = int(max(line.max(initial=0), np.max(connections.pre, initial=0))) + 1
        if (line < 0).any():
            raise InputError("line", "must not be negative")
        check(connections, lines, self.n)
        if (np.asarray(connections.delay_steps) != 1).any():
            raise InputError("connections.delay_steps", "must be 1 for what comes from outside")
        value = np.broadcast_to(np.asarray(value, self.dtype), step.shape).copy()
        if not np.isfinite(value).all() or (self.kinds == 2 and (value < 0).any()):
            raise InputError("value", "must be finite, and not negative where receptors are told apart by the sign of the weight")
        bounds, post, weight, _ = rows(connections, lines, self.kinds, self.dtype)
        first = np.searchsorted(step, np.arange(int(step.max(initial=-1)) + 2))
        self.source = Trains(first.astype(np.int64), line.astype(np.int32), value, bounds, post, weight)

    def run(self, steps: int, watch: Sequence[int] = ()) -> Spikes:
        """Run so many steps; keep all spikes, and the membranes of the neurons to `watch` after every step."""
        if steps < 0:
            raise InputError("steps", f"= {steps}; must not be negative")
        watched = np.asarray(watch, np.int64).reshape(-1)
        if ((watched < 0) | (watched >= self.n)).any():
            raise InputError("watch", f"must be numbers of neurons, from 0 to {self.n - 1}")
        spikes, eights = np.zeros(self.n, np.int32), np.zeros(-(-self.n // 8), np.uint64)
        log = Log(np.zeros(self.n + BLOCK, np.int64), np.zeros(self.n + BLOCK, np.int32), np.zeros(2, np.int64), watched,
                  np.zeros((min(steps, WATCHED_STEPS), watched.size), self.dtype))
        population = Population(
            self.neuron, self.synapses, self.source, log, self.ring, zeros((1, padded(self.n)), self.dtype), eights.view(np.uint8), eights,
            spikes, self.counts)
        function, first, found = compiled(simulate), self.steps, []
        while self.steps < first + steps:
            self.steps += int(function(population, first + steps - self.steps, self.steps, self.seed))
            used, membranes = log.used
            found.append((log.step[:used].copy(), log.neuron[:used].copy(), log.membrane[:membranes].copy()))
            log.used[:] = 0
        empty = (np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros((0, watched.size), self.dtype))
        step, neuron, membrane = (np.concatenate(column) for column in zip(*found or [empty]))
        return Spikes(step - first, neuron, self.n, steps, self.step_s, membrane)
