"""A pulsed write with and without counting its pulses."""
from __future__ import annotations

from collections.abc import Callable
from itertools import count

from ..compiled import compiled
from ..devices.pulses import granule
from ..devices.writing import write_row
from ..generators import generator
from ..placement import place
from ..random import Key
from ..workspace import workspace
from .timing import Ratio, interleaved, thread_seconds

WRITES = 4008  # random stream
DEVICES = ("reram-sb", "idealized")


def write_all(device, g, scratch, seed, now):
    """Write the same requests to every row of an array."""
    for r in range(g.shape[0]):
        write_row(device, g, r, scratch.drive, 0, scratch, Key(seed, 16, now))


def writer(name: str, size: int, pulses: float, times: int, is_counted: bool) -> Callable[[], float]:
    """Measures the seconds of one write of requests of up to so many pulses, of either sign, to an array of `size` x `size` devices."""
    from .. import profile

    rng = generator(1, WRITES)
    array = place("recurrent", 1, 0.3 * rng.uniform(-1, 1, (size, size)), None, profile.load(name), 1, "float32")
    device = array.device if is_counted else array.device.inner
    scratch = workspace(0, array.conductance.shape[1], array.conductance.dtype)
    scratch.drive[0, :size] = pulses * granule(device) * rng.uniform(-1, 1, size)
    run, turn = compiled(write_all), count(1)

    def go() -> None:
        for _ in range(times):
            run(device, array.conductance, scratch, 1, next(turn))
    return lambda: thread_seconds(go) / times


def counters(repeats: int, size: int = 256, pulses: float = 3.0, times: int = 50, names: tuple[str, ...] = DEVICES) -> list[Ratio]:
    """Every device with its counts against the same without."""
    lines = []
    for name in names:
        found = interleaved({what: writer(name, size, pulses, times, what == "with") for what in ("without", "with")}, repeats)
        lines.append(Ratio("counters", f"write of {size} x {size} {name}, counted", "not counted", "us", 1e6 * found["with"],
                           1e6 * found["without"], None))
    return lines
