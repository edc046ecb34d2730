"""Keeps what a proved step needs for its way back: the images that matter, and the description of all of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, TypeVar

import psycopg
from psycopg.types.json import Jsonb

from planrun.core import (
    assured,
    capture,
    colliding,
    computed,
    enum_values,
    foreign_keys,
    granted,
    grown,
    held,
    images,
    keyless,
    mentioned,
    net_effect,
    restore_objects,
    restore_parts,
    retyping,
    statistics_targets,
    whole,
)
from planrun.core.catalog import Index, quoted
from planrun.core.changes import changed
from planrun.core.content import hashed
from planrun.core.inverse.actions import Action, Phase, Refusal
from planrun.core.inverse.columns import retyped
from planrun.core.inverse.derive import derive, ordered
from planrun.core.remade import remade
from planrun.core.undo import LOOKUP, Captured, Created, Definition, Enum, Grown, Mentioned, SideColumn, Tracked, Undo
from planrun.edges.postgres import acceptance, describe, proving
from planrun.edges.postgres.proving import not_reversible
from planrun.edges.postgres.queries import asks, prepared
from planrun.edges.postgres.unit import unit
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.accounting import Evidence
    from planrun.core.catalog import Column, Constraint, Relation, Type
    from planrun.core.inverse.derive import Inverse
    from planrun.edges.postgres.connection import Connection
    from planrun.edges.postgres.watch import Watch

_T = TypeVar("_T", Captured, Tracked)

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
        captured = tuple(filter(None, (self._captured(table, found) for table in watch.captured)))
        compared = tuple(filter(None, (self._compared(table, found) for table in watch.compared)))
        self._require_expressions(found)
        self._require_castable(inverse)
        unheld = tuple(self._unheld(found))
        aside: Aside = {}
        for table in (*captured, *compared):
            self._require_restorable(table, found)
            parts: tuple[Index | Constraint, ...] = (*self._passing(table, found), *_unvalidated(table, found))
            if parts:
                aside[table.oid] = parts
        saved = tuple(_renamed(table, found.after.relations[table.oid]) for table in watch.saved)
        for values in saved:
            self._require_told_apart(values, values.side, found)
        domains = self._accepted((*captured, *compared), watch.saved, aside, found)
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
                if was.generated and not self._succeeds(_probe(was, now)):
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

    # --- rows ------------------------------------------------------------------------------------

    def require_mirrored(self, table: Captured, found: Evidence) -> None:
        """Make sure that a log read the other way round puts its rows back.

        Raises:
            NotReversible: it does not.
        """
        self._require_restorable(table, found)
        if self._passing(table, found) or _unvalidated(table, found):
            raise not_reversible(self.step, f"table {table.before}", "something stands in the way of its rows")

    def _captured(self, table: Captured, found: Evidence) -> Captured | None:
        """Describe what triggers caught; None when it was nothing."""
        inserted, before, _, deleted = found.images[table.oid]
        if not (inserted or before or deleted):
            self.connection.execute(f"DROP TABLE {table.side}".encode())
            return None
        after = found.after.relations[table.oid]
        counted = replace(_renamed(table, after), inserted=inserted, updated=before, deleted=deleted, last=_last(after))
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
            for sql in (net_effect.changeable(table), net_effect.parted(table), net_effect.without_effect(table)):
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
        )

    def _compared(self, table: Captured, found: Evidence) -> Captured | None:
        """Turn the copy of a whole table into the images of what differs; None when nothing does."""
        settled = self._settled(table, found)
        for sql in whole.keep_difference(settled):
            self.connection.execute(sql.encode())
        _, before, after, _ = self.connection.execute(capture.counted(settled)).fetchone() or (0, 0, 0, 0)
        if not (before or after or settled.reshaped or settled.lost):
            self.connection.execute(f"DROP TABLE {settled.side}".encode())
            return None
        changed = min(before, after)
        return self._with_identities(
            replace(settled, inserted=after - changed, updated=changed, deleted=before - changed)
        )

    def _with_identities(self, table: Captured) -> Captured:
        """Mark the columns GENERATED ALWAYS AS IDENTITY that were given other values: an UPDATE has to set them."""
        always = [column for column in table.lasting if column.always and column not in table.key]
        if not (always and table.key and table.staying):
            return table
        changed = {c.attnum for c in always if not c.kept and asks(self.connection, images.differing(table, [c]))}
        return replace(table, columns=tuple(replace(c, reset=c.attnum in changed) for c in table.columns))

    def _settled(self, table: Captured, found: Evidence) -> Captured:
        after = found.after.relations.get(table.oid)
        if after is None:
            return whole.settled(table, None, {})
        before = found.before.relations[table.oid]
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
            there_and_back = self._succeeds(whole.castable(table, named))
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

    def _succeeds(self, query: str) -> bool:
        try:
            with unit(self.connection):
                self.connection.execute(query.encode())
        except (psycopg.DataError, psycopg.ProgrammingError, psycopg.NotSupportedError):
            return False
        return True

    def _require_restorable(self, table: Captured, found: Evidence) -> None:
        name = f"table {table.before}"
        was = found.before.relations[table.oid]
        # A table that is there gets a DELETE, if of no row: that alone is forbidden.
        told = table.lost or _identified(was, found.after.relations[table.oid])
        if not told and asks(self.connection, _PUBLISHED.format(oid=table.oid)):
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
        self._require_told_apart(table, f"({images.net(table)})", found)
        unique = {column for _, columns in _other_keys(was, table) for column in columns}
        loose = [c for c in table.lasting if not (c.exact or c.kept) and c in {*table.key, *unique}]
        relabelled = bool(loose) and table.staying and asks(self.connection, images.relabelled(table, loose))
        if relabelled and asks(self.connection, _PASSES_UPDATES_ON.format(oid=table.oid)):
            reason = "values that foreign keys refer to changed while they stayed equal (1.10 and 1.1)"
            raise not_reversible(self.step, name, reason)

    def _require_unreferenced(self, table: Captured) -> None:
        """Refuse rows that would go for others to come in their place, and whose going acts on what refers to them."""
        for (numbers,) in self.connection.execute(_ACTING.format(oid=table.oid).encode()).fetchall():
            columns = [column for column in table.lasting if column.attnum in numbers]
            known = len(columns) == len(numbers) and not any(column.retyped for column in columns)
            if not known or asks(self.connection, images.replaced(table, columns)):
                reason = "it has no key that tells its rows apart, and foreign keys that act on their own refer to it"
                raise not_reversible(self.step, f"table {table.before}", reason)

    def _require_told_apart(self, table: Tracked, rows: str, found: Evidence) -> None:
        """Refuse rows that are known by a key which the step dropped, to give it to several of them."""
        was, now = found.before.relations[table.oid], found.after.relations.get(table.oid)
        if not table.key or now is None or now.key == was.key or not all(column.after for column in table.key):
            return
        if asks(self.connection, f"SELECT EXISTS (SELECT {images.several(table, rows)})"):
            reason = "the key that tells its rows apart was dropped, and several rows have the same one"
            raise not_reversible(self.step, f"table {table.before}", reason)
        if asks(self.connection, images.unknown(table, rows)):
            reason = "the key that tells its rows apart was dropped, and rows have none"
            raise not_reversible(self.step, f"table {table.before}", reason)

    # --- unique values passed between rows -------------------------------------------------------

    def _passing(self, table: Captured, found: Evidence) -> tuple[Index, ...]:
        """Return the unique indexes that have to be away while the rows are put back one by one.

        Raises:
            NotReversible: one of them cannot go, since foreign keys need it.
        """
        after = found.after.relations.get(table.oid)
        # Two rows are needed to pass something on.
        if not table.key or table.staying <= 1 or after is None:
            return ()
        before = found.before.relations[table.oid]
        kept = {index.oid for index in after.indexes if index.immediate}
        peculiar = {index.oid: index for index in _peculiar(before) if index.oid in kept}
        passing = []
        for index, columns in _other_keys(before, table):
            if index.oid in kept - peculiar.keys():
                given = not all(column.kept for column in columns)
                if given and asks(self.connection, images.crossing(table, columns)):
                    passing.append(index)
        if peculiar:
            passing += [peculiar[oid] for oid in self._colliding(table, after, [*peculiar])]
        for index in passing:
            self._require_droppable(table, index)
        self._require_identified_without(table, found, passing)
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
        try:
            with unit(self.connection):
                return asks(self.connection, query)
        except (psycopg.DataError, psycopg.ProgrammingError, psycopg.NotSupportedError, psycopg.InternalError):
            return True

    def _require_droppable(self, table: Captured, index: Index) -> None:
        if index.parent:
            reason = f"rows passed values of index {index.name} to one another, which is part of a partitioned one"
            raise not_reversible(self.step, f"table {table.before}", reason)
        if asks(self.connection, _NEEDED.format(oid=index.oid)):
            names = ", ".join(column.before for column in table.columns if column.attnum in index.columns)
            reason = f"rows passed values of ({names}) to one another, which foreign keys refer to"
            raise not_reversible(self.step, f"table {table.before}", reason)

    def _require_identified_without(self, table: Captured, found: Evidence, passing: list[Index]) -> None:
        """Refuse to put what identifies the rows of a published table aside."""
        was, now = found.before.relations[table.oid], found.after.relations[table.oid]
        away = {index.oid for index in passing}
        told = was.replica_identity == now.replica_identity == "f" or bool((_identities(was) & _identities(now)) - away)
        if away and not told and asks(self.connection, _PUBLISHED.format(oid=table.oid)):
            reason = "rows passed values of the replica identity by which it is published to one another"
            raise not_reversible(self.step, f"table {table.before}", reason)

    def _accepted(
        self, tables: tuple[Captured, ...], saved: tuple[Tracked, ...], aside: Aside, found: Evidence
    ) -> tuple[Type, ...]:
        """Return the domains with their checks that have to be away while the rows are put back.

        Raises:
            NotReversible: the rules that stand would not accept the rows that were there, and cannot go.
        """
        waiting = frozenset(part.oid for parts in aside.values() for part in parts)
        looked = acceptance.Acceptance.read(self.connection, found, tables, saved, waiting)
        if refusal := looked.refusal():
            raise not_reversible(self.step, *refusal)
        return looked.domains_aside()

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
_ACTING = (
    "SELECT confkey::int[] FROM pg_catalog.pg_constraint WHERE contype = 'f' AND confrelid = {oid}"
    " AND (confdeltype <> 'a' OR confupdtype <> 'a')"
)
_TYPE_NOW = "SELECT pg_catalog.format_type(oid, $2) FROM pg_catalog.pg_type WHERE oid = $1"
_PUBLISHED = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_publication p, pg_catalog.pg_get_publication_tables(p.pubname) t"
    " WHERE (p.pubupdate OR p.pubdelete) AND (t.relid = {oid} OR t.relid IN"
    " (SELECT a.relid FROM pg_catalog.pg_partition_ancestors({oid}) a)))"
)
_PASSES_UPDATES_ON = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE contype = 'f' AND confrelid = {oid}"
    " AND confupdtype IN ('c', 'n', 'd'))"
)
_REFERRED_TO = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE contype = 'f' AND confrelid = {oid}"
    " AND {attnum} = ANY (confkey))"
)
_REFERRED_TO_OVER_TIME = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.confrelid = {oid}"
    " AND (pg_catalog.to_jsonb(k) ->> 'conperiod')::pg_catalog.bool)"  # from 18 on
)
_NEEDED = "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE contype = 'f' AND conindid = {oid})"


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


def _identified(was: Relation, now: Relation) -> bool:
    """Whether the rows of a published table can be told to its subscribers while they are put back.

    What the step made is gone then, and what it dropped is not back yet.
    """
    return was.replica_identity == now.replica_identity == "f" or bool(_identities(was) & _identities(now))


def _identities(relation: Relation) -> set[int]:
    by_default = relation.replica_identity == "d"
    return {
        index.oid
        for index in relation.indexes
        # A primary key that is DEFERRABLE identifies nothing.
        if index.immediate and (index.replica_identity or (by_default and index.primary))
    }


def _unvalidated(table: Captured, found: Evidence) -> tuple[Constraint, ...]:
    """Return the constraints that hold for new rows only: those that come back may violate them."""
    after = found.after.relations.get(table.oid)
    if after is None or not (table.updated or table.deleted or not table.key):
        return ()
    kept = {constraint.oid for constraint in after.constraints}
    before = found.before.relations[table.oid].constraints
    return tuple(c for c in before if not (c.validated or c.inherited or c.parent) and c.oid in kept)


def _off(after: Relation, parts: tuple[Index | Constraint, ...]) -> Iterator[Action]:
    standing: tuple[Index | Constraint, ...] = (*after.indexes, *after.constraints)
    for part in parts:
        now = next(other for other in standing if other.oid == part.oid)
        drop = f"ALTER TABLE {after.qualified} DROP CONSTRAINT {quoted(now.name)}"
        if isinstance(now, Index) and now.constraint is None:
            drop = f"DROP INDEX {quoted(after.schema)}.{quoted(now.name)}"
        yield Action(Phase.INDEXES_OFF, drop)


def _renamed(table: _T, after: Relation) -> _T:
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


def _other_keys(relation: Relation, table: Captured) -> Iterator[tuple[Index, tuple[SideColumn, ...]]]:
    """Yield every unique index but the one that the rows are found by, with its columns."""
    by_number = {column.attnum: column for column in table.lasting}
    for index in relation.indexes:
        if index.unique and index.columns != relation.key:
            columns = tuple(by_number[number] for number in index.columns if number in by_number)
            if columns:
                yield index, columns


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
