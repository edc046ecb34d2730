"""Types of their own (enums, domains, ranges) that a step created, dropped or altered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.inverse import belongings
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Catalog, Type


def undo(before: Catalog, after: Catalog) -> Iterator[Finding]:
    """Yield what takes the types of `after` back to those of `before`."""
    for oid, type_ in after.types.items():
        if oid not in before.types:
            drop = f"DROP {_type_word(type_)} {type_.name}"
            yield Action(Phase.TYPES_OFF, drop, ("pg_type", oid, 0))
    for oid, type_ in before.types.items():
        now = after.types.get(oid)
        if now is None or (now.body, now.owner) != (type_.body, type_.owner):
            yield Refusal(f"type {type_.name}", "it was altered or dropped")
        else:
            yield from belongings.undo(f"{_type_word(type_)} {type_.name}", type_, now)


def _type_word(type_: Type) -> str:
    return "DOMAIN" if type_.kind == "d" else "TYPE"
