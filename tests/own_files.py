"""Files of a user's own for the tests: a rule and a task that work, and an experiment that names them."""
from __future__ import annotations

import sys

import pytest

from neurosim import plugins, slots

RULE = '''from typing import NamedTuple
import numpy as np
from neurosim.contract import credit, passes
from neurosim.rules.rule import NoCredit, Parts, Rule, Sizes, gaussian, outer, still
class Sign(NamedTuple):
    rate: float
passes.set(2, Sign)
@credit.fill(Sign)
def _credit(rule, local, broadcast, post, signal):
    for b in range(signal.size):
        signal[b] = -rule.rate * (broadcast.perturbed[b] - broadcast.reference[b])
        for i in range(post.shape[1]):
            post[b, i] = np.sign(local.perturbed[b, i] - local.reference[b, i])
class MyRule(Rule):
    learning_rate: float
    sigma: float = 1e-3
    def build(self, sizes: Sizes) -> Parts:
        rule = Sign(np.dtype(sizes.dtype).type(self.learning_rate / self.sigma / sizes.batch))
        return Parts(rule, rule, outer, gaussian(self.sigma, sizes), still, broadcasts=1)
'''
TASK = '''from functools import partial
from typing import ClassVar
import numpy as np
from neurosim.tasks.task import Dataset, Task, Trials, error_scores, generator
class Echo(Task):
    steps: int = 6
    default_batch: ClassVar[int] = 2
    def load(self, seed, batch):
        x = generator(seed, 99).uniform(size=(1, self.steps, batch, 1))
        trials = Trials(x, x.copy(), np.ones((1, self.steps)), np.ones(1, bool))
        return Dataset(1, 1, "step", lambda epoch: trials, trials, False, {"zero": 0.3}, partial(error_scores, trials), "echo")
'''
SMALL = """
[task]
name = "{task}"
[network]
hidden = 4
[chip]
profile = "ideal"
[rule]
name = "{rule}"
{settings}
[train]
epochs = 1
batch = 2
yardsticks = false
"""


def write(folder, rule=RULE, name="my_rule:MyRule", task="my_task:Echo", settings="learning_rate = 1e-3"):
    """Files ``small.toml``, ``my_rule.py`` and ``my_task.py`` in `folder`; returns the first."""
    (folder / "my_rule.py").write_text(rule)
    (folder / "my_task.py").write_text(TASK)
    (folder / "small.toml").write_text(SMALL.format(task=task, rule=name, settings=settings))
    return folder / "small.toml"


def changed(old, new, text=RULE):
    """A file with a fault."""
    assert old in text
    return text.replace(old, new)


@pytest.fixture
def forgotten(monkeypatch):
    """What a test imports leaves no trace in the name of the compiled loop; slots run as plain Python, nothing is compiled."""
    monkeypatch.setenv("NEUROSIM_PYTHON", "1")
    monkeypatch.setattr(slots, "_sources", set(slots._sources))
    monkeypatch.setattr(slots, "_names", {path: set(names) for path, names in slots._names.items()})
    yield
    for name in [name for name in sys.modules if name.startswith(plugins.PREFIX)]:
        del sys.modules[name]
