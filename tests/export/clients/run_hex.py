"""python run_hex.py weights.hex weights.npz: exit code 0 if objcopy finds the expected bytes in the Intel HEX file."""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from agreement import agree

expected = np.load(sys.argv[2], allow_pickle=False)
with tempfile.TemporaryDirectory() as folder:
    binary = pathlib.Path(folder, "image.bin")
    subprocess.run(["objcopy", "-I", "ihex", "-O", "binary", sys.argv[1], binary], check=True)
    sys.exit(not agree("objcopy", np.fromfile(binary, np.uint8), expected["image"], 0))
