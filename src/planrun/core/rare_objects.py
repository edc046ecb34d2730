"""Tells whether casts, operators, collations, text search objects and their like still are as the step left them.

Each is found by the name that the server gives it, and compared by its row of the catalog, with those of its own in
others, and with its owner and comment: all of it goes with it. The row has its OID: no way back makes one again that
was dropped, so that another one of its name is the application's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Catalog, Object
    from planrun.core.granted import Named

KINDS = {
    "access method": ("pg_am", ""),
    "cast": ("pg_cast", ""),
    "collation": ("pg_collation", "collowner"),
    "conversion": ("pg_conversion", "conowner"),
    "foreign data wrapper": ("pg_foreign_data_wrapper", "fdwowner"),
    "language": ("pg_language", "lanowner"),
    "operator": ("pg_operator", "oprowner"),
    "operator class": ("pg_opclass", "opcowner"),
    "operator family": ("pg_opfamily", "opfowner"),
    "server": ("pg_foreign_server", "srvowner"),
    "text search configuration": ("pg_ts_config", "cfgowner"),
    "text search dictionary": ("pg_ts_dict", "dictowner"),
    "text search parser": ("pg_ts_parser", ""),
    "text search template": ("pg_ts_template", ""),
    "transform": ("pg_transform", ""),
}
"""By the server's word for it the catalog of a kind, and the column of its owner, where it has one."""

_MEMBERS = {
    "operator family": """,
    (SELECT pg_catalog.string_agg(pg_catalog.to_jsonb(o)::text, ' ' ORDER BY o.oid)
      FROM pg_catalog.pg_amop o WHERE o.amopfamily = r.oid),
    (SELECT pg_catalog.string_agg(pg_catalog.to_jsonb(o)::text, ' ' ORDER BY o.oid)
      FROM pg_catalog.pg_amproc o WHERE o.amprocfamily = r.oid),
    (SELECT pg_catalog.string_agg(o.opcname, ' ' ORDER BY o.opcname)
      FROM pg_catalog.pg_opclass o WHERE o.opcfamily = r.oid)""",
    "text search configuration": """,
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', m.maptokentype, m.mapdict), ', '
        ORDER BY m.maptokentype, m.mapseqno)
      FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = r.oid)""",
}
"""What goes with an object `r` and has rows of its own."""


def _texts(kind: str, catalog: str, owner: str) -> Iterator[tuple[str, str]]:
    """Yield the texts of a kind, of its comments and its owners."""
    # Below are the server's own.
    which = f"""FROM pg_catalog.{catalog} r WHERE r.oid >= 16384
    AND (pg_catalog.pg_identify_object('pg_catalog.{catalog}'::pg_catalog.regclass, r.oid, 0)).identity = {{name}})"""
    comment = f"pg_catalog.obj_description(r.oid, '{catalog}')"
    yield f"comment of {kind}", f"(SELECT coalesce({comment}, '') {which}"
    told = [f"pg_catalog.to_jsonb(r)::text{_MEMBERS.get(kind, '')}", comment]
    if owner:
        yield f"owner of {kind}", f"(SELECT pg_catalog.pg_get_userbyid(r.{owner})::text {which}"
    yield kind, f"(SELECT pg_catalog.concat_ws('; ', {', '.join(told)})\n  {which}"


TEXTS = {name: text for kind, (catalog, owner) in KINDS.items() for name, text in _texts(kind, catalog, owner)}
"""By kind the text of the object that has a `name` now, its comment or its owner; NULL where none has it."""


def named(before: Catalog, after: Catalog) -> Iterator[Named]:
    """Yield the objects that the step made."""
    for key, now in after.objects.items():
        # What belongs to another one goes with that.
        if key not in before.objects and not now.internal:
            yield now.word, now.identity, None


def kept(before: Catalog, after: Catalog) -> Iterator[tuple[str, str, Object, Object]]:
    """Yield the objects of before that are still there, by kind and name."""
    for key, now in after.objects.items():
        if (was := before.objects.get(key)) is not None:
            yield now.word, now.identity, was, now
