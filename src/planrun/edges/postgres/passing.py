"""Finds the indexes and constraints that have to be away while the rows of a step are put back one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core import colliding, images
from planrun.edges.postgres.proving import OfStep, not_reversible
from planrun.edges.postgres.queries import asks
from planrun.edges.postgres.restorable import identified, other_keys, published
from planrun.edges.postgres.unit import answered
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Constraint, Index, Relation
    from planrun.core.undo import Captured


@frozen
class Passing(OfStep):
    """Finds what stands in the way of the rows of one step."""

    def parts(self, table: Captured) -> tuple[Index | Constraint, ...]:
        """Return what of a table has to be away while its rows are put back.

        Raises:
            NotReversible: an index of it cannot go, since foreign keys or subscribers need it.
        """
        return (*self._passed_on(table), *self._unvalidated(table))

    def _passed_on(self, table: Captured) -> tuple[Index, ...]:
        """Return the indexes in which values went from one row to another."""
        after = self.found.after.relations.get(table.oid)
        # Two rows are needed to pass something on.
        if not table.key or table.staying <= 1 or after is None:
            return ()
        before = self.found.before.relations[table.oid]
        kept = {index.oid for index in after.indexes if index.immediate}
        peculiar = {index.oid: index for index in _peculiar(before) if index.oid in kept}
        passing = []
        for index, columns in other_keys(before, table):
            if index.oid in kept - peculiar.keys():
                given = not all(column.kept for column in columns)
                if given and asks(self.connection, images.crossing(table, columns)):
                    passing.append(index)
        if peculiar:
            passing += [peculiar[oid] for oid in self._colliding(table, after, [*peculiar])]
        for index in passing:
            self._require_droppable(table, index)
        self._require_identified_without(table, passing)
        return tuple(passing)

    def _colliding(self, table: Captured, after: Relation, oids: list[int]) -> Iterator[int]:
        """Yield those of these indexes in which rows may collide while they are put back one by one."""
        generated = [column for column in after.columns if column.generated]
        for row in self.connection.execute(colliding.INDEXES, [oids]).fetchall():
            index = colliding.Compared.of(row)
            query = colliding.changing if index.pairs_all(table) else colliding.colliding
            if index.may_differ(table) and self._may(query(table, index, generated)):
                yield index.oid

    def _may(self, query: str) -> bool:
        """Ask what cannot always be answered: then it may be so."""
        return answered(self.connection, lambda: asks(self.connection, query), otherwise=True)

    def _require_droppable(self, table: Captured, index: Index) -> None:
        if index.parent:
            reason = f"rows passed values of index {index.name} to one another, which is part of a partitioned one"
            raise not_reversible(self.step, f"table {table.before}", reason)
        if asks(self.connection, _NEEDED.format(oid=index.oid)):
            names = ", ".join(column.before for column in table.columns if column.attnum in index.columns)
            reason = f"rows passed values of ({names}) to one another, which foreign keys refer to"
            raise not_reversible(self.step, f"table {table.before}", reason)

    def _require_identified_without(self, table: Captured, passing: list[Index]) -> None:
        """Refuse to put what identifies the rows of a published table aside."""
        was, now = self.found.before.relations[table.oid], self.found.after.relations[table.oid]
        away = frozenset(index.oid for index in passing)
        if away and not identified(was, now, away) and published(self.connection, table):
            reason = "rows passed values of the replica identity by which it is published to one another"
            raise not_reversible(self.step, f"table {table.before}", reason)

    def _unvalidated(self, table: Captured) -> tuple[Constraint, ...]:
        """Return the constraints that hold for new rows only: those that come back may violate them."""
        after = self.found.after.relations.get(table.oid)
        if after is None or not (table.updated or table.deleted or not table.key):
            return ()
        kept = {constraint.oid for constraint in after.constraints}
        before = self.found.before.relations[table.oid].constraints
        return tuple(c for c in before if not (c.validated or c.inherited or c.parent) and c.oid in kept)


_NEEDED = "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE contype = 'f' AND conindid = {oid})"


def _peculiar(relation: Relation) -> Iterator[Index]:
    """Yield every index that lets no two rows have the like and compares more than columns as they were stored."""
    constraints = {part.oid: part for part in relation.constraints}
    generated = {column.attnum for column in relation.columns if column.generated}
    for index in relation.indexes:
        part = constraints.get(index.constraint or 0)
        excludes = part is not None and (part.type == "x" or part.period)
        unlike = index.partial or index.expressions or bool(generated & {*index.columns})
        if excludes or (index.unique and (unlike or "NULLS NOT DISTINCT" in index.definition)):
            yield index
