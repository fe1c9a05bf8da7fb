"""python run_spice.py tile.cir tile.npz: exit code 0 if ngspice finds the expected column currents at every vector of voltages."""
import re
import subprocess
import sys
import tempfile

import numpy as np
from agreement import agree

netlist, expected = open(sys.argv[1]).read(), np.load(sys.argv[2], allow_pickle=False)
volts, currents = expected["inputs"], expected["outputs"]
control = [".control", "set numdgt=15", "option reltol=1e-9", "option abstol=1e-18"]
for row in volts:
    control += [f"alter vin_{i} dc = {float(volt)!r}" for i, volt in enumerate(row)]
    control += ["op", *(f"print i(vs_{j})" for j in range(currents.shape[1]))]
with tempfile.NamedTemporaryFile("w", suffix=".cir") as file:
    file.write("\n".join([re.sub(r"(?im)^\.end\s*$", "", netlist), *control, "quit", ".endc", ".end", ""]))
    file.flush()
    done = subprocess.run(["ngspice", "-b", file.name], capture_output=True, text=True, timeout=300)
found = [float(value) for value in re.findall(r"^i\(vs_\d+\)\s*=\s*(\S+)", done.stdout, re.M)]
failed = re.findall(r"(?im)^.*error.*$", done.stderr)
if failed or len(found) != currents.size:
    sys.exit(f"ngspice: {len(found)} of {currents.size} currents; {failed[:1]}")
largest = np.abs(currents).max()
sys.exit(not agree("ngspice", np.reshape(found, currents.shape) / largest, currents / largest, float(expected["tol"])))
