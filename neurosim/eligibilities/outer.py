"""Eligibility without memory: the change is the product of the three factors of one step."""
from __future__ import annotations

from typing import NamedTuple

from ..contract import is_plastic


class Outer(NamedTuple):
    """dw = signal * pre * post; the loop multiplies the signal into `post`, so that requests of several steps add up."""


class Fixed(NamedTuple):
    """These synapses never change."""


is_plastic.set(False, Fixed)
