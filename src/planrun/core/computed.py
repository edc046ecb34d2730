"""Stored generated columns: no statement gives them values, so that the way back can only have them computed again.

Where the expression uses nothing but what the server brings itself that gives the same values, and nothing is kept of
them. Otherwise (a function may have been replaced) they are images like others, which are compared and never written.
So are those of a unique index: foreign keys may refer to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.ending import REFUSED, raised, unless_empty
from planrun.core.images import every, identical, net_name, on_key, some, stored, typed, unchanged
from planrun.core.quoting import do, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.catalog import Catalog, Column, Relation
    from planrun.core.foreign_keys import ForeignKey
    from planrun.core.undo import Captured, SideColumn


def imaged(relation: Relation) -> frozenset[int]:
    """Return the numbers of the generated columns whose values are kept to be compared."""
    unique = {number for index in relation.indexes if index.unique for number in index.columns}
    return frozenset(c.attnum for c in relation.columns if c.generated == "s" and (not c.certain or c.attnum in unique))


def altered(before: Catalog, after: Catalog) -> Iterator[tuple[Relation, Column]]:
    """Yield the imaged columns that the step dropped, or gave another type or expression: they are computed anew."""
    for oid, was in before.relations.items():
        now = after.relations.get(oid)
        numbers = imaged(was) if now is not None else ()
        for column in was.columns:
            if now is not None and column.attnum in numbers:
                found = now.column(column.attnum)
                if found is None or (column.kind, column.body) != (found.kind, found.body):
                    yield was, column


# --- before COMMIT -----------------------------------------------------------------------------


def stale(relation: Relation, column: Column, side: SideColumn) -> str:
    """Return the query whether a stored value is another one than its expression gives now, in any row of the table."""
    now = stored(f"({column.default})::{side.type}", side)
    held = stored(quoted(column.name), side)
    return f"SELECT EXISTS (SELECT FROM ONLY {relation.qualified} WHERE NOT ({identical(held, now, side)}))"


def stale_images(table: Captured, column: SideColumn, expression: str, net: str) -> str:
    """Return the query whether the expression gives another value for some row that the way back will compute anew."""
    values = ", ".join(f"{typed(f'n.b{c.attnum}', c)} AS {quoted(c.before)}" for c in table.columns)
    which = "n.op = 'd'" if not _written(table, column) else "n.op IN ('u', 'd')"
    now, held = stored(f"({expression})::{column.type}", column), stored(quoted(column.before), column)
    return (
        f"SELECT EXISTS (SELECT FROM (SELECT {values} FROM ({net}) n WHERE {which}) r"
        f" WHERE NOT ({identical(held, now, column)}))"
    )


def recomputed(table: Captured) -> list[SideColumn]:
    """Return the columns that an UPDATE has to name, be it with their own values, so that others are computed anew."""
    numbers = {number for column in table.computed if not column.kept for number in column.computed or ()}
    return [c for c in table.given if c.attnum in numbers and not (c.always and c.after and not c.reset)]


def _written(table: Captured, column: SideColumn) -> bool:
    """Whether the way back of rows that stayed may compute the column anew."""
    return not (column.kept and all(base.kept for base in _bases(table, column)))


def _bases(table: Captured, column: SideColumn) -> list[SideColumn]:
    return [base for base in table.given if base.attnum in (column.computed or ())]


# --- at the way back ---------------------------------------------------------------------------


def verify(step: int, table: Captured, *, anew: bool) -> Iterator[str]:
    """Yield the statement that ends the rollback when a row has the values of before, but for what is computed of them.

    Rows of a table without a key are compared with all of their values anyway.

    Args:
        step: the step.
        table: its images of the table.
        anew: whether rows that stayed were given all of their values.
    """
    if not table.computed or not table.key:
        return
    wrong = some(_wrong(table, column, anew=anew) for column in table.computed)
    query = (
        f"SELECT FROM {net_name(step, table)} n JOIN ONLY {table.before} t"
        f" ON {on_key(table, 't', 'n.k', after=False)} WHERE n.op <> 'i' AND ({wrong})"
    )
    names = ", ".join(column.before for column in table.computed)
    message = (
        f"rows of {table.before} would not get their values of {names} back: what these are computed with gives"
        " others now. Bring back the functions that the expression calls as they were when the step ran"
    )
    yield unless_empty(REFUSED, query, message)


def _wrong(table: Captured, column: SideColumn, *, anew: bool) -> str:
    """Return the condition that a value which the step changed, or could change, is not as it was before.

    What the application wrote to a column that it is computed from may give it another.
    """
    bases = _bases(table, column)
    alone = every(unchanged(f"n.b{c.attnum}", f"n.a{c.attnum}", c) for c in (column, *bases)) if not anew else "false"
    there = every(identical(stored(f"t.{quoted(c.before)}", c), f"n.b{c.attnum}", c) for c in bases)
    same = identical(stored(f"t.{quoted(column.before)}", column), f"n.b{column.attnum}", column)
    return f"(n.op = 'd' OR NOT ({alone})) AND {there} AND NOT ({same})"


def unknown(step: int, table: Captured, key: ForeignKey) -> str:
    """Return the statement that ends the rollback when rows hang on values of which the log knows nothing.

    It would take them along when a row goes, or when a generated value changes.
    """
    pairs = ", ".join(f"({literal(name)}, {number}, {literal(operator)})" for name, number, operator in key.pairs)
    net = net_name(step, table)
    join = f"{net} n JOIN ONLY {table.after} t ON {on_key(table, 't', 'n.k', after=True)}"
    which = "(n.op = 'i' OR %2$L)"
    if not table.key:
        join, which = f"ONLY {table.after} t", f"EXISTS (SELECT FROM {net})"
    query = f"SELECT EXISTS (SELECT FROM {_escaped(join)} JOIN ONLY {_escaped(key.child_name)} r ON %1$s WHERE {which})"
    message = (
        f"a foreign key of {key.child_name} refers to columns of {table.after} whose values were not kept when the"
        " step ran, and rows hang on rows that go back: drop it, and make it again afterwards"
    )
    return do(
        "DECLARE same text; generated boolean; hung boolean;\nBEGIN\n"
        "  SELECT pg_catalog.string_agg(pg_catalog.format('t.%I %s r.%I', a.attname, p.operator, p.name), ' AND '),\n"
        "    pg_catalog.bool_or(a.attgenerated <> '') INTO same, generated\n"
        f"  FROM (VALUES {pairs}) p(name, number, operator) JOIN pg_catalog.pg_attribute a ON a.attnum = p.number\n"
        f"    AND a.attrelid = pg_catalog.to_regclass({literal(table.after)});\n"
        f"  EXECUTE pg_catalog.format({literal(query)}, coalesce(same, 'false'), generated) INTO hung;\n"
        f"  IF hung THEN {raised(REFUSED, literal(message))} END IF;\nEND"
    )


def _escaped(sql: str) -> str:
    return sql.replace("%", "%%")
