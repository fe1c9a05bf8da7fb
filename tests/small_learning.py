"""A few trials of random numbers, and tiny networks that have learned them."""
from __future__ import annotations

import numpy as np
from small_chips import profile_of

from neurosim.network import Network
from neurosim.profile import load
from neurosim.rules import ANP
from neurosim.tasks.task import Dataset, Trials
from neurosim.trainer import train
from neurosim.yardsticks import Case

HIDDEN, BATCH, STEPS, TRIALS = 5, 2, 4, 2
RULE = ANP(learning_rate=0.05, sigma=0.05)
DEVICE = {"update_model": "soft_bounds", "noise": "multiplicative", "dw_min": 0.01, "w_max": 1.0, "w_min": -1.0}


def dataset(carries_state=False, update="sequence"):
    """Two inputs, one output."""
    rng = np.random.Generator(np.random.Philox(key=3))
    x, y = (0.5 * rng.standard_normal((TRIALS, STEPS, BATCH, n)) for n in (2, 1))
    trials = Trials(x, y, np.ones((TRIALS, STEPS)), np.full(TRIALS, not carries_state))

    def judge(outputs):
        return {"mse": float(np.mean(np.square(outputs - y))), "largest": float(np.abs(outputs).max())}

    return Dataset(2, 1, update, lambda epoch: trials, trials, carries_state, {}, judge, "random numbers")


def conductances(time=None, **device):
    """A profile of soft bounds that are all alike and quiet, but for these numbers."""
    return profile_of(weights={"format": "conductance"}, device={**DEVICE, **device}, **({"time": time} if time else {}))


def case_of(profile, rule=RULE, readout="chip", carries_state=False, update="sequence", regime=None, **network):
    """What is to be learned; `profile` by name or as it is."""
    profile = load(profile) if isinstance(profile, str) else profile
    sized = Network(**{"inputs": 2, "hidden": HIDDEN, "outputs": 1, **network})
    case = Case(profile, sized, dataset(carries_state, update), rule, 1, 2, BATCH, readout=readout)
    return case if regime is None else case._replace(regime=regime)


def learned(profile, adapt=None, **settings):
    """A case, its trained chip and its run."""
    case = case_of(profile, **settings)
    chip = case.chip()
    return case, chip, train(
        chip, case.dataset, case.rule, epochs=case.epochs, batch=case.batch, seed=case.seed, update=case.update, regime=case.regime,
        adapt=adapt)
