"""Pages of a batched step: which rows of the table make the next one, and how far the step has come.

A page runs from its first key to its last, both included. The next one begins behind the last key, so that a row is in
one page at most, however the table grows or shrinks meanwhile; the step ends where no key is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from planrun.core.catalog import quoted
from planrun.core.console import plural
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


@frozen
class KeyColumn:
    """A column of the key: its name, and its type by OID and as SQL without a length."""

    name: str
    type_oid: int
    type: str


@frozen
class Keyed:
    """The table that a step walks: its quoted, qualified name, its key, and about how many rows it has."""

    name: str
    key: tuple[KeyColumn, ...]
    rows: int


@frozen
class Page:
    """One page: its number from 1, its first and last key as texts under fixed settings, the rows of its table."""

    number: int
    first: tuple[str, ...]
    last: tuple[str, ...]
    rows: int

    def to_json(self) -> dict[str, Any]:
        """Return it as an object that JSON can hold."""
        return {"number": self.number, "first": list(self.first), "last": list(self.last), "rows": self.rows}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Build it from what `to_json` made."""
        return cls(row["number"], tuple(row["first"]), tuple(row["last"]), row["rows"])


def next_page(table: Keyed, size: int, *, begun: bool) -> str:
    """Return the query of the next page: its first key, its last key and its rows; no row when none is left.

    Args:
        table: the table.
        size: the rows of a page; equal keys are never parted.
        begun: whether there is a page before it, whose last key the parameters $1 … are.
    """
    names = [quoted(column.name) for column in table.key]
    keys = ", ".join(f"k.{name}" for name in names)
    after = ", ".join(f"CAST(${number} AS {column.type})" for number, column in enumerate(table.key, 1))
    where = f" WHERE ROW({keys}) > ROW({after})" if begun else ""
    texts = ", ".join(f"p.{name}::text" for name in names)
    up, down = (", ".join(f"p.{name} {way}" for name in names) for way in ("ASC", "DESC"))
    return (
        f"WITH p AS MATERIALIZED (SELECT {keys} FROM {table.name} k{where} ORDER BY {keys} LIMIT {size})\n"
        f"SELECT (SELECT ARRAY[{texts}] FROM p ORDER BY {up} LIMIT 1), (SELECT ARRAY[{texts}] FROM p ORDER BY {down}"
        " LIMIT 1), (SELECT pg_catalog.count(*) FROM p) WHERE EXISTS (SELECT FROM p)"
    )


def told(step: str, page: Page, passed: int, whole: int, seconds: float) -> str:
    """Return a line on how far a step has come.

    Args:
        step: its id.
        page: the page that is done.
        passed: the rows of the table in all pages so far.
        whole: about how many rows the table has.
        seconds: how long this page took.
    """
    rate = page.rows / seconds if seconds > 0 else 0.0
    left = max(whole - passed, 0) / rate if rate else 0.0
    of = f" of about {whole:,}" if whole >= passed else ""
    time = f", about {left:,.0f} s left" if left >= 1 else ""
    return f"     {step}: page {page.number}, {passed:,} rows{of}, {rate:,.0f} rows/s{time}"


def warned(pages: int) -> str:
    """Return what a step tells of its pages in which asserts warned; each page has what was found."""
    return f"asserts warned in {pages:,} {plural('page', pages)}; planrun.step has what they found"
