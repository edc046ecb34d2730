"""Collects what the server says a step did: counters, locks, written catalog rows, definitions."""

from __future__ import annotations

from collections import Counter as Counts
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from planrun.core import capture
from planrun.core.accounting import Counter, Evidence, Locked, Touched
from planrun.core.catalog import Catalog
from planrun.core.catalogs import EXPLAINED, OBJECTS, WHOLE
from planrun.edges.postgres import describe, states
from planrun.edges.postgres.queries import parts, prepared, query
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from planrun.core.accounting import Scope
    from planrun.core.undo import Captured
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.queries import Row

BESIDE = 2
"""The number of the first parameter of what is read beside the counters."""

_ZERO: Counter = (0, 0, 0)
_LISTED = """
SELECT c.oid::bigint, c.relname FROM pg_catalog.pg_class c
WHERE c.oid < 16384 AND c.relkind = 'r' AND c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace
"""
"""The server's own tables have OIDs below those of any user's."""
_DEFINED = """
SELECT a.attrelid::bigint, a.attnum::int FROM pg_catalog.pg_attribute a
WHERE a.attrelid = ANY ($1::pg_catalog.oid[]) AND a.attnum > 0
  AND pg_catalog.age(a.xmin) <= pg_catalog.age($2::pg_catalog.xid)
"""
_CATALOGS: WeakKeyDictionary[Connection, dict[int, str]] = WeakKeyDictionary()
_WRITTEN = """
WITH step AS (SELECT pg_catalog.age($1::pg_catalog.xid) AS youth),
{near}written AS MATERIALIZED (
SELECT r.*, pg_catalog.count(*) AS rows FROM (
{scans}) r(catalog, kind, object, label, xmin) GROUP BY 1, 2, 3, 4, 5)"""
"""What the parts of ``touched.sql`` that read a catalog stand in."""

_NEAR = {
    "pg_attrdef": "r.adrelid",
    "pg_attribute": "r.attrelid",
    "pg_class": "r.oid",
    "pg_constraint": "r.conrelid",
    "pg_index": "r.indrelid",
    "pg_trigger": "r.tgrelid",
    "pg_type": "r.oid",
}
"""The catalogs that have an index by their relation, with its column: those that grow with the number of tables."""


@frozen
class Mark:
    """The state that a step is measured from.

    Attributes:
        xmin: the first (sub)transaction of the step, as text.
        view: the definitions read before it.
        counts: rows of the tracked catalogs for the objects of `view`.
        catalogs: counters of the catalogs, without those that stand at zero.
        tables: counters of the tables in view and of those written before.
        rows: row counts of tables that are counted.
        whole: the catalogs whose objects are all in view.
        alone: whether no catalog was written between `xmin` and now.
    """

    xmin: str
    view: Catalog
    counts: Mapping[str, int]
    catalogs: Mapping[str, Counter]
    tables: Mapping[int, Counter]
    rows: Mapping[int, int]
    whole: frozenset[str]
    alone: bool


def mark(
    connection: Connection, scope: Scope, xmin: str, settings: str = "", *values: str, alone: bool = False
) -> Mark:
    """Read the state before a step, inside its transaction, under an empty search_path.

    Args:
        connection: in the transaction of the step.
        scope: what is to be watched.
        xmin: the first (sub)transaction of the step.
        settings: a target list that is read last, by which other settings come into force; their parameters begin with
            the number `BESIDE`.
        values: of those parameters.
        alone: whether the transaction wrote to no catalog since `xmin`: then each row that carries it, or a later one,
            is of what is counted.
    """
    if scope.states:
        states.hold(connection, scope.states)
    # A tree is in view as a whole: what hangs on a part of it is explained by the part above.
    view = Catalog(
        states.compared(
            connection,
            describe.relations(connection, scope.relations | scope.capture, families=True),
            scope.states,
        ),
        describe.functions(connection, None) if scope.functions else {},
        describe.schemas(connection, None) if scope.schemas else {},
        describe.types(connection, None if scope.all_types else scope.types),
        *describe.others(connection, scope.catalogs),
    )
    counted = describe.counts(connection, view)
    rows = {oid: _count(connection, view.relations[oid].qualified) for oid in scope.counted if oid in view.relations}
    watched = list(scope.relations | scope.capture | view.relations.keys())
    beside = "".join((*parts("mark")["tables"], f", {settings}" if settings else ""))
    catalogs, counters = _counters(connection, beside, watched, *values)
    tables = {int(oid): _counter(rows) for oid, rows in (counters or {}).items()}
    return Mark(xmin, view, counted, catalogs, tables, rows, whole=scope.catalogs, alone=alone and not scope.states)


def collect(connection: Connection, start: Mark, captured: Iterable[Captured], side: frozenset[int]) -> Evidence:
    """Read the state after a step, inside its transaction, under an empty search_path."""
    now, locks = _counters(connection, query("account"))
    locked = tuple(_locked(locks or (), start))
    catalogs = {name: _difference(counter, start.catalogs.get(name, _ZERO)) for name, counter in now.items()}
    written = sorted(name for name, counter in catalogs.items() if any(counter))
    touched = _touched(connection, start, {name: catalogs[name] for name in written}, locked) if written else ()
    after = _after(connection, start, touched, written) if written else start.view
    return Evidence(
        before=start.view,
        after=replace(after, relations=states.written(after.relations, locked)),
        catalogs=catalogs,
        counts_before=start.counts,
        counts_after=_counts(connection, start, after, written),
        locked=locked,
        touched=touched,
        images={table.oid: _images(connection, table) for table in captured},
        rows_before=start.rows,
        rows_after={
            oid: _count(connection, after.relations[oid].qualified) for oid in start.rows if oid in after.relations
        },
        side_tables=side,
        defined=_defined(connection, start, after),
    )


def _defined(connection: Connection, start: Mark, after: Catalog) -> frozenset[tuple[int, int]]:
    """Return the columns that the step, or a later transaction, defined anew in tables that were written anew."""
    olds = ((was, after.relations.get(oid)) for oid, was in start.view.relations.items() if was.kind == "r")
    anew = [was.oid for was, now in olds if now is not None and was.filenode != now.filenode]
    if not anew:
        return frozenset()
    return frozenset(connection.execute(_DEFINED, [anew, start.xmin]).fetchall())


def _counters(connection: Connection, beside: str, *values: object) -> tuple[dict[str, Counter], Any]:
    """Return the counters of the catalogs, without those that stand at zero, and what is read beside them."""
    names = _catalogs(connection)
    (comment,), (counters,) = parts("mark")[""], parts("mark")["catalogs"]
    text = f"{comment}\nSELECT\n{counters},\n{beside}".replace("{catalogs}", ",".join(map(str, names)))
    catalogs, found, *_ = prepared(connection, text, values).fetchone() or ({}, None)
    return {names[int(oid)]: _counter(rows) for oid, rows in (catalogs or {}).items()}, found


def _counter(rows: Sequence[int]) -> Counter:
    inserted, updated, deleted = rows
    return (inserted, updated, deleted)


def _catalogs(connection: Connection) -> dict[int, str]:
    """Return the catalogs of the server behind a connection by OID; they are read once."""
    if connection not in _CATALOGS:
        _CATALOGS[connection] = dict(connection.execute(_LISTED).fetchall())
    return _CATALOGS[connection]


def _locked(locks: Iterable[Row], start: Mark) -> Iterable[Locked]:
    for oid, schema, name, kind, persistence, altered, *rows, lock in locks:
        known = oid in start.tables
        zero = start.tables.get(oid, _ZERO)
        yield Locked(
            oid=lock,
            schema=schema,
            name=name,
            kind=kind or "",
            temporary=persistence == "t",
            altered=bool(altered),
            rows=_difference((rows[0] or 0, rows[1] or 0, rows[2] or 0), zero),
            known=known,
        )


def _difference(now: tuple[int, ...], then: Counter) -> Counter:
    return (now[0] - then[0], now[1] - then[1], now[2] - then[2])


def _touched(
    connection: Connection, start: Mark, written: Mapping[str, Counter], locked: Iterable[Locked]
) -> tuple[Touched, ...]:
    """Return the objects whose catalog rows the step wrote.

    Catalogs that grow with the number of tables are not read through where that can be told without: each row that the
    server counted as inserted or updated is one that carries the step's xmin, or was written over by the step itself.
    Where as many are found at the relations in view, or locked to be altered, there are no others. A row that was
    inserted and updated counts twice: it is not even tried where both happened.
    """
    near = {name for name, (inserted, updated, _) in written.items() if name in _NEAR and not (inserted and updated)}
    near = near if start.alone else set()
    relations = start.view.relations.keys() | {lock.oid for lock in locked if lock.altered}
    found = _written(connection, start.xmin, written, near, list(relations))
    rows: Counts[str] = Counts()
    for item, counted in found:
        rows[item.catalog] += counted
    hidden = {name for name in near if rows[name] != sum(written[name][:2])}
    if hidden:
        found = [(item, counted) for item, counted in found if item.catalog not in hidden]
        found += _written(connection, start.xmin, hidden)
    return tuple(item for item, _ in found)


def _written(
    connection: Connection,
    xmin: str,
    catalogs: Iterable[str],
    near: AbstractSet[str] = frozenset(),
    relations: Sequence[int] = (),
) -> list[tuple[Touched, int]]:
    """Return the objects whose rows the step wrote in catalogs, in `near` those of relations, with their numbers."""
    scans = [
        f"{text}\n    AND {_NEAR[name]} = ANY (ARRAY(SELECT n.oid FROM near n))" if name in near else text
        for name in sorted(catalogs)
        for text in _scans(name)
    ]
    if not scans:
        return []
    (comment,), (around,), (homes,) = (parts("touched")[part] for part in ("", "near", "homes"))
    written = _WRITTEN.format(near=f"{around}\n" if near else "", scans="\n  UNION ALL\n".join(scans))
    rows = prepared(connection, f"{comment}\n{written}\n{homes}", [xmin, list(relations)] if near else [xmin])
    return [(Touched(kind, home, catalog, label or ""), counted) for kind, home, catalog, label, counted in rows]


def _scans(name: str) -> Sequence[str]:
    """Return what finds the rows of a catalog that the step wrote."""
    if name not in OBJECTS:
        return parts("touched").get(name, ())
    (text,) = parts("touched")["objects"]
    home, column = OBJECTS[name]
    return [text.format(catalog=name, home=home, column=column)]


def _counts(connection: Connection, start: Mark, after: Catalog, written: list[str]) -> Mapping[str, int]:
    if not EXPLAINED.keys() & written:
        return start.counts
    # What another session did meanwhile to an object in view shows in catalogs that the step did not write.
    return describe.counts(connection, after, None if start.counts else frozenset(written))


def _after(connection: Connection, start: Mark, touched: tuple[Touched, ...], written: list[str]) -> Catalog:
    homes = {
        kind: {item.home for item in touched if item.kind == kind}
        for kind in ("relation", "function", "schema", "type")
    }
    created = describe.created(connection, homes["relation"] - start.view.relations.keys())
    return Catalog(
        describe.relations(connection, start.view.relations.keys() | homes["relation"] - created.keys()) | created,
        describe.functions(connection, start.view.functions.keys() | homes["function"]),
        describe.schemas(connection, start.view.schemas.keys() | homes["schema"]),
        describe.types(connection, start.view.types.keys() | homes["type"]),
        *describe.others(connection, start.whole | WHOLE & {*written, *(item.kind for item in touched)}),
    )


def _images(connection: Connection, table: Captured) -> tuple[int, int, int, int]:
    inserted, before, after, deleted = connection.execute(capture.counted(table)).fetchone() or (0, 0, 0, 0)
    return (inserted, before, after, deleted)


def _count(connection: Connection, table: str) -> int:
    (rows,) = connection.execute(f"SELECT pg_catalog.count(*) FROM ONLY {table}".encode()).fetchone() or (0,)
    return int(rows)
