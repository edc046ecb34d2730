"""Waits for a backend that still works for a killed run: its client is gone, and it ends when it notices."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from planrun.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planrun.edges.postgres.connection import Connection

BETWEEN_LOOKS = 0.25
"""Seconds between two looks at something that is waited for."""


def awaited(
    connection: Connection,
    works: str,
    query: str,
    parameters: Sequence[object],
    patience: float,
    tells: Callable[[str], None],
) -> None:
    """Wait until no backend is at work any more.

    Args:
        connection: in autocommit.
        works: what it does, for messages.
        query: gives the process id of the backend; no row when it has ended.
        parameters: those of the query.
        patience: how many seconds to wait.
        tells: is called with a sentence, once, when there is something to wait for.

    Raises:
        EnvironmentFault: it works on.
    """
    end = time.monotonic() + patience
    told = False
    while (row := connection.execute(query.encode(), parameters).fetchone()) is not None:
        (pid,) = row
        if time.monotonic() > end:
            raise EnvironmentFault(
                f"backend {pid} still {works} for an earlier, killed run",
                hint=f"wait until it ends, or end it: SELECT pg_terminate_backend({pid})",
            )
        if not told:
            tells(f"waiting for backend {pid}, which still {works} for an earlier, killed run")
            told = True
        time.sleep(BETWEEN_LOOKS)
