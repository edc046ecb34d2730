"""Relations that a step created, dropped or altered: which rules take each of them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import Catalog, Relation, quoted
from planrun.core.inverse import properties, sequences, storage, tables, views
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

_DROPPED_IN = {
    "r": Phase.TABLES_OFF,
    "p": Phase.TABLES_OFF,
    "v": Phase.VIEWS_OFF,
    "m": Phase.VIEWS_OFF,
    "S": Phase.SEQUENCES_OFF,
}


def undo(before: Catalog, after: Catalog) -> Iterator[Finding]:
    """Yield what takes the relations of `after` back to those of `before`, but for names and schemas.

    Composite types are not among them: other rules are theirs.
    """
    kept = [(before.relations[oid], after.relations[oid]) for oid in before.relations if oid in after.relations]
    fresh = [relation for oid, relation in after.relations.items() if oid not in before.relations]
    gone = [r for oid, r in before.relations.items() if oid not in after.relations and not r.temporary]
    anew = views.replaced(before, after)
    yield from _created(fresh, before)
    yield from _dropped(gone)
    yield from sequences.again([relation for relation in gone if relation.kind == "S"], before, after)
    yield from tables.again(relation for relation in gone if relation.kind in {"r", "p"})
    yield from storage.logged(kept)
    for was, now in kept:
        if was.oid in anew:
            yield from views.off(was, now, after)
        elif was != now and not was.temporary:
            yield from _altered(was, now)
    # Of the same phase as what turns GENERATED ALWAYS into BY DEFAULT, and after it.
    yield from sequences.identities_off(fresh, before, after)
    yield from views.again([*gone, *(was for was, _ in kept if was.oid in anew)])
    yield from views.contents(before, after, anew)


def _created(fresh: list[Relation], before: Catalog) -> Iterator[Finding]:
    """Yield what drops the relations that the step created."""
    lasting = [relation for relation in fresh if not relation.temporary]
    own = {relation.oid for relation in lasting}
    for relation in sorted(lasting, key=lambda relation: -relation.oid):
        drops = ("pg_class", relation.oid, 0)
        if relation.kind in _DROPPED_IN and not (relation.kind == "S" and _goes_with_owner(relation, own, before)):
            drop = f"DROP {properties.WORD[relation.kind]} {relation.qualified}"
            yield Action(_DROPPED_IN[relation.kind], drop, drops)
        elif relation.kind == "f":
            yield Refusal(f"foreign table {relation.qualified}", "foreign tables are not covered")
        for constraint in relation.constraints:
            # Tables that refer to one another could not go one by one.
            if constraint.foreign in own and constraint.foreign != relation.oid:
                drop = f"ALTER TABLE {relation.qualified} DROP CONSTRAINT {quoted(constraint.name)}"
                yield Action(Phase.FOREIGN_KEYS_OFF, drop, ("pg_constraint", constraint.oid, 0))


def _goes_with_owner(sequence: Relation, created: set[int], before: Catalog) -> bool:
    if sequence.owned_by is None:
        return False
    table, attnum, _ = sequence.owned_by
    owner = before.relations.get(table)
    added = owner is not None and owner.column(attnum) is None
    return table in created or added or sequences.is_identity(sequence)


def _dropped(gone: list[Relation]) -> Iterator[Finding]:
    """Yield why relations of some kinds, which the step dropped, do not come back."""
    for relation in gone:
        if relation.kind not in {"r", "p", "v", "m", "S"}:
            yield Refusal(
                properties.called(relation),
                "it was dropped",
                "rename it away instead and drop it after finalize, write a rollback step, or set irreversible: true",
            )


# --- relations that stayed ---------------------------------------------------------------------


def _altered(was: Relation, now: Relation) -> Iterator[Finding]:
    """Yield what takes a relation that stayed back to what it was."""
    yield from _unsupported(was, now)
    yield from storage.owner(was, now)
    yield from storage.undo(was, now)
    if was.kind == "v" and was.body != now.body:
        yield views.replace_back(was)
    if was.kind == "S":
        yield from sequences.altered(was, now)
    yield from properties.undo(was, storage.reowned(was, now))


def _unsupported(was: Relation, now: Relation) -> Iterator[Finding]:
    what = properties.called(was)
    if was.extension != now.extension:
        yield Refusal(what, "it joined or left an extension")
    if was.kind == "f" and was.columns != now.columns:
        yield Refusal(what, "its definition was changed")
