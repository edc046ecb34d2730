"""How pg_dump is told which tables and schemas to dump: it takes patterns, so a name becomes one that means itself.

Inside double quotes no character is special to it, not even a dot or an asterisk; a double quote is doubled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planrun.core.catalog import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.core.manifest import TableName


def choosing(tables: tuple[TableName, ...], schemas: tuple[str, ...]) -> Iterator[str]:
    """Yield the options of pg_dump that choose exactly these; a name that nothing has is an error of pg_dump."""
    for table in tables:
        yield f"--table={table.qualified}"
    for schema in schemas:
        yield f"--schema={quoted(schema)}"
    if tables or schemas:
        yield "--strict-names"
