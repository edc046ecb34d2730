"""How a folder of backup files comes to be that another program fills: private, whole, or not there at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from typing import TYPE_CHECKING

from planrun.core.manifest import StoredFile
from planrun.edges.backups import disk
from planrun.errors import EnvironmentFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_BLOCK = 1 << 20
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class NewFolder:
    """A folder under a temporary name that is being filled; see `new_folder`.

    Attributes:
        name: the name that it gets when it is complete.
        path: the temporary path, for the program that fills it.
        files: what is in it, by paths relative to it, once it is settled.
    """

    def __init__(self, descriptor: int, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.files: tuple[StoredFile, ...] = ()
        self._descriptor = descriptor

    def settle(self, advanced: Callable[[int], None]) -> None:
        """Hash every file, make it private and durable; nothing may write to the folder any more.

        Raises:
            EnvironmentFault: the disk refuses, or there is something else than regular files.
        """
        names = sorted(os.listdir(self._descriptor))  # noqa: PTH208 - of the folder that is open
        self.files = tuple(self._settled(name, advanced) for name in names)
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise disk.fault(error, self.path) from error

    def _settled(self, name: str, advanced: Callable[[int], None]) -> StoredFile:
        digest, size = hashlib.sha256(), 0
        try:
            descriptor = os.open(name, _READ, dir_fd=self._descriptor)
            with os.fdopen(descriptor, "rb", 0) as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise EnvironmentFault(f"{self.path / name} is not a regular file")
                while block := file.read(_BLOCK):
                    digest.update(block)
                    size += len(block)
                    advanced(len(block))
                os.fchmod(descriptor, disk.FILE_MODE)
                os.fsync(descriptor)
        except OSError as error:
            raise disk.fault(error, self.path / name) from error
        return StoredFile(name, size, digest.hexdigest())


@contextlib.contextmanager
def new_folder(parent: int, parent_path: Path, name: str) -> Iterator[NewFolder]:
    """Give a folder to fill and settle; on leaving it gets its `name`, on any exception it is removed.

    Args:
        parent: the descriptor of the folder that holds it.
        parent_path: its path, for messages and for the program that fills it.
        name: one file name, without a slash.

    Raises:
        EnvironmentFault: the folder cannot be made or renamed.
    """
    path = parent_path / f".{name}.part"
    if not disk.make_folder(parent, parent_path, path.name):
        raise EnvironmentFault(f"{path} is there already", hint="remove it: an earlier run left it behind")
    descriptor = disk.open_folder(path, parent)
    try:
        yield NewFolder(descriptor, name, path)
        disk.rename(parent, path.name, parent_path / name)
    except BaseException:
        # The first error is the one to tell.
        with contextlib.suppress(OSError):
            remove(parent, path.name)
        raise
    finally:
        os.close(descriptor)


def remove(parent: int, name: str) -> None:
    """Remove a folder of files, following no link; one that holds another folder stays.

    Raises:
        OSError: it is not such a folder, or the disk refuses.
    """
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        for inner in os.listdir(descriptor):  # noqa: PTH208 - of the folder that is open
            os.unlink(inner, dir_fd=descriptor)
    finally:
        os.close(descriptor)
    os.rmdir(name, dir_fd=parent)
