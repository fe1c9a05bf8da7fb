"""Networks that somebody else made, to start from: NIR files and ``.npz`` files of matrices, read as if they were written to do harm."""
from __future__ import annotations

from pathlib import Path

from ..chip import Chip, compile_chip
from ..errors import InputError
from ..network import Topology
from ..profile import Profile
from ..run_folder import write_folder
from ..toml import toml_text
from ..untrusted import start_of
from .deterministic import npz_bytes
from .formats import nir_reader, npz_reader
from .imported import ImportedNetwork

WEIGHTS = "network.npz"
READERS = {b"\x89HDF\r\n\x1a\n": nir_reader.read, b"PK\x03\x04": npz_reader.read}


def read_network(path: str | Path, step_s: float | None = None) -> ImportedNetwork:
    """The network of a file.

    Parameters
    ----------
    path : a NIR file, or an ``.npz`` of matrices (`arrays` has the names); what it is, its first bytes tell
    step_s : duration of a step of spiking neurons, in seconds, where the file does not tell it or another is wanted

    Raises
    ------
    InputError
        If it is neither, or damaged, or of a network that a chip of neurosim cannot be: the sentence names file, field and reason.
    """
    path = Path(path)
    if step_s is not None and not 0 < step_s < float("inf"):
        raise InputError("step_s", f"= {step_s!r}; must be a number of seconds above 0")
    begins = start_of(path)
    for magic, read in READERS.items():
        if begins.startswith(magic):
            return read(path, step_s)
    raise InputError(path.name, "is neither a NIR file (HDF5) nor an .npz file")


def begin(path: str | Path, out: str | Path, step_s: float | None = None) -> ImportedNetwork:
    """Make a folder to start experiments from: ``network.npz`` (`weights_file`) and ``network.toml``, a [network] table that names it.

    Parameters
    ----------
    path, step_s : see `read_network`
    out : folder to make

    Raises
    ------
    InputError
        What `read_network` refuses, and delays, which an experiment draws.
    """
    found = read_network(path, step_s)
    if found.network.delay_steps is not None:
        raise InputError(found.file, "has delays, which come with no file of weights; importing.start puts them on a chip")
    matrices = dict(found.trained.matrices)
    if found.network.bias:
        matrices["bias"], matrices["inputs"] = matrices["inputs"][:, -1], matrices["inputs"][:, :-1]
    topology = Topology(**{name: value for name, value in dict(found.network).items() if name in Topology.model_fields})
    settings = {**topology.model_dump(mode="json", exclude_defaults=True, serialize_as_any=True), "weights": WEIGHTS}
    write_folder(Path(out), {WEIGHTS: npz_bytes(matrices), "network.toml": toml_text({"network": settings})})
    return found


def start(
    path: str | Path, profile: Profile | str, seed: int = 1, step_s: float | None = None, precision: str = "float32", readout: str = "chip"
) -> Chip:
    """A chip that starts with the network of a file.

    Parameters
    ----------
    path, step_s : see `read_network`
    profile, seed, precision, readout : see `chip.compile_chip`

    Raises
    ------
    InputError
        What `read_network` and `chip.compile_chip` refuse.
    """
    found = read_network(path, step_s)
    return compile_chip(profile, found.network, seed, precision, readout, trained=found.trained)
