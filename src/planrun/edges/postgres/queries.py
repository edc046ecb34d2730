"""The room's own SQL, one named file a query, read once.

A file may hold the parts of a query that is put together anew for what it has to look at: then each part begins behind
a line ``-- part: NAME``.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Cursor

    from planrun.edges.postgres.connection import Connection

_PART = "-- part: "

Row = tuple[Any, ...]


@cache
def query(name: str) -> str:
    """Return the text of ``sql/<name>.sql``."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


@cache
def parts(name: str) -> Mapping[str, tuple[str, ...]]:
    """Return the parts of ``sql/<name>.sql`` by their names; what stands before the first has the name ``""``."""
    found: dict[str, tuple[str, ...]] = {}
    for part in f"{_PART}\n{query(name)}".split(f"\n{_PART}"):
        label, _, text = part.removeprefix(_PART).partition("\n")
        found[label] = (*found.get(label, ()), text)
    return found


def asks(connection: Connection, text: str) -> bool:
    """Return the answer of a query that gives one row with a boolean; no row and NULL are a no."""
    (answer,) = connection.execute(text.encode()).fetchone() or (False,)
    return bool(answer)


def prepared(connection: Connection, text: str, parameters: Sequence[object] = ()) -> Cursor[Row]:
    """Run a query that is planned once a session; to plan those on the catalogs takes longer than to run them.

    The driver would forget all that it prepared at each DROP, ALTER and ROLLBACK that it sees, thus with most steps.
    It does not look while its threshold is None, as `open_connection` leaves it. The server itself plans anew what such
    a statement concerns, and what is prepared here reads catalogs and planrun's own tables.
    """
    connection.prepare_threshold = 0
    try:
        return connection.execute(text, parameters, prepare=True)
    finally:
        connection.prepare_threshold = None
