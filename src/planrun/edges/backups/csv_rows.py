"""Counts the rows of a CSV file without taking its values apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def count(blocks: Iterable[bytes]) -> int:
    """Return the rows of a file with a header, as COPY writes it: line breaks inside of quotes end none."""
    quoted = 0
    lines = 0
    for block in blocks:
        for part in _outside(block, quoted):
            lines += part.count(b"\n")
        quoted ^= block.count(b'"') & 1
    return lines - 1


def _outside(block: bytes, quoted: int) -> list[bytes]:
    """Return what stands outside of quotes; a quote inside of them is doubled, and so changes nothing."""
    return block.split(b'"')[quoted::2]
