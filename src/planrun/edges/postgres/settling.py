"""Turns what triggers and copies stored of tables into the images of what the step did to their rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from planrun.core import capture, images, net_effect, whole
from planrun.core.catalog import quoted
from planrun.core.inverse.columns import retyped
from planrun.core.undo import LOOKUP, Captured, Tracked
from planrun.edges.postgres.proving import OfStep, not_reversible, require_columns
from planrun.edges.postgres.queries import asks
from planrun.edges.postgres.unit import answered
from planrun.frozen import frozen

if TYPE_CHECKING:
    from planrun.core.catalog import Column, Relation
    from planrun.core.undo import SideColumn
    from planrun.edges.postgres.connection import Connection

_T = TypeVar("_T", Captured, Tracked)


@frozen
class Settling(OfStep):
    """Makes the images of one step."""

    def captured(self, table: Captured) -> Captured | None:
        """Describe what triggers caught; None when it was nothing."""
        inserted, before, _, deleted = self.found.images[table.oid]
        if not (inserted or before or deleted):
            self.connection.execute(f"DROP TABLE {table.side}".encode())
            return None
        after = self.found.after.relations[table.oid]
        counted = replace(renamed(table, after), inserted=inserted, updated=before, deleted=deleted, last=_last(after))
        repeated = bool(table.key) and asks(self.connection, net_effect.has_repeats(counted))
        settled = replace(counted, repeated=repeated)
        if settled.netted:
            settled = self._netted(settled)
        return self._with_identities(settled)

    def _netted(self, table: Captured) -> Captured:
        """Turn what triggers stored into the net effect, and mark the columns that it left as they were."""
        if table.repeated:
            self.connection.execute(net_effect.changeable(table).encode())
            self.connection.execute(net_effect.telescoped(table).encode())
        if not table.staying:
            return table
        row = self.connection.execute(net_effect.effects(table).encode()).fetchone()
        unchanged, moved, came, went, kept = row or (0, 0, 0, 0, [])
        if unchanged or moved:
            parted = net_effect.parted(table) if moved else ()
            for sql in (net_effect.changeable(table), *parted, net_effect.without_effect(table)):
                self.connection.execute(sql.encode())
        compared = (column.attnum for column in table.columns if column not in table.exact_key)
        same = {number for number, all_alike in zip(compared, kept, strict=True) if all_alike}
        same |= {column.attnum for column in table.exact_key}
        return replace(
            table,
            key=tuple(replace(column, kept=column.attnum in same) for column in table.key),
            columns=tuple(replace(column, kept=column.attnum in same) for column in table.columns),
            inserted=max(table.inserted, came),
            deleted=max(table.deleted, went),
            only_updated=not (came or went),
            moved=bool(moved),
        )

    def compared(self, table: Captured) -> Captured | None:
        """Turn the copy of a whole table into the images of what differs; None when nothing does."""
        settled = self._settled(table)
        if not settled.lost and not settled.columns:
            if asks(self.connection, whole.any_row(settled)):
                require_columns(self.step, settled)
            self.connection.execute(f"DROP TABLE {whole.copy_name(settled)}".encode())
            return None
        for sql in whole.keep_difference(settled):
            self.connection.execute(sql.encode())
        _, before, after, _ = self.connection.execute(capture.counted(settled)).fetchone() or (0, 0, 0, 0)
        if not (before or after or settled.reshaped or settled.lost):
            self.connection.execute(f"DROP TABLE {settled.side}".encode())
            return None
        changed = min(before, after)
        moved = self._may_have_moved(table, before=before, after=after)
        return self._with_identities(
            replace(settled, inserted=after - changed, updated=changed, deleted=before - changed, moved=moved)
        )

    def _may_have_moved(self, table: Captured, *, before: int, after: int) -> bool:
        """Whether rows may have got other keys, or come from another partition: that counts as deleted and inserted."""
        rows, was = self.found.rows, self.found.before.relations
        inserted, updated, _ = rows.get(table.oid, (0, 0, 0))
        if table.key and before and after and updated:
            return True
        partitions = [oid for oid in rows if oid in was and was[oid].partition_bound is not None]
        return table.oid in partitions and inserted > 0 and any(rows[oid][2] for oid in partitions)

    def _with_identities(self, table: Captured) -> Captured:
        """Mark the columns GENERATED ALWAYS AS IDENTITY that were given other values: an UPDATE has to set them."""
        always = [column for column in table.lasting if column.always and column not in table.key]
        if not (always and table.key and table.staying):
            return table
        changed = {c.attnum for c in always if not c.kept and asks(self.connection, images.differing(table, [c]))}
        return replace(table, columns=tuple(replace(c, reset=c.attnum in changed) for c in table.columns))

    def _settled(self, table: Captured) -> Captured:
        after = self.found.after.relations.get(table.oid)
        if after is None:
            return whole.settled(table, None, {})
        before = self.found.before.relations[table.oid]
        # A key that lost a column tells no row apart; then rows are told by all of their values.
        key = table.key if all(after.column(column.attnum) for column in table.key) else ()
        named = replace(table, after=after.qualified, last=_last(after), key=key)
        columns = {column.attnum: column for column in table.columns}
        casts = {
            was.attnum: self._cast(named, columns[was.attnum], was, now)
            for was, now in retyped(before, after)
            if was.attnum in columns
        }
        return whole.settled(named, after, casts)

    def _cast(self, table: Captured, column: SideColumn, was: Column, now: Column) -> str:
        """Return what the values of a retyped column pass through on their way back.

        Raises:
            NotReversible: some value does not find back at all.
        """
        # The old type may have another name now, or be gone.
        (known,) = self.connection.execute(_TYPE_NOW, was.type_id.split()).fetchone() or (None,)
        for cast in whole.CASTS[column.held :] if known or not column.held else ():
            fresh = replace(column, after=now.name, now_type=capture.side_column(now).type, cast=cast)
            named = replace(fresh, type=known) if column.held else fresh
            there_and_back = succeeds(self.connection, whole.castable(table, named))
            if there_and_back and not (column.held and asks(self.connection, whole.respelled(table, named))):
                return cast
        if table.key and column not in table.key:
            return LOOKUP
        raise not_reversible(
            self.step,
            f"column {table.before}.{quoted(column.before)}",
            f"its values of type {now.type} cannot be cast back to {column.type} as they are,"
            " and no key tells the rows",
        )


_TYPE_NOW = "SELECT pg_catalog.format_type(oid, $2) FROM pg_catalog.pg_type WHERE oid = $1"


def succeeds(connection: Connection, statements: str) -> bool:
    """Whether statements go through with the types and values that there are."""

    def sent() -> bool:
        connection.execute(statements.encode())
        return True

    return answered(connection, sent, otherwise=False)


def renamed(table: _T, after: Relation) -> _T:
    """Return a table's description with the names that it and its columns have after the step."""

    def now(column: SideColumn) -> SideColumn:
        found = after.column(column.attnum)
        return (
            column if found is None else replace(column, after=found.name, type_after=capture.side_column(found).type)
        )

    return replace(
        table,
        after=after.qualified,
        key=tuple(now(column) for column in table.key),
        columns=tuple(now(column) for column in table.columns),
    )


def _last(relation: Relation) -> int:
    return max((column.attnum for column in relation.columns), default=0)
