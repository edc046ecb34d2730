"""Publications that a step created, dropped or altered, and the tables and schemas in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.inverse.actions import Action, Finding, Phase, Refusal
from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Catalog, Member, Publication

_CATALOGS = {"TABLE": "pg_publication_rel", "TABLES IN SCHEMA": "pg_publication_namespace"}


def undo(before: Catalog, after: Catalog) -> Iterator[Finding]:
    """Yield what takes the publications of `after` back to those of `before`."""
    for oid, publication in after.publications.items():
        if oid not in before.publications:
            drop = f"DROP PUBLICATION {quoted(publication.name)}"
            yield Action(Phase.RULES_OFF, drop, ("pg_publication", oid, 0))
    for oid, was in before.publications.items():
        now = after.publications.get(oid)
        if now is None:
            yield from _again(was)
        elif was != now:
            yield from _renamed(was, now, {other.name for other in after.publications.values()})
            yield from _altered(was, now)


def _again(was: Publication) -> Iterator[Finding]:
    name = quoted(was.name)
    if was.all_tables and not was.free:
        yield Refusal(f"publication {name}", "it was dropped, and only a superuser may publish all tables")
    yield from _superuser(was, was.members)
    everything = " FOR ALL TABLES" if was.all_tables else ""
    yield Action(Phase.SETTINGS_ON, f"CREATE PUBLICATION {name}{everything} WITH ({was.options})")
    for member in was.members:
        yield Action(Phase.SETTINGS_ON, f"ALTER PUBLICATION {name} ADD {_written(member)}")
    yield Action(Phase.SETTINGS_ON, f"ALTER PUBLICATION {name} OWNER TO {quoted(was.owner)}")
    if was.comment is not None:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON PUBLICATION {name} IS {literal(was.comment)}")


def _renamed(was: Publication, now: Publication, taken: set[str]) -> Iterator[Action]:
    """Yield what brings the name back; by way of one that nobody has where another publication has it."""
    if was.name == now.name:
        return
    current = now.name
    if was.name in taken:
        current = f"planrun_{was.oid}"
        yield Action(Phase.NAMES_AWAY, f"ALTER PUBLICATION {quoted(now.name)} RENAME TO {quoted(current)}")
    yield Action(Phase.NAMES_BACK, f"ALTER PUBLICATION {quoted(current)} RENAME TO {quoted(was.name)}")


def _altered(was: Publication, now: Publication) -> Iterator[Finding]:
    name = quoted(was.name)
    if was.all_tables != now.all_tables:
        yield Refusal(f"publication {name}", "it got or lost FOR ALL TABLES")
    # What the step added goes first: its tables may go, too. A member that reads otherwise, or is another one, goes and
    # comes again: it may be bound to columns that go, or to their types.
    for member in now.members:
        if member not in was.members:
            drop = f"ALTER PUBLICATION {quoted(now.name)} DROP {_named(member)}"
            yield Action(Phase.RULES_OFF, drop, (_CATALOGS[member.word], member.row, 0))
    if was.options != now.options:
        yield Action(Phase.SETTINGS_ON, f"ALTER PUBLICATION {name} SET ({was.options})")
    lost = tuple(member for member in was.members if member not in now.members)
    yield from _superuser(was, lost)
    for member in lost:
        yield Action(Phase.SETTINGS_ON, f"ALTER PUBLICATION {name} ADD {_written(member)}")
    if was.owner != now.owner:
        yield Action(Phase.SETTINGS_ON, f"ALTER PUBLICATION {name} OWNER TO {quoted(was.owner)}")
    if was.comment != now.comment:
        yield Action(Phase.COMMENTS_ON, f"COMMENT ON PUBLICATION {name} IS {literal(was.comment)}")


def _superuser(publication: Publication, coming: tuple[Member, ...]) -> Iterator[Refusal]:
    """Yield why schemas are not published again."""
    for member in coming:
        if member.word != "TABLE" and not publication.free:
            what = f"schema {member.name} in publication {quoted(publication.name)}"
            yield Refusal(what, "it was taken out, and only a superuser may publish the tables of a schema")


def _written(member: Member) -> str:
    return f"{_named(member)}{member.detail or ''}{member.filter or ''}"


def _named(member: Member) -> str:
    # The tables that inherit from it are members of their own.
    return f"{member.word} {'ONLY ' if member.word == 'TABLE' else ''}{member.name}"
