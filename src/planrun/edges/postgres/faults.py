"""What the server says is wrong, told as an error of planrun: at the place where the SQL was written."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from planrun.core.console import printable
from planrun.core.excerpt import caret, locate
from planrun.errors import StatementFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.script import Script, Statement

_INDENT = "    "


def statement_failed(
    error: psycopg.Error, statement: Statement, script: Script | None, offset: int = 0
) -> StatementFailed:
    """Translate an error of the server, or of the connection, that a statement met.

    Args:
        error: what psycopg raised.
        statement: the statement that was sent.
        script: the script that it was cut from; without it the lines are counted from the statement's place.
        offset: how many characters planrun sent before the statement's text.

    Returns:
        An error to raise; its `sqlstate` is empty when the connection failed rather than the statement.
    """
    index = _index(error.diag.statement_position, statement, offset)
    return StatementFailed(
        _message(error),
        sqlstate=error.sqlstate or "",
        excerpt=_excerpt(error, statement, index),
        place=locate(statement, script, index or 0),
        hint=printable(error.diag.message_hint) if error.diag.message_hint else None,
    )


@contextmanager
def told_at(statement: Statement, script: Script | None, offset: int = 0) -> Iterator[None]:
    """Let what the server refuses inside be raised as `statement_failed` tells it.

    Raises:
        StatementFailed: the server refused the statement.
    """
    try:
        yield
    except psycopg.Error as error:
        raise statement_failed(error, statement, script, offset) from error


def _index(position: str | None, statement: Statement, offset: int) -> int | None:
    """Return the place inside the statement (from 0), or None when the server named none inside it."""
    if position is None:
        return None
    index = int(position) - 1 - offset
    end = len(statement.text)
    # A statement that ends too early is noticed at the line break and parenthesis that planrun puts after it.
    return min(index, end) if 0 <= index <= end + 1 else None


def _message(error: psycopg.Error) -> str:
    diag = error.diag
    if diag.message_primary is None:
        return " ".join(printable(line) for line in str(error).splitlines()) or type(error).__name__
    lines = [f"{printable(diag.message_primary)} (SQLSTATE {error.sqlstate})"]
    for more in (diag.message_detail, diag.context):
        lines += [_INDENT + printable(line) for line in (more or "").splitlines()]
    return "\n".join(lines)


def _excerpt(error: psycopg.Error, statement: Statement, index: int | None) -> str:
    """Return the statement's own line, or the one of the function's query that failed inside it.

    Where the server names no place it is the first line, without a caret.
    """
    if index is not None:
        return caret(statement.text, index + 1)[2]
    diag = error.diag
    if diag.internal_query and diag.internal_position:
        return caret(diag.internal_query, int(diag.internal_position))[2]
    return caret(statement.text, 1)[2].partition("\n")[0] if error.sqlstate else ""
