"""The report as Markdown, for a terminal or a paper."""
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from .blocks import Block, Bullets, Cell, Figure, Finding, Fold, Heading, Paragraph, Table, Tiles
from .contents import contents, title_of
from .folder import load

SPECIAL = re.compile(r"([\\`*|]|<(?=[A-Za-z/!?])|\](?=[(\[:]))")  # a bracket is a link only before these


def markdown(folder: Path | str) -> str:
    """The report of a comparison, or of a run, as Markdown: the same sentences and tables; figures are named.

    Raises
    ------
    InputError
        If the folder is neither, or its summary is none.
    """
    found = load(Path(folder))
    return markdown_of(title_of(found), contents(found, found.folder / "report.md"))


def markdown_of(title: str, blocks: Sequence[Block]) -> str:
    """The blocks under their title."""
    return "\n\n".join([f"# {safe(title)}", *(part for block in blocks for part in parts(block))]) + "\n"


def parts(block: Block) -> Iterator[str]:
    """Paragraphs of a block."""
    if isinstance(block, Heading):
        yield f"{'#' * block.level} {safe(block.text)}"
    elif isinstance(block, Paragraph):
        yield safe(block.text)
    elif isinstance(block, Bullets):
        yield "\n".join(f"- {safe(item)}" for item in block.items)
    elif isinstance(block, Finding):
        yield f"### {safe(block.title)}"
        yield "\n".join(f"- {safe(item)}" for item in block.sentences) if len(block.sentences) > 1 else safe(block.sentences[0])
        yield from [safe(block.note)] if block.note else []
    elif isinstance(block, Tiles):
        yield "\n".join(f"- {safe(what)}: {safe(value)}" for value, what in block.items)
    elif isinstance(block, Table):
        yield f"{safe(block.caption)}"
        yield table_text(block)
    elif isinstance(block, Fold):
        for inner in block.blocks:
            yield from parts(inner)
    elif isinstance(block, Figure):
        yield f"Figure “{safe(block.title)}” is in the HTML report. {safe(block.caption)}"


def table_text(table: Table) -> str:
    """Rows between pipes, the columns as wide as what is in them."""
    rows = [[safe(column.name) for column in table.columns], *([cell_text(cell) for cell in row] for row in table.rows)]
    widths = [max(3, *(len(row[k]) for row in rows)) for k in range(len(table.columns))]
    lines = [line([text.rjust(width) if column.is_number else text.ljust(width) for text, width, column in zip(
        row, widths, table.columns, strict=True)]) for row in rows]
    rule = line(["-" * (width - 1) + ":" if column.is_number else "-" * width for width, column in zip(widths, table.columns, strict=True)])
    return "\n".join([lines[0], rule, *lines[1:]])


def line(cells: Sequence[str]) -> str:
    """Cells between pipes."""
    return f"| {' | '.join(cells)} |"


def cell_text(cell: Cell) -> str:
    """A cell; a link to a run as one, a link inside the page as its text."""
    return f"[{safe(cell.text)}]({cell.href})" if cell.href and not cell.href.startswith("#") else safe(cell.text)


def safe(text: str) -> str:
    """Text on one line that Markdown shows as it is."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))
