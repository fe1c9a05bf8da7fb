"""The network that a user asks for: what is refused, and the statistics of the weights it starts with."""
from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from neurosim.network import Network, Topology, draw_weights, generator, orthogonal, recurrent_mask, xavier
from neurosim.rules import Decorrelation


def network(**settings):
    return Network(**{"inputs": 3, "hidden": 40, "outputs": 2, **settings})


def refusal(**settings):
    """What is wrong, as the validator says it: one sentence."""
    with pytest.raises(ValidationError) as caught:
        network(**settings)
    errors = caught.value.errors()
    assert len(errors) == 1
    return ".".join(map(str, errors[0]["loc"])), errors[0]["msg"].removeprefix("Value error, ")


# ---- validation ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("settings", "message"), [
    ({"neuron": "leaky"}, "'leaky' needs tau_steps"),
    ({"tau_steps": 2.0}, "tau_steps is for leaky only and must be absent with 'tanh'"),
    ({"connectivity": "sparse"}, "'sparse' needs density"),
    ({"density": 0.5}, "density is for sparse only and must be absent with 'dense'"),
    ({"connectivity": "local"}, "'local' needs radius"),
    ({"connectivity": "sparse", "density": 0.5, "radius": 0.1}, "radius is for local only and must be absent with 'sparse'"),
    ({"connectivity": "cores"}, "'cores' needs cores"),
    ({"cores": 2}, "cores is for cores only and must be absent with 'dense'"),
    ({"connectivity": "cores", "cores": 41}, "cores = 41 is more than hidden = 40"),
])
def test_settings_that_do_not_go_together_are_refused_by_name(settings, message):
    assert refusal(**settings) == ("", message)


@pytest.mark.parametrize(("field", "value"), [
    ("hidden", 0), ("hidden", 65536), ("inputs", 0), ("outputs", 0), ("recurrent_scale", -0.1), ("input_scale", float("inf")),
    ("recurrent_scale", float("nan")), ("neuron", "lif"), ("start", "zeros"), ("connectivity", "none"), ("layers", 2),
])
def test_a_value_out_of_range_is_refused_at_its_field(field, value):
    assert refusal(**{field: value})[0] == field


@pytest.mark.parametrize(("settings", "field"), [
    ({"neuron": "leaky", "tau_steps": 0.0}, "tau_steps"), ({"neuron": "leaky", "tau_steps": float("inf")}, "tau_steps"),
    ({"connectivity": "sparse", "density": 0.0}, "density"), ({"connectivity": "sparse", "density": 1.01}, "density"),
    ({"connectivity": "local", "radius": 0.51}, "radius"), ({"connectivity": "cores", "cores": 0}, "cores"),
])
def test_a_choice_checks_its_own_number(settings, field):
    assert refusal(**settings)[0] == field


@pytest.mark.parametrize(("field", "value"), [
    ("hidden", "40"), ("hidden", 40.0), ("hidden", True), ("bias", 1), ("bias", "yes"), ("recurrent_scale", "1"),
])
def test_types_are_exact(field, value):
    assert refusal(**{field: value})[0] == field


def test_a_network_never_changes():
    with pytest.raises(ValidationError, match="frozen"):
        network().hidden = 3


def test_a_topology_knows_no_sizes_of_the_task():
    assert set(Network.model_fields) - set(Topology.model_fields) == {"inputs", "outputs"}


def test_the_bias_is_one_more_input_line():
    assert network().lines == 3 and network(bias=True).lines == 4
    assert draw_weights(network(bias=True), 1).inputs.shape == (40, 4)


# ---- randomness -----------------------------------------------------------------------------------------------------------
def test_the_same_seed_gives_the_same_bytes_and_another_one_others():
    first, again, other = (draw_weights(network(), seed) for seed in (1, 1, 2))
    for name in ("inputs", "recurrent", "readout"):
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes()
        assert not (getattr(first, name) == getattr(other, name)).any()


def test_a_matrix_does_not_depend_on_what_else_is_drawn():
    plain = draw_weights(network(), 1)
    for settings, kept in (
        ({"outputs": 5}, ("inputs", "recurrent")), ({"inputs": 7}, ("recurrent", "readout")),
        ({"start": "orthogonal"}, ("inputs", "readout")), ({"connectivity": "sparse", "density": 0.3}, ("inputs", "readout")),
        ({"decorrelation": Decorrelation(rate=0.1, inputs=True)}, ("inputs", "recurrent", "readout")),
    ):
        changed = draw_weights(network(**settings), 1)
        assert all((getattr(changed, name) == getattr(plain, name)).all() for name in kept)


def test_streams_of_one_seed_are_independent():
    draws = np.array([generator(5, stream).standard_normal(10_000) for stream in (1, 2, 17, 33)])
    assert np.abs(np.corrcoef(draws) - np.eye(4)).max() < 5 / np.sqrt(10_000)


def test_the_global_generator_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 (the point is that nobody touches it)
    draw_weights(network(connectivity="sparse", density=0.5, start="orthogonal"), 1)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


# ---- initial weights ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("shape", [(300, 1), (300, 300), (1, 300), (50, 200)])
def test_xavier_weights_have_the_stated_mean_and_variance(shape):
    samples = np.concatenate([xavier(*shape, generator(seed, 1)).ravel() for seed in range(-(-40_000 // np.prod(shape)))])
    n, variance = samples.size, 2 / sum(shape)
    assert abs(samples.mean()) < 5 * np.sqrt(variance / n)
    assert abs(samples.var() - variance) < 5 * variance * np.sqrt(2 / n)


def test_orthogonal_weights_are_orthogonal():
    q = orthogonal(30, generator(1, 1))
    assert np.abs(q @ q.T - np.eye(30)).max() < 1e-14


def test_orthogonal_weights_are_uniform():
    """Of the Haar measure: E q_ij = 0 and E q_ij^2 = 1/n for every entry, both signs of the determinant (Mezzadri 2007)."""
    draws = np.array([orthogonal(3, generator(seed, 1)) for seed in range(4000)])
    assert np.abs(draws.mean(axis=0)).max() < 5 * np.sqrt(1 / 3 / 4000)
    assert np.abs((draws**2).mean(axis=0) - 1 / 3).max() < 5 * np.sqrt(4 / 45 / 4000)  # var q^2 = 3 / (n (n + 2)) - 1 / n^2
    assert abs(np.linalg.det(draws).mean()) < 5 / np.sqrt(4000)


@pytest.mark.parametrize(("field", "name"), [("recurrent_scale", "recurrent"), ("input_scale", "inputs")])
def test_a_scale_multiplies_its_matrix_alone(field, name):
    plain, scaled = draw_weights(network(), 1), draw_weights(network(**{field: 0.5}), 1)
    for matrix in ("inputs", "recurrent", "readout"):
        assert (getattr(scaled, matrix) == getattr(plain, matrix) * (0.5 if matrix == name else 1)).all()


def test_a_scale_of_zero_is_allowed():
    assert not draw_weights(network(recurrent_scale=0.0), 1).recurrent.any()


# ---- masks ----------------------------------------------------------------------------------------------------------------
MASKED = {
    "sparse": {"connectivity": "sparse", "density": 0.2}, "local": {"connectivity": "local", "radius": 0.1},
    "cores": {"connectivity": "cores", "cores": 4}}


def test_all_to_all_has_no_mask():
    assert recurrent_mask(network(), 1) is None and draw_weights(network(), 1).mask is None


@pytest.mark.parametrize("settings", MASKED.values(), ids=MASKED)
def test_weights_exist_where_the_mask_says_and_nowhere_else(settings):
    drawn = draw_weights(network(**settings), 1)
    assert drawn.mask.dtype == bool and ((drawn.recurrent != 0) == drawn.mask).all()


@pytest.mark.parametrize("settings", MASKED.values(), ids=MASKED)
def test_what_the_mask_removes_is_made_up_for_in_the_variance(settings):
    """The variance of the summed input of a neuron, averaged over neurons, is that of the dense network."""
    drawn = draw_weights(network(hidden=200, **settings), 1)
    n = drawn.mask.sum()
    assert abs((drawn.recurrent**2).sum() / 200 - 1) < 5 * np.sqrt(2 / n)


def test_density_is_met_within_its_spread():
    mask = recurrent_mask(network(hidden=200, connectivity="sparse", density=0.2), 3)
    assert abs(mask.mean() - 0.2) < 5 * np.sqrt(0.2 * 0.8 / mask.size)


def test_the_seed_chooses_a_random_mask():
    masks = [recurrent_mask(network(**MASKED["sparse"]), seed) for seed in (1, 1, 2)]
    assert (masks[0] == masks[1]).all() and (masks[0] != masks[2]).any()


def test_local_synapses_reach_as_far_as_the_radius_around_the_ring():
    mask = recurrent_mask(network(hidden=10, connectivity="local", radius=0.2), 1)
    assert (mask.sum(axis=1) == 5).all() and mask[0].nonzero()[0].tolist() == [0, 1, 2, 8, 9]


def test_cores_do_not_talk_to_each_other():
    mask = recurrent_mask(network(hidden=10, connectivity="cores", cores=2), 1)
    assert mask[:5, :5].all() and mask[5:, 5:].all() and mask.sum() == 50


def test_a_mask_without_a_single_synapse_leaves_finite_weights():
    drawn = draw_weights(network(hidden=2, connectivity="sparse", density=1e-9), 1)
    assert not drawn.mask.any() and not drawn.recurrent.any()
