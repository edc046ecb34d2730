"""Keeps what a proved step needs for its way back: the images that matter, and the description of all of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from planrun.core import (
    assured,
    capture,
    computed,
    enum_values,
    foreign_keys,
    granted,
    grown,
    held,
    images,
    keyless,
    mentioned,
    restore_objects,
    restore_parts,
    retyping,
    statistics_targets,
)
from planrun.core.catalog import Index, quoted
from planrun.core.changes import changed
from planrun.core.content import hashed
from planrun.core.inverse.actions import Action, Phase, Refusal
from planrun.core.inverse.derive import derive, ordered
from planrun.core.remade import remade
from planrun.core.undo import Captured, Created, Definition, Enum, Grown, Mentioned, SideColumn, Tracked, Undo
from planrun.edges.postgres import acceptance, describe, proving
from planrun.edges.postgres.passing import Passing
from planrun.edges.postgres.proving import not_reversible
from planrun.edges.postgres.queries import asks, prepared
from planrun.edges.postgres.restorable import Restorable
from planrun.edges.postgres.settling import Settling, renamed, succeeds
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.accounting import Evidence
    from planrun.core.catalog import Column, Constraint, Relation, Type
    from planrun.core.inverse.derive import Inverse
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.watch import Watch

Aside = dict[int, tuple["Index | Constraint", ...]]
"""By table what stands in the way of rows that come back one by one: it goes before them and comes again after."""

_SET_EXPRESSION = 170_000
"""The first server version that sets the expression of a generated column."""


@frozen
class UndoLog:
    """The undo log of one step, in the transaction of that step.

    Attributes:
        connection: in that transaction, under planrun's own settings.
        step: the id of the step, for messages.
        token: the word that its side tables carry.
    """

    connection: Connection
    step: str
    token: str

    def keep(self, watch: Watch, found: Evidence, inverse: Inverse) -> Undo:
        """Return the way back of the step; side tables that hold nothing are dropped.

        Raises:
            NotReversible: the images cannot be put back.
        """
        settling = Settling(self.connection, self.step, found)
        captured = tuple(filter(None, (settling.captured(table) for table in watch.captured)))
        compared = tuple(filter(None, (settling.compared(table) for table in watch.compared)))
        self._require_expressions(found)
        self._require_castable(inverse)
        unheld = tuple(self._unheld(found))
        restorable, passing = Restorable(self.connection, self.step, found), Passing(self.connection, self.step, found)
        aside: Aside = {}
        for table in (*captured, *compared):
            restorable.require(table)
            if parts := passing.parts(table):
                aside[table.oid] = parts
        saved = tuple(renamed(table, found.after.relations[table.oid]) for table in watch.saved)
        for values in saved:
            restorable.require_told_apart(values, values.side)
        looked = self._accepted((*captured, *compared), watch.saved, aside, found)
        domains = looked.domains_aside()
        inverse = self._without(aside, domains, found, inverse)
        self._require_computed((*captured, *compared), found, inverse)
        off = [action for oid in aside for action in _off(found.after.relations[oid], aside[oid])]
        off += acceptance.off(domains)
        # What is dropped has its order already, users before the used.
        first = [*off, *(action for action in inverse.actions if action.phase < Phase.SCHEMAS_ON)]
        rest = [*(action for action in inverse.actions if action.phase >= Phase.SCHEMAS_ON)]
        rebuilt = statistics_targets.rebuilt(found.before, found.after)
        rest += [Action(Phase.RETYPED, statistics_targets.remembered(rebuilt))] if rebuilt else []
        rest += [*self._retypings(inverse, compared), *_identities_open((*captured, *compared))]
        rest += [Action(Phase.SETTINGS_ON, statistics_targets.SET_AGAIN)] if rebuilt else []
        actions = (*first, *sorted(rest, key=lambda action: action.phase))
        added = tuple(
            self._added(found.before.relations[relation.oid].qualified, relation, columns)
            for relation, columns in inverse.added
        )
        before_data = (*unheld, *(action.sql for action in actions if action.phase < Phase.DATA))
        after_data = tuple(action.sql for action in actions if action.phase > Phase.DATA)
        return Undo(
            before_data=before_data,
            after_data=after_data,
            captured=(*captured, *compared),
            saved=saved,
            added=added,
            created=tuple(self._created(relation, found) for relation in inverse.created),
            caveats=tuple(caveat.text for caveat in inverse.caveats),
            objects=changed(found.before, found.after),
            foreign_keys=tuple(foreign_keys.dropped(found.before, found.after)),
            keys_made=foreign_keys.made(found.before, found.after),
            renamed=tuple(foreign_keys.renamed(found.before, found.after)),
            definitions=self._as_left(found, inverse, aside, domains),
            remade=tuple(remade(found.before, found.after)),
            computed_from=_computed_from(found, inverse),
            named=tuple(assured.named(found.before, found.after)),
            grown=self._grown(found),
            enums=self.enums((*saved, *added), (*captured, *compared), found, (*before_data, *after_data)),
            mentioned=self._mentioned(found, (*before_data, *after_data)),
            calls=looked.calls,
        )

    def _require_expressions(self, found: Evidence) -> None:
        """Refuse a generated column whose expression is another one where it cannot be set again (before 17)."""
        changed = [
            (was, column)
            for oid, was in found.before.relations.items()
            for column in was.columns
            if column.generated
            and (after := found.after.relations.get(oid))
            and (now := after.column(column.attnum))
            and now.generated
            and column.body != now.body
        ]
        if changed and self.connection.info.server_version < _SET_EXPRESSION:
            table, column = changed[0]
            what = f"column {table.qualified}.{quoted(column.name)}"
            raise not_reversible(self.step, what, "its type was changed, and with it the expression that generates it")

    def _require_castable(self, inverse: Inverse) -> None:
        """Refuse a generated column whose values find no way back to their type: it takes no USING to show them one."""
        for table, _, pairs in inverse.retyped:
            for was, now in pairs:
                if was.generated and not succeeds(self.connection, _probe(was, now)):
                    what = f"column {table.qualified}.{quoted(was.name)}"
                    reason = f"generated values of type {now.type} are not cast to {was.type} without being told how"
                    raise not_reversible(self.step, what, reason)

    def _retypings(self, inverse: Inverse, compared: tuple[Captured, ...]) -> Iterator[Action]:
        for found in retyping.statements(inverse, compared):
            if isinstance(found, Refusal):
                raise not_reversible(self.step, found.object, found.reason)
            yield found

    def _unheld(self, found: Evidence) -> Iterator[str]:
        """Yield what makes sure that no attributes go that columns made since hold.

        Raises:
            NotReversible: columns that stay hold values of a row type which got or lost attributes.
        """
        for relation, column, what in held.changed(found.before, found.after):
            own = []
            for table, number, place in prepared(self.connection, held.LOOK, [relation.oid]):
                was, now = found.before.relations.get(table), found.after.relations.get(table)
                if now is not None and (was is None or was.column(number) is None):
                    # What the step made itself goes, and holds nothing of before.
                    own.append((table, number))
                    continue
                name = f"{'type' if relation.kind == 'c' else 'table'} {relation.qualified}"
                reason = f"attribute {column.name} was {what}, and {place} holds values of the type"
                raise not_reversible(self.step, name, reason)
            if relation.kind == "c" and held.grown(relation, found.before):
                yield held.unheld(found.after.relations[relation.oid], own)

    def _require_computed(self, tables: Iterable[Captured], found: Evidence, inverse: Inverse) -> None:
        """Refuse what does not come back by being computed anew, and what may hang on it out of sight."""
        for relation, column in computed.altered(found.before, found.after):
            if asks(self.connection, _REFERRED_TO.format(oid=relation.oid, attnum=column.attnum)):
                what = f"column {relation.qualified}.{quoted(column.name)}"
                reason = "it is generated, foreign keys refer to it, and its type or expression was changed"
                raise not_reversible(self.step, what, reason)
        before, after = found.before, found.after
        redefined = any(
            getattr(before, part) != getattr(after, part) for part in ("functions", "schemas", "types", "objects")
        )
        first = [action.sql for action in inverse.actions if action.phase < Phase.DATA] if redefined else []
        for table in tables:
            was = before.relations[table.oid]
            for side in table.computed:
                generated = was.column(side.attnum)
                if generated is not None and not generated.certain:
                    proving.require_images(self.step, self.connection, table, (was, generated, side), first)

    def _as_left(
        self, found: Evidence, inverse: Inverse, aside: Aside, domains: tuple[Type, ...]
    ) -> tuple[Definition, ...]:
        """Return what the step leaves, as it reads now."""
        # By what a column is computed anew has to be what it was computed by.
        called = (("function", name, None) for _, c in computed.altered(found.before, found.after) for name in c.calls)
        replaced = granted.replaced(found.before, found.after, inverse.drops)
        put_aside = (("type", domain.qualified, None) for domain in domains)
        named = (*restore_objects.named(found.before, found.after), *called, *replaced, *put_aside)
        objects = tuple(dict.fromkeys(named))
        parts = restore_parts.named(found.before, found.after, aside, inverse.drops)
        rows = self.connection.execute(restore_objects.look(objects).encode()).fetchall() if objects else []
        if parts:
            asked = Jsonb([asdict(part) for part in parts])
            rows += prepared(self.connection, restore_parts.look(part.kind for part in parts), [asked])
        return tuple(Definition(*row) for row in rows)

    def _grown(self, found: Evidence) -> tuple[Grown, ...]:
        """Return the tables that the step made, or gave columns, with what hangs on these now."""
        tables = grown.tables(found.before, found.after)
        if not tables:
            return ()
        asked = [{"name": table.name, "whole": table.whole, "columns": table.columns} for table in tables]
        rows = prepared(self.connection, grown.LOOK, [Jsonb(asked)]).fetchall()
        hung = defaultdict[str, list[tuple[str, str | None]]](list)
        for name, part, told in rows:
            hung[name].append((part, told))
        return tuple(
            replace(
                table,
                known=tuple(part for part, _ in hung[table.name]),
                told=tuple(told for _, told in hung[table.name]),
            )
            for table in tables
        )

    def enums(
        self,
        tables: Iterable[Tracked],
        captured: Iterable[Captured],
        found: Evidence,
        statements: Iterable[str] = (),
    ) -> tuple[Enum, ...]:
        """Return the enums of which side tables or the inverse DDL may hold values, as they are now."""
        types = sorted(enum_values.types(tables, captured, found.before, found.after))
        names = sorted(enum_values.named(statements))
        rows = prepared(self.connection, enum_values.LOOK, [types, names]).fetchall() if types or names else ()
        return tuple(Enum(f"{quoted(schema)}.{quoted(name)}", tuple(o), tuple(ls)) for schema, name, o, ls in rows)

    def _mentioned(self, found: Evidence, statements: tuple[str, ...]) -> tuple[Mentioned, ...]:
        """Return what the inverse DDL means by names, besides the tables that are made sure of anyway."""
        known = {table.name for table in assured.named(found.before, found.after)}
        known |= {table.qualified for oid, table in found.after.relations.items() if oid not in found.before.relations}
        names = sorted(mentioned.names(statements, known))
        if not names:
            return ()
        written = mentioned.words(statements)
        given = [[schema for schema, _ in names], [name for _, name in names]]
        rows = prepared(self.connection, mentioned.LOOK, [*given, *mentioned.before(names, found.before)]).fetchall()
        made = mentioned.made(found.before, found.after)
        return tuple(mentioned.mentioned(row, written, found.before) for row in rows if row[:2] not in made)

    # --- what stands in the way of rows ----------------------------------------------------------

    def require_mirrored(self, table: Captured, found: Evidence) -> None:
        """Make sure that a log read the other way round puts its rows back.

        Raises:
            NotReversible: it does not.
        """
        Restorable(self.connection, self.step, found).require(table)
        if Passing(self.connection, self.step, found).parts(table):
            raise not_reversible(self.step, f"table {table.before}", "something stands in the way of its rows")

    def _accepted(
        self, tables: tuple[Captured, ...], saved: tuple[Tracked, ...], aside: Aside, found: Evidence
    ) -> acceptance.Acceptance:
        """Return the rules that stand, which accept the rows that were there.

        Raises:
            NotReversible: the rules that stand would not accept the rows that were there, and cannot go.
        """
        waiting = frozenset(part.oid for parts in aside.values() for part in parts)
        looked = acceptance.Acceptance.read(self.connection, found, tables, saved, waiting)
        if refusal := looked.refusal():
            raise not_reversible(self.step, *refusal)
        return looked

    def _without(self, aside: Aside, domains: tuple[Type, ...], found: Evidence, inverse: Inverse) -> Inverse:
        """Return the inverse that makes these indexes and constraints again too."""
        if not (aside or domains):
            return inverse
        relations = {
            oid: _without_parts(relation, aside[oid]) if oid in aside else relation
            for oid, relation in found.after.relations.items()
        }
        before, types = {type_.oid: type_ for type_ in domains}, dict(found.after.types)
        for type_ in domains:
            gone = {part.oid for part in type_.constraints}
            now = types.get(type_.oid, type_)
            rest = tuple(part for part in now.constraints if part.oid not in gone)
            types[type_.oid] = replace(now, constraints=rest)
        again = derive(
            replace(found.before, types={**before, **found.before.types}),
            replace(found.after, relations=relations, types=types),
        )
        return ordered(again, describe.dependencies(self.connection, (*again.drops, *again.freed)))

    # --- what was made ---------------------------------------------------------------------------

    def _added(self, before: str, relation: Relation, columns: tuple[Column, ...]) -> Tracked:
        table = capture.added(before, relation, columns, self.token)
        differs = images.some(
            f"NOT ({images.identical(images.stored(f't.{quoted(c.after)}', c), images.stored(c.baseline, c), c)})"
            for c in table.columns
        )
        rows = f"SELECT FROM ONLY {table.after} t WHERE"
        given = _given(table, columns)
        # Where no row is left as ADD COLUMN made it, a row like that is a new one.
        anew = given != table.columns and not asks(self.connection, f"SELECT EXISTS ({rows} NOT ({differs}))")
        if not asks(self.connection, f"SELECT EXISTS ({rows} {differs})"):
            table = replace(table, side="")
        elif table.key:
            self.connection.execute(capture.create_saved(table).encode())
            values = ", ".join(images.stored(f"t.{quoted(c.after)}", c) for c in (*table.key, *table.columns))
            self.connection.execute(
                f"INSERT INTO {table.side} SELECT {values} FROM ONLY {table.after} t WHERE {differs}".encode()
            )
        else:
            table = replace(table, beside=tuple(column.name for column in relation.columns if not column.generated))
            for statement in keyless.keep_filled(table, differs):
                self.connection.execute(statement.encode())
        return replace(table, columns=given) if anew else table

    def _created(self, relation: Relation, found: Evidence) -> Created:
        if not any(locked.rows[0] for locked in found.locked if locked.oid == relation.oid):
            return Created(relation.oid, relation.qualified, 0)  # the server counted no row inserted
        query = f"SELECT h.*, ({_COLUMNS.format(oid=relation.oid)}) FROM ({hashed(f'ONLY {relation.qualified} t')}) h"
        rows, first, second, columns = self.connection.execute(query.encode()).fetchone() or (0, 0, 0, None)
        listed = tuple(columns or ()) if rows else ()
        return Created(relation.oid, relation.qualified, rows, int(first), int(second), listed)


_COLUMNS = (
    "SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) FROM pg_catalog.pg_attribute a"
    " WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped"
)
_REFERRED_TO = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE contype = 'f' AND confrelid = {oid}"
    " AND {attnum} = ANY (confkey))"
)


def _given(table: Tracked, columns: Iterable[Column]) -> tuple[SideColumn, ...]:
    """Return added columns with what a row made since is given there, where that is known."""
    defaults = {column.attnum: capture.constant(column) for column in columns}
    return tuple(replace(c, baseline=defaults[c.attnum] or c.baseline) for c in table.columns)


def _computed_from(found: Evidence, inverse: Inverse) -> tuple[int, ...]:
    """Return the relations that the way back computes the content of materialized views from."""
    views = (found.before.relations.get(oid) for oid in inverse.states)
    return tuple(sorted({oid for view in views if view is not None for oid in view.reads}))


def _probe(was: Column, now: Column) -> str:
    """Return the statements that fail if a column cannot have its type back without USING."""
    before, after = (capture.side_column(column).type for column in (was, now))
    return (
        f"CREATE TABLE planrun.probe (value {after}); ALTER TABLE planrun.probe ALTER COLUMN value TYPE {before};"
        " DROP TABLE planrun.probe"
    )


def _identities_open(tables: Iterable[Captured]) -> Iterator[Action]:
    """Yield what lets the rows of a column GENERATED ALWAYS AS IDENTITY be given their old values, and closes it."""
    for table in tables:
        for column in table.columns:
            if column.reset:
                alter = f"ALTER TABLE {table.before} ALTER COLUMN {quoted(column.before)} SET GENERATED"
                yield Action(Phase.RETYPED, f"{alter} BY DEFAULT")
                yield Action(Phase.IDENTITIES_ON, f"{alter} ALWAYS")


def _without_parts(relation: Relation, parts: tuple[Index | Constraint, ...]) -> Relation:
    gone = {part.oid for part in parts}
    return replace(
        relation,
        indexes=tuple(index for index in relation.indexes if index.oid not in gone),
        # A foreign key to a partitioned table takes those to its partitions along.
        constraints=tuple(
            part for part in relation.constraints if gone.isdisjoint((part.oid, part.index, part.parent))
        ),
    )


def _off(after: Relation, parts: tuple[Index | Constraint, ...]) -> Iterator[Action]:
    standing: tuple[Index | Constraint, ...] = (*after.indexes, *after.constraints)
    for part in parts:
        now = next(other for other in standing if other.oid == part.oid)
        drop = f"ALTER TABLE {after.qualified} DROP CONSTRAINT {quoted(now.name)}"
        if isinstance(now, Index) and now.constraint is None:
            drop = f"DROP INDEX {quoted(after.schema)}.{quoted(now.name)}"
        yield Action(Phase.INDEXES_OFF, drop)
