"""Compares two catalogs and derives the inverse of what lies between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planrun.core.catalog import Catalog, Column, Function, Relation, quoted
from planrun.core.inverse import columns, grants, parts
from planrun.core.inverse.actions import Action, Caveat, Finding, Phase, Refusal
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = {
    "r": "TABLE",
    "p": "TABLE",
    "v": "VIEW",
    "m": "MATERIALIZED VIEW",
    "S": "SEQUENCE",
    "f": "FOREIGN TABLE",
}
_NAMES = {"c": "composite type"} | {kind: word.lower() for kind, word in _WORD.items()}


@dataclass(frozen=True, slots=True)
class Inverse:
    """The way back of a step's DDL.

    Attributes:
        actions: the statements, in their order; rows are put back between those before and after Phase.DATA.
        created: the tables and materialized views that the step created; they go if nobody wrote to them since.
        added: for each table the columns that the step added; they go if nobody filled them since.
        dropped: for each table, as it was, the columns whose values the way back must bring.
        rewritten: the OIDs of tables whose storage was replaced, by a rewrite or by TRUNCATE.
        refusals: what cannot be taken back.
        caveats: what comes back a little different.
    """

    actions: tuple[Action, ...]
    created: tuple[Relation, ...]
    added: tuple[tuple[Relation, tuple[Column, ...]], ...]
    dropped: tuple[tuple[Relation, tuple[Column, ...]], ...]
    rewritten: tuple[int, ...]
    refusals: tuple[Refusal, ...]
    caveats: tuple[Caveat, ...]


def derive(before: Catalog, after: Catalog) -> Inverse:
    """Return the inverse of the change from `before` to `after`."""
    kept = [
        (before.relations[oid], after.relations[oid]) for oid in before.relations if oid in after.relations
    ]
    created = [relation for oid, relation in after.relations.items() if oid not in before.relations]
    dropped = [relation for oid, relation in before.relations.items() if oid not in after.relations]
    findings = [
        *_created(created, before),
        *(
            finding
            for relation in sorted(dropped, key=lambda relation: relation.oid)
            for finding in _dropped(relation)
        ),
        *(finding for was, now in kept if was != now for finding in _altered(was, now)),
        *_functions(before, after),
        *_plain(before, after),
    ]
    return Inverse(
        actions=tuple(
            sorted((f for f in findings if isinstance(f, Action)), key=lambda action: action.phase)
        ),
        created=tuple(r for r in created if r.kind in {"r", "p"} and not r.temporary),
        added=tuple((now, fresh) for was, now in kept if (fresh := columns.added(was, now))),
        dropped=tuple((was, lost) for was, now in kept if (lost := _stored(columns.dropped(was, now)))),
        rewritten=tuple(was.oid for was, now in kept if was.filenode != now.filenode),
        refusals=tuple(f for f in findings if isinstance(f, Refusal)),
        caveats=tuple(f for f in findings if isinstance(f, Caveat)),
    )


def _stored(lost: tuple[Column, ...]) -> tuple[Column, ...]:
    return tuple(column for column in lost if not column.generated)


# --- relations that came or went ---------------------------------------------------------------


def _created(created: list[Relation], before: Catalog) -> Iterator[Finding]:
    lasting = [relation for relation in created if not relation.temporary]
    own = {relation.oid for relation in lasting}
    tables = [relation for relation in lasting if relation.kind in {"r", "p"}]
    for relation in sorted(lasting, key=lambda relation: -relation.oid):
        if relation.kind in {"v", "m"}:
            yield Action(Phase.VIEWS_OFF, f"DROP {_WORD[relation.kind]} {relation.qualified}")
        elif relation.kind == "S" and not _goes_with_owner(relation, own, before):
            yield Action(Phase.SEQUENCES_OFF, f"DROP SEQUENCE {relation.qualified}")
        elif relation.kind == "c":
            yield Action(Phase.TYPES_OFF, f"DROP TYPE {relation.qualified}")
        elif relation.kind == "f":
            yield Refusal(f"foreign table {relation.qualified}", "foreign tables are not covered")
        if relation.in_tree:
            yield Refusal(f"table {relation.qualified}", "partitions and inheritance are not covered yet")
    if tables:
        # One statement: tables that refer to one another go together.
        names = ", ".join(relation.qualified for relation in tables)
        yield Action(Phase.TABLES_OFF, f"DROP TABLE {names}")


def _goes_with_owner(sequence: Relation, created: set[int], before: Catalog) -> bool:
    if sequence.owned_by is None:
        return False
    table, attnum, _ = sequence.owned_by
    owner = before.relations.get(table)
    return table in created or (owner is not None and owner.column(attnum) is None)


def _dropped(relation: Relation) -> Iterator[Finding]:
    if relation.kind == "v":
        yield from _create_view(relation)
    elif not relation.temporary:
        yield Refusal(
            f"{_NAMES.get(relation.kind, 'relation')} {relation.qualified}",
            "it was dropped",
            "rename it away instead and drop it after finalize, write a rollback step, or set irreversible: true",
        )


def _create_view(view: Relation) -> Iterator[Finding]:
    options = f" WITH ({', '.join(view.options)})" if view.options else ""
    body = (view.definition or "").rstrip().removesuffix(";")
    yield Action(Phase.VIEWS_ON, f"CREATE VIEW {view.qualified}{options} AS\n{body}")
    bare = Relation(
        oid=view.oid,
        schema=view.schema,
        name=view.name,
        kind="v",
        owner=view.owner,
        columns=tuple(
            Column(
                attnum=column.attnum,
                name=column.name,
                type=column.type,
                not_null=False,
                collation=column.collation,
            )
            for column in view.columns
        ),
    )
    yield from parts.undo(view, bare)
    for column in view.columns:
        place = f"{view.qualified}.{quoted(column.name)}"
        if column.default is not None:
            alter = (
                f"ALTER VIEW {view.qualified} ALTER COLUMN {quoted(column.name)} SET DEFAULT {column.default}"
            )
            yield Action(Phase.SETTINGS_ON, alter)
        if column.comment is not None:
            yield Action(Phase.COMMENTS_ON, f"COMMENT ON COLUMN {place} IS {literal(column.comment)}")
    if view.comment is not None:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON VIEW {view.qualified} IS {literal(view.comment)}")
    target = f"TABLE {view.qualified}"
    yield from grants.anew(target, view.qualified, view.owner, view.acl)
    for column in view.columns:
        yield from grants.restore(target, view.owner, column.acl, None, column=quoted(column.name))


# --- relations that stayed ---------------------------------------------------------------------


def _altered(was: Relation, now: Relation) -> Iterator[Finding]:
    if was.temporary:
        return
    word = _WORD.get(was.kind, "TABLE")
    yield from _moved(was, now, word)
    yield from _unsupported(was, now)
    if was.kind == "v" and was.definition != now.definition:
        yield from _replaced_view(was, now)
        return
    yield from columns.undo(was, now)
    yield from parts.undo(was, now)
    yield from columns.options(f"ALTER {word} {was.qualified}", was.options, now.options)
    if (was.row_security, was.force_row_security) != (now.row_security, now.force_row_security):
        yield from _row_security(was, now)
    if was.comment != now.comment:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON {word} {was.qualified} IS {literal(was.comment)}")
    on = "SEQUENCE" if was.kind == "S" else "TABLE"
    yield from grants.restore(f"{on} {was.qualified}", was.owner, was.acl, now.acl)


def _moved(was: Relation, now: Relation, word: str) -> Iterator[Finding]:
    if was.schema != now.schema:
        yield Action(Phase.RENAME, f"ALTER {word} {now.qualified} SET SCHEMA {quoted(was.schema)}")
    if was.name != now.name:
        place = f"{quoted(was.schema)}.{quoted(now.name)}"
        yield Action(Phase.RENAME, f"ALTER {word} {place} RENAME TO {quoted(was.name)}")


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
        "replica_identity": "its replica identity was changed",
    }.items():
        if getattr(was, field) != getattr(now, field):
            yield Refusal(what, reason)
    if was.in_tree:
        yield Refusal(what, "it belongs to a partition or inheritance tree, which is not covered yet")
    if was.kind in {"S", "m"} and was.filenode != now.filenode:
        yield Refusal(what, "it was restarted or altered" if was.kind == "S" else "its content was replaced")
    if was.kind in {"f", "c", "m"} and was.columns != now.columns:
        yield Refusal(what, "its definition was changed")


def _replaced_view(was: Relation, now: Relation) -> Iterator[Finding]:
    if now.dependants:
        yield Refusal(f"view {was.qualified}", "it was replaced, and other views depend on it")
    name = f"{quoted(was.schema)}.{quoted(was.name)}"
    yield Action(Phase.VIEWS_OFF, f"DROP VIEW {name}")
    yield from _create_view(was)


def _row_security(was: Relation, now: Relation) -> Iterator[Finding]:
    table = f"ALTER TABLE {was.qualified}"
    if was.row_security != now.row_security:
        yield Action(
            Phase.SETTINGS_ON, f"{table} {'ENABLE' if was.row_security else 'DISABLE'} ROW LEVEL SECURITY"
        )
    if was.force_row_security != now.force_row_security:
        force = "FORCE" if was.force_row_security else "NO FORCE"
        yield Action(Phase.SETTINGS_ON, f"{table} {force} ROW LEVEL SECURITY")


# --- functions, schemas, types -----------------------------------------------------------------


def _functions(before: Catalog, after: Catalog) -> Iterator[Finding]:
    for oid, function in after.functions.items():
        if oid not in before.functions:
            word = "AGGREGATE" if function.kind == "a" else "ROUTINE"
            yield Action(Phase.FUNCTIONS_OFF, f"DROP {word} {function.qualified}")
    for oid, function in before.functions.items():
        now = after.functions.get(oid)
        if now != function:
            yield from _function_back(function, now)


def _function_back(function: Function, now: Function | None) -> Iterator[Finding]:
    what = f"function {function.qualified}"
    if function.definition is None:
        yield Refusal(what, "it is an aggregate")
        return
    if now is not None and (function.owner, function.schema, function.name) != (
        now.owner,
        now.schema,
        now.name,
    ):
        yield Refusal(what, "its owner, its schema or its name was changed")
        return
    if now is None or now.definition != function.definition:
        yield Action(Phase.FUNCTIONS_ON, function.definition.rstrip())
    target = f"ROUTINE {function.qualified}"
    if function.comment != (now.comment if now else None):
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON {target} IS {literal(function.comment)}")
    if now is None:
        yield Action(Phase.GRANTS_ON, f"REVOKE ALL ON {target} FROM PUBLIC")
    yield from grants.restore(target, function.owner, function.acl, now.acl if now else ())


def _plain(before: Catalog, after: Catalog) -> Iterator[Finding]:
    for oid, schema in after.schemas.items():
        if oid not in before.schemas:
            yield Action(Phase.SCHEMAS_OFF, f"DROP SCHEMA {schema.name}")
    for oid, type_ in after.types.items():
        if oid not in before.types:
            yield Action(Phase.TYPES_OFF, f"DROP {'DOMAIN' if type_.kind == 'd' else 'TYPE'} {type_.name}")
