"""The full content of a database as a value, to be compared before and after.

Schema: the text of pg_dump, with owners, privileges and comments. Data: for every table a count and a digest of its
rows, in no order, columns by name. Sequences stand apart, since a way back may leave them where they are. planrun's
own schema is left out; whatever it left in the application's schemas is not.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    import psycopg

    from bench import Database

_NOISE = re.compile(r"^(?:-- Dumped (?:from|by) .*|\\(?:un)?restrict .*)\n", re.MULTILINE)

_GRANTS = re.compile(r"(?:^GRANT .*\n){2,}", re.MULTILINE)
"""Privileges are a set, which pg_dump writes in the order in which they were given."""

_SETTINGS = """
SET search_path = pg_catalog;
SET extra_float_digits = 3;
SET DateStyle = 'ISO, YMD';
SET IntervalStyle = 'postgres';
SET TimeZone = 'UTC';
SET bytea_output = 'hex';
SET xmloption = 'content';
"""

_TABLES = """
SELECT n.nspname, c.relname,
       array(SELECT a.attname FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated)
  AND n.nspname <> 'information_schema' AND n.nspname <> 'planrun' AND n.nspname !~ '^pg_'
ORDER BY n.nspname, c.relname
"""

_SEQUENCES = """
SELECT n.nspname, c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND n.nspname <> 'planrun' AND n.nspname !~ '^pg_'
ORDER BY n.nspname, c.relname
"""

_DIGEST = """
SELECT count(*), md5(coalesce(string_agg(md5(r), '' ORDER BY md5(r) COLLATE "C"), ''))
FROM (SELECT ROW({columns})::text AS r FROM ONLY {table}) AS rows
"""


@dataclass(frozen=True)
class Fingerprint:
    """What a database holds.

    Attributes:
        schema: the normalised text of ``pg_dump --schema-only``.
        tables: one line for each table with its row count and digest.
        sequences: one line for each sequence with its position.
    """

    schema: str
    tables: tuple[str, ...]
    sequences: tuple[str, ...]

    def lines(self, *, sequences: bool = True) -> list[str]:
        return [*self.schema.splitlines(), *self.tables, *(self.sequences if sequences else ())]


def fingerprint(database: Database) -> Fingerprint:
    """Read the whole of `database` as the superuser, who is subject to no row security."""
    connection = database.kept("looks", database.superuser)
    connection.execute(_SETTINGS)
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return Fingerprint(_schema(database), _tables(connection), _sequences(connection))


def difference(before: Fingerprint, after: Fingerprint, *, sequences: bool = True) -> str:
    """Return what differs as a unified diff; an empty string when nothing does.

    Args:
        before: the one state.
        after: the other.
        sequences: whether the positions of sequences count.
    """
    lines = difflib.unified_diff(
        before.lines(sequences=sequences), after.lines(sequences=sequences), "before", "after", lineterm="", n=6
    )
    return "\n".join(lines)


def _schema(database: Database) -> str:
    server = database.server
    dump = subprocess.run(
        [
            *(server.installation.bindir / "pg_dump", "--schema-only", "--exclude-schema=planrun"),
            *("--no-password", "--dbname", server.url(database.name)),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("PG")},
    )
    assert dump.returncode == 0, dump.stderr
    return _GRANTS.sub(lambda grants: "".join(sorted(grants[0].splitlines(keepends=True))), _NOISE.sub("", dump.stdout))


def _tables(connection: psycopg.Connection) -> tuple[str, ...]:
    return tuple(_table(connection, *row) for row in connection.execute(_TABLES).fetchall())


def _table(connection: psycopg.Connection, schema: str, name: str, columns: list[str]) -> str:
    digest = sql.SQL(_DIGEST).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)), table=sql.Identifier(schema, name)
    )
    count, rows = connection.execute(digest).fetchone()
    return f"table {schema}.{name}: {count} rows, md5 {rows}"


def _sequences(connection: psycopg.Connection) -> tuple[str, ...]:
    return tuple(_sequence(connection, *row) for row in connection.execute(_SEQUENCES).fetchall())


def _sequence(connection: psycopg.Connection, schema: str, name: str) -> str:
    position = sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(schema, name))
    last, is_called = connection.execute(position).fetchone()
    return f"sequence {schema}.{name}: last_value {last}, is_called {is_called}"
