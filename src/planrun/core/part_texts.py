"""The texts by which what hangs on tables, and what tables and columns have one of, is known again.

The server makes them. Each is an expression over a row `v` of a kind, a place and a name, as `Definition` has them, and
works under an empty search_path; it is NULL where there is nothing of that name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core import granted
from planrun.core.catalog import quoted
from planrun.core.quoting import quoting

if TYPE_CHECKING:
    from collections.abc import Iterable

# --- parts of tables ---------------------------------------------------------------------------

_AT = "pg_catalog.to_regclass(v.place)"
_NAME = "v.name::name"

_PARTS = {
    "constraint": ("pg_constraint", f"p.conrelid = {_AT} AND p.conname = {_NAME}"),
    "index": (
        "pg_class",
        f"p.relname = {_NAME} AND p.oid IN (SELECT i.indexrelid FROM pg_catalog.pg_index i WHERE i.indrelid = {_AT})",
    ),
    "trigger": ("pg_trigger", f"p.tgrelid = {_AT} AND p.tgname = {_NAME} AND NOT p.tgisinternal"),
    "rule": ("pg_rewrite", f"p.ev_class = {_AT} AND p.rulename = {_NAME}"),
    "policy": ("pg_policy", f"p.polrelid = {_AT} AND p.polname = {_NAME}"),
    "statistics": (
        "pg_statistic_ext",
        f"p.stxname = {_NAME} AND p.stxnamespace = pg_catalog.to_regnamespace(pg_catalog.quote_ident(v.place))",
    ),
}
"""Of each kind the system catalog, and which of its rows `p` it is; an index also has a name of its own, see below."""

DEFINED = {
    "constraint": "pg_catalog.pg_get_constraintdef(p.oid)",
    "trigger": "pg_catalog.concat(pg_catalog.pg_get_triggerdef(p.oid), p.tgenabled)",
    "rule": "pg_catalog.concat(pg_catalog.pg_get_ruledef(p.oid), p.ev_enabled)",
    "policy": """pg_catalog.concat_ws(' ', p.polcmd, p.polpermissive,
        (SELECT pg_catalog.string_agg(u.r::pg_catalog.regrole::text, ',' ORDER BY u.r)
          FROM pg_catalog.unnest(p.polroles) u(r)),
        'USING', pg_catalog.pg_get_expr(p.polqual, p.polrelid),
        'CHECK', pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))""",
    # The server lists columns by their numbers, which are others once a dropped one is back.
    "statistics": """pg_catalog.concat_ws(' ', p.stxrelid::pg_catalog.regclass, p.stxkind,
        (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attname COLLATE "C")
          FROM pg_catalog.pg_attribute a WHERE a.attrelid = p.stxrelid AND a.attnum = ANY (p.stxkeys)),
        pg_catalog.pg_get_statisticsobjdef_expressions(p.oid),
        nullif(p.stxstattarget, -1), pg_catalog.pg_get_userbyid(p.stxowner))""",
}
"""Of each kind but an index, which has a name of its own, the text of its row `p`."""

_MARKS = """pg_catalog.concat_ws(' ', CASE WHEN i.indisclustered THEN 'clustered' END,
        CASE WHEN i.indisreplident THEN 'identity' END)"""
"""What the index `i` is used for besides."""


def targets(index: str) -> str:
    """Return the statistics targets of an index, given by its OID; NULL where none is set."""
    return f"""(SELECT pg_catalog.string_agg(pg_catalog.concat(a.attnum, ' ', a.attstattarget), ', ' ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute a WHERE a.attrelid = {index} AND nullif(a.attstattarget, -1) IS NOT NULL)"""


_BY_ITS_NAME = f"""(SELECT CASE
      WHEN c.relkind IN ('i', 'I') THEN pg_catalog.concat_ws(' ', pg_catalog.pg_get_indexdef(c.oid),
        {targets("c.oid")},
        (SELECT {_MARKS} FROM pg_catalog.pg_index i
          WHERE i.indexrelid = c.oid AND (i.indisclustered OR i.indisreplident)))
      WHEN c.relkind <> 'S' THEN c.relkind::text
      ELSE (SELECT pg_catalog.concat_ws(' ', q.seqtypid::pg_catalog.regtype, q.seqstart, q.seqincrement, q.seqmin,
        q.seqmax, q.seqcache, q.seqcycle) FROM pg_catalog.pg_sequence q WHERE q.seqrelid = c.oid) END
      FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass(v.name))"""
"""The text of an index or a sequence; of anything else that has its name the kind."""

# --- what tables and columns have one of -------------------------------------------------------

_ROLE = """CASE v.name WHEN '' THEN 0
      ELSE (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = v.name::name) END"""
"""The role that a privilege is named after; PUBLIC where there is no name."""

PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN", "USAGE")
"""What may be granted on a relation."""


def _privilege(word: str) -> str:
    """Return what REVOKE of a privilege on the relation takes along: the right to grant it, and that on columns."""
    return f"""pg_catalog.concat_ws(' ',
        (SELECT pg_catalog.bool_or(g.is_grantable) FROM pg_catalog.aclexplode(c.relacl) g
          WHERE g.grantee = {_ROLE} AND g.privilege_type = '{word}'),
        (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attname, g.is_grantable), ' '
            ORDER BY a.attname, g.is_grantable)
          FROM pg_catalog.pg_attribute a CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) g
          WHERE a.attrelid = c.oid AND g.grantee = {_ROLE} AND g.privilege_type = '{word}'))"""


_OF_TABLES = {
    "comment": """coalesce(CASE v.name WHEN '' THEN pg_catalog.obj_description(c.oid, 'pg_class')
        ELSE pg_catalog.col_description(c.oid, (SELECT a.attnum FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = c.oid AND a.attname = v.name::name AND NOT a.attisdropped)) END, '')""",
    "owner": "pg_catalog.pg_get_userbyid(c.relowner)::text",
    "storage parameters": """coalesce((SELECT pg_catalog.string_agg(o, ', ' ORDER BY o COLLATE "C")
        FROM (SELECT pg_catalog.unnest(c.reloptions) AS o UNION ALL
          SELECT pg_catalog.concat('toast.', pg_catalog.unnest(t.reloptions))
          FROM pg_catalog.pg_class t WHERE t.oid = c.reltoastrelid) p), '')""",
    "row security": "pg_catalog.concat(c.relrowsecurity, c.relforcerowsecurity)",
    "replica identity": """pg_catalog.concat(c.relreplident, (SELECT ' ' || i.indexrelid::pg_catalog.regclass
        FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisreplident))""",
    "type of the table": "nullif(c.reloftype, 0)::pg_catalog.regtype::text",
    "partition bound": "pg_catalog.pg_get_expr(c.relpartbound, c.oid)",
    "clustering": """coalesce((SELECT pg_catalog.min(i.indexrelid::pg_catalog.regclass::text)
        FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND i.indisclustered), '')""",
    "owning column": """coalesce((SELECT pg_catalog.concat(d.refobjid::pg_catalog.regclass, ' ', a.attname)
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'a'
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass), '')""",
    **{f"{word} privilege": _privilege(word) for word in PRIVILEGES},
}
"""Of the relation `c`; `owning column` of a sequence."""


def _option(kind: str, word: str) -> str:
    """Return whether the right to grant a privilege on a function, type or schema was given along; NULL without it."""
    catalog, prefix, which = granted.NAMED_SO[kind]
    acl = f"coalesce(p.{prefix}acl, pg_catalog.acldefault('{granted.LETTERS[kind]}', p.{prefix}owner))"
    return f"""(SELECT pg_catalog.bool_or(g.is_grantable)::text
        FROM pg_catalog.{catalog} p CROSS JOIN LATERAL pg_catalog.aclexplode({acl}) g
        WHERE g.grantee = {_ROLE} AND g.privilege_type = '{word}' AND {which.format(name="v.place")})"""


GRANTED_ON = {"function": ("EXECUTE",), "type": ("USAGE",), "schema": ("USAGE", "CREATE")}
"""What may be granted on things that are no relations."""

DEFAULTS = {"r": "tables", "S": "sequences", "f": "routines", "T": "types", "n": "schemas", "L": "large objects"}
"""By its letter what default privileges are for."""


def defaults_of(role: str, schema: str | None) -> str:
    """Return the place of default privileges; see `_default`."""
    return quoted(role) if schema is None else f"{quoted(role)} IN SCHEMA {quoted(schema)}"


def _default(letter: str) -> str:
    """Return the default privileges of a role on one kind of object."""
    role, schema = quoting("pg_catalog.pg_get_userbyid(d.defaclrole)::text"), quoting("n.nspname::text")
    return f"""(SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', g.privilege_type, g.is_grantable), ', '
          ORDER BY g.privilege_type)
        FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
        CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) g
        WHERE d.defaclobjtype = '{letter}' AND g.grantee = {_ROLE}
        AND pg_catalog.concat({role}, ' IN SCHEMA ' || {schema}) = v.place)"""


TYPE = """pg_catalog.format_type(a.atttypid, a.atttypmod), nullif(a.attcollation, 0)::pg_catalog.regcollation"""
"""The type and the collation of a column `a`."""

_OF_COLUMNS = {
    "default": """pg_catalog.concat((SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d
        WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum), a.attidentity)""",
    "settings": "pg_catalog.concat_ws(' ', a.attstattarget, a.attstorage, a.attcompression, a.attoptions)",
    "type": f"""pg_catalog.concat_ws(' ', {TYPE}, nullif(a.attstorage, y.typstorage),
        nullif(a.attcompression, ''))""",
    "column": granted.COLUMN,
}
"""Of the column `a` of the type `y`; `column` is all that one column of a name has, and another had not."""

_SET_OF_INDEX = f"""(SELECT pg_catalog.concat_ws(' ', {_MARKS}, x.reloptions, {targets("x.oid")})
          FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
          WHERE i.indexrelid = p.conindid AND p.contype IN ('p', 'u', 'x'))"""

_READ = DEFINED | {"constraint": f"pg_catalog.concat({DEFINED['constraint']}, nullif({_SET_OF_INDEX}, ''))"}

PUBLISHED = """pg_catalog.concat_ws(' ',
        (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attname COLLATE "C")
          FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)),
        pg_catalog.pg_get_expr(r.prqual, r.prrelid))"""
"""The columns and the filter of the row `r` by which a table is in a publication."""

_MEMBERSHIP = f"""(SELECT {PUBLISHED} FROM pg_catalog.pg_publication_rel r
        JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid WHERE r.prrelid = {_AT} AND p.pubname = {_NAME})"""

TEXTS = {
    "membership in publication": _MEMBERSHIP,
    **{
        kind: f"(SELECT {_READ[kind]} FROM pg_catalog.{catalog} p WHERE {which})"
        for kind, (catalog, which) in _PARTS.items()
        if kind in DEFINED
    },
    **{
        f"comment of {kind}": f"(SELECT coalesce(pg_catalog.obj_description(p.oid, '{catalog}'), '')"
        f" FROM pg_catalog.{catalog} p WHERE {which})"
        for kind, (catalog, which) in _PARTS.items()
    },
    **{f"{word} privilege on {kind}": _option(kind, word) for kind, words in GRANTED_ON.items() for word in words},
    **{f"default privileges on {word} for role": _default(letter) for letter, word in DEFAULTS.items()},
    **dict.fromkeys(("index", "sequence"), _BY_ITS_NAME),
    **{kind: f"(SELECT {text} FROM pg_catalog.pg_class c WHERE c.oid = {_AT})" for kind, text in _OF_TABLES.items()},
    **{
        kind: f"(SELECT {text} FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid"
        f" WHERE a.attrelid = {_AT} AND a.attname = {_NAME} AND NOT a.attisdropped)"
        for kind, text in _OF_COLUMNS.items()
    },
}
"""By kind the text."""


def text_of(kinds: Iterable[str]) -> str:
    """Return the expression of the text of a `v` that is of one of these kinds."""
    cases = (f"WHEN '{kind}' THEN {TEXTS[kind]}" for kind in sorted(set(kinds)))
    return "\n    ".join(("CASE v.kind", *cases, "END"))
