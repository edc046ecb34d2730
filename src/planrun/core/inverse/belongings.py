"""The owner, the privileges and the comment of an object that is no relation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.inverse import grants
from planrun.core.inverse.actions import Action, Finding, Phase
from planrun.core.quoting import literal
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Function, Schema, Type


@frozen
class Kind:
    """Where the server keeps the privileges of a kind of object.

    Attributes:
        catalog: the system catalog.
        acl: its column with the access list.
        alias: the type that turns a name into the OID.
        initial: what acldefault() calls the kind.
    """

    catalog: str
    acl: str
    alias: str
    initial: str


FUNCTION = Kind("pg_proc", "proacl", "regprocedure", "f")
SCHEMA = Kind("pg_namespace", "nspacl", "regnamespace", "n")
TYPE = Kind("pg_type", "typacl", "regtype", "T")


def undo(
    target: str, was: Function | Schema | Type, now: Function | Schema | Type, *, granted: str = ""
) -> Iterator[Finding]:
    """Yield what brings back the owner, the comment and the privileges of an object that stayed.

    Args:
        target: its kind and its name before the step, as ALTER, COMMENT ON and GRANT ON take them.
        was: the object before the step.
        now: the object after it.
        granted: what GRANT ON takes, where that is another text.
    """
    if was.owner != now.owner:
        yield Action(Phase.SETTINGS_ON, f"ALTER {target} OWNER TO {quoted(was.owner)}")
    if was.comment != now.comment:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON {target} IS {literal(was.comment)}")
    yield from grants.restore(granted or target, was.owner, was.acl, grants.merged(now.acl, now.owner, was.owner))


def again(target: str, name: str, kind: Kind, was: Function | Schema | Type, *, granted: str = "") -> Iterator[Finding]:
    """Yield what gives an object that is made again its owner, its comment and exactly its privileges.

    Args:
        target: as for `undo`.
        name: its name as `kind.alias` reads it.
        kind: what it is.
        was: the object before the step.
        granted: as for `undo`.
    """
    yield Action(Phase.SETTINGS_ON, f"ALTER {target} OWNER TO {quoted(was.owner)}")
    if was.comment is not None:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON {target} IS {literal(was.comment)}")
    default = f"pg_catalog.acldefault('{kind.initial}', {literal(was.owner)}::pg_catalog.regrole)"
    held = f"{literal(name)}::pg_catalog.{kind.alias}"
    yield grants.revoked(granted or target, kind.catalog, f"coalesce(c.{kind.acl}, {default})", held)
    yield from grants.restore(granted or target, was.owner, was.acl, ())
