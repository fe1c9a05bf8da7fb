"""Learning on the ideal chip: the online step against NumPy, sequences against backpropagation through time, both against the machine."""
from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..chip import compile_chip
from ..compiled import compiled
from ..generators import generator
from ..network import Network
from ..recorders.activity import Forgetful
from ..rules import ANP
from ..rules.decorrelation import Decorrelation
from ..wiring import sizes_of, wire
from . import in_numpy
from .limits import multiplying, size_text, updating
from .machine import caches
from .peers import Peer, Unavailable, client
from .timing import Ratio, Spread, interleaved, missing, thread_seconds

DATA = 4004  # random stream
RATE, SIGMA = 1e-4, 1e-3
FORMS = {"": None, ", decorrelated": Decorrelation(rate=1e-5), ", decorrelated (head)": Decorrelation(rate=1e-5, form="head")}
SIZES, BATCHES = (100, 500, 1000), (1, 10, 100)
STEPS = 100  # of a sequence, and of the sequences of backpropagation
FEW = 100    # of NumPy, which takes long
# least ratios that the project set itself, by (decorrelated, size)
NAIVE = {("", 500): 4.0}
FRACTION = {("", 1000): 0.65}
F = np.float32


def data(trials: int, steps: int, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets (trials, steps, batch, 1)."""
    x, y = (0.3 * generator(1, DATA).standard_normal((2, trials, steps, batch, 1))).astype(F)
    return x, y


def learner(network: Network, update: str, x: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    """A function that runs all trials of the compiled loop with ANP on an ideal chip and returns the losses (trials, 2)."""
    from .. import profile

    trials, steps, batch, _ = x.shape
    chip = compile_chip(profile.load("ideal"), network, 1)
    wired = wire(chip, ANP(learning_rate=RATE, sigma=SIGMA).build(sizes_of(chip, batch, update, steps, trials)), batch, update, steps)
    losses, weight, starts = np.zeros((trials, 2), F), np.ones((trials, steps), F), np.ones(trials, np.uint8)
    run = compiled()

    def learn() -> np.ndarray:
        run(wired.network, wired.schedule, Forgetful(), wired.activity, x, y, weight, starts, losses, 1, 0, 1)
        return losses
    return learn


def operations(hidden: int, form: Decorrelation | None) -> tuple[float, float]:
    """(bytes, floating-point operations) of the matrices in an online step: each is read and written once, and meets two vectors.

    A rank-one update and two products are 6 n^2 operations; form "head" of decorrelation needs a third product, and scales: 10 n^2.
    """
    n = float(hidden) ** 2
    return (8 * n, 6 * n) if form is None else (16 * n, 16 * n if form.form == "head" else 12 * n)


def step(repeats: int, sizes: tuple[int, ...] = SIZES, forms: tuple[str, ...] = tuple(FORMS), most: int = 2000) -> list[Ratio]:
    """Online ANP, batch 1: per step, against the same in NumPy, against BPTT in PyTorch, and as a share of the bandwidth.

    The limit is an update in place of as many bytes as the matrices of the step have, read and written once.  A call has up to `most`
    steps, as an epoch has: handing over all arrays takes as long as hundreds of steps of a small network.
    """
    lines: list[Ratio] = []
    for hidden in sizes:
        for form in forms:
            lines += one_step(repeats, hidden, form, most)
    return lines


def one_step(repeats: int, hidden: int, form: str, most: int) -> list[Ratio]:
    """The lines of one size and one form of decorrelation."""
    settings = FORMS[form]
    moved, count = operations(hidden, settings)
    steps = int(np.clip(2**29 // hidden**2, min(400, most), most))
    few = min(steps, FEW)
    network = Network(inputs=1, hidden=hidden, outputs=1, decorrelation=settings)
    x, y = data(1, steps, 1)
    size, what = int(moved / 2), f"ANP step, N = {hidden}{form}"
    limit, peer = f"limit: update of {size_text(size)}", "PyTorch BPTT step" if settings is None else None
    measures: dict[str, Callable[[], float]] = {
        "ours": partial(per, learner(network, "step", x, y), steps),
        "NumPy": partial(per, in_numpy.online(network, RATE, SIGMA, x[0, :few], y[0, :few]), few),
        limit: updating(size, size * steps)}
    found, why = beside(measures, repeats, peer, hidden, 1)
    ours = 1e6 * found["ours"]
    level = caches().level(size)
    rates = f"{1e-9 * count / found['ours'].median:.3g} GFLOP/s, {1e-9 * moved / found['ours'].median:.3g} GB/s, {level}"
    lines = [Ratio("step", what, "NumPy", "us", ours, 1e6 * found["NumPy"], NAIVE.get((form, hidden))),
             Ratio("step", what, limit, "us", ours, 1e6 * found[limit], FRACTION.get((form, hidden)), rates)]
    if peer is not None:
        wanted = 4.0 if hidden == 500 else None
        lines.append(missing("step", what, peer, why) if why else Ratio("step", what, peer, "us", ours, 1e6 * found[peer], wanted))
    return lines


def beside(
    measures: dict[str, Callable[[], float]], repeats: int, name: str | None, hidden: int, batch: int
) -> tuple[dict[str, Spread], str]:
    """Measure with PyTorch among the others, by this name, if it is wanted; (what was found, why it could not be run)."""
    torch: Peer | None = None
    why = ""
    if name is not None:
        try:
            torch = client("torch", "run_torch.py", hidden, batch, STEPS)
            measures = {**measures, name: lambda: torch.seconds() / STEPS}  # type: ignore[union-attr]
        except Unavailable as problem:
            why = str(problem)
    try:
        return interleaved(measures, repeats), why
    finally:
        if torch is not None:
            torch.close()


def sequence(repeats: int, batches: tuple[int, ...] = BATCHES, hidden: int = 500, steps: int = STEPS) -> list[Ratio]:
    """ANP that writes once per sequence: per step of the whole batch, against BPTT in PyTorch, and as a share of NumPy's sgemm.

    Per step and sample both passes (2 products) and the correlation are 6 n^2 operations.
    """
    lines: list[Ratio] = []
    for batch in batches:
        trials = max(1, 10 // batch)  # handing over all arrays takes as long as many steps
        x, y = data(trials, steps, batch)
        learn = learner(Network(inputs=1, hidden=hidden, outputs=1), "sequence", x, y)
        peer, what, limit = "PyTorch BPTT", f"ANP per sequence, N = {hidden}, batch {batch}", "limit: sgemm"
        count = 6.0 * hidden**2 * batch
        found, why = beside({"ours": partial(per, learn, trials * steps), limit: multiplying()}, repeats, peer, hidden, batch)
        ours = 1e6 * found["ours"]
        lines.append(missing("sequence", what, peer, why) if why else
                     Ratio("sequence", what, peer, "us per step", ours, 1e6 * found[peer], 1.1 if batch > 1 else None))
        lines.append(Ratio("sequence", what, limit, "us per step", ours, 1e6 * count * found[limit], None,
                           f"{1e-9 * count / found['ours'].median:.3g} GFLOP/s"))
    return lines


def per(call: Callable[[], object], count: int) -> float:
    """CPU seconds of one of so many that `call` does."""
    return thread_seconds(call) / count
