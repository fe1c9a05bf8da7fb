"""A rule of one's own, whole: sign perturbation.  Run: python examples/add_rule.py"""
from typing import NamedTuple

import numpy as np

import neurosim as ns
from neurosim.contract import credit, passes
from neurosim.rules.rule import Parts, Rule, Sizes, gaussian, outer, still


class SignPerturbation(NamedTuple):
    """Second factor: only the sign of the activity difference; third factor: the loss difference."""

    rate: float


passes.set(2, SignPerturbation)  # a clean and a perturbed pass, in lock-step


@credit.fill(SignPerturbation)  # compiled into the loop; sees its own neurons and the broadcast losses, nothing else
def _credit(rule, local, broadcast, post, signal):
    for b in range(signal.size):
        signal[b] = -rule.rate * (broadcast.perturbed[b] - broadcast.reference[b])
        for i in range(post.shape[1]):
            post[b, i] = np.sign(local.perturbed[b, i] - local.reference[b, i])


class SignANP(Rule):
    """Settings, and how they fill the slots."""

    learning_rate: float
    sigma: float = 1e-3

    def build(self, sizes: Sizes) -> Parts:
        """Fill the slots."""
        rule = SignPerturbation(np.dtype(sizes.dtype).type(self.learning_rate / self.sigma / sizes.batch))
        return Parts(rule, rule, outer, gaussian(self.sigma, sizes), still, broadcasts=1)


if __name__ == "__main__":
    network = ns.Network(inputs=1, hidden=50, outputs=1)
    run = ns.train(
        ns.compile_chip("ideal", network, seed=1), ns.tasks.MackeyGlass(steps=2000, test_steps=2000),
        SignANP(learning_rate=2e-4), epochs=3)
    print("test error by epoch:", " ".join(f"{row['test_mse']:.4f}" for row in run.curves))
