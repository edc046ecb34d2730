"""Tables that a step dropped: made again with all that they were; their rows are put back by others."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from planrun.core.catalog import Relation, quoted
from planrun.core.inverse import grants, properties
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal
from planrun.core.inverse.columns import definition
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def again(gone: Iterable[Relation]) -> Iterator[Finding]:
    """Yield what creates tables again, one whose row type is the type of a column before the table of that column."""
    tables = {table.oid: table for table in gone}
    uses = {
        oid: {c.row_type_of for c in table.columns if c.row_type_of in tables and c.row_type_of != oid}
        for oid, table in sorted(tables.items())
    }
    for oid in TopologicalSorter(uses).static_order():
        yield from _create(tables[oid or 0])


def hindered(relation: Relation) -> Iterator[Refusal]:
    """Yield why the role of the run could not make a dropped relation again just as it was."""
    what = properties.called(relation)
    if relation.extension:
        yield Refusal(what, f"it was dropped, and belonged to the extension {relation.extension}")
    if relation.row_type:
        yield Refusal(what, "it was dropped, and the type of its rows had privileges or a comment of its own")
    for hindrance in (relation.hindrance, relation.owner_hindrance):
        if hindrance:
            yield Refusal(what, f"it was dropped, and the role of the run {hindrance}")


def _create(table: Relation) -> Iterator[Finding]:
    yield from hindered(table)
    yield Action(Phase.TABLES_ON, _statement(table))
    yield Action(Phase.TABLES_ON, f"ALTER TABLE {table.qualified} OWNER TO {quoted(table.owner)}")
    # First, since it takes the privileges on columns with it.
    yield from grants.anew(f"TABLE {table.qualified}", table.qualified, table.owner, table.acl)
    yield from properties.undo(table, properties.bare(table))


def _statement(table: Relation) -> str:
    unlogged = "UNLOGGED " if table.persistence == "u" else ""
    columns = ", ".join(definition(column, with_default=False) for column in table.columns)
    return " ".join([f"CREATE {unlogged}TABLE {table.qualified} ({columns})", *clauses(table)])


def clauses(table: Relation) -> Iterator[str]:
    """Yield how and where the rows of a table or materialized view are stored, as CREATE says it."""
    if table.partition_key:
        yield f"PARTITION BY {table.partition_key}"
    if table.access_method_name:
        yield f"USING {quoted(table.access_method_name)}"
    if options := (*(table.options or ()), *properties.toast(table)):
        split = (option.partition("=") for option in options)
        yield f"WITH ({', '.join(f'{name} = {literal(value)}' for name, _, value in split)})"
    if table.tablespace:
        yield f"TABLESPACE {quoted(table.tablespace_name)}"
