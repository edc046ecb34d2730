r"""The rows of a query as CSV, such that COPY brings every value back exactly.

The server writes the file, value by value in each type's own output form, under settings that no role or
database default can bend. NULL is an unquoted ``\N``: a text that reads ``\N`` is quoted, and an empty text
stays empty, so that the two survive even a reader that does not know the difference of ``,,`` and ``,"",``.
A file is read back with `COPY_OPTIONS` under the same `SETTINGS`.

The query runs under the search_path of its session, so values of the reg* types (regclass and its like) are
written as names that hold under that path only.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import tuple_row

from planrun.core.manifest import Column
from planrun.edges.backups import streams
from planrun.edges.backups.copy_out import CopyOut
from planrun.edges.backups.course import Course
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from planrun.core.plan import Compression
    from planrun.edges.backups.disk import NewFile

NULL_MARKER = r"\N"
COPY_OPTIONS = rf"FORMAT csv, HEADER true, NULL '{NULL_MARKER}', ENCODING 'UTF8'"
SETTINGS = {
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "client_encoding": "UTF8",
    "extra_float_digits": "3",
    "lc_monetary": "C",
    "quote_all_identifiers": "off",
    "standard_conforming_strings": "on",
    "xmloption": "content",
}
"""The settings that decide how values are written and read; local to a transaction, see `fix_settings`."""

QUERY_OFFSET = len("COPY (")
"""How many characters are sent before the query: what the server's error positions are counted from."""

_FORMAT_TYPES = (
    "SELECT pg_catalog.format_type(t.oid, t.modifier)"
    " FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.int4[]))"
    " WITH ORDINALITY AS t(oid, modifier, place) ORDER BY t.place"
)


@frozen
class CsvResult:
    """A finished export.

    Attributes:
        rows: without the header.
        columns: their names and types.
        origins: for each column, the OID of the table and the number of the column in it that the server says it
            comes from; zeros for an expression.
    """

    rows: int
    columns: tuple[Column, ...]
    origins: tuple[tuple[int, int], ...]


def export(
    connection: psycopg.Connection[Any],
    query: str,
    target: NewFile,
    *,
    compression: Compression | None = None,
    recipients: Sequence[str] = (),
    course: Course | None = None,
) -> CsvResult:
    """Write the rows of `query` to `target`, block by block.

    Runs in a savepoint of the transaction that is open (so in its snapshot), or in one of its own, read only,
    and takes it back at the end: the settings are as they were, and nothing of it stays in the database.

    Args:
        connection: idle, or in a transaction.
        query: one SELECT, VALUES or TABLE, without a closing semicolon.
        target: an open file of the set.
        compression: how the file is made smaller.
        recipients: whom it is encrypted for; nobody if empty.
        course: is told of the rows, and ends the query.

    Returns:
        The result; no rows are no error here, the caller decides.

    Raises:
        psycopg.Error: the server refuses the query; positions are counted from `QUERY_OFFSET`.
        EnvironmentFault: the disk refuses the file.
    """
    with (
        connection.transaction(force_rollback=True),
        psycopg.RawCursor(connection, row_factory=tuple_row) as cursor,
    ):
        fix_settings(cursor)
        _set_local(cursor, "transaction_read_only", "on")
        copy = CopyOut(connection, f"COPY ({query}\n) TO STDOUT ({COPY_OPTIONS})".encode())
        with closing(_blocks(copy, course or Course())) as blocks:
            streams.write(blocks, target, compression=compression, recipients=recipients)
        columns, origins = _columns(cursor, query)
    return CsvResult(copy.rows, columns, origins)


def _blocks(copy: CopyOut, course: Course) -> Generator[bytearray, None, None]:
    with closing(copy.blocks()) as blocks:
        for rows, block in blocks:
            course.advanced(rows)
            yield block


def estimate(connection: psycopg.Connection[Any], query: str) -> int | None:
    """Return how many rows the planner expects of a query; None where the server refuses it."""
    try:
        with connection.transaction(force_rollback=True):
            row = connection.execute(f"EXPLAIN (FORMAT JSON) {query}".encode()).fetchone()
    except psycopg.Error:
        return None  # the export itself will tell why
    return int(row[0][0]["Plan"]["Plan Rows"]) if row else None


def fix_settings(cursor: psycopg.RawCursor[Any]) -> None:
    """Set `SETTINGS` until the end of the transaction; for writing a file and for reading it back."""
    for name, value in SETTINGS.items():
        _set_local(cursor, name, value)


def _set_local(cursor: psycopg.RawCursor[Any], name: str, value: str) -> None:
    cursor.execute("SELECT pg_catalog.set_config($1, $2, true)", (name, value))


def _columns(cursor: psycopg.RawCursor[Any], query: str) -> tuple[tuple[Column, ...], tuple[tuple[int, int], ...]]:
    cursor.execute(f"SELECT * FROM ({query}\n) AS q LIMIT 0".encode())  # noqa: S608 - the plan's own query
    result = cursor.pgresult
    if result is None:
        raise AssertionError("a SELECT has a result")
    fields = range(result.nfields)
    names = [(result.fname(index) or b"").decode() for index in fields]
    oids = [result.ftype(index) for index in fields]
    modifiers = [result.fmod(index) for index in fields]
    origins = tuple((result.ftable(index), result.ftablecol(index)) for index in fields)
    _set_local(cursor, "search_path", "")  # types of the user's schemas are named with their schema
    cursor.execute(_FORMAT_TYPES, (oids, modifiers))
    types = cursor.fetchall()
    return tuple(Column(name, type_) for name, (type_,) in zip(names, types, strict=True)), origins
