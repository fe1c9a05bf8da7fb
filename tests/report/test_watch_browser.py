"""The live page in a browser: what changes in the folder changes on the page."""
from __future__ import annotations

import json
import shutil
import threading
import time

import pytest
import synthetic_comparison
from browsing import Visit

from neurosim.report.watch import serve

pytestmark = pytest.mark.browser


@pytest.fixture
def live(tmp_path):
    """A folder in which nothing has happened yet, and its server."""
    folder = tmp_path / "live"
    folder.mkdir()
    with serve(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_page_follows_the_folder(browser, live, tmp_path):
    synthetic_comparison.write(tmp_path / "whole", rules=("ANP", "trace"), others=("ideal", "reram-sb"), seeds=(1, 2, 3), epochs=9)
    with Visit(browser, live.url) as visit:
        visit.until("document.getElementById('state').textContent.includes('waiting')")
        (live.folder / "progress.json").write_text("{\"total\": 12, \"do")  # half of it
        shutil.copytree(tmp_path / "whole" / "runs", live.folder / "runs")
        progress = {"total": 12, "done": 5, "running": [{"point": {"rule": "trace", "chip": "<b>x</b>"}, "seed": 2, "since_s": 61.0}],
                    "failed": 0, "cached": 1, "eta_s": 130.0, "best": [], "elapsed_s": 9.0, "workers": 2, "state": "running",
                    "updated": time.time() + 60}
        (live.folder / "progress.json").write_text(json.dumps(progress))
        visit.until("document.getElementById('count').textContent === '5 of 12'")
        assert visit.page.text_content("#running") == "trace · <b>x</b>, seed 2 1 min 1 s"
        assert "2 min 10 s" in visit.page.text_content("#tiles")
        assert "a conductance is not finite" in visit.page.text_content("#failures") or "diverged" in visit.page.text_content("#failures")
        visit.page.wait_for_selector("#plot .main-svg .trace")
        (live.folder / "progress.json").write_text(json.dumps({**progress, "done": 12, "state": "complete", "running": []}))
        visit.until("document.getElementById('state').textContent === 'complete'")
        assert visit.page.evaluate("document.getElementById('bar').value") == 12
        assert visit.complaints == [] and all(address.startswith(live.url) or address == "data:," for address in visit.requests)


def test_a_lost_server_is_said_and_what_was_shown_stays(browser, live):
    (live.folder / "progress.json").write_text(json.dumps({"total": 3, "done": 1, "state": "running", "updated": time.time() + 60}))
    with Visit(browser, live.url, width=360) as visit:
        visit.until("document.getElementById('count').textContent === '1 of 3'")
        assert visit.page.evaluate("document.documentElement.scrollWidth") == 360
        live.shutdown()
        live.server_close()
        visit.until("document.getElementById('problem').textContent.includes('lost its server')")
        assert visit.page.text_content("#count") == "1 of 3"
