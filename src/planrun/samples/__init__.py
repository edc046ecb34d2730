"""The sample rental database of the demo: SQL files that travel with the package, and how to read them.

All of it runs on a plain connection to an empty database, as a role that may create tables there.
"""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files


class Sample(StrEnum):
    """The files, in the order in which the demo runs them."""

    SCHEMA = "rental_schema.sql"
    """Tables, keys, checks, triggers, a view: the database before the consolidation."""

    DATA = "rental_data.sql"
    """20,000 tenants and their awkward records; the same rows on every load."""

    APPLICATION_WRITES = "application_writes.sql"
    """Writes after the run that a rollback keeps."""

    APPLICATION_WITNESS = "application_witness.sql"
    """One query that reads those writes back: equal before and after a rollback."""

    APPLICATION_CONFLICT = "application_conflict.sql"
    """One write that a rollback refuses to undo."""


def read(sample: Sample) -> str:
    """Return the SQL text of a sample file: statements without parameters, without psql commands."""
    return files(__name__).joinpath(sample.value).read_text(encoding="utf-8")
