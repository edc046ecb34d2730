"""Rows of tables without a key: told by all of their values, equal ones counted.

Which of two equal rows is meant makes no difference; how many there are does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import quoted
from planrun.core.images import key_text, numbered, row_image

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from planrun.core.undo import Captured, Tracked


def missing(net: str, table: Captured) -> str:
    """Return the query of the rows that the step left and that are not there any more.

    Whether the application changed or deleted them cannot be told. The columns are those of a conflict: key, column,
    before, after, now, kind.
    """
    return (
        "SELECT n.key, NULL::text, NULL::text, n.image, NULL::text, 'missing'\n"
        f"FROM (SELECT {key_text('n', table)} AS key, {numbered(_left(table))} FROM {net} n WHERE n.op = 'i') n\n"
        f"LEFT JOIN (SELECT {_now(table)} AS image, pg_catalog.count(*) AS rows FROM ONLY {table.after} t"
        " GROUP BY 1) t ON t.image = n.image\nWHERE n.nth > coalesce(t.rows, 0)"
    )


def standing(table: Captured, names: frozenset[str]) -> str:
    """Return the rows as they are now: the columns `names`, and of each its image and its number among its equals."""
    values = "".join(f"t.{quoted(name)}, " for name in sorted(names))
    return f"(SELECT {values}{numbered(_now(table), _prefix(names))} FROM ONLY {table.after} t)"


def _prefix(names: frozenset[str]) -> str:
    """Return the beginning of names that are none of these."""
    prefix = "planrun_"
    while any(name.startswith(prefix) for name in names):
        prefix += "_"
    return prefix


def going(net: str, table: Captured, row: str, names: frozenset[str], which: str) -> str:
    """Return the query for a row of `standing`, if it is one that the step left.

    Args:
        net: the net table.
        table: the table.
        row: the alias of the row.
        names: the columns that `standing` gives of it.
        which: the condition on a row `n` of the net table that it goes.
    """
    left = f"SELECT {numbered(_left(table))} FROM {net} n WHERE n.op = 'i' AND {which}"
    own = f"{row}.{_prefix(names)}"
    return f"SELECT FROM ({left}) m WHERE m.image = {own}image AND m.nth = {own}nth"


def delete(net: str, table: Captured) -> str:
    """Return the statement that takes the rows away that the step left, each of them once."""
    left = f"SELECT {numbered(row_image('n.a', table.lasting))} FROM {net} n WHERE n.op = 'i'"
    return (
        f"  DELETE FROM ONLY {table.before} t USING ({_rows(table, lasting=True)}) x, ({left}) n\n"
        "  WHERE t.ctid = x.place AND x.image = n.image AND x.nth = n.nth"
    )


def wrong(net: str, table: Captured) -> str:
    """Return the query of the rows that did not come back."""
    wanted = f"SELECT {numbered(row_image('n.b', table.columns))} FROM {net} n WHERE n.op = 'd'"
    return (
        f"SELECT FROM ({wanted}) n LEFT JOIN ({_rows(table, lasting=False)}) x"
        " ON x.image = n.image AND x.nth = n.nth WHERE x.place IS NULL"
    )


def keep_filled(table: Tracked, which: str) -> Iterator[str]:
    """Yield the statements that keep the images of rows `t` with values in added columns that ADD COLUMN did not give.

    Args:
        table: with the names that stand in the images.
        which: the condition on such a row.
    """
    yield f"CREATE TABLE {table.side} (image text NOT NULL)"
    yield f"INSERT INTO {table.side} SELECT {_image(table.beside)} FROM ONLY {table.after} t WHERE {which}"


def filled(table: Tracked, values: str, which: str) -> str:
    """Return the query of the rows with such values that are not among those of then, as conflicts.

    Whether the application wrote to an added column of such a row, or to another one, cannot be told.

    Args:
        table: with the names that stand in the images.
        values: for each added column of a row `t` its name, the value of then, that of now, and whether that counts.
        which: the condition on a row `t` with such values.
    """
    prefix = _prefix(frozenset(table.beside))
    image, nth = f"t.{prefix}image", f"t.{prefix}nth"
    rows = f"SELECT t.*, {numbered(_image(table.beside), prefix)} FROM ONLY {table.after} t WHERE {which}"
    then = f"SELECT {numbered('i.image')} FROM {table.side} i"
    return (
        f"SELECT DISTINCT {image}, v.column_name, NULL::text, v.after, v.now, 'filled'\nFROM ({rows}) t\n"
        f"CROSS JOIN LATERAL (VALUES {values}) v (column_name, after, now, clash)\n"
        f"WHERE v.clash AND NOT EXISTS (SELECT FROM ({then}) s WHERE s.image = {image} AND s.nth = {nth})"
    )


def _image(names: Iterable[str]) -> str:
    return f"ROW({', '.join(f't.{quoted(name)}' for name in names)})::text"


def _rows(table: Captured, *, lasting: bool) -> str:
    columns = table.lasting if lasting else table.columns
    image = _image(column.before for column in columns)
    return f"SELECT t.ctid AS place, {numbered(image)} FROM ONLY {table.before} t"


def _left(table: Captured) -> str:
    """Return the image of a row `n` of the net table, as the step left it."""
    names = (f"n.{'r' if column.retyped else 'a'}{column.attnum}" for column in table.lasting)
    return f"ROW({', '.join(names)})::text"


def _now(table: Captured) -> str:
    return _image(column.after for column in table.lasting)
