"""What commands print: sentences on stderr, JSON and tables on stdout."""
from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


def tell(sentence: str) -> None:
    """One sentence on stderr; names of files in it come from outside, so control characters are left out."""
    print("neurosim: " + "".join(c if c.isprintable() else " " for c in sentence), file=sys.stderr)


def print_json(value: Any) -> None:
    """JSON on stdout."""
    from .report.text import json_text

    print(json_text(value).encode("utf-8", "backslashreplace").decode(), end="")


def output() -> Console:
    """Where results are printed."""
    from rich.console import Console

    return Console()


def show(header: list[str], rows: list[tuple[str, ...]]) -> None:
    """A table without decoration."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=any(header), pad_edge=False)
    for column in header:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    output().print(table)
