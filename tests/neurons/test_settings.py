"""The [network.membrane] table."""
from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.neurons.exponential_synapse import ExponentialSynapse
from neurosim.neurons.lif import LIF, AdaptiveLIF
from neurosim.neurons.settings import Membrane


@pytest.mark.parametrize(("settings", "message"), [
    ({"threshold": 0.0}, "threshold = 0 must not be resting"),
    ({"reset": "value", "reset_to": 1.5}, "reset_to = 1.5 must be below threshold = 1"),
    ({"reset": "zero", "reset_to": 0.5}, "reset_to has no use"),
    ({"jump": 0.1}, "adaptation_s and jump need each other"),
    ({"spread": {"synapse_s": 0.1}}, "spread.synapse_s is of no parameter that this neuron has; it has tau_s, threshold"),
    ({"spread": {"tau_s": -0.1}}, "spread.tau_s = -0.1 must be between 0 and 1"),
    ({"graded_range": 2.0}, "graded_range needs graded_bits"), ({"graded_bits": 25}, "less than or equal to 24"),
    ({"tau_s": 0.0}, "greater than 0"), ({"colour": 1}, "Extra inputs")])
def test_what_does_not_go_together_is_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        Membrane(**settings)


def test_parts_follow_the_settings():
    assert type(Membrane().build(3, 1, 1, np.float32)) is LIF
    assert type(Membrane(adaptation_s=0.1, jump=0.1).build(3, 1, 1, np.float32)) is AdaptiveLIF
    assert type(Membrane(synapse_s=0.1).build(3, 1, 1, np.float32)) is ExponentialSynapse
