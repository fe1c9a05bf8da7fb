"""Pages that are open in a browser, for the tests of pages."""
from __future__ import annotations

import time


class Visit:
    """A page that is open, and what it did that it should not.

    Attributes
    ----------
    complaints : errors and warnings of the console, exceptions of scripts
    requests : addresses that were asked for
    """

    def __init__(self, browser, address, width=1200, height=900, scheme="light"):
        self.complaints, self.requests = [], []
        self.page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        self.page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.page.close()

    def until(self, expression, seconds=20.0):
        """Wait until an expression is true; asked from outside, because the page's policy forbids what Playwright would do inside."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, f"not within {seconds} s: {expression}"
            self.page.wait_for_timeout(50)

    def column(self, table, place):
        """Texts of a column of the rows that can be seen."""
        return self.page.evaluate(
            """([table, place]) => [...document.querySelectorAll(`#table-${table} tbody tr`)].filter(row => !row.hidden)
               .map(row => row.cells[place].textContent.trim())""", [table, place])
