"""Looks before COMMIT whether the rows of before may come back under the rules that stand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg

from planrun.core import accepting
from planrun.core.calling import TO_USERS
from planrun.core.catalog import quoted
from planrun.core.images import net
from planrun.core.inverse.actions import Action, Phase
from planrun.edges.postgres import describe
from planrun.edges.postgres.queries import asks
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.accepting import DomainCheck, Doubt
    from planrun.core.accounting import Evidence
    from planrun.core.catalog import Type
    from planrun.core.undo import Captured, Tracked
    from planrun.edges.postgres.connection import Connection


@frozen
class Acceptance:
    """What of the rules that stand after a step is at odds with what was before.

    Attributes:
        connection: in the transaction of the step.
        found: what was read of it.
        captured: the tables whose rows come back.
        saved: those that get dropped columns back.
        waiting: the constraints of tables that are put aside.
        domains: the checks of the domains in them.
    """

    connection: Connection
    found: Evidence
    captured: tuple[Captured, ...]
    saved: tuple[Tracked, ...]
    waiting: frozenset[int]
    domains: tuple[DomainCheck, ...]

    @classmethod
    def read(
        cls,
        connection: Connection,
        found: Evidence,
        tables: tuple[Captured, ...],
        saved: tuple[Tracked, ...],
        waiting: frozenset[int],
    ) -> Acceptance:
        """Read what it takes; nothing where only built-in types are."""
        captured = tuple(table for table in tables if table.updated or table.deleted or table.lost)
        held = {
            accepting.roots_of(found.before.relations[table.oid].columns)[column.attnum]
            for table in (*captured, *saved)
            for column in table.columns
            if column.held
        }
        rows = connection.execute(accepting.DOMAINS, [sorted(held)]).fetchall() if held else ()
        return cls(connection, found, captured, saved, waiting, tuple(accepting.DomainCheck(*row) for row in rows))

    def domains_aside(self) -> tuple[Type, ...]:
        """Return the domains, as they are after the step, with the checks only that are put aside around the rows."""
        waiting = {check.oid for check in self._waiting()}
        described = describe.types(self.connection, {check.domain for check in self._waiting()})
        return tuple(
            replace(type_, constraints=tuple(part for part in type_.constraints if part.oid in waiting))
            for type_ in described.values()
        )

    @property
    def calls(self) -> bool:
        """Whether what checks or computes the rows that come back may call functions of the users."""
        relations = [self.found.before.relations[table.oid] for table in (*self.captured, *self.saved)]
        checks = [not part.settled for table in relations for part in table.constraints if part.type == "c"]
        generated = [not column.certain for table in relations for column in table.columns if column.generated]
        return any((*checks, *generated)) or not all(check.settled for check in self.domains)

    def _waiting(self) -> Iterator[DomainCheck]:
        before = self.found.before.types
        for check in self.domains:
            known = {part.oid: part for part in before[check.domain].constraints} if check.domain in before else None
            # What the step made of NOT VALID goes before the rows anyway.
            if check.waits and (known is None or check.oid in known):
                yield check

    def refusal(self) -> tuple[str, str] | None:
        """Return an object that would not accept what was, and how, or None."""
        for doubt in self._doubts():
            if self._may(doubt.query):
                return doubt.what, doubt.reason
        orphans = [*self._foreign_keys()]
        if orphans:
            queries = ", ".join(f"({doubt.query})" for doubt in orphans)
            (answers,) = self.connection.execute(f"SELECT ARRAY[{queries}]".encode()).fetchone() or ([],)
            for doubt, orphaned in zip(orphans, answers, strict=True):
                if orphaned:
                    return doubt.what, doubt.reason
        return None

    def _doubts(self) -> Iterator[Doubt]:
        if self.found.before.functions != self.found.after.functions:
            return  # the rows come back under the functions of before
        standing = [*self._standing()]
        aside = {check.oid for check in self._waiting()}
        for table in self.captured:
            if not table.lost:
                now = self.found.after.relations[table.oid]
                yield from accepting.checks(table, now, self.waiting | self._made(table))
        for table in self.captured:
            # A key is compared with what is there while the checks still stand.
            keys = {f"n.k{column.attnum}": column for column in table.key if column.held}
            values = {f"n.b{column.attnum}": column for column in table.columns if column.held}
            source = f"(SELECT * FROM ({net(table)}) n WHERE n.op IN ('u', 'd')) n"
            roots = accepting.roots_of(self.found.before.relations[table.oid].columns)
            waiting = (check for check in self.domains if check.oid in aside)
            yield from accepting.domain_checks(table, source, values, roots, standing)
            yield from accepting.domain_checks(table, source, keys, roots, waiting)
        for saved in self.saved:
            values = {f"n.c{column.attnum}": column for column in saved.columns if column.held}
            roots = accepting.roots_of(self.found.before.relations[saved.oid].columns)
            yield from accepting.domain_checks(saved, f"{saved.side} n", values, roots, standing)

    def _standing(self) -> Iterator[DomainCheck]:
        """Yield the checks that stand while the rows come back, and may have changed their mind."""
        aside = {check.oid for check in self._waiting()}
        before = self.found.before.types
        for check in self.domains:
            made = check.domain in before and check.oid not in {part.oid for part in before[check.domain].constraints}
            if not (check.settled or made or check.oid in aside):
                yield check

    def _made(self, table: Captured) -> frozenset[int]:
        """Return the constraints that the step made, or made valid: they are gone when the rows come."""
        before = {part.oid: part for part in self.found.before.relations[table.oid].constraints}
        now = self.found.after.relations[table.oid].constraints
        return frozenset(part.oid for part in now if part.oid not in before or before[part.oid].body != part.body)

    def _foreign_keys(self) -> Iterator[Doubt]:
        parents: dict[int, tuple[Captured, ...]] = {}
        for table in self.captured:
            if not table.lost:
                for oid in (table.oid, *self._ancestors(table.oid)):
                    parents[oid] = (*parents.get(oid, ()), table)
        for table in self.captured:
            if not table.lost:
                now = self.found.after.relations[table.oid]
                made = self._made(table)
                rest = tuple(part for part in now.constraints if part.oid not in made)
                yield from accepting.foreign_keys(table, replace(now, constraints=rest), parents, self.waiting)

    def _ancestors(self, oid: int) -> Iterator[int]:
        relation = self.found.before.relations.get(oid)
        # Of a table that others inherit from a foreign key knows the rows of its own only.
        for parent in relation.parents if relation and relation.partition_bound else ():
            yield parent
            yield from self._ancestors(parent)

    def _may(self, query: str) -> bool:
        """Ask functions of the users: what raises an error here would raise it again, and what they write goes."""
        try:
            with self.connection.transaction(force_rollback=True):
                self.connection.execute(TO_USERS.encode())
                return asks(self.connection, query)
        except psycopg.OperationalError:
            raise
        except psycopg.Error:
            return True


def off(domains: Iterable[Type]) -> Iterator[Action]:
    """Yield what drops these checks of domains."""
    for type_ in domains:
        for part in type_.constraints:
            drop = f"ALTER DOMAIN {type_.qualified} DROP CONSTRAINT {quoted(part.name)}"
            yield Action(Phase.CONSTRAINTS_OFF, drop, ("pg_constraint", part.oid, 0))
