"""Views that come back: dropped ones, and those that have to be made anew."""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from planrun.core.catalog import Column, Relation, quoted
from planrun.core.inverse import grants, parts
from planrun.core.inverse.actions import Action, Finding, Phase
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def again(gone: Iterable[Relation]) -> Iterator[Finding]:
    """Yield what creates views again, the used before their users."""
    views = {view.oid: view for view in gone if view.kind == "v" and not view.temporary}
    used: dict[int, set[int]] = {oid: set() for oid in sorted(views)}
    for oid, view in views.items():
        for user in view.dependants or ():
            used.get(user, set()).add(oid)
    for oid in TopologicalSorter(used).static_order():
        yield from _create_view(views[oid])


def _create_view(view: Relation) -> Iterator[Finding]:
    body = (view.definition or "").rstrip().removesuffix(";")
    yield Action(Phase.VIEWS_ON, f"CREATE VIEW {view.qualified}{with_options(view)} AS\n{body}")
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


def with_options(view: Relation) -> str:
    """Return the WITH clause of a view, empty when it has no options."""
    return f" WITH ({', '.join(view.options)})" if view.options else ""


def is_made_anew(was: Relation, now: Relation) -> bool:
    """Whether a view was replaced by one that has to be dropped for the old one to come back.

    One that others depend on is replaced back, which CREATE OR REPLACE does as long as the columns are the same.
    """
    if was.kind != "v" or was.temporary or was.body == now.body:
        return False
    return not now.dependants or [_shape(c) for c in was.columns] != [_shape(c) for c in now.columns]


def _shape(column: Column) -> tuple[str, str, str | None]:
    return (column.name, column.type, column.collation)
