"""A record is compared by ratios and exponents, not by seconds."""
from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from neurosim.bench import against, command
from neurosim.bench.growth import Growth
from neurosim.bench.timing import Ratio, Spread, missing
from neurosim.cli import app
from neurosim.errors import InputError


def ratio(ours, peer, name="ours"):
    return Ratio("core", name, "peer", "us", Spread(ours, ours, ours), Spread(peer, peer, peer), None)


def growing(exponent):
    return Growth("growth", "step", "N", (10, 1000), tuple(Spread(n**exponent, 0.0, 0.0) for n in (10, 1000)), "us", 2.0)


def record_of(*lines):
    return json.loads(json.dumps(command.as_json(list(lines))))


def test_a_machine_that_is_slower_by_itself_is_none():
    assert against.compare(record_of(ratio(1.0, 4.0)), "old.json", [ratio(10.0, 40.0)]).slower == []


def test_a_ratio_that_fell_by_more_than_a_fifth_is_named():
    found = against.compare(record_of(ratio(1.0, 4.0), ratio(1.0, 3.0, "other")), "old.json", [ratio(1.0, 3.0), ratio(1.1, 3.0, "other")])
    assert [line.name for line in found.slower] == ["core: ours / peer"] and found.compared == 2
    assert found.slower[0].factor == pytest.approx(4 / 3) and str(found.slower[0]).startswith("slower: core: ours / peer takes 1.33 times")


def test_a_median_that_noise_has_moved_is_let_through():
    """The smallest times say the same as before."""
    noisy = ratio(1.0, 4.0)._replace(ours_time=Spread(2.0, 1.0, 3.0))
    assert against.compare(record_of(ratio(1.0, 4.0)), "old.json", [noisy]).slower == []
    slower = ratio(1.0, 4.0)._replace(ours_time=Spread(2.0, 1.5, 3.0))
    assert against.compare(record_of(ratio(1.0, 4.0)), "old.json", [slower]).slower[0].factor == pytest.approx(1.5)


def test_an_exponent_counts_by_what_it_costs_at_the_end():
    assert against.compare(record_of(growing(1.0)), "old.json", [growing(1.03)]).slower == []
    found = against.compare(record_of(growing(1.0)), "old.json", [growing(1.05)])
    assert found.slower[0].factor == pytest.approx(100**0.05)


def test_what_only_one_of_them_has_is_not_compared():
    found = against.compare(record_of(ratio(1.0, 4.0), missing("core", "b", "peer", "x")), "old.json", [
        ratio(1.0, 1.0, "new"), missing("core", "ours", "peer", "x"), ratio(1.0, 1.0, "b")])
    assert found.compared == 0 and found.slower == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2, "speed": [], "growth": []}', '{"schema": 1, "speed": [3], "growth": []}'])
def test_what_is_no_record_is_refused(tmp_path, text):
    (tmp_path / "old.json").write_text(text)
    with pytest.raises(InputError, match="old.json"):
        against.read(tmp_path / "old.json")


def test_the_command_warns_and_succeeds(monkeypatch, tmp_path):
    monkeypatch.setitem(command.BENCHMARKS, "limits", lambda is_quick: [])
    monkeypatch.setitem(command.BENCHMARKS, "core", lambda is_quick: [ratio(1.0, 2.0)])
    (tmp_path / "old.json").write_text(json.dumps(record_of(ratio(1.0, 4.0))))
    shown = CliRunner().invoke(app, ["bench", "core", "--against", str(tmp_path / "old.json")])
    assert shown.exit_code == 0 and "slower: core: ours / peer takes 2.00 times" in shown.stdout
    shown = CliRunner().invoke(app, ["bench", "core", "--against", str(tmp_path / "old.json"), "--json"])
    assert shown.exit_code == 0 and json.loads(shown.stdout)["against"]["slower"][0]["factor"] == 2.0
    assert CliRunner().invoke(app, ["bench", "core", "--against", str(tmp_path / "none.json")]).exit_code == 2
