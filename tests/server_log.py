"""What a server received: the statements of one database as the server logged them, byte for byte.

This is the witness for `execute --dry-run`: what was shown is compared with what came. The end of the log is found
by a marker that is sent through the server itself, since its log is written by a process of its own.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from planrun.edges import embedded

if TYPE_CHECKING:
    from bench import Database

_LOGGED = re.compile(r"(?:statement|execute [^:]*): (.*)", re.DOTALL)
_SECONDS_TO_SHOW = 60.0


@dataclass(frozen=True)
class Received:
    """One message of a client.

    Attributes:
        text: the statement, or all of them where a client sent several at once.
        parameters: the server's line about bound parameters, or an empty string.
        application: the client's application_name.
        pid: the process id of the backend that received it.
    """

    text: str
    parameters: str
    application: str
    pid: int


class ServerLog:
    """Logs every statement of `database` from now on, for connections made from now on."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._file = database.server.data / "log" / "server.json"
        database.superuser().execute(
            sql.SQL("ALTER DATABASE {} SET log_statement = 'all'").format(sql.Identifier(database.name))
        )
        self._marker = database.superuser()
        self._offset = 0
        self.received()

    def received(self) -> list[Received]:
        """Return what was received since the last call, without what the superuser sent to look on."""
        marker = f"SELECT '{uuid.uuid4()}'"
        self._marker.execute(marker)
        entries = self._entries_before(marker)
        return [
            Received(match[1], entry.get("detail", ""), entry.get("application_name", ""), entry["pid"])
            for entry in entries
            if entry.get("dbname") == self._database.name and entry.get("user") != embedded.SUPERUSER
            if (match := _LOGGED.fullmatch(entry.get("message", "")))
        ]

    def _entries_before(self, marker: str) -> list[dict[str, Any]]:
        end = time.monotonic() + _SECONDS_TO_SHOW
        entries: list[dict[str, Any]] = []
        with self._file.open("rb") as log:
            log.seek(self._offset)
            while time.monotonic() < end:
                line = log.readline()
                if not line.endswith(b"\n"):
                    log.seek(-len(line), 1)  # not yet written to its end
                    time.sleep(0.01)
                    continue
                entry = json.loads(line)
                if entry.get("message") == f"statement: {marker}":
                    self._offset = log.tell()
                    return entries
                entries.append(entry)
        raise AssertionError(f"the server did not log {marker!r} within {_SECONDS_TO_SHOW:.0f} s")
