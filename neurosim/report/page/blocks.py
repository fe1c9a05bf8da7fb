"""What a report is made of, whatever it is written in."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Heading(NamedTuple):
    """The title of a section; level 2 or 3, the key is its place in the page."""

    text: str
    key: str
    level: int = 2


class Paragraph(NamedTuple):
    """Sentences."""

    text: str


class Bullets(NamedTuple):
    """Sentences that stand side by side."""

    items: Sequence[str]


class Finding(NamedTuple):
    """What was found: a title, sentences, and how to read them."""

    title: str
    key: str
    sentences: Sequence[str]
    note: str = ""


class Tiles(NamedTuple):
    """A few numbers at a glance: (value, what it is)."""

    items: Sequence[tuple[str, str]]


class Cell(NamedTuple):
    """One cell of a table.

    Attributes
    ----------
    text : what is read
    sort : what its column is sorted by; the text if absent
    href : where it leads, relative to the page
    tone : "" | "better" | "worse" | "failed" | "muted"
    key : its place in the page, for links to it
    """

    text: str
    sort: float | None = None
    href: str = ""
    tone: str = ""
    key: str = ""


class Column(NamedTuple):
    """Head of a column; what can be chosen from is offered as a filter."""

    name: str
    is_number: bool = False
    is_choice: bool = False


class Table(NamedTuple):
    """Rows under a caption; `is_explorable` ones can be sorted and filtered."""

    key: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    is_explorable: bool = False


class Figure(NamedTuple):
    """A figure as data.

    Attributes
    ----------
    key, title, caption : as text
    data : JSON that ``assets/figures.js`` draws: "views" (traces and layout of Plotly by choice of the "controls"), or what the "builder"
        that it names makes of it.
        Colours are names: ``@0`` ... ``@7`` are the series, ``@ink`` ``@muted`` ``@grid`` ``@paper`` the page, ``@0/0.2`` is transparent.
    """

    key: str
    title: str
    caption: str
    data: Mapping[str, Any]


class Fold(NamedTuple):
    """What is shown on demand."""

    title: str
    blocks: Sequence[Any]
    key: str = ""


Block = Heading | Paragraph | Bullets | Finding | Tiles | Table | Figure | Fold
