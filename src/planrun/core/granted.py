"""Tells whether anybody set or granted something on an object since, or wrote about it, that another one replaces.

What the step made goes, and what it dropped comes back under the name, with the privileges, comments and settings that
it had. Those of now go with the object that has them; where the step left others, somebody else gave them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.quoting import quoting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planrun.core.catalog import Address, Catalog

Named = tuple[str, str, str | None]
"""The kind of an object and its name, as regprocedure prints it, or as to_regclass or to_regtype reads it.

Of a comment, an owner, a function or a view also the text of before, where it is known, else nothing.
"""

KIND = "privileges, comments or settings of "
"""What the kinds of these begin with."""


_GRANTS = """pg_catalog.string_agg(pg_catalog.concat_ws(' ', g.grantee, g.privilege_type, g.is_grantable), ', '
      ORDER BY g.grantee, g.privilege_type, g.is_grantable)"""
"""The grants `g` of a list, in a form that no order of GRANTs changes."""


def _granted(acl: str, letter: str, owner: str) -> str:
    """Return what others than the owner may do.

    What the owner may do is left out: a later version of the server adds to it.
    """
    return f"""(SELECT {_GRANTS}
    FROM pg_catalog.aclexplode(coalesce({acl}, pg_catalog.acldefault({letter}, {owner}))) g
    WHERE g.grantee <> {owner})"""


_LETTER = """CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END"""

COLUMN = f"""pg_catalog.concat_ws(' ',
      (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d
        WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum),
      CASE WHEN a.attnotnull THEN 'NOT NULL' END, nullif(a.attstattarget, -1), a.attoptions,
      nullif(a.attstorage, y.typstorage), nullif(a.attcompression, ''), nullif(a.attidentity, ''),
      (SELECT {_GRANTS} FROM pg_catalog.aclexplode(a.attacl) g),
      pg_catalog.col_description(a.attrelid, a.attnum))"""
"""What was set and granted on a column `a` of the type `y`, and written about it; empty where nothing was."""

NAMED_SO = {
    "function": (
        "pg_proc",
        "pro",
        """pg_catalog.strpos({name}, pg_catalog.quote_ident(p.proname)) > 0
    AND p.oid::pg_catalog.regprocedure::text = {name}""",
    ),
    "schema": ("pg_namespace", "nsp", "p.oid = pg_catalog.to_regnamespace({name})"),
    "type": ("pg_type", "typ", "p.oid = pg_catalog.to_regtype({name})"),
    "publication": (
        "pg_publication",
        "pub",
        f"{quoting('p.pubname::text')} = {{name}}",
    ),
}
"""Of each kind the system catalog, what the names of its columns begin with, and which of its rows `p` has the name."""

LETTERS = {"function": "f", "schema": "n", "type": "T"}
"""What acldefault knows these kinds by."""

_PARTS = """(SELECT pg_catalog.string_agg(p.told, ', ' ORDER BY p.told COLLATE "C") FROM (
        SELECT pg_catalog.concat_ws(' ', k.conname, d.description) AS told FROM pg_catalog.pg_constraint k
          JOIN pg_catalog.pg_description d
            ON d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objoid = k.oid
          WHERE k.conrelid = c.oid
        UNION ALL SELECT pg_catalog.concat_ws(' ', x.relname, CASE WHEN i.indisclustered THEN 'clustered' END,
            pg_catalog.obj_description(x.oid, 'pg_class')) FROM pg_catalog.pg_index i
          JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid
          AND (i.indisclustered OR pg_catalog.obj_description(x.oid, 'pg_class') IS NOT NULL)
        UNION ALL SELECT pg_catalog.concat_ws(' ', g.tgname, nullif(g.tgenabled, 'O'),
            pg_catalog.obj_description(g.oid, 'pg_trigger')) FROM pg_catalog.pg_trigger g
          WHERE g.tgrelid = c.oid AND NOT g.tgisinternal
          AND (g.tgenabled <> 'O' OR pg_catalog.obj_description(g.oid, 'pg_trigger') IS NOT NULL)
        UNION ALL SELECT pg_catalog.concat_ws(' ', o.polname, d.description) FROM pg_catalog.pg_policy o
          JOIN pg_catalog.pg_description d
            ON d.classoid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objoid = o.oid
          WHERE o.polrelid = c.oid) p)"""
"""What is said of the parts of the table `c`, and set of them; NULL where nothing is."""

_OF_ATTRIBUTES = """,
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', pg_catalog.quote_ident(a.attname), d.description), ', '
        ORDER BY a.attname) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_description d
        ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
      WHERE a.attrelid = p.typrelid)"""
_OF_SCHEMAS = f""",
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', d.defaclobjtype, pg_catalog.pg_get_userbyid(d.defaclrole),
          (SELECT {_GRANTS} FROM pg_catalog.aclexplode(d.defaclacl) g)), '; '
        ORDER BY d.defaclobjtype, pg_catalog.pg_get_userbyid(d.defaclrole))
      FROM pg_catalog.pg_default_acl d WHERE d.defaclnamespace = p.oid)"""
"""What is said of the attributes of a type, and granted by default in a schema; NULL where nothing is."""

TEXTS = {
    f"{KIND}relation": f"""(SELECT pg_catalog.concat_ws('; ', {_granted("c.relacl", _LETTER, "c.relowner")},
    pg_catalog.obj_description(c.oid, 'pg_class'),
    (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', pg_catalog.quote_ident(f.attname), f.found), ', '
        ORDER BY f.attname)
      FROM (SELECT a.attname, {COLUMN} AS found
        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0) f WHERE f.found <> ''),
    pg_catalog.pg_get_userbyid(c.relowner),
    CASE WHEN c.relkind IN ('r', 'p') THEN pg_catalog.concat_ws(' ', c.reloptions, c.relrowsecurity,
      c.relforcerowsecurity, c.relreplident, c.relpersistence,
      (SELECT t.reloptions FROM pg_catalog.pg_class t WHERE t.oid = c.reltoastrelid),
      {_PARTS}) WHEN c.relkind = 'S' THEN nullif(c.relpersistence, 'p')::text END,
    (SELECT 'child of ' || pg_catalog.string_agg(h.inhparent::pg_catalog.regclass::text, ', ' ORDER BY h.inhseqno)
      FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid))
  FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass({{name}}))""",
    **{
        f"{KIND}{kind}": f"""(SELECT pg_catalog.concat_ws('; ',
    {_granted(f"p.{prefix}acl", f"'{LETTERS[kind]}'", f"p.{prefix}owner")},
    pg_catalog.obj_description(p.oid, '{catalog}'), pg_catalog.pg_get_userbyid(p.{prefix}owner){more})
  FROM pg_catalog.{catalog} p WHERE {which})"""
        for kind, more in (("function", ""), ("schema", _OF_SCHEMAS), ("type", _OF_ATTRIBUTES))
        for catalog, prefix, which in (NAMED_SO[kind],)
    },
}
"""By kind the text, of the object that has a name now; NULL where none has it."""


def replaced(before: Catalog, after: Catalog, dropped: Iterable[Address]) -> tuple[Named, ...]:
    """Return what goes while another of its name comes back, each as a kind of `TEXTS` and a name.

    Args:
        before: what there was before the step.
        after: what there was when it had ended.
        dropped: what the way back drops.
    """
    relations = {relation.qualified for relation in before.relations.values()}
    functions = {function.signature for function in before.functions.values()}
    types = {type_.qualified for type_ in before.types.values()}
    found: dict[Named, None] = {}
    schemas = {schema.name for schema in before.schemas.values()}
    for oid, schema in after.schemas.items():
        if oid not in before.schemas and schema.name in schemas:
            found[f"{KIND}schema", schema.qualified, None] = None
    for catalog, oid, part in dropped:
        if part:
            continue
        if catalog == "pg_class" and (relation := after.relations.get(oid)) and relation.qualified in relations:
            found[f"{KIND}{'type' if relation.kind == 'c' else 'relation'}", relation.qualified, None] = None
        elif catalog == "pg_proc" and (function := after.functions.get(oid)) and function.signature in functions:
            found[f"{KIND}function", function.signature, None] = None
        elif catalog == "pg_type" and (type_ := after.types.get(oid)) and type_.qualified in types:
            found[f"{KIND}type", type_.qualified, None] = None
    return tuple(found)
