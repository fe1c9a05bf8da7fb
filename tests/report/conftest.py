"""A browser for the tests of pages, or the reason why there is none."""
from __future__ import annotations

import os
import shutil

import pytest


@pytest.fixture(scope="module")  # playwright holds the event loop of the thread as long as it is open
def browser():
    """Chromium without a window."""
    absent = pytest.fail if os.environ.get("CI") else pytest.skip  # where the gate is kept, a page that nobody opened is a failure
    path = shutil.which("chromium")
    if path is None:
        absent("chromium is not installed: apt-get install chromium")
    try:
        from playwright import sync_api as playwright
    except ImportError:
        absent("playwright is not installed: pip install playwright")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])  # containers run as root
        yield chromium
        chromium.close()
