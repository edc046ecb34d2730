"""Owners of relations that stayed, and where and how their rows are stored."""

from __future__ import annotations

from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from planrun.core.catalog import Relation, quoted
from planrun.core.inverse import grants
from planrun.core.inverse.actions import Action, Caveat, Finding, Phase, Refusal
from planrun.core.inverse.properties import WORD, called

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def owner(was: Relation, now: Relation) -> Iterator[Finding]:
    """Yield what gives a relation back to its owner; its indexes and the sequences of its columns follow."""
    follows = was.owned_by is not None and was.owned_by == now.owned_by
    if was.owner == now.owner or follows:
        return
    what = called(was)
    if not now.owned:
        yield Refusal(what, f"it was given to {now.owner}, from whom the role of the run cannot take it")
    elif was.owner_hindrance:
        yield Refusal(what, f"its owner was changed, and the role of the run {was.owner_hindrance}")
    else:
        change = f"ALTER {WORD.get(was.kind, 'TABLE')} {was.qualified} OWNER TO {quoted(was.owner)}"
        yield Action(Phase.OWNERS_ON, change)


def reowned(was: Relation, now: Relation) -> Relation:
    """Return a relation with the privileges that OWNER TO the old owner leaves."""
    if was.owner == now.owner:
        return now
    return replace(
        now,
        owner=was.owner,
        acl=grants.merged(now.acl, now.owner, was.owner),
        columns=tuple(replace(column, acl=grants.merged(column.acl, now.owner, was.owner)) for column in now.columns),
    )


def undo(was: Relation, now: Relation) -> Iterator[Finding]:
    """Yield what moves the rows of a relation back to their tablespace and access method."""
    place = f"ALTER {WORD.get(was.kind, 'TABLE')} {was.qualified}"
    what = called(was)
    if was.tablespace != now.tablespace:
        if was.hindrance:
            yield Refusal(what, f"it was moved to another tablespace, and the role of the run {was.hindrance}")
        yield Action(Phase.SETTINGS_ON, f"{place} SET TABLESPACE {quoted(was.tablespace_name)}")
    if was.access_method != now.access_method:
        yield Action(Phase.SETTINGS_ON, f"{place} SET ACCESS METHOD {quoted(was.access_method_name)}")


def logged(kept: Iterable[tuple[Relation, Relation]]) -> Iterator[Finding]:
    """Yield SET LOGGED and SET UNLOGGED; no logged table may refer to an unlogged one meanwhile."""
    changed = {was.oid: (was, now) for was, now in kept if was.persistence != now.persistence and not was.temporary}
    down = [was for was, _ in changed.values() if was.persistence == "u"]
    up = [was for was, _ in changed.values() if was.persistence != "u"]
    try:
        ordered = [*reversed(_referenced_first(down)), *_referenced_first(up)]
    except CycleError:
        tables = ", ".join(was.qualified for was, _ in changed.values())
        yield Refusal(f"tables {tables}", "they refer to one another, and were made logged or unlogged")
        return
    for table in ordered:
        state = "UNLOGGED" if table.persistence == "u" else "LOGGED"
        yield Action(Phase.COLUMNS_ON, f"ALTER {WORD[table.kind]} {table.qualified} SET {state}")
        if state == "LOGGED" and table.owned_by is None:
            yield Caveat(f"{table.qualified} is unlogged until it is taken back: a crash of the server empties it")


def _referenced_first(tables: list[Relation]) -> list[Relation]:
    """Return tables with each behind those that it refers to, and sequences last: they follow their tables."""
    by_oid = {table.oid: table for table in sorted(tables, key=lambda table: (table.kind == "S", table.oid))}
    uses = {
        oid: {c.foreign for c in table.constraints if c.type == "f" and c.foreign in by_oid and c.foreign != oid}
        for oid, table in by_oid.items()
    }
    return [by_oid[oid] for oid in TopologicalSorter(uses).static_order()]
