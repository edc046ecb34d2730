"""Tables that are captured as a whole: a copy of all rows before the step, and what differs from it afterwards.

For what triggers do not see, or see in part: TRUNCATE, dropped and retyped tables, writes through a parent table, and
writes while the triggers were disabled. The table is locked against other writers from the copy to COMMIT, so that
the difference is what the step did, whatever it did it by.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planrun.core.capture import captured, side_column
from planrun.core.catalog import quoted
from planrun.core.images import (
    absent,
    back,
    back_stored,
    every,
    fits,
    identical,
    numbered,
    on_key,
    row_image,
    same_image,
    same_text,
    some,
    stored,
    typed,
)
from planrun.core.quoting import dollar_quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planrun.core.catalog import Relation
    from planrun.core.undo import Captured, SideColumn

CASTS = ("", "text")
"""What a value may pass through on its way back to the type that it had, in the order in which they are tried."""


def watched(relation: Relation, token: str, leave_out: frozenset[int] = frozenset()) -> Captured:
    """Describe the capture of a whole table; see `captured` for the arguments."""
    return replace(captured(relation, token, leave_out), whole=True, netted=False)


def copy_name(table: Captured) -> str:
    """Return the name of the copy that stands while the step runs."""
    return table.side.replace('"image_', '"whole_', 1)


def create_copy(table: Captured) -> str:
    """Return the statement that makes the empty copy."""
    return f"CREATE TABLE {copy_name(table)} ({_typed(table.columns)})"


def fill_copy(table: Captured) -> str:
    """Return the statement that copies all rows; the table is locked already."""
    names = ", ".join(stored(quoted(column.before), column) for column in table.columns)
    return f"INSERT INTO {copy_name(table)} SELECT {names} FROM ONLY {table.before}"


def settled(table: Captured, after: Relation | None, casts: Mapping[int, str]) -> Captured:
    """Return the description with what became of the table and its columns.

    Args:
        table: what `watched` made; its key, unless it lost a column.
        after: the table after the step, or None.
        casts: for each retyped column, by attnum, what its values pass through on their way back.
    """
    if after is None:
        return replace(table, after="")

    def now(column: SideColumn) -> SideColumn:
        found = after.column(column.attnum)
        if found is None:
            return replace(column, after="")
        fresh = side_column(found)
        if column.attnum not in casts:
            return replace(column, after=found.name, type_after=fresh.type)
        return replace(column, after=found.name, now_type=fresh.type, now_held=fresh.held, cast=casts[column.attnum])

    columns = tuple(now(column) for column in table.columns)
    kept = {column.attnum: column for column in columns if column.after}
    key = tuple(kept[column.attnum] for column in table.key)
    return replace(table, after=after.qualified, key=key, columns=columns)


def castable(table: Captured, column: SideColumn) -> str:
    """Return the query that fails when some value of a retyped column cannot be cast back and forth.

    Args:
        table: the table, under the name that it has after the step.
        column: as `settled` would describe it.
    """
    again = f"({back(f't.{quoted(column.after)}', column)})::{column.now_type}"
    return f"SELECT pg_catalog.count({again}) FROM ONLY {table.after} t"


def respelled(table: Captured, column: SideColumn) -> str:
    """Return the query whether the type of before writes some value otherwise than the step left it, 1.000 for 1.

    What is held as text is compared as text; arguments as for `castable`.
    """
    now = f"(t.{quoted(column.after)})::text"
    same = same_text(f"({now}::{column.type})::text", now)
    return f"SELECT EXISTS (SELECT FROM ONLY {table.after} t WHERE NOT ({same}))"


def lookup_name(table: Captured, column: SideColumn) -> str:
    """Return the name of the function that gives a row its value of before while a column gets its type back."""
    return table.side.replace('"image_', '"back_', 1).removesuffix('"') + f'_{column.attnum}"'


def lookup(table: Captured, column: SideColumn) -> Iterator[str]:
    """Yield the statements that make that function: it takes the value of now and the key.

    Where the row still holds what the step left, or the step deleted it, it gives the value of before; what the
    application wrote since is cast. A row that goes anyway gets some value that the type can hold.
    """
    index = lookup_name(table, column).partition(".")[2]
    yield f"CREATE INDEX {index} ON {table.side} ({', '.join(f'c{key.attnum}' for key in table.key)})"
    # A type of the users' that the step made has lost its name by now.
    taken = "text" if column.now_held else column.now_type
    parameters = ", ".join([f"v {taken}", *(f"k{key.attnum} {key.type}" for key in table.key)])
    images = f"SELECT * INTO image FROM {table.side} i WHERE"
    here = every(f"{typed(f'i.c{key.attnum}', key)} {key.equals} k{key.attnum}" for key in table.key)
    r, cast = f"image.r{column.attnum}", f"v::text::{column.type}"
    left = same_text(r, "v") if column.now_held else same_image(r, "v")
    body = (
        f"\nDECLARE image {table.side}%ROWTYPE; written boolean;\nBEGIN\n"
        f"  {images} i.side = 'a' AND {here};\n  written := FOUND;\n"
        f"  IF written AND NOT ({left}) THEN RETURN {cast}; END IF;\n"
        f"  {images} i.side = 'b' AND {here};\n"
        f"  IF NOT FOUND AND NOT written THEN RETURN {cast}; END IF;\n"
        f"  IF NOT FOUND THEN {images} i.side = 'b' AND i.c{column.attnum} IS NOT NULL LIMIT 1; END IF;\n"
        f"  RETURN {typed(f'image.c{column.attnum}', column)};\nEND "
    )
    yield (
        f"CREATE FUNCTION {lookup_name(table, column)}({parameters}) RETURNS {column.type} LANGUAGE plpgsql STABLE"
        f" AS {dollar_quoted(body)}"
    )


def lossy(table: Captured, column: SideColumn) -> str:
    """Return the query whether some value of a retyped column is another one after a cast back and forth."""
    now = f"t.{quoted(column.after)}"
    return f"SELECT EXISTS (SELECT FROM ONLY {table.after} t WHERE NOT ({fits(now, column)}))"


def any_row(table: Captured) -> str:
    """Return the query whether there was or is a row; the table stayed."""
    return f"SELECT EXISTS (SELECT FROM {copy_name(table)}) OR EXISTS (SELECT FROM ONLY {table.after})"


def keep_difference(table: Captured) -> Iterator[str]:
    """Yield the statements that turn the copy into the images of what differs."""
    copy = copy_name(table)
    if table.lost:
        name = table.side.partition(".")[2]
        yield f"ALTER TABLE {copy} RENAME TO {name}"
        yield f"ALTER TABLE {table.side} ADD COLUMN side \"char\" NOT NULL DEFAULT 'b'"
        return
    retyped = "".join(f", r{c.attnum} {'text' if c.now_held else c.now_type}" for c in table.columns if c.retyped)
    yield f'CREATE TABLE {table.side} (side "char" NOT NULL, {_typed(table.columns)}{retyped})'
    yield from _by_key(table, copy) if table.key else _by_image(table, copy)
    yield f"DROP TABLE {copy}"


def _typed(columns: tuple[SideColumn, ...]) -> str:
    return ", ".join(f"c{column.attnum} {column.side_type}" for column in columns)


def _now(table: Captured) -> str:
    """Return the values of a row after the step: in the types of before, then once more as they are."""
    again = ["NULL" if c.looked_up else back_stored(f"t.{quoted(c.after)}", c) for c in table.lasting]
    return ", ".join(again + [_as_it_is(f"t.{quoted(c.after)}", c) for c in table.columns if c.retyped])


def _as_it_is(value: str, column: SideColumn) -> str:
    return f"({value})::text" if column.now_held else value


def _into(table: Captured, *, after: bool) -> str:
    columns = table.lasting if after else table.columns
    names = ["side", *(f"c{column.attnum}" for column in columns)]
    names += [f"r{c.attnum}" for c in columns if after and c.retyped]
    return f"INSERT INTO {table.side} ({', '.join(names)})"


def _by_key(table: Captured, copy: str) -> Iterator[str]:
    on = on_key(table, "t", "w.c", after=True)
    first = table.key[0]
    differs = "true" if table.gone else some(_changed(column) for column in table.columns)
    before = ", ".join(f"w.c{column.attnum}" for column in table.columns)
    yield (
        f"{_into(table, after=False)} SELECT 'b', {before}\n"
        f"FROM {copy} w LEFT JOIN ONLY {table.after} t ON {on} WHERE {absent(f't.{quoted(first.after)}')} OR {differs}"
    )
    yield (
        f"{_into(table, after=True)} SELECT 'a', {_now(table)}\n"
        f"FROM ONLY {table.after} t LEFT JOIN {copy} w ON {on} WHERE w.c{first.attnum} IS NULL OR {differs}"
    )


def _changed(column: SideColumn) -> str:
    if column.looked_up:
        return "true"
    now = f"t.{quoted(column.after)}"
    changed = f"NOT ({identical(f'w.c{column.attnum}', back_stored(now, column), column)})"
    if column.retyped:
        changed += f" OR NOT {fits(now, column)}"
    return changed


def _by_image(table: Captured, copy: str) -> Iterator[str]:
    names = ", ".join(f"c{column.attnum}" for column in table.columns)
    if table.reshaped:
        yield f"{_into(table, after=False)} SELECT 'b', {names} FROM {copy}"
        # Of a row all of whose columns are gone nothing but its number is left.
        values = f", {_now(table)}" if table.lasting else ""
        yield f"{_into(table, after=True)} SELECT 'a'{values} FROM ONLY {table.after} t"
        return
    rows = numbered(row_image("c", table.columns))
    was = f"SELECT *, {rows} FROM {copy}"
    now = f"SELECT *, {rows} FROM (SELECT {_now(table)} FROM ONLY {table.after} t) n ({names})"
    for side, those, others in (("b", was, now), ("a", now, was)):
        yield (
            f"{_into(table, after=False)} SELECT '{side}', {names} FROM ({those}) o\n"
            f"WHERE NOT EXISTS (SELECT FROM ({others}) x WHERE x.image = o.image AND x.nth = o.nth)"
        )
