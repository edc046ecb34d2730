"""Tells whether the application wrote to columns that it added since, in rows of the run which go.

The log of the run does not know these columns. A row that the run made, or gave another key, goes as a whole, and what
the application wrote there would go with it. Which columns there are, the catalogs say when the way back looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.conflicts import listed
from planrun.core.ending import REFUSED, raised
from planrun.core.images import key_text, net_name, on_key, same_text
from planrun.core.quoting import do, filled_in, literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from planrun.core.undo import Captured, Tracked

_COLUMNS = "/* columns */"
"""Stands for the columns in a query that is put together when it runs: names, what nobody wrote, and what is there."""

_VALUES = f"CROSS JOIN LATERAL (VALUES {_COLUMNS}) v (name, given, now)"


def written(step: int, step_id: str, table: Captured, added: Iterable[Tracked]) -> str:
    """Return the statement that lists such values; of a table without a key it ends the way back if there are any.

    Args:
        step: the number of the step.
        step_id: its id.
        table: a table that it wrote.
        added: the tables that it gave columns, with these: made again by a later step's way back they look new.
    """
    own = {column.after for other in added if other.oid == table.oid for column in other.columns}
    found = _columns(table, own)
    if table.key:
        rows = f"FROM {net_name(step, table)} n JOIN ONLY {table.after} t ON {on_key(table, 't', 'n.k', after=True)}"
        body = (
            f"SELECT {key_text('n', table)}, v.name, NULL::text, v.given, v.now, 'changed'\n{rows}\n{_VALUES}\n"
            f"WHERE n.op = 'i' AND NOT ({same_text('v.now', 'v.given')})"
        )
        then = f"    EXECUTE {filled_in(listed(step_id, table.after, table.oid, body), _COLUMNS, 'columns')};"
    else:
        differs = f"NOT ({same_text('v.now', 'v.given')})"
        query = f"SELECT v.name FROM ONLY {table.after} t {_VALUES} WHERE {differs} LIMIT 1"
        message = (
            f"pg_catalog.concat('column ', pg_catalog.quote_ident(wrong), ' of ', {literal(table.after)},"
            " ' was added since and has values; rows of the run go there, and no key tells which those are')"
        )
        hint = "keep these values elsewhere, drop the column, and roll back"
        then = (
            f"    EXECUTE {filled_in(query, _COLUMNS, 'columns')} INTO wrong;\n    IF wrong IS NOT NULL THEN\n"
            f"      {raised(REFUSED, message, hint)}\n    END IF;"
        )
    return do(
        f"DECLARE columns text; wrong text;\nBEGIN\n  {found};\n  IF columns IS NOT NULL THEN\n{then}\n  END IF;\nEND"
    )


def _columns(table: Captured, own: set[str]) -> str:
    """Return the query of the columns that are not of the run.

    What nobody wrote is what ADD COLUMN gave all rows, which the catalog keeps until the table is rewritten, or else a
    default that calls nothing. Where neither is known, every value counts as written.
    """
    known = literal(sorted(own.union(column.after for column in (*table.key, *table.columns) if column.after)))
    default = "pg_catalog.pg_get_expr(e.adbin, e.adrelid)"
    return (
        "SELECT pg_catalog.string_agg(pg_catalog.format('(%L::text, %s, t.%I::text)', a.attname, CASE"
        " WHEN a.atthasmissing THEN pg_catalog.quote_literal((a.attmissingval::text::text[])[1])"
        f" WHEN pg_catalog.strpos({default}, '(') = 0"
        f" THEN pg_catalog.concat('(', {default}, ')::', pg_catalog.format_type(a.atttypid, a.atttypmod), '::text')"
        " ELSE 'NULL::text' END, a.attname), ', ' ORDER BY a.attnum) INTO columns\n"
        "  FROM pg_catalog.pg_attribute a"
        " LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum\n"
        f"  WHERE a.attrelid = pg_catalog.to_regclass({literal(table.after)}) AND a.attnum > {table.last}"
        f" AND NOT a.attisdropped AND a.attgenerated = '' AND a.attname <> ALL ({known}::pg_catalog.name[])"
    )
