"""From a fit to a profile: fields, statuses, sources, text."""
from __future__ import annotations

import tomllib

import numpy as np
import pytest

from neurosim import profile
from neurosim.calibration.curves import CURVES, NODES
from neurosim.calibration.score import Problem, State, shared_names
from neurosim.calibration.scoring import Fitted
from neurosim.calibration.table import Table
from neurosim.calibration.traces import Traces
from neurosim.calibration.write import correlations, device_fields, profile_id, profile_tables, profile_text, unseen_bounds

BY_LABEL = {curve.label: curve for curve in CURVES}
MEAN = {"step": 0.009, "half_difference": 0.001, "upper": 1.2, "lower": -0.8, "slope_up": 0.5, "slope_down": 1.0, "exponent": 1.35,
        "tilt": 0.15}
STD = {"step": 0.002, "half_difference": 0.0005, "upper": 0.12, "lower": 0.2, "slope_up": 0.05, "slope_down": 0.1, "exponent": 0.15,
       "tilt": 0.03}
SHAPE = {"c_up": 0.5, "c_down": -1.0, "gamma_up": 3.0, "gamma_down": 2.0}
TABLE = Table("lab 7.csv", "ab" * 32, {})


def fitted(label, certainty=0.01, read=True):
    """A fit with round numbers; `certainty`: the share of the variance of a device that is posterior."""
    curve = BY_LABEL[label]
    n = len(curve.per_device)
    mean = np.array([MEAN[name] for name in curve.per_device])
    cov = np.diag([STD[name] ** 2 for name in curve.per_device])
    shared = np.array([np.log(0.3), np.log(0.02)] + [SHAPE.get(name, 0.8) for name in curve.shape])
    n_read = np.full((3, 8), 2.0 if read else 1.0)
    traces = Traces(tuple("abcdefgh"), np.array([[1] * 8, [-1] * 8], np.int8), np.zeros((3, 8)), n_read, np.full(8, 3e-4), 1e-6, 5e-6)
    return Fitted(Problem(curve, traces, 0.01, np.ones(n)), State(np.repeat(mean[:, None], 8, axis=1), shared, mean, cov), -1.0,
                  np.repeat(certainty * cov[None], 8, axis=0), 1e-4 * np.eye(len(shared_names(curve))), 1, True)


def test_steps_and_spreads_are_in_the_terms_of_a_profile():
    fields = device_fields(fitted("constant_step"))
    assert fields["dw_min"] == 0.01 and fields["up_down"] == pytest.approx(0.2)  # up 0.010, down 0.008
    assert fields["dw_min_dtod"] == 0.2 and fields["up_down_dtod"] == 0.05
    assert (fields["w_max"], fields["w_max_dtod"], fields["w_min"], fields["w_min_dtod"]) == (1.2, 0.1, -0.8, 0.25)
    assert fields["dw_min_std"] == pytest.approx(0.3) and fields["write_noise_std"] == pytest.approx(2.0)
    assert fields["read_noise_abs"] == pytest.approx(0.01)


def test_a_weaker_up_step_is_a_negative_asymmetry():
    weak = fitted("constant_step")
    weak.state.mean[1] = -0.001
    assert device_fields(weak)["up_down"] == pytest.approx(-0.2) and device_fields(weak)["dw_min"] == 0.01


def test_linear_slopes_refer_to_the_mean_bounds():
    fields = device_fields(fitted("linear_step_additive"))
    assert fields["noise"] == "additive" and fields["update_model"] == "linear_step"
    assert (fields["gamma_up"], fields["gamma_up_dtod"]) == (0.6, 0.06) and (fields["gamma_down"], fields["gamma_down_dtod"]) == (0.8, 0.08)
    assert device_fields(fitted("linear_step"))["noise"] == "multiplicative"


def test_the_exponent_is_that_of_the_stronger_direction():
    fields = device_fields(fitted("pow_step"))
    assert fields["pow_gamma"] == pytest.approx(1.5) and fields["pow_gamma_dtod"] == pytest.approx(0.1)
    assert fields["pow_up_down"] == pytest.approx(0.2) and fields["pow_up_down_dtod"] == pytest.approx(0.02)


@pytest.mark.parametrize("label, a", [("exp_step", -0.5), ("exp_step_late", 0.5)])
def test_exponential_numbers_describe_the_same_step(label, a):
    found = fitted(label)
    fields, w = device_fields(found), 0.3
    reach = fields["w_max"] - fields["w_min"]
    up = fields["dw_min"] * (1 + min(fields["up_down"], 0))
    z = 2 * fields["exp_a"] * w / reach + fields["exp_b"]
    step = up * (1 - fields["exp_A_up"] * np.exp(fields["exp_gamma_up"] * z))
    values = {name: np.full((1, 1), value) for name, value in {**MEAN, **SHAPE}.items()}
    share, _ = found.problem.curve.share(values, True, np.full((1, 1), w))
    assert fields["exp_a"] == a and step == pytest.approx(0.010 * share.item(), rel=1e-5)


def test_piecewise_nodes_are_lists_with_one_in_the_middle():
    fields = device_fields(fitted("piecewise_step"))
    assert fields["piecewise_up"] == fields["piecewise_down"] == [0.8] * (NODES // 2) + [1.0] + [0.8] * (NODES // 2)


def test_without_repeated_reads_read_noise_is_absent():
    assert "read_noise_abs" not in device_fields(fitted("constant_step", read=False))


@pytest.mark.parametrize("label", BY_LABEL)
def test_the_profile_is_one_that_can_be_read(label, tmp_path):
    (tmp_path / "lab.toml").write_text(profile_text(profile_tables(TABLE, fitted(label), "lab")))
    found = profile.load(tmp_path / "lab.toml")
    assert found.device.update_model == BY_LABEL[label].update_model and found.unverified() == []
    for field, quantity, source in found.quantities():
        assert quantity.status == "fit" and "lab 7.csv, SHA-256 " + "ab" * 32 in source, field


@pytest.mark.parametrize("label", BY_LABEL)
def test_the_text_reads_back_as_the_tables(label):
    tables = profile_tables(TABLE, fitted(label), "lab")
    assert tomllib.loads(profile_text(tables)) == tables
    assert all(isinstance(value, str | list) or value["status"] == "fit" for value in tables["device"].values())


def test_a_bound_that_no_device_reached_is_assumed_and_named(tmp_path):
    blind = fitted("constant_step", certainty=0.95)
    assert unseen_bounds(blind) == ["w_max", "w_min"] and unseen_bounds(fitted("constant_step")) == []
    (tmp_path / "lab.toml").write_text(profile_text(profile_tables(TABLE, blind, "lab")))
    unsure = {field for field, _, _ in profile.load(tmp_path / "lab.toml").unverified()}
    assert unsure == {"device.w_max", "device.w_min", "device.g_max_S"}


def test_correlations_are_those_of_the_covariance():
    found = fitted("constant_step")
    found.state.cov[0, 2] = found.state.cov[2, 0] = 0.5 * STD["step"] * STD["upper"]
    assert correlations(found)["step"] == {"half_difference": 0.0, "upper": 0.5, "lower": 0.0}


@pytest.mark.parametrize("stem, name", [("Our Device (7)", "our-device-7"), ("x_1-b", "x_1-b"), ("Ä", "fitted-device")])
def test_a_file_name_becomes_an_id(stem, name):
    assert profile_id(stem) == name
