"""python run_onnx.py network.onnx expected.npz: exit code 0 if onnxruntime, with optimisations and without, computes what is expected."""
import sys

import numpy as np
import onnx
import onnxruntime
from agreement import agree

file, expected = sys.argv[1], np.load(sys.argv[2], allow_pickle=False)
onnx.checker.check_model(onnx.load(file), full_check=True)
agreed = []
for level in (onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.graph_optimization_level = 1, level
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    y, h = session.run(["y", "h"], {"x": expected["inputs"]})
    agreed += [agree(f"{name} {level.name}", found, expected[key], float(expected["tol"]))
               for name, found, key in (("y", y, "outputs"), ("h", h, "h"))]
sys.exit(not all(agreed))
