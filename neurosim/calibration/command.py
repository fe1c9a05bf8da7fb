"""What ``neurosim profiles fit`` does: file in, profile and plot out."""
from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..writing import write_new
from .fit import AUTO, fit, models
from .table import read_table
from .traces import traces_of
from .write import profile_id, profile_tables, profile_text, report


def calibrate(
    pulses: Path, model: str = AUTO, out: Path | None = None, plot: Path | None = None, told: Callable[[str], None] | None = None,
    range_S: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """Fit a profile to the traces in a CSV file.

    Parameters
    ----------
    out : profile to write, if any; must not exist
    plot : PNG file to write, if any
    told : called with the label of a model before it is fitted
    range_S : conductances that become -1 and +1 (`traces_of`)

    Returns
    -------
    The report (`write.report`).

    Raises
    ------
    InputError
        The CSV file (`read_table`, `traces_of`), no such model, a place where no file can be written.
    NeurosimError
        The disk is full.
    """
    if model not in models():  # before the file is read: it can be long
        raise InputError("--model", f"= {model!r}; must be one of {', '.join(models())}")
    if out is not None:
        _writable("--out", out, ".toml")
        if out.exists():
            raise InputError("--out", f"= {str(out)!r}; already exists, name another file")
    if plot is not None:
        _writable("--plot", plot, ".png")
    table = read_table(pulses)
    candidates = fit(traces_of(table, range_S), model, told)
    found = report(table, candidates)
    best = candidates[0].fitted
    if plot is not None:
        from .plot import coverage, save_plot  # matplotlib is slow to import

        found["band_coverage"] = coverage(best)
        save_plot(plot, best, f"{table.file}: {candidates[0].label}, {len(table.devices)} devices")
        found["plot"] = str(plot)
    if out is not None:
        write_new(out, profile_text(profile_tables(table, best, profile_id(out.stem))))
        found["profile"] = str(out)
    return found


def model_rows(found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The models as rows of a table: AIC relative to the best, test on devices left out."""
    least = min(m["aic"] for m in found["models"])
    return [(m["model"] + ("" if m["has_converged"] else " (not converged)"), f"+{m['aic'] - least:.1f}", str(m["n_parameters"]),
             f"{m['held_out']['rms_error']:.4g}", f"{m['held_out']['rms_ratio']:.3f}") for m in found["models"]]


def lines(found: Mapping[str, Any]) -> list[str]:
    """The result in words."""
    numbers = ", ".join(
        f"{key} = {value if isinstance(value, str | list) else format(value, '.4g')}" for key, value in found["device"].items())
    said = [] if found["smaller_than"] is None else [
        f"{found['model']} has fewer parameters than {found['smaller_than']} and describes the traces as well (AIC within 2)"]
    said += [
        f"{found['n_devices']} devices, {found['n_readings']} readings; -1 is {found['g_min_S']:.4g} S, +1 is {found['g_max_S']:.4g} S",
        numbers]
    if not found["write_and_read_noise_are_separated"]:
        said.append("no repeated reads: write_noise_std holds write and read noise together")
    said += [f"{key} is not known from the data" if limit is None else f"{key} is below what the data can show (< {limit:.2g})"
             for key, limit in found["below_detection"].items()]
    if found["bounds_not_reached"]:
        said.append(f"not reached by the devices, so only assumed: {', '.join(found['bounds_not_reached'])}")
    if "band_coverage" in found:
        said.append(f"{100 * found['band_coverage']:.1f} % of the readings lie in the 5 % to 95 % band of the fitted devices")
    return said + [f"{name} in {found[name]}" for name in ("profile", "plot") if name in found]


def _writable(option: str, path: Path, suffix: str) -> None:
    if path.suffix != suffix:
        raise InputError(option, f"= {str(path)!r}; must end in {suffix}")
    if not path.parent.is_dir():
        raise InputError(option, f"= {str(path)!r}; there is no folder {str(path.parent)!r}")
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise InputError(option, f"= {str(path)!r}; cannot be written")
