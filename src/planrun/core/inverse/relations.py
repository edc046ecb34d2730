"""Relations that a step created, dropped or altered: what they are beside columns, parts and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import Catalog, Relation, quoted
from planrun.core.inverse import columns, grants, parts, views
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

WORD = {
    "r": "TABLE",
    "p": "TABLE",
    "v": "VIEW",
    "m": "MATERIALIZED VIEW",
    "S": "SEQUENCE",
    "f": "FOREIGN TABLE",
}
_DROPPED_IN = {
    "r": Phase.TABLES_OFF,
    "p": Phase.TABLES_OFF,
    "v": Phase.VIEWS_OFF,
    "m": Phase.VIEWS_OFF,
    "S": Phase.SEQUENCES_OFF,
    "c": Phase.TYPES_OFF,
}
_NAMES = {"c": "composite type"} | {kind: word.lower() for kind, word in WORD.items()}


def created(fresh: list[Relation], before: Catalog) -> Iterator[Finding]:
    """Yield what drops the relations that the step created."""
    lasting = [relation for relation in fresh if not relation.temporary]
    own = {relation.oid for relation in lasting}
    for relation in sorted(lasting, key=lambda relation: -relation.oid):
        drops = ("pg_class", relation.oid, 0)
        if relation.kind in _DROPPED_IN and not (relation.kind == "S" and _goes_with_owner(relation, own, before)):
            word = WORD.get(relation.kind, "TYPE")
            yield Action(_DROPPED_IN[relation.kind], f"DROP {word} {relation.qualified}", drops)
        elif relation.kind == "f":
            yield Refusal(f"foreign table {relation.qualified}", "foreign tables are not covered")
        if relation.in_tree:
            yield Refusal(f"table {relation.qualified}", "partitions and inheritance are not covered yet")
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
    return table in created or (owner is not None and owner.column(attnum) is None)


def dropped(gone: list[Relation]) -> Iterator[Finding]:
    """Yield what makes the relations again that the step dropped; views come back by `views`."""
    for relation in gone:
        if relation.kind != "v" and not relation.temporary:
            yield Refusal(
                f"{_NAMES.get(relation.kind, 'relation')} {relation.qualified}",
                "it was dropped",
                "rename it away instead and drop it after finalize, write a rollback step, or set irreversible: true",
            )


# --- relations that stayed ---------------------------------------------------------------------


def altered(was: Relation, now: Relation) -> Iterator[Finding]:
    """Yield what takes a relation that stayed back to what it was."""
    if was.temporary:
        return
    word = WORD.get(was.kind, "TABLE")
    yield from _unsupported(was, now)
    if views.is_made_anew(was, now):
        if now.dependants:
            yield Refusal(f"view {was.qualified}", "its columns were changed, and other views depend on it")
        yield Action(Phase.VIEWS_OFF, f"DROP VIEW {now.qualified}", ("pg_class", was.oid, 0))
        return
    if was.kind == "v" and was.body != now.body:
        body = (was.definition or "").rstrip().removesuffix(";")
        yield Action(Phase.VIEWS_ON, f"CREATE OR REPLACE VIEW {was.qualified}{views.with_options(was)} AS\n{body}")
    yield from columns.undo(was, now)
    yield from parts.undo(was, now)
    yield from columns.options(f"ALTER {word} {was.qualified}", was.options, now.options)
    if (was.row_security, was.force_row_security) != (now.row_security, now.force_row_security):
        yield from _row_security(was, now)
    if _identified_by(was) != _identified_by(now):
        yield Action(Phase.SETTINGS_ON, f"ALTER TABLE {was.qualified} REPLICA IDENTITY {_replica_identity(was)}")
    if was.comment != now.comment:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON {word} {was.qualified} IS {literal(was.comment)}")
    on = "SEQUENCE" if was.kind == "S" else "TABLE"
    yield from grants.restore(f"{on} {was.qualified}", was.owner, was.acl, now.acl)


def _unsupported(was: Relation, now: Relation) -> Iterator[Finding]:
    what = f"{_NAMES.get(was.kind, 'relation')} {was.qualified}"
    for field, reason in {
        "owner": "its owner was changed",
        "persistence": "it was made logged or unlogged",
        "tablespace": "it was moved to another tablespace",
        "access_method": "its access method was changed",
        "toast_options": "storage parameters of its TOAST table were changed",
        "of_type": "it was attached to or detached from a type",
        "in_tree": "it joined or left a partition or inheritance tree",
        "sequence": "its options were changed",
        "owned_by": "it got another owning column",
        "extension": "it joined or left an extension",
    }.items():
        if getattr(was, field) != getattr(now, field):
            yield Refusal(what, reason)
    if was.in_tree:
        yield Refusal(what, "it belongs to a partition or inheritance tree, which is not covered yet")
    if was.kind in {"S", "m"} and was.filenode != now.filenode:
        yield Refusal(what, "it was restarted or altered" if was.kind == "S" else "its content was replaced")
    if was.kind in {"f", "c", "m"} and was.columns != now.columns:
        yield Refusal(what, "its definition was changed")


def _row_security(was: Relation, now: Relation) -> Iterator[Finding]:
    table = f"ALTER TABLE {was.qualified}"
    if was.row_security != now.row_security:
        yield Action(Phase.SETTINGS_ON, f"{table} {'ENABLE' if was.row_security else 'DISABLE'} ROW LEVEL SECURITY")
    if was.force_row_security != now.force_row_security:
        force = "FORCE" if was.force_row_security else "NO FORCE"
        yield Action(Phase.SETTINGS_ON, f"{table} {force} ROW LEVEL SECURITY")


def _identified_by(relation: Relation) -> tuple[str, int]:
    index = next((index.oid for index in relation.indexes if index.replica_identity), 0)
    return (relation.replica_identity, index)


def _replica_identity(relation: Relation) -> str:
    index = next((index for index in relation.indexes if index.replica_identity), None)
    if index is not None:
        return f"USING INDEX {quoted(index.name)}"
    return {"n": "NOTHING", "f": "FULL"}.get(relation.replica_identity, "DEFAULT")
