"""The steps of the converters around an array, as a wired read path has them."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .circuits.calibrated_converter import CalibratedOutputConverter
from .circuits.converters import InputConverter, OutputConverter
from .circuits.noise_management import NoiseManaged
from .circuits.stochastic_converters import StochasticInputConverter, StochasticOutputConverter


class Conversions(NamedTuple):
    """dac: step of the activity on the input lines; adc: step of the sum, in units of weight times activity; None without a converter.

    varies: whether a digital unit scales them with the inputs, so that the steps here are those of inputs as large as the range.
    dithers: whether rounding is stochastic, right in the mean.
    """

    dac: float | None = None
    adc: float | None = None
    varies: bool = False
    dithers: bool = False


def conversions(circuit: Any) -> Conversions:
    """What the converters of a circuit do; a calibrated ADC that has read nothing yet has no step."""
    found = Conversions()
    while circuit is not None:
        if isinstance(circuit, InputConverter | StochasticInputConverter):
            found = found._replace(dac=float(circuit.lsb))
        elif isinstance(circuit, OutputConverter | StochasticOutputConverter):
            found = found._replace(adc=float(circuit.lsb))
        elif isinstance(circuit, CalibratedOutputConverter):
            found = found._replace(adc=float(circuit.lsb[0]) or None, varies=True)
        elif isinstance(circuit, NoiseManaged):
            found = found._replace(varies=True)
        if isinstance(circuit, StochasticInputConverter | StochasticOutputConverter):
            found = found._replace(dithers=True)
        circuit = getattr(circuit, "inner", None)
    return found


def reaching(chip: Any, name: str, differences: list[np.ndarray]) -> tuple[float, float]:
    """Rms of differences of what hidden neurons send, (..., hidden), on the input lines of a projection, and of the sums that it makes of
    them: in front of its DAC and of its ADC, in the units of their steps."""
    lines = np.concatenate([one.reshape(-1, one.shape[-1]) for one in differences])
    sums = lines @ chip.arrays[name].weights().T.astype(np.float64)
    return float(np.sqrt(np.mean(lines**2))), float(np.sqrt(np.mean(sums**2)))
