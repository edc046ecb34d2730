"""Which table the columns of a query come from, and by which of them its rows are told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.manifest import TableName
from planrun.core.policy import parts
from planrun.errors import StepFailed
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from planrun.core.script import Name
    from planrun.edges.postgres.connection import Connection

_TABLE = """
SELECT n.nspname, c.relname, ARRAY (
  SELECT a.attname FROM pg_catalog.unnest($2::int2[]) WITH ORDINALITY s(number, place)
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = s.number AND s.number > 0 ORDER BY s.place),
  (SELECT k.numbers FROM pg_catalog.pg_index i,
    LATERAL (SELECT (i.indkey::int2[])[0:i.indnkeyatts - 1] AS numbers) k
   WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL
     AND i.indexprs IS NULL AND k.numbers OPERATOR(pg_catalog.<@) $2::int2[]
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
       WHERE a.attrelid = c.oid AND a.attnum = ANY (k.numbers) AND NOT a.attnotnull)
     -- A key of a table says nothing of the rows of its children.
     AND (c.relkind = 'p' OR NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhparent = c.oid))
   ORDER BY NOT i.indisprimary, i.indnkeyatts, i.indexrelid LIMIT 1)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = $1 AND c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""

_DIFFERING = """
SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.unnest($1::text[]) f(name) WHERE NOT coalesce((
    SELECT pg_catalog.bool_and(p.provolatile = 'i' AND p.prokind = 'f') FROM pg_catalog.pg_proc p
    WHERE p.proname = f.name), false)),
  (SELECT pg_catalog.count(*) FROM pg_catalog.unnest($2::text[]) r(name) WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_class c
    WHERE c.oid = pg_catalog.to_regclass(r.name) AND c.relkind IN ('r', 'p', 'm')))
"""

_CHOSEN = """
WITH RECURSIVE chosen(oid) AS (
  SELECT $1::pg_catalog.oid
  UNION SELECT h.inhrelid FROM pg_catalog.pg_inherits h JOIN chosen ON h.inhparent = chosen.oid)
SELECT n.nspname, c.relname, c.relkind FROM chosen JOIN pg_catalog.pg_class c ON c.oid = chosen.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace ORDER BY c.oid <> $1, n.nspname, c.relname
"""


@frozen
class Source:
    """The one table that the columns of a query come from.

    Attributes:
        columns: for each column of the query, that of the table; None for an expression.
        key: the places, among those, of the columns that tell the table's rows apart; None where not all are there.
    """

    table: TableName
    columns: tuple[str | None, ...]
    key: tuple[int, ...] | None


def source(connection: Connection, origins: Sequence[tuple[int, int]]) -> Source | None:
    """Return the table that all columns of a query come from which come from a table; None if there is no such one.

    Args:
        connection: in the snapshot of the query.
        origins: for each column the OID of its table and its number there, zeros for an expression.
    """
    tables = {oid for oid, _ in origins if oid}
    if len(tables) != 1:
        return None
    numbers = [number for _, number in origins]
    row = connection.execute(_TABLE, [tables.pop(), numbers]).fetchone()
    if row is None:
        return None
    schema, name, columns, key = row
    places = None if key is None else tuple(numbers.index(number) for number in key)
    return Source(TableName(schema, name), tuple(columns), places)


def always_the_same(connection: Connection, functions: Collection[str], relations: Collection[Name]) -> bool:
    """Tell whether a query gives the same rows twice in one snapshot, as far as the catalogs tell.

    Every function of these names gives the same for the same arguments, and the relations are no views, which could
    call others.
    """
    names = [name.quoted for name in relations]
    return connection.execute(_DIFFERING, [list(functions), names]).fetchone() == (0, 0)


def chosen_tables(connection: Connection, names: Sequence[str]) -> tuple[TableName, ...]:
    """Return the tables that names of a plan mean under the search_path of the session, each with all its partitions.

    Children by inheritance count as partitions do: what a query of the table reads is dumped.

    Raises:
        StepFailed: names what is not there, is no table, or is planrun's own.
    """
    found: dict[TableName, None] = {}
    faults: list[str] = []
    for name in names:
        oid = _oid(connection, name)
        rows = [] if oid is None else connection.execute(_CHOSEN, [oid]).fetchall()
        if not rows:
            faults.append(f"there is no table {name}")
        elif rows[0][2] not in {"r", "p"}:
            faults.append(f"{name} is no table")
        elif rows[0][0] == "planrun":
            faults.append(f"{name} belongs to planrun's own schema, which is in no dump")
        found |= dict.fromkeys(TableName(schema, table) for schema, table, _ in rows)
    if faults:
        raise StepFailed(f"the chosen tables cannot be dumped: {'; '.join(faults)}")
    return tuple(found)


def require_schemas(connection: Connection, names: Sequence[str]) -> None:
    """Refuse schemas that are not there, or that no dump holds.

    Raises:
        StepFailed: names all of them.
    """
    rows = connection.execute(
        "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname <> 'planrun' AND nspname = ANY ($1)", [list(names)]
    )
    known = {name for (name,) in rows}
    if missing := [name for name in names if name not in known]:
        own = " (planrun's own schema is in no dump)" if "planrun" in missing else ""
        raise StepFailed(f"the chosen schemas cannot be dumped: there is no schema {', '.join(missing)}{own}")


def _oid(connection: Connection, name: str) -> int | None:
    read = parts(name)
    if read is None:
        return None
    row = connection.execute(
        "SELECT pg_catalog.to_regclass($1)::pg_catalog.oid::bigint", [".".join(map(quoted, read))]
    ).fetchone()
    return row[0] if row else None
