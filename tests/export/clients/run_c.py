"""python run_c.py neurosim_net.h expected.npz: exit code 0 if the header, compiled by gcc, computes what is expected, every bit.

Compiled optimised and with sanitizers, every warning an error; the program that includes it is written here.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from agreement import agree

DRIVER = """
#include "neurosim_net.h"
#include <stdio.h>
int main(void)
{
    nsim_in_t x[NSIM_NI];
    nsim_state_t h[NSIM_NH];
    nsim_out_t y[NSIM_NO];
    nsim_reset(h);
    for (;;) {
        for (int j = 0; j < NSIM_NI; j++) {
            int value;
            if (scanf("%d", &value) != 1) {
                return 0;
            }
            x[j] = (nsim_in_t)value;
        }
        nsim_step(x, h, y);
        for (int i = 0; i < NSIM_NH; i++) {
            printf("%d ", (int)h[i]);
        }
        for (int k = 0; k < NSIM_NO; k++) {
            printf("%ld ", (long)y[k]);
        }
        printf("\\n");
    }
}
"""
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wconversion"]
WAYS = {"optimised": ["-O2"], "sanitized": ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]}

header, expected = pathlib.Path(sys.argv[1]).resolve(), np.load(sys.argv[2], allow_pickle=False)
wanted = np.concatenate([expected["h"], expected["outputs"]], 1)
stimulus = "\n".join(" ".join(map(str, row)) for row in expected["inputs"].tolist())
with tempfile.TemporaryDirectory() as folder:
    source, program = pathlib.Path(folder, "driver.c"), pathlib.Path(folder, "driver")
    source.write_text(DRIVER)
    for way, flags in WAYS.items():
        subprocess.run(["gcc", *STRICT, *flags, f"-I{header.parent}", "-o", program, source], check=True)
        printed = subprocess.run([program], input=stimulus, text=True, capture_output=True, check=True).stdout
        found = np.array([[int(word) for word in line.split()] for line in printed.splitlines()])
        if not agree(way, found, wanted, 0):
            sys.exit(1)
