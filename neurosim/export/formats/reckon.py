"""ReckOn: the transactions on its programming port (SPI) that load a network, switched to inference.

``reckon.spi`` has a transaction a line: ``AAAAAAAA DDDDDDDD``, address word and data word in hexadecimal, the highest bit first.
Address word: bit 31 is 0 (write), 30 to 28 the memory (`REGISTER` ...), 27 to 16 the number of data words (1), 15 to 0 the address.
A neuron word of 128 bits serves a pair: 127 to 116 the low 12 bits of alpha, 115 to 100 the threshold; whether the high bits of alpha are
7 or 8 stands in registers 65 to 68.  Weights are bytes, four in a word, from the lowest.  digital/reckon.py has the dynamics; the layout is
that of the published Verilog (ChFrenkel/ReckOn).
"""
from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...digital import reckon
from ..integers import edges_of, reckon_of, spikes_of
from ..parcel import Arrays, Options, Parcel
from ..trained import TrainedNetwork

NAME, VERSION = "reckon.spi", "1"
HEADER = f"// neurosim reckon-spi v{VERSION}: 32-bit address, 32-bit data (hex), MSB first, one transaction a line\n"
REGISTER, NEURON, INPUT, RECURRENT, OUTPUT = 0, 1, 3, 4, 5  # memories
CONFIGURE = 0                                # register that holds the network while it is 1
ROW = 16                                     # weights of a group of postsynaptic neurons, in four words
# registers of what inference does not use: e-prop, its traces and rounding, noise
OFF = {number: 0 for number in (9, 10, 11, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25, 27, 30, 32, 33, 64, 104)} | {26: 1, 31: 1}

Transaction = tuple[int, int]


def export(trained: TrainedNetwork, options: Options) -> Parcel:
    """See `parcel.Parcel`; "spikes" are those of the second tick and later ones, since the first only integrates.

    Raises
    ------
    InputError
        If the network is not one of spiking neurons that were trained as those of the chip, or is larger than the chip.
    """
    chip = reckon_of(trained, "reckon", options.clip)
    worth = (1 - trained.kept) * chip.level / 2**chip.spec.shift_out

    def run(inputs: np.ndarray) -> Arrays:
        trace = reckon.run(chip.spec, inputs)
        return {"spikes": trace.spikes[1:], "u": np.asarray(trace.v), "outputs": trace.outputs}

    about = {**chip.about("none"), "first_index": "presynaptic", "outputs": "one tick late", "value_of_an_output_step": worth}
    return Parcel(
        VERSION, "a decoder of the program with the arithmetic of the chip's published Verilog: spikes, membranes, outputs",
        {NAME: HEADER + "".join(f"{address:08x} {data:08x}\n" for address, data in program(chip.spec))}, chip.tensors, run,
        lambda inputs: spikes_of(inputs, has_line=chip.has_line, silent=1), lambda found: found["outputs"][1:] * worth,
        edges_of(chip.spec.weights_in.shape[1]), lost=chip.lost, about=about)


def program(spec: reckon.ReckOn) -> Iterator[Transaction]:
    """All transactions: registers, neurons, weights, and the release of the network."""
    n, n_in = spec.weights_in.shape
    pairs = range(0, n, 2)
    high = sum(1 << k // 2 for k in pairs if spec.alpha[k] >> 12 == 8)
    registers = {**OFF, 8: int(spec.reset == "zero"), 12: spec.shift_in, 13: spec.shift_rec, 14: spec.shift_out, 69: spec.kappa,
                 94: n_in - 1, 95: n - 1, 96: len(spec.weights_out) - 1}
    registers |= {65 + k: high >> 32 * k & 0xFFFFFFFF for k in range(4)}
    yield write(REGISTER, CONFIGURE, 1)
    for number in sorted(registers):
        yield write(REGISTER, number, registers[number])
    for k in pairs:
        word = (int(spec.alpha[k]) & 0xFFF) << 116 | int(spec.threshold[k]) << 100
        yield from words(NEURON, k // 2, [word >> 32 * chunk & 0xFFFFFFFF for chunk in range(4)])
    for memory, weights in ((INPUT, spec.weights_in), (RECURRENT, spec.weights_rec)):
        for j, row in enumerate(weights.T):
            for first in range(0, n, ROW):
                yield from words(memory, j << 4 | first // ROW, packed(row[first:first + ROW]))
    for j, row in enumerate(spec.weights_out.T):
        yield from words(OUTPUT, j, packed(row))
    yield write(REGISTER, CONFIGURE, 0)


def write(memory: int, address: int, data: int) -> Transaction:
    """One word."""
    return memory << 28 | 1 << 16 | address, data & 0xFFFFFFFF


def words(memory: int, word: int, chunks: list[int]) -> Iterator[Transaction]:
    """A word of 128 bits, the lowest 32 first."""
    for chunk, data in enumerate(chunks):
        yield write(memory, word << 2 | chunk, data)


def packed(weights: np.ndarray) -> list[int]:
    """Up to 16 bytes in two's complement as four words, the first byte lowest."""
    row = np.zeros(ROW, np.int64)
    row[:len(weights)] = weights & 0xFF
    return [sum(int(row[4 * chunk + k]) << 8 * k for k in range(4)) for chunk in range(4)]
