r"""The rows of a query as CSV, such that COPY brings every value back exactly.

The server writes the file, value by value in each type's own output form, under settings that no role or
database default can bend. NULL is an unquoted ``\N``: a text that reads ``\N`` is quoted, and an empty text
stays empty, so that the two survive even a reader that does not know the difference of ``,,`` and ``,"",``.
A file is read back with `COPY_OPTIONS` under the same `SETTINGS`.

The query runs under the search_path of its session, so values of the reg* types (regclass and its like) are
written as names that hold under that path only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import tuple_row

from planrun.core.manifest import Column

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

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


@dataclass(frozen=True, slots=True)
class CsvResult:
    """A finished export: rows without the header, size, SHA-256 (hex) and columns."""

    rows: int
    bytes: int
    sha256: str
    columns: tuple[Column, ...]


def export(connection: psycopg.Connection[Any], query: str, target: NewFile) -> CsvResult:
    """Write the rows of `query` to `target`, block by block.

    Runs in a savepoint of the transaction that is open (so in its snapshot), or in one of its own, read only,
    and takes it back at the end: the settings are as they were, and nothing of it stays in the database.

    Args:
        connection: idle, or in a transaction.
        query: one SELECT, VALUES or TABLE, without a closing semicolon.
        target: an open file of the set.

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
        with cursor.copy(f"COPY ({query}\n) TO STDOUT ({COPY_OPTIONS})".encode()) as copy:
            for block in copy:
                target.write(block)
        rows = cursor.rowcount
        columns = _columns(cursor, query)
    target.flush()
    return CsvResult(rows, target.bytes, target.sha256, columns)


def fix_settings(cursor: psycopg.RawCursor[Any]) -> None:
    """Set `SETTINGS` until the end of the transaction; for writing a file and for reading it back."""
    for name, value in SETTINGS.items():
        _set_local(cursor, name, value)


def _set_local(cursor: psycopg.RawCursor[Any], name: str, value: str) -> None:
    cursor.execute("SELECT pg_catalog.set_config($1, $2, true)", (name, value))


def _columns(cursor: psycopg.RawCursor[Any], query: str) -> tuple[Column, ...]:
    cursor.execute(f"SELECT * FROM ({query}\n) AS q LIMIT 0".encode())  # noqa: S608 - the plan's own query
    result = cursor.pgresult
    if result is None:
        raise AssertionError("a SELECT has a result")
    names = _names(result)
    oids = [result.ftype(index) for index in range(result.nfields)]
    modifiers = [result.fmod(index) for index in range(result.nfields)]
    _set_local(cursor, "search_path", "")  # types of the user's schemas are named with their schema
    cursor.execute(_FORMAT_TYPES, (oids, modifiers))
    return tuple(Column(name, type_) for name, (type_,) in zip(names, cursor.fetchall(), strict=True))


def _names(result: PGresult) -> list[str]:
    return [(result.fname(index) or b"").decode() for index in range(result.nfields)]
