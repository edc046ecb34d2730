"""Views and materialized views that come back: dropped ones, replaced ones, and those that hang on them.

A view that was replaced is dropped and made again, with every view that depends on it. A materialized view is made
empty and its content computed at the very end; that gives the old content only if it was what its query gave.
"""

from __future__ import annotations

from dataclasses import replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from planrun.core.catalog import Catalog, Relation, quoted
from planrun.core.inverse import grants, properties
from planrun.core.inverse.actions import Action, Caveat, Finding, Phase, Refusal
from planrun.core.inverse.tables import clauses, hindered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_KINDS = frozenset("vm")


# --- what is made again ------------------------------------------------------------------------


def replaced(before: Catalog, after: Catalog) -> frozenset[int]:
    """Return the views that stayed and have to be dropped and made again for the old ones to come back."""
    found: set[int] = set()
    for oid, was in before.relations.items():
        now = after.relations.get(oid)
        if now is None or was.kind != "v" or was.temporary or was.body == now.body:
            continue
        users = _users(now, after)
        # CREATE OR REPLACE leads back where the columns are the same.
        if was.shape != now.shape or _all_plain(users, after):
            found |= {oid, *(user for user in users if _stayed(user, before, after))}
    return frozenset(found)


def _users(view: Relation, after: Catalog) -> set[int]:
    """Return what depends on a view, also by way of other views."""
    found: set[int] = set()
    waiting = [view]
    while waiting:
        fresh = set(waiting.pop().dependants or ()) - found
        found |= fresh
        waiting += [after.relations[oid] for oid in fresh if oid in after.relations]
    return found


def _stayed(oid: int, before: Catalog, after: Catalog) -> bool:
    return oid in before.relations and oid in after.relations and after.relations[oid].kind in _KINDS


def _all_plain(users: set[int], after: Catalog) -> bool:
    """Whether dropping the users of a view loses nothing: they are known, ours, and hold no rows."""
    known = [after.relations.get(oid) for oid in users]
    return all(user is not None and user.kind == "v" and user.owned for user in known)


# --- dropping and creating ---------------------------------------------------------------------


def off(was: Relation, now: Relation, after: Catalog) -> Iterator[Finding]:
    """Yield what drops a view that is made again, or that depends on such a one."""
    word = properties.WORD[was.kind]
    for user in now.dependants or ():
        if user not in after.relations or after.relations[user].kind not in _KINDS:
            yield Refusal(f"view {was.qualified}", "it was replaced, and other objects depend on it")
    if not now.owned:
        yield Refusal(f"view {was.qualified}", f"it depends on a replaced view, and belongs to {now.owner}")
    yield Action(Phase.VIEWS_OFF, f"DROP {word} {now.qualified}", ("pg_class", was.oid, 0))


def again(gone: Iterable[Relation]) -> Iterator[Finding]:
    """Yield what creates views again, the used before their users."""
    for view in _used_first(gone):
        yield from hindered(view)
        yield from _create(view)


def _used_first(relations: Iterable[Relation]) -> list[Relation]:
    views = {view.oid: view for view in relations if view.kind in _KINDS and not view.temporary}
    used: dict[int, set[int]] = {oid: set() for oid in sorted(views)}
    for oid, view in views.items():
        for user in view.dependants or ():
            used.get(user, set()).add(oid)
    return [views[oid] for oid in TopologicalSorter(used).static_order()]


def _create(view: Relation) -> Iterator[Finding]:
    body = (view.definition or "").rstrip().removesuffix(";")
    if view.kind == "m":
        create = " ".join(["CREATE MATERIALIZED VIEW", view.qualified, *clauses(view)])
        yield Action(Phase.VIEWS_ON, f"{create} AS\n{body}\nWITH NO DATA")
    else:
        yield Action(Phase.VIEWS_ON, f"CREATE VIEW {view.qualified}{_with_options(view)} AS\n{body}")
    word = properties.WORD[view.kind]
    yield Action(Phase.VIEWS_ON, f"ALTER {word} {view.qualified} OWNER TO {quoted(view.owner)}")
    # First, since it takes the privileges on columns with it.
    yield from grants.anew(f"TABLE {view.qualified}", view.qualified, view.owner, view.acl)
    for finding in properties.undo(view, properties.bare(view)):
        # Its indexes and defaults have to wait for it.
        if isinstance(finding, Action) and finding.phase < Phase.VIEWS_ON:
            yield replace(finding, phase=Phase.VIEWS_ON)
        else:
            yield finding


def replace_back(view: Relation) -> Action:
    """Return what replaces a view by the old one where it stands."""
    body = (view.definition or "").rstrip().removesuffix(";")
    return Action(Phase.VIEWS_ON, f"CREATE OR REPLACE VIEW {view.qualified}{_with_options(view)} AS\n{body}")


def _with_options(view: Relation) -> str:
    """Return the WITH clause of a view, empty when it has no options."""
    return f" WITH ({', '.join(view.options)})" if view.options else ""


# --- the content of materialized views ---------------------------------------------------------


def refreshed(before: Catalog, after: Catalog, made: frozenset[int]) -> tuple[Relation, ...]:
    """Return the materialized views, as they were, whose content the way back computes anew.

    Args:
        before: the catalog before the step.
        after: the catalog after it.
        made: the views that stayed and are made again.
    """
    views = [view for view in before.relations.values() if view.kind == "m" and view.populated]
    return tuple(view for view in _used_first(views) if view.oid in made or _replaced_content(view, after))


def _replaced_content(view: Relation, after: Catalog) -> bool:
    now = after.relations.get(view.oid)
    return now is None or now.filenode != view.filenode or now.written


def contents(before: Catalog, after: Catalog, made: frozenset[int]) -> Iterator[Finding]:
    """Yield what gives materialized views their content back; arguments as for `refreshed`."""
    for oid, was in before.relations.items():
        now = after.relations.get(oid)
        if was.kind == "m" and not was.populated and now is not None and now.populated and oid not in made:
            yield Action(Phase.CONTENT_ON, f"REFRESH MATERIALIZED VIEW {was.qualified} WITH NO DATA")
    for view in refreshed(before, after, made):
        what = f"materialized view {view.qualified}"
        if view.fresh is False:
            reason = "its content was replaced or dropped, and is not what its query gave: it cannot be computed again"
            yield Refusal(what, reason, "refresh it before the run, write a rollback step, or set irreversible: true")
        yield Caveat(f"the content of {what} is computed anew")
        yield Action(Phase.CONTENT_ON, f"REFRESH MATERIALIZED VIEW {view.qualified}")
