"""Asks the undo logs whether steps that go and later ones that stay wrote to the same rows, or to tied ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.overlap import Made, Overlap, Shared, touched
from planrun.core.overlap_values import Above, Tied, Unique, looked_at, tied
from planrun.edges.postgres.connection import fixed_settings
from planrun.edges.postgres.queries import prepared, query
from planrun.edges.postgres.reverse import pointing_at_tables
from planrun.edges.postgres.unit import unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.selection import Part
    from planrun.edges.postgres.connection import Connection


def overlaps(connection: Connection, part: Part) -> tuple[Overlap, ...]:
    """Return what steps that go and later steps that stay both touched."""
    found: list[Overlap] = []
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
        if not found and (oids := sorted(looked_at(part))):
            found += _tied(connection, part, oids)
    return tuple(found)


def _tied(connection: Connection, part: Part, oids: list[int]) -> Iterator[Overlap]:
    """Yield what is tied together by values; the search_path must be empty."""
    keys = pointing_at_tables(connection, oids)
    uniques = [Unique(table, tuple(columns)) for table, columns in connection.execute(query("uniques"), [oids])]
    above = [
        Above(table, oid, f"{quoted(schema)}.{quoted(name)}", default)
        for table, oid, schema, name, default in connection.execute(query("above"), [oids])
    ]
    for item in tied(part, keys, uniques, above):
        match item:
            case Overlap():
                yield item
            case Tied():
                for (value,) in connection.execute(item.query.encode()).fetchall():
                    yield item.overlap(value)
