"""Proves before COMMIT that the rows which a step wrote can be put back, each in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core import images, whole
from planrun.core.catalog import quoted
from planrun.edges.postgres.proving import OfStep, not_reversible
from planrun.edges.postgres.queries import asks
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Index, Relation
    from planrun.core.undo import Captured, SideColumn, Tracked
    from planrun.edges.postgres.connection import Connection


@frozen
class Restorable(OfStep):
    """Asks the rows of one step."""

    def require(self, table: Captured) -> None:
        """Make sure that these images put the rows of a table back.

        Raises:
            NotReversible: they do not.
        """
        name = f"table {table.before}"
        was = self.found.before.relations[table.oid]
        # A table that is there gets a DELETE, if of no row: that alone is forbidden.
        told = table.lost or identified(was, self.found.after.relations[table.oid])
        if not told and published(self.connection, table):
            reason = "it is published without a replica identity: the way back may not change or delete its rows"
            raise not_reversible(self.step, name, reason)
        if not table.key:
            lossy = [
                column
                for column in table.columns
                if column.retyped and asks(self.connection, whole.lossy(table, column))
            ]
            if lossy:
                what = f"column {table.before}.{quoted(lossy[0].before)}"
                reason = f"values of its new type that {lossy[0].type} cannot hold, in a table without a key"
                raise not_reversible(self.step, what, reason)
            self._require_unreferenced(table)
            return
        retyped_key = any(column.retyped for column in table.key)
        if (table.repeated or retyped_key) and asks(self.connection, images.ambiguous(table)):
            raise not_reversible(self.step, name, "the net effect on a row could not be told from its images")
        if table.inserted and table.deleted and asks(self.connection, _REFERRED_TO_OVER_TIME.format(oid=table.oid)):
            reason = "rows of it came and went, and foreign keys over time refer to it, each to several rows at once"
            raise not_reversible(self.step, name, reason)
        self.require_told_apart(table, f"({images.net(table)})")
        unique = {column for _, columns in other_keys(was, table) for column in columns}
        loose = [c for c in table.lasting if not (c.exact or c.kept) and c in {*table.key, *unique}]
        relabelled = bool(loose) and table.staying and asks(self.connection, images.relabelled(table, loose))
        if relabelled and asks(self.connection, _PASSES_UPDATES_ON.format(oid=table.oid)):
            reason = "values that foreign keys refer to changed while they stayed equal (1.10 and 1.1)"
            raise not_reversible(self.step, name, reason)

    def _require_unreferenced(self, table: Captured) -> None:
        """Refuse rows that would go for others to come in their place, and whose going acts on what refers to them."""
        if not (table.inserted or table.updated):
            return  # no row goes
        for (numbers,) in self.connection.execute(_ACTING.format(oid=table.oid).encode()).fetchall():
            columns = [column for column in table.lasting if column.attnum in numbers]
            known = len(columns) == len(numbers) and not any(column.retyped for column in columns)
            if not known or asks(self.connection, images.replaced(table, columns)):
                reason = "it has no key that tells its rows apart, and foreign keys that act on their own refer to it"
                raise not_reversible(self.step, f"table {table.before}", reason)

    def require_told_apart(self, table: Tracked, rows: str) -> None:
        """Refuse rows that are known by a key which the step dropped, to give it to several of them."""
        was, now = self.found.before.relations[table.oid], self.found.after.relations.get(table.oid)
        if not table.key or now is None or now.key == was.key or not all(column.after for column in table.key):
            return
        if asks(self.connection, f"SELECT EXISTS (SELECT {images.several(table, rows)})"):
            reason = "the key that tells its rows apart was dropped, and several rows have the same one"
            raise not_reversible(self.step, f"table {table.before}", reason)
        if asks(self.connection, images.unknown(table, rows)):
            reason = "the key that tells its rows apart was dropped, and rows have none"
            raise not_reversible(self.step, f"table {table.before}", reason)


_ACTING = (
    "SELECT confkey::int[] FROM pg_catalog.pg_constraint WHERE contype = 'f' AND confrelid = {oid}"
    " AND (confdeltype <> 'a' OR confupdtype <> 'a')"
)
_PUBLISHED = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_publication p, pg_catalog.pg_get_publication_tables(p.pubname) t"
    " WHERE (p.pubupdate OR p.pubdelete) AND (t.relid = {oid} OR t.relid IN"
    " (SELECT a.relid FROM pg_catalog.pg_partition_ancestors({oid}) a)))"
)
_PASSES_UPDATES_ON = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE contype = 'f' AND confrelid = {oid}"
    " AND confupdtype IN ('c', 'n', 'd'))"
)
_REFERRED_TO_OVER_TIME = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.confrelid = {oid}"
    " AND (pg_catalog.to_jsonb(k) ->> 'conperiod')::pg_catalog.bool)"  # from 18 on
)


def published(connection: Connection, table: Captured) -> bool:
    """Whether a publication tells of changed or deleted rows of a table."""
    return asks(connection, _PUBLISHED.format(oid=table.oid))


def identified(was: Relation, now: Relation, away: frozenset[int] = frozenset()) -> bool:
    """Whether the rows of a published table can be told to its subscribers while they are put back.

    What the step made is gone then, and what it dropped is not back yet; `away` are indexes that are gone, too.
    """
    return was.replica_identity == now.replica_identity == "f" or not (_identities(was) & _identities(now) <= away)


def _identities(relation: Relation) -> set[int]:
    by_default = relation.replica_identity == "d"
    return {
        index.oid
        for index in relation.indexes
        # A primary key that is DEFERRABLE identifies nothing.
        if index.immediate and (index.replica_identity or (by_default and index.primary))
    }


def other_keys(relation: Relation, table: Captured) -> Iterator[tuple[Index, tuple[SideColumn, ...]]]:
    """Yield every unique index but the one that the rows are found by, with its columns."""
    by_number = {column.attnum: column for column in table.lasting}
    for index in relation.indexes:
        if index.unique and index.columns != relation.key:
            columns = tuple(by_number[number] for number in index.columns if number in by_number)
            if columns:
                yield index, columns
