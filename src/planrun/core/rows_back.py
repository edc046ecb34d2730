"""The SQL by which saved rows come back to a living table: staged, compared by key, merged three ways, compared again.

A row that is missing comes back. Of a row that is there a value comes back where it still is what a run had written,
which the undo log knows; where the application wrote since, or nothing is known of it, it is a conflict. What is not
in the backup, rows and columns, is left alone. Every statement works under an empty search_path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.images import (
    absent,
    concatenated,
    every,
    identical,
    named_values,
    net,
    present,
    same_image,
    some,
    typed,
)
from planrun.core.policy import OnConflict
from planrun.core.quoting import literal
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.undo import Captured, SideColumn


@frozen
class Written:
    """What a step that is in effect wrote to a table; `columns` are pairs, one of the table and one of the images."""

    step: int
    images: Captured
    columns: tuple[tuple[SideColumn, SideColumn], ...]


@frozen
class Coming:
    """Saved rows and the living table that they come back to.

    Attributes:
        number: tells the tables of one restore apart.
        step: the backup step that saved them.
        oid: of the table.
        name: its quoted, qualified name.
        only: whether rows of its children are none of its own; not of a partitioned table.
        staged: what the saved rows are selected from, a column named c<attnum> for each that comes back.
        key: the columns that tell rows apart.
        columns: the others that come back.
        written: what runs wrote to it, first to last.
    """

    number: int
    step: str
    oid: int
    name: str
    only: bool
    staged: str
    key: tuple[SideColumn, ...]
    columns: tuple[SideColumn, ...]
    written: tuple[Written, ...] = ()

    @property
    def compared(self) -> tuple[SideColumn, ...]:
        """The columns that are compared: of the key those whose image can change while they stay equal (1.10, 1.1)."""
        return (*(column for column in self.key if not column.exact), *self.columns)

    @property
    def known(self) -> str:
        """The temporary table of what runs wrote."""
        return f'pg_temp."planrun_known_{self.number}"'

    @property
    def changes(self) -> str:
        """The temporary table of the rows that are missing or differ."""
        return f'pg_temp."planrun_changes_{self.number}"'

    @property
    def living(self) -> str:
        """The table as `t`, in a FROM."""
        return f"{'ONLY ' if self.only else ''}{self.name} t"

    def on(self, saved: str) -> str:
        """Return the condition that a row `t` of the table is the saved one."""
        return every(f"t.{quoted(c.after)} {c.equals} {saved}.c{c.attnum}" for c in self.key)

    @property
    def there(self) -> str:
        """A value that is NULL where an outer join found no row `t`."""
        return f"t.{quoted(self.key[0].after)}"


# --- what is to come back --------------------------------------------------------------------------


def compare(coming: Coming) -> Iterator[str]:
    """Yield the statements that find out which rows are missing or differ, and what runs wrote to those."""
    join, op = "", "NULL::text"
    if coming.written:
        yield f"CREATE TEMPORARY TABLE {_bare(coming.known)} ON COMMIT DROP AS\n{_known(coming)}"
        yield f"ANALYZE {coming.known}"
        on = every(f"k.c{c.attnum} {c.equals} s.c{c.attnum}" for c in coming.key)
        join, op = f"\nLEFT JOIN {coming.known} k ON {on}", "k.op"
    values = [f"s.c{column.attnum}" for column in (*coming.key, *coming.columns)]
    for column in coming.compared:
        differs = f"({present(coming.there)} AND NOT ({_same(column)}))"
        number = column.attnum
        ours = f"k.op <> 'd' AND k.w{number} AND {_image(column)} = k.v{number}" if coming.written else "false"
        values += [
            f"{differs} AS d{number}",
            f"{differs} AND ({ours}) IS NOT TRUE AS x{number}",
            f"{f'k.p{number}' if coming.written else 'NULL::text'} AS p{number}",
        ]
    gone = absent(coming.there)
    values += [f"{gone} AS missing", f"({gone} AND {op} IN ('u', 'i')) IS TRUE AS gone"]
    differing = some([gone, *(f"NOT ({_same(column)})" for column in coming.compared)])
    listed = ",\n  ".join(values)
    yield (
        f"CREATE TEMPORARY TABLE {_bare(coming.changes)} ON COMMIT DROP AS\nSELECT {listed}\n"
        f"FROM {coming.staged} s\nLEFT JOIN {coming.living} ON {coming.on('s')}{join}\nWHERE {differing}"
    )
    yield f"ANALYZE {coming.changes}"


def _bare(name: str) -> str:
    return name.removeprefix("pg_temp.")


def _same(column: SideColumn) -> str:
    saved, now = f"s.c{column.attnum}", f"t.{quoted(column.after)}"
    return f"{saved} IS NOT DISTINCT FROM {now}" if column.exact else same_image(saved, now)


def _image(column: SideColumn) -> str:
    """Return the value that is there as the text in which values of images are compared with it."""
    now = f"t.{quoted(column.after)}"
    return f"ROW({f'({now})::text' if column.held else now})::text"


def _known(coming: Coming) -> str:
    """Return the query of what runs wrote last to each row, and to each of its columns."""
    keys = ", ".join(f"x.c{column.attnum}" for column in coming.key)
    values = ["(pg_catalog.array_agg(x.op ORDER BY x.step DESC))[1] AS op"]
    for column in coming.compared:
        number = column.attnum
        values.append(f"pg_catalog.bool_or(x.w{number}) AS w{number}")
        values += [
            f"(pg_catalog.array_agg(x.{word}{number} ORDER BY x.step DESC) FILTER (WHERE x.w{number}))[1]"
            f" AS {word}{number}"
            for word in "vp"
        ]
    images = "\nUNION ALL\n".join(_images(coming, written) for written in coming.written)
    return f"SELECT {', '.join([keys, *values])}\nFROM (\n{images}\n) x\nGROUP BY {keys}"


def _images(coming: Coming, written: Written) -> str:
    pairs = {living.attnum: image for living, image in written.columns}
    values = [f"{written.step}::bigint AS step", "n.op"]
    values += [
        f"{typed(f'n.k{pairs[c.attnum].attnum}', pairs[c.attnum], after=True)} AS c{c.attnum}" for c in coming.key
    ]
    for column in coming.compared:
        image = pairs.get(column.attnum)
        if image is None:
            texts = ("false", "NULL::text", "NULL::text")
        else:
            old, new = f"n.b{image.attnum}", f"n.a{image.attnum}"
            wrote = f"(n.op = 'i' OR n.op = 'u' AND NOT ({identical(old, new, image)}))"
            texts = (wrote, f"ROW({new})::text", f"{new}::text")
        values += [f"{text} AS {word}{column.attnum}" for word, text in zip("wvp", texts, strict=True)]
    return f"SELECT {', '.join(values)} FROM ({net(written.images)}) n"


# --- counts and conflicts --------------------------------------------------------------------------


def counts(coming: Coming, policy: OnConflict) -> str:
    """Return the query of the saved rows, those missing, those that come back, those that change, and rows besides."""
    back = f"s.missing AND {_comes(policy)}"
    return (
        f"SELECT (SELECT pg_catalog.count(*) FROM {coming.staged} s), pg_catalog.count(*),"
        f" pg_catalog.count(*) FILTER (WHERE s.missing), pg_catalog.count(*) FILTER (WHERE {back}),"
        f" pg_catalog.count(*) FILTER (WHERE {_takes(coming, policy)}),"
        f" (SELECT pg_catalog.count(*) FROM {coming.living})\nFROM {coming.changes} s"
    )


def conflicts(coming: Coming) -> str:
    """Return the query of what the application wrote since: key, column, before, after, now and kind."""
    key = _key_text(coming)
    whole = concatenated(f"s.c{column.attnum}" for column in coming.columns) or "''"
    parts = [
        f"SELECT {key}, NULL::text, {whole}, NULL::text, NULL::text, 'deleted' FROM {coming.changes} s WHERE s.gone"
    ]
    if coming.compared:
        values = ",\n    ".join(
            f"({literal(c.after)}, s.c{c.attnum}::text, s.p{c.attnum}, t.{quoted(c.after)}::text, s.x{c.attnum})"
            for c in coming.compared
        )
        clash = some(f"s.x{column.attnum}" for column in coming.compared)
        parts.append(
            f"SELECT {key}, v.name, v.before, v.after, v.now, 'changed'\nFROM {coming.changes} s"
            f" JOIN {coming.living} ON {coming.on('s')}\n"
            f"CROSS JOIN LATERAL (VALUES\n    {values}) v (name, before, after, now, clash)\n"
            f"WHERE ({clash}) AND v.clash"
        )
    return "\nUNION ALL\n".join(parts) + "\nORDER BY 1, 2"


def _key_text(coming: Coming) -> str:
    return named_values((column.after, f"s.c{column.attnum}") for column in coming.key)


def _comes(policy: OnConflict) -> str:
    """Return the condition that a missing row comes back."""
    return "true" if policy is OnConflict.RESTORE else "NOT s.gone"


def _take(column: SideColumn, policy: OnConflict) -> str:
    """Return the condition that a value comes back."""
    mine = f"s.d{column.attnum}"
    return mine if policy is OnConflict.RESTORE else f"{mine} AND NOT s.x{column.attnum}"


def _takes(coming: Coming, policy: OnConflict) -> str:
    return some(_take(column, policy) for column in coming.compared)


# --- writing ---------------------------------------------------------------------------------------


def write(tables: Iterable[tuple[Coming, bool, bool]], policy: OnConflict) -> str:
    """Return the one statement that brings the rows of all tables back, and counts them; empty where none does.

    One statement, because foreign keys are checked at its end: parents, children and cycles need no order.

    Args:
        tables: each with whether values come back to rows that are there, and whether rows come back.
        policy: what becomes of conflicts.
    """
    parts = []
    for coming, values, rows in tables:
        # An identity that is GENERATED ALWAYS takes no value; where one differs the comparison afterwards says so.
        columns = [column for column in coming.compared if not column.always]
        if columns and values:
            parts.append((f"u{coming.number}", _update(coming, columns, policy)))
        if rows:
            parts.append((f"i{coming.number}", _insert(coming, policy)))
    if not parts:
        return ""
    bodies = ",\n".join(f"{name} AS (\n{body}\n  RETURNING 1)" for name, body in parts)
    counted = " + ".join(f"(SELECT pg_catalog.count(*) FROM {name})" for name, _ in parts)
    return f"WITH {bodies}\nSELECT {counted}"


def _update(coming: Coming, columns: list[SideColumn], policy: OnConflict) -> str:
    assigned = ",\n    ".join(
        f"{quoted(c.after)} = CASE WHEN {_take(c, policy)} THEN s.c{c.attnum} ELSE t.{quoted(c.after)} END"
        for c in columns
    )
    return (
        f"  UPDATE {coming.living} SET\n    {assigned}\n  FROM {coming.changes} s\n"
        f"  WHERE {coming.on('s')} AND ({some(_take(column, policy) for column in columns)})"
    )


def _insert(coming: Coming, policy: OnConflict) -> str:
    columns = (*coming.key, *coming.columns)
    names = ", ".join(quoted(column.after) for column in columns)
    values = ", ".join(f"s.c{column.attnum}" for column in columns)
    return (
        f"  INSERT INTO {coming.name} ({names}) OVERRIDING SYSTEM VALUE\n  SELECT {values}\n"
        f"  FROM {coming.changes} s WHERE s.missing AND {_comes(policy)}"
    )


def wrong(coming: Coming, policy: OnConflict) -> str:
    """Return the query of the number of rows that did not come back as they were saved."""
    gone = absent(coming.there)
    every_value = some(f"NOT ({_same(column)})" for column in coming.compared)
    some_value = some(f"{_take(column, policy)} AND NOT ({_same(column)})" for column in coming.compared)
    return (
        f"SELECT pg_catalog.count(*) FROM {coming.changes} s LEFT JOIN {coming.living} ON {coming.on('s')}\n"
        f"WHERE s.missing AND {_comes(policy)} AND ({gone} OR {every_value})\n"
        f"  OR NOT s.missing AND ({gone} OR {some_value})"
    )
