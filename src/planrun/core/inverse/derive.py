"""Compares two catalogs and derives the inverse of what lies between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from planrun.core.catalog import Catalog, Column, Dependency, Function, Relation, Schema, Type, quoted
from planrun.core.inverse import columns, grants, names, order, parts
from planrun.core.inverse.actions import Action, Caveat, Finding, Phase, Refusal
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.catalog import Address

_WORD = {
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

    @property
    def drops(self) -> tuple[Address, ...]:
        """The objects that the inverse drops."""
        return tuple(action.drops for action in self.actions if action.drops is not None)


def derive(before: Catalog, after: Catalog) -> Inverse:
    """Return the inverse of the change from `before` to `after`."""
    kept = [(before.relations[oid], after.relations[oid]) for oid in before.relations if oid in after.relations]
    created = [relation for oid, relation in after.relations.items() if oid not in before.relations]
    dropped = [relation for oid, relation in before.relations.items() if oid not in after.relations]
    replaced = {was.oid for was, now in kept if _is_made_anew(was, now)}
    findings = [
        *_created(created, before),
        *_dropped(dropped),
        *(finding for was, now in kept if was != now for finding in _altered(was, now)),
        *names.undo([(was, now) for was, now in kept if was.oid not in replaced], _WORD),
        *_views_back([*dropped, *(was for was, _ in kept if was.oid in replaced)]),
        *_functions(before, after),
        *_schemas(before, after),
        *_types(before, after),
    ]
    return Inverse(
        actions=tuple(sorted((f for f in findings if isinstance(f, Action)), key=lambda action: action.phase)),
        created=tuple(r for r in created if r.kind in {"r", "p"} and not r.temporary),
        added=tuple((now, fresh) for was, now in kept if (fresh := columns.added(was, now))),
        dropped=tuple((was, lost) for was, now in kept if (lost := _stored(columns.dropped(was, now)))),
        rewritten=tuple(was.oid for was, now in kept if was.filenode != now.filenode),
        refusals=tuple(f for f in findings if isinstance(f, Refusal)),
        caveats=tuple(f for f in findings if isinstance(f, Caveat)),
    )


def ordered(inverse: Inverse, dependencies: tuple[Dependency, ...]) -> Inverse:
    """Return the inverse with what it drops in an order that the server accepts.

    Args:
        inverse: what `derive` made.
        dependencies: what needs the objects of `Inverse.drops`.
    """
    first = [action for action in inverse.actions if action.phase < Phase.SCHEMAS_ON]
    rest = [action for action in inverse.actions if action.phase >= Phase.SCHEMAS_ON]
    sorted_first, refusals = order.users_first(first, dependencies)
    return replace(inverse, actions=(*sorted_first, *rest), refusals=(*inverse.refusals, *refusals))


def _stored(lost: tuple[Column, ...]) -> tuple[Column, ...]:
    return tuple(column for column in lost if not column.generated)


# --- relations that came or went ---------------------------------------------------------------


def _created(created: list[Relation], before: Catalog) -> Iterator[Finding]:
    lasting = [relation for relation in created if not relation.temporary]
    own = {relation.oid for relation in lasting}
    for relation in sorted(lasting, key=lambda relation: -relation.oid):
        drops = ("pg_class", relation.oid, 0)
        if relation.kind in _DROPPED_IN and not (relation.kind == "S" and _goes_with_owner(relation, own, before)):
            word = _WORD.get(relation.kind, "TYPE")
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


def _dropped(dropped: list[Relation]) -> Iterator[Finding]:
    for relation in dropped:
        if relation.kind != "v" and not relation.temporary:
            yield Refusal(
                f"{_NAMES.get(relation.kind, 'relation')} {relation.qualified}",
                "it was dropped",
                "rename it away instead and drop it after finalize, write a rollback step, or set irreversible: true",
            )


def _views_back(gone: Iterable[Relation]) -> Iterator[Finding]:
    views = {view.oid: view for view in gone if view.kind == "v" and not view.temporary}
    used: dict[int, set[int]] = {oid: set() for oid in sorted(views)}
    for oid, view in views.items():
        for user in view.dependants or ():
            used.get(user, set()).add(oid)
    for oid in TopologicalSorter(used).static_order():
        yield from _create_view(views[oid])


def _create_view(view: Relation) -> Iterator[Finding]:
    body = (view.definition or "").rstrip().removesuffix(";")
    yield Action(Phase.VIEWS_ON, f"CREATE VIEW {view.qualified}{_with(view)} AS\n{body}")
    bare = Relation(
        oid=view.oid,
        schema=view.schema,
        name=view.name,
        kind="v",
        owner=view.owner,
    )
    yield from parts.undo(view, bare)
    for column in view.columns:
        place = f"{view.qualified}.{quoted(column.name)}"
        if column.default is not None:
            alter = f"ALTER VIEW {view.qualified} ALTER COLUMN {quoted(column.name)} SET DEFAULT {column.default}"
            yield Action(Phase.SETTINGS_ON, alter)
        if column.comment is not None:
            yield Action(Phase.COMMENTS_ON, f"COMMENT ON COLUMN {place} IS {literal(column.comment)}")
    if view.comment is not None:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON VIEW {view.qualified} IS {literal(view.comment)}")
    yield Action(Phase.SETTINGS_ON, f"ALTER VIEW {view.qualified} OWNER TO {quoted(view.owner)}")
    target = f"TABLE {view.qualified}"
    yield from grants.anew(target, view.qualified, view.owner, view.acl)
    for column in view.columns:
        yield from grants.restore(target, view.owner, column.acl, None, column=quoted(column.name))


def _with(view: Relation) -> str:
    return f" WITH ({', '.join(view.options)})" if view.options else ""


# --- relations that stayed ---------------------------------------------------------------------


def _altered(was: Relation, now: Relation) -> Iterator[Finding]:
    if was.temporary:
        return
    word = _WORD.get(was.kind, "TABLE")
    yield from _unsupported(was, now)
    if _is_made_anew(was, now):
        if now.dependants:
            yield Refusal(f"view {was.qualified}", "its columns were changed, and other views depend on it")
        yield Action(Phase.VIEWS_OFF, f"DROP VIEW {now.qualified}", ("pg_class", was.oid, 0))
        return
    if was.kind == "v" and was.body != now.body:
        body = (was.definition or "").rstrip().removesuffix(";")
        yield Action(Phase.VIEWS_ON, f"CREATE OR REPLACE VIEW {was.qualified}{_with(was)} AS\n{body}")
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


def _is_made_anew(was: Relation, now: Relation) -> bool:
    """Whether a view was replaced by one that has to be dropped for the old one to come back.

    One that others depend on is replaced back, which CREATE OR REPLACE does as long as the columns are the same.
    """
    if was.kind != "v" or was.temporary or was.body == now.body:
        return False
    return not now.dependants or [_shape(c) for c in was.columns] != [_shape(c) for c in now.columns]


def _shape(column: Column) -> tuple[str, str, str | None]:
    return (column.name, column.type, column.collation)


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


# --- functions, schemas, types -----------------------------------------------------------------


def _functions(before: Catalog, after: Catalog) -> Iterator[Finding]:
    for oid, function in after.functions.items():
        if oid not in before.functions:
            word = "AGGREGATE" if function.kind == "a" else "ROUTINE"
            yield Action(Phase.FUNCTIONS_OFF, f"DROP {word} {function.qualified}", ("pg_proc", oid, 0))
    for oid, function in before.functions.items():
        now = after.functions.get(oid)
        if now != function:
            yield from _function_back(function, now)


def _function_back(function: Function, now: Function | None) -> Iterator[Finding]:
    what = f"function {function.qualified}"
    if function.definition is None:
        yield Refusal(what, "it is an aggregate")
        return
    if now is None and function.sql_body:
        yield Refusal(what, "it was dropped, and its body is bound to other objects")
        return
    if now is not None and function.owner != now.owner:
        yield Refusal(what, "its owner was changed")
        return
    if now is not None:
        yield from _function_name(function, now)
    target = f"ROUTINE {function.qualified}"
    if now is None or now.body != function.body:
        yield Action(Phase.FUNCTIONS_ON, function.definition.rstrip())
    if now is None:
        yield Action(Phase.SETTINGS_ON, f"ALTER {target} OWNER TO {quoted(function.owner)}")
    if function.comment != (now.comment if now else None):
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON {target} IS {literal(function.comment)}")
    if now is None:
        yield Action(Phase.GRANTS_ON, f"REVOKE ALL ON {target} FROM PUBLIC")
    yield from grants.restore(target, function.owner, function.acl, now.acl if now else ())


def _function_name(function: Function, now: Function) -> Iterator[Finding]:
    place = f"ALTER ROUTINE {quoted(now.schema)}"
    if function.schema != now.schema:
        move = f"ALTER ROUTINE {now.qualified} SET SCHEMA {quoted(function.schema)}"
        yield Action(Phase.SCHEMAS_CHANGED, move)
        place = f"ALTER ROUTINE {quoted(function.schema)}"
    if function.name != now.name:
        rename = f"{place}.{quoted(now.name)}({now.arguments}) RENAME TO {quoted(function.name)}"
        yield Action(Phase.NAMES_BACK, rename)


def _schemas(before: Catalog, after: Catalog) -> Iterator[Finding]:
    for oid, schema in after.schemas.items():
        if oid not in before.schemas and not _is_temporary(schema):
            yield Action(Phase.SCHEMAS_OFF, f"DROP SCHEMA {schema.name}")
    for oid, schema in before.schemas.items():
        now = after.schemas.get(oid)
        if now is None or (now.name, now.owner) != (schema.name, schema.owner):
            yield Refusal(f"schema {schema.name}", "it was dropped, or its name or owner was changed")
        else:
            yield from _belongings(f"SCHEMA {schema.name}", schema, now)


def _is_temporary(schema: Schema) -> bool:
    return schema.name.startswith(("pg_temp_", "pg_toast_temp_"))


def _types(before: Catalog, after: Catalog) -> Iterator[Finding]:
    for oid, type_ in after.types.items():
        if oid not in before.types:
            drop = f"DROP {_type_word(type_)} {type_.name}"
            yield Action(Phase.TYPES_OFF, drop, ("pg_type", oid, 0))
    for oid, type_ in before.types.items():
        now = after.types.get(oid)
        if now is None or (now.body, now.owner) != (type_.body, type_.owner):
            yield Refusal(f"type {type_.name}", "it was altered or dropped")
        else:
            yield from _belongings(f"{_type_word(type_)} {type_.name}", type_, now)


def _type_word(type_: Type) -> str:
    return "DOMAIN" if type_.kind == "d" else "TYPE"


def _belongings(target: str, was: Schema | Type, now: Schema | Type) -> Iterator[Finding]:
    """Yield what brings back the comment and the privileges of an object that stayed."""
    if was.comment != now.comment:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON {target} IS {literal(was.comment)}")
    yield from grants.restore(target, was.owner, was.acl, now.acl)
