"""8-bit tanh networks for FPGAs: Verilog-2005 that multiplies and adds once a clock, memory files, and the same numbers as Intel HEX.

* ``neurosim_rnn.v``: ports ``clk``, ``rst`` (synchronous), ``start``, ``x``, ``done`` (for one clock), ``h``, ``y``; element i of a port is
  bits [bits i +: bits].  x is taken with start; h and y hold from done to the next.  A step takes n (inputs + n + 1) + outputs (n + 1)
  clocks, and two more.
* ``*.mem`` for ``$readmemh``: a two's complement word a line, row-major.
* ``weights.hex``: the files in the order of ``mem`` in the manifest, bytes little-endian, from address 0; ``weights.npz`` holds the bytes
  that a reader has to find there.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ...digital.int8_rnn import Int8RNN
from ..int8 import Int8Network, int8_parcel, quantised
from ..intel_hex import hex_text
from ..parcel import Options, Parcel
from ..trained import TrainedNetwork
from ..verilog_text import rtl

RTL, TOP, IMAGE = "neurosim_rnn.v", "neurosim_rnn", "weights.hex"
PORT_BITS = {"x": 8, "h": 8, "y": 32}


def export(trained: TrainedNetwork, options: Options) -> Parcel:
    """See `parcel.Parcel`.

    Raises
    ------
    InputError
        See `int8.quantised`.
    """
    network = quantised(trained, "verilog", options)
    return int8_parcel(
        network, "iverilog (a test bench of the client's), objcopy for the image", files_of(network), manifest=manifest(network),
        vectors=lambda inputs: {"weights.npz": {"image": np.frombuffer(image(network.spec), np.uint8), "base": np.array(0)}})


def memories(spec: Int8RNN) -> dict[str, tuple[np.ndarray, int]]:
    """Array and bits of every memory by file, in the order of the image."""
    return {"w_in.mem": (spec.weights_in, 8), "w_rec.mem": (spec.weights_rec, 8), "bias.mem": (spec.bias, 32),
            "tanh_table.mem": (spec.table, 8), "w_out.mem": (spec.weights_out, 8)}


def files_of(network: Int8Network) -> dict[str, str | bytes]:
    """The files of a quantised network."""
    texts: dict[str, str | bytes] = {name: memory_text(name, *memory) for name, memory in memories(network.spec).items()}
    return {RTL: rtl(TOP, network.spec), **texts, IMAGE: hex_text(image(network.spec))}


def image(spec: Int8RNN) -> bytes:
    """All memories, one after the other, little-endian."""
    return b"".join(array.astype(f"<i{bits // 8}").tobytes() for array, bits in memories(spec).values())


def memory_text(name: str, array: np.ndarray, bits: int) -> str:
    """Words in hexadecimal, a line each."""
    head = f"// {name}: {' x '.join(map(str, array.shape))} words of {bits} bits, two's complement, row-major"
    return "\n".join([head, *(f"{word & (1 << bits) - 1:0{bits // 4}x}" for word in array.ravel().tolist())]) + "\n"


def manifest(network: Int8Network) -> dict[str, Any]:
    """What a test bench has to know."""
    spec = network.spec
    (n_out, n), n_in = spec.weights_out.shape, spec.weights_in.shape[1]
    fractions = dict(zip(memories(spec), (spec.q_weight, spec.q_weight, spec.q_accumulator, spec.q_state, spec.q_readout)))
    return {
        "top": TOP, "rtl": [RTL], "image": IMAGE, "clocks_per_step": n * (n_in + n + 1) + n_out * (n + 1) + 2,
        "mem": {name: {"shape": list(array.shape), "bits": bits, "frac": fractions[name]}
                for name, (array, bits) in memories(spec).items()},
        "ports": {name: {"bits": PORT_BITS[name], "n": size} for name, size in (("x", n_in), ("h", n), ("y", n_out))}}
