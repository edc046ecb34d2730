"""Tells which objects the statements of a way back mean by their names, so that none can be put in another's place.

A view that comes back is made from a text, and so are a default, a policy or a foreign key. Where the application gave
the name of what it reads to something else since, the text would mean that, and nobody would notice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from planrun.core.quoting import NAME, unquoted
from planrun.core.undo import Mentioned

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from planrun.core.catalog import Catalog

_QUALIFIED = re.compile(rf'(?<![\w."])({NAME})\.({NAME})')
_WORD = re.compile(NAME)
_BODY = re.compile(r"\bAS (\$(?:function|procedure)x*\$).*?\1", re.DOTALL)
"""The body of a function, which is text: what its names mean is found when it is called, today as before."""

_HEAD = re.compile(rf"\A(?:ALTER|DROP) TABLE (?:ONLY )?({NAME}\.{NAME})")
_COMMENT = re.compile(r"\ACOMMENT ON .*? IS ", re.DOTALL)

_SERVER = {"pg_catalog", "information_schema", "planrun"}

LOOK = """WITH named AS MATERIALIZED (
  SELECT n.oid AS schema, u.name
  FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) u (schema, name)
  JOIN pg_catalog.pg_namespace n ON n.nspname = u.schema)
SELECT 'pg_class', c.oid::bigint, c.oid::pg_catalog.regclass::text,
  ARRAY(SELECT a.attnum FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
  ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
FROM (SELECT pg_catalog.unnest($3::pg_catalog.oid[]) AS oid UNION SELECT c.oid FROM named
  JOIN pg_catalog.pg_class c ON c.relnamespace = named.schema AND c.relname = named.name) r
JOIN pg_catalog.pg_class c ON c.oid = r.oid AND c.relkind NOT IN ('i', 'I')
UNION ALL
SELECT 'pg_type', y.oid::bigint, y.oid::pg_catalog.regtype::text, '{}', '{}'
FROM (SELECT pg_catalog.unnest($4::pg_catalog.oid[]) AS oid UNION SELECT y.oid FROM named
  JOIN pg_catalog.pg_type y ON y.typnamespace = named.schema AND y.typname = named.name) r
JOIN pg_catalog.pg_type y ON y.oid = r.oid AND y.typrelid = 0
UNION ALL
SELECT 'pg_proc', p.oid::bigint, p.oid::pg_catalog.regprocedure::text, '{}', '{}'
FROM (SELECT pg_catalog.unnest($5::pg_catalog.oid[]) AS oid UNION SELECT p.oid FROM named
  JOIN pg_catalog.pg_proc p ON p.pronamespace = named.schema AND p.proname = named.name) r
JOIN pg_catalog.pg_proc p ON p.oid = r.oid
UNION ALL
SELECT 'pg_collation', l.oid::bigint, l.oid::pg_catalog.regcollation::text, '{}', '{}'
FROM named JOIN pg_catalog.pg_collation l ON l.collnamespace = named.schema AND l.collname = named.name
ORDER BY 1, 2"""
"""The query of what names mean when the step has ended: catalog, OID, name, and the numbers and names of columns.

Indexes are parts of their tables, and told as such.

$1, $2 text[]: the schemas and names. $3, $4, $5 oid[]: relations, types and functions that had such names before the
step.
"""


def names(statements: Iterable[str], known: Collection[str]) -> set[tuple[str, str]]:
    """Return the schemas and names, as they are written in statements, of what the server does not bring itself.

    Args:
        statements: the inverse DDL.
        known: the names of tables that are made sure of anyway, so that what only alters or drops them tells nothing.
    """
    found = (part for statement in statements for part in _QUALIFIED.findall(_told(statement, known)))
    return {(unquoted(schema), unquoted(name)) for schema, name in found if unquoted(schema) not in _SERVER}


def _told(statement: str, known: Collection[str]) -> str:
    if comment := _COMMENT.match(statement):
        return comment[0]
    head = _HEAD.match(statement)
    return _BODY.sub("", statement[head.end() :] if head and head[1] in known else statement)


def words(statements: Iterable[str]) -> set[str]:
    """Return every word that may name a column."""
    return {unquoted(word) for statement in statements for word in _WORD.findall(_BODY.sub("", statement))}


def before(given: Collection[tuple[str, str]], was: Catalog) -> tuple[list[int], list[int], list[int]]:
    """Return the OIDs of the relations, types and functions that had names before the step, which may rename them."""
    return (
        sorted(oid for oid, relation in was.relations.items() if (relation.schema, relation.name) in given),
        sorted(oid for oid, type_ in was.types.items() if (type_.schema, type_.name) in given),
        sorted(oid for oid, function in was.functions.items() if (function.schema, function.name) in given),
    )


def made(was: Catalog, now: Catalog) -> set[tuple[str, int]]:
    """Return the catalogs and OIDs of what the step made: that is compared by its definition."""
    kinds = {
        "pg_class": now.relations.keys() - was.relations.keys(),
        "pg_type": now.types.keys() - was.types.keys(),
        "pg_proc": now.functions.keys() - was.functions.keys(),
    }
    return {(catalog, oid) for catalog, oids in kinds.items() for oid in oids}


def mentioned(row: tuple[str, int, str, list[int], list[str]], written: Collection[str], was: Catalog) -> Mentioned:
    """Return what a row of LOOK tells, with those of its columns whose names of before the step are written."""
    catalog, oid, name, numbers, columns = row
    relation = was.relations.get(oid) if catalog == "pg_class" else None
    old = {column.attnum: column.name for column in relation.columns} if relation else {}
    named = ((number, now) for number, now in zip(numbers, columns, strict=True) if old.get(number, now) in written)
    return Mentioned(catalog, oid, name, tuple(named))
