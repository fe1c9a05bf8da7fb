"""Arrays from NIR files of unknown origin, read in a process of their own: damaged HDF5 can make its library hang or fail."""
from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..untrusted import Arrays, check_file
from . import untrusted_hdf5

WAIT_S = 60.0


def nir_arrays(path: Path) -> Arrays:
    """What `untrusted_hdf5` reads from a NIR file, in a process of its own.

    Raises
    ------
    InputError
        If it refuses the file, or does not live to tell.
    """
    check_file(path)
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "HDF5_PLUGIN_PATH": os.devnull, "HDF5_USE_FILE_LOCKING": "FALSE"}
    command = [sys.executable, "-P", untrusted_hdf5.__file__, str(path.absolute())]
    try:
        ran = subprocess.run(command, env=environment, capture_output=True, timeout=WAIT_S, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        raise InputError(path.name, f"could not be read in {WAIT_S:g} s; the file is damaged") from error
    except OSError as error:
        raise InputError(path.name, f"cannot be read ({error.strerror})") from error
    if ran.returncode == untrusted_hdf5.REFUSED:
        where, found, problem = ran.stderr.decode(errors="replace").strip().partition(": ")
        is_place = bool(found) and " " not in where
        raise InputError(f"{path.name}: {where}" if is_place else path.name, problem if is_place else f"{where}{found}{problem}")
    if ran.returncode:
        raise InputError(path.name, f"made the HDF5 library fail (status {ran.returncode}); the file is damaged")
    with np.load(io.BytesIO(ran.stdout), allow_pickle=False) as file:
        return dict(file)
