"""python run_script.py (script.py expected.npz)...: exit code 0 if the scripts, which must not know neurosim, compute what is expected.

Every script is given inputs.npz and out.npz.  The lines "equal" and "different" say so of each.
"""
import os
import runpy
import sys
import tempfile

import numpy as np
from agreement import agree

sys.modules["neurosim"] = None  # whoever imports it fails


def same(script, expected):
    """Whether the script computes what is expected."""
    wanted = np.load(expected, allow_pickle=False)
    with tempfile.TemporaryDirectory() as folder:
        sys.argv = [script, f"{folder}/inputs.npz", f"{folder}/out.npz"]
        np.savez(sys.argv[1], inputs=wanted["inputs"])
        runpy.run_path(script, run_name="__main__")
        with np.load(sys.argv[2], allow_pickle=False) as found:
            tols = {"spikes": 0.0, "v": float(wanted["tol"]), "outputs": float(wanted["tol"])}
            agreed = [agree(name, found[name], wanted[name], tol) for name, tol in tols.items()]
            return all(agreed) and bool(found["spikes"].any())


given = [os.path.abspath(file) for file in sys.argv[1:]]
verdicts = []
for pair in zip(given[::2], given[1::2]):
    verdicts.append(same(*pair))
    print("equal" if verdicts[-1] else "different", flush=True)
sys.exit(not all(verdicts))
