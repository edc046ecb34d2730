"""Sequences that a step dropped or altered, those of identity columns among them, and where they stand.

A position never goes backwards: an application may have drawn values since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import Catalog, Column, Relation, Sequence, quoted
from planrun.core.inverse import grants
from planrun.core.inverse.actions import Action, Caveat, Finding, Phase, Refusal
from planrun.core.inverse.columns import GENERATED, dropped
from planrun.core.inverse.tables import hindered
from planrun.core.mentioned import names
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def is_identity(sequence: Relation) -> bool:
    """Whether it is the sequence of an identity column, with which it comes and goes."""
    return sequence.owned_by is not None and sequence.owned_by[2] == "i"


def moved(before: Catalog, after: Catalog) -> Iterator[int]:
    """Yield the sequences that were dropped or rewritten: where they stood has to be known for certain."""
    for oid, was in before.relations.items():
        now = after.relations.get(oid)
        if was.kind == "S" and not was.temporary and (now is None or now.filenode != was.filenode):
            yield oid


# --- dropped ones ------------------------------------------------------------------------------


def again(gone: Iterable[Relation], before: Catalog, after: Catalog) -> Iterator[Finding]:
    """Yield what makes sequences again, under the columns that they belonged to."""
    for relation in sorted(gone, key=lambda relation: relation.oid):
        sequence = relation.sequence
        yield from hindered(relation)
        if sequence is None or sequence.last_value is None:
            yield Refusal(f"sequence {relation.qualified}", "it was dropped, and its position could not be read")
        elif is_identity(relation):
            yield from _identity_again(relation, sequence, before)
            yield from _drawn_too_early(relation, before, after)
        else:
            yield from _create(relation, sequence)
            yield from _drawn(relation, before, after)


def _create(relation: Relation, sequence: Sequence) -> Iterator[Finding]:
    unlogged = "UNLOGGED " if relation.persistence == "u" else ""
    create = f"CREATE {unlogged}SEQUENCE {relation.qualified} AS {sequence.type} {_options(sequence)}"
    yield Action(Phase.SEQUENCES_ON, create)
    yield Action(Phase.SEQUENCES_ON, f"ALTER SEQUENCE {relation.qualified} OWNER TO {quoted(relation.owner)}")
    yield Action(Phase.SEQUENCES_ON, _set(relation, sequence))
    if relation.owned_by is not None:
        yield _belong(relation)
    yield from _surroundings(relation)


def _surroundings(relation: Relation) -> Iterator[Finding]:
    if relation.comment is not None:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON SEQUENCE {relation.qualified} IS {literal(relation.comment)}")
    yield from grants.anew(f"SEQUENCE {relation.qualified}", relation.qualified, relation.owner, relation.acl)


def _identity_again(relation: Relation, sequence: Sequence, before: Catalog) -> Iterator[Finding]:
    found = _owner(relation, before)
    if found is None:
        yield Refusal(f"sequence {relation.qualified}", "it was dropped, and the table of its column was not seen")
        return
    table, column = found
    generated = f"ADD GENERATED {GENERATED[column.identity]} AS IDENTITY"
    place = f"ALTER TABLE {table.qualified} ALTER COLUMN {quoted(column.name)}"
    if sequence.type == column.type:
        options = f"SEQUENCE NAME {relation.qualified} {_options(sequence)}"
        yield Action(Phase.IDENTITIES_ON, f"{place} {generated} ({options})")
    else:
        # Such is one made by LIKE. Its options may not fit the type of the column, which it begins with.
        yield Action(Phase.IDENTITIES_ON, f"{place} {generated} (SEQUENCE NAME {relation.qualified})")
        alter = f"ALTER SEQUENCE {relation.qualified} AS {sequence.type} {_options(sequence)}"
        yield Action(Phase.IDENTITIES_ON, alter)
    if relation.persistence != table.persistence:
        state = "UNLOGGED" if relation.persistence == "u" else "LOGGED"
        yield Action(Phase.IDENTITIES_ON, f"ALTER SEQUENCE {relation.qualified} SET {state}")
    yield Action(Phase.IDENTITIES_ON, _set(relation, sequence))
    yield from _surroundings(relation)


def _drawn_too_early(relation: Relation, before: Catalog, after: Catalog) -> Iterator[Finding]:
    """A column is added with its default before the rows come back, an identity after them."""
    drawn = (relation.schema, relation.name)
    stayed = ((was, after.relations[oid]) for oid, was in before.relations.items() if oid in after.relations)
    for was, now in stayed:
        for column in dropped(was, now):
            if drawn in names([column.default or ""], ()):
                reason = f"its default draws from {relation.qualified}, the sequence of an identity that went too"
                cure = "drop the column in a step of its own, before that of the identity"
                yield Refusal(f"column {was.qualified}.{quoted(column.name)}", reason, cure)


def _drawn(relation: Relation, before: Catalog, after: Catalog) -> Iterator[Finding]:
    """A serial column that comes back to a table that stayed draws values, which are then written over."""
    found = _owner(relation, before)
    if found and found[0].oid in after.relations and after.relations[found[0].oid].column(found[1].attnum) is None:
        yield Caveat(f"sequence {relation.qualified} comes back further on: its column draws values when it is added")


def _owner(sequence: Relation, catalog: Catalog) -> tuple[Relation, Column] | None:
    if sequence.owned_by is None or (table := catalog.relations.get(sequence.owned_by[0])) is None:
        return None
    column = table.column(sequence.owned_by[1])
    return None if column is None else (table, column)


# --- identity ----------------------------------------------------------------------------------


def identities_off(created: Iterable[Relation], before: Catalog, after: Catalog) -> Iterator[Finding]:
    """Yield what takes from columns that stayed the identity that the step gave them."""
    for sequence in created:
        found = _owner(sequence, after)
        if is_identity(sequence) and found and _owner(sequence, before):
            drop = f"ALTER TABLE {found[0].qualified} ALTER COLUMN {quoted(found[1].name)} DROP IDENTITY"
            yield Action(Phase.IDENTITIES_OFF, drop, ("pg_class", sequence.oid, 0))


# --- sequences that stayed ---------------------------------------------------------------------


def altered(was: Relation, now: Relation) -> Iterator[Finding]:
    """Yield what takes a sequence that stayed back to its options, its owning column and its position."""
    old, new = was.sequence, now.sequence
    if old is None or new is None:
        return
    if was.owned_by != now.owned_by and now.owned_by is not None:
        # Before its column may go: it would take the sequence along.
        yield Action(Phase.IDENTITIES_OFF, f"ALTER SEQUENCE {now.qualified} OWNED BY NONE")
    if was.owned_by != now.owned_by and was.owned_by is not None:
        yield _belong(was)
    if was.filenode == now.filenode and old == new:
        return
    if old.last_value is None or new.last_value is None:
        yield Refusal(f"sequence {was.qualified}", "it was altered, and its position could not be read")
        return
    outside = not int(old.min) <= new.last_value <= int(old.max)
    if old != new:
        restart = f" RESTART WITH {literal(old.last_value)}" if outside else ""
        as_type = f"AS {old.type} " if old.type != new.type else ""
        alter = f"ALTER SEQUENCE {was.qualified} {as_type}{_options(old)}{restart}"
        yield Action(Phase.SETTINGS_ON, alter)
    if outside:
        yield Action(Phase.SETTINGS_ON, _set(was, old))
    elif _reach(new, old) < _reach(old, old):
        yield Action(Phase.SETTINGS_ON, _set_furthest(was, old))
    elif _reach(new, old) > _reach(old, old):
        yield Caveat(f"sequence {was.qualified} keeps its position, which the step moved on")


def _belong(relation: Relation) -> Action:
    return Action(Phase.DEFAULTS_ON, f"ALTER SEQUENCE {relation.qualified} OWNED BY {relation.owning_column}")


def _reach(position: Sequence, options: Sequence) -> tuple[int, bool]:
    """How far a position is, in the direction in which the sequence runs."""
    last = position.last_value or 0
    return (-last if int(options.increment) < 0 else last, position.is_called)


def _options(sequence: Sequence) -> str:
    return (
        f"INCREMENT BY {sequence.increment} MINVALUE {sequence.min} MAXVALUE {sequence.max}"
        f" START WITH {sequence.start} CACHE {sequence.cache} {'CYCLE' if sequence.cycle else 'NO CYCLE'}"
    )


def _set(relation: Relation, sequence: Sequence) -> str:
    called = literal(sequence.is_called).lower()
    name = f"{literal(relation.qualified)}::pg_catalog.regclass"
    return f"SELECT pg_catalog.setval({name}, {literal(sequence.last_value)}, {called})"


def _set_furthest(relation: Relation, sequence: Sequence) -> str:
    """Set a sequence to the one of its old position and that of now that is further on."""
    down = "DESC" if int(sequence.increment) > 0 else "ASC"
    return (
        f"SELECT pg_catalog.setval({literal(relation.qualified)}::pg_catalog.regclass, p.last_value, p.is_called)\n"
        f"FROM (SELECT last_value, is_called FROM {relation.qualified}\n"
        f"  UNION ALL SELECT {literal(sequence.last_value)}, {literal(sequence.is_called).lower()}) p\n"
        f"ORDER BY p.last_value {down}, p.is_called DESC LIMIT 1"
    )
