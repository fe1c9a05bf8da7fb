"""The table in the terminal."""
from __future__ import annotations

import io
import math

from rich.console import Console

from neurosim.report.summary import Outcome, summarise
from neurosim.report.table import neurobench_line, result_table, store_lines
from neurosim.yardsticks import Yardstick


def printed(summary, width=100) -> str:
    console = Console(width=width, record=True, file=io.StringIO(), color_system=None)
    console.print(result_table(summary))
    return console.export_text()


def summary(seeds=(1, 2)):
    yardsticks = [Yardstick("true BPTT", math.nan, {}, "diverged at step 3"), Yardstick("frozen [bold]", 0.05, {}, "fixed")]
    return summarise([
        Outcome(seed, {"test_mse": 0.1 * seed, "nmse": 0.5, "accuracy": 0.9}, {"persistence": 0.6, "linear": 0.01}, yardsticks,
                "task [red]x") for seed in seeds])


def test_rows_are_sorted_with_ours_among_them_and_what_diverged_last():
    text = printed(summary())
    places = [text.index(f" {name} ") for name in ("linear", "frozen [bold]", "this run", "persistence", "true BPTT")]
    assert places == sorted(places)


def test_mean_spread_ratio_scores_and_verdict_are_shown():
    text = printed(summary())
    ours = next(line for line in text.splitlines() if "this run" in line)
    assert ours.split() == ["this", "run", "0.15", "0.071", "1", "2", "seeds"]
    assert "also: nmse 0.5 (sd 0), accuracy 0.9 (sd 0)" in text
    assert "verdict: beats persistence; does not beat linear and frozen [bold]; true BPTT diverged" in text


def test_one_seed_shows_no_spread():
    line = next(line for line in printed(summary([1])).splitlines() if "this run" in line)
    assert line.split() == ["this", "run", "0.1", "1", "1", "seed"]


def test_names_and_numbers_are_never_taken_for_markup():
    assert "task [red]x" in printed(summary()) and "frozen [bold]" in printed(summary())


def test_a_narrow_terminal_is_enough():
    assert all(len(line) <= 60 for line in printed(summary(), 60).splitlines())


def test_pulses_are_shown_where_there_are_any():
    wear = {"1": {"pulses_up": 3, "pulses_down": 4, "most_pulses": 2, "most_pulses_in": "inputs"}}
    assert "pulses: 3 up, 4 down; most worn device 2 pulses (inputs)" in printed({**summary(), "wear": wear})
    assert "pulses" not in printed(summary())


def test_every_store_has_a_line():
    wear = {"pulses_up": 3, "pulses_down": 4, "most_pulses": 2, "most_pulses_in": "inputs"}
    fast = {"transfers": 2, "row_reads": 4, "adc_conversions": 24, "pulses_up": 10, "pulses_down": 20, "most_pulses": 5}
    other = {**fast, "row_reads": 8, "pulses_up": 30}
    digital = {"transfers": 2, "numbers_kept": 36, "numbers_read": 72, "accumulations": 140, "bits_per_number": "unavailable"}
    one = {**wear, "stores": {"recurrent, fast": fast, "recurrent, buffer": digital}}
    text = printed({**summary(), "wear": {"1": one}})
    assert "recurrent, fast: 10 pulses up, 20 down, 5 on the most worn device, 4 row reads, 24 conversions" in text
    assert "recurrent, buffer: 36 numbers kept, 140 accumulations" in text and "unavailable" not in text
    assert store_lines({"1": {**wear, "stores": {"a": fast}}, "2": {**wear, "stores": {"a": other}}}) == [
        "a: 20 pulses up, 20 down, 5 on the most worn device, 6 row reads, 24 conversions per seed"]
    assert store_lines({"1": wear}) == []


def test_neurobench_metrics_have_a_line_without_what_is_unavailable():
    one = {"parameters": 10, "footprint_bytes": {"total": "unavailable: a conductance has no bit width"}, "connection_sparsity": 0.5,
           "activation_sparsity": 0.25, "synaptic_operations": {"dense": 8.0, "effective_macs": 2.0, "effective_acs": 1.0},
           "correctness": {"smape": 50.0}}
    two = {**one, "activation_sparsity": 0.75}
    assert neurobench_line({"1": one, "2": two}) == (
        "NeuroBench: 10 parameters, connection sparsity 0.5, activation sparsity 0.5, per step 8 dense, 2 effective MACs, 1 effective ACs, "
        "sMAPE 50")
    assert "NeuroBench: 10 parameters" in printed({**summary(), "neurobench": {"1": one}}) and "NeuroBench" not in printed(summary())
