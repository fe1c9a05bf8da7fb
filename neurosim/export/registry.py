"""The formats by name: where they are, and what they need installed."""
from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import NamedTuple

from ..errors import InputError
from .parcel import Options, Parcel
from .trained import TrainedNetwork

Exporter = Callable[[TrainedNetwork, Options], Parcel]


class Format(NamedTuple):
    """A format.

    Attributes
    ----------
    module : in ``formats/``
    about : one line for the help
    needs : packages that must be importable, by the extra of pip that installs them
    function : of the module
    """

    module: str
    about: str
    needs: tuple[tuple[str, str], ...] = ()
    function: str = "export"


FORMATS = {
    "npz": Format("npz", "the matrices themselves, NumPy"),
    "crossbar": Format("crossbar", "conductances, their programming, SPICE netlists of the tiles"),
    "onnx": Format("onnx", "rate networks in single precision, ONNX runtimes", (("onnx", "onnx"),)),
    "onnx-int8": Format("onnx_int8", "tanh networks in 8-bit integers, ONNX runtimes", (("onnx", "onnx"),)),
    "c": Format("c", "tanh networks in 8-bit integers, a C99 header for microcontrollers"),
    "verilog": Format("verilog", "tanh networks in 8-bit integers, FPGA: Verilog, memory files, Intel HEX"),
    "nir": Format("nir", "NIR graph of LIF neurons, HDF5: SpikingJelly, Norse, snnTorch"),
    "brian2": Format("brian2", "stand-alone script of LIF neurons: Brian 2"),
    "nest": Format("nest", "stand-alone script of LIF neurons without synapses: NEST"),
    "loihi": Format("loihi", "Intel Loihi: network file of lava-dl netx"),
    "reckon": Format("reckon", "ReckOn: program for its SPI port"),
    "sanafe": Format("sanafe", "SANA-FE's Loihi, which tells energy and time"),
    "xylo": Format("xylo", "SynSense Xylo Audio 2: specification for Rockpool and xylosim"),
}


def exporter_of(name: str) -> Exporter:
    """The function that makes a format.

    Raises
    ------
    InputError
        If there is no such format, or a package that it needs is not installed; the sentence names the extra.
    """
    found = FORMATS.get(name)
    if found is None:
        raise InputError("--to", f"= {name!r}; must be one of {', '.join(FORMATS)}")
    for package, extra in found.needs:
        if importlib.util.find_spec(package) is None:
            raise InputError("--to", f"= {name!r}; needs the package {package}: pip install 'neurosim-chip[{extra}]'")
    module = importlib.import_module(f".formats.{found.module}", __package__)
    exporter: Exporter = getattr(module, found.function)
    return exporter
