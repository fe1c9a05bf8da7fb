"""A browser for the tests of pages, or the reason why there is none."""
from __future__ import annotations

import pytest
from required import missing, program


@pytest.fixture(scope="module")  # playwright holds the event loop of the thread as long as it is open
def browser():
    """Chromium without a window."""
    path = program("chromium")
    try:
        from playwright import sync_api as playwright
    except ImportError:
        missing("playwright (pip install playwright)")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])  # containers run as root
        yield chromium
        chromium.close()
