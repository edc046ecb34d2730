"""What stands in the database while a step runs, so that what it writes or destroys can come back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core import capture, whole
from planrun.edges.postgres.proving import require_columns, require_computed
from planrun.edges.postgres.queries import prepared
from planrun.frozen import frozen

if TYPE_CHECKING:
    from planrun.core.catalog import Column, Relation
    from planrun.core.undo import Captured, Tracked
    from planrun.edges.postgres.connection import Connection

_OIDS = """
SELECT pg_catalog.to_regclass(n)::pg_catalog.oid::bigint FROM pg_catalog.unnest($1::pg_catalog.text[]) n
"""
_OWN = """
SELECT c.oid::bigint FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'planrun' AND c.relkind = 'r'
"""


def oids(connection: Connection, names: list[str]) -> frozenset[int]:
    """Return the OIDs of tables by their quoted, qualified names; all of them have to be there."""
    return frozenset(oid for (oid,) in prepared(connection, _OIDS, [names])) if names else frozenset()


def own_tables(connection: Connection) -> frozenset[int]:
    """Return the OIDs of all of planrun's own tables: the history and the side tables."""
    return frozenset(oid for (oid,) in connection.execute(_OWN))


@frozen
class Watch:
    """The side tables of a step.

    Attributes:
        token: the word in their names.
        captured: tables whose writes triggers catch.
        saved: tables that lose columns, whose values are copied when the step begins.
        compared: tables of which all rows are copied when it begins.
        exclusive: of those last the ones that the step alters, by OID.
        anew: generated columns that the way back computes anew in all rows, with their tables.
        step: what the step is called in messages.
    """

    token: str = ""
    captured: tuple[Captured, ...] = ()
    saved: tuple[Tracked, ...] = ()
    compared: tuple[Captured, ...] = ()
    exclusive: frozenset[int] = frozenset()
    anew: tuple[tuple[Relation, Column], ...] = ()
    step: str = ""

    def stands_for(self, other: Watch) -> bool:
        """Whether it catches the same columns of the same tables."""
        same = [(table.oid, column.attnum, column.body) for table, column in self.anew]
        others = [(table.oid, column.attnum, column.body) for table, column in other.anew]
        return replace(self, exclusive=other.exclusive, anew=other.anew, step=other.step) == other and same == others

    @property
    def _sides(self) -> list[str]:
        """The tables that stand while the step runs."""
        kept = [table.side for table in (*self.captured, *self.saved)]
        return kept + [whole.copy_name(table) for table in self.compared]

    def create(self, connection: Connection, token: str, *, by_number: bool) -> None:
        """Create side tables, functions and triggers.

        Raises:
            NotReversible: a table has no column.
        """
        for table in self.captured:
            require_columns(self.step, table)
        statements = [
            *(sql for table in self.captured for sql in capture.create(table, token, by_number=by_number)),
            *(capture.create_saved(kept) for kept in self.saved),
            *(whole.create_copy(table) for table in self.compared),
        ]
        # In one message: there are many of them, each shorter than its way to the server and back.
        if statements:
            connection.execute(";\n".join(statements).encode())

    def drops(self, *, keep_sides: bool) -> list[str]:
        """Return the statements that drop triggers and functions, and the side tables too unless they are kept."""
        sides = [] if keep_sides else self._sides
        return [*capture.drop(self.captured), *(f"DROP TABLE IF EXISTS {name}" for name in sides)]

    def save(self, connection: Connection) -> None:
        """Lock the tables as the step will, and copy what it destroys: nobody writes in between.

        Raises:
            NotReversible: values that are to be computed anew would be others.
        """
        fillings = {table.oid: (table, capture.fill_saved(table)) for table in self.saved}
        fillings |= {table.oid: (table, whole.fill_copy(table)) for table in self.compared}
        shared = {table.oid for table in self.compared} - self.exclusive
        for oid, (table, filling) in sorted(fillings.items()):
            mode = "SHARE ROW EXCLUSIVE" if oid in shared else "ACCESS EXCLUSIVE"
            connection.execute(f"LOCK TABLE ONLY {table.before} IN {mode} MODE".encode())
            connection.execute(filling.encode())
        for relation, column in self.anew:
            connection.execute(f"LOCK TABLE ONLY {relation.qualified} IN ACCESS EXCLUSIVE MODE".encode())
            require_computed(self.step, connection, relation, column)

    def side_oids(self, connection: Connection) -> frozenset[int]:
        """Return the OIDs of the side tables."""
        return oids(connection, self._sides)
