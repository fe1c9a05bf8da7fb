"""Which fields of [io] need which others: the read path of a profile."""
from __future__ import annotations

from collections.abc import Iterator

from .sections import IoSection

Wanted = tuple[str, bool, bool, str]
"""Field of [io], whether it is needed, whether it is allowed, and why."""


def wanted(io: IoSection) -> Iterator[Wanted]:
    """What the fields of a read path ask of each other, beyond the pairs that `quantity.effect` names."""
    rule, management, bound = io.adc_rule or "fixed", io.noise_management, io.bound_management
    searched = rule != "fixed"
    yield "dac_rounding", False, io.dac_bits is not None, "a profile without io.dac_bits"
    yield "adc_rounding", False, io.adc_bits is not None and not searched, (
        f"io.adc_rule = '{rule}'" if searched else "a profile without io.adc_bits")
    yield "adc_bits", searched or bound is not None or management == "abs_max_np_sum", True, (
        "io.adc_rule" if searched else "io.bound_management" if bound else f"io.noise_management = '{management}'")
    yield "adc_range", io.adc_bits is not None and not searched, not searched, "io.adc_bits" if not searched else f"io.adc_rule = '{rule}'"
    yield "adc_percentile", rule == "percentile", rule == "percentile", f"io.adc_rule = '{rule}'"
    yield "adc_calibration_reads", searched, searched, f"io.adc_rule = '{rule}'"
    shown = f"io.noise_management = '{management}'" if management else "a profile without io.noise_management"
    yield "nm_threshold", management == "constant", management in ("constant", "abs_max"), shown
    yield "nm_rate", management == "running_mean", management == "running_mean", shown
    yield "nm_assumed_w_max", management == "abs_max_np_sum", management == "abs_max_np_sum", shown
    why = "io.bound_management" if bound else "a profile without io.bound_management"
    yield "bm_max_factor", bound is not None, bound is not None, why
    yield "bm_max_res", False, (bound is not None or management == "abs_max_np_sum") and io.dac_bits is not None, (
        "a profile without io.dac_bits and io.bound_management")
    yield "w_noise_model", io.w_noise is not None, io.w_noise is not None, "io.w_noise" if io.w_noise else "a profile without io.w_noise"
    yield "out_noise_dtod", False, io.out_noise is not None, "a profile without io.out_noise"
    yield "out_nonlinearity_dtod", False, io.out_nonlinearity is not None, "a profile without io.out_nonlinearity"
    yield "out_slope_calibration", False, io.out_nonlinearity is not None or io.r_series is not None, (
        "a profile without io.out_nonlinearity and io.r_series")
    refers = io.r_series is not None or io.v_offset_dtod is not None
    yield "v_offset_w_min", refers, refers, (
        "io.r_series or io.v_offset_dtod" if refers else "a profile without io.r_series and io.v_offset_dtod")
