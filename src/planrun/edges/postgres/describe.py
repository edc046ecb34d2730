"""Reads the definitions of objects, as the server deparses them under an empty search_path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core import catalog
from planrun.core.catalog import Catalog
from planrun.edges.postgres.queries import query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planrun.core.catalog import Function, Plain, Relation
    from planrun.core.script import Name
    from planrun.edges.postgres.connection import Connection


def relations(connection: Connection, oids: Iterable[int]) -> dict[int, Relation]:
    """Return the relations among `oids` that exist, by OID; the search_path must be empty."""
    wanted = list(oids)
    if not wanted:
        return {}
    rows = connection.execute(query("describe_relations"), [wanted], prepare=True)
    found = [catalog.relation(row) for (row,) in rows]
    return {relation.oid: relation for relation in found}


def functions(connection: Connection, oids: Iterable[int] | None) -> dict[int, Function]:
    """Return functions by OID: these, or with None all that belong to no extension."""
    wanted = None if oids is None else list(oids)
    if wanted == []:
        return {}
    rows = connection.execute(query("describe_functions"), [wanted], prepare=True)
    found = [catalog.Function.of(row) for (row,) in rows]
    return {function.oid: function for function in found}


def schemas(connection: Connection, oids: Iterable[int]) -> dict[int, Plain]:
    """Return schemas by OID, with quoted names."""
    return _plain(
        connection,
        "SELECT oid::bigint, pg_catalog.quote_ident(nspname), 'n' FROM pg_catalog.pg_namespace WHERE oid = ANY ($1)",
        oids,
    )


def types(connection: Connection, oids: Iterable[int]) -> dict[int, Plain]:
    """Return standalone types by OID, with quoted, qualified names and pg_type.typtype."""
    return _plain(
        connection,
        "SELECT oid::bigint, pg_catalog.format_type(oid, NULL), typtype::text"
        " FROM pg_catalog.pg_type WHERE oid = ANY ($1)",
        oids,
    )


def _plain(connection: Connection, sql: str, oids: Iterable[int]) -> dict[int, Plain]:
    wanted = list(oids)
    if not wanted:
        return {}
    return {oid: catalog.Plain(oid, name, kind) for oid, name, kind in connection.execute(sql, [wanted])}


def nothing() -> Catalog:
    """Return an empty catalog."""
    return Catalog({}, {}, {}, {})


def counts(connection: Connection, view: Catalog) -> dict[str, int]:
    """Return how many rows each tracked catalog holds for the objects of `view`."""
    parameters = [list(view.relations), list(view.functions), list(view.schemas), list(view.types)]
    if not any(parameters):
        return {}
    (row,) = connection.execute(query("counts"), parameters, prepare=True).fetchone() or ({},)
    return dict(row)


def resolve(connection: Connection, names: Iterable[Name]) -> frozenset[int]:
    """Return the OIDs of the relations that a script names, under the search_path in force."""
    quoted = sorted(
        {".".join(catalog.quoted(part) for part in (name.schema, name.relation) if part) for name in names}
    )
    if not quoted:
        return frozenset()
    return frozenset(oid for (oid,) in connection.execute(query("resolve"), [quoted], prepare=True))


def reach(connection: Connection, oids: Iterable[int], *, on_delete: bool, on_update: bool) -> frozenset[int]:
    """Return the tables that writes to `oids` can reach through foreign keys, themselves included."""
    wanted = list(oids)
    if not wanted or not (on_delete or on_update):
        return frozenset(wanted)
    return frozenset(oid for (oid,) in connection.execute(query("reach"), [wanted, on_delete, on_update], prepare=True))
