"""A store that is a folder: copies are made as private, whole and durable as the sets themselves.

Every name is followed folder by folder through descriptors, so that a link on the way leads nowhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from planrun.edges.backups import disk, removal
from planrun.edges.backups.folder import make_root
from planrun.errors import EnvironmentFault, NotAsSaved
from planrun.ports import Stored, unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_BLOCK = 1 << 20
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def damaged(name: str) -> NotAsSaved:
    """Return the error to raise when the content of a file is not what its manifest says."""
    return NotAsSaved(
        f"{name} was changed or damaged since it was made: its size or its SHA-256 does not fit",
        hint="this set cannot be relied on: take a copy of it from elsewhere, or make another backup",
    )


class FolderStore:
    """See `planrun.ports.Store`; without its folder it is an empty store, which the first copy makes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.address = str(root)

    def list(self, prefix: str = "") -> Iterator[Stored]:
        """Yield the files below; a link by itself, and an empty folder under its name with a slash behind it."""
        if not self.root.is_dir():
            return
        os.close(disk.open_folder(self.root))
        for here, folders, files in os.walk(self.root / prefix, onerror=self._unreadable):
            folders.sort()
            links = [name for name in folders if Path(here, name).is_symlink()]
            for name in sorted(files + links):
                found = Path(here, name).lstat()
                yield self._stored(Path(here, name), "", found)
            if not folders and not files and Path(here) != self.root:
                yield self._stored(Path(here), "/", Path(here).lstat())

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the content of a regular file."""
        with self._folder_of(name) as (folder, path):
            try:
                descriptor = os.open(path.name, _READ, dir_fd=folder)
            except OSError as error:
                raise disk.fault(error, path, "read") from error
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            try:
                while block := file.read(_BLOCK):
                    yield block
            except OSError as error:
                raise disk.fault(error, path, "read") from error

    def put(self, name: str, source: Path, sha256: str, progress: Callable[[int], None] = unseen) -> None:
        """Copy a file; what is there already and equal is left alone."""
        size = source.stat().st_size
        self.take(name, FolderStore(source.parent).read(source.name), size, sha256, progress)

    def take(
        self, name: str, blocks: Iterable[bytes], size: int, sha256: str, progress: Callable[[int], None] = unseen
    ) -> None:
        """Write what comes, as `put` does; not a byte is read when it is there already and equal.

        Raises:
            EnvironmentFault: what comes is not `size` bytes with that SHA-256; nothing of it stays.
        """
        if self._holds(name, size, sha256):
            progress(size)
            return
        done = 0
        with self._new_file(name) as file:
            for block in blocks:
                done += len(block)
                if done > size:
                    raise damaged(name)
                file.write(block)
                progress(len(block))
            file.flush()
            if (done, file.sha256) != (size, sha256):
                raise damaged(name)
        if not self._holds(name, size, sha256):
            raise EnvironmentFault(
                f"{self.root / name} does not hold what was written to it: its SHA-256 does not fit",
                hint="look after that disk; then copy the set again",
            )

    def write(self, name: str, content: bytes) -> None:
        """Put a small document there in place of what has the name."""
        with self._new_file(name) as file:
            file.write(content)

    def delete(self, names: Sequence[str]) -> None:
        """Remove regular files, and the folders that are empty then; what lies behind a link stays."""
        if self.root.is_dir():
            removal.remove(self.root, names)

    def _unreadable(self, error: OSError) -> None:
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)):  # removed meanwhile
            raise disk.fault(error, self.root, "read") from error

    def _stored(self, path: Path, behind: str, found: os.stat_result) -> Stored:
        name = path.relative_to(self.root).as_posix() + behind
        return Stored(name, found.st_size if not behind else 0)

    def _holds(self, name: str, size: int, sha256: str) -> bool:
        path = self.root / name
        if not path.is_file() or path.lstat().st_size != size:
            return False
        digest = hashlib.sha256()
        for block in self.read(name):
            digest.update(block)
        return digest.hexdigest() == sha256

    @contextlib.contextmanager
    def _new_file(self, name: str) -> Iterator[disk.NewFile]:
        make_root(self.root)
        with self._folder_of(name, make=True) as (folder, path):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f".{path.name}.part", dir_fd=folder)  # left behind by a copy that was killed
            with disk.new_file(folder, path.parent, path.name) as file:
                yield file

    @contextlib.contextmanager
    def _folder_of(self, name: str, *, make: bool = False) -> Iterator[tuple[int, Path]]:
        """Give a descriptor of the folder that a name lies in, and its whole path."""
        *above, _ = Path(name).parts
        here = self.root
        descriptor = disk.open_folder(here)
        try:
            for part in above:
                if make:
                    disk.make_folder(descriptor, here, part)
                here /= part
                inner = disk.open_folder(here, descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor, self.root / name
        finally:
            os.close(descriptor)
