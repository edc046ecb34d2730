"""Asks the undo logs whether steps that go and later steps that stay wrote to the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.overlap import Made, Overlap, Shared, touched
from planrun.edges.postgres.connection import fixed_settings
from planrun.edges.postgres.queries import prepared, query
from planrun.edges.postgres.unit import unit

if TYPE_CHECKING:
    from planrun.core.selection import Part
    from planrun.edges.postgres.connection import Connection


def overlaps(connection: Connection, part: Part) -> tuple[Overlap, ...]:
    """Return what steps that go and later steps that stay both touched."""
    found = []
    with unit(connection):
        connection.execute(fixed_settings())
        for item in touched(part):
            match item:
                case Overlap():
                    found.append(item)
                case Shared():
                    keys, example = connection.execute(item.query.encode()).fetchone() or (0, "")
                    found += [item.overlap(keys, example)] if keys else []
                case Made():
                    made = prepared(connection, query("made_of"), item.parameters)
                    found += [item.overlap((catalog, oid)) for catalog, oid in made]
    return tuple(found)
