"""Which objects a step changed: the difference of two catalogs, object by object.

It tells whether two steps touched the same thing. What the inverse does about a change is the affair of `inverse`.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from planrun.core.catalog import Relation
from planrun.core.undo import Changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planrun.core.catalog import Catalog

CATALOGS = {
    "relations": "pg_class",
    "functions": "pg_proc",
    "schemas": "pg_namespace",
    "types": "pg_type",
    "publications": "pg_publication",
    "default_privileges": "pg_default_acl",
    "objects": "",
}
"""The system catalog of each part of a `Catalog`; empty where the objects themselves say it."""

_LABELS = ("qualified", "identity", "name", "role")
"""What an object is called by, the best first; default privileges by the role whose they are."""


def changed(before: Catalog, after: Catalog) -> tuple[Changed, ...]:
    """Return the objects that were created, altered or dropped between the two."""
    found = (
        item
        for part in fields(before)
        for item in _of_part(CATALOGS[part.name], getattr(before, part.name), getattr(after, part.name))
    )
    return tuple(sorted(found, key=lambda item: (item.catalog, item.oid, item.label)))


def _of_part(catalog: str, before: Mapping[object, object], after: Mapping[object, object]) -> Iterator[Changed]:
    for key in before.keys() | after.keys():
        was, now = before.get(key), after.get(key)
        if _definition(was) != _definition(now):
            found = now or was
            # Default privileges have no OID that lasts: all of them count as one object.
            address = (getattr(found, "catalog", catalog), getattr(found, "oid", 0))
            yield Changed(*address, _label(found), tuple(dict.fromkeys(_names(was, now))))


def _definition(found: object) -> object:
    # Another table's foreign key puts internal triggers on the table that it refers to: no change of that one.
    return replace(found, internal_triggers=()) if isinstance(found, Relation) else found


def _label(found: object) -> str:
    return next(str(text) for name in _LABELS if (text := getattr(found, name, None)) is not None)


def _names(was: object, now: object) -> Iterator[str]:
    """Yield the names by which a text may now find another object or none; of a relation also another column."""
    if was is not None and now is not None and _label(was) == _label(now) and not isinstance(was, Relation):
        return
    for found in (was, now):
        if (name := getattr(found, "name", None)) is not None:
            yield str(name)
