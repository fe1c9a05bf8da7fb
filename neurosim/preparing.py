"""From an experiment to its parts: profile, data, network and chip; what can be refused is refused here."""
from __future__ import annotations

from typing import Any

import numpy as np

from . import checkpoint
from .errors import InputError
from .experiment import Experiment


def profile_of(experiment: Experiment) -> Any:
    """The profile of the experiment: with the bits, numbers and noise that it asks for, without what it switches off."""
    from . import profile as profiles
    from .effects import without
    from .numbers import with_noise, with_numbers
    from .widths import with_bits

    wanted = experiment.chip
    asked = with_numbers(with_bits(profiles.load(wanted.profile), wanted.weight_bits), wanted.numbers)
    return with_noise(without(asked, wanted.without or (), "chip.without"), wanted.noise_scale)


def prepare(experiment: Experiment, profile: Any, seed: int) -> tuple[Any, Any]:
    """The parts of one seed, as a `yardsticks.Case`, and its chip; what can be refused is refused here."""
    from . import chip as chips
    from . import network, yardsticks

    train, placement, task = experiment.train, experiment.chip, experiment.task
    batch = train.batch or task.default_batch
    dataset = task.load(seed, batch)
    try:
        sizes = {"inputs": dataset.n_inputs, "outputs": dataset.n_outputs}
        sized = network.Network(**{**dict(experiment.network), **sizes})
    except ValueError as error:
        raise InputError("task", f"has {dataset.n_inputs} inputs and {dataset.n_outputs} outputs ({error})") from error
    case = yardsticks.Case(
        profile, sized, dataset, experiment.rule, seed, train.epochs, batch, train.update, placement.precision,
        placement.readout, train.bptt_epochs, train.bptt_learning_rate, regime_of(train))
    chips.fit(profile, sized, placement.readout)
    check_size(sized.hidden, sized.hidden**2 * np.dtype(placement.precision).itemsize)
    chip = chips.compile_chip(profile, sized, seed, placement.precision, placement.readout)
    for arrays in (chip.state(), chip.weights()):
        check_size(sized.hidden, sum(array.nbytes for array in arrays.values()))
    return case, chip


def regime_of(train: Any) -> Any:
    """How trials are shown and written, from the [train] table."""
    from .trials import Regime

    return Regime(train.optimizer, train.window, train.resync, train.copies, train.updater)


def check_size(hidden: int, size: int) -> None:
    """Refuse a network that no checkpoint could hold, before it is trained."""
    if size > checkpoint.MAX_BYTES:
        raise InputError("network.hidden", f"= {hidden}; makes a checkpoint of {size} bytes, at most {checkpoint.MAX_BYTES} fit")
