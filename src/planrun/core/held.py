"""Tells which columns hold values of row types, directly or inside of others.

An attribute that such a type loses is lost in all values that are stored, and comes back empty; one that it gets may
be filled, and goes with what was written into it. No undo log keeps either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.assured import ends
from planrun.core.quoting import do, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.catalog import Catalog, Column, Relation

_LOOK = """WITH RECURSIVE held (oid) AS (
    SELECT c.reltype FROM pg_catalog.pg_class c WHERE c.oid = {relation}
    UNION SELECT u.oid FROM held h CROSS JOIN LATERAL (
      SELECT d.objid AS oid FROM pg_catalog.pg_depend d
      WHERE d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid = h.oid
        AND d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
      UNION ALL SELECT c.reltype FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid
      WHERE d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid = h.oid
        AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid > 0 AND c.reltype <> 0) u)
  SELECT DISTINCT d.objid::bigint AS holder, d.objsubid AS number,
    pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) AS place
  FROM held h JOIN pg_catalog.pg_depend d
    ON d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.refobjid = h.oid
    AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid > 0
  JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'p', 'm')"""

LOOK = f"{_LOOK.format(relation='$1::pg_catalog.oid')} ORDER BY place"
"""The query of the columns that hold values of the row type of relation $1 oid: table, number, and in words."""


def changed(before: Catalog, after: Catalog) -> Iterator[tuple[Relation, Column, str]]:
    """Yield the relations whose row types lost or got attributes, each with one of these and what became of it."""
    for oid, was in before.relations.items():
        now = after.relations.get(oid)
        if now is None or was.kind not in {"c", "r", "p"}:
            continue
        lost = [(now, column, "dropped") for column in was.columns if now.column(column.attnum) is None]
        got = [(now, column, "added") for column in now.columns if was.column(column.attnum) is None]
        yield from (*lost, *got)[:1]


def grown(relation: Relation, before: Catalog) -> bool:
    """Whether the step gave a row type attributes, which go."""
    was = before.relations[relation.oid]
    return any(was.column(column.attnum) is None for column in relation.columns)


def unheld(composite: Relation, own: Iterable[tuple[int, int]]) -> str:
    """Return the statement that ends the way back where a type that loses attributes is held by columns made since.

    Args:
        composite: the type, as the step left it.
        own: the columns that the step made itself, which go: table and number.
    """
    name = literal(composite.qualified)
    but = "".join(f" AND (k.holder, k.number) <> ({table}, {number})" for table, number in own)
    look = _LOOK.format(relation=f"pg_catalog.to_regclass({name})::pg_catalog.oid")
    told = f"pg_catalog.concat(k.place, ', made since, holds values of type ', {name}, ', which loses attributes')"
    found = f"FROM ({look}) k WHERE true{but} ORDER BY k.place"
    check = ends(found, told, hint="drop it, or give it another type, and roll back again")
    return do(f"DECLARE wrong text;\nBEGIN\n{check}\nEND")
