"""Memory images as Intel HEX, text that programmers of chips read.

Intel, Hexadecimal Object File Format Specification, revision A, 1988.
"""
from __future__ import annotations

from collections.abc import Iterator

PER_RECORD, SEGMENT = 16, 1 << 16
DATA, END, UPPER_ADDRESS = 0, 1, 4  # types of records


def record(kind: int, address: int, data: bytes) -> str:
    """``:LLAAAATT...CC``: length, address, type, data, and what makes the sum of all bytes 0."""
    body = bytes([len(data), address >> 8, address & 255, kind]) + data
    return ":" + (body + bytes([-sum(body) & 255])).hex().upper()


def records(image: bytes) -> Iterator[str]:
    """The image from address 0; every 64 KiB the upper half of the address is told."""
    for start in range(0, len(image), PER_RECORD):
        if start and start % SEGMENT == 0:
            yield record(UPPER_ADDRESS, 0, (start // SEGMENT).to_bytes(2, "big"))
        yield record(DATA, start % SEGMENT, image[start:start + PER_RECORD])
    yield record(END, 0, b"")


def hex_text(image: bytes) -> str:
    """The file."""
    return "\n".join(records(image)) + "\n"
