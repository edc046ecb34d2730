"""A row as the text that PostgreSQL writes for a record: how results are compared, saved and shown.

The text tells NULL from an empty string, 1.10 from 1.1 and -0 from 0, and exists for types that have no
equality (json, xml, point). Two rows are the same when their images are the same characters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CUT = "…"
"""Stands where an image was cut off before its end."""

_FIELD = re.compile(r'"(?:[^"\\]|""|\\.)*(?:"|\\?\Z)|[^,)]*', re.DOTALL)
_ESCAPED = re.compile(r'\\(.)|"(")', re.DOTALL)
_NEEDS_QUOTES = re.compile(r'["\\(),\s]', re.ASCII)


def split(image: str, columns: int) -> tuple[str | None, ...]:
    """Return the texts of a record's columns, None for NULL.

    Args:
        image: the record's text, whole or cut off after any character.
        columns: how many columns the record has; the text alone cannot tell none from a single NULL.
    """
    values: list[str | None] = []
    at = 1
    for _ in range(columns):
        if at >= len(image):
            values.append(CUT)
            continue
        field = _FIELD.match(image, at)
        end = field.end() if field else at
        value = _unquoted(image[at:end])
        values.append((value or "") + CUT if end == len(image) else value)
        at = end + 1
    return tuple(values)


def _unquoted(field: str) -> str | None:
    if not field:
        return None
    if not field.startswith('"'):
        return field
    inner = field[1:-1] if len(field) > 1 and field.endswith('"') else field[1:]
    return _ESCAPED.sub(lambda match: match[1] or match[2], inner)


def join(values: Iterable[str | None]) -> str:
    """Return the image of a row of texts, quoted as the server quotes."""
    return f"({','.join(map(_quoted, values))})"


def _quoted(value: str | None) -> str:
    if value is None:
        return ""
    if value and not _NEEDS_QUOTES.search(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '""') + '"'
