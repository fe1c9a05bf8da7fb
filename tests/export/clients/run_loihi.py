"""python run_loihi.py network.net expected.npz: exit code 0 if lava-dl loads the file and Lava's bit-accurate model computes the expected
bits, and if the host computes the expected outputs with ``readout.npz`` beside it.

Layers of lava-dl add a step before the first input arrives, in which the bias acts already: the state is set back to 0 after it.
"""
import dataclasses
import sys
import tempfile
import types
from pathlib import Path

import numpy as np
from agreement import agree, host_outputs

empty = Path(tempfile.mkdtemp(), "empty.py")  # Lava imports every module beside one that it looks into
empty.write_text("")
for module in ("lava.lib.dl.netx.sequential_modules", "lava.lib.dl.slayer", "lava.lib.dl.slayer.neuron", "lava.lib.dl.slayer.neuron.rf"):
    sys.modules[module] = types.ModuleType(module)  # neurons of other kinds, for which lava-dl wants PyTorch
    sys.modules[module].__file__ = str(empty)
sys.modules["lava.lib.dl.slayer.neuron.rf"].neuron_params = None
get_field = dataclasses._get_field


def lenient(cls, name, kind, keyword_only):
    """lava-nc 0.10.0 has defaults that Python 3.11 wants to be hashable."""
    default = getattr(cls, name, dataclasses.MISSING)
    if not isinstance(default, (list, dict, set, dataclasses.Field)) and type(default).__hash__ is None:
        type(default).__hash__ = object.__hash__
    return get_field(cls, name, kind, keyword_only)


if sys.version_info.minor >= 11:
    dataclasses._get_field = lambda *given: lenient(*given)
import h5py  # noqa: E402
from lava.lib.dl import netx  # noqa: E402
from lava.magma.core.run_conditions import RunSteps  # noqa: E402
from lava.magma.core.run_configs import Loihi2SimCfg  # noqa: E402
from lava.proc.io.sink import RingBuffer as Sink  # noqa: E402
from lava.proc.io.source import RingBuffer as Source  # noqa: E402
from lava.proc.monitor.process import Monitor  # noqa: E402

file, expected = sys.argv[1], np.load(sys.argv[2], allow_pickle=False)
inputs = expected["inputs"].astype(int)
steps, n_in = inputs.shape
network = netx.hdf5.Network(net_config=file, input_shape=(n_in,))
layer = network.layers[0]
with h5py.File(file) as content:  # the limits of the chip, which the model does not hold
    weights = np.hstack([content["layer/1/weight"][()], content["layer/1/weight_rec"][()]])
    neuron = {name: int(content[f"layer/1/neuron/{name}"][()]) for name in ("iDecay", "vDecay", "vThMant")}
    bias = content["layer/1/bias"][()]
top = 255 if weights.min() >= 0 else 254
is_within = (weights.min() >= -256 and weights.max() <= top and layer.synapse.proc_params.get("num_weight_bits") <= 8
             and 0 < neuron["iDecay"] <= 4096 and 0 <= neuron["vDecay"] <= 4095 and 0 < neuron["vThMant"] < 2**17
             and bias.min() >= -4096 and bias.max() <= 4095)
source, sink = Source(data=np.concatenate([inputs, np.zeros((1, n_in), int)]).T), Sink(shape=network.out.shape, buffer=steps + 1)
source.s_out.connect(network.inp)
network.out.connect(sink.a_in)
monitors = {name: Monitor() for name in ("u", "v")}
for name, monitor in monitors.items():
    monitor.probe(getattr(layer.neuron, name), steps + 1)
configuration = Loihi2SimCfg(select_tag="fixed_pt")
network.run(condition=RunSteps(num_steps=1), run_cfg=configuration)
for name in monitors:
    getattr(layer.neuron, name).set(np.zeros(layer.neuron.v.shape, np.int32))
network.run(condition=RunSteps(num_steps=steps), run_cfg=configuration)
found = {"spikes": sink.data.get().T.astype(int)[1:]}
for name, monitor in monitors.items():
    found[name] = next(iter(next(iter(monitor.get_data().values())).values()))[1:]
network.stop()
found["outputs"] = host_outputs(file, found["spikes"])
print("limits of the chip:", "kept" if is_within else "left")
sys.exit(not (all([agree(name, array, expected[name], 0.0) for name, array in found.items()]) and is_within))
