"""The undo log of a step, read the other way round, is the undo log of its way back.

What was the row before is then the row after, and a row that was deleted is one that was inserted. So a way back that
puts rows back, and does nothing else, need not store them a second time. What the application wrote since is brought
into the log first: a row that it has to go back to is the one that stood there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.capture import side_column
from planrun.core.catalog import quoted
from planrun.core.images import every, identical, on_key, stored
from planrun.core.undo import Undo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Relation
    from planrun.core.undo import Captured, SideColumn


def possible(undo: Undo) -> bool:
    """Whether a step did nothing but write rows of tables that stayed as they were, each row told by its key."""
    rows_only = replace(undo, captured=(), caveats=(), enums=()) == Undo(objects=())
    return rows_only and bool(undo.captured) and all(_is_lasting(table) for table in undo.captured)


def _is_lasting(table: Captured) -> bool:
    named = [(table.before, table.after), *((column.before, column.after) for column in table.columns)]
    plain = all(column.type_after in {"", column.type} and not column.reset for column in table.columns)
    # What would be computed from values that the application wrote since cannot be brought into the log.
    plain = plain and not table.computed
    return table.netted and plain and not table.reshaped and all(was == now for was, now in named)


def fits(table: Captured, relation: Relation) -> bool:
    """Whether a log still holds every column of its table, under its name and in its type, and tells rows by its key.

    One that the application added would be lost.
    """
    columns = [_identity(side_column(column)) for column in relation.columns if not column.generated]
    key = tuple(column.attnum for column in table.key)
    named = (relation.qualified, relation.key) == (table.before, key)
    return named and columns == [_identity(column) for column in table.columns]


def _identity(column: SideColumn) -> tuple[int | str | bool, ...]:
    return column.attnum, column.before, column.type, column.equals, column.exact, column.held, column.always


def mirrored(undo: Undo) -> Undo:
    """Return the way back of the way back of a step."""
    return replace(undo, captured=tuple(map(_mirrored, undo.captured)), caveats=())


def _mirrored(table: Captured) -> Captured:
    return replace(table, mirrored=not table.mirrored, inserted=table.deleted, deleted=table.inserted)


def caught_up(table: Captured) -> Iterator[str]:
    """Yield the statement that brings the log up to what stands in the table, before its rows are put back.

    A value that the step left alone may be another one by now, before and after; one that the application brought back
    itself will not change. A value that would be in conflict is left as it is.
    """
    before, after = ("a", "b") if table.mirrored else ("b", "a")
    columns = [column for column in table.columns if column not in table.exact_key]
    if not columns:
        return
    assigned = []
    for column in columns:
        was, became, now = _values(column, before, after)
        alone = identical(was, became, column)
        back = identical(now, was, column)
        if not column.kept:
            assigned.append(f"{before}{column.attnum} = CASE WHEN {alone} THEN {now} ELSE {was} END")
            alone = f"{alone} OR {back}"
            assigned.append(f"{after}{column.attnum} = CASE WHEN {alone} THEN {now} ELSE {became} END")
        else:
            assigned += [f"{side}{column.attnum} = {now}" for side in (before, after)]
    same = every(identical(now, became, c) for c in columns for _, became, now in [_values(c, before, after)])
    on = on_key(table, "t", "n.k", after=True)
    yield (
        f"UPDATE {table.side} n SET {', '.join(assigned)}\n"
        f"FROM ONLY {table.after} t WHERE n.op = 'u' AND {on} AND NOT ({same})"
    )


def _values(column: SideColumn, before: str, after: str) -> tuple[str, str, str]:
    """Return a value before the step, after it, and now."""
    now = stored(f"t.{quoted(column.after)}", column)
    return f"n.{before}{column.attnum}", f"n.{after}{column.attnum}", now


def written(table: Captured) -> str:
    """Return the query of how many rows the way back inserts, updates and deletes."""
    inserts, deletes = ("i", "d") if table.mirrored else ("d", "i")
    counts = (f"pg_catalog.count(*) FILTER (WHERE op = '{op}')" for op in (inserts, "u", deletes))
    return f"SELECT {', '.join(counts)} FROM {table.side}"
