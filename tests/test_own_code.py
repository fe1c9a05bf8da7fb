"""Code of a user's own at work: what it may return, and what becomes of its errors."""
from __future__ import annotations

import numba
import numpy as np
import pytest
from own_files import RULE, TASK, changed, forgotten, write  # noqa: F401

from neurosim.contract import Broadcast, Local, credit, inject
from neurosim.errors import DivergenceError, InputError
from neurosim.experiment import load
from neurosim.own_code import MOST, ORIGINS, explained, problem_of_parts
from neurosim.rules import RULES
from neurosim.rules.none import NoCredit
from neurosim.rules.rule import OBSERVER, Sizes

pytestmark = pytest.mark.usefixtures("forgotten")
SIZES = Sizes(1, 4, 1, 2, "step", np.float64)


def refusal(call, *arguments) -> str:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    text = str(caught.value)
    assert "\n" not in text and caught.value.exit_code == 2
    return text


# what build returns

@pytest.mark.parametrize("name", RULES)
def test_the_parts_of_every_rule_of_the_package_would_do(name):
    rule = RULES[name](learning_rate=1e-3)
    assert problem_of_parts(rule.build(SIZES._replace(update="sequence", steps=3))) == "" == problem_of_parts(OBSERVER)


@pytest.mark.parametrize(("old", "new", "problem"), [
    ("return Parts", "Parts", "build returned NoneType; must return Parts"),
    ("broadcasts=1)", "broadcasts=1)._asdict()", "build returned dict; must return Parts"),
    ("self.learning_rate /", "1 / 0 /", "my_rule.py, line 18, build: ZeroDivisionError: division by zero"),
    ("def build(self, sizes: Sizes)", "def build(self)",
     "build: TypeError: MyRule.build() takes 1 positional argument but 2 were given"),
    ("still, broadcasts=1)", "still)", "my_rule.py, line 19, build: TypeError: Parts.__new__() missing 1 required positional argument"),
    ("return Parts(rule,", "return Parts({},", "Parts.hidden is of type dict; must be a NamedTuple that fills slots, or NoCredit()"),
    ("rule, outer", "None, outer", "Parts.output is of type NoneType; must be a NamedTuple"),
    ("rule = Sign(", "rule = Sign(str(3)) or (", "Sign.rate is of type str; must be a number, an array of numbers or a NamedTuple of them"),
    ("rule = Sign(", "rule = Sign(Sign(np.array([{}]))) or (", "Sign.rate is of type ndarray; must be a number"),
    ("rule, rule, outer,", "rule, rule, outer('a', 'b', 'c'),", "Parts.eligibility is of type Outer; must be a function"),
    ("broadcasts=1", "broadcasts=0.5", "Parts.broadcasts is 0.5; must be a whole number, at least 0"),
    ("@credit.fill(Sign)\n", "",
     "Sign (Parts.hidden) fills neither the slot credit nor close, so it would learn nothing; only NoCredit may"),
    ("@credit.fill(Sign)\n", "class Other(NamedTuple):\n    x: int\n@credit.fill(Other)\n", "Sign (Parts.hidden) fills neither the slot"),
    ("passes.set(2, Sign)", "from neurosim.contract import is_deferred\nis_deferred.set(True, Sign)",
     "Sign is marked is_deferred and does not fill the slot close"),
    ("passes.set(2, Sign)", "from neurosim.contract import close\n@close.fill(Sign)\ndef _close(rule, turn, n_steps, post): pass",
     "Sign fills the slot close; whatever does must be marked is_deferred"),
    ("gaussian(self.sigma, sizes)", "lambda name: None", "Parts.source: TypeError: MyRule.build.<locals>.<lambda>() takes 1"),
    ("gaussian(self.sigma, sizes)", "lambda name, n: {}[n]", "my_rule.py, line 19, <lambda>: KeyError: 4"),
])
def test_a_rule_that_builds_something_else_is_refused(tmp_path, old, new, problem):
    def build():
        load(write(tmp_path, changed(old, new))).rule.build(SIZES).source("hidden", 4)

    assert refusal(build).removeprefix("small.toml: ").replace("my_rule:", "my_rule.py:").startswith(
        f'rule.name = "my_rule.py:MyRule"; {problem}')


def test_an_output_that_only_closes_would_learn_nothing(tmp_path):
    marked = RULE.replace("passes.set(2, Sign)", "from neurosim.contract import close, is_deferred\nis_deferred.set(True, Sign)\n"
                          "@close.fill(Sign)\ndef _close(rule, turn, n_steps, post): pass").replace("@credit.fill(Sign)\n", "")
    rule = load(write(tmp_path, marked)).rule
    assert refusal(rule.build, SIZES).endswith(
        "Sign (Parts.output) does not fill the slot credit, so it would learn nothing; only NoCredit may")


def test_a_population_may_say_that_it_does_not_learn(tmp_path):
    parts = load(write(tmp_path, changed("Parts(rule, rule,", "Parts(NoCredit(), rule,"))).rule.build(SIZES)
    assert isinstance(parts.hidden, NoCredit) and parts.broadcasts == 1


# what load returns

@pytest.mark.parametrize(("old", "new", "problem"), [
    ("return Dataset", "Dataset", "load returned NoneType; must return Dataset"),
    ('"step"', '"often"', 'Dataset.update is "often"; must be "step" or "sequence"'),
    ("lambda epoch: trials", "lambda epoch: x", "Dataset.train(0) is of type ndarray; must be Trials"),
    ("lambda epoch: trials", "lambda: trials", "load: TypeError: Echo.load.<locals>.<lambda>() takes 0 positional arguments but"),
    ("Dataset(1, 1", "Dataset(2, 1", "Dataset.train(0).inputs has the shape (1, 6, 2, 1); must be (1, 6, 2, 2), with 1 or more of each"),
    ("x.copy()", "x[:, 1:]", "Dataset.train(0).targets has the shape (1, 5, 2, 1); must be (1, 6, 2, 1)"),
    ("np.ones((1, self.steps))", "np.ones(self.steps)", "Dataset.train(0).active has the shape (6,); must be (1, 6)"),
    ("np.ones(1, bool)", "[True]", "Dataset.train(0).starts is of type list; must be an array"),
    ("self.steps, batch", "0, batch", "Dataset.train(0).inputs has the shape (1, 0, 2, 1); must be"),
    ("x.copy()", "x / 0", "Dataset.train(0).targets is not finite everywhere"),
    ("partial(error_scores, trials)", "lambda outputs: {}", 'Dataset.scores gives no "mse"'),
    ("generator(seed, 99)", "generator(seed)", "my_task.py, line 9, load: TypeError: generator() missing 1 required positional argument"),
])
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_a_task_that_loads_something_else_is_refused(tmp_path, old, new, problem):
    file = write(tmp_path)
    (tmp_path / "my_task.py").write_text(changed(old, new, TASK))
    assert refusal(load(file).task.load, 1, 2).startswith(f'task.name = "my_task.py:Echo"; {problem}')


# errors later on

def own(tmp_path, text):
    """The rule's class, and its part for the hidden neurons."""
    rule = load(write(tmp_path, text)).rule
    return type(rule), rule.build(SIZES).hidden


def test_an_error_in_a_slot_is_told_with_its_line(tmp_path):
    cls, part = own(tmp_path, changed("local.perturbed", "local.perturbd"))
    arrays = Local(*(np.zeros((2, 64)),) * 6), Broadcast(*(np.zeros(2),) * 7), np.zeros((2, 64)), np.zeros(2)
    with pytest.raises(InputError, match="my_rule.py, line 13, _credit: AttributeError: 'Local' object has no attribute 'perturbd'"):
        with explained(cls):
            credit(part, *arrays)


def test_an_unfilled_slot_is_told_by_its_name(tmp_path):
    cls, part = own(tmp_path, RULE)
    with pytest.raises(InputError, match=r'"my_rule.py:MyRule"; Sign does not fill the slot inject\(source, key, t, out\)'):
        with explained(cls):
            inject(part, 1, 2, 3)


@pytest.mark.parametrize(("old", "new", "problem"), [
    ("local.perturbed", "local.perturbd", r"line 13, slot credit: cannot be compiled \(Unknown attribute 'perturbd' of type Local\("),
    ("np.sign(", "no_such(", r"slot credit: cannot be compiled \(NameError: name 'no_such' is not defined\)"),
    ("signal[b] =", "signal[b] = 'a' +", r"line 11, slot credit: cannot be compiled \(there is no add\(Literal\[str\]\(a\), float64\)\)"),
    ("signal[b] =", "signal[b] = sum(x for x in signal) +", r"slot credit: cannot be compiled \("),
])
def test_what_numba_refuses_is_one_sentence_with_the_cause(tmp_path, old, new, problem):
    cls, part = own(tmp_path, changed(old, new))
    arrays = Local(*(np.zeros((2, 64)),) * 6), Broadcast(*(np.zeros(2),) * 7), np.zeros((2, 64)), np.zeros(2)

    @numba.njit
    def ask(part, local, broadcast, post, signal):
        credit(part, local, broadcast, post, signal)

    with pytest.raises(InputError, match=problem) as caught, explained(cls):
        ask(part, *arrays)
    assert "\n" not in str(caught.value) and "\x1b" not in str(caught.value) and len(str(caught.value)) < MOST + 120


def test_a_slot_that_numba_finds_unfilled_is_told_by_its_name(tmp_path):
    cls, part = own(tmp_path, RULE)

    @numba.njit
    def perturb(part, out):
        inject(part, 1, 2, out)

    with pytest.raises(InputError, match="Sign does not fill the slot inject, or not for these arguments"), explained(cls):
        perturb(part, np.zeros(3))


@pytest.mark.parametrize("error", [
    KeyError("ours"), TypeError("ours"), DivergenceError(3, "loss", "none"), MemoryError(), InputError("a", "b"), KeyboardInterrupt()])
def test_errors_that_are_not_the_users_pass_as_they_are(tmp_path, error):
    cls, _ = own(tmp_path, RULE)
    with pytest.raises(type(error)) as caught, explained(cls):
        raise error
    assert caught.value is error


def test_errors_pass_where_nothing_is_the_users():
    with pytest.raises(TypeError, match="does not fill the slot"), explained(RULES["anp"]):
        inject(NoCredit(), 1, 2, 3)


def test_an_error_in_a_validator_is_told_with_its_line(tmp_path):
    text = changed("    def build", "    def model_post_init(self, _):\n        {}[1]\n    def build")
    assert refusal(load, write(tmp_path, text)) == (
        'small.toml: rule.name = "my_rule.py:MyRule"; my_rule.py, line 18, model_post_init: KeyError: 1')


def test_the_package_adopts_only_what_was_named(tmp_path):
    cls, _ = own(tmp_path, RULE)
    assert ORIGINS[cls].table == "rule" and ORIGINS[cls].name == f"{tmp_path}/my_rule.py:MyRule" and RULES["anp"] not in ORIGINS
