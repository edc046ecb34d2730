"""Loads rows that COPY wrote into a temporary table of exact types, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from planrun.core.catalog import quoted
from planrun.errors import StepFailed
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from planrun.edges.postgres.connection import Connection

CSV = r"FORMAT csv, HEADER true, NULL '\N', ENCODING 'UTF8'"
"""As exports are written."""

TEXT = "FORMAT text"
"""As dumps are written."""

_REFERENCES = frozenset(
    {
        *("regclass", "regcollation", "regconfig", "regdictionary", "regnamespace", "regoper", "regoperator"),
        *("regproc", "regprocedure", "regrole", "regtype"),
    }
)
"""Types whose values are names of objects that a scratch database may lack."""


@frozen
class Field:
    """A column of a temporary table: its name there, and its type under an empty search_path."""

    name: str
    type: str


def load(connection: Connection, name: str, fields: Sequence[Field], rows: Iterable[bytes], options: str) -> int:
    """Make a temporary table that goes with its transaction, fill it, and return the number of its rows.

    Args:
        connection: in a transaction, under the settings of `content_hash`.
        name: of the table, without a schema.
        fields: its columns, in the order of the rows.
        rows: as COPY takes them, in blocks.
        options: `CSV` or `TEXT`.

    Raises:
        StepFailed: a row is none of this table.
    """
    listed = ", ".join(f"{quoted(field.name)} {field.type}" for field in fields)
    connection.execute(f"CREATE TEMPORARY TABLE {quoted(name)} ({listed}) ON COMMIT DROP".encode())
    columns = f"({', '.join(quoted(field.name) for field in fields)})" if fields else ""
    command = f"COPY pg_temp.{quoted(name)} {columns} FROM STDIN ({options})".encode()
    try:
        with connection.cursor() as cursor:
            with cursor.copy(command) as copy:
                for block in rows:
                    copy.write(block)
            return cursor.rowcount
    except psycopg.DataError as error:
        said = ": ".join(filter(None, (error.diag.message_primary, error.diag.context)))
        raise StepFailed(f"the rows cannot be loaded: {said}") from error


def known_types(connection: Connection, types: Iterable[str]) -> frozenset[str]:
    """Return the types among these that the database has, as it has to understand them; the search_path is empty."""
    wanted = list(dict.fromkeys(types))
    # to_regtype has no error for what is no type; a modifier is none of its business before 17.
    rows = connection.execute(
        "SELECT t FROM pg_catalog.unnest($1::text[]) t WHERE pg_catalog.to_regtype(pg_catalog.regexp_replace("
        "t, '\\([0-9, ]*\\)', '')) IS NOT NULL",
        [wanted],
    )
    return frozenset(name for (name,) in rows if name not in _REFERENCES)
