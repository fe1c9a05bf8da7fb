"""The live page over a raw socket: whatever is sent, it shows its own folder under its own name, or nothing."""
from __future__ import annotations

import pytest

from neurosim.report.watch import server, state
from neurosim.selftest import watch_page
from neurosim.selftest.watch_page import REQUESTS, STATE, TRAPS, answer, hidden, judged, knocked, served


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    with served(tmp_path_factory.mktemp("shown")) as found:
        yield found


@pytest.mark.parametrize("request_", REQUESTS, ids=[request.what for request in REQUESTS])
def test_a_request_is_answered_as_it_should(live, request_):
    assert judged(request_.what, answer(live, request_.sent), request_.statuses) == []
    assert judged("the next one", answer(live, STATE), (200,)) == []


@pytest.mark.parametrize("trap", TRAPS, ids=[trap.what for trap in TRAPS])
def test_a_folder_that_leads_elsewhere_leads_nowhere(tmp_path, trap):
    outside = hidden(tmp_path / "outside")
    (tmp_path / "shown").mkdir()
    trap.lay(tmp_path / "shown", outside)
    with served(tmp_path / "shown") as found:
        assert judged(trap.what, answer(found, watch_page.OWN.replace(b"%s", trap.path.encode())), trap.statuses) == []


def test_it_is_at_no_other_address_of_this_machine(live):
    tried, found = knocked(live.server_port)
    assert tried >= 3 and found == []


def faults(folder):
    return watch_page.check("short", 1, folder).failures


def test_the_promise_is_kept(tmp_path):
    outcome = watch_page.check("short", 1, tmp_path)
    assert outcome.failures == () and outcome.checked >= len(REQUESTS) + len(TRAPS) + 3


def test_a_server_for_every_name_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(server.Watch, "hosts", property(lambda self: Everything()))
    assert [text for text in faults(tmp_path) if text.startswith("another name: answered 200")]


class Everything:
    """Holds whatever is asked for."""

    def __contains__(self, name):
        return True


def test_a_server_that_follows_links_is_found(tmp_path, monkeypatch):
    read = server.read_bytes
    monkeypatch.setattr(server, "read_bytes", lambda path, most, what, below: read(path, most, what))
    monkeypatch.setattr(state, "read_json", lambda path, what, below, read=state.read_json: read(path, what))
    found = {text.partition(":")[0] for text in faults(tmp_path)}
    assert found >= {trap.what for trap in TRAPS if "link out" in trap.what and "curves" not in trap.what}


def test_a_server_on_every_address_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "HOST", "0.0.0.0")
    assert "127.0.0.2: the page is open here too" in faults(tmp_path)
