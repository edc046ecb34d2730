"""How a backup file comes to be: private, whole or not there at all, and never through somebody else's link.

Everything goes through descriptors of folders that were opened once, so that a path that is swapped meanwhile
leads nowhere. A file gets a temporary name, is flushed to the disk, and only then gets its own name.
Needs a POSIX system (openat, O_NOFOLLOW).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from typing import TYPE_CHECKING

from planrun.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCK = 1 << 18
"""Bytes from which on it is worth while to hash and write them."""

Block = bytes | bytearray
"""A part of a content; who hands it on does not touch it any more."""

_CURES = {
    errno.ENOSPC: "free space on that disk, or name another folder in the plan's `storage`",
    errno.EDQUOT: "the disk quota is used up: free space, or name another folder in the plan's `storage`",
    errno.EFBIG: "the file is larger than the disk or the limit (ulimit -f) allows",
    errno.EACCES: "give the account that runs planrun the right to write there",
    errno.EPERM: "give the account that runs planrun the right to write there",
    errno.EROFS: "the disk is mounted read-only: name another folder in the plan's `storage`",
    errno.ENOENT: "the folder vanished or was moved while planrun was at work: run again",
}


def fault(error: OSError, path: Path, wanted: str = "written") -> EnvironmentFault:
    """Return the error to raise when `path` cannot be `wanted` ("written", "read")."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    return EnvironmentFault(f"{path} cannot be {wanted}: {reason}", hint=_CURES.get(error.errno or 0))


class NewFile:
    """A file under a temporary name that is being written and hashed; see `new_file`.

    Attributes:
        name: the name that the file gets when it is complete.
        path: the temporary path, for a program that has to read the file before that.
        bytes: what was written, as of the last `flush`.
    """

    def __init__(self, descriptor: int, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.bytes = 0
        self._descriptor = descriptor
        self._pending = bytearray()
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The SHA-256 (hex) of what was written, as of the last `flush`."""
        return self._hash.hexdigest()

    def write(self, block: bytes | bytearray | memoryview) -> None:
        """Append `block`.

        Raises:
            EnvironmentFault: the disk is full, or refuses for another reason.
        """
        if len(block) >= _BLOCK:
            self.flush()
            self._append(block)
            return
        self._pending += block
        if len(self._pending) >= _BLOCK:
            self.flush()

    def flush(self) -> None:
        """Hand everything to the operating system; raises as `write` does."""
        pending, self._pending = self._pending, bytearray()
        self._append(pending)

    def _append(self, content: bytes | bytearray | memoryview) -> None:
        block = memoryview(content)
        self._hash.update(block)
        self.bytes += len(block)
        try:
            while block:
                block = block[os.write(self._descriptor, block) :]
        except OSError as error:
            raise fault(error, self.path) from error


@contextlib.contextmanager
def new_file(folder: int, folder_path: Path, name: str) -> Iterator[NewFile]:
    """Give a file to write; on leaving it is made durable under `name`, on any exception it is removed.

    A file that already has the name is replaced at one instant.

    Args:
        folder: the descriptor of the folder.
        folder_path: its path, for messages and for programs that read the file.
        name: one file name, without a slash.

    Raises:
        EnvironmentFault: the file cannot be made, written or renamed.
    """
    temporary = f".{name}.part"
    try:
        descriptor = os.open(temporary, _NEW_FILE, FILE_MODE, dir_fd=folder)
    except OSError as error:
        raise fault(error, folder_path / name) from error
    try:
        try:
            file = NewFile(descriptor, name, folder_path / temporary)
            os.fchmod(descriptor, FILE_MODE)  # whatever the umask took away
            yield file
            file.flush()
            _sync(descriptor, file.path)
        finally:
            os.close(descriptor)
        rename(folder, temporary, folder_path / name)
    except BaseException:
        # The first error is the one to tell: that the name is gone already must not hide it.
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def make_folder(parent: int, parent_path: Path, name: str) -> bool:
    """Make a private folder, durably; False if the name is taken.

    Raises:
        EnvironmentFault: it cannot be made.
    """
    try:
        os.mkdir(name, FOLDER_MODE, dir_fd=parent)
        os.fsync(parent)
    except FileExistsError:
        return False
    except OSError as error:
        raise fault(error, parent_path / name) from error
    return True


def open_folder(path: Path, parent: int | None = None) -> int:
    """Return a descriptor of a folder that nobody else can write to.

    Args:
        path: the folder; with `parent` only its last name is looked up, there.
        parent: a descriptor of the folder that holds it.

    Raises:
        EnvironmentFault: it is a symbolic link, not a folder, somebody else's, or writable by others.
    """
    try:
        descriptor = os.open(path if parent is None else path.name, _OPEN_FOLDER, dir_fd=parent)
    except OSError as error:
        if path.is_symlink():
            raise EnvironmentFault(
                f"{path} is a symbolic link, wanted a folder", hint="name the folder that it leads to"
            ) from error
        raise fault(error, path, "opened") from error
    try:
        _require_private(os.fstat(descriptor), path)
    except EnvironmentFault:
        os.close(descriptor)
        raise
    return descriptor


def _require_private(found: os.stat_result, path: Path) -> None:
    if found.st_uid not in (os.geteuid(), 0):
        raise EnvironmentFault(
            f"{path} belongs to another account (uid {found.st_uid}), who could swap backups in it",
            hint="name a folder that belongs to the account that runs planrun",
        )
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise EnvironmentFault(
            f"{path} can be written by others (mode {stat.S_IMODE(found.st_mode):04o})",
            hint=f"chmod go-w {path}",
        )


def _sync(descriptor: int, path: Path) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise fault(error, path) from error


def rename(folder: int, temporary: str, path: Path) -> None:
    """Give what was written to a folder its name, durably.

    Raises:
        EnvironmentFault: the disk refuses.
    """
    try:
        os.rename(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)
    except OSError as error:
        raise fault(error, path) from error
