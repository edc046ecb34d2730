"""Tells whether what hangs on tables still reads as the step left it, before the way back touches it by its name.

Constraints, indexes, triggers, rules, policies, extended statistics, defaults and sequences are compared by the text
that the server makes of them, like functions and views (see `restore_objects`), and so is what a table or a column has
one of: an owner, a comment, parameters. All of it works under an empty search_path. What goes with a table or a column
that the step made is told in `grown`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from planrun.core.catalog import Constraint, Index, Publication, quoted
from planrun.core.conflicts import RUN
from planrun.core.inverse import grants
from planrun.core.inverse.columns import added
from planrun.core.part_texts import DEFAULTS, PRIVILEGES, defaults_of, text_of
from planrun.core.planned import planned
from planrun.core.policy import DROPPED, NOTHING
from planrun.core.quoting import do, literal
from planrun.core.restore_objects import kept, text_hash
from planrun.core.undo import Definition

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from planrun.core.catalog import (
        Address,
        Attached,
        Catalog,
        Column,
        Function,
        Policy,
        Relation,
        Schema,
        Statistics,
        Type,
    )

    _Granted = Function | Relation | Schema | Type
    Part = Constraint | Index | Attached | Policy | Statistics
    Aside = Mapping[int, tuple[Index | Constraint, ...]]


# --- what the step made, changed or dropped ----------------------------------------------------


def named(before: Catalog, after: Catalog, aside: Aside, dropped: Collection[Address]) -> tuple[Definition, ...]:
    """Return the parts that the step made, changed or dropped, without what goes with a table or a column.

    In place of the hash of a default, owner or comment of before stands its text; `look` has the hashes.

    Args:
        before: what was read before the step.
        after: what was read after it.
        aside: by table the indexes and constraints that the way back drops and makes again, whatever the step did.
        dropped: what the way back drops.
    """
    found: dict[tuple[str, str, str], Definition] = {}
    going = {number for _, number, _ in dropped}
    for oid, now in after.relations.items():
        was = before.relations.get(oid)
        if was is not None and not now.temporary and (was != now or oid in aside):
            put_aside = aside.get(oid, ())
            anew = going.union(part.oid for part in put_aside)
            for item in (*_of_relation(was, now, anew), *_put_aside(now, put_aside)):
                found.setdefault((item.kind, item.place, item.name), item)
    others = (_sequences, _granted_on, _defaults, _published)
    for item in (item for yields in others for item in yields(before, after)):
        found.setdefault((item.kind, item.place, item.name), item)
    return tuple(found.values())


def _granted_on(before: Catalog, after: Catalog) -> Iterator[Definition]:
    """Yield the privileges on functions, types and schemas that the step gave, or gave or took the right to grant."""
    for kind, place, was, now in kept(before, after):
        # On a publication nothing can be granted.
        if not isinstance(was, Publication) and not isinstance(now, Publication) and was.acl != now.acl:
            for role, word in _given(was, now):
                yield Definition(f"{word} privilege on {kind}", role, None, place)


def _defaults(before: Catalog, after: Catalog) -> Iterator[Definition]:
    """Yield whom the step gave default privileges, or took them."""
    for key, now in after.default_privileges.items():
        was = before.default_privileges.get(key)
        old, new = set((was.acl if was else now.initial) or ()), set(now.acl or ())
        for role in sorted({grant[1] for grant in old ^ new}):
            yield Definition(
                f"default privileges on {DEFAULTS[now.kind]} for role", role, None, defaults_of(now.role, now.schema)
            )


def _published(before: Catalog, after: Catalog) -> Iterator[Definition]:
    """Yield the tables that the step put into publications of before; what it altered is told with the publication."""
    for oid, now in after.publications.items():
        was = before.publications.get(oid)
        known = {(member.word, member.oid) for member in was.members} if was is not None else set()
        for member in now.members:
            if was is not None and member.word == "TABLE" and ("TABLE", member.oid) not in known:
                yield Definition("membership in publication", now.name, None, member.name)


def _of_relation(was: Relation, now: Relation, anew: Collection[int]) -> Iterator[Definition]:
    """Yield the parts of a relation; `anew` has the OIDs of what is dropped on the way back."""
    fresh = {column.attnum for column in added(was, now)}
    gone = {column.attnum for column in added(now, was)}
    for kind, before, after in _parts(was, now):
        old, new = {part.oid: part for part in before}, {part.oid: part for part in after}
        for part in after:
            set_anew = isinstance(part, Index) and part.oid in old and not part.parent
            if old.get(part.oid) != part and (set_anew or _is_own(part, fresh)):
                yield _definition(now, kind, part)
        for part in before:
            # A NOT NULL that is there again already stays as it is.
            back = not (isinstance(part, Constraint) and part.type == "n")
            if back and new.get(part.oid) != part and _is_own(new.get(part.oid, part), gone):
                yield _definition(now, kind, part)
        yield from _comments(kind, before, after, now.qualified, anew)
    for column in was.columns:
        current = now.column(column.attnum)
        if current is not None and (current.body, current.identity) != (column.body, column.identity):
            default = f"{column.default or ''}{column.identity}"
            yield Definition("default", current.name, None, now.qualified, default)
    names = {column.name for column in was.columns}
    for column in now.columns:
        if column.attnum in fresh and column.name in names:
            yield Definition("column", column.name, None, now.qualified)
    yield from _properties(was, now)


def _parts(was: Relation, now: Relation) -> Iterator[tuple[str, tuple[Part, ...], tuple[Part, ...]]]:
    yield "constraint", was.constraints, now.constraints
    yield "index", was.indexes, now.indexes
    yield "trigger", was.triggers, now.triggers
    yield "rule", was.rules, now.rules
    yield "policy", was.policies, now.policies
    yield "statistics", was.statistics, now.statistics


def _comments(
    kind: str, before: tuple[Part, ...], after: tuple[Part, ...], place: str, anew: Collection[int]
) -> Iterator[Definition]:
    """Yield the comments, with those of before, that the step set, or that go with a part which comes back."""
    old, named_so = {part.oid: part for part in before}, {part.name: part for part in before}
    for part in after:
        was = old.get(part.oid) or named_so.get(part.name)
        # A constraint and its index go together.
        along = (part.oid, getattr(part, "constraint", None), getattr(part, "index", None))
        if was and (was.comment != part.comment or any(number in anew for number in along)):
            yield Definition(f"comment of {kind}", part.name, None, getattr(part, "schema", place), was.comment or "")


def _properties(was: Relation, now: Relation) -> Iterator[Definition]:
    """Yield what the step set of a table and its columns; of an owner or a comment with that of before."""
    place = now.qualified
    if was.owner != now.owner:
        yield Definition("owner", "", None, place, was.owner)
    if was.comment != now.comment:
        yield Definition("comment", "", None, place, was.comment or "")
    for kind, differs in (
        ("storage parameters", (was.options, was.toast_options) != (now.options, now.toast_options)),
        ("row security", (was.row_security, was.force_row_security) != (now.row_security, now.force_row_security)),
        ("replica identity", was.identified_by != now.identified_by),
        ("type of the table", was.of_type != now.of_type),
        ("partition bound", now.partition_bound is not None and was.partition_bound != now.partition_bound),
        ("clustering", _clustered(was) != _clustered(now)),
        ("owning column", now.kind == "S" and was.owned_by != now.owned_by),
    ):
        if differs:
            yield Definition(kind, "", None, place)
    for role, word in _revoked(was, now):
        yield Definition(f"{word} privilege", role, None, place)
    for column in was.columns:
        current = now.column(column.attnum)
        if current is not None:
            yield from _of_column(column, current, place)


def _of_column(was: Column, now: Column, place: str) -> Iterator[Definition]:
    if was.comment != now.comment:
        yield Definition("comment", now.name, None, place, was.comment or "")
    # A type brings a storage of its own.
    if was.kind != now.kind:
        yield Definition("type", now.name, None, place)
    elif _settings(was) != _settings(now):
        yield Definition("settings", now.name, None, place)


def _clustered(relation: Relation) -> set[int]:
    return {index.oid for index in relation.indexes if index.clustered}


def _revoked(was: Relation, now: Relation) -> list[tuple[str, str]]:
    """Return roles and privileges that the way back revokes, which takes those on columns along."""
    return [pair for pair in _given(was, now) if pair[1] in PRIVILEGES]


def _given(was: _Granted, now: _Granted) -> list[tuple[str, str]]:
    """Return the roles and privileges that the way back revokes, or of which it takes the right to grant."""
    before = {grant[:3]: grant[3] for grant in was.acl or ()}
    merged = grants.merged(now.acl, now.owner, was.owner) or ()
    return sorted({(g[1], g[2]) for g in merged if before.get(g[:3]) != g[3] and g[1] != was.owner})


def _settings(column: Column) -> tuple[object, ...]:
    return (column.statistics, column.storage, column.compression, column.options)


def _is_own(part: Part, columns: set[int]) -> bool:
    """Whether it has a statement of its own; it does not come from a table above, nor go or come with columns."""
    if isinstance(part, Constraint):
        with_columns = part.type != "f" and set(part.columns or (0,)) <= columns
        return not (part.parent or with_columns or (part.inherited and not part.local))
    if isinstance(part, Index):
        return not part.parent and part.constraint is None
    return not getattr(part, "parent", 0)


def _definition(now: Relation, kind: str, part: Part) -> Definition:
    if kind == "index":
        return Definition(kind, f"{quoted(now.schema)}.{quoted(part.name)}", None, now.qualified)
    return Definition(kind, part.name, None, getattr(part, "schema", now.qualified))


def _put_aside(now: Relation, parts: tuple[Index | Constraint, ...]) -> Iterator[Definition]:
    numbers = {part.oid for part in parts}
    for constraint in now.constraints:
        if constraint.oid in numbers or constraint.index in numbers:
            yield _definition(now, "constraint", constraint)
    for index in now.indexes:
        if index.oid in numbers and index.constraint is None:
            yield _definition(now, "index", index)


def _sequences(before: Catalog, after: Catalog) -> Iterator[Definition]:
    for one, other in ((after, before), (before, after)):
        for oid, found in one.relations.items():
            if found.kind != "S" or found.temporary or _goes_along(found, one, other):
                continue
            same = other.relations.get(oid)
            if same is None or (same.name, same.sequence) != (found.name, found.sequence):
                yield Definition("sequence", found.qualified, None)


def _goes_along(sequence: Relation, here: Catalog, there: Catalog) -> bool:
    """Whether it goes with its table, or its column."""
    if sequence.owned_by is None or sequence.oid in there.relations:
        return False
    table, attnum, _ = sequence.owned_by
    other = there.relations.get(table)
    return table in here.relations and (other is None or other.column(attnum) is None)


def look(kinds: Iterable[str]) -> str:
    """Return the query of kind, name, hash, place and the hash of before of parts of these kinds.

    $1 jsonb: the parts, an array of objects with kind, place, name and was.
    """
    was = f"CASE WHEN v.was IS NOT NULL THEN {text_hash('v.was')} END"
    return (
        f"SELECT v.kind, v.name, {text_hash(text_of(kinds))}, v.place, {was}\n"
        "FROM pg_catalog.jsonb_to_recordset($1) v (kind text, place text, name text, was text)"
    )


# --- the way back --------------------------------------------------------------------------------


def lock_parts(definitions: Iterable[Definition]) -> str:
    """Return the statement that keeps others from altering the tables of parts from before they are compared.

    They may read and write meanwhile. A table that is gone is found out by its parts.
    """
    names = ", ".join(dict.fromkeys(literal(item.place) for item in definitions if item.of_table))
    return do(
        "DECLARE found pg_catalog.text;\nBEGIN\n"
        "  FOR found IN SELECT c.oid::pg_catalog.regclass::pg_catalog.text\n"
        "    FROM pg_catalog.pg_class c JOIN (SELECT DISTINCT pg_catalog.to_regclass(u.name)::pg_catalog.oid AS oid\n"
        f"      FROM pg_catalog.unnest(ARRAY[{names}]) u(name)) n ON n.oid = c.oid WHERE c.relkind IN ('r', 'p')\n"
        "    ORDER BY c.oid\n"
        "  LOOP EXECUTE pg_catalog.format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE', found); END LOOP;\n"
        "END"
    )


def changed_parts(step_id: str, parts: Collection[Definition]) -> Iterator[str]:
    """Yield the statements that list parts which no longer read as the step left them, nor as before it."""
    query = (
        "INSERT INTO planrun.conflict"
        " (run_id, step_id, relid, relation, key, after, now, kind)\n"
        f"SELECT {RUN}, $1, 0, f.label, '', coalesce('definition ' || f.hash, '{NOTHING}'),\n"
        f"  coalesce('definition ' || f.now, '{DROPPED}'), 'altered'\n"
        f"FROM (SELECT v.*, {text_hash(text_of(item.kind for item in parts))} AS now\n"
        "FROM pg_catalog.jsonb_to_recordset($2)"
        " v (label text, kind text, place text, name text, hash text, was text)) f\n"
        "WHERE f.hash IS DISTINCT FROM f.now AND (f.was IS NULL OR f.was IS DISTINCT FROM f.now)"
    )
    return planned("changed_parts", query, step_id, [{**asdict(item), "label": item.label} for item in parts])
