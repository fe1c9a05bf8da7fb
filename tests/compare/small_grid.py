"""A grid so small that plain Python runs it in seconds."""
from __future__ import annotations

import tomllib

TEXT = """
[task]
name = "copying"
symbols = 2
length = 1
delay = 0
updates_per_epoch = 1
test_sequences = 2
[network]
hidden = 3
[chip]
readout = "digital"
[train]
epochs = 2
batch = 2
seeds = [1, 2]
[compare]
"chip.profile" = ["ideal", "fixed8"]
rule = [{ label = "frozen", name = "readout", learning_rate = 1e-2 }, { name = "trace", learning_rate = 1e-2 }]
"""


def tables(**compare):
    """The tables of `TEXT`, with other keys in [compare]."""
    found = tomllib.loads(TEXT)
    found["compare"] |= compare
    return found
