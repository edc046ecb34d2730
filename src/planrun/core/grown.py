"""Tells what hangs on tables and columns that a step made, before the way back drops them.

They go with all that hangs on them, which the server would drop without a word: what the application made since, or put
in place of what the step made, is found by its name and the hash of its text. All of it works under an empty
search_path.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from planrun.core.conflicts import RUN
from planrun.core.inverse.columns import added
from planrun.core.part_texts import DEFINED, TYPE, targets
from planrun.core.planned import planned
from planrun.core.policy import DROPPED, NOTHING
from planrun.core.quoting import quoting
from planrun.core.restore_objects import text_hash
from planrun.core.undo import Grown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from planrun.core.catalog import Attached, Catalog, Column, Constraint, Index, Policy, Relation, Statistics


def _hanging(word: str, name: str, catalog: str, text: str, which: str = "true") -> str:
    """Return the query of the kind and name of what hangs on a table, of one catalog, and of the hash of its text."""
    return (
        f"SELECT pg_catalog.concat({word}, ' ', p.{name}) AS part, {text_hash(text)} AS told\n"
        f"  FROM d JOIN pg_catalog.{catalog} p ON p.oid = d.objid\n"
        f"  WHERE d.classid = 'pg_catalog.{catalog}'::pg_catalog.regclass AND {which}"
    )


_TYPED = text_hash(f"pg_catalog.concat_ws(' ', {TYPE})")

_OBJECTS = (
    # Of a sequence the name counts alone.
    _hanging(
        "CASE p.relkind WHEN 'S' THEN 'sequence' ELSE 'index' END",
        "relname",
        "pg_class",
        f"""CASE WHEN p.relkind <> 'S'
    THEN pg_catalog.concat_ws(' ', pg_catalog.pg_get_indexdef(p.oid), {targets("p.oid")}) END""",
        "p.relkind IN ('i', 'I', 'S') AND NOT p.relispartition",
    ),
    # What a foreign key refers to may have been renamed.
    _hanging(
        "'constraint'",
        "conname",
        "pg_constraint",
        f"CASE WHEN p.contype <> 'f' THEN {DEFINED['constraint']} END",
        "p.contype <> 'n' AND p.conparentid = 0 AND p.conislocal",
    ),
    _hanging(
        "'trigger'",
        "tgname",
        "pg_trigger",
        DEFINED["trigger"],
        """NOT p.tgisinternal AND p.tgparentid = 0 AND EXISTS (
        SELECT FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace n ON n.oid = f.pronamespace
        WHERE f.oid = p.tgfoid AND n.nspname <> 'planrun')""",
    ),
    _hanging("'rule'", "rulename", "pg_rewrite", DEFINED["rule"]),
    _hanging("'policy'", "polname", "pg_policy", DEFINED["policy"]),
    _hanging("'statistics'", "stxname", "pg_statistic_ext", DEFINED["statistics"]),
    """SELECT pg_catalog.concat('publication ', b.pubname), NULL
    FROM d JOIN pg_catalog.pg_publication_rel p ON p.oid = d.objid JOIN pg_catalog.pg_publication b ON b.oid = p.prpubid
    WHERE d.classid = 'pg_catalog.pg_publication_rel'::pg_catalog.regclass""",
    # A column that holds rows of the table loses what it has of a column that goes.
    """SELECT pg_catalog.concat('values ', c.relname, '.', a.attname), NULL
    FROM pg_catalog.pg_type y JOIN pg_catalog.pg_depend p ON p.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
      AND p.refobjid IN (y.oid, y.typarray) AND p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    JOIN pg_catalog.pg_class c ON c.oid = p.objid AND c.relkind IN ('r', 'p', 'm')
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.objsubid
    WHERE y.oid = (SELECT t.reltype FROM pg_catalog.pg_class t WHERE t.oid = pg_catalog.to_regclass(v.name))""",
    # Its default and NOT NULL are told with what is set of the table, its values by the rows.
    f"""SELECT pg_catalog.concat('column ', a.attname), {_TYPED} FROM pg_catalog.pg_attribute a
    WHERE v.whole AND a.attrelid = pg_catalog.to_regclass(v.name) AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attislocal""",
)

_ALL_OBJECTS = "\n  UNION ".join(_OBJECTS)

_HUNG = f"""CROSS JOIN LATERAL (
  WITH d AS MATERIALIZED (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = pg_catalog.to_regclass(v.name)
    AND d.deptype = 'a' AND (v.whole OR d.refobjsubid IN (SELECT a.attnum FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = d.refobjid AND a.attname = ANY (v.columns::name[]))))
  {_ALL_OBJECTS}) h"""
"""What goes with a table `v`, or with columns of it, unless it comes from a table above."""

LOOK = (
    "SELECT v.name, h.part, h.told\n"
    "FROM pg_catalog.jsonb_to_recordset($1) v (name text, whole boolean, columns text[])\n"
    f"{_HUNG}\nORDER BY h.part"
)
"""The query of what hangs on `tables`: the name of the table, its kind and name, and the hash of its text or NULL.

$1 jsonb: a list of objects with the name of the table, whether the step made it, and the columns.
"""


def tables(before: Catalog, after: Catalog) -> tuple[Grown, ...]:
    """Return the tables that the step made, or gave columns; `LOOK` tells what hangs on these."""
    return tuple(_tables(before, after))


def _tables(before: Catalog, after: Catalog) -> Iterator[Grown]:
    dropped = {was.qualified: was for oid, was in before.relations.items() if oid not in after.relations}
    for oid, now in after.relations.items():
        if now.kind in {"r", "p", "m"} and not now.temporary:
            was = before.relations.get(oid)
            columns = () if was is None else tuple(column.name for column in added(was, now))
            if was is None or columns:
                again = _parts(dropped[now.qualified]) if was is None and now.qualified in dropped else ()
                yield Grown(now.qualified, columns, again=tuple(again))


def _parts(relation: Relation) -> Iterator[str]:
    """Yield what hangs on a table as `LOOK` tells it."""
    kinds: Mapping[str, Iterable[Column | Constraint | Index | Policy | Attached | Statistics]] = {
        "column": relation.columns,
        "constraint": relation.constraints,
        "index": relation.indexes,
        "policy": relation.policies,
        "rule": relation.rules,
        "statistics": relation.statistics,
        "trigger": relation.triggers,
    }
    for kind, parts in kinds.items():
        yield from (f"{kind} {part.name}" for part in parts)


def hung_since(step_id: str, grown: Iterable[Grown]) -> Iterator[str]:
    """Yield the statements that list what the application hung on tables and columns that go: it would go with them.

    Neither word settles what it made; `restore` settles what it put in place of what the step made. That it dropped a
    part that the step made is no conflict, unless one of its name comes back.
    """
    return planned("hung_since", _SINCE, step_id, [{**asdict(table), "whole": table.whole} for table in grown])


_KIND = "pg_catalog.split_part(x.part, ' ', 1)"
_NAME = quoting("pg_catalog.substr(x.part, pg_catalog.strpos(x.part, ' ') + 1)")

_SINCE = (
    "INSERT INTO planrun.conflict (run_id, step_id, relid, relation, key, after, now, kind)\n"
    f"SELECT {RUN}, $1, 0, pg_catalog.concat({_KIND}, ' ', {_NAME}, ' of ', v.name), '',\n"
    f"  coalesce('definition ' || x.was, '{NOTHING}'),\n"
    f"  CASE WHEN x.made THEN 'made since' WHEN x.dropped THEN '{DROPPED}' ELSE 'definition ' || x.now END, 'altered'\n"
    "FROM pg_catalog.jsonb_to_recordset($2)\n"
    "  v (name text, whole boolean, columns text[], known text[], told text[], again text[])\nCROSS JOIN LATERAL (\n"
    "  SELECT coalesce(h.part, k.part) AS part, k.told AS was, h.told AS now, k.part IS NULL AS made,\n"
    "    h.part IS NULL AS dropped\n"
    "  FROM ROWS FROM (pg_catalog.unnest(v.known), pg_catalog.unnest(v.told)) k (part, told)\n"
    f"  FULL JOIN (SELECT h.* FROM (SELECT) one {_HUNG}) h ON h.part = k.part) x\n"
    "WHERE x.made OR x.was <> x.now OR x.dropped AND x.part = ANY (v.again)"
)
