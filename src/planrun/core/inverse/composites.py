"""Composite types that a step created, dropped or altered; owner, privileges and comment are their row type's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.inverse import belongings, moves
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal
from planrun.core.inverse.columns import definition
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Catalog, Column, Relation, Type


def undo(before: Catalog, after: Catalog) -> Iterator[Finding]:
    """Yield what takes the composite types of `after` back to those of `before`."""
    for oid, relation in sorted(_composite(after).items(), reverse=True):
        if oid not in before.relations:
            yield Action(Phase.TYPES_OFF, f"DROP TYPE {relation.qualified}", ("pg_class", oid, 0))
    row_types = {type_.relation: type_ for type_ in before.types.values() if type_.kind == "c"}
    for oid, was in sorted(_composite(before).items()):
        now = after.relations.get(oid)
        if now is None:
            yield from _again(was, row_types.get(oid))
        elif was != now:
            yield from _altered(was, now)
            yield from _typed(was, now, after)


def moved(before: Catalog, after: Catalog) -> Iterator[moves.Move]:
    """Yield the composite types that get another name or schema back."""
    for oid, was in _composite(before).items():
        now = after.relations.get(oid)
        if now is not None and (was.schema, was.name) != (now.schema, now.name):
            yield moves.Move("TYPE", (was.schema, was.name), (now.schema, now.name), f"planrun_{oid}")


def _composite(catalog: Catalog) -> dict[int, Relation]:
    return {oid: relation for oid, relation in catalog.relations.items() if relation.kind == "c"}


def _again(was: Relation, row_type: Type | None) -> Iterator[Finding]:
    if row_type is None:
        yield Refusal(f"type {was.qualified}", "it was dropped")
        return
    attributes = ", ".join(definition(column, with_default=False) for column in was.columns)
    yield Action(Phase.TYPES_ON, f"CREATE TYPE {was.qualified} AS ({attributes})")
    yield from belongings.again(f"TYPE {was.qualified}", was.qualified, belongings.TYPE, row_type)
    for column in was.columns:
        yield from _comment(was, column, None)


def _altered(was: Relation, now: Relation) -> Iterator[Finding]:
    for column in now.columns:
        if was.column(column.attnum) is None:
            alter = f"ALTER TYPE {now.qualified} DROP ATTRIBUTE {quoted(column.name)}"
            yield Action(Phase.COLUMNS_OFF, alter, ("pg_class", now.oid, column.attnum))
    last = max((column.attnum for column in was.columns if now.column(column.attnum)), default=0)
    alter = f"ALTER TYPE {was.qualified}"
    for column in was.columns:
        current = now.column(column.attnum)
        if current is None:
            if column.attnum < last:
                reason = f"attribute {column.name} was dropped, and would come back as the last one"
                yield Refusal(f"type {was.qualified}", reason)
            yield Action(Phase.TYPES_ON, f"{alter} ADD ATTRIBUTE {definition(column, with_default=False)}")
        else:
            if column.name != current.name:
                yield from _name_back(was, now, column, current)
            if column.typed != current.typed:
                change = f"{alter} ALTER ATTRIBUTE {quoted(column.name)} SET DATA TYPE {column.typed}"
                yield Action(Phase.TYPES_ON, change)
        yield from _comment(was, column, current)


def _typed(was: Relation, now: Relation, after: Catalog) -> Iterator[Finding]:
    """Yield a refusal where attributes come back that tables of the type would have to follow."""
    if was.shape == now.shape:
        return
    for table in after.relations.values():
        if table.of_relation == was.oid:
            reason = f"its attributes were changed, and {table.qualified} is a table of it"
            yield Refusal(f"type {was.qualified}", reason)


def _name_back(was: Relation, now: Relation, column: Column, current: Column) -> Iterator[Finding]:
    if any(other.name == column.name for other in now.columns if was.column(other.attnum) is not None):
        yield Refusal(f"type {was.qualified}", "names of attributes were swapped")
    rename = f"ALTER TYPE {was.qualified} RENAME ATTRIBUTE {quoted(current.name)} TO {quoted(column.name)}"
    yield Action(Phase.COLUMN_NAMES_BACK, rename)


def _comment(was: Relation, column: Column, now: Column | None) -> Iterator[Finding]:
    if column.comment != (now.comment if now is not None else None):
        place = f"{was.qualified}.{quoted(column.name)}"
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON COLUMN {place} IS {literal(column.comment)}")


def without(catalog: Catalog) -> Catalog:
    """Return a catalog without composite types, for the rules about all other relations."""
    relations = {oid: relation for oid, relation in catalog.relations.items() if relation.kind != "c"}
    return replace(catalog, relations=relations)
