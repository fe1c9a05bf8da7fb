"""The report that people read: one folder in, one self-contained page or the same as Markdown out.

::

    folder.py   what a comparison, or a run, left on disk          curves.py    learning curves, thinned
    words.py    numbers, intervals and points of the grid in text  blocks.py    what a report is made of
    prose.py    the findings in sentences                          tables.py    the rows
    scores.py maps.py breaking.py learning.py                      figures, as data that the page draws
    contents.py what comes in which order                          html.py markdown.py   the same contents, written down
    assets/     the page's frame, style and scripts
"""
from .html import write_report
from .markdown import markdown

__all__ = ["markdown", "write_report"]
