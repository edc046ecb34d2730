"""Says, independently of the way back, what a database must hold after it, and compares.

Four states are read in full: at the start, after the run, after the application went on, and after the rollback. What
the application changed between the second and the third must be there on top of the first. Nothing here knows of
undo logs or of how a rollback works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Row = tuple[str | None, ...]


@frozen
class Table:
    """All rows of a table, as texts under fixed settings.

    Attributes:
        columns: their names.
        key: the positions of the key's columns.
        rows: every row by its key.
    """

    columns: tuple[str, ...]
    key: tuple[int, ...]
    rows: Mapping[Row, Row]


@frozen
class Content:
    """A database: its definitions (with owners, privileges and comments) and the rows of every table by name."""

    schema: str
    tables: Mapping[str, Table]

    @property
    def row_count(self) -> int:
        """All rows of all tables."""
        return sum(len(table.rows) for table in self.tables.values())


def written(before: Content, after: Content) -> int:
    """Return how many rows differ between two states, tables of one state alone included."""
    names = before.tables.keys() | after.tables.keys()
    return sum(_written(before.tables.get(name), after.tables.get(name)) for name in names)


def _written(before: Table | None, after: Table | None) -> int:
    if before is None or after is None:
        only = before or after
        return len(only.rows) if only else 0
    was = {key: _named(before, row) for key, row in before.rows.items()}
    now = {key: _named(after, row) for key, row in after.rows.items()}
    return sum(was.get(key) != now.get(key) for key in was.keys() | now.keys())


def expected(start: Content, run: Content, application: Content) -> Content:
    """Return what must be there after the rollback: the start, and on top of it what the application changed."""
    tables = {
        name: _expected(table, run.tables[name], application.tables[name]) for name, table in start.tables.items()
    }
    return Content(start.schema, tables)


def _expected(start: Table, run: Table, application: Table) -> Table:
    rows: dict[Row, Row] = {}
    for key in start.rows.keys() | application.rows.keys():
        first, before, after = start.rows.get(key), run.rows.get(key), application.rows.get(key)
        if before is None and after is not None:
            rows[key] = _cut(start, application, after)
        elif before is not None and after is None:
            continue
        elif first is not None and before is not None and after is not None:
            rows[key] = _merged(start, first, _named(run, before), _named(application, after))
        elif first is not None:
            rows[key] = first
    return Table(start.columns, start.key, rows)


def _cut(start: Table, table: Table, row: Row) -> Row:
    values = _named(table, row)
    return tuple(values[column] for column in start.columns)


def _merged(start: Table, first: Row, was: Mapping[str, str | None], now: Mapping[str, str | None]) -> Row:
    return tuple(
        value if was[column] == now[column] else now[column] for column, value in zip(start.columns, first, strict=True)
    )


def _named(table: Table, row: Row) -> dict[str, str | None]:
    return dict(zip(table.columns, row, strict=True))


def differences(wanted: Content, found: Content) -> Iterator[str]:
    """Yield in words everything in which two states differ."""
    if wanted.schema != found.schema:
        yield "the definitions (schema, owners, privileges, comments) differ"
    for name in sorted(wanted.tables.keys() | found.tables.keys()):
        table, other = wanted.tables.get(name), found.tables.get(name)
        if table is None or other is None:
            yield f"table {name} is {'missing' if other is None else 'still there'}"
            continue
        if table.columns != other.columns:
            yield f"table {name} has other columns"
        wrong = [key for key in table.rows.keys() | other.rows.keys() if table.rows.get(key) != other.rows.get(key)]
        if wrong:
            yield f"table {name}: {len(wrong)} rows differ, such as {min(wrong, key=str)}"
