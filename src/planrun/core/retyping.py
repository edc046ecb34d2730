"""Gives columns the type back that they had: by a cast, or, where that finds no way, by the values of before.

A column of a partitioned table is given its type at the root, for all partitions by one cast.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core import capture, images, whole
from planrun.core.catalog import quoted
from planrun.core.inverse.actions import Action, Phase, Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from planrun.core.catalog import Column, Relation
    from planrun.core.inverse.derive import Inverse
    from planrun.core.undo import Captured, SideColumn


def statements(inverse: Inverse, compared: Collection[Captured]) -> Iterator[Action | Refusal]:
    """Yield the statements; names are those of before the step by then.

    Args:
        inverse: of the step.
        compared: the tables whose values of before and after are known.
    """
    tables = {table.oid: table for table in compared}
    parents = {was.oid: was.parents for was, _, _ in inverse.retyped}
    for was, _, pairs in inverse.retyped:
        if was.partition_bound is not None:
            continue
        below = [table for table in compared if was.oid in _above(table.oid, parents)]
        for before, now in pairs:
            alter = f"ALTER TABLE {was.qualified} ALTER COLUMN {quoted(before.name)} TYPE {_type(before)}"
            if before.generated:
                yield Action(Phase.RETYPED, alter)  # its values are computed anew
            elif was.kind == "p":
                yield _at_the_root(was, before, now, below, alter)
            else:
                yield from _of_one(tables[was.oid], before, alter)


def _type(column: Column) -> str:
    return capture.side_column(column).type


def _above(oid: int, parents: Mapping[int, tuple[int, ...]]) -> Iterator[int]:
    for parent in parents.get(oid, ()):
        yield parent
        yield from _above(parent, parents)


def _of_one(table: Captured, before: Column, alter: str) -> Iterator[Action]:
    column = next(column for column in table.columns if column.attnum == before.attnum)
    if column.looked_up:
        yield from _looked_up(table, column, alter)
    else:
        yield Action(Phase.RETYPED, f"{alter} USING {images.back(quoted(before.name), column)}")


def _at_the_root(was: Relation, before: Column, now: Column, below: list[Captured], alter: str) -> Action | Refusal:
    columns = [column for table in below for column in table.columns if column.before == before.name]
    casts = {column.cast for column in columns} or {whole.CASTS[-1]}
    if len(casts) > 1 or any(column.looked_up for column in columns):
        reason = f"its values of type {now.type} are not cast to {before.type} in all partitions in one way"
        return Refusal(f"column {was.qualified}.{quoted(before.name)}", reason)
    column = replace(capture.side_column(before), now_type=_type(now), cast=casts.pop())
    return Action(Phase.RETYPED, f"{alter} USING {images.back(quoted(before.name), column)}")


def _looked_up(table: Captured, column: SideColumn, alter: str) -> Iterator[Action]:
    for sql in whole.lookup(table, column):
        yield Action(Phase.RETYPED, sql)
    name = whole.lookup_name(table, column)
    value = f"{quoted(column.before)}::text" if column.now_held else quoted(column.before)
    arguments = ", ".join([value, *(quoted(key.before) for key in table.key)])
    yield Action(Phase.RETYPED, f"{alter} USING {name}({arguments})")
    yield Action(Phase.RETYPED, f"DROP FUNCTION {name}")
    yield Action(Phase.RETYPED, f"DROP INDEX {name}")
