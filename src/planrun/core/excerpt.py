"""Where in SQL text the server found fault: the line, and a caret under the character."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.console import printable, width
from planrun.errors import Place

if TYPE_CHECKING:
    from planrun.core.script import Script, Statement

_BEFORE = 48
"""How many characters of a long line stand before the place, at most."""
_LENGTH = 96
"""How many characters of a line are shown, at most."""
_INDENT = "    "


def caret(text: str, position: int) -> tuple[int, int, str]:
    """Return the line and column of a place in `text`, and that line with a caret under it.

    Args:
        text: the SQL.
        position: counted in characters from 1, as the server reports it; one past the end is the end.

    Returns:
        Line and column counted from 1, and two lines ready to print.
    """
    index = min(max(position - 1, 0), len(text))
    start = text.rfind("\n", 0, index) + 1
    line = text[start:].split("\n", 1)[0].rstrip("\r")
    column = min(index - start, len(line))
    return text.count("\n", 0, index) + 1, column + 1, _excerpt(line, column)


def _excerpt(line: str, column: int) -> str:
    first = 0 if len(line) <= _LENGTH else max(0, min(column - _BEFORE, len(line) - _LENGTH))
    last = min(first + _LENGTH, len(line))
    before = ("…" if first else "") + _flat(line[first:column])
    after = _flat(line[column:last]) + ("…" if last < len(line) else "")
    return f"{_INDENT}{before}{after}\n{_INDENT}{' ' * width(before)}^"


def _flat(text: str) -> str:
    """Return a part of a line as it is shown; a tab would move the caret, so it becomes a space."""
    return printable(text.replace("\t", " "))


def locate(statement: Statement, script: Script | None, index: int) -> Place:
    """Return where the character at `index` of a statement was written.

    Args:
        statement: the statement.
        script: the text that the statement was cut from, when it is at hand: its lines know their origins,
            also where a template loops or includes.
        index: the character, counted from 0.
    """
    start = None if script is None else _start(statement, script)
    if script is not None and start is not None:
        return script.place_of(start + index)
    before = statement.text[:index]
    lines = before.count("\n")
    place = statement.place
    if not place.line or not index:
        return place
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Place(place.file, place.line + lines, column if lines else place.column and place.column + index)


def _start(statement: Statement, script: Script) -> int | None:
    """Return the offset of a statement in its script; of equal texts the one written at its place."""
    first = found = script.text.find(statement.text)
    while found >= 0:
        if script.place_of(found) == statement.place:
            return found
        found = script.text.find(statement.text, found + 1)
    return first if first >= 0 else None
