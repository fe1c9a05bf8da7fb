"""Pulsed rank-one updates of an analog tile of soft-bounds devices in aihwkit, its default spreads on; one thread.

Usage: run_aihwkit.py SIZE LEARNING_RATE LONGEST_TRAIN [UPDATES]        answers a line of JSON when it is ready, and one for every line that
it reads: CPU seconds of one update (median of UPDATES), and of one forward pass through its converters and output noise.
"""
import json
import statistics
import sys
import time

import torch
from aihwkit.simulator.configs import SingleRPUConfig, SoftBoundsDevice
from aihwkit.simulator.tiles import AnalogTile


def main():
    """Answer commands until the input ends."""
    size, rate, longest = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    updates = int(sys.argv[4]) if len(sys.argv) > 4 else 20
    torch.set_num_threads(1)
    torch.manual_seed(1)
    config = SingleRPUConfig(device=SoftBoundsDevice())
    config.update.desired_bl = longest
    config.update.update_management = config.update.update_bl_management = False  # as ours
    tile = AnalogTile(size, size, config)
    tile.set_learning_rate(rate)
    tile.set_weights(0.3 * (2 * torch.rand(size, size) - 1))
    x, d = (2 * torch.rand(1, size) - 1 for _ in range(2))

    def median(call):
        times = []
        for _ in range(updates):
            start = time.process_time()
            call()
            times.append(time.process_time() - start)
        return statistics.median(times)

    tile.update(x, d)
    print(json.dumps({"ready": True, "torch": torch.__version__}), flush=True)
    for _ in sys.stdin:
        print(json.dumps({"seconds": median(lambda: tile.update(x, d)), "forward_s": median(lambda: tile.forward(x))}), flush=True)


if __name__ == "__main__":
    main()
