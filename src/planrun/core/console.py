"""How text from elsewhere looks on a terminal: harmless, aligned, bounded.

Names, values and server messages are written by others. Nothing of them reaches a terminal or a log before
`printable` took out what a terminal would obey. This module formats; it never prints.
"""

from __future__ import annotations

import unicodedata
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CELL_WIDTH = 60
"""The widest that a table's cell gets, in terminal columns."""

_ELLIPSIS = "…"
# Inside words of Persian and Indic scripts and inside emoji these two carry meaning; they move nothing else.
_JOINERS = frozenset("\u200c\u200d")


def printable(text: str) -> str:
    r"""Return `text` with everything that a terminal would obey or hide as an escape such as ``\x1b``.

    Control characters (line breaks and tabs too), bidirectional overrides, line separators, lone surrogates
    and unassigned characters are escaped as Python would write them. Letters, spaces and emoji stay.
    """
    return "".join(char if _is_harmless(char) else _escaped(char) for char in text)


def _is_harmless(char: str) -> bool:
    return char.isprintable() or char in _JOINERS or unicodedata.category(char) == "Zs"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def width(text: str) -> int:
    """Return how many terminal columns `text` takes: two for East Asian wide characters and most emoji."""
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if char.isascii():
        return 1
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def wrapped(text: str, limit: int) -> tuple[str, ...]:
    """Return `text` as lines of at most `limit` columns, broken at spaces; a longer word (a path) stays whole."""
    lines: list[str] = []
    taken = limit
    for word in text.split(" "):
        wide = width(word)
        if lines and taken + 1 + wide <= limit:
            lines[-1] += f" {word}"
            taken += 1 + wide
        else:
            lines.append(word)
            taken = wide
    return tuple(lines)


def shortened(text: str, limit: int = CELL_WIDTH) -> str:
    """Return `text` if it takes at most `limit` terminal columns, else its beginning and an ellipsis."""
    # A character may take no column at all, so the length is bounded as well as the width.
    if len(text) <= 2 * limit and width(text) <= limit:
        return text
    kept, taken = [], 0
    for char in islice(text, 2 * limit):
        taken += _char_width(char)
        if taken > limit - 1:
            break
        kept.append(char)
    return "".join(kept) + _ELLIPSIS


def plural(noun: str, number: int) -> str:
    """Return a noun as it goes with a number: ``step``, ``steps``."""
    return noun if number == 1 else f"{noun}s"


def cell(value: str | None) -> str:
    """Return a value of a result as a table shows it.

    NULL is bare. A text that could be taken for NULL, for nothing, or whose spaces at either end would not be
    seen, is quoted.
    """
    if value is None:
        return "NULL"
    return f"'{value}'" if value == "NULL" or value != value.strip() or not value else value


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[str | None]],
    max_rows: int = 10,
    *,
    total: int | None = None,
) -> str:
    """Return rows as an aligned text table, every cell printable and at most `CELL_WIDTH` wide.

    Args:
        headers: the names of the columns; without any there is nothing to align, and only the count is told.
        rows: the values of each row, None for NULL.
        max_rows: how many rows are shown.
        total: how many rows there are in all, when `rows` is only a sample of them.

    Returns:
        Lines without a line break at the end; the last one tells how many rows are not shown, if any.
    """
    listed = list(rows)
    shown = listed[:max_rows] if headers else []
    hidden = (len(listed) if total is None else total) - len(shown)
    grid = [[shortened(printable(name)) for name in headers]]
    grid += [[shortened(printable(cell(value))) for value in row] for row in shown]
    widths = [max(map(width, column)) for column in zip(*grid, strict=True)]
    lines = [_line(cells, widths) for cells in grid] if headers else []
    lines[1:1] = ["-+-".join("-" * columns for columns in widths)] if headers else []
    if hidden > 0:
        more = "more " if shown else ""
        lines.append(f"({hidden:,} {more}{plural('row', hidden)})")
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (text + " " * (columns - width(text)) for text, columns in zip(cells, widths, strict=True))
    return " | ".join(padded).rstrip()
