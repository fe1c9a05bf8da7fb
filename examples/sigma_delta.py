"""Accuracy against events: leaky neurons that send only when they have moved, trained with that threshold in the loop.

Run: python examples/sigma_delta.py [--quick] [--out runs/sigma_delta]; unless --quick writes sigma_delta.md and sigma_delta.png beside it.
Mackey-Glass forecast of 15 samples; SANP-CV, 10 series side by side, windows of 50 steps, beside the same network with a frozen recurrence.
"""
import argparse
import json
import pathlib

import numpy as np
from matplotlib.figure import Figure

from neurosim import experiment, session, trainer

HERE = pathlib.Path(__file__).parent
THRESHOLDS = (0.0, 0.003, 0.01, 0.03, 0.1, 0.2)
SEEDS = (1, 2, 3)
RULES = {"SANP-CV": {"name": "sanp_cv", "learning_rate": 1e-3},
         "SANP-CV, perturbed by 0.1": {"name": "sanp_cv", "learning_rate": 1e-3, "sigma": 0.1},
         "frozen, same readout rule": {"name": "readout", "learning_rate": 1e-2}}


def trained(rule, threshold, seed, quick, out):
    """(NRMSE on the test, events per neuron and step of one pass while training); read back if it is there."""
    file = out / f"{rule['name']}-{rule.get('sigma', 'usual')}-{threshold}-{seed}.json"
    if file.exists():
        return json.loads(file.read_text())
    case, chip = session.prepare(settings := experiment.experiment_of({
        "task": {"name": "mackey-glass", "kind": "forecast", "test_steps": 500 if quick else 5000},
        "network": {"hidden": 100, "neuron": "leaky", "tau_steps": 5.0, "send_threshold": threshold, "recurrent_scale": 0.9,
                    "input_scale": 3.0, "bias": True},
        "chip": {"profile": "ideal", "readout": "digital"}, "rule": rule,
        "train": {"epochs": 1 if quick else 15, "window": 50, "batch": 10, "seeds": [seed],
                  "optimizer": {"hidden": "adam", "readout": "adam", "decay": "cosine", "readout_rate": 1e-2}}}, HERE / "sigma_delta.py"),
        session.profile_of(settings), seed)
    run = trainer.train(chip, case.dataset, case.rule, epochs=case.epochs, batch=case.batch, seed=seed, update=case.update,
                        regime=case.regime)
    found = float(np.sqrt(run.scores["nmse"])), run.counts["hidden_events"] / run.counts["hidden_neuron_updates"]
    file.write_text(json.dumps(found))
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("runs/sigma_delta"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    thresholds, seeds = (THRESHOLDS[2:4], SEEDS[:1]) if options.quick else (THRESHOLDS, SEEDS)
    lines, figure = ["| rule | threshold | events per neuron and step | test NRMSE |", "|---|---|---|---|"], Figure(
        figsize=(6, 4), layout="constrained")
    ax = figure.subplots()
    for label, rule in RULES.items():
        table = np.array([[trained(rule, theta, seed, options.quick, options.out) for seed in seeds] for theta in thresholds])
        error, events = table[..., 0], table[..., 1].mean(axis=1)
        ax.errorbar(events, error.mean(axis=1), error.std(axis=1), marker="o", capsize=3, label=label)
        lines += [f"| {label} | {theta:g} | {share:.3f} | {row.mean():.3f} ± {row.std():.3f} |"
                  for theta, share, row in zip(thresholds, events, error, strict=True)]
    ax.set(xlabel="events per neuron and step", ylabel="test NRMSE", xlim=(0, 1.02))
    ax.legend()
    print("\n".join(lines))
    if not options.quick:
        head = ["<!-- made by python examples/sigma_delta.py -->", "## Accuracy against events", "", *__doc__.split("\n")[::3][:2],
                "Mean ± standard deviation over seeds 1 to 3.", ""]
        (HERE / "sigma_delta.md").write_text("\n".join([*head, *lines, "", "![NRMSE against events](sigma_delta.png)", ""]))
        figure.savefig(HERE / "sigma_delta.png", dpi=150, metadata={"Software": None})
