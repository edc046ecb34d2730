"""The settings of a statement that is sent outside of any transaction: there is none that SET LOCAL could end with."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from planrun.core.plan import Defaults
    from planrun.edges.postgres.connection import Connection


@contextmanager
def limited(connection: Connection, limits: Defaults, settings: Mapping[str, str] | None = None) -> Iterator[None]:
    """Set time limits, and other settings, for the session, and set them back after that.

    Args:
        connection: in autocommit.
        limits: of the plan.
        settings: what does not stay as the role and database have it.
    """
    limiting = {"lock_timeout": f"{limits.lock_timeout}ms", "statement_timeout": f"{limits.statement_timeout}ms"}
    wanted = {**(settings or {}), **limiting}
    listed = ", ".join(f"pg_catalog.current_setting('{name}')" for name in wanted)
    before = connection.execute(f"SELECT {listed}".encode()).fetchone() or ()
    _set(connection, wanted)
    try:
        yield
    finally:
        if not connection.closed:
            _set(connection, dict(zip(wanted, before, strict=True)))


def _set(connection: Connection, settings: Mapping[str, str]) -> None:
    parameters = [text for pair in settings.items() for text in pair]
    assigned = ", ".join(f"pg_catalog.set_config(${2 * n + 1}, ${2 * n + 2}, false)" for n in range(len(settings)))
    connection.execute(f"SELECT {assigned}".encode(), parameters)
