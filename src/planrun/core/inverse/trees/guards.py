"""Checks of the way back: that nothing was hung on a tree since which it would drop, or not reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.ending import REFUSED, raised
from planrun.core.inverse import columns, parts
from planrun.core.inverse.actions import Action, Phase
from planrun.core.quoting import do, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from planrun.core.catalog import Column, Relation

_WITH_CHILDREN = frozenset("rp")


def childless(relation: Relation, after: Mapping[int, Relation]) -> Action:
    """Return the check that nothing was attached to a table since, which the way back would drop or not reach."""
    known = [other.qualified for other in after.values() if relation.oid in other.parents]
    message = literal(f"tables were made since that belong to {relation.qualified}: ")
    hint = f"take them away from {relation.qualified}, or drop them, and roll back again"
    return Action(
        Phase.PARENTS_OFF,
        do(
            "DECLARE found text;\nBEGIN\n"
            "  SELECT pg_catalog.string_agg(i.inhrelid::pg_catalog.regclass::text, ', ') INTO found"
            " FROM pg_catalog.pg_inherits i\n"
            f"  WHERE i.inhparent = pg_catalog.to_regclass({literal(relation.qualified)})"
            f" AND i.inhrelid <> ALL ({_oids(known)});\n"
            f"  IF found IS NOT NULL THEN {raised(REFUSED, f'pg_catalog.concat({message}, found)', hint)} END IF;\nEND"
        ),
    )


def unfilled(relation: Relation, fresh: Iterable[Column], after: Mapping[int, Relation]) -> Iterator[Action]:
    """Yield the check that tables which were attached since hold nothing in columns that the way back drops.

    Also where no table was attached when the step ran: any table may get children later. One that has such a column of
    its own keeps it.
    """
    stored = [column for column in fresh if not column.generated]
    if relation.kind not in _WITH_CHILDREN or not stored:
        return
    below = _below(relation, after)
    given = ", ".join(f"({literal(column.name)}, {literal(_given(column, below))}::text)" for column in stored)
    message = literal("a table was made since that holds values of the added column ")
    told = f"pg_catalog.concat({message}, other.attname, ': ', other.name)"
    hint = f"keep its values elsewhere, or take it away from {relation.qualified}, and roll back again"
    yield Action(
        Phase.PARENTS_OFF,
        do(
            "DECLARE other record; filled boolean;\nBEGIN\n  FOR other IN WITH RECURSIVE tree(oid) AS (\n"
            f"    SELECT pg_catalog.to_regclass({literal(relation.qualified)})::pg_catalog.oid UNION"
            " SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid)\n"
            "    SELECT tree.oid::pg_catalog.regclass::text AS name, a.attname, v.given FROM tree"
            " JOIN pg_catalog.pg_attribute a ON a.attrelid = tree.oid AND NOT a.attislocal\n"
            f"    JOIN (VALUES {given}) v(attname, given) ON a.attname = v.attname"
            f" WHERE tree.oid <> ALL ({_oids([relation.qualified, *(table.qualified for table in below)])})\n"
            "  LOOP\n    EXECUTE pg_catalog.format('SELECT EXISTS (SELECT FROM ONLY %s t WHERE t.%I::text"
            ' IS DISTINCT FROM %L COLLATE pg_catalog."C")'
            "', other.name, other.attname, other.given) INTO filled;\n"
            f"    IF filled THEN {raised(REFUSED, told, hint)} END IF;\n  END LOOP;\nEND"
        ),
    )


def hung_since(was: Relation, now: Relation, after: Mapping[int, Relation]) -> Iterator[Action]:
    """Yield the checks for a table that belongs to no tree: one may have grown below it since."""
    yield from unfilled(now, columns.added(was, now), after)
    if parts.taken_from_heirs(was, now):
        yield childless(now, after)
    yield from unconverted(was, now, after)


def unconverted(was: Relation, now: Relation, after: Mapping[int, Relation]) -> Iterator[Action]:
    """Yield the check that no table was attached since whose values the way back would convert without a look."""
    if now.kind in _WITH_CHILDREN and columns.retyped(was, now):
        yield childless(now, after)


def _given(column: Column, below: Iterable[Relation]) -> str | None:
    """Return the value, as text, that ADD COLUMN gave to rows that were there."""
    values = (column.missing, *(c.missing for table in below for c in table.columns if c.name == column.name))
    return next((value for value in values if value is not None), None)


def _below(relation: Relation, side: Mapping[int, Relation]) -> list[Relation]:
    found = [relation.oid]
    for oid in found:
        found += [other.oid for other in side.values() if oid in other.parents and other.oid not in found]
    return [side[oid] for oid in found[1:]]


def _oids(names: Iterable[str]) -> str:
    # A query of its own is made once; to_regclass in the list itself is called anew for each row that is compared.
    return (
        "ARRAY(SELECT pg_catalog.to_regclass(known.name)::pg_catalog.oid"
        f" FROM pg_catalog.unnest({literal(list(names))}::pg_catalog.text[]) known(name))"
    )
