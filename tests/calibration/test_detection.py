"""What the traces cannot tell from nothing is named with a limit, and is no number of the profile."""
from __future__ import annotations

import numpy as np
import pytest
from calibration.synthetic import Truth, measured

from neurosim.calibration.curves import CURVES
from neurosim.calibration.detection import hidden_noises, hidden_spreads
from neurosim.calibration.fit import fit_curve
from neurosim.calibration.write import below_detection, device_fields


def test_a_noise_is_seen_if_its_variance_is_above_two_standard_errors():
    """Standard error of s^2: 2 s^2 that of log s; so 0.25 of log s is the edge."""
    shared, small, large = np.log([0.3, 0.02]), np.diag([0.24**2] * 2), np.diag([0.26**2] * 2)
    assert hidden_noises(shared, small) == {}
    limits = hidden_noises(shared, large)
    assert limits == {0: pytest.approx(0.3 * np.sqrt(1 + 4 * 0.26)), 1: pytest.approx(0.02 * np.sqrt(1 + 4 * 0.26))}


@pytest.mark.parametrize("share, is_hidden", [(0.75, True), (0.69, False)])
def test_a_spread_is_judged_against_what_noise_alone_would_scatter(share, is_hidden):
    """One parameter, 50 devices, V = Sigma share / (1 - share): seen if Sigma > 2 sqrt(2 / 50) V, so up to a share of 5 / 7."""
    cov, unknown = np.array([[4.0]]), share / (1 - share) * 4.0
    found = hidden_spreads(cov, np.full((50, 1, 1), share * 4.0))
    assert (0 in found) == is_hidden == (4.0 < 2 * np.sqrt(2 / 50) * unknown)
    if is_hidden:
        assert found[0] == pytest.approx(np.sqrt(4.0 + 2 * np.sqrt(2 / 50) * (4.0 + unknown)))


@pytest.fixture(scope="module")
def quiet():
    """Devices without write noise, read noise large enough to hide it, and all with the same asymmetry."""
    truth = Truth("constant_step", write_noise_std=0.0, read_noise_abs=0.02, up_down_dtod=0.0)
    return truth, fit_curve(CURVES[0], measured(truth, 24, 200, half_cycle=50).traces)


def test_what_is_not_there_is_absent_from_the_profile_and_has_a_limit(quiet):
    _, found = quiet
    fields, limits = device_fields(found), below_detection(found)
    assert set(limits) == {"write_noise_std", "up_down_dtod"} and not set(limits) & set(fields)
    assert 0 < limits["write_noise_std"] * 0.05 < 0.01 and 0 < limits["up_down_dtod"] < 0.05


def test_what_is_there_is_a_number_of_the_profile(quiet):
    truth, found = quiet
    fields = device_fields(found)
    assert fields["dw_min_std"] == pytest.approx(truth.dw_min_std, rel=0.2)
    for field, value in (("dw_min_dtod", truth.dw_min_dtod), ("w_max_dtod", truth.bound_dtod), ("w_min_dtod", truth.bound_dtod)):
        assert fields[field] == pytest.approx(value, rel=5 / np.sqrt(2 * 24)), field


def test_the_limit_is_kept_by_a_noise_that_is_there_but_small():
    """Write noise of 5 % of the read noise, which two reads of 12 x 100 pulses cannot show."""
    truth = Truth("constant_step", write_noise_std=0.02, read_noise_abs=0.02)
    limits = below_detection(fit_curve(CURVES[0], measured(truth, 12, 100, half_cycle=50).traces))
    assert truth.write_noise_std < limits["write_noise_std"]
