"""Functions and procedures that a step created, dropped, replaced or altered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import Catalog, Function, quoted
from planrun.core.inverse import grants
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator


def undo(before: Catalog, after: Catalog) -> Iterator[Finding]:
    """Yield what takes the functions of `after` back to those of `before`."""
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
