"""How a program reaches an embedded server: a Unix socket in a private directory, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from planrun.frozen import frozen

if TYPE_CHECKING:
    from pathlib import Path

PORT = 5432
"""Part of the socket's file name only: every server has a directory of its own, so none ever clashes."""

SUPERUSER = "postgres"
"""The role that initdb makes, and whom an address is for unless another is named."""


@frozen
class Address:
    """Where an embedded server listens.

    Attributes:
        socket_dir: the directory of its Unix socket; who may enter it may connect as any role.
    """

    socket_dir: Path

    def params(self, database: str = "postgres", user: str = SUPERUSER) -> dict[str, str]:
        """Return libpq's keywords for `database` as role `user`."""
        return {"host": str(self.socket_dir), "port": str(PORT), "dbname": database, "user": user}

    def url(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        """Return the same as a URL, which holds no password because there is none."""
        role, name, host = (quote(part, safe="") for part in (user, database, str(self.socket_dir)))
        return f"postgresql://{role}@/{name}?host={host}&port={PORT}"
