"""python run_reckon.py reckon.spi expected.npz: exit code 0 if the program, decoded and run as the chip's published Verilog does, gives the
expected bits.  NumPy only; nothing of the exporter is used.
"""
import sys

import numpy as np
from agreement import agree

registers, memories, is_open = {}, {1: {}, 3: {}, 4: {}, 5: {}}, True
with open(sys.argv[1]) as file:
    for line in file:
        fields = line.split("//")[0].split()
        if not fields:
            continue
        head, *data = (int(field, 16) for field in fields)
        memory, count, address = head >> 28 & 7, head >> 16 & 0xFFF, head & 0xFFFF
        if head >> 31 or len(data) != count or not is_open:
            sys.exit(f"{line.strip()}: no write of {count} words to a chip that is being programmed")
        for k, word in enumerate(data):
            (registers if memory == 0 else memories[memory])[address + k] = word
        is_open = registers.get(0, 1) == 1
if is_open or any(registers[number] for number in (9, 21, 32)):
    sys.exit("the program does not end, or learns, rounds at random, or adds noise")
n_in, n, n_out = (registers[number] + 1 for number in (94, 95, 96))


def byte(memory, word, place):
    """A signed byte of a word of 128 bits."""
    value = memories[memory].get(word << 2 | place >> 2, 0) >> 8 * (place & 3) & 255
    return value - 256 if value > 127 else value


def weights(memory, n_pre):
    """(post, pre) of a memory that has 16 postsynaptic neurons in a word."""
    return np.array([[byte(memory, pre << 4 | post >> 4, post & 15) for pre in range(n_pre)] for post in range(n)])


w_in, w_rec = weights(3, n_in) << registers[12], weights(4, n) << registers[13]
w_out = np.array([[byte(5, pre, post) for pre in range(n)] for post in range(n_out)]) << registers[14]
alpha, threshold = np.zeros(n, np.int64), np.zeros(n, np.int64)
for i in range(n):
    pair = i >> 1
    top = memories[1].get(pair << 2 | 3, 0)  # bits 127 to 96
    high = 8 if registers[65 + (pair >> 5)] >> (pair & 31) & 1 else 7
    alpha[i] = high << 12 | top >> 20
    threshold[i] = (top >> 4 & 0xFFFF ^ 0x8000) - 0x8000


def limited(x):
    return np.clip(x, -2**15, 2**15 - 1)


def wrapped(x):
    return (x + 2**15 & 0xFFFF) - 2**15


expected = np.load(sys.argv[2], allow_pickle=False)
u, o, found = np.zeros(n, np.int64), np.zeros(n_out, np.int64), {"spikes": [], "u": [], "outputs": []}
for tick, x in enumerate(expected["inputs"].astype(int)):
    fired = (u >= threshold) & (tick > 0)
    if tick:
        found["spikes"].append(fired.astype(int))
        kept = wrapped(u * alpha >> 15)
        u = np.where(fired, 0 if registers[8] else wrapped(kept - threshold), kept)
        o = wrapped(o * registers[69] >> 7)
    for p in range(max(n, n_in)):
        heard = (w_in[:, p] if p < n_in and x[p] else 0) + (w_rec[:, p] if p < n and fired[p] else 0)
        u = limited(u + limited(heard))
        if p < n and fired[p]:
            o = limited(o + w_out[:, p])
    found["u"].append(u)
    found["outputs"].append(o)
sys.exit(not all([agree(name, np.array(rows), expected[name], 0.0) for name, rows in found.items()]))
