"""Settings that rules with temporal credit share: how the neurons are perturbed, and who knows of it."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator

from ..sources.noise import Antithetic, Gaussian, Signs, Silent, Subset
from ..storage import padded, zeros
from .rule import Rule, Sizes
from .senses import Injected, Measured

KEEP = 0.95  # of the running variance of what is measured, per trial


class Perturbing(Rule):
    """A rule that perturbs its hidden neurons, or lets the chip do it.

    Parameters
    ----------
    learning_rate : of the hidden synapses and, unless train.optimizer says otherwise, of the readout
    sigma : standard deviation of the injected perturbation of the potential
    noise : "signs" +- sigma, "gaussian", or "none": the chip's own noise is the only perturbation
    """

    learning_rate: float = Field(gt=0, allow_inf_nan=False)
    sigma: float = Field(default=1e-3, gt=0, allow_inf_nan=False)
    noise: Literal["signs", "gaussian", "none"] = "signs"

    def source(self, sizes: Sizes) -> Callable[[str, int], Any]:
        """Maker of the perturbation of a population; the outputs are not perturbed."""
        real = np.dtype(sizes.dtype).type

        def make(name: str, n: int) -> Any:
            if name != "hidden" or self.noise == "none":
                return Silent()
            kind = Signs if self.noise == "signs" else Gaussian
            return kind(real(self.sigma), n, zeros(sizes.batch * padded(n), sizes.dtype))

        return make


class Exploring(Perturbing):
    """A rule that knows how its neurons are perturbed.

    Parameters
    ----------
    perturbation : "injected" the neuron knows what was put in; "measured" it measures its innovation, the potential minus
        the received current, differenced over the passes: injected and intrinsic noise alike
    subset : share of the neurons that are perturbed in a step
    antithetic : +- sigma / 2 in the two passes instead of 0 and sigma
    """

    perturbation: Literal["injected", "measured"] = "injected"
    subset: float = Field(default=1.0, gt=0, le=1)
    antithetic: bool = False

    @model_validator(mode="after")
    def _knows(self) -> Exploring:
        if self.noise == "none" and self.perturbation == "injected":
            raise ValueError("noise = 'none' injects nothing that could be known; it needs perturbation = 'measured'")
        return self

    def source(self, sizes: Sizes) -> Callable[[str, int], Any]:
        """Maker of the perturbation of a population; the outputs are not perturbed."""
        real, plain = np.dtype(sizes.dtype).type, super().source(sizes)

        def make(name: str, n: int) -> Any:
            source = plain(name, n)
            if isinstance(source, Silent):
                return source
            if self.subset < 1:
                source = Subset(source, real(self.subset), n, zeros(sizes.batch * padded(n), sizes.dtype))
            return Antithetic(source) if self.antithetic else source

        return make

    def eye(self, sizes: Sizes) -> Any:
        """What the neurons see of the perturbation."""
        if self.perturbation == "injected":
            return Injected()
        return Measured(np.dtype(sizes.dtype).type(KEEP), zeros(padded(sizes.hidden), sizes.dtype))

    def gain(self, sizes: Sizes) -> np.ndarray:
        """1 / variance of the injected perturbation, (width,); what a measuring eye overwrites."""
        gain = zeros(padded(sizes.hidden), sizes.dtype)
        gain[:sizes.hidden] = 1 / (self.sigma**2 * self.subset)
        return gain
