"""How files of a backup set are deleted: by name, through descriptors, and never through a link.

Only regular files go. A folder goes when this leaves it empty, the root never; whatever else lies in one keeps it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import TYPE_CHECKING

from planrun.edges.backups import disk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_NOT_EMPTY = frozenset({errno.ENOTEMPTY, errno.EEXIST})
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_FOLDER = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


def remove(root: Path, names: Iterable[str]) -> None:
    """Delete files below `root`, and the folders on the way to them that are empty then.

    What is not there, or is no regular file, or lies behind a link, is left as it is. Done twice, it does no more.

    Args:
        root: a folder that nobody else can write to.
        names: relative to it, with ``/``.

    Raises:
        EnvironmentFault: the root is not private, or the disk refuses.
        ValueError: a name leads out of the root.
    """
    here: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        parts = name.split("/")
        if any(part in {"", ".", ".."} or "\0" in part for part in parts):
            raise ValueError(f"not a name inside of {root}: {name!r}")
        here.setdefault(tuple(parts[:-1]), []).append(parts[-1])
    descriptor = disk.open_folder(root)
    try:
        for folders, files in here.items():
            try:
                _remove(descriptor, folders, files)
            except OSError as error:
                raise disk.fault(error, root.joinpath(*folders), "emptied") from error
    finally:
        os.close(descriptor)


def _remove(folder: int, folders: Sequence[str], files: Iterable[str]) -> None:
    if not folders:
        for name in files:
            _unlink(folder, name)
        os.fsync(folder)
        return
    first, *rest = folders
    with _opened(folder, first) as inner:
        if inner is None:
            return
        _remove(inner, rest, files)
    _remove_if_empty(folder, first)


def _unlink(folder: int, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
            os.unlink(name, dir_fd=folder)


@contextlib.contextmanager
def _opened(folder: int, name: str) -> Iterator[int | None]:
    """Give the descriptor of a folder; None where there is no folder of that name."""
    try:
        descriptor = os.open(name, _FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno not in _NO_FOLDER:
            raise
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _remove_if_empty(folder: int, name: str) -> None:
    try:
        os.rmdir(name, dir_fd=folder)
        os.fsync(folder)
    except FileNotFoundError:
        return  # another prune was faster
    except OSError as error:
        if error.errno not in _NOT_EMPTY:
            raise
