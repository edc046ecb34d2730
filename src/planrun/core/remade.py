"""What a way back made again: a table has another OID since, and a column another number.

Steps that are still in effect, or that go back later, were recorded before that. Whoever reads their records reads them
through what was made again since, so that the table and the foreign keys of now are recognized in them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from planrun.core.conflicts import RUN
from planrun.core.inverse import columns
from planrun.core.quoting import literal
from planrun.core.undo import Named, Remade, Tracked
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from planrun.core.catalog import Catalog
    from planrun.core.foreign_keys import ForeignKey
    from planrun.core.undo import Undo

TrackedT = TypeVar("TrackedT", bound=Tracked)
NumberedT = TypeVar("NumberedT", Named, Remade)


@frozen
class Moved:
    """A table as a way back found and left it.

    Attributes:
        run: the way back.
        was: the OID of the table in the records of before.
        now: its OID since; the same where only columns were made again.
        columns: the numbers of the columns that were made again, since, by those of before.
    """

    run: int
    was: int
    now: int
    columns: Mapping[int, int]


def remade(before: Catalog, after: Catalog) -> Iterator[Remade]:
    """Yield what the way back of a step has to make again: tables and columns that the step dropped."""
    for oid, was in before.relations.items():
        if was.kind not in {"r", "p"}:
            continue
        now = after.relations.get(oid)
        gone = was.columns if now is None else columns.dropped(was, now)
        if gone or now is None:
            yield Remade(oid, was.qualified, tuple((c.attnum, c.name) for c in gone), whole=now is None)


def noted(items: Iterable[Remade]) -> Iterator[str]:
    """Yield the statements that write down what stands for tables and columns that are there again."""
    for item in items:
        yield (
            "INSERT INTO planrun.remade (run_id, was, now, columns)\n"
            f"SELECT {RUN}, {item.oid}, r.oid, {_numbers(item)}"
            f" FROM (SELECT pg_catalog.to_regclass({literal(item.name)})::pg_catalog.oid) r(oid)"
        )


def _numbers(item: Remade) -> str:
    """Return the expression of the numbers of now of the columns of a table `r`, by those of before, as jsonb."""
    if not item.columns:
        return "'{}'"
    values = ", ".join(f"({number}, {literal(name)})" for number, name in item.columns)
    return (
        f"(SELECT pg_catalog.jsonb_object_agg(v.attnum, a.attnum) FROM (VALUES {values}) v(attnum, name)"
        " JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attname = v.name)"
    )


def standing_for(oid: int) -> str:
    """Return the query of the OIDs of a table: that of now, and those that it had before it was made again."""
    return (
        f"WITH RECURSIVE stands (oid) AS (SELECT {oid}::pg_catalog.oid"
        " UNION SELECT m.now FROM planrun.remade m JOIN stands s ON m.was = s.oid) SELECT oid FROM stands"
    )


def recognized(undo: Undo, moved: Sequence[Moved]) -> Undo:
    """Return what a step left with the tables and columns of now.

    Side tables keep their names, and in them the columns theirs.

    Args:
        undo: as it was recorded.
        moved: what was made again since, oldest first.
    """
    if not moved:
        return undo
    sight = _Sight(moved)
    return replace(
        undo,
        captured=tuple(sight.tracked(table) for table in undo.captured),
        saved=tuple(sight.tracked(table) for table in undo.saved),
        added=tuple(sight.tracked(table) for table in undo.added),
        created=tuple(replace(table, oid=sight.table(table.oid)) for table in undo.created),
        copy=undo.copy
        and replace(
            undo.copy,
            source=sight.table(undo.copy.source),
            columns=tuple(sight.column(undo.copy.source, number) for number in undo.copy.columns),
        ),
        objects=undo.objects
        and tuple(
            replace(item, oid=sight.table(item.oid)) if item.catalog == "pg_class" else item for item in undo.objects
        ),
        foreign_keys=tuple(sight.foreign_key(key) for key in undo.foreign_keys),
        keys_made=tuple(sight.foreign_key(key) for key in undo.keys_made),
        renamed=tuple(replace(table, oid=sight.table(table.oid)) for table in undo.renamed),
        remade=tuple(sight.numbered(table) for table in undo.remade),
        computed_from=tuple(sight.table(oid) for oid in undo.computed_from),
        named=tuple(sight.numbered(table) for table in undo.named),
    )


class _Sight:
    """Looks from a record at the tables of now."""

    def __init__(self, moved: Sequence[Moved]) -> None:
        self._moved = moved

    def table(self, oid: int) -> int:
        return self._place(oid, 0)[0]

    def column(self, oid: int, number: int) -> int:
        return self._place(oid, number)[1]

    def tracked(self, table: TrackedT) -> TrackedT:
        key, others = (
            tuple(replace(column, number=self.column(table.oid, column.attnum)) for column in part)
            for part in (table.key, table.columns)
        )
        return replace(table, oid=self.table(table.oid), key=key, columns=others)

    def numbered(self, table: NumberedT) -> NumberedT:
        columns = tuple((self.column(table.oid, number), name) for number, name in table.columns)
        return replace(table, oid=self.table(table.oid), columns=columns)

    def foreign_key(self, key: ForeignKey) -> ForeignKey:
        return replace(
            key,
            child=self.table(key.child),
            parent=self.table(key.parent),
            pairs=tuple((name, self.column(key.parent, number), by) for name, number, by in key.pairs),
            child_attnums=tuple(self.column(key.child, number) for number in key.child_attnums),
        )

    def _place(self, oid: int, number: int) -> tuple[int, int]:
        last = (0, 0)
        for move in self._moved:
            if (move.run, move.was) == last and number < 0:
                # It came later in the same way back, which was planned before its table was there again.
                number = move.columns.get(-number, number)
            elif move.was == oid:
                last = (move.run, oid)
                # A column that its table did not have when it was made again must not be taken for another one.
                lost = number if move.now == oid else -abs(number)
                oid, number = move.now, move.columns.get(number, lost)
        return oid, number
