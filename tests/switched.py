"""Which modules of the suite the gate runs both compiled and as plain Python."""
from __future__ import annotations

import pathlib

HERE = pathlib.Path(__file__).parent
SWITCHED = (  # modules that compile, or run plain Python instead if NEUROSIM_PYTHON=1; a module that is not listed may not compile
    "circuits/test_read_noise.py", "circuits/test_read_path.py", "circuits/test_wires.py", "devices/test_accumulator.py",
    "devices/test_wired.py", "events/test_event_loop.py", "golden/test_check.py", "golden/test_check_devices.py",
    "golden/test_devices_reads.py", "mlp/test_mlp_benchmark.py", "synapses/test_products.py", "synapses/test_streaming.py",
    "test_arithmetic.py", "test_bits.py", "test_cli_run.py", "test_compiled.py", "test_contract.py", "test_digital_learning_slow.py",
    "test_direct_answers.py", "test_estimators_slow.py", "test_frozen.py", "test_house_rules.py",
    "test_linking.py", "test_mvm.py", "test_own_code.py", "test_placement.py", "test_random.py",
    "test_slots.py", "test_statistics_slow.py", "test_values.py", "test_waiting.py", "test_wear.py")
# fill slots for classes of their own, which they compile, if at all, without a cache
UNCACHED = ("neurons/test_integrators.py", "neurons/test_receptors.py", "test_direct_answers.py", "test_linking.py", "test_slots.py")
FIRST = "test_bits.py"  # the longest tests, a minute each: last, one of them would leave a worker idle
