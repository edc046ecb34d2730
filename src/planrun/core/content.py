"""The content of rows as a value: how many they are, and two hashes that do not depend on their order.

Each row is written as text, every value in its type's own output form, and hashed twice; the hashes are summed. So two
lots of rows are equal if their values are: NULL is no empty text, 1.0 is not 1.00, -0 is not 0, and a row that stands
twice counts twice. It does not protect against somebody who makes rows to fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable


def hashed(source: str, columns: str = "t.*") -> str:
    """Return the query of the number of rows and the sums of their hashes: ``rows``, ``first``, ``second``.

    Args:
        source: what stands behind FROM, under the name t.
        columns: what of it counts.
    """
    sums = (
        f"coalesce(pg_catalog.sum(pg_catalog.hashtextextended(h.row, {seed})), 0) AS {name}"
        for seed, name in enumerate(("first", "second"))
    )
    # OFFSET 0 keeps the planner from writing the text of each row twice.
    return (
        f"SELECT pg_catalog.count(*) AS rows, {', '.join(sums)}"
        f' FROM (SELECT ROW({columns})::pg_catalog.text COLLATE pg_catalog."C" AS row FROM {source} OFFSET 0) h'
    )


def in_order(table: str, names: Iterable[str]) -> str:
    """Return the query of the columns that a table has now, as `hashed` takes them.

    A column that was dropped and came back is the last one of its table; here it stands where it stood.

    Args:
        table: the quoted, qualified name of the table.
        names: of its columns, in the order that they had; others come after them.
    """
    known = f"{literal([*names])}::pg_catalog.name[]"
    return (
        "SELECT coalesce(pg_catalog.string_agg('t.' || pg_catalog.quote_ident(a.attname), ', '"
        f" ORDER BY pg_catalog.array_position({known}, a.attname), a.attnum), '') FROM pg_catalog.pg_attribute a"
        f" WHERE a.attrelid = {literal(table)}::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped"
    )


def as_text(first: int, second: int) -> str:
    """Return two sums of hashes modulo 2^64, as 32 hexadecimal digits."""
    return "".join(f"{total % 2**64:016x}" for total in (first, second))
