"""What a relation is beside its name and its storage: columns, parts, options, row security, comment, privileges.

`undo` leads from one state of a relation to another. A relation that is made again starts from its `bare` state: what
its CREATE statement alone gives.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.catalog import Column, Relation, quoted
from planrun.core.inverse import columns, grants, parts
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


def called(relation: Relation) -> str:
    """Return what a refusal calls a relation: its kind and its name."""
    return f"{WORD.get(relation.kind, 'relation').lower()} {relation.qualified}"


def bare(relation: Relation) -> Relation:
    """Return what the CREATE statement of a relation alone makes of it."""
    return replace(
        relation,
        columns=tuple(_bare(column) for column in relation.columns),
        constraints=(),
        indexes=(),
        triggers=(),
        internal_triggers=(),
        rules=(),
        policies=(),
        statistics=(),
        row_security=False,
        force_row_security=False,
        replica_identity="n" if relation.kind == "v" else "d",
        of_type=0,
        comment=None,
    )


def _bare(column: Column) -> Column:
    return replace(
        column,
        not_null=False,
        default=column.default if column.generated else None,
        body=column.body if column.generated else None,
        default_oid=None,
        storage=column.type_storage,
        compression="",
        statistics=None,
        options=None,
        acl=None,
        comment=None,
    )


def undo(was: Relation, now: Relation) -> Iterator[Finding]:
    """Yield what takes a relation back to what it was; its name and its owner are the old ones again."""
    word = WORD.get(was.kind, "TABLE")
    target = f"{'SEQUENCE' if was.kind == 'S' else 'TABLE'} {was.qualified}"
    yield from grants.restore(target, was.owner, was.acl, now.acl)
    if was.kind in {"r", "p"}:
        yield from grants.kept_by_owner(target, was.owner, was.acl or (), now.acl or ())
    now = replace(now, columns=tuple(_revoked(column, was, now) for column in now.columns))
    yield from columns.undo(was, now)
    yield from parts.undo(was, now)
    yield from columns.options(f"ALTER {word} {was.qualified}", was.options, now.options)
    yield from columns.options(f"ALTER {word} {was.qualified}", _of_toast(was), _of_toast(now))
    if was.of_type != now.of_type:
        # While it has the type, none of its columns goes, comes or gets another name.
        if now.of_type:
            yield Action(Phase.PARENTS_OFF, f"ALTER TABLE {now.qualified} NOT OF")
        if was.of_type:
            yield Action(Phase.SETTINGS_ON, f"ALTER TABLE {was.qualified} OF {was.of_type_name}")
    if was.row_security != now.row_security:
        security = "ENABLE" if was.row_security else "DISABLE"
        yield Action(Phase.SETTINGS_ON, f"ALTER TABLE {was.qualified} {security} ROW LEVEL SECURITY")
    if was.force_row_security != now.force_row_security:
        force = "FORCE" if was.force_row_security else "NO FORCE"
        yield Action(Phase.SETTINGS_ON, f"ALTER TABLE {was.qualified} {force} ROW LEVEL SECURITY")
    if was.identified_by != now.identified_by:
        yield from _identity(was, now)
    if was.comment != now.comment:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON {word} {was.qualified} IS {literal(was.comment)}")
    if was.row_type != now.row_type:
        yield Refusal(f"relation {was.qualified}", "privileges on the type of its rows, or its comment, were changed")


def _revoked(column: Column, was: Relation, now: Relation) -> Column:
    """Return a column as REVOKE on its table leaves it: what is taken from the table is taken from its columns."""
    return replace(column, acl=grants.left(column.acl, was.acl, now.acl))


def toast(relation: Relation) -> tuple[str, ...]:
    """Return the storage parameters of the TOAST table, as its table names them."""
    return tuple(f"toast.{option}" for option in relation.toast_options or ())


def _of_toast(relation: Relation) -> tuple[str, ...] | None:
    return toast(relation) or None


def _identity(was: Relation, now: Relation) -> Iterator[Action]:
    """Yield what gives back a replica identity; columns by which rows are identified have to be NOT NULL until then."""
    optional = {column.attnum for column in was.columns if not column.not_null}
    if any(optional & {*index.columns} for index in now.indexes if index.replica_identity):
        yield Action(Phase.IDENTITIES_OFF, f"ALTER TABLE {now.qualified} REPLICA IDENTITY FULL")
    yield Action(Phase.SETTINGS_ON, f"ALTER TABLE {was.qualified} REPLICA IDENTITY {_replica_identity(was)}")


def _replica_identity(relation: Relation) -> str:
    index = next((index for index in relation.indexes if index.replica_identity), None)
    if index is not None:
        return f"USING INDEX {quoted(index.name)}"
    return {"n": "NOTHING", "f": "FULL"}.get(relation.replica_identity, "DEFAULT")
