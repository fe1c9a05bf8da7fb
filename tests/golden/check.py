"""Check files of the recorded forms against this package; usage: python tests/golden/check.py [--compiled] FILE...

The forms are those of tests/golden/rules (made by running the paper authors' own code in float64; index.json lists every array).  The
file name tells what a file holds: seq_RULE[_onelabel]_B*, online_RULE_B*_decorD_inputI, decor_B*_inputI, bp_B*.  Any sizes.
Prints the largest relative error of each file; exit code 1 if one is above 1e-9.  Small networks run as plain Python, which is faster
than compiling and gives the same bits; --compiled compiles whatever the size.
"""
from __future__ import annotations

import pathlib
import sys

import numpy as np

from neurosim import loop, profile, reference
from neurosim.chip import Chip
from neurosim.compiled import compiled
from neurosim.network import Network
from neurosim.placement import digital
from neurosim.recorders.activity import Forgetful, Recording
from neurosim.rules import ANP, NP, WP, Decorrelation
from neurosim.rules.rule import OBSERVER
from neurosim.sources.jitter import RecordedWeights
from neurosim.sources.noise import Recorded, Silent
from neurosim.storage import zeros
from neurosim.synapses.layout import arrange
from neurosim.wiring import sizes_of, wire

LIMIT = 1e-9
SMALL = 2_000_000  # multiply-accumulates of the recurrence up to which plain Python is quicker than the compiler
F8 = np.float64
ALWAYS_COMPILED = False
NAMES = {"inputs": "Wf0", "recurrent": "R0", "readout": "Wf1", "lateral": "D1", "input_lateral": "D0"}


def chip_of(data, decorrelation):
    """The recorded network as an ideal chip; both decorrelation matrices exist, whether they learn or not."""
    n_in, n, n_out = (int(v) for v in data["struct"])
    network = Network(inputs=n_in, hidden=n, outputs=n_out, decorrelation=decorrelation)
    matrices = {name: data[f"init_{key}"] for name, key in NAMES.items()}
    arrays = {name: digital(name, matrix, None, F8) for name, matrix in matrices.items()}
    learned = ["inputs", "recurrent", "readout"]
    learned += ["lateral"] if decorrelation else []
    learned += ["input_lateral"] if decorrelation and decorrelation.inputs else []
    return Chip(profile.load("ideal"), network, 1, F8, arrays, None, None, {"projections": {name: {} for name in learned}})


def parts_of(rule, chip, data, draws, batch, update):
    """The rule with the recorded draws in place of its own."""
    parts = rule.build(sizes_of(chip, batch, update))
    sigma = float(data["sigma"])
    if isinstance(rule, WP):
        keys = {name: data["z" + NAMES[name] + draws] for name in ("inputs", "recurrent", "readout")}

        def jitter(name, cells):
            synapses = chip.arrays[name].synapses
            return RecordedWeights(sigma, zeros(cells.shape, F8), np.stack([arrange(synapses, z, F8) for z in keys[name]]))

        return parts._replace(source=lambda name, n: Silent(), jitter=jitter)
    z = {"hidden": data["z1" + draws], "output": data["z2" + draws]}
    return parts._replace(source=lambda name, n: Recorded(sigma, z[name]))


def execute(wired, chip, inputs, targets, first_step=0, starts=True, recorder=None):
    """One trial; returns the mean losses."""
    losses = np.zeros((1, 2))
    is_small = inputs.shape[0] * inputs.shape[1] * chip.network.hidden**2 <= SMALL
    run = loop.run if is_small and not ALWAYS_COMPILED else compiled()
    done = run(
        wired.network, wired.schedule, recorder or Forgetful(), wired.activity, np.ascontiguousarray(inputs[None]),
        np.ascontiguousarray(targets[None]), np.ones((1, len(inputs))), np.array([starts], np.uint8), losses, 1, first_step, 1)
    assert done == len(inputs)
    return losses[0]


def respond(chip, learned, inputs, targets, batch):
    """Mean loss of the trained chip, going on from the clean state of the run `learned`."""
    wired = wire(chip, OBSERVER, batch, "step")
    wired.activity.x[...] = learned.activity.x[:batch]
    wired.activity.x_hat[...] = learned.activity.x_hat[:batch]
    return execute(wired, chip, inputs, targets, starts=False)[0]


def relative(got, want):
    """Largest difference, relative to the largest entry wanted."""
    got, want = np.asarray(got, F8), np.asarray(want, F8)
    if got.shape != want.shape or not np.isfinite(got).all() or not np.isfinite(want).all():
        return np.inf
    return float(np.abs(got - want).max() / max(np.abs(want).max(), 1e-300))


def weight_errors(chip, data, prefix):
    """Errors of all matrices of a chip."""
    return [relative(chip.arrays[name].weights(), data[prefix + key]) for name, key in NAMES.items() if prefix + key in data]


def rule_of(name, data):
    """The settings recorded in a file."""
    return {"ANP": ANP, "NP": NP, "WP": WP}[name](learning_rate=float(data["lr"]), sigma=float(data["sigma"]))


def check_sequence(data, words):
    """One update from a whole sequence."""
    inputs = data["X"]
    targets = np.broadcast_to(data["label"], (len(inputs), *data["label"].shape)) if "onelabel" in words else data["Y"]
    batch = inputs.shape[1]
    chip = chip_of(data, None)
    wired = wire(chip, parts_of(rule_of(words[1], data), chip, data, "", batch, "sequence"), batch, "sequence")
    losses = execute(wired, chip, inputs, np.ascontiguousarray(targets))
    errors = weight_errors(chip, data, "new_")
    if "loss_clean" in data:
        errors += [relative(losses[0], data["loss_clean"].mean()), relative(losses[1], data["loss_noisy"].mean())]
        errors += clean_pass_errors(data)
    return errors


def clean_pass_errors(data):
    """Outputs and sent activity of the clean pass, step by step."""
    chip, inputs = chip_of(data, None), data["X"]
    steps, batch = inputs.shape[:2]
    n, n_out = chip.network.hidden, chip.network.outputs
    recording = Recording(np.zeros((1, steps, batch, n_out)), np.zeros((1, steps, batch, n)))
    execute(wire(chip, OBSERVER, batch, "step"), chip, inputs, data["Y"], recorder=recording)
    return [relative(recording.outputs[0], data["clean_y"]), relative(recording.hidden[0], data["clean_xhat1"])]


def check_online(data, words):
    """Weights after n online steps from the start, for every n recorded, and after two epochs."""
    decorrelates, with_inputs = "decor1" in words, "input1" in words
    batch = data["X"].shape[1]

    def fresh(draws):
        settings = None
        if decorrelates:
            settings = Decorrelation(rate=float(data["lr_decor"]), form="head", inputs=with_inputs, stale_input_twin=with_inputs)
        chip = chip_of(data, settings)
        return chip, wire(chip, parts_of(rule_of(words[1], data), chip, data, draws, batch, "step"), batch, "step")

    errors = []
    counts = sorted(int(key[3:-4]) for key in data if key.startswith("new") and key.endswith("_Wf0") and key[3:-4].isdigit())
    for count in counts:
        inputs, targets = data["X"][:count], data["Y"][:count]
        chip, wired = fresh("")
        train = execute(wired, chip, inputs, targets)[0]
        errors += weight_errors(chip, data, f"new{count}_")
        errors.append(relative(train, data[f"train_loss_mean{count}"]))
        errors.append(relative(respond(chip, wired, 0.5 * inputs, targets, batch), data[f"test_loss_mean{count}"]))
    twice = [key for key in data if key.endswith("x2_Wf0")]
    if twice:
        count = int(twice[0][3:-6])
        inputs, targets = data["X"][:count], data["Y"][:count]
        chip, wired = fresh("_2epochs")
        for epoch in range(2):
            train = execute(wired, chip, inputs, targets, first_step=epoch * count)[0]
            errors.append(relative(train, data["train_loss_2epochs"][epoch]))
            errors.append(relative(respond(chip, wired, 0.5 * inputs, targets, batch), data["test_loss_2epochs"][epoch]))
        errors += weight_errors(chip, data, f"new{count}x2_")
    return errors


def weights_of(data):
    """The recorded start for the reference."""
    return reference.Weights(
        data["init_Wf0"], data["init_R0"], data["init_Wf1"], data["init_D0"], data["init_D1"], 1.0)


def check_online_reference(data, words):
    """One-step backpropagation with Adam, the authors' "BP"."""
    rate = float(data["lr_decor"]) if "decor1" in words else 0.0

    def run(count, epochs):
        inputs, targets = data["X"][:count], data["Y"][:count]
        return reference.online_one_step(
            weights_of(data), inputs, targets, float(data["lr"]), decorrelation_rate=rate, input_decorrelation="input1" in words,
            form="head", epochs=epochs, test_inputs=0.5 * inputs, test_targets=targets)

    def compare(curve, prefix):
        found = dict(zip(("Wf0", "R0", "Wf1", "D0", "D1"), curve.weights, strict=False))
        return [relative(found[key], data[prefix + key]) for key in found]

    errors = []
    for count in sorted(int(key[3:-4]) for key in data if key.startswith("new") and key.endswith("_Wf0") and key[3:-4].isdigit()):
        curve = run(count, 1)
        errors += compare(curve, f"new{count}_")
        errors += [relative(curve.train_loss[-1], data[f"train_loss_mean{count}"]),
                   relative(curve.test_loss[-1], data[f"test_loss_mean{count}"])]
    for key in [key for key in data if key.endswith("x2_Wf0")]:
        curve = run(int(key[3:-6]), 2)
        errors += compare(curve, key[:-3])
        errors += [relative(curve.train_loss, data["train_loss_2epochs"]), relative(curve.test_loss, data["test_loss_2epochs"])]
    return errors


def check_decorrelation(data, words):
    """D after one online step and after a whole sequence, both forms."""
    errors, with_inputs, batch = [], "input1" in words, data["X"].shape[1]
    for prefix, form, update in (
        ("after_online_", "head", "step"), ("after_sequence_", "head", "sequence"), ("after_online_paperera_", "published", "step"),
    ):
        steps = len(data["X"]) if update == "sequence" else 1
        chip = chip_of(data, Decorrelation(rate=float(data["lr_decor"]), form=form, inputs=with_inputs))
        rule = NP(learning_rate=1e-30, sigma=1.0).build(sizes_of(chip, batch, update))  # decorrelation learns beside a rule
        execute(wire(chip, rule, batch, update, steps), chip, data["X"][:steps], data["Y"][:steps])
        errors += weight_errors(chip, data, prefix)
    return errors


def check_gradients(data, words):
    """One-step and true gradients of backpropagation."""
    errors = []
    for prefix, horizon in (("grad_", 1), ("bptt_", None)):
        loss, gradients, _ = reference.gradient(weights_of(data), data["X"], data["Y"], horizon=horizon)
        errors.append(relative(loss, data["loss"]))
        errors += [relative(g, data[prefix + key]) for g, key in zip(gradients, ("Wf0", "R0", "Wf1"), strict=True)]
    return errors


def check(path):
    """Largest relative error of a file; the form is read off its name."""
    words = pathlib.Path(path).stem.split("_")
    with np.load(path, allow_pickle=False) as archive:
        data = {key: archive[key] for key in archive.files}
    form = {"seq": check_sequence, "decor": check_decorrelation, "bp": check_gradients}.get(words[0])
    if words[0] == "online":
        form = check_online_reference if words[1] == "BP" else check_online
    if form is None:
        raise SystemExit(f"{path}: the name must start with seq_, online_, decor_ or bp_")
    errors = form(data, words)
    return max(errors), len(errors)


def main(paths):
    """Check every file; 0 if all are within the limit."""
    global ALWAYS_COMPILED
    ALWAYS_COMPILED = "--compiled" in paths
    paths = [path for path in paths if path != "--compiled"]
    worst = 0.0
    for path in paths:
        error, count = check(path)
        worst = max(worst, error)
        print(f"{pathlib.Path(path).stem:36s} {count:3d} comparisons, largest relative error {error:.1e}"
              f"{'' if error <= LIMIT else '  ABOVE ' + str(LIMIT)}", flush=True)
    return 0 if worst <= LIMIT and paths else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
