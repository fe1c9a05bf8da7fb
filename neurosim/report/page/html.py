"""The report as one page that needs nothing else: style, scripts and plotly.js are inside it, and it asks for nothing from any network."""
from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from ...writing import write_text
from ..text import plain
from .blocks import Block, Bullets, Cell, Figure, Finding, Fold, Heading, Paragraph, Table, Tiles
from .contents import contents, title_of
from .folder import load

PAGE = "report.html"
INTERVAL = re.compile(r"\[[^\[\] ]+, [^\[\] ]+\]")
SHORT = 22  # characters of a cell that stays on one line
SCRIPTS = ("tables.js", "figures.js", "learning.js", "start.js")
POLICY = ("default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
          "form-action 'none'")
UNSAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def write_report(folder: Path | str, out: Path | str | None = None) -> Path:
    """Write the report of a comparison, or of a run, as one HTML file.

    Parameters
    ----------
    folder : of a comparison or of a run
    out : where to write; ``report.html`` in the folder if absent.  Links to the runs lead from there

    Returns
    -------
    The file.

    Raises
    ------
    InputError
        If the folder is neither, or its summary is none.
    """
    found = load(Path(folder))
    page = Path(out) if out is not None else found.folder / PAGE
    blocks = contents(found, page)
    title = title_of(found)
    write_text(page, Template(asset("report.html")).substitute(
        policy=escape(POLICY), title=escape(title), style=asset("report.css"), navigation="".join(navigation(blocks)),
        body="".join(body(blocks)), plotly=plotly_js(),
        scripts="\n".join(asset(name) for name in SCRIPTS), version=escape(str(found.record["provenance"].get("neurosim", "")))))
    return page


def asset(name: str) -> str:
    """A file of the page."""
    return (resources.files(__package__) / "assets" / name).read_text(encoding="utf-8")


def plotly_js() -> str:
    """The source of plotly.js, so that it can stand inside a page."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs()).replace("</script", "<\\/script")


def json_inside(value: Any) -> str:
    """JSON that no page takes for anything else, in as few characters as there are."""
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(UNSAFE)


def navigation(blocks: Sequence[Block]) -> Iterator[str]:
    """Links to the sections."""
    for block in blocks:
        if isinstance(block, Heading) and block.level == 2:
            yield f'<li><a href="#{escape(block.key)}">{escape(block.text)}</a></li>'


def body(blocks: Sequence[Block]) -> Iterator[str]:
    """The blocks, those of a section inside it."""
    is_open = False
    for block in blocks:
        if isinstance(block, Heading) and block.level == 2:
            yield "</section>" if is_open else ""
            yield f'<section aria-labelledby="{escape(block.key)}" data-section="{escape(block.key)}">'
            is_open = True
        yield from html_of(block)
    yield "</section>" if is_open else ""


def html_of(block: Block) -> Iterator[str]:
    """One block; every text in it escaped."""
    if isinstance(block, Heading):
        yield f'<h{block.level} id="{escape(block.key)}">{escape(block.text)}</h{block.level}>\n'
    elif isinstance(block, Paragraph):
        yield f"<p>{running(block.text)}</p>\n"
    elif isinstance(block, Bullets):
        yield "<ul>" + "".join(f"<li>{running(item)}</li>" for item in block.items) + "</ul>\n"
    elif isinstance(block, Finding):
        yield f'<div class="finding"><h3 id="{escape(block.key)}">{escape(block.title)}</h3>'
        yield from html_of(Bullets(block.sentences) if len(block.sentences) > 1 else Paragraph(block.sentences[0]))
        yield f'<p class="note">{escape(block.note)}</p></div>\n'
    elif isinstance(block, Tiles):
        yield '<dl class="tiles">' + "".join(
            f"<div><dt>{escape(what)}</dt><dd>{escape(value)}</dd></div>" for value, what in block.items) + "</dl>\n"
    elif isinstance(block, Table):
        yield from table_html(block)
    elif isinstance(block, Figure):
        yield from figure_html(block)
    elif isinstance(block, Fold):
        key = f' id="{escape(block.key)}"' if block.key else ""
        yield f"<details{key}><summary>{escape(block.title)}</summary>"
        for inner in block.blocks:
            yield from html_of(inner)
        yield "</details>\n"


def running(text: str) -> str:
    """Escaped text of a sentence, in which no line ends inside an interval."""
    return INTERVAL.sub(lambda found: found[0].replace(" ", "\u00a0"), escape(text))


def table_html(table: Table) -> Iterator[str]:
    """A table in a box of its own, which scrolls if it is too wide for the page."""
    explorable, key = " data-explorable" if table.is_explorable else "", escape(table.key)
    yield f'<div class="table" id="table-{key}"{explorable}><div class="scroll" role="region" tabindex="0" aria-labelledby="caption-{key}">'
    yield f'<table><caption id="caption-{key}">{escape(table.caption)}</caption>'
    yield "<thead><tr>"
    for column in table.columns:
        marks = (' class="number"' if column.is_number else "") + (" data-choice" if column.is_choice else "")
        yield f'<th scope="col"{marks}>{escape(column.name)}</th>'
    yield "</tr></thead><tbody>\n"
    for row in table.rows:
        yield "<tr>" + "".join(cell_html(cell, column.is_number) for cell, column in zip(row, table.columns, strict=True)) + "</tr>\n"
    yield "</tbody></table></div></div>\n"


def cell_html(cell: Cell, is_number: bool) -> str:
    """One cell, with what it is sorted by."""
    names = " ".join(filter(None, ("number" if is_number else "short" if len(cell.text) <= SHORT else "", cell.tone)))
    marks = (f' class="{names}"' if names else "") + (f' id="{escape(cell.key)}"' if cell.key else "")
    marks += f' data-sort="{cell.sort!r}"' if cell.sort is not None else ""
    text = escape(cell.text)
    return f"<td{marks}>" + (f'<a href="{escape(cell.href)}">{text}</a>' if cell.href else text) + "</td>"


def figure_html(figure: Figure) -> Iterator[str]:
    """The place of a figure, and its data."""
    key = escape(figure.key)
    height = max((view["layout"].get("height", 420) for view in figure.data.get("views", {}).values()), default=480)
    yield f'<figure id="figure-{key}" data-figure="{key}"><h3 id="title-{key}">{escape(figure.title)}</h3><div class="controls"></div>'
    yield f'<div class="plot" role="group" aria-labelledby="title-{key}" style="min-height:{int(height)}px"></div>'
    yield f'<p class="note" aria-live="polite"></p><figcaption>{escape(figure.caption)}</figcaption></figure>'
    yield f'<script type="application/json" id="data-{key}">{json_inside(figure.data)}</script>\n'

