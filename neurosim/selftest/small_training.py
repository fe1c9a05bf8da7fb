"""Any rule on any profile: small trainings with all noise on, whole and in pieces, and digests of all that comes of them."""
from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np

from ..chip import Chip, compile_chip
from ..compiled import compiled
from ..contract import is_deferred
from ..generators import generator
from ..network import Network
from ..neurons.settings import Membrane
from ..numbers import noises, with_noise
from ..profile import Profile, load, names
from ..recorders.activity import Forgetful
from ..rules import RULES, Rule
from ..rules.rule import OBSERVER, Sizes
from ..standing import arrays_of, digests_of
from ..tasks.task import Dataset, Trials, error_scores
from ..trainer import train
from ..trials import Arrays, Cut, kernel_seed, observe
from ..wiring import sizes_of, wire

DATA = 7111  # stream of the generator
INPUTS, OUTPUTS, BATCH = 2, 1, 2
TRIALS, STEPS = 2, 2
SAMPLES = 3  # shown together, and one by one
SPIKING = ("e_prop", "reward_stdp")  # made for spikes
MEMBRANES: dict[str | None, dict[str, Any]] = {  # of the neurons that a chip has, by their arithmetic
    None: {"threshold": 0.1, "reset": "zero", "synapse_s": 5e-3}, "loihi": {"threshold": 0.1, "reset": "zero", "synapse_s": 3e-3},
    "xylo": {"threshold": 0.1, "synapse_s": 3e-3}, "reckon": {"threshold": 0.3}, "truenorth": {"threshold": 0.2}}
LOUD = {"learning_rate": 0.05, "sigma": 0.05}  # so that coarse devices are sent pulses within a few steps


class Combination(NamedTuple):
    """A rule and a profile, by name."""

    rule: str
    profile: str

    def __str__(self) -> str:
        return f"{self.rule} on {self.profile}"


def every() -> list[Combination]:
    """All that the package ships."""
    return [Combination(rule, profile) for profile in names() for rule in RULES]


def few() -> list[Combination]:
    """Each rule once, and a profile of each class of devices once: no two of them make the same compiled loop."""
    rules, profiles = list(RULES), representatives()
    count = max(len(rules), len(profiles))
    return [Combination(rules[k % len(rules)], profiles[k % len(profiles)]) for k in range(count)]


@cache
def representatives() -> tuple[str, ...]:
    """The first profile of each class of devices that takes a recurrent network; those with neurons of their own are classes as well."""
    found: dict[Any, str] = {}
    for name in names():
        profile = load(name)
        if profile.topology.recurrent is not False:
            chip = compile_chip(profile, network_of(profile, "anp", 2), 1)
            found.setdefault((kind_of(chip.arrays["recurrent"].device), profile.neuron.arithmetic), name)
    return tuple(found.values())


def kind_of(part: Any) -> Any:
    """The types in nested NamedTuples, outermost first: what a compiled loop is made for."""
    return (type(part).__name__, *map(kind_of, part)) if isinstance(part, tuple) else type(part).__name__


def network_of(profile: Profile, rule: str, hidden: int) -> Network:
    """The neurons that the chip has; spiking ones as well where the rule is made for them; else tanh."""
    kind = profile.neuron.arithmetic
    sizes: dict[str, Any] = {"inputs": INPUTS, "hidden": hidden, "outputs": OUTPUTS}
    if kind is None and rule not in SPIKING:
        return Network(**sizes)
    return Network(**sizes, neuron="spiking", input_scale=3.0, membrane=Membrane(**MEMBRANES[kind]))


def rule_of(name: str) -> Rule:
    """The rule with rates that move a small network within a few steps."""
    kind = RULES[name]
    return kind(**{field: value for field, value in LOUD.items() if field in kind.model_fields})


def update_of(name: str) -> str:
    """ "step" wherever the rule can write at every step, else "sequence"."""
    parts = rule_of(name).build(Sizes(INPUTS, 1, OUTPUTS, 1, "sequence", np.float32))
    return "sequence" if is_deferred(parts.hidden) else "step"


def trials(seed: int, number: int, count: int, steps: int, batch: int) -> Trials:
    """Random numbers; every second trial goes on from where the one before it ended."""
    rng = generator(seed, DATA, number)
    x, y = (0.5 * rng.standard_normal((count, steps, batch, n)) for n in (INPUTS, OUTPUTS))
    return Trials(x, y, np.ones((count, steps)), np.arange(count) % 2 == 0)


def chip_of(combination: Combination, seed: int, hidden: int) -> Chip:
    """The network of a combination on its chip."""
    profile = load(combination.profile)
    return compile_chip(profile, network_of(profile, combination.rule, hidden), seed)


def trained(combination: Combination, seed: int, hidden: int, epochs: int = 1) -> dict[str, str]:
    """Train from beginning to end; digests of what comes of it, and "yes" or "no" under "moved": whether a weight did.

    Raises
    ------
    InputError, MappingError
        If the package refuses the combination.
    """
    chip, test = chip_of(combination, seed, hidden), trials(seed, epochs, 1, STEPS, BATCH)
    data = Dataset(INPUTS, OUTPUTS, update_of(combination.rule), lambda epoch: trials(seed, epoch, TRIALS, STEPS, BATCH), test, False, {},
                   partial(error_scores, test), "random numbers")
    before = {name: array.copy() for name, array in chip.weights().items()}
    run = train(chip, data, rule_of(combination.rule), epochs=epochs, batch=BATCH, seed=seed)
    moved = any((array != before[name]).any() for name, array in chip.weights().items())
    return {
        "outputs": digest({"outputs": run.outputs}), "chip state": digest(chip.state()), "devices": digest(arrays_of(chip.arrays)),
        "curves": text_digest(run.curves), "counts": text_digest((run.counts, run.stores, run.inference, run.step)),
        "moved": "yes" if moved else "no"}


def digest(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 of names, types, shapes and bytes."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        found.update(f"{name} {arrays[name].dtype.str} {arrays[name].shape} ".encode())
        found.update(np.ascontiguousarray(arrays[name]).tobytes())
    return found.hexdigest()


def text_digest(what: Any) -> str:
    """SHA-256 of what Python prints of it, in which no digit of a number is lost."""
    return hashlib.sha256(repr(what).encode()).hexdigest()


class Span(NamedTuple):
    """Length of a run that is cut."""

    trials: int
    steps: int

    @property
    def total(self) -> int:
        """Steps of all trials."""
        return self.trials * self.steps


def places(rule: str, span: Span) -> list[int]:
    """Steps after which a run can be cut: any, or the ends of trials where a trial is written as a whole; its own end is none."""
    return list(range(1, span.total)) if update_of(rule) == "step" else list(range(span.steps, span.total, span.steps))


def pieces(span: Span, ends: Iterable[int]) -> Iterator[Cut]:
    """A run that is cut after so many steps: parts of a trial, and as many whole trials at a time as there are."""
    at = 0
    for end in [*sorted(set(ends)), span.total]:
        while at < end:
            trial, step = divmod(at, span.steps)
            whole = (end - at) // span.steps if step == 0 else 0
            if whole:
                yield Cut(trial, trial + whole, 0, span.steps)
                at += whole * span.steps
            else:
                last = min(span.steps, step + end - at)
                yield Cut(trial, trial + 1, step, last)
                at += last - step


def learned(combination: Combination, seed: int, hidden: int, span: Span, ends: Iterable[int] = ()) -> dict[str, bytes]:
    """Digests of every array of chip, neurons, rule and axons after a run, whole or cut, and of the losses of its trials.

    Parameters
    ----------
    ends : steps after which the loop is left and entered again
    """
    chip, update = chip_of(combination, seed, hidden), update_of(combination.rule)
    arrays = Arrays(trials(seed, 0, *span, BATCH), chip)
    parts = rule_of(combination.rule).build(sizes_of(chip, BATCH, update, span.steps, span.trials))
    wired, losses = wire(chip, parts, BATCH, update, span.steps), np.zeros((span.trials, 3), chip.dtype)
    key, done = kernel_seed(seed, "train"), 0
    for cut in pieces(span, ends):
        is_last = int(cut.last_trial == span.trials and cut.last_step == span.steps)
        done += compiled()(
            wired.network, wired.schedule, Forgetful(), wired.activity, *arrays.piece(cut), losses[cut.trial:cut.last_trial], key, done,
            is_last)
    return {**digests_of(arrays_of({**chip.arrays, "learned": wired, "losses": losses})), "steps": str(done).encode()}


def observed(profile: str, seed: int, hidden: int) -> tuple[bytes, bytes]:
    """Outputs and activity of samples that a chip sees side by side, and of the same samples one by one.

    Every random effect of the profile is off: what is drawn for a lane follows from its number.
    """
    quiet = load(profile)
    quiet = with_noise(quiet, 0.0 if any(True for _ in noises(quiet)) else None)
    shown = trials(seed, 0, TRIALS, STEPS, SAMPLES)
    chip = compile_chip(quiet, network_of(quiet, "anp", hidden), seed)

    def seen(samples: slice) -> tuple[np.ndarray, np.ndarray]:
        some = shown._replace(inputs=shown.inputs[:, :, samples], targets=shown.targets[:, :, samples])
        return observe(wire(chip, OBSERVER, some.inputs.shape[2], "step"), Arrays(some, chip), chip, seed, 0, True)

    together, alone = seen(slice(None)), [seen(slice(k, k + 1)) for k in range(SAMPLES)]
    return (b"".join(array.tobytes() for array in together),
            b"".join(np.concatenate(arrays, axis=2).tobytes() for arrays in zip(*alone, strict=True)))
