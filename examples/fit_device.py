"""A profile of a device of one's own, from pulse traces.  Run: python examples/fit_device.py [PULSES.csv] [--out FOLDER] [--quick]

Without a CSV file the traces are those of a known device, and the fit is printed beside the truth.
"""
import argparse
from pathlib import Path

import numpy as np

from neurosim import profile
from neurosim.calibration.command import calibrate
from neurosim.devices.pulses import fire
from neurosim.generators import generator
from neurosim.placement import place

TRUTH = {"dw_min": 0.05, "dw_min_dtod": 0.2, "dw_min_std": 0.3, "up_down": 0.1, "up_down_dtod": 0.05, "w_max": 1.0, "w_max_dtod": 0.1,
         "w_min": -1.0, "w_min_dtod": 0.1, "write_noise_std": 0.2}
KNOWN = 'schema = 1\nchip = {{ id = "known", name = "known", kind = "analog_imc" }}\nweights.format = "conductance"\n[device]\n' \
        'update_model = "soft_bounds"\n{numbers}\n[sources]\ndevice = "our choice"\nweights = "our choice"\n'


def made(folder, n_devices, n_pulses):
    """A CSV file of devices that are pulsed 40 times up, 40 times down, and so on."""
    (folder / "known.toml").write_text(KNOWN.format(numbers="\n".join(f"{key} = {value}" for key, value in TRUTH.items())))
    array = place("readout", 0, np.zeros((1, n_devices)), None, profile.load(folder / "known.toml"), 1, np.float32)
    normals, rows = generator(1, 1).standard_normal((n_pulses, n_devices, 2)).astype(np.float32), ["device,pulse,polarity,conductance_S"]
    for k in range(n_devices):
        g = array.conductance[0, k]
        for t, sign in enumerate(np.where(np.arange(n_pulses) // 40 % 2 == 0, 1, -1)):
            g = fire(array.device, 0, k, g, np.float32(sign), *normals[t, k])
            rows.append(f"d{k},{t + 1},{sign},{2e-6 * (1.5 + float(g))!r}")  # 1 to 5 uS
    (folder / "pulses.csv").write_text("\n".join(rows) + "\n")
    return folder / "pulses.csv"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for option, how in (("pulses", {"nargs": "?", "type": Path}), ("--quick", {"action": "store_true"}),
                        ("--out", {"type": Path, "default": Path("runs/fit_device")})):
        parser.add_argument(option, **how)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "fitted.toml").unlink(missing_ok=True)  # of the last call
    pulses = given.pulses or made(given.out, *((12, 160) if given.quick else (60, 320)))
    found = calibrate(pulses, "soft_bounds" if given.quick else "auto", given.out / "fitted.toml", given.out / "fitted.png",
                      range_S=None if given.pulses else (1e-6, 5e-6))
    for field, value in found["device"].items():
        print(f"{field:16}", value, f"(truth {TRUTH[field]})" if field in TRUTH and not given.pulses else "")
    print(f"{found['model']} in {found['profile']}, drawn in {found['plot']}")
