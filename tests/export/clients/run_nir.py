"""python run_nir.py CLIENT expected.npz FILE...: exit code 0 if the simulator computes what is expected from every file.

CLIENT is spikingjelly (double precision, its potentials are compared too), norse, snntorch, or read (nir alone: types and shapes).
The last lines say "equal" or "different" of each file.
"""
import contextlib
import io
import sys

import nir
import numpy as np
from agreement import agree


def load(client, file, dt, potentials):
    """The network in a simulator: (input, state) -> (output, state); what its neurons held goes to `potentials`."""
    graph = nir.read(file)
    if client == "norse":
        import norse.torch
        return norse.torch.from_nir(graph, dt=dt)
    if client == "snntorch":
        from snntorch.import_nir import import_from_nir
        return import_from_nir(graph)
    import torch
    from spikingjelly.activation_based.nir_exchange import import_from_nir
    module = import_from_nir(file, dt=dt, dtype=torch.float64)
    for part in module.modules():
        if type(part).__name__ == "_NIRStatefulModule":
            part.register_forward_hook(watch(list(part.module._memories).index("v"), potentials))
    return module


def watch(at, potentials):
    """A hook that keeps one of the states of a module."""
    return lambda module, given, found: potentials.append(found[1][at].numpy()[0].copy())


def same(client, file, expected):
    """Whether it computes what is expected."""
    import torch

    torch.set_num_threads(1)
    kind, state, outputs, potentials = torch.float64 if client == "spikingjelly" else torch.float32, None, [], []
    with contextlib.redirect_stdout(io.StringIO()):
        module = load(client, file, float(expected["dt"]), potentials)
    with torch.no_grad():
        for x in expected["inputs"]:
            y, state = module(torch.as_tensor(x).to(kind)[None], state)
            outputs.append(y.numpy()[0])
    agreed = [agree("outputs", outputs, expected["outputs"], float(expected["tol"])), bool(np.any(outputs))]
    if client == "spikingjelly":
        agreed.append(agree("potentials", potentials, expected["v"], 1e-11))
    return all(agreed)


def verdict(client, file, expected):
    """The same, where refusing the file is a difference as well."""
    if client == "read":
        nodes = nir.read(file).nodes
        return agree("weights", [nodes["w_in"].weight.shape, nodes["w_rec"].weight.shape],
                     [(expected["v"].shape[1], expected["inputs"].shape[1]), (expected["v"].shape[1],) * 2], 0)
    try:
        return same(client, file, expected)
    except (ValueError, AssertionError) as error:
        print(f"{client} refuses {file}: {error}")
        return False


verdicts = [verdict(sys.argv[1], file, np.load(sys.argv[2], allow_pickle=False)) for file in sys.argv[3:]]
for found in verdicts:
    print("equal" if found else "different")
sys.exit(not all(verdicts))
