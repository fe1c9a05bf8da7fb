"""The live page's server: for this machine alone, and unharmed by whatever the files hold."""
from __future__ import annotations

import http.client
import json
import os
import threading

import pytest
import synthetic_comparison

from neurosim.errors import InputError
from neurosim.report.watch import follow, serve, state_of


@pytest.fixture
def live(tmp_path):
    """A server of an empty folder."""
    with serve(tmp_path) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server, path="/", method="GET", host=None):
    """(status, headers, text) of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request(method, path, headers={} if host is None else {"Host": host})
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders()), answer.read().decode()
    connection.close()
    return found


def test_it_listens_on_this_machine_alone(live):
    assert live.server_address[0] == "127.0.0.1" and live.url == f"http://127.0.0.1:{live.server_port}/"


@pytest.mark.parametrize("path", ["/", "/watch.js", "/figures.js", "/tables.js", "/report.css", "/watch.css", "/state.json", "/plotly.js"])
def test_every_answer_forbids_other_sources_and_keeping(live, path):
    status, headers, text = ask(live, path)
    assert status == 200 and text
    assert headers["Cache-Control"] == "no-store" and headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';") and "unsafe-eval" not in str(headers)
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "", "localhost.evil.example"])
def test_a_name_that_is_not_its_own_is_refused(live, host):
    assert ask(live, "/state.json", host=host)[0] == 403


def test_localhost_is_its_own_name(live):
    assert ask(live, "/state.json", host=f"localhost:{live.server_port}")[0] == 200


@pytest.mark.parametrize("path", ["/../secret", "/runs/", "/comparison.json", "//etc/passwd", "/%2e%2e/secret", "/report"])
def test_no_other_path_is_answered(live, path):
    (live.folder / "comparison.json").write_text("{}")
    assert ask(live, path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_only_get_is_answered(live, method):
    assert ask(live, "/state.json", method)[0] == 501


def test_the_report_is_served_with_its_own_policy(live):
    (live.folder / "report.html").write_text("<p>here")
    status, headers, text = ask(live, "/report")
    assert (status, text) == (200, "<p>here") and "connect-src" not in headers["Content-Security-Policy"]


def test_every_answer_reads_the_files_anew(live):
    assert json.loads(ask(live, "/state.json")[2])["state"] == "waiting"
    (live.folder / "progress.json").write_text('{"total": 4, "done": 1, "state": "complete"}')
    state = json.loads(ask(live, "/state.json")[2])
    assert (state["state"], state["done"], state["total"]) == ("complete", 1, 4)


def test_watching_writes_nothing(live):
    synthetic_comparison.write(live.folder / "grid", rules=("ANP",), others=("ideal",), seeds=(1, 2), epochs=3)
    live.folder = live.folder / "grid"
    before = sorted((path, path.stat().st_mtime_ns) for path in live.folder.rglob("*"))
    for path in ("/", "/state.json", "/report"):
        ask(live, path)
    assert sorted((path, path.stat().st_mtime_ns) for path in live.folder.rglob("*")) == before


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"total": "many", "done": [], "running": 3, "best": {}, "updated": "now"}',
                                  '{"running": [1, {"point": 3}], "best": [null]}', "\x00\xff"])
def test_no_file_can_break_the_state(tmp_path, text):
    for name in ("progress.json", "plan.json", "comparison.json", "run.json", "curves.csv"):
        (tmp_path / name).write_text(text, encoding="latin-1")
    (tmp_path / "runs" / "a").mkdir(parents=True)
    (tmp_path / "runs" / "a" / "run.json").write_text(text, encoding="latin-1")
    (tmp_path / "runs" / "b").write_text("a file")
    state = state_of(tmp_path)
    assert state["curves"] == [] and isinstance(json.dumps(state), str)


def test_a_folder_that_goes_away_is_waited_for(tmp_path):
    (tmp_path / "gone").mkdir()
    with serve(tmp_path / "gone") as server:
        os.rmdir(tmp_path / "gone")
        assert state_of(server.folder, server.reader)["state"] == "waiting"


def test_a_comparison_that_is_silent_may_have_been_killed(tmp_path):
    (tmp_path / "progress.json").write_text('{"state": "running", "updated": 1000.0}')
    assert state_of(tmp_path, now=lambda: 1005.0)["state"] == "running"
    assert state_of(tmp_path, now=lambda: 1060.0)["state"] == "silent"


def test_runs_are_counted_and_judged_where_nothing_else_says_so(tmp_path):
    synthetic_comparison.write(tmp_path / "grid", rules=("ANP", "trace"), others=("ideal", "reram-sb"), seeds=(1, 2, 3), epochs=3)
    state = state_of(tmp_path / "grid")
    assert (state["total"], state["done"]) == (12, 33) and len(state["curves"]) == 6
    assert {one["status"] for one in state["failures"]} == {"nothing happened", "diverged"}
    (best,) = state["best"]
    runs = [json.loads(path.read_text()) for path in (tmp_path / "grid" / "runs").glob("*/run.json")]
    assert best["value"] == max(run["scores"]["accuracy"] or 0 for run in runs if run["kind"] == "learn")


def test_a_run_folder_shows_its_curves(tmp_path):
    (tmp_path / "run.json").write_text('{"status": "diverged", "message": "diverged at step 3"}')
    (tmp_path / "curves.csv").write_text("seed,epoch,test_mse\n1,0,0.5\n1,1,0.4\n2,0,0.6\n")
    state = state_of(tmp_path)
    assert (state["state"], state["message"]) == ("diverged", "diverged at step 3")
    assert [(curve["what"], curve["columns"]["test_mse"]) for curve in state["curves"]] == [("seed 1", [0.5, 0.4]), ("seed 2", [0.6])]


def test_a_port_that_is_taken_is_an_input_error(live, tmp_path):
    with pytest.raises(InputError, match=f"--port = {live.server_port}; cannot be used"):
        serve(tmp_path, live.server_port)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_an_input_error(tmp_path, port):
    with pytest.raises(InputError, match="must be from 0 to 65535"):
        serve(tmp_path, port)


def test_a_folder_that_is_none_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        serve(tmp_path / "nothing")


def test_ctrl_c_ends_it_without_an_error(tmp_path, monkeypatch):
    def stopped(self, poll_interval):
        raise KeyboardInterrupt

    monkeypatch.setattr("neurosim.report.watch.Watch.serve_forever", stopped)
    heard = []
    follow(tmp_path, say=heard.append)
    assert len(heard) == 1 and heard[0].startswith("http://127.0.0.1:")
