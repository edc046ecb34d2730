"""The room's own SQL, one named file a query, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def query(name: str) -> str:
    """Return the text of ``sql/<name>.sql``."""
    return files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
