"""The broadcast channel without losses."""
from __future__ import annotations

import numpy as np
from assemble import heard

from neurosim.channels.exact import Exact
from neurosim.contract import transmit
from neurosim.random import Key


def test_every_neuron_receives_the_losses_as_they_are():
    values = np.array([0.0, 1e-300, 0.3, 1e300, np.inf])
    losses = heard(values.copy(), values[::-1].copy(), np.stack([values, values]))
    transmit(Exact(), Key(1, 4, 0), 0, losses)
    assert (losses.reference == values).all() and (losses.perturbed == values[::-1]).all()
    assert (losses.square == values).all() and (losses.values == np.concatenate([values, values[::-1]])).all()
