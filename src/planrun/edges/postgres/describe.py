"""Reads the definitions of objects, as the server deparses them under an empty search_path."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from planrun.core import catalog
from planrun.core.catalog import Catalog
from planrun.core.catalogs import EXPLAINED, HOMES
from planrun.edges.postgres import states
from planrun.edges.postgres.queries import parts, prepared, query

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from planrun.core.catalog import (
        Address,
        DefaultPrivileges,
        Dependency,
        Function,
        Object,
        Publication,
        Relation,
        Schema,
        Type,
    )
    from planrun.core.script import Name
    from planrun.edges.postgres.connection import Connection

    Objects = dict[tuple[str, int], Object]
    Publications = dict[int, Publication]
    Defaults = dict[tuple[str, int, str], DefaultPrivileges]


_RELATIONS = frozenset({"belongings", "columns", "parts", "relations", "trees", "types"})
"""The rooms of `EXPLAINED` whose catalogs hold rows for a relation."""


def relations(connection: Connection, oids: Iterable[int], *, families: bool = False) -> dict[int, Relation]:
    """Return the relations among `oids` that exist, by OID; the search_path must be empty.

    Args:
        connection: under an empty search_path.
        oids: of relations.
        families: whether with all that they inherit from, and all that inherits from them.
    """
    wanted = list(oids)
    if not wanted:
        return {}
    rows = prepared(connection, _describing("rows", "rest"), [wanted, families])
    found = [catalog.relation(row) for (row,) in rows]
    return {relation.oid: states.positioned(connection, relation) for relation in found}


def watched(connection: Connection, oids: Iterable[int]) -> tuple[str, dict[int, Relation], dict[int, int]]:
    """Return what it takes to catch the rows of relations.

    Returns:
        The number of the transaction, as a word that no other has; the relations as far as their rows are concerned,
        by OID; how many bytes each of them takes, without its indexes.
    """
    beside = ", pg_catalog.pg_table_size(c.oid), pg_catalog.pg_current_xact_id()::pg_catalog.text"
    word, found, sizes = "", {}, {}
    for row, size, xid in prepared(connection, _describing("rows", beside=beside), [list(oids), False]):
        relation = catalog.relation(row)
        word, found[relation.oid], sizes[relation.oid] = xid, relation, size or 0
    return word, found, sizes


@cache
def _describing(*names: str, beside: str = "") -> str:
    """Return the query of some parts of the definition of relations, and of what is read beside."""
    (comment,), (source,) = parts("describe_relations")[""], parts("describe_relations")["from"]
    described = ",\n".join(text for name in names for text in parts("describe_relations")[name])
    return f"{comment}\nSELECT pg_catalog.json_build_object(\n{described}){beside}\n{source}"


def created(connection: Connection, oids: Iterable[int]) -> dict[int, Relation]:
    """Return the ordinary tables among `oids`, which were not there before the step, as far as dropping them goes."""
    wanted = list(oids)
    if not wanted:
        return {}
    rows = prepared(connection, query("describe_created"), [wanted])
    return {int(row["oid"]): catalog.relation(row) for (row,) in rows}


def functions(connection: Connection, oids: Iterable[int] | None) -> dict[int, Function]:
    """Return functions by OID: these, or with None all that belong to no extension."""
    wanted = None if oids is None else list(oids)
    if wanted == []:
        return {}
    rows = prepared(connection, query("describe_functions"), [wanted])
    found = [catalog.Function.of(row) for (row,) in rows]
    return {function.oid: function for function in found}


def schemas(connection: Connection, oids: Iterable[int] | None) -> dict[int, Schema]:
    """Return schemas by OID: these, or with None all of the users'."""
    wanted = None if oids is None else list(oids)
    if wanted == []:
        return {}
    found = [catalog.Schema.of(row) for (row,) in connection.execute(query("describe_schemas"), [wanted])]
    return {schema.oid: schema for schema in found}


def types(connection: Connection, oids: Iterable[int] | None) -> dict[int, Type]:
    """Return types by OID: these, or with None all of the users' that are no table's."""
    wanted = None if oids is None else list(oids)
    if wanted == []:
        return {}
    found = [catalog.type_(row) for (row,) in connection.execute(query("describe_types"), [wanted])]
    return {type_.oid: type_ for type_ in found}


def others(connection: Connection, catalogs: AbstractSet[str]) -> tuple[Objects, Publications, Defaults]:
    """Return the objects of these catalogs, the publications and the default privileges, as a `Catalog` holds them."""
    rooms = {EXPLAINED[name] for name in catalogs}
    objects: list[Object] = []
    publications: list[Publication] = []
    defaults: list[DefaultPrivileges] = []
    if "objects" in rooms:
        found = connection.execute(query("describe_objects"), [sorted(HOMES.get(name, name) for name in catalogs)])
        objects = [catalog.Object.of(row) for (row,) in found]
    if "publications" in rooms:
        publications = [catalog.publication(row) for (row,) in connection.execute(query("describe_publications"))]
    if "default_privileges" in rooms:
        found = connection.execute(query("describe_default_privileges"))
        defaults = [catalog.DefaultPrivileges.of(row) for (row,) in found]
    return (
        {(item.catalog, item.oid): item for item in objects},
        {item.oid: item for item in publications},
        {(item.role, item.schema_oid, item.kind): item for item in defaults},
    )


def dependencies(connection: Connection, objects: Iterable[Address]) -> tuple[Dependency, ...]:
    """Return what needs these objects, and what needs that which goes with them."""
    wanted = sorted({(name, oid) for name, oid, _ in objects})
    if not wanted:
        return ()
    parameters = [[name for name, _ in wanted], [oid for _, oid in wanted]]
    rows = prepared(connection, query("depends"), parameters)
    return tuple(catalog.Dependency(tuple(row[:3]), tuple(row[3:6]), kind=row[6], label=row[7]) for row in rows)


def nothing() -> Catalog:
    """Return an empty catalog."""
    return Catalog({}, {}, {}, {})


def counts(connection: Connection, view: Catalog, among: AbstractSet[str] | None = None) -> dict[str, int]:
    """Return how many rows catalogs hold for the objects of `view`.

    Args:
        connection: under an empty search_path.
        view: the objects.
        among: the catalogs that matter; with None all. A catalog that can hold no such row is left out.
    """
    parameters = [
        *(list(part) for part in (view.relations, view.functions, view.schemas, view.types)),
        [name for name, _ in view.objects],
        [oid for _, oid in view.objects],
        list(view.publications),
        [entry.oid for entry in view.default_privileges.values()],
    ]
    names = [name for name in _holding(view) if among is None or name in among]
    if not names:
        return {}
    counted = ",\n".join(f"'{name}', {part}" for name in names for part in parts("counts")[name])
    (head,) = parts("counts")[""]
    text = f"{head}\nSELECT pg_catalog.json_build_object({counted})"
    (row,) = prepared(connection, text, parameters).fetchone() or ({},)
    return dict(row)


def _holding(view: Catalog) -> list[str]:
    """Return the catalogs that may hold rows for the objects of `view`."""
    rooms = {
        *(_RELATIONS if view.relations else ()),
        *(("types", "parts") if view.types else ()),
        *(("functions",) if view.functions else ()),
        *(("schemas",) if view.schemas else ()),
        *(("objects",) if view.objects else ()),
        *(("publications",) if view.publications else ()),
        *(("default_privileges",) if view.default_privileges else ()),
    }
    # Whatever there is may have a comment.
    return sorted(name for name, room in EXPLAINED.items() if room in rooms | {"belongings"}) if rooms else []


def resolve(
    connection: Connection,
    search_path: str,
    named: Iterable[Name],
    written: Iterable[Name],
    *,
    on_delete: bool,
    on_update: bool,
) -> tuple[frozenset[int], frozenset[int]]:
    """Return the OIDs of the relations that a script names, and of those that its writes can reach.

    Args:
        connection: its search_path is another one after that, until its transaction ends.
        search_path: under which the names are looked up.
        named: all names.
        written: those of them that are written.
        on_delete: whether writes reach others through ON DELETE of foreign keys.
        on_update: whether they do through ON UPDATE.
    """
    # As lists of actions: a plan that knew of a flag that it is false would be worth making anew each time.
    actions = ("c", "n", "d")
    parameters = [
        *(search_path, _quoted(named), _quoted(written)),
        *([*actions] if follows else [] for follows in (on_delete, on_update)),
    ]
    relations, reached = prepared(connection, query("resolve"), parameters).fetchone() or ((), ())
    return frozenset(relations or ()), frozenset(reached or ())


def _quoted(names: Iterable[Name]) -> list[str]:
    return sorted({name.quoted for name in names})
