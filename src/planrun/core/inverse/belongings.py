"""The comment and the privileges of an object that stayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.inverse import grants
from planrun.core.inverse.actions import Action, Finding, Phase
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Schema, Type


def undo(target: str, was: Schema | Type, now: Schema | Type) -> Iterator[Finding]:
    """Yield what brings back the comment and the privileges of an object that stayed."""
    if was.comment != now.comment:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON {target} IS {literal(was.comment)}")
    yield from grants.restore(target, was.owner, was.acl, now.acl)
