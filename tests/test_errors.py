"""Errors: one tree, one sentence each, exit codes that a shell can tell apart."""
from __future__ import annotations

import pickle

import pytest

from neurosim import errors
from neurosim.errors import DivergenceError, InputError, MappingError, NeurosimError


def classes():
    """The error classes of the module, in the order of their definition."""
    return [kind for kind in vars(errors).values() if isinstance(kind, type)]


@pytest.mark.parametrize(("problem", "text"), [
    ("= -1.0; must be greater than 0", "weather.toml: rule.rate = -1.0; must be greater than 0"),
    ("is missing", "weather.toml: rule.rate: is missing"),
])
def test_a_value_follows_its_field_and_anything_else_follows_a_colon(problem, text):
    assert str(InputError("weather.toml: rule.rate", problem)) == text


def test_an_input_error_keeps_its_two_halves():
    error = InputError("network.hidden", "= 0; must be at least 1")
    assert (error.where, error.problem) == ("network.hidden", "= 0; must be at least 1")


def test_a_divergence_says_when_what_and_where_the_last_good_state_is():
    error = DivergenceError(7, "training loss", "end of epoch 2")
    assert str(error) == "diverged at step 7: training loss is not finite; last good state: end of epoch 2"
    assert (error.step, error.quantity, error.last_good) == (7, "training loss", "end of epoch 2")


def test_exit_codes_tell_bad_input_from_all_else():
    assert {kind.__name__: kind.exit_code for kind in classes()} == {
        "NeurosimError": 1, "InputError": 2, "MappingError": 2, "DivergenceError": 1, "IdleError": 1}


def test_a_network_that_does_not_fit_is_an_input_error():
    assert issubclass(MappingError, InputError) and not issubclass(DivergenceError, InputError)


def test_every_error_has_the_one_base_and_stands_in_the_tree_of_the_docstring():
    for kind in classes():
        assert issubclass(kind, NeurosimError)
        assert kind.__name__ in errors.__doc__


@pytest.mark.parametrize("error", [
    InputError("network.hidden", "= 0; must be at least 1"), MappingError("network", "needs 2 cores"), DivergenceError(7, "loss", "start")])
def test_an_error_travels_between_processes(error):
    """A pool of workers hangs on an exception that cannot be rebuilt."""
    twin = pickle.loads(pickle.dumps(error))
    assert type(twin) is type(error) and str(twin) == str(error) and vars(twin) == vars(error)
