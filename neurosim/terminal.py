"""What commands print: sentences on stderr, JSON and tables on stdout."""
from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

WHOLE = 10_000  # columns


def tell(sentence: str) -> None:
    """One sentence on stderr; names of files in it come from outside, so control characters are left out."""
    print("neurosim: " + "".join(c if c.isprintable() else " " for c in sentence), file=sys.stderr)


def print_json(value: Any) -> None:
    """JSON on stdout."""
    from .report.text import json_text

    print(json_text(value).encode("utf-8", "backslashreplace").decode(), end="")


def output() -> Console:
    """Where results are printed: lines fit a screen, and are whole in a file or a pipe unless ``COLUMNS`` says how long they may be."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else WHOLE)


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


def show_bill(folder: Path) -> None:
    """The bill of the first seed, if anything in it has a price."""
    import json

    from .report.cost import BILL, bill_rows

    costs = json.loads((folder / "ledger.json").read_text(encoding="utf-8"))["cost"]
    seed, first = next(iter(costs.items()), ("", None))
    if first is not None and not isinstance(first["learning"]["energy_J"], str):
        output().print(f"\nbill of seed {seed}, energies of {first['origin']}; included: in another of them", markup=False, highlight=False)
        show(BILL, bill_rows(first))
