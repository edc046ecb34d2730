"""Servers that outlive the program that started them: finding and stopping them again.

A kept server holds its lock itself. Its state file tells the rest; it lies where the server's account cannot
write, so that nobody but its owner can make planrun signal a process.
"""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from planrun.edges.embedded import workdir
from planrun.errors import EnvironmentFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from pathlib import Path

    from planrun.edges.embedded.address import Address

_SECONDS_TO_STOP = 30.0
_SECONDS_BETWEEN_LOOKS = 0.02


@frozen
class KeptServer:
    """A server that runs on its own.

    Attributes:
        workdir: its work directory, by which it is stopped.
        pid: the process id of its postmaster.
        version: its PostgreSQL version.
        address: where it listens.
    """

    workdir: Path
    pid: int
    version: str
    address: Address


def record(directory: workdir.WorkDir, pid: int, version: str) -> None:
    """Write down that the server in `directory` is kept.

    Raises:
        OSError: the disk is full.
    """
    unfinished = directory.state.with_suffix(".new")
    unfinished.write_text(json.dumps({"pid": pid, "version": version}), encoding="utf-8")
    unfinished.rename(directory.state)


def kept_servers() -> tuple[KeptServer, ...]:
    """Return the kept servers of this user that are running, in the order of their directories."""
    return tuple(server for directory in workdir.ours() if (server := _running(directory)))


def stop_kept(path: Path) -> None:
    """Stop the kept server in the work directory `path`, and remove its data.

    Clients are disconnected (PostgreSQL's fast shutdown).

    Raises:
        EnvironmentFault: there is no such server of this user, or it does not end.
    """
    directory = workdir.WorkDir(path.resolve())
    server = next((kept for kept in kept_servers() if kept.workdir == directory.path), None)
    if server is None:
        raise EnvironmentFault(f"no kept server of this user runs in {path}")
    with suppress(ProcessLookupError):  # it ended just now
        os.kill(server.pid, signal.SIGINT)
    _wait_until_free(directory, server.pid)
    directory.remove()


def _running(directory: workdir.WorkDir) -> KeptServer | None:
    with suppress(FileNotFoundError):  # not a kept server, or it went away while we looked
        lock = directory.hold()
        if lock:
            lock.close()
            return None
        state = json.loads(directory.state.read_text(encoding="utf-8"))
        return KeptServer(directory.path, state["pid"], state["version"], directory.address)
    return None


def _wait_until_free(directory: workdir.WorkDir, pid: int) -> None:
    end = time.monotonic() + _SECONDS_TO_STOP
    while time.monotonic() < end:
        try:
            lock = directory.hold()
        except FileNotFoundError:
            return
        if lock:
            lock.close()
            return
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    raise EnvironmentFault(
        f"the kept server in {directory.path} did not end within {_SECONDS_TO_STOP:.0f} s",
        hint=f"its log is {directory.log}; `kill -QUIT {pid}` ends it at once",
    )
