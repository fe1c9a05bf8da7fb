"""A browser for the tests of pages, or the reason why there is none."""
from __future__ import annotations

import shutil

import pytest


@pytest.fixture(scope="module")  # playwright holds the event loop of the thread as long as it is open
def browser():
    """Chromium without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])  # containers run as root
        yield chromium
        chromium.close()
