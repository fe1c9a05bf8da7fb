"""Start a run and stop when its first block is learned.

Usage: python -m neurosim.bench.first EXPERIMENT.toml        prints a line of JSON: CPU seconds of this process until the first compiled
loop had returned (the test before training), and until the first block was learned (another loop)
"""
from __future__ import annotations

import json
import sys
import time


def begin(path: str) -> dict[str, float]:
    """What `neurosim run` does until then, in its order; CPU seconds of this process."""
    from .. import experiment as experiments
    from ..session import prepare, profile_of
    from ..trials import Tester
    from ..warming import one_block

    wanted = experiments.load(path)
    case, chip = prepare(wanted, profile_of(wanted), wanted.train.seeds[0])
    Tester(chip, case.dataset, case.batch, case.seed).test(0, None)
    tested = time.process_time()
    one_block(case, chip)
    return {"test_s": tested, "block_s": time.process_time()}


if __name__ == "__main__":
    print(json.dumps(begin(sys.argv[1])))
