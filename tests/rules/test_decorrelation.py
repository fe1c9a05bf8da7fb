"""Decorrelation: settings, factors, and what it does to correlated activity."""
from __future__ import annotations

import numpy as np
import pytest
from assemble import heard, local_of, projection
from components import CIRCUITS, DEVICES, Bench
from pydantic import ValidationError

from neurosim import loop
from neurosim.contract import credit, is_lateral, passes
from neurosim.eligibilities.lateral import Lateral, OffDiagonal
from neurosim.rules import Decorrelation
from neurosim.rules.rule import still
from neurosim.storage import zeros
from neurosim.synapses.dense import Dense
from neurosim.synapses.layout import matrix_of

RATE, N = 0.05, 4


def factors(form, x_hat, steps=1):
    """(post, signal, eligibility) of one step; only the clean activity may be looked at."""
    batch = len(x_hat)
    rule, eligibility = Decorrelation(rate=RATE, form=form).build(N, batch, steps, np.float64)
    clean, unseen = np.zeros((batch, 64)), np.full((batch, 64), np.nan)
    clean[:, :N] = x_hat
    post, signal, nan = np.zeros((batch, 64)), np.zeros(batch), np.full(batch, np.nan)
    credit(rule, local_of(clean, unseen, unseen, unseen), heard(nan, nan, nan), post, signal)
    return post, signal, eligibility


@pytest.mark.parametrize("form", ["published", "head"])
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("steps", [1, 5])
def test_rate_is_shared_by_samples_and_steps(form, batch, steps):
    x_hat = np.random.default_rng(1).standard_normal((batch, N))
    post, signal, eligibility = factors(form, x_hat, steps)
    assert (post[:, :N] == x_hat).all() and (post[:, N:] == 0).all()
    assert np.allclose(signal, -RATE / batch / steps, rtol=1e-13)
    if form == "head":
        assert np.allclose(eligibility.square[:N], RATE / steps * (x_hat**2).mean(0), rtol=1e-13)
        assert (eligibility.square[N:] == 0).all()


def test_the_square_is_that_of_the_last_request():
    rule, eligibility = Decorrelation(rate=RATE, form="head").build(N, 1, 1, np.float64)
    for value in (3.0, 0.5):
        array, zero = np.full((1, 64), value), np.zeros(1)
        credit(rule, local_of(array, array, array, array), heard(zero, zero, zero), np.zeros((1, 64)), np.zeros(1))
        assert np.allclose(eligibility.square, RATE * value**2, rtol=1e-13)


def test_each_form_brings_its_eligibility_and_one_pass_is_enough():
    rule, eligibility = Decorrelation(rate=RATE, form="head").build(N, 1, 1, np.float32)
    assert isinstance(eligibility, Lateral) and is_lateral(eligibility) and eligibility.square is rule.square
    assert rule.rate.dtype == rule.square.dtype == np.float32
    other, local = Decorrelation(rate=RATE).build(N, 1, 1, np.float32)
    assert isinstance(local, OffDiagonal) and passes(rule) == passes(other) == 1


@pytest.mark.parametrize("form", ["published", "head"])
def test_correlated_activity_is_decorrelated(form):
    """Four units with correlations of one half: after 400 steps those of D x are below 0.15."""
    bench, steps = Bench(N, 1, 8, np.float64), 400
    rule, eligibility = Decorrelation(rate=RATE, form=form).build(N, 8, 1, np.float64)
    p = projection(
        bench._replace(lanes=8), Dense(N, N), np.eye(N), DEVICES["ideal"], CIRCUITS["quiet"],
        lambda cells, j: eligibility, lambda cells: still("", cells))
    rng = np.random.default_rng(2)
    mixing = np.linalg.cholesky(0.5 * np.eye(N) + 0.5)  # unit variances, correlations one half
    zero = np.zeros(8)
    for now in range(steps):
        x, x_hat = zeros((8, 64), np.float64), zeros((8, 64), np.float64)
        x[:, :N] = rng.standard_normal((8, N)) @ mixing.T
        loop.pass_on(p, p.request.rank[0], x, x_hat, 8, 1, 2, now)
        loop.remember(p, x_hat, 0, 8)
        loop.ask(rule, p, local_of(x_hat, x_hat, x_hat, x_hat), heard(zero, zero, zero), 8)
    d = matrix_of(p.synapses, p.conductance, N, N)
    covariance = d @ (mixing @ mixing.T) @ d.T
    correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert np.abs(correlation - np.eye(N)).max() < 0.15
    if form == "published":
        assert (np.diag(d) == 1).all()


def test_what_was_published_is_the_default_and_the_fault_is_off():
    settings = Decorrelation(rate=RATE)
    assert settings.form == "published" and not settings.inputs and not settings.stale_input_twin


@pytest.mark.parametrize(("wrong", "field"), [
    ({"rate": 0.0}, "rate"), ({"rate": float("nan")}, "rate"), ({}, "rate"), ({"rate": 0.1, "form": "new"}, "form"),
    ({"rate": 0.1, "input": True}, "input")])
def test_settings_that_make_no_sense_are_refused_by_name(wrong, field):
    with pytest.raises(ValidationError, match=field):
        Decorrelation(**wrong)
