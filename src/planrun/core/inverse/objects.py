"""Objects of rarely used kinds: what a step created goes again; what it dropped or altered is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Catalog, Object


def undo(before: Catalog, after: Catalog) -> Iterator[Finding]:
    """Yield what takes the objects of `after` back to those of `before`."""
    for key, item in sorted(after.objects.items(), key=lambda pair: -pair[1].oid):
        if key not in before.objects and not item.internal:
            drop = f"DROP {item.word.upper()} {item.identity}"
            # No collation comes back under its name: it may stay until no column has it any more.
            late = ("", drop) if item.catalog == "pg_collation" else None
            yield Action(Phase.OBJECTS_OFF, drop, (item.catalog, item.oid, 0), late=late)
    for key, was in before.objects.items():
        now = after.objects.get(key)
        if now is not None:
            yield from _altered(was, now)
        elif not was.internal:
            yield Refusal(f"{was.word} {was.identity}", "it was dropped, and is not made again")


def _altered(was: Object, now: Object) -> Iterator[Finding]:
    target = f"{was.word.upper()} {was.identity}"
    if was.body != now.body:
        yield Refusal(f"{was.word} {was.identity}", "it was altered, and is not altered back")
        return
    if was.owner is not None and was.owner != now.owner:
        yield Action(Phase.SETTINGS_ON, f"ALTER {target} OWNER TO {quoted(was.owner)}")
    if was.comment != now.comment:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON {target} IS {literal(was.comment)}")
