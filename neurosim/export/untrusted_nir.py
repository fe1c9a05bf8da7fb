"""Arrays from NIR files of unknown origin, read in a process of their own: damaged HDF5 can make its library hang or fail."""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np

from ..errors import InputError
from ..untrusted import Arrays, check_file
from . import untrusted_hdf5

WAIT_S = 60.0
OUT_OF_TIME = getattr(signal, "SIGXCPU", 24)  # not on Windows
Start = Callable[[Path, IO[bytes]], tuple[int, bytes]]


def spawned(path: Path, out: IO[bytes]) -> tuple[int, bytes]:
    """Let a new Python read a file.

    Parameters
    ----------
    out : takes the arrays

    Returns
    -------
    Its exit status, and what it said on stderr.
    """
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "HDF5_PLUGIN_PATH": os.devnull, "HDF5_USE_FILE_LOCKING": "FALSE"}
    command = [sys.executable, "-P", untrusted_hdf5.__file__, str(path.absolute())]
    try:
        ran = subprocess.run(command, env=environment, stdout=out, stderr=subprocess.PIPE, timeout=WAIT_S, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        raise InputError(path.name, f"could not be read in {WAIT_S:g} s; the file is damaged") from error
    except OSError as error:
        raise InputError(path.name, f"cannot be read ({error.strerror})") from error
    return ran.returncode, ran.stderr


def nir_arrays(path: Path, start: Start = spawned) -> Arrays:
    """What `untrusted_hdf5` reads from a NIR file, in a process of its own.

    Parameters
    ----------
    start : makes the process

    Raises
    ------
    InputError
        If it refuses the file, or does not live to tell.
    """
    check_file(path)
    with tempfile.TemporaryFile() as out:
        status, said = start(path, out)
        if status == untrusted_hdf5.REFUSED:
            where, found, problem = said.decode(errors="replace").strip().partition(": ")
            is_place = bool(found) and " " not in where
            raise InputError(f"{path.name}: {where}" if is_place else path.name, problem if is_place else f"{where}{found}{problem}")
        if status == -OUT_OF_TIME:
            raise InputError(path.name, f"could not be read in {untrusted_hdf5.CPU_S} s of CPU time; the file is damaged")
        if status:
            raise InputError(path.name, f"made the HDF5 library fail (status {status}); the file is damaged")
        out.seek(0)
        with np.load(out, allow_pickle=False) as file:
            return dict(file)
