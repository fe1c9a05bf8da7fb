"""The steps of the loop, one by one, against NumPy."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import heard, local_of, projection
from components import CIRCUITS, DEVICES, Bench

from neurosim import verbs
from neurosim.contract import Broadcast
from neurosim.eligibilities.outer import Fixed, Outer
from neurosim.eligibilities.trace import Trace as TraceOfCell
from neurosim.random import Key
from neurosim.rules.node_perturbation import NodePerturbation
from neurosim.rules.rule import still
from neurosim.sources.noise import Antithetic, Gaussian, Silent
from neurosim.synapses.layout import choose

BATCH, WIDTH, OUT = 3, 64, 2


def lanes(passes=2, width=WIDTH, seed=1):
    return np.random.default_rng(seed).standard_normal((passes * BATCH, width))


@pytest.mark.parametrize("passes", [1, 2])
@pytest.mark.parametrize("weight", [0.0, 1.0, 0.25])
def test_losses_are_mean_squared_errors_times_the_weight_of_the_step(passes, weight):
    y, target, error, reference, perturbed = lanes(passes), lanes(1, OUT, 2), np.zeros((BATCH, WIDTH)), np.zeros(BATCH), np.zeros(BATCH)
    means = verbs.measure(y, target, weight, error, reference, perturbed)
    wanted = [weight * ((y[first:first + BATCH, :OUT] - target) ** 2).mean(axis=1) for first in (0, (passes - 1) * BATCH)]
    assert np.allclose(reference, wanted[0], rtol=1e-14) and np.allclose(perturbed, wanted[1], rtol=1e-14)
    assert np.allclose(means, np.mean(wanted, axis=1), rtol=1e-14)
    assert np.allclose(error[:, :OUT], weight * (y[:BATCH, :OUT] - target), rtol=1e-14) and not error[:, OUT:].any()


def test_a_difference_is_the_last_pass_minus_the_first():
    current, out = lanes(), np.zeros((BATCH, WIDTH))
    verbs.differ(current, BATCH, out)
    assert np.array_equal(out, current[BATCH:] - current[:BATCH])


def test_an_innovation_is_what_the_neurons_added_to_what_they_received():
    """With three passes the one in between is not looked at."""
    current, added = lanes(3), lanes(1, seed=3)
    arrived, out = np.zeros((BATCH, WIDTH)), np.zeros((BATCH, WIDTH))
    verbs.differ(current, BATCH, arrived)
    current[2 * BATCH:] += added
    verbs.innovate(current, BATCH, arrived, out)
    assert np.allclose(out, added, rtol=0, atol=1e-14)


def gaussian(sigma=0.1):
    return Gaussian(np.float64(sigma), WIDTH, np.zeros(BATCH * WIDTH))


def test_a_perturbation_is_added_to_the_last_pass_and_kept():
    current, noise = lanes(), np.zeros((BATCH, WIDTH))
    before = current.copy()
    verbs.perturb(gaussian(), Key(1, 2, 3), 3, current, noise)
    assert noise.all() and np.array_equal(current[:BATCH], before[:BATCH]) and np.array_equal(current[BATCH:], before[BATCH:] + noise)


def test_an_antithetic_perturbation_is_split_between_the_passes():
    current, noise = lanes(), np.zeros((BATCH, WIDTH))
    before = current.copy()
    verbs.perturb(Antithetic(gaussian()), Key(1, 2, 3), 3, current, noise)
    assert noise.all()
    assert np.array_equal(current, before + np.vstack([-0.5 * noise, 0.5 * noise]))


def test_silence_leaves_the_noise_alone():
    current, noise = lanes(), np.full((BATCH, WIDTH), 7.0)
    verbs.perturb(Silent(), Key(1, 2, 3), 3, current, noise)
    assert (noise == 7).all() and np.array_equal(current, lanes())


def test_a_report_is_the_gradient_of_the_loss_the_unexplained_change_and_their_product():
    y, error, explained = lanes(), lanes(1, seed=4), lanes(1, OUT, 5)
    flat = np.zeros(BATCH * (3 + 2 * OUT))
    said = Broadcast(flat[:BATCH], flat[:BATCH], np.zeros((2, BATCH)), np.full(BATCH, np.nan), np.full((BATCH, OUT), np.nan),
                     np.full((BATCH, OUT), np.nan), flat)
    verbs.report(y, error, explained, said)
    gradient, change = 2 / OUT * error[:, :OUT], y[BATCH:, :OUT] - y[:BATCH, :OUT] - explained
    assert np.allclose(said.error, gradient, rtol=1e-14) and np.allclose(said.change, change, rtol=0, atol=1e-14)
    assert np.allclose(said.slope, (gradient * change).sum(axis=1), rtol=0, atol=1e-13)


def test_inputs_are_shown_to_every_pass_and_the_padding_is_left():
    u, x = np.full((2 * BATCH, WIDTH), 9.0), lanes(1, 5, 6)
    verbs.load(u, x, BATCH)
    assert np.array_equal(u[:BATCH, :5], x) and np.array_equal(u[BATCH:, :5], x) and (u[:, 5:] == 9).all()


# ---- requests ----------------------------------------------------------------------------------------------------------
def asking(eligibility=Outer(), chunk=2):  # noqa: B008 (it has no fields)
    """A projection that has room for the requests of two steps."""
    return projection(
        Bench(5, 2 * BATCH, BATCH, np.float64), choose(WIDTH, WIDTH, None, True), np.zeros((WIDTH, WIDTH)), DEVICES["ideal"],
        CIRCUITS["quiet"], lambda cells, jitter: eligibility, lambda cells: still("", cells), True, chunk=chunk)


def told(seed):
    """(injected noise, broadcast) of one step."""
    losses = lanes(1, 2, seed)
    return lanes(1, seed=seed + 1), heard(losses[:, 0].copy(), losses[:, 1].copy())


def answers(p, injected, said):
    rule, nothing = NodePerturbation(np.float64(0.5), np.float64(1 / BATCH), 0, 0), np.zeros((BATCH, WIDTH))
    verbs.ask(rule, p, local_of(nothing, nothing, injected, nothing), said, BATCH)


def test_requests_of_several_steps_lie_one_after_the_other_with_the_third_factor_in_the_second():
    p = asking()
    for q, pass_ in enumerate((0, 1)):
        z, (injected, said), rows = lanes(seed=10 + q), told(20 + q), slice(q * BATCH, (q + 1) * BATCH)
        verbs.remember(p, z, pass_ * BATCH, BATCH)
        answers(p, injected, said)
        assert np.array_equal(p.request.pre[rows], z[pass_ * BATCH:(pass_ + 1) * BATCH]) and p.request.rank[0] == (q + 1) * BATCH
        wanted = -0.5 * (said.perturbed - said.reference)
        assert np.allclose(p.request.signal, wanted, rtol=1e-14)
        assert np.allclose(p.request.post[rows], wanted[:, None] * injected, rtol=1e-14)


def test_a_trace_gets_the_factors_apart():
    p, (injected, said) = asking(TraceOfCell(np.float64(0.9), np.zeros((WIDTH, WIDTH))), 1), told(20)
    answers(p, injected, said)
    assert np.array_equal(p.request.post, injected) and p.request.rank[0] == BATCH


def test_projections_onto_the_same_neurons_are_told_the_same():
    p, other = asking(), asking()
    answers(other, *told(20))
    verbs.ask_alike(p, other)
    assert np.array_equal(p.request.signal, other.request.signal) and p.request.rank[0] == BATCH


def test_synapses_that_never_change_are_asked_nothing():
    p, other = asking(Fixed()), asking()
    answers(other, *told(20))
    verbs.remember(p, lanes(), 0, BATCH)
    answers(p, *told(20))
    verbs.ask_alike(p, other)
    assert not any(array.any() for array in p.request)
