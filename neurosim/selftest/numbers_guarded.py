"""Numbers are guarded: NaN, infinity and 1e300 are put into data, weights, profiles and into what parts remember while they learn.

Each must be noticed, with a message that names the step, the quantity, its unit and the last good state, or be refused as input; or it
must change no byte of the result, as in workspace that is written before it is read.
"""
from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..chip import compile_chip
from ..errors import DivergenceError, InputError
from ..network import Network
from ..neurons.settings import Membrane
from ..numbers import with_numbers
from ..profile import load
from ..rules import ANP, EProp, Readout, Trace
from ..standing import Standing
from ..tasks.task import Dataset, Trials, error_scores
from ..trainer import train
from ..trials import Regime
from ..updaters.gathering import Gathering
from ..updaters.optimizer import Optimizer
from .promise import Outcome, Size

VALUES = {"short": (float("nan"),), "full": (float("nan"), float("inf"), 1e300)}
STEPS, TRIALS = 3, 2


class Setup(NamedTuple):
    """What learns: the network, its profile, the rule and how it is written."""

    network: dict[str, Any]
    profile: str = "ideal"
    rule: Any = ANP(learning_rate=0.05, sigma=0.01)
    options: dict[str, Any] = {}
    precision: str = "float32"


SPIKING = {"neuron": "spiking", "input_scale": 6.0,
           "membrane": Membrane(threshold=0.1, reset="zero", synapse_s=5e-3, adaptation_s=0.05, jump=0.1)}
SEQUENCE = {"update": "sequence"}
DATA = {  # of which a rule that learns the readout alone hears nothing through neurons that fire or saturate
    "tanh": Setup({}), "tanh in float64": Setup({}, precision="float64"), "DAC": Setup({}, "reram-sb"),
    "spikes": Setup(SPIKING, "ideal", Readout(learning_rate=0.1)),
    "changes": Setup({"send_threshold": 0.01}, "ideal", Readout(learning_rate=0.1)),
    "integers": Setup({"neuron": "spiking", "membrane": Membrane(threshold=0.3, reset="zero")}, "loihi1", Readout(learning_rate=0.1)),
}
REMEMBERED = {
    "spikes, delays": Setup({**SPIKING, "delay_steps": (0, 2)}, "ideal", EProp(learning_rate=0.05), SEQUENCE),
    "online": Setup({"neuron": "leaky", "tau_steps": 3.0}, "reram-sb"),
    "Adam": Setup({}, "ideal", Trace(learning_rate=0.05), {**SEQUENCE, "regime": Regime(Optimizer(hidden="adam", readout="momentum"))}),
    "Tiki-Taka": Setup({}, "reram-es", options={**SEQUENCE, "regime": Regime(updater=Gathering(kind="tiki_taka_v2"))}),
    "drift": Setup({}, "pcm", options=SEQUENCE),
}
PROFILE = (
    ("reram-sb", "device.dw_min"), ("reram-sb", "device.dw_min_std"), ("reram-sb", "device.dw_min_dtod"), ("reram-sb", "device.w_max"),
    ("reram-sb", "device.w_min"), ("reram-sb", "io.out_noise"), ("reram-sb", "io.inp_bound"), ("reram-sb", "io.out_bound"),
    ("pcm", "time.drift_nu"), ("fixed8", "weights.range"), ("reram-sb", "device.up_down"), ("reram-sb", "weights.headroom"))


class Point(NamedTuple):
    """Where a number is put: a name, and what runs with it there and returns the bytes of the result."""

    name: str
    run: Callable[[float], bytes]
    clean: Callable[[], bytes]


def check(size: Size, seed: int, folder: Path) -> Outcome:
    """Try every point with every value, as plain Python: no two of these networks compile to the same loop; see `promise.Check`."""
    before, failures, noticed, harmless = os.environ.get("NEUROSIM_PYTHON"), [], 0, 0
    os.environ["NEUROSIM_PYTHON"] = "1"
    try:
        for point in points(seed, size):
            for value in VALUES[size]:
                found = tried(point, value)
                noticed += found == ""
                harmless += found == "harmless"
                failures += [f"{point.name}, {value:g}: {found}"] if found not in ("", "harmless") else []
    finally:
        if before is None:
            del os.environ["NEUROSIM_PYTHON"]
        else:
            os.environ["NEUROSIM_PYTHON"] = before
    figure = f"{noticed} noticed, {harmless} without any effect, {len(failures)} silent or badly told"
    return Outcome(noticed + harmless + len(failures), tuple(failures), figure)


def tried(point: Point, value: float) -> str:
    """What is wrong with how a number is dealt with: empty if it is noticed and told, "harmless" if it does nothing."""
    try:
        with np.errstate(all="ignore"):
            result = point.run(value)
            return "harmless" if result == point.clean() else "nobody noticed"
    except DivergenceError as error:
        missing = [name for name in ("quantity", "unit", "last_good") if not getattr(error, name)]
        return f"the message names no {', '.join(missing)}: {error}" if missing or error.step < 0 else ""
    except InputError as error:
        return "" if error.where and error.problem else f"the message names nothing: {error}"


def points(seed: int, size: Size) -> Iterator[Point]:
    """All of them, by what they are put into; few of each for the gate."""
    few, epochs = (1, (0,)) if size == "short" else (None, (0, 1))
    tanh = DATA["tanh"]
    for name, setup in DATA.items() if few is None else (("spikes", DATA["spikes"]), ("DAC", DATA["DAC"])):
        for epoch in epochs:
            yield Point(f"input of epoch {epoch + 1}, {name}", _with_data(setup, seed, epoch, "inputs"), _whole(setup, seed))
    for field in ("targets", "active"):
        for epoch in epochs:
            yield Point(f"{field} of epoch {epoch + 1}", _with_data(tanh, seed, epoch, field), _whole(tanh, seed))
    for field in ("inputs", "targets")[:few]:
        yield Point(f"{field} of the test", _with_data(tanh, seed, 2, field), _whole(tanh, seed))
    for name in ("inputs", "recurrent", "readout")[:few]:
        for precision in ("float32", "float64")[:few]:
            setup = tanh._replace(precision=precision)
            yield Point(f"weight of {name}, {precision}", _with_weight(setup, seed, name), _whole(setup, seed))
    for profile, field in PROFILE[:few]:
        setup = Setup({}, profile)
        yield Point(f"{field} of {profile}", _with_number(setup, seed, field), _whole(setup, seed))
    for name, setup in list(REMEMBERED.items())[:few]:
        stood: list[Standing] = []

        def keep(take: Callable[[], Standing | None], is_over: bool, stood: list[Standing] = stood) -> None:
            found = take()
            stood += [] if found is None else [found]

        wanted = _run(setup, seed, keep=keep)
        middle = stood[len(stood) // 2]
        fields = [field for field, array in middle.arrays.items() if array.dtype.kind == "f"]
        for field in fields if few is None else [field for field in fields if field.endswith(("/v", "/a", "/s", "conductance"))]:
            yield Point(f"{field}, {name}", _with_state(setup, seed, middle, field), _known(wanted))


def _known(wanted: bytes) -> Callable[[], bytes]:
    return lambda: wanted


def _trials(seed: int, k: int) -> Trials:
    rng = np.random.Generator(np.random.Philox(key=np.array([seed, 100 + k], np.uint64)))
    x, y = (0.5 * rng.standard_normal((TRIALS, STEPS, 1, n)) for n in (2, 1))
    return Trials(x, y, np.ones((TRIALS, STEPS)), np.ones(TRIALS, bool))


def _run(setup: Setup, seed: int, spoilt: Callable[[int, Trials], None] | None = None, profile: Any = None, weight: Any = None,
         **more: Any) -> bytes:
    """Train for two epochs; the bytes of what came out."""
    shown = [_trials(seed, k) for k in range(3)]
    if spoilt is not None:
        for k, trials in enumerate(shown):
            spoilt(k, trials)
    data = Dataset(2, 1, "step", lambda epoch: shown[epoch], shown[2], False, {}, lambda outputs: error_scores(shown[2], outputs), "")
    network = Network(inputs=2, hidden=3, outputs=1, **setup.network)
    chip = compile_chip(load(setup.profile) if profile is None else profile, network, seed, setup.precision)
    if weight is not None:
        chip.arrays[weight[0]].conductance[0, 1] = weight[1]
    run = train(chip, data, setup.rule, epochs=2, batch=1, seed=seed, **setup.options, **more)
    return b"".join([run.outputs.tobytes(), repr(run.curves).encode(), *(array.tobytes() for array in chip.state().values())])


def _whole(setup: Setup, seed: int) -> Callable[[], bytes]:
    return lambda: _run(setup, seed)


def _with_data(setup: Setup, seed: int, epoch: int, field: str) -> Callable[[float], bytes]:
    def run(value: float) -> bytes:
        def spoilt(k: int, trials: Trials) -> None:
            if k == epoch:
                getattr(trials, field)[1, 1, ...] = value
        return _run(setup, seed, spoilt)
    return run


def _with_weight(setup: Setup, seed: int, name: str) -> Callable[[float], bytes]:
    return lambda value: _run(setup, seed, weight=(name, value))


def _with_number(setup: Setup, seed: int, field: str) -> Callable[[float], bytes]:
    section, _, key = field.partition(".")
    return lambda value: _run(setup, seed, profile=with_numbers(load(setup.profile), {section: {key: value}}))


def _with_state(setup: Setup, seed: int, standing: Standing, field: str) -> Callable[[float], bytes]:
    def run(value: float) -> bytes:
        array = standing.arrays[field].copy()
        array.flat[np.flatnonzero(array)[0] if array.any() else 0] = value
        return _run(setup, seed, start=standing._replace(arrays={**standing.arrays, field: array}))
    return run
