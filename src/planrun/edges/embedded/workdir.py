"""The work directory of one server: where it stands, who may enter it, how a leftover is known.

    planrun-pg-XXXXXXXX/    owned by who runs planrun
        lock                held (flock) while planrun, or a kept server, lives
        server.json         what a kept server is found and stopped by
        server.log          initdb's and the server's messages until a setting moves them
        binaries/           only where the server's account cannot execute the installed ones
        work/               owned by the server's account, mode 0700
            data/
            .s.PGSQL.5432   the socket

The lock, unlike a process id, cannot be mistaken for that of a later process. It is taken before it gets its
name, so that nobody finds it free in between. All that planrun later trusts lies above `work/`, out of the
server's reach.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from planrun.edges.embedded.address import PORT, Address
from planrun.errors import EnvironmentFault
from planrun.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planrun.edges.embedded.account import Account

_PREFIX = "planrun-pg-"
_LOCK = "lock"
_FALLBACKS = ("/tmp", "/var/tmp")  # noqa: S108 -- mkdtemp makes the directory; these are only its parents
_LONGEST_SOCKET_PATH = 103  # bytes; macOS allows 103, Linux 107
_MKDTEMP_CHARACTERS = 8


@frozen
class WorkDir:
    """A work directory by its path; see the module for its layout."""

    path: Path

    @property
    def work(self) -> Path:
        """The part that belongs to the server's account."""
        return self.path / "work"

    @property
    def data(self) -> Path:
        """The server's data directory."""
        return self.work / "data"

    @property
    def log(self) -> Path:
        """The file of initdb's and the server's messages."""
        return self.path / "server.log"

    @property
    def state(self) -> Path:
        """The file that a kept server is found by."""
        return self.path / "server.json"

    @property
    def address(self) -> Address:
        """Where the server listens."""
        return Address(self.work)

    def hold(self) -> IO[bytes] | None:
        """Return the lock, held until it is closed, or None when somebody else holds it.

        Raises:
            FileNotFoundError: there is no lock: the directory is gone, or is not a server's.
        """
        lock = (self.path / _LOCK).open("rb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return None
        return lock

    def remove(self) -> None:
        """Remove the directory with all that is in it; the watchdog may be doing the same."""
        while self.path.exists():
            with suppress(FileNotFoundError):
                shutil.rmtree(self.path)


def make(account: Account | None) -> tuple[WorkDir, IO[bytes]]:
    """Make a work directory, and take its lock.

    Args:
        account: the account of the server, when it is not that of this process.

    Raises:
        EnvironmentFault: there is no fit place for it.
        OSError: the disk is full, or the directory cannot be written.
    """
    directory = WorkDir(Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_parent(account))))
    try:
        if account:
            directory.path.chmod(0o711)  # the account passes through; it can neither list nor write
        directory.work.mkdir(mode=0o700)
        if account:
            os.chown(directory.work, account.uid, account.gid)
        return directory, _new_lock(directory.path)
    except OSError:
        directory.remove()
        raise


def ours() -> Iterator[WorkDir]:
    """Yield the servers' work directories that belong to the user of this process, in use or not."""
    for parent in _parents():
        for path in sorted(parent.glob(f"{_PREFIX}*")):
            if _is_ours(path):
                yield WorkDir(path)


def _is_ours(path: Path) -> bool:
    # The name alone proves nothing in a directory where everybody may write.
    with suppress(FileNotFoundError):
        is_own = path.lstat().st_uid == os.geteuid()
        return is_own and not path.is_symlink() and (path / _LOCK).is_file()
    return False


def _new_lock(path: Path) -> IO[bytes]:
    unnamed = path / "lock.new"
    with unnamed.open("xb") as low:
        # The watchdog of a kept server inherits it; a shell's own redirections use the numbers below ten.
        lock = os.fdopen(fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, 10), "rb")
    fcntl.flock(lock, fcntl.LOCK_EX)
    unnamed.rename(path / _LOCK)
    return lock


def _parents() -> tuple[Path, ...]:
    candidates = (Path(tempfile.gettempdir()), *map(Path, _FALLBACKS))
    return tuple(dict.fromkeys(path.resolve() for path in candidates if path.is_dir()))


def _parent(account: Account | None) -> Path:
    objections = {path: _objection(path, account) for path in _parents()}
    for path, objection in objections.items():
        if objection is None:
            return path
    raise EnvironmentFault(
        "no place for the embedded server's files: "
        + "; ".join(f"{path}: {objection}" for path, objection in objections.items()),
        hint="set TMPDIR to a short directory that every account may enter",
    )


def _objection(parent: Path, account: Account | None) -> str | None:
    if not os.access(parent, os.W_OK | os.X_OK):
        return "not writable"
    name = _PREFIX + "X" * _MKDTEMP_CHARACTERS
    socket = WorkDir(parent / name).work / f".s.PGSQL.{PORT}"
    length = len(os.fsencode(socket))
    if length > _LONGEST_SOCKET_PATH:
        return f"a socket's path there has {length} bytes, {_LONGEST_SOCKET_PATH} is the most"
    if "," in str(parent):
        return "libpq takes the comma in its name for the end of a host"
    if account and not all(step.stat().st_mode & 0o001 for step in (parent, *parent.parents)):
        return f"the account {account.name} cannot enter it"
    return None
