"""The [network.membrane] table of adaptive exponential neurons."""
from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.neurons.adex_settings import AdExMembrane
from neurosim.neurons.integrators import INTEGRATORS


@pytest.mark.parametrize(("settings", "message"), [
    ({"turn": 3.0}, "turn = 3 must lie between resting = 0 and cut = 2"), ({"reset_to": 2.5}, "reset_to = 2.5 must be below cut = 2"),
    ({"spread": {"cut": 0.1}}, "spread.cut is of no parameter")])
def test_what_does_not_go_together_is_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        AdExMembrane(**settings)


@pytest.mark.parametrize("name", INTEGRATORS)
def test_seconds_become_shares_of_a_step(name):
    membrane = AdExMembrane(
        step_s=2e-3, tau_s=20e-3, adaptation_s=0.1, synapse_s=4e-3, refractory_s=6e-3, integrator=name, reset_to=-0.5)
    neuron = membrane.build(3, 2, 1, np.float64)
    assert type(neuron.integrator) is INTEGRATORS[name] and neuron.kicks == 0
    assert (neuron.pace[0], neuron.pace_w[0], neuron.pace_s[0]) == pytest.approx((0.1, 0.02, 0.5))
    assert neuron.silence[0] == 3 and neuron.after[0] == -0.5 and (neuron.v[:, :3] == 0).all()


def test_without_a_synapse_kicks_arrive_at_the_membrane():
    neuron = AdExMembrane().build(3, 2, 1, np.float64)
    assert neuron.kicks == 1 and not neuron.pace_s.any() and (neuron.after == 0).all()
