"""What a format makes of a network: its files, the account of every array, and the same semantics in NumPy.

A format is a module of ``formats/`` with ``export(trained, options) -> Parcel``; `registry` lists them.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from .quantiser import Tensor

Arrays = dict[str, np.ndarray]


class Options(NamedTuple):
    """What a user may choose.

    Attributes
    ----------
    clip : move weights that leave the range of the format to its end; refused otherwise
    loop_identity : NIR: a third node in the recurrent loop, which snnTorch needs and snn-mlir refuses
    """

    clip: bool = False
    loop_identity: bool = False


@dataclass(frozen=True)
class Parcel:
    """An export before it is written.

    Attributes
    ----------
    version : of the format
    client : the program that verifies it, and how
    files : text or bytes by name; the same network gives the same bytes
    tensors : the account of every array
    run : inputs as the client gets them (steps, inputs), from rest -> arrays by name: "outputs" (steps, outputs), and "spikes", "h",
        "u", "v" where the format has them, all (steps, hidden)
    encode : inputs of the task -> inputs as the client gets them
    decode : what `run` returns -> outputs in units of the task (steps, outputs), None if the format has no readout
    edges : inputs as the client gets them that were made to hit rounding ties and saturation; shown after those of the task, of which they
        are a function if they are made for the state that those leave behind
    tol : largest difference that a correct client may show, relative to the largest value; 0 is every bit
    lost : sentences: what of the network this format cannot carry, beyond `TrainedNetwork.lost`
    about : facts for the manifest: scales, shapes, conventions
    manifest : entries that a client looks for at the top of the manifest
    stimulus : files that hold the inputs themselves, as the client gets them, in the place of those of `files`
    vectors : extra files of expected arrays by name, from inputs as the client gets them, where one file is not enough
    step_s : duration of a step in the files, where it is not the network's
    """

    version: str
    client: str
    files: Mapping[str, str | bytes]
    tensors: tuple[Tensor, ...]
    run: Callable[[np.ndarray], Arrays]
    encode: Callable[[np.ndarray], np.ndarray]
    decode: Callable[[Arrays], np.ndarray] | None
    edges: np.ndarray | Callable[[np.ndarray], np.ndarray] | None = None
    tol: float = 0.0
    lost: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    stimulus: Callable[[np.ndarray], Mapping[str, str | bytes]] | None = None
    vectors: Callable[[np.ndarray], Mapping[str, Arrays]] | None = None
    step_s: float | None = None
